import { randomUUID } from 'node:crypto';
import type { Suppression } from '../core/heal/heal';
import { type Knowledge, type Reference, resolveCommand, resolveMany } from '../core/resolve';
import { CaretakerError } from '../error';
import { assertKnown, chosenOf, fieldOf, healingOf, knowledgeOf, type Wish, wishOf } from './heal-wish';
import type { Healing } from './healing';
import { parseInstant, parseSuppress, type SuppressOptions } from './parse-action';
import type { Member } from './roster';

/** A suppression as it crosses a boundary: instants are ISO 8601 UTC. */
export interface SuppressionRecord {
  readonly suppression_id: string;
  readonly kind: Suppression['kind'];
  readonly id: string;
  readonly name: string;
  /** The one it belongs to, or is; null of what has none. */
  readonly integration: string | null;
  readonly since: string;
  /** Null until it is lifted. */
  readonly until: string | null;
  readonly reason: string | null;
}

export interface SuppressionAnswer {
  readonly instance_id: string;
  readonly instance_name: string;
  readonly action: 'suppress' | 'unsuppress' | 'suppressions';
  /** What was set, what was lifted, or all in force; null of a home that is not watched now. */
  readonly suppressions: readonly SuppressionRecord[] | null;
}

const MINUTE_MS = 60_000;

/**
 * Has one subject, or an integration, left alone until it is lifted, or until a time. Said again it is set anew.
 * @param fields `entity_id`, `device_id`, `entry_id`, `integration` or a transition's `kind` and `id`; `for_minutes` or
 *   `until`; `reason`
 * @throws CaretakerError bad_input, no_target, instance_required, instance_ambiguous, instance_not_found, instance_not_ready
 */
export function suppressCommand(
  visible: readonly Member[],
  reference: Reference,
  fields: unknown,
  now: number,
): SuppressionAnswer {
  const options = parseSuppress(fields);
  const wish = suppressible(wishOf(options));
  const until = untilOf(options, now);
  const member = chosenOf(resolveCommand(visible, reference, knowledgeOf(wish)));
  const { holds } = healingOf(member);
  // An integration may be left alone before it is there.
  if (wish.kind !== 'integration') assertKnown(member, wish);
  const known = inForce(member, now).find((one) => isOf(one, wish));
  const suppression: Suppression = {
    suppression_id: known?.suppression_id ?? randomUUID(),
    ...wish,
    began: known?.began ?? now,
    until,
    reason: options.reason ?? null,
  };
  holds.suppress(suppression);
  return answer(member, 'suppress', [suppression]);
}

/**
 * Lifts a suppression, or that of a subject; answers which were lifted.
 * @param fields `suppression_id`, or what was suppressed
 * @throws CaretakerError as `suppressCommand`; no_target when there is no such suppression
 */
export function unsuppressCommand(
  visible: readonly Member[],
  reference: Reference,
  fields: unknown,
  now: number,
): SuppressionAnswer {
  const options = parseSuppress(fields);
  const { suppression_id } = options;
  const wish = suppression_id === undefined ? suppressible(wishOf(options)) : null;
  const isMeant = (one: Suppression) => (wish ? isOf(one, wish) : one.suppression_id === suppression_id);
  const holding: Knowledge<Member> = {
    knows: ({ instance }) => (instance ? [...instance.healing.holds.suppressions.values()].some(isMeant) : undefined),
  };
  const member = chosenOf(resolveCommand(visible, reference, holding));
  const { holds } = healingOf(member);
  const lifted = inForce(member, now).filter(isMeant);
  if (lifted.length === 0) {
    const field = wish ? fieldOf(wish) : 'suppression_id';
    throw new CaretakerError(
      'no_target',
      `${field}: ${member.name} has no suppression of '${wish?.id ?? suppression_id}'.`,
    );
  }
  for (const one of lifted) holds.unsuppress(one.suppression_id, now);
  return answer(member, 'unsuppress', lifted);
}

/**
 * What is left alone now; a home each.
 * @throws CaretakerError instance_required, instance_ambiguous, instance_not_found
 */
export function suppressionsOf(visible: readonly Member[], reference: Reference, now: number): SuppressionAnswer[] {
  const members = chosenOf(resolveMany(visible, reference));
  return members.map((member) => answer(member, 'suppressions', member.instance ? inForce(member, now) : null));
}

/** What is left alone now in a home that is watched. @throws CaretakerError instance_not_ready */
export function inForce(member: Member, now: number): Suppression[] {
  const { holds } = healingOf(member);
  holds.expire(now);
  return [...holds.suppressions.values()];
}

type Suppressible = Pick<Suppression, 'kind' | 'id'>;

function suppressible({ kind, id }: Wish): Suppressible {
  if (kind !== 'incident' && kind !== 'instance') return { kind, id };
  const field = kind === 'incident' ? 'incident_id' : 'kind';
  throw new CaretakerError(
    'bad_input',
    `${field}: only an entity, a device, a config entry or an integration can be suppressed.`,
  );
}

function isOf(one: Suppressible, { kind, id }: Suppressible): boolean {
  return one.kind === kind && one.id === id;
}

function untilOf({ for_minutes, until }: SuppressOptions, now: number): number | null {
  if (for_minutes !== undefined && until !== undefined)
    throw new CaretakerError('bad_input', 'for_minutes, until: set only one of them.');
  if (for_minutes !== undefined) return Math.round(now + for_minutes * MINUTE_MS);
  if (until === undefined) return null;
  const at = parseInstant('until', until);
  if (at > now) return at;
  throw new CaretakerError('bad_input', 'until: is over already.');
}

function answer(
  member: Member,
  action: SuppressionAnswer['action'],
  suppressions: readonly Suppression[] | null,
): SuppressionAnswer {
  const { instance_id, name, instance } = member;
  const records = suppressions?.map((one) => suppressionRecord(one, instance?.healing)) ?? null;
  return { instance_id, instance_name: name, action, suppressions: records };
}

export function suppressionRecord(suppression: Suppression, healing: Healing | undefined): SuppressionRecord {
  const { suppression_id, kind, id, began, until, reason } = suppression;
  const view = kind === 'integration' ? undefined : healing?.view({ kind, id });
  return {
    suppression_id,
    kind,
    id,
    name: view?.target.name ?? id,
    integration: kind === 'integration' ? id : (view?.integration ?? null),
    since: new Date(began).toISOString(),
    until: until === null ? null : new Date(until).toISOString(),
    reason,
  };
}
