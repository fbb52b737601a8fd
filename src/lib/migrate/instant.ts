const PATTERN = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)?(Z|[+-]\d\d:?\d\d)?$/;
const MINUTE_MS = 60_000;

/** An instant as HA Boss stored it, in microseconds of the epoch: UTC unless it says otherwise. Null when it is none. */
export function instantFrom(text: string | null): number | null {
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = PATTERN.exec(text ?? '') ?? [];
  if (year === undefined) return null;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const ms = Date.parse(`${iso}Z`);
  // February has no 30th, whatever becomes of it elsewhere.
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(iso)) return null;
  const micros = (ms - offsetOf(zone)) * 1000 + Number(fraction.padEnd(6, '0'));
  return micros > 0 ? micros : null;
}

/** ms */
function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3));
  return (zone.startsWith('-') ? -minutes : minutes) * MINUTE_MS;
}
