const DAY_MS = 86_400_000;
/** As far as a Date reaches, ms. */
const REACH_MS = 8.64e15;

/** The day that was written last: what is listed together is mostly of one day. */
let day = Number.NaN;
let written = '';

/**
 * As `Date.toISOString` writes it, in less time: a page of entities has hundreds of instants.
 * @param at epoch ms; a home may say anything
 */
export function isoOf(at: number | null): string | null {
  if (at === null || !(Math.abs(at) <= REACH_MS)) return null;
  const whole = Math.trunc(at);
  const today = Math.floor(whole / DAY_MS);
  if (today !== day) {
    written = new Date(today * DAY_MS).toISOString().slice(0, -'00:00:00.000Z'.length);
    day = today;
  }
  const ms = whole - today * DAY_MS;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const time = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
  return `${written}${time}.${String(ms % 1000).padStart(3, '0')}Z`;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}
