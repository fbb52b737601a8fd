import type { Dossier } from './dossier';
import type { Moved } from './home-store';
import type { Instance } from './instance';
import type { Keeping } from './keeping';
import type { PlanFolder } from './plan-folder';

/** One configured instance: running, or refused with what to do about it. */
export interface Member {
  /** The id of its config node. */
  readonly id: string;
  readonly instance_id: string;
  readonly name: string;
  readonly instance: Instance | null;
  readonly refusal: string | null;
  /** Says which other Node-RED looks after it, so that this one does not watch. */
  readonly standby?: string | null;
  /** Sure: no other Node-RED can look after it now. What must not be done twice, such as a heal, needs that. */
  readonly lease?: { isSure(): boolean } | undefined;
  /** Null until its store is open. */
  readonly keeping: Keeping | null;
  /** The plans it is healed by. */
  readonly plans?: PlanFolder;
  /** What is remembered of it, also when it was refused. */
  readonly dossier?: Dossier;
  /** Set when it started with another store than the time before. */
  readonly moved: Moved | null;
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

  /** All nodes are there that will be: who waited for another life in vain is none any more. */
  settle(isThere: (id: string) => boolean): void {
    const gone = [...this.#members.keys()].filter((id) => !isThere(id));
    for (const id of gone) this.#members.delete(id);
    if (gone.length > 0) this.#changed();
  }

  /**
   * Empty is all; ids nobody has are nobody, never all.
   * @param seen instance_ids that whoever asks may see, in the same way
   */
  chosen(ids: readonly string[], seen: readonly string[] = []): Member[] {
    const all = ids.length === 0 ? [...this.#members.values()] : ids.flatMap((id) => this.#members.get(id) ?? []);
    return seen.length === 0 ? all : all.filter(({ instance_id }) => seen.includes(instance_id));
  }

  /** As `chosen`, for a command: of two with one instance_id it can only be for the one that was not refused. */
  commanded(ids: readonly string[], seen: readonly string[] = []): Member[] {
    const all = this.chosen(ids, seen);
    const isTwin = (member: Member) =>
      member.refusal !== null &&
      all.some(({ instance_id, refusal }) => instance_id === member.instance_id && refusal === null);
    return all.filter((member) => !isTwin(member));
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
