import { type Health, newHealth, observe, settle } from '../core/health';
import type { WatchOptions } from '../core/options';
import type { Status } from '../core/subject';
import type { Settled } from '../core/transition';
import type { Resumed } from '../store/store';

/** The home itself as a subject: up while it is connected and running, with the graces everything has. */
export class SelfHealth {
  readonly health: Health;
  readonly #graces: { readonly down: number; readonly back: number };

  constructor(instance: { readonly instance_id: string; readonly name: string }, options: WatchOptions) {
    const { state_change_grace_period_seconds: down, recovery_grace_period_seconds: back } = options;
    this.health = newHealth({ kind: 'instance', id: instance.instance_id, name: instance.name });
    this.#graces = { down: down * 1000, back: back * 1000 };
  }

  /** When `settle` has something to do, epoch ms. */
  get due(): number {
    return this.health.due;
  }

  resume({ status, state, since }: Resumed): void {
    Object.assign(this.health, { status, state, since });
  }

  /** @returns what is confirmed by it at once */
  see(live: boolean, state: string, now: number): Settled | null {
    const status: Status = live ? 'available' : 'unavailable';
    this.health.due = observe(this.health, { status, state, since: now }, now, this.#graces, 0);
    return this.settle(now);
  }

  settle(now: number): Settled | null {
    if (this.health.due > now) return null;
    this.health.due = Number.POSITIVE_INFINITY;
    return settle(this.health, now);
  }
}
