import { FencedNamespace } from './fenced-namespace';
import { answerOf, checkLease, claimed, type Lease } from './lease';
import { MemoryNamespace } from './memory-namespace';
import type { Claim, Claimed, Namespace, NamespaceSize, Store } from './store';

interface Shared {
  readonly namespaces: Map<string, MemoryNamespace>;
  readonly leases: Map<string, Lease>;
}

/** What a store is where this Node has no SQLite: as long-lived as the process. */
export class MemoryStore implements Store {
  readonly kind = 'memory';
  readonly place = 'memory';
  readonly #shared: Shared;
  /** By instance: the claim it is written under. */
  readonly #tokens = new Map<string, number | null>();

  constructor(shared: Shared = { namespaces: new Map(), leases: new Map() }) {
    this.#shared = shared;
  }

  /** The same facts as another owner would have them. */
  beside(): MemoryStore {
    return new MemoryStore(this.#shared);
  }

  async namespace(instanceId: string): Promise<Namespace> {
    const { namespaces, leases } = this.#shared;
    const namespace = namespaces.get(instanceId) ?? new MemoryNamespace(instanceId);
    namespaces.set(instanceId, namespace);
    const check = () =>
      checkLease(instanceId, leases.get(instanceId), this.#tokens.get(instanceId) ?? null, Date.now());
    return new FencedNamespace(namespace, check);
  }

  async claim(claim: Claim): Promise<Claimed[]> {
    const { leases } = this.#shared;
    return claim.instance_ids.map((id) => {
      const before = leases.get(id);
      const lease = claimed(before, claim, Date.now());
      if (lease) leases.set(id, lease);
      return answerOf(id, lease, before);
    });
  }

  fence(instanceId: string, token: number | null): void {
    this.#tokens.set(instanceId, token);
  }

  async sizes(): Promise<NamespaceSize[]> {
    return [...this.#shared.namespaces.values()].flatMap((namespace) => namespace.size() ?? []);
  }

  async bytes(): Promise<number> {
    return (await this.sizes()).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async close(): Promise<void> {}
}
