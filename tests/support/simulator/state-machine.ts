export interface Context {
  readonly id: string;
  readonly parent_id: string | null;
  readonly user_id: string | null;
}

export type Attributes = Readonly<Record<string, unknown>>;

/** Instants in seconds, as Home Assistant's compressed states have them. */
export interface State {
  readonly entity_id: string;
  readonly state: string;
  readonly attributes: Attributes;
  readonly last_changed: number;
  readonly last_updated: number;
  last_reported: number;
  readonly context: Context;
}

export interface StateChange {
  readonly entity_id: string;
  readonly old_state: State | undefined;
  readonly new_state: State | undefined;
  /** The compressed message without its closing brace and id, made once for all subscriptions. */
  frame?: string;
}

/** Seconds with microseconds. */
export function nowSeconds(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000) / 1e6;
}

export class StateMachine {
  readonly all = new Map<string, State>();
  #count = 0;

  constructor(
    private readonly changed: (change: StateChange) => void,
    private readonly contextSeed: string,
  ) {}

  context(userId: string | null = null): Context {
    this.#count++;
    const head = `01${this.contextSeed}`;
    const id = head + crockford(this.#count).padStart(26 - head.length, '0');
    return { id, parent_id: null, user_id: userId };
  }

  /** As `hass.states.async_set`: the same state and attributes again only move `last_reported`. */
  set(entityId: string, state: string, attributes: Attributes, context = this.context()): void {
    const old = this.all.get(entityId);
    const now = nowSeconds();
    const sameState = old?.state === state;
    if (old && sameState && sameAttributes(old.attributes, attributes)) {
      old.last_reported = now;
      return;
    }
    const next: State = {
      entity_id: entityId,
      state,
      attributes,
      last_changed: old && sameState ? old.last_changed : now,
      last_updated: now,
      last_reported: now,
      context,
    };
    this.all.set(entityId, next);
    this.changed({ entity_id: entityId, old_state: old, new_state: next });
  }

  remove(entityId: string): void {
    const old = this.all.get(entityId);
    if (!old) return;
    this.all.delete(entityId);
    this.changed({ entity_id: entityId, old_state: old, new_state: undefined });
  }

  /** As if it had been heard of last this many seconds ago; nobody is told. */
  age(entityId: string, seconds: number): void {
    const state = this.all.get(entityId);
    if (!state) return;
    const at = nowSeconds() - seconds;
    const last_updated = Math.min(state.last_updated, at);
    const last_changed = Math.min(state.last_changed, at);
    this.all.set(entityId, { ...state, last_changed, last_updated, last_reported: at });
  }

  /** Forgets everything without telling: what a process that ends does. */
  clear(): void {
    this.all.clear();
  }
}

/** Base 32 as ids are spelled with: without I, L, O and U. */
function crockford(count: number): string {
  return count.toString(32).replace(/[a-z]/g, (digit) => 'ABCDEFGHJKMNPQRSTVWXYZ'[digit.charCodeAt(0) - 97] ?? '');
}

function sameAttributes(a: Attributes, b: Attributes): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function compressedContext(context: Context): unknown {
  return context.parent_id === null && context.user_id === null ? context.id : context;
}

/** The value of `a` in a snapshot. */
export function compressed(state: State): Record<string, unknown> {
  const record: Record<string, unknown> = {
    s: state.state,
    a: state.attributes,
    c: compressedContext(state.context),
    lc: state.last_changed,
  };
  if (state.last_updated !== state.last_changed) record['lu'] = state.last_updated;
  return record;
}

function difference(old: State, next: State): Record<string, unknown> {
  const additions: Record<string, unknown> = {};
  const diff: Record<string, unknown> = { '+': additions };
  if (old.state !== next.state) additions['s'] = next.state;
  if (old.last_changed !== next.last_changed) additions['lc'] = next.last_changed;
  else if (old.last_updated !== next.last_updated) additions['lu'] = next.last_updated;
  if (old.context.user_id !== next.context.user_id) {
    additions['c'] = { user_id: next.context.user_id, id: next.context.id };
  } else if (old.context.id !== next.context.id) additions['c'] = next.context.id;
  if (old.attributes === next.attributes) return diff;
  const added: Record<string, unknown> = {};
  let some = false;
  for (const [key, value] of Object.entries(next.attributes)) {
    if (key in old.attributes && same(old.attributes[key], value)) continue;
    added[key] = value;
    some = true;
  }
  if (some) additions['a'] = added;
  const removed = Object.keys(old.attributes).filter((key) => !(key in next.attributes));
  if (removed.length > 0) diff['-'] = { a: removed };
  return diff;
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** `{"type":"event","event":{...}` without its end: the id comes last in a change. */
export function changeFrame(change: StateChange): string {
  if (change.frame !== undefined) return change.frame;
  const { entity_id, old_state, new_state } = change;
  let event: unknown;
  if (!new_state) event = { r: [entity_id] };
  else if (!old_state) event = { a: { [entity_id]: compressed(new_state) } };
  else event = { c: { [entity_id]: difference(old_state, new_state) } };
  change.frame = JSON.stringify({ type: 'event', event }).slice(0, -1);
  return change.frame;
}

/** ISO 8601 with microseconds, as Python spells it. */
export function iso(seconds: number): string {
  const micro = Math.round(seconds * 1e6);
  const whole = Math.floor(micro / 1e6);
  const rest = String(micro - whole * 1e6).padStart(6, '0');
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${rest}+00:00`;
}

/** As `get_states` and REST have it; `last_reported` only where the version knows it. */
export function fullState(state: State, modern: boolean): Record<string, unknown> {
  const record: Record<string, unknown> = {
    entity_id: state.entity_id,
    state: state.state,
    attributes: state.attributes,
    last_changed: iso(state.last_changed),
  };
  if (modern) record['last_reported'] = iso(state.last_reported);
  record['last_updated'] = iso(state.last_updated);
  record['context'] = state.context;
  return record;
}
