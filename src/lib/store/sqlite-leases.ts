import { answerOf, checkLease, claimed, type Lease } from './lease';
import { SQL } from './sql';
import type { Statements } from './statements';
import type { Claim, Claimed } from './store';

/** Who may write in a file. Whoever calls it is within a write transaction, so nobody can change it meanwhile. */
export class SqliteLeases {
  readonly #sql: Statements['get'];

  constructor(statements: Statements) {
    this.#sql = (text) => statements.get(text);
  }

  claim(claim: Claim): Claimed[] {
    const now = Date.now();
    return claim.instance_ids.map((id) => {
      const before = this.#lease(id);
      const lease = claimed(before, claim, now);
      if (lease) {
        const { token, renewed, lease_ms, session, owner, label } = lease;
        this.#sql(SQL.setLease).run(id, token, renewed, Math.ceil(lease_ms), session, owner, label);
      }
      return answerOf(id, lease, before);
    });
  }

  /** @throws CaretakerError lease_lost */
  check(instanceId: string, token: number | null): void {
    checkLease(instanceId, this.#lease(instanceId), token, Date.now());
  }

  #lease(instanceId: string): Lease | undefined {
    return this.#sql(SQL.lease).get(instanceId) as Lease | undefined;
  }
}
