import type { Attempt } from '../../core/heal/heal';
import { resolveOne } from '../../core/resolve';
import { CaretakerError } from '../../error';
import { pastAttempt } from '../../instance/attempt-record';
import { chosenOf } from '../../instance/heal-wish';
import type { Member } from '../../instance/roster';
import { fromEach, type Kept, namespaceOf } from '../homes';
import { type Caller, operation } from '../operation';
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
  by: oneOf('auto', 'message', 'api', 'dashboard'),
});

export const healingHistory = operation<HistoryFields>({
  name: 'healing_history',
  summary: 'The heals that were tried, newest first',
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
  summary: 'One heal that was tried, or is under way',
  access: 'read',
  volatile: ['duration_seconds'],
  fields: fields({ attempt_id: { type: 'string', minLength: 1, maxLength: 512 } }, ['attempt_id']),
  answer: pastAnswer,
  run: async (caller, { attempt_id }) => {
    const found = await foundIn(caller, attempt_id);
    const member = chosenOf(resolveOne(caller.visible, caller.reference, (one) => found.has(one)));
    const its = member && found.get(member);
    if (its) return { body: pastAttempt(its, member) };
    throw new CaretakerError('not_found', `Attempt '${attempt_id}' not found`);
  },
});

async function foundIn(caller: Caller, id: string): Promise<Map<Member, Attempt>> {
  const found = await fromEach(caller, async (home) => [home as Member, await attemptOf(home, id)] as const);
  return new Map(found.flatMap(([home, attempt]) => (attempt ? [[home, attempt] as const] : [])));
}

async function attemptOf(home: Kept, id: string): Promise<Attempt | undefined> {
  // The store may not have it yet.
  const running = home.instance?.healing.latest(id);
  if (running) return running;
  const [stored] = await (await namespaceOf(home)).records({ kind: 'attempt', id, limit: 1 });
  return stored?.body as Attempt | undefined;
}

function isAsked({ outcome, integration, target, before }: Attempt, asked: HistoryFields): boolean {
  if (asked.filter && outcome !== (asked.filter === 'success' ? 'healed' : 'failed')) return false;
  if (asked.integration !== undefined && integration !== asked.integration) return false;
  const { entity_id } = asked;
  const isIt = ({ kind, id }: Attempt['before'][number]) => kind === 'entity' && id === entity_id;
  return entity_id === undefined || isIt(target) || before.some(isIt);
}
