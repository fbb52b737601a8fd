import assert from 'node:assert/strict';
import type { Attempt, HealOptions, HealTarget } from '../../../../src/lib/core/heal/heal';
import { HealLedger } from '../../../../src/lib/core/heal/heal-ledger';
import { seededRandom } from '../../../support/simulator/random';
import { type Counts, type Fault, GuardedHome } from './guarded-home';

/** `GUARD_SEQUENCES=1000000` for more. */
const SEQUENCES = Number(process.env['GUARD_SEQUENCES'] ?? 100_000);
/** One in so many is long: breakers that double take many tries. */
const LONG_EVERY = 100;

function run(sequences: number, fault: Fault = {}, clockGoesBack = false): Counts {
  const counts: Counts = new Map();
  for (let seed = 1; seed <= sequences; seed += 1) {
    const home = new GuardedHome(seededRandom(seed), fault, counts, clockGoesBack);
    const events = seed % LONG_EVERY === 0 ? 300 : 15;
    try {
      for (let n = 0; n < events; n += 1) home.happen();
    } catch (thrown) {
      throw new Error(`Sequence ${seed}: ${thrown instanceof Error ? thrown.message : thrown}`, { cause: thrown });
    }
  }
  return counts;
}

/** One that forgets what does not suit it. */
class Forgetful extends HealLedger {
  override reloadCoolsUntil(): number {
    return 0;
  }
}

/** Its breakers end a millisecond before their time, but for the first look. */
class Early extends HealLedger {
  #opened = new Set<string>();

  override openUntil(target: HealTarget, now: number): number {
    const until = super.openUntil(target, now);
    if (until > 0) this.#opened.add(target.id);
    return this.#opened.has(target.id) ? until && until - 1 : until;
  }
}

const wrong = (changes: Partial<HealOptions>): Fault => ({ options: (options) => ({ ...options, ...changes }) });

const faults: [string, Fault][] = [
  ['no cooldown', wrong({ cooldown_seconds: 0 })],
  ['a longer cooldown', wrong({ cooldown_seconds: 600 })],
  ['no breaker', wrong({ circuit_breaker_threshold: 0 })],
  [
    'a breaker that opens one later',
    {
      options: (o) => ({
        ...o,
        circuit_breaker_threshold: o.circuit_breaker_threshold && o.circuit_breaker_threshold + 1,
      }),
    },
  ],
  [
    'a shorter reset',
    { options: (o) => ({ ...o, circuit_breaker_reset_seconds: o.circuit_breaker_reset_seconds / 2 }) },
  ],
  ['a breaker that ends a millisecond early', { ledger: (options, attempts) => new Early(options, attempts) }],
  ['one reload too many', { options: (o) => ({ ...o, reloads_per_hour: o.reloads_per_hour + 1 }) }],
  ['one attempt too many', { options: (o) => ({ ...o, max_attempts: o.max_attempts && o.max_attempts + 1 }) }],
  ['no cooldown of reloads', { ledger: (options, attempts) => new Forgetful(options, attempts) }],
  ['a dry run taken for earnest', wrong({ healing_dry_run: false })],
  ['healing that was switched off', wrong({ healing_enabled: true })],
  ['heals side by side', { home: (home) => ({ ...home, healing: false }) }],
  ['suppressions not looked at', { suppressions: () => [] }],
  ['maintenance not looked at', { windows: () => [] }],
  ['a token of nobody', { home: (home) => ({ ...home, is_admin: true }) }],
  ['a home that is not ready', { home: (home) => ({ ...home, ready: true }) }],
  ['storms not looked at', { home: (home) => ({ ...home, down: 0 }) }],
  ['all said to be explained', { home: (home) => ({ ...home, explained: home.down }) }],
  ['entries not looked at', { view: (view) => ({ ...view, entry: null }) }],
  ['old retries', { view: (view) => ({ ...view, entry: view.entry && { ...view.entry, since: 0 } }) }],
  ['what is up', { view: (view) => ({ ...view, down: true }) }],
  ['what is disabled', { view: (view) => ({ ...view, disabled: false }) }],
  ['verdicts not listened to', { deaf: true }],
  ['attempts forgotten by a restart', { replayed: () => [] }],
  ['killed attempts that do not count', { replayed: (all) => all.filter(({ ended }: Attempt) => ended !== null) }],
  ['killed attempts that count from their end', { replayed: (all) => all.map((one) => ({ ...one, steps: [] })) }],
];

describe('the guards of a home, whatever happens in it', () => {
  it(`hold in ${SEQUENCES} random sequences`, function () {
    this.timeout(SEQUENCES);
    const counts = run(SEQUENCES);
    if (process.env['GUARD_SEQUENCES']) console.log(Object.fromEntries(counts));
    // What never happened was not tested.
    for (const what of EVERYTHING) assert((counts.get(what) ?? 0) >= SEQUENCES / 1000, `${what}: ${counts.get(what)}`);
  });

  it('give the same verdict after a restart, and hold nothing for years, when the clock is set back', function () {
    this.timeout(SEQUENCES);
    run(SEQUENCES / 10, {}, true);
  });

  for (const [name, fault] of faults) {
    it(`would be caught with ${name}`, () => {
      assert.throws(() => run(20_000, fault), /Sequence/);
    });
  }
});

const EVERYTHING = [
  ...['healing_disabled', 'suppressed', 'maintenance', 'cooldown', 'circuit_open', 'budget_exhausted', 'in_progress'],
  ...['already_available', 'not_recoverable', 'ha_is_retrying', 'storm', 'attempts_exhausted', 'not_admin'],
  ...[
    'instance_not_ready',
    'no_target',
    'dry_run',
    'allowed',
    'reloads',
    'killed',
    'healed',
    'failed',
    'half-open tries',
  ],
];
