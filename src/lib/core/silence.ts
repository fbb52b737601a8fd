import type { TrackedEntity } from './tracked';

/** Entities that have reported nothing for their threshold, as far as we heard; Home Assistant has the last word. */
export class Silence {
  readonly #suspected = new Set<TrackedEntity>();
  readonly #found = new Set<TrackedEntity>();

  /** Whether it already is, or silent enough to be one. */
  suspect(entity: TrackedEntity, now: number): boolean {
    if (entity.heard + entity.stale <= now) this.#suspected.add(entity);
    return this.#suspected.has(entity);
  }

  /** Home Assistant's answer. @param age ms before now */
  reported(entity: TrackedEntity, age: number, now: number): void {
    this.#suspected.delete(entity);
    entity.heard = Math.max(entity.heard, now - age);
    entity.silent = now - entity.heard >= entity.stale;
    if (entity.silent) this.#found.add(entity);
  }

  /** Whom to ask about: suspected, and if wanted those found silent and not heard since. */
  ids(found: boolean): string[] {
    for (const entity of this.#found) if (!entity.silent) this.#found.delete(entity);
    return [...this.#suspected, ...(found ? this.#found : [])].map((entity) => entity.subject.id);
  }

  drop(entity: TrackedEntity): void {
    this.#suspected.delete(entity);
    this.#found.delete(entity);
  }

  clear(): void {
    this.#suspected.clear();
  }
}
