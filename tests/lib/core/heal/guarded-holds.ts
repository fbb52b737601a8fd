import type { MaintenanceWindow, Suppression } from '../../../../src/lib/core/heal/heal';
import { pick, type Random } from '../../../support/simulator/random';
import type { Facts } from './guard-oracle';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What people of a home have said, as it is stored; and once more as the one who looks on knows it. */
export class GuardedHolds {
  readonly suppressions = new Map<string, Suppression>();
  readonly windows = new Map<string, MaintenanceWindow>();
  readonly #random: Random;
  readonly #facts: Pick<Facts, 'suppressed' | 'windows'>;

  constructor(random: Random, facts: Pick<Facts, 'suppressed' | 'windows'>) {
    this.#random = random;
    this.#facts = facts;
  }

  /** Somebody wants nothing healed, or does not any more. */
  change(now: number): void {
    const id = String(Math.floor(this.#random() * 4));
    const until = now + pick(this.#random, [MINUTE, HOUR, 30 * HOUR]);
    if (this.#random() < 0.5) this.#suppress(id, until, now);
    else this.#open(id, until, now);
  }

  #suppress(suppression_id: string, until: number, now: number): void {
    const [kind, ...ids] = pick(this.#random, [
      ['entity', 'sensor.e1', 'sensor.yaml'],
      ['device', 'd-e1', 'd-e2'],
      ['config_entry', 'e1', 'e2'],
      ['integration', 'domain-e1', 'domain-e2'],
    ] as const);
    const known = this.suppressions.get(suppression_id);
    this.suppressions.delete(suppression_id);
    if (!known) {
      const end = this.#random() < 0.2 ? null : until;
      const id = pick(this.#random, ids);
      this.suppressions.set(suppression_id, { suppression_id, kind, id, began: now, until: end, reason: null });
    }
    this.#facts.suppressed.clear();
    for (const one of this.suppressions.values()) {
      const name = `${one.kind} ${one.id}`;
      const end = one.until ?? Number.POSITIVE_INFINITY;
      this.#facts.suppressed.set(name, Math.max(end, this.#facts.suppressed.get(name) ?? 0));
    }
  }

  #open(window_id: string, to: number, now: number): void {
    const known = this.#facts.windows.findIndex(({ id }) => id === window_id);
    if (known >= 0) {
      this.#facts.windows.splice(known, 1);
      this.windows.delete(window_id);
      return;
    }
    if (this.#random() < 0.3) {
      const [day, hour, minutes] = [
        pick(this.#random, [0, 3, 6]),
        pick(this.#random, [0, 12, 23]),
        pick(this.#random, [30, 1500]),
      ];
      const weekly = {
        repeats: 'weekly',
        began: 0,
        ended: null,
        weekdays: [day],
        at: `${String(hour).padStart(2, '0')}:30`,
      } as const;
      this.windows.set(window_id, { window_id, reason: null, ...weekly, duration_minutes: minutes });
      this.#facts.windows.push({ id: window_id, minuteOfWeek: day * 1440 + hour * 60 + 30, minutes });
      return;
    }
    const isOpenEnd = this.#random() < 0.2;
    const from = isOpenEnd ? now : now + pick(this.#random, [0, 30 * SECOND, HOUR]);
    this.windows.set(window_id, { window_id, reason: null, repeats: 'once', from, to: isOpenEnd ? null : to });
    this.#facts.windows.push({ id: window_id, from, to: isOpenEnd ? Number.POSITIVE_INFINITY : to });
  }
}
