import assert from 'node:assert/strict';
import type { AllowedHeal, RefusedHeal } from '../../../../src/lib/core/heal/guards';
import { type Facts, type Request, reasonsAgainst, reasonsAgainstReload, reloadsWithinHour } from './guard-oracle';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

type Against = (now: number) => ReadonlySet<string>;

/** Both ways: nothing is allowed that must not be, and nothing refused without its reason. */
export function compare(facts: Facts, ask: Request, verdict: AllowedHeal | RefusedHeal, at: number): void {
  const against = (now: number) => reasonsAgainst(facts, ask, now);
  const againstReload = (now: number) => reasonsAgainstReload(facts, ask.entry, now);
  const reasons = against(at);
  const dear = ask.levels.filter((level) => /^(integration|home_assistant)$/.test(level));
  const isReloadHeld = againstReload(at).size > 0;
  if (reasons.size === 0 && isReloadHeld && dear.length === ask.levels.length) {
    for (const reason of againstReload(at)) reasons.add(reason);
  }
  if (reasons.size === 0 && (ask.dryRun || facts.options.healing_dry_run)) reasons.add('dry_run');
  if (verdict.ok) {
    assert.deepEqual([...reasons], [], 'a heal that must not be');
    const levels = isReloadHeld ? ask.levels.filter((level) => !dear.includes(level)) : ask.levels;
    assert.deepEqual(verdict.levels, levels);
    const left = facts.options.reloads_per_hour - reloadsWithinHour(facts, at);
    assert.equal(verdict.reloads, isReloadHeld ? 0 : left);
    assert.deepEqual(
      verdict.held.map(({ level }) => level),
      isReloadHeld ? dear : [],
    );
    for (const held of verdict.held) isRight(held, at, againstReload);
    return;
  }
  assert(reasons.has(verdict.reason), `${verdict.reason}, where there is only: ${[...reasons].join(', ')}`);
  isRight(verdict, at, (now) => new Set([...against(now), ...againstReload(now)]));
}

/** `until` is the very instant at which it ends. */
function isRight({ reason, until }: Pick<RefusedHeal, 'reason' | 'until'>, at: number, against: Against): void {
  assert(against(at).has(reason) || reason === 'dry_run');
  if (until === null) return;
  assert(until > at && against(until - 1).has(reason), `${reason} ends before ${until}`);
}

/** However wrong the clock was, nothing is held longer than twice what its rule says. */
export function isBounded(facts: Facts, verdict: AllowedHeal | RefusedHeal, at: number): void {
  if (verdict.ok || verdict.until === null || verdict.reason === 'maintenance') return;
  const { cooldown_seconds, circuit_breaker_reset_seconds } = facts.options;
  const longest = Math.max(HOUR, cooldown_seconds * SECOND, circuit_breaker_reset_seconds * SECOND, 24 * HOUR);
  assert(verdict.until - at <= 2 * longest, `${verdict.reason} for ${verdict.until - at} ms`);
}
