import type { Attempt } from '../../core/heal/heal';
import { pastAttempt } from '../../instance/attempt-record';
import type { Member } from '../../instance/roster';
import { operation } from '../operation';
import { ownerOf } from '../owner';
import { keptBy } from '../ready';
import { fields, listOf, maybeNumber, maybeText, oneOf, page, record, text, whole } from '../schema';
import { healProperties } from './heal-answer';
import { pastAttempts } from './past-attempts';

interface HistoryFields {
  readonly hours: number;
  readonly limit: number;
  readonly offset: number;
  readonly filter?: 'success' | 'failed';
  readonly entity_id?: string;
  readonly integration?: string;
}

const HOUR_MS = 3_600_000;
const id = { type: 'string', maxLength: 255 };

const pastAnswer = record({
  ...healProperties,
  outcome: oneOf('healed', 'failed', 'in_progress'),
  attempt_id: text,
  trigger_reason: text,
  error_message: maybeText,
  attempt_number: maybeNumber,
  by: oneOf('auto', 'message', 'api', 'dashboard', 'ha_boss'),
});

export const healingHistory = operation<HistoryFields>({
  name: 'healing_history',
  summary: 'The heals that were tried, newest first.',
  access: 'read',
  volatile: ['duration_seconds'],
  fields: fields({
    hours: { type: 'number', minimum: 1, maximum: 8784, default: 24 },
    limit: { ...page.limit, maximum: 500, default: 50 },
    offset: page.offset,
    filter: oneOf('success', 'failed'),
    entity_id: { ...id, description: 'Only heals of it, or that were to bring it back' },
    integration: id,
  }),
  answer: record({ actions: listOf(pastAnswer), total_count: whole, success_count: whole, failure_count: whole }),
  run: async (caller, asked) => {
    const { hours, limit, offset } = asked;
    const since = caller.now - hours * HOUR_MS;
    const past = await pastAttempts(caller, {
      ...{ since, limit, offset },
      counts: (attempt) => isAsked(attempt, asked),
    });
    const actions = past.page.map(({ home, attempt }) => pastAttempt(attempt, home));
    const counts = { total_count: past.total, success_count: past.healed, failure_count: past.failed };
    return { body: { actions, ...counts }, total: past.total };
  },
});

export const attempt = operation<{ readonly attempt_id: string }>({
  name: 'attempt',
  summary: 'One heal that was tried, or is under way.',
  access: 'read',
  volatile: ['duration_seconds'],
  fields: fields({ attempt_id: { type: 'string', minLength: 1, maxLength: 512 } }, ['attempt_id']),
  answer: pastAnswer,
  run: async (caller, { attempt_id: id }) => {
    const found = new Map<Member, Attempt>();
    const has = async (member: Member) => {
      const its = await look(member, id);
      if (its) found.set(member, its);
      return its !== undefined;
    };
    const owner = await ownerOf(caller, { what: 'Attempt', id, has, assertTells: keptBy });
    return { body: pastAttempt(found.get(owner) as Attempt, owner) };
  },
});

async function look({ instance, keeping, instance_id }: Member, id: string): Promise<Attempt | undefined> {
  // The store may not have it yet.
  const latest = instance?.healing.latest(id);
  if (latest) return latest;
  const namespace = await keeping?.store.namespace(instance_id);
  const [stored] = (await namespace?.records({ kind: 'attempt', id, limit: 1 })) ?? [];
  return stored?.body as Attempt | undefined;
}

function isAsked({ outcome, integration, target, before }: Attempt, asked: HistoryFields): boolean {
  if (asked.filter && outcome !== (asked.filter === 'success' ? 'healed' : 'failed')) return false;
  if (asked.integration !== undefined && integration !== asked.integration) return false;
  const { entity_id } = asked;
  const isIt = ({ kind, id }: Attempt['before'][number]) => kind === 'entity' && id === entity_id;
  return entity_id === undefined || isIt(target) || before.some(isIt);
}
