import { type Reference, resolveMany, saidIn } from '../core/resolve';
import type { Schedule } from '../core/schedule';
import { CaretakerError } from '../error';
import { parser, pick } from '../instance/parser';
import type { Member, Roster } from '../instance/roster';
import type { Operation, Reply } from './operation';
import { parseSchedule } from './parse-schedule';

/** What a node asks for when nobody says anything else. */
export interface AskingOptions {
  /** Ids of config nodes; empty is all. */
  readonly instances: readonly string[];
  readonly query?: string;
  /** Fields of the operation. */
  readonly asked: Readonly<Record<string, unknown>>;
  readonly schedule: Schedule | null;
  /** Answers whenever the answer changes. */
  readonly live: boolean;
  readonly live_seconds: number;
}

export interface Answer extends Pick<Reply, 'body' | 'total' | 'left_out'> {
  readonly query: string;
  /** Of the one home it is about, or `all`. */
  readonly instance_id: string;
}

/** Asked for so often that the editor has a field for them. */
const OWN = ['by', 'hours', 'days', 'limit'];
const WINDOW = ['hours', 'days'];

const settingsSchema = {
  type: 'object',
  properties: {
    instances: { type: 'array', default: [], items: { type: 'string' } },
    query: { type: 'string', maxLength: 64 },
    live: { type: 'boolean', default: false },
    live_seconds: { type: 'number', minimum: 1, maximum: 86_400, default: 1 },
  },
};

const parseSettings = parser<Omit<AskingOptions, 'asked' | 'schedule'>>(settingsSchema);

/** @throws CaretakerError bad_input, naming the field */
export function parseAsking(fields: unknown): AskingOptions {
  const { options, schedule } = Object(fields) as Record<string, unknown>;
  const asked = over(optionsOf(options), pick(fields, OWN) as object);
  return { ...parseSettings(fields), asked, schedule: parseSchedule(schedule) };
}

/** From the environment they come as a text. */
function optionsOf(options: unknown): object {
  const given = typeof options === 'string' ? parsedOrText(options.trim() || '{}') : (options ?? {});
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given;
  throw new CaretakerError('bad_input', 'options: must be a JSON object, such as {"entity_id": "light.kitchen"}.');
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The operations a node may run, all of them reads, by name. */
export type Offered = ReadonlyMap<string, Operation>;

/**
 * Asks as a node is set up, and as the message says where it says anything.
 * @param payload of the message
 * @throws CaretakerError bad_input, and as the operation
 */
export async function ask(
  offered: Offered,
  roster: Roster,
  { instances, asked, ...node }: AskingOptions,
  reference: Reference,
  payload: unknown,
): Promise<Answer> {
  const { query: wanted, schedule, ...fields } = fieldsOf(payload);
  if (schedule !== undefined)
    throw new CaretakerError('bad_input', 'schedule: is set in the node, a message cannot set it.');
  assertBeside(fields, reference);
  const operation = operationOf(offered, wanted ?? node.query);
  if (wanted !== undefined) assertTakes(operation, fields);
  const commanded = roster.commanded(instances);
  const caller = {
    visible: roster.chosen(instances),
    commanded,
    reference,
    by: 'message',
    now: Date.now(),
  } as const;
  const all = over(asked, fields);
  const run = (String(all['limit']).trim() === '0' ? operation.runWhole : undefined) ?? operation.run;
  const { body, total, left_out } = await run(caller, all);
  const instance_id = whose(body) ?? homeOf(commanded, reference);
  return {
    ...{ query: operation.name, instance_id, body },
    ...(total !== undefined && { total }),
    ...(left_out !== undefined && { left_out }),
  };
}

/** Days and hours say the same: who says one of them does not want the other that was said before. */
function over(before: object, now: object): Readonly<Record<string, unknown>> {
  const saysWindow = 'hours' in now || 'days' in now;
  return { ...before, ...(saysWindow && { hours: undefined, days: undefined }), ...now };
}

/** A payload that is no object says nothing: an inject node sends the time, and a list is somebody's answer. */
function fieldsOf(payload: unknown): Record<string, unknown> {
  return typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? { ...payload } : {};
}

/**
 * What a monitor or another node tells names its home in both places. In the payload alone it would be passed over, and
 * all homes answer.
 * @throws CaretakerError bad_input
 */
function assertBeside(fields: Readonly<Record<string, unknown>>, reference: Reference): void {
  if (saidIn(reference) !== undefined) return;
  const name = ['instance_id', 'instance_name'].find((one) => fields[one] !== undefined && fields[one] !== null);
  if (name === undefined) return;
  throw new CaretakerError(
    'bad_input',
    `${name}: stands beside the payload. Set msg.${name}, not msg.payload.${name}.`,
  );
}

/**
 * Who says what he asks for means its window too: of another one he would be told what he has not asked for. What comes
 * without a query may be somebody's answer.
 * @throws CaretakerError bad_input
 */
function assertTakes({ name, fields: { properties } }: Operation, given: Readonly<Record<string, unknown>>): void {
  const extra = WINDOW.find((one) => given[one] !== undefined && given[one] !== null && !(one in properties));
  if (extra === undefined) return;
  const own = Object.keys(properties).join(', ') || 'nothing';
  throw new CaretakerError('bad_input', `${extra}: is nothing that ${name} takes. It takes: ${own}.`);
}

/** @throws CaretakerError bad_input */
export function operationOf(offered: Offered, query: unknown): Operation {
  const operation = typeof query === 'string' ? offered.get(query) : undefined;
  if (operation) return operation;
  const isMissing = query === undefined || query === null || query === '';
  const what = isMissing
    ? 'is missing. Set it in the node or as msg.payload.query'
    : `'${String(query).slice(0, 64)}' is nothing this node can ask for`;
  throw new CaretakerError('bad_input', `query: ${what}. It can be one of: ${[...offered.keys()].join(', ')}.`);
}

/** What is one thing says itself whose it is. */
function whose(body: unknown): string | undefined {
  const { instance_id } = Object(body) as { instance_id?: unknown };
  return typeof instance_id === 'string' ? instance_id : undefined;
}

function homeOf(members: readonly Member[], reference: Reference): string {
  const homes = resolveMany(members, reference);
  const ids = homes.ok ? homes.value.map(({ instance_id }) => instance_id) : [];
  return ids.length === 1 ? ids.join('') : 'all';
}
