import type { MaintenanceWindow, Suppression } from '../core/heal/heal';
import { maintenanceUntil } from '../core/heal/maintenance';
import { type Names, suppressedBy } from '../core/heal/suppression';
import type { Kind } from '../core/subject';

interface HoldsHost {
  /** Keeps a fact as it is now. */
  put(kind: 'suppression' | 'window', id: string, body: object, open: boolean): void;
  /** The home may be in maintenance now, or out of it. */
  worked(): void;
}

/** What people hold healing back with in one home. What is over stays a fact: its time is left out of the figures. */
export class Holds {
  readonly #host: HoldsHost;
  readonly #suppressions = new Map<string, Suppression>();
  readonly #windows = new Map<string, MaintenanceWindow>();

  /** @param past what was in force */
  constructor(
    host: HoldsHost,
    past: { readonly suppressions: readonly Suppression[]; readonly windows: readonly MaintenanceWindow[] },
  ) {
    this.#host = host;
    for (const one of past.suppressions) this.#suppressions.set(one.suppression_id, one);
    for (const one of past.windows) this.#windows.set(one.window_id, one);
  }

  get suppressions(): ReadonlyMap<string, Suppression> {
    return this.#suppressions;
  }

  get windows(): ReadonlyMap<string, MaintenanceWindow> {
    return this.#windows;
  }

  suppresses(names: Names, now: number): boolean {
    return suppressedBy(this.#suppressions.values(), names, now) !== undefined;
  }

  /** @see maintenanceUntil */
  maintenanceUntil(now: number, timeZone: string): number | null {
    return maintenanceUntil(this.#windows.values(), now, timeZone);
  }

  suppress(suppression: Suppression): void {
    this.#suppressions.set(suppression.suppression_id, suppression);
    this.#host.put('suppression', suppression.suppression_id, suppression, true);
  }

  /** As it was; undefined when there is none. */
  unsuppress(id: string, now: number): Suppression | undefined {
    const known = this.#suppressions.get(id);
    if (known) this.#endSuppression({ ...known, until: Math.min(now, known.until ?? now) });
    return known;
  }

  /** A suppression follows what it is for. */
  rename(kind: Kind, from: string, to: string): void {
    for (const one of this.#suppressions.values())
      if (one.kind === kind && one.id === from) this.suppress({ ...one, id: to });
  }

  setWindow(window: MaintenanceWindow): void {
    this.#windows.set(window.window_id, window);
    this.#host.put('window', window.window_id, window, true);
    this.#host.worked();
  }

  /** As it ended; undefined when there is none. */
  removeWindow(id: string, now: number): MaintenanceWindow | undefined {
    const known = this.#windows.get(id);
    if (!known) return undefined;
    const ended = endedAt(known, now);
    this.#endWindow(ended);
    this.#host.worked();
    return ended;
  }

  /** Whose time is over is in force no more, and is a fact of the past. */
  expire(now: number): void {
    for (const one of this.#suppressions.values())
      if (one.until !== null && one.until <= now) this.#endSuppression(one);
    for (const one of this.#windows.values())
      if (one.repeats === 'once' && one.to !== null && one.to <= now) this.#endWindow(one);
  }

  #endSuppression(suppression: Suppression): void {
    this.#suppressions.delete(suppression.suppression_id);
    this.#host.put('suppression', suppression.suppression_id, suppression, false);
  }

  #endWindow(window: MaintenanceWindow): void {
    this.#windows.delete(window.window_id);
    this.#host.put('window', window.window_id, window, false);
  }
}

/** One that had not begun was none. */
function endedAt(window: MaintenanceWindow, now: number): MaintenanceWindow {
  if (window.repeats === 'weekly') return { ...window, ended: now };
  return { ...window, to: Math.max(window.from, Math.min(now, window.to ?? now)) };
}
