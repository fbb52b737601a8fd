import { CaretakerError } from '../error';
import type { Claim, Claimant, Claimed } from './store';

/** Who looks after a namespace, as it stands in a store. PostgreSQL says the same in SQL. */
export interface Lease extends Claimant {
  readonly token: number;
  /** Epoch ms, by the store's clock. */
  readonly renewed: number;
  readonly lease_ms: number;
}

/** A clock that was set back by more than the lease leaves nobody waiting for it to come round again. */
function isHeld({ renewed, lease_ms }: Lease, now: number): boolean {
  return Math.abs(now - renewed) < lease_ms;
}

/** The lease as it is after a claim; null when it is another's. */
export function claimed(lease: Lease | undefined, { claimant, lease_ms, resumes }: Claim, now: number): Lease | null {
  const { owner, session, label } = claimant;
  const isOurs = lease?.session === session;
  const isFree = !lease || isOurs || !isHeld(lease, now) || (resumes && lease.owner === owner);
  if (!isFree) return null;
  return { owner, session, label, token: (lease?.token ?? 0) + (isOurs ? 0 : 1), renewed: now, lease_ms };
}

/** @param lease as it is after the claim; null: it is as it was before */
export function answerOf(instance_id: string, lease: Lease | null, before: Lease | undefined): Claimed {
  if (!lease) {
    const { label = '', renewed = 0, lease_ms = 0 } = before ?? {};
    return { instance_id, ok: false, label, until: renewed + lease_ms };
  }
  const { token, renewed, lease_ms } = lease;
  const idle_ms = before ? Math.max(0, renewed - before.renewed) : null;
  return { instance_id, ok: true, token, until: renewed + lease_ms, idle_ms };
}

/** @throws CaretakerError lease_lost */
export function checkLease(instanceId: string, lease: Lease | undefined, token: number | null, now: number): void {
  checkToken(instanceId, lease && { ...lease, held: isHeld(lease, now) }, token);
}

/** @throws CaretakerError lease_lost */
export function checkToken(
  instanceId: string,
  lease: (Pick<Lease, 'token' | 'label'> & { readonly held: boolean }) | undefined,
  token: number | null,
): void {
  // Who never had a claim may write what nobody claims.
  const isOurs = token === null ? !lease?.held : lease?.token === token;
  if (isOurs) return;
  const who = lease ? `Another Node-RED (${lease.label})` : 'Another Node-RED';
  throw new CaretakerError('lease_lost', `${who} looks after ${instanceId}: nothing was written here.`);
}
