import type { EntryView, HomeView, TargetView } from '../../../../src/lib/core/heal/guards';
import type { Attempt, HealTarget, Step, StepTaken } from '../../../../src/lib/core/heal/heal';
import type { Named } from '../../../../src/lib/core/subject';

/** Epoch ms at which every case begins. */
export const START = Date.UTC(2026, 0, 15, 12);
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const lamp: HealTarget = { kind: 'entity', id: 'light.a', name: 'Lamp' };
export const hue: HealTarget = { kind: 'config_entry', id: 'e', name: 'Hue' };

let number = 0;

/** A failed attempt on the lamp that began and ended at START. */
export function attempt(more: Partial<Attempt> = {}): Attempt {
  number += 1;
  const began = more.began ?? START;
  return {
    attempt_id: String(number),
    incident_id: null,
    target: lamp,
    entry_id: 'e',
    integration: 'hue',
    by: 'auto',
    plan: null,
    because: null,
    ended: began,
    outcome: 'failed',
    reason: 'still_down',
    message: null,
    steps: [],
    before: [],
    recovered: [],
    still_down: [],
    ...more,
    began,
  };
}

export function taken(action: StepTaken['action'], at = START, target: Named = hue): StepTaken {
  return { level: 'integration', action, target, at, duration_seconds: 1, error: null, context_id: null };
}

export function step(action: Step['action'], target: Named = hue): Step {
  return { level: 'integration', action, target, params: {}, timeout: MINUTE };
}

export function entryView(more: Partial<EntryView> = {}): EntryView {
  return { entry_id: 'e', state: 'loaded', since: START - DAY, disabled: false, reauth: false, ...more };
}

/** The lamp, down. */
export function targetView(more: Partial<TargetView> = {}): TargetView {
  return { target: lamp, down: true, disabled: false, entry: entryView(), ...more };
}

/** A home in which nothing speaks against a heal. */
export function homeView(more: Partial<HomeView> = {}): HomeView {
  return {
    ready: true,
    is_admin: true,
    healing: false,
    suppressed: false,
    maintenanceUntil: null,
    judged: 100,
    down: 1,
    explained: 0,
    ...more,
  };
}
