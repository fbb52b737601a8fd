import { stampChange, stampUpdate } from './stamps';
import type { TrackedEntity } from './tracked';

/** What `subscribe_entities` sends: added, changed, removed. Short keys are Home Assistant's. */
export interface EntitiesEvent {
  readonly a?: Record<string, CompressedState>;
  readonly c?: Record<string, CompressedChange>;
  readonly r?: readonly string[];
}

export interface CompressedState {
  /** State. */
  readonly s: string;
  /** Attributes. */
  readonly a?: Record<string, unknown>;
  /** last_changed, epoch seconds. */
  readonly lc?: number;
  /** last_updated, epoch seconds; left out when it equals last_changed. */
  readonly lu?: number;
}

export interface CompressedChange {
  readonly '+'?: Partial<CompressedState>;
  readonly '-'?: { readonly a?: readonly string[] };
}

export function applyState(entity: TrackedEntity, state: CompressedState, now: number): void {
  // What is not a state says nothing.
  if (typeof state.s === 'string') entity.raw = state.s;
  entity.attributes = typeof state.a === 'object' ? (state.a ?? {}) : {};
  entity.lastChanged = state.lc;
  stampChange(entity, state.lc);
  if (state.lu !== undefined) stampUpdate(entity, state.lu);
  // By Home Assistant's clock, which may be ahead of ours.
  entity.heard = Math.max(entity.heard, Math.min(instant(state.lu) ?? instant(state.lc) ?? now, now));
  entity.restored = entity.attributes['restored'] === true;
  entity.silent = entity.silent && now - entity.heard >= entity.stale;
}

export function applyChange(entity: TrackedEntity, change: CompressedChange, now: number): void {
  if (change['+']) applyPlus(entity, change['+']);
  const gone = change['-']?.a;
  if (Array.isArray(gone)) dropAttributes(entity, gone);
  if (entity.stale === 0) return;
  entity.heard = now;
  entity.silent = false;
}

function applyPlus(entity: TrackedEntity, plus: Partial<CompressedState>): void {
  if (typeof plus.s === 'string') {
    // From one healthy state to the next no status begins; and what is not kept need not be collected.
    if (entity.status !== 'available' || entity.pending !== null || isWord(plus.s)) entity.lastChanged = plus.lc;
    entity.raw = plus.s;
    stampChange(entity, plus.lc);
  } else if (plus.lc !== undefined) stampChange(entity, plus.lc);
  else if (plus.lu !== undefined) stampUpdate(entity, plus.lu);
  if (typeof plus.a === 'object' && plus.a !== null) addAttributes(entity, plus.a);
}

function isWord(state: string): boolean {
  return state === 'unavailable' || state === 'unknown';
}

/** Epoch seconds to ms; undefined for what is no instant. */
export function instant(seconds: unknown): number | undefined {
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}

function dropAttributes(entity: TrackedEntity, gone: readonly string[]): void {
  for (const key of gone) {
    delete entity.attributes[key];
    if (key === 'restored') entity.restored = false;
  }
}

function addAttributes(entity: TrackedEntity, added: Record<string, unknown>): void {
  for (const key in added) {
    // JSON may spell a key that assignment would take for the prototype.
    if (key !== '__proto__') entity.attributes[key] = added[key];
  }
  if (added['restored'] !== undefined) entity.restored = added['restored'] === true;
}
