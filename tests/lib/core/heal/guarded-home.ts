import assert from 'node:assert/strict';
import { type AllowedHeal, guard, type HomeView, type TargetView } from '../../../../src/lib/core/heal/guards';
import type {
  Attempt,
  HealOptions,
  HealTarget,
  MaintenanceWindow,
  StepTaken,
  Suppression,
} from '../../../../src/lib/core/heal/heal';
import { HealLedger } from '../../../../src/lib/core/heal/heal-ledger';
import { maintenanceUntil } from '../../../../src/lib/core/heal/maintenance';
import { type Names, suppressedBy } from '../../../../src/lib/core/heal/suppression';
import { pick, type Random } from '../../../support/simulator/random';
import { type Done, type Facts, failuresInARow, type Request, reloadsWithinHour } from './guard-oracle';
import { compare, isBounded } from './guard-witness';
import { GuardedHolds } from './guarded-holds';
import { BAD_STATES, drawOptions, ENTRIES, type Inhabitant, LEVELS, TARGETS } from './guarded-inhabitants';

/** A fault put in on purpose: what the guards are told, or what they remember, is not what is so. */
export interface Fault {
  readonly options?: (options: HealOptions) => HealOptions;
  readonly home?: (home: HomeView) => HomeView;
  readonly view?: (view: TargetView) => TargetView;
  readonly suppressions?: (all: Suppression[]) => Suppression[];
  readonly windows?: (all: MaintenanceWindow[]) => MaintenanceWindow[];
  readonly ledger?: (options: HealOptions, attempts: readonly Attempt[]) => HealLedger;
  /** Begins whatever the verdict is. */
  readonly deaf?: boolean;
  readonly replayed?: (attempts: readonly Attempt[]) => readonly Attempt[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** A Wednesday in summer. */
const BEGIN = Date.UTC(2026, 6, 1, 12);
const ACTIONS = {
  entity: 'update_entity',
  device: 'press_button',
  integration: 'reload',
  home_assistant: 'restart',
} as const;

interface Running {
  readonly who: Inhabitant;
  attempt: Attempt;
  readonly allowed: AllowedHeal;
  reloads: number;
}

export type Counts = Map<string, number>;

/**
 * A home that is healed as `Healer` does it, next to one who looks on. Everything that happens is drawn; every verdict
 * is compared with what was done before, and with that of a ledger replayed from what is stored.
 */
export class GuardedHome {
  readonly #random: Random;
  readonly #fault: Fault;
  readonly #counts: Counts;
  readonly #facts: Facts;
  /** As the store has them, in the order they were last put. */
  readonly #stored = new Map<string, Attempt>();
  readonly #holds: GuardedHolds;
  readonly #isDown = new Map<HealTarget, boolean>();
  readonly #isDisabled = new Map<HealTarget, boolean>();
  readonly #options: HealOptions;
  readonly #clockGoesBack: boolean;
  #ledger: HealLedger;
  #current: Running | null = null;
  #now = BEGIN;
  #until: number | null = null;
  #number = 0;

  constructor(random: Random, fault: Fault, counts: Counts, clockGoesBack = false) {
    this.#random = random;
    this.#fault = fault;
    this.#counts = counts;
    this.#clockGoesBack = clockGoesBack;
    const options = drawOptions(random);
    const entries = ENTRIES.map(
      (id) => [id, { state: 'loaded', since: BEGIN, disabled: false, reauth: false }] as const,
    );
    this.#facts = {
      ...{ options, ready: true, admin: true, judged: 100, down: 3, explained: 0, running: 0 },
      ...{ entries: new Map(entries), suppressed: new Map(), windows: [], past: [] },
    };
    this.#holds = new GuardedHolds(random, this.#facts);
    for (const { target } of TARGETS) this.#isDown.set(target, true);
    this.#options = fault.options?.(options) ?? options;
    this.#ledger = this.#replay();
  }

  happen(): void {
    const kind = this.#random();
    if (this.#clockGoesBack && kind < 0.08) this.#now -= pick(this.#random, [SECOND, MINUTE, HOUR, 1000 * HOUR]);
    if (this.#current) this.#happenWhileHealing(kind);
    else if (kind < 0.45) this.#ask();
    else if (kind < 0.75) this.#pass();
    else if (kind < 0.8) this.#restart();
    else if (kind < 0.9) this.#holds.change(this.#now);
    else this.#change();
  }

  /** Home Assistant's side, and the user's, may change meanwhile; somebody else may ask. */
  #happenWhileHealing(kind: number): void {
    if (kind < 0.2) this.#ask();
    else if (kind < 0.4) this.#step();
    else if (kind < 0.5) this.#restart();
    else this.#now += Math.floor(this.#random() * MINUTE);
    if (kind > 0.6) this.#end(this.#random() < 0.3);
  }

  #ask(): void {
    const who = pick(this.#random, TARGETS);
    const ask = this.#draw(who);
    const asked = { incident_id: ask.incident, levels: ask.levels, dry_run: ask.dryRun };
    const seen = ask.exists ? this.#view(who, ask) : undefined;
    const view = seen && (this.#fault.view?.(seen) ?? seen);
    const home = this.#home(who.names);
    const verdict = guard(asked, view, home, this.#ledger, this.#options, this.#now);
    const replayed = guard(asked, view, home, this.#replay(), this.#options, this.#now);
    assert.deepEqual(verdict, replayed, 'a restart changes the verdict');
    this.#count(verdict.ok ? 'allowed' : verdict.reason);
    if (this.#clockGoesBack) isBounded(this.#facts, verdict, this.#now);
    else compare(this.#facts, ask, verdict, this.#now);
    if (verdict.ok) this.#begin(who, ask, verdict);
    else {
      this.#until = verdict.until;
      if (this.#fault.deaf) this.#begin(who, ask, { ok: true, levels: ask.levels, held: [], reloads: 1 });
    }
  }

  #draw({ target, entry, names }: Inhabitant): Request {
    const often = this.#random();
    const levels = often < 0.5 ? LEVELS : often < 0.97 ? LEVELS.filter(() => this.#random() < 0.5) : [];
    const { entity, devices, config_entry, integration } = names;
    const suppressors: [string, string | null | undefined][] = [
      ['entity', entity],
      ['device', devices[0]],
      ['config_entry', config_entry],
      ['integration', integration],
    ];
    return {
      target: `${target.kind} ${target.id}`,
      exists: this.#random() > 0.01,
      isDown: this.#isDown.get(target) ?? true,
      disabled: this.#isDisabled.get(target) ?? false,
      entry,
      names: suppressors.flatMap(([kind, id]) => (id ? [`${kind} ${id}`] : [])),
      incident: this.#random() < 0.6 ? `incident of ${entry}` : null,
      levels,
      dryRun: this.#random() < 0.02,
    };
  }

  #view({ target, entry }: Inhabitant, { isDown, disabled }: Request): TargetView {
    const known = entry === null ? undefined : this.#facts.entries.get(entry);
    return { target, down: isDown, disabled, entry: known && entry ? { entry_id: entry, ...known } : null };
  }

  #home(names: Names): HomeView {
    const { ready, admin, judged, down, explained } = this.#facts;
    const { suppressions = same, windows = same, home = same } = this.#fault;
    return home({
      ...{ ready, is_admin: admin, judged, down, explained },
      healing: this.#current !== null,
      suppressed: suppressedBy(suppressions([...this.#holds.suppressions.values()]), names, this.#now) !== undefined,
      maintenanceUntil: maintenanceUntil(windows([...this.#holds.windows.values()]), this.#now, 'UTC'),
    });
  }

  #begin({ target, entry }: Inhabitant, ask: Request, allowed: AllowedHeal): void {
    assert.equal(this.#facts.running, 0, 'two heals at once');
    this.#facts.running += 1;
    if (failuresInARow(this.#pastOf(ask.target)).length >= 3) this.#count('half-open tries');
    this.#number += 1;
    const attempt: Attempt = {
      ...{ attempt_id: String(this.#number), incident_id: ask.incident, target, entry_id: entry, integration: entry },
      ...{ by: 'auto', plan: null, because: null, began: this.#now, ended: null, outcome: null, reason: null },
      ...{ message: null, steps: [], before: [], recovered: [], still_down: [] },
    };
    this.#current = { who: { target, entry, names: NAMELESS }, attempt, allowed, reloads: 0 };
    this.#put(attempt);
  }

  /** One rung, of those that are allowed. */
  #step(): void {
    const { current } = this.#healing();
    const level = pick(this.#random, current.allowed.levels);
    const action = ACTIONS[level];
    const { who, allowed } = current;
    if (action === 'reload' || action === 'restart') {
      if (current.reloads >= (allowed.reloads ?? 0) || (action === 'reload' && who.entry === null)) return;
      current.reloads += 1;
      this.#count('reloads');
      if (!this.#clockGoesBack) this.#isWithinBudget(current);
    }
    const target = action === 'reload' ? { kind: 'config_entry' as const, id: who.entry ?? '', name: '' } : who.target;
    const taken: StepTaken = {
      ...{ level, action, target, at: this.#now, duration_seconds: 1, error: null, context_id: null },
    };
    current.attempt = { ...current.attempt, steps: [...current.attempt.steps, taken] };
    this.#put(current.attempt);
  }

  #isWithinBudget({ attempt }: Running): void {
    const mine = attempt.steps.filter(({ action, at }) => isReload(action) && this.#now - at < HOUR);
    const most = this.#facts.options.reloads_per_hour;
    assert(reloadsWithinHour(this.#facts, this.#now) + mine.length < most, 'more reloads than an hour may have');
  }

  #end(healed: boolean): void {
    const { current } = this.#healing();
    const attempt = { ...current.attempt, ended: this.#now, outcome: healed ? 'healed' : 'failed' } as const;
    this.#ledger.take(attempt);
    this.#put(attempt);
    this.#over(attempt, this.#now, healed);
  }

  /** Killed, and started anew: whatever was under way is never ended. */
  #restart(): void {
    if (this.#current) {
      const { attempt } = this.#current;
      this.#count('killed');
      this.#over(attempt, attempt.steps.at(-1)?.at ?? attempt.began, false);
    }
    this.#ledger = this.#replay();
  }

  #over({ target, incident_id, steps, entry_id }: Attempt, at: number, healed: boolean): void {
    this.#current = null;
    this.#facts.running -= 1;
    this.#count(healed ? 'healed' : 'failed');
    const reloads = steps.filter(({ action }) => isReload(action)).map((step) => ({ at: step.at, entry: entry_id }));
    this.#facts.past.push({ target: `${target.kind} ${target.id}`, incident: incident_id, at, healed, reloads });
  }

  #pass(): void {
    const rushed = this.#until !== null && this.#random() < 0.6;
    if (rushed) this.#now = Math.max(this.#now, (this.#until ?? 0) - pick(this.#random, [0, 0, 1, SECOND]));
    else this.#now += pick(this.#random, [1, SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, HOUR, 20 * HOUR]);
  }

  #change(): void {
    const facts = this.#facts;
    const benign = this.#random() < 0.65;
    const { target } = pick(this.#random, TARGETS);
    const entry = facts.entries.get(pick(this.#random, ENTRIES));
    assert(entry);
    pick(this.#random, [
      () => this.#isDown.set(target, benign),
      () => this.#isDisabled.set(target, !benign),
      () => Object.assign(facts, { ready: benign }),
      () => Object.assign(facts, { admin: benign }),
      () => Object.assign(facts, { down: benign ? 10 : 31, explained: pick(this.#random, [0, 0, 1, 5]) }),
      () => Object.assign(facts, { judged: pick(this.#random, [100, 100, 103, 104, 30]) }),
      () => Object.assign(entry, { disabled: !benign }),
      () => Object.assign(entry, { reauth: !benign }),
      () => Object.assign(entry, { since: this.#now, state: benign ? 'loaded' : pick(this.#random, BAD_STATES) }),
      () => Object.assign(entry, { since: this.#now, state: pick(this.#random, BAD_STATES) }),
    ])();
  }

  #replay(): HealLedger {
    const current = this.#current?.attempt.attempt_id;
    const over = [...this.#stored.values()].filter(({ attempt_id }) => attempt_id !== current);
    const attempts = this.#fault.replayed?.(over) ?? over;
    return this.#fault.ledger?.(this.#options, attempts) ?? new HealLedger(this.#options, attempts);
  }

  #put(attempt: Attempt): void {
    this.#stored.delete(attempt.attempt_id);
    this.#stored.set(attempt.attempt_id, attempt);
  }

  #pastOf(target: string): Done[] {
    return this.#facts.past.filter((done) => done.target === target);
  }

  #healing() {
    assert(this.#current);
    return { current: this.#current };
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }
}

const NAMELESS: Names = { entity: null, devices: [], config_entry: null, integration: null };

function same<T>(all: T): T {
  return all;
}

function isReload(action: string): boolean {
  return action === 'reload' || action === 'restart';
}
