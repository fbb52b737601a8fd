import type { Instance } from './instance';
import type { Keeping } from './keeping';

/** One configured instance: running, or refused with what to do about it. */
export interface Member {
  /** The id of its config node. */
  readonly id: string;
  readonly instance_id: string;
  readonly name: string;
  readonly instance: Instance | null;
  readonly refusal: string | null;
  /** Null until its store is open. */
  readonly keeping: Keeping | null;
}

/**
 * The configured instances of this Node-RED. Whoever uses them looks them up here, each time: a redeployed instance
 * is another object, and its users are not redeployed with it.
 */
export class Roster {
  readonly #members = new Map<string, Member>();
  readonly #listeners = new Set<() => void>();

  put(member: Member): void {
    this.#members.set(member.id, member);
    this.#changed();
  }

  /** Takes it out, unless another has taken its place. */
  remove(member: Member): void {
    if (this.#members.get(member.id) !== member) return;
    this.#members.delete(member.id);
    this.#changed();
  }

  /** Empty is all; ids nobody has are nobody, never all. */
  chosen(ids: readonly string[]): Member[] {
    if (ids.length === 0) return [...this.#members.values()];
    return ids.flatMap((id) => this.#members.get(id) ?? []);
  }

  get(id: string): Member | undefined {
    return this.#members.get(id);
  }

  /** Who else goes by this instance_id; one that was refused does not. */
  namesake(instanceId: string, nodeId: string): Member | undefined {
    return [...this.#members.values()].find(
      ({ id, instance_id, refusal }) => instance_id === instanceId && id !== nodeId && refusal === null,
    );
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

export const roster = new Roster();
