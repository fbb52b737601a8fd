import { textArray } from './postgres-array';
import type { PostgresServer } from './postgres-server';
import { SQL } from './postgres-sql';
import type { Claim, Claimed } from './store';

/** One statement for all that are free or ours, and one more when another has some. */
export async function claimLeases(
  server: PostgresServer,
  { claimant, instance_ids, resumes, ...claim }: Claim,
): Promise<Claimed[]> {
  const lease_ms = Math.ceil(claim.lease_ms);
  const { session, owner, label } = claimant;
  // Everybody locks in the same order, so nobody waits for one who waits for him.
  const asked = textArray([...instance_ids].sort());
  const answers = new Map<unknown, Claimed>();
  for (const row of await server.query(SQL.claimLeases, [asked, session, owner, label, lease_ms, resumes])) {
    const [instance_id, token] = [row['instance_id'] as string, row['token'] as number];
    const until = (row['renewed'] as number) + lease_ms;
    const idle = row['idle'] as number | null;
    answers.set(instance_id, { instance_id, ok: true, token, until, idle_ms: idle && Math.max(0, idle) });
  }
  const others = instance_ids.filter((id) => !answers.has(id));
  if (others.length > 0) {
    for (const row of await server.query(SQL.leases, [textArray(others)])) {
      const [instance_id, label] = [row['instance_id'] as string, row['label'] as string];
      const until = (row['renewed'] as number) + (row['lease_ms'] as number);
      answers.set(instance_id, { instance_id, ok: false, label, until });
    }
  }
  return instance_ids.map((id) => answers.get(id) ?? { instance_id: id, ok: false, label: '', until: 0 });
}
