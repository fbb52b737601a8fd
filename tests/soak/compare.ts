import type { Course, Expected, Kind, Line } from './line';
import type { Oracle } from './oracle';
import { at, type Span } from './times';
import type { Message } from './told';

/** Never told before its grace has ended; told soon after, also on a busy machine, ms. */
const TOO_EARLY = 150;
const TOO_LATE = 2_500;

/** Compares what came from one home with what its oracle knows. Answers the differences, nothing when there are none. */
export function differences(oracle: Oracle, messages: readonly Message[]): string[] {
  const open = new Set(messages);
  const found: string[] = [];
  const kept: [Line, Course][] = [];
  for (const line of [...oracle.gone, ...oracle.lines.values()]) {
    const mine = take(open, line.kind, line.ids);
    found.push(...mine.flatMap((one) => misdescribed(oracle, line, one) ?? []));
    const course = line.courses.find((one) => agree(one.told, mine));
    if (course) kept.push([line, course]);
    else
      found.push(
        report(
          line.kind,
          [...line.ids].join(', '),
          line.courses.map(({ told }) => told),
          mine,
        ),
      );
  }
  if (found.length > 0) return found;
  // From here on everything about entities is as it should be; devices follow from it.
  for (const [line, course] of kept) keep(oracle, line, course, messages);
  oracle.gone = [];
  found.push(...deviceDifferences(oracle, open));
  found.push(...outOfOrder(messages));
  for (const { instance, kind, id, previous, status } of open)
    found.push(`${instance} ${kind} ${id}: nobody knows of ${previous} > ${status}`);
  return found;
}

/** True when what came is complete; for asking often, so it changes nothing. */
export function isComplete(oracle: Oracle, messages: readonly Message[]): boolean {
  return [...oracle.gone, ...oracle.lines.values()].every(({ kind, ids, courses }) => {
    const mine = messages.filter((one) => one.kind === kind && ids.has(one.id));
    return courses.some(({ told }) => agree(told, mine));
  });
}

function take(open: Set<Message>, kind: Kind, ids: ReadonlySet<string>): Message[] {
  const mine = [...open].filter((one) => one.kind === kind && ids.has(one.id));
  for (const one of mine) open.delete(one);
  return mine;
}

function agree(expected: readonly Expected[], messages: readonly Message[]): boolean {
  return expected.length === messages.length && expected.every((one, index) => why(one, messages[index]!) === null);
}

/** Null when the message is the expected one, else what is wrong with it. */
function why(expected: Expected, message: Message): string | null {
  const { id, status, previous, since, seconds, due } = expected;
  if (message.id !== id) return 'id';
  if (message.status !== status || message.previous !== previous) return 'status';
  if (!within(message.since, since)) return 'since';
  if (seconds === null ? message.seconds !== null : !within(message.seconds ?? Number.NaN, widened(seconds)))
    return 'seconds';
  if (message.at < due.lo - TOO_EARLY) return 'told too early';
  return message.at > due.hi + TOO_LATE ? 'told too late' : null;
}

function within(value: number, { lo, hi }: Span): boolean {
  return value >= lo && value <= hi;
}

/** Rounded, or from two instants that are each right to some milliseconds. */
function widened({ lo, hi }: Span): Span {
  return at(lo - 0.01, hi + 0.01);
}

function keep(oracle: Oracle, line: Line, course: Course, messages: readonly Message[]): void {
  const mine = messages.filter((one) => one.kind === line.kind && line.ids.has(one.id));
  const last = mine.at(-1);
  if (last && course.changes.at(-1)?.isTold) course.since = at(last.since);
  const member = oracle.keyOf(line);
  for (const { at: due, status, since, isTold } of line.kind === 'entity' ? course.changes : []) {
    // Its device follows when it was confirmed.
    const when = isTold ? (mine.shift()?.at ?? due) : due;
    oracle.devices.notes.push({ at: when, what: 'changed', member, status, since });
  }
  line.keep(course);
}

function deviceDifferences(oracle: Oracle, open: Set<Message>): string[] {
  const expected = oracle.devices.replay();
  const ids = new Set([...expected, ...open].flatMap(({ kind, id }) => (kind === 'device' ? id : [])));
  const found: string[] = [];
  for (const id of ids) {
    const mine = take(open, 'device', new Set([id]));
    const wanted = expected.filter((one) => one.id === id);
    const last = mine.at(-1);
    if (!agree(wanted, mine)) found.push(report('device', id, [wanted], mine));
    else if (last) oracle.devices.adopt(id, last.since);
  }
  return found;
}

/** What a message says of its subject beside the status. */
function misdescribed(oracle: Oracle, line: Line, { kind, id, record }: Message): string | null {
  const wanted: Record<string, unknown> = {
    event: 'transition',
    instance_id: oracle.instanceId,
    kind,
    id,
    ...line.belongs,
  };
  const wrong = Object.keys(wanted).filter((field) => record[field] !== wanted[field]);
  if (wrong.length === 0) return null;
  return `${kind} ${id}: ${wrong.map((field) => `${field} is ${record[field]}, not ${wanted[field]}`).join(', ')}`;
}

/** Subjects that came too near to the end of a grace for one verdict. */
export function uncertain(oracle: Oracle): number {
  const texts = ({ told }: Course) => told.map(({ id, previous, status }) => `${id} ${previous} ${status}`).join();
  return [...oracle.gone, ...oracle.lines.values()].filter(({ courses }) => new Set(courses.map(texts)).size > 1)
    .length;
}

/** Confirmed earlier is told earlier. */
function outOfOrder(messages: readonly Message[]): string[] {
  return messages.flatMap((one, index) => {
    const next = messages[index + 1];
    if (!next || next.at >= one.at) return [];
    return `${one.instance}: ${one.id} (at ${clock(one.at)}) was told before ${next.id} (at ${clock(next.at)})`;
  });
}

function report(
  kind: Kind,
  id: string,
  courses: readonly (readonly Expected[])[],
  messages: readonly Message[],
): string {
  const lines = [`${kind} ${id}`];
  courses.forEach((told, index) => {
    if (index > 0) lines.push('  or');
    if (told.length === 0) lines.push('  expected: nothing');
    told.forEach((one, order) => {
      const message = messages[order];
      const wrong = message && why(one, message);
      lines.push(`  expected: ${expectedText(one)}${wrong ? `   <- ${wrong}` : ''}`);
    });
  });
  if (messages.length === 0) lines.push('  told: nothing');
  for (const one of messages) lines.push(`  told:     ${messageText(one)}`);
  return lines.join('\n');
}

function expectedText({ id, previous, status, since, seconds, due }: Expected): string {
  const lasted = seconds ? `${seconds.lo.toFixed(2)}..${seconds.hi.toFixed(2)} s` : '-';
  return `${id} ${previous} > ${status} since ${clock(since.lo)}..${clock(since.hi)} after ${lasted} at ${clock(due.lo)}..${clock(due.hi)}`;
}

function messageText({ id, previous, status, since, seconds, at: when }: Message): string {
  return `${id} ${previous} > ${status} since ${clock(since)} after ${seconds ?? '-'} s at ${clock(when)}`;
}

function clock(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(14, 23) : String(ms);
}
