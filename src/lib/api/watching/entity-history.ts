import { STATUSES } from '../../core/subject';
import { CaretakerError } from '../../error';
import { recordedStates } from '../../hass/recorder';
import type { Instance } from '../../instance/instance';
import { patient } from '../../instance/patient';
import type { Member } from '../../instance/roster';
import { type Caller, operation, type Reply } from '../operation';
import { ownerOf } from '../owner';
import { assertRuns, keptBy } from '../ready';
import {
  fields,
  flag,
  instant,
  listOf,
  maybeOneOf,
  maybeText,
  ofInstance,
  oneOf,
  orNothing,
  record,
  text,
  whole,
} from '../schema';
import { isStored } from './stored-entity';

interface Fields {
  readonly entity_id: string;
  readonly hours: number;
  readonly limit: number;
  readonly attributes: boolean;
}

interface Past {
  readonly state: string | null;
  /** Epoch ms. */
  readonly at: number;
  readonly attributes: object;
  readonly status: string | null;
}

const HOUR_MS = 3_600_000;
/** A recorder that is busy for longer is as good as none, ms. */
const PATIENCE_MS = 10_000;

export const entityHistory = operation<Fields>({
  name: 'entity_history',
  summary: 'What an entity was: from Home Assistant’s recorder, or from our own facts when that does not answer.',
  access: 'read',
  fields: fields(
    {
      entity_id: { type: 'string', minLength: 1, maxLength: 255 },
      hours: { type: 'integer', minimum: 1, maximum: 168, default: 24 },
      limit: { type: 'integer', minimum: 1, maximum: 1000, default: 1000 },
      attributes: { type: 'boolean', default: true },
    },
    ['entity_id'],
  ),
  answer: record({
    ...ofInstance,
    entity_id: text,
    history: listOf(
      record({
        state: maybeText,
        timestamp: instant,
        attributes: { type: 'object' },
        status: maybeOneOf(...STATUSES),
      }),
    ),
    count: whole,
    hours: whole,
    source: oneOf('recorder', 'facts'),
    reason: orNothing(record({ code: text, message: text })),
    truncated: flag,
  }),
  run: (caller, asked) => reply(caller, asked),
});

async function reply(caller: Caller, asked: Fields): Promise<Reply> {
  const { entity_id: id, hours } = asked;
  const has = (member: Member) => member.instance?.tracker.entities.has(id) === true || isStored(member, id);
  const owner = await ownerOf(caller, { what: 'Entity', id, has, assertTells });
  const { states, isMore, ...from } = await pastOf(owner, asked, caller.now);
  const history = states.map(({ at, ...one }) => ({ ...one, timestamp: new Date(at).toISOString() }));
  return {
    body: {
      instance_id: owner.instance_id,
      instance_name: owner.name,
      entity_id: id,
      history,
      count: history.length,
      hours,
      ...from,
      truncated: isMore,
    },
  };
}

/** One that does not run has its facts. */
function assertTells(member: Member): void {
  if (member.instance) assertRuns(member);
  else keptBy(member);
}

async function pastOf(owner: Member, asked: Fields, now: number) {
  try {
    return { ...(await fromRecorder(owner.instance, asked, now)), source: 'recorder', reason: null };
  } catch (thrown) {
    const { code, message } = thrown instanceof CaretakerError ? thrown : unexpected(thrown);
    const reason = { code, message: owner.dossier?.clean(message) ?? message };
    return { ...(await fromFacts(owner, asked, now)), source: 'facts', reason };
  }
}

/** @throws CaretakerError */
async function fromRecorder(instance: Instance | null, { entity_id, hours, limit, attributes }: Fields, now: number) {
  const connection = instance?.connection;
  if (!connection) throw new CaretakerError('connection_lost', 'Home Assistant is not connected.');
  const deadline = Date.now() + PATIENCE_MS;
  const query = { entity_id, from: now - hours * HOUR_MS, to: now, limit, attributes, deadline };
  const { states, isMore } = await patient(PATIENCE_MS, () => recordedStates(connection, query));
  return { states: states.map((one): Past => ({ ...one, status: null })), isMore };
}

/** @throws CaretakerError store_failed */
async function fromFacts(owner: Member, { entity_id: id, hours, limit }: Fields, now: number) {
  const namespace = await keptBy(owner).store.namespace(owner.instance_id);
  const query = { kind: 'entity', id, from: now - hours * HOUR_MS, newest_first: true, limit: limit + 1 } as const;
  const facts = await namespace.transitions(query);
  const states = facts
    .slice(0, limit)
    .map(({ state, since: at, status }): Past => ({ state, at, attributes: {}, status }));
  return { states, isMore: facts.length > limit };
}

function unexpected(thrown: unknown): CaretakerError {
  return new CaretakerError('command_failed', String(thrown), thrown);
}
