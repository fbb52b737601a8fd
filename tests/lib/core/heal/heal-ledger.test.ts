import assert from 'node:assert/strict';
import { type Attempt, defaultHealOptions, type HealOptions } from '../../../../src/lib/core/heal/heal';
import { HealLedger } from '../../../../src/lib/core/heal/heal-ledger';
import { attempt, DAY, HOUR, hue, lamp, MINUTE, SECOND, START, taken } from './heal-case';

function ledger(attempts: readonly Attempt[] = [], options: Partial<HealOptions> = {}): HealLedger {
  return new HealLedger({ ...defaultHealOptions, ...options }, attempts);
}

/** Failed attempts so many minutes after START. */
const failures = (...minutes: number[]) => minutes.map((minute) => attempt({ began: START + minute * MINUTE }));
const healed = (minute: number) => attempt({ began: START + minute * MINUTE, outcome: 'healed' });
const reload = (minute: number, more: Partial<Attempt> = {}) => {
  const began = START + minute * MINUTE;
  return attempt({ began, target: hue, steps: [taken('reload', began)], ...more });
};
const minutes = (instant: number) => (instant === 0 ? 0 : (instant - START) / MINUTE);

describe('HealLedger', () => {
  it('knows nothing of what was never tried', () => {
    const empty = ledger();
    assert.deepEqual(
      [empty.coolsUntil(lamp, START), empty.openUntil(lamp, START), empty.attempts('i'), empty.budgetFrom(START)],
      [0, 0, 0, 0],
    );
    assert.deepEqual(
      [empty.reloadCoolsUntil('e', START), empty.reloadOpenUntil('e', START), empty.reloadsLeft(START)],
      [0, 0, 6],
    );
  });

  it('counts the attempts of each incident, healed ones too', () => {
    const some = ledger([attempt({ incident_id: 'i' }), attempt({ incident_id: 'i', outcome: 'healed' }), attempt()]);
    assert.deepEqual([some.attempts('i'), some.attempts('j')], [2, 0]);
  });

  it('numbers the tries of a target, and goes on from what retention has left of them', () => {
    const some = ledger([attempt({ number: 7 }), attempt(), attempt({ target: hue }), attempt({ number: 9 })]);
    assert.deepEqual([some.tries(lamp), some.tries(hue), some.tries({ ...lamp, id: 'light.b' })], [9, 1, 0]);
    // From before they were numbered.
    assert.equal(ledger([attempt(), attempt()]).tries(lamp), 2);
  });

  it('counts how attempts ended, those cut short as failed', () => {
    const some = ledger([...failures(0, 1), healed(2), attempt({ outcome: null })]);
    assert.deepEqual(some.outcomes, { healed: 1, failed: 3 });
    some.take(healed(3));
    assert.deepEqual(some.outcomes, { healed: 2, failed: 3 });
  });

  it('counts how much of what was tried is left alone', () => {
    const other = attempt({ target: hue, began: START });
    const some = ledger([...failures(0, 10, 20), other]);
    assert.deepEqual(some.breakers(START + 20 * MINUTE), { known: 2, open: 1 });
    assert.deepEqual(some.breakers(START + 51 * MINUTE), { known: 2, open: 0 });
    assert.deepEqual(ledger().breakers(START), { known: 0, open: 0 });
  });

  describe('breaker', () => {
    const rows: [string, Attempt[], Partial<HealOptions>, number][] = [
      ['two failures', failures(0, 10), {}, 0],
      ['three failures', failures(0, 10, 20), {}, 50],
      ['a success between them', [...failures(0, 10), healed(15), ...failures(20, 25)], {}, 0],
      ['a failed try after it opened doubles', failures(0, 10, 20, 50), {}, 50 + 60],
      ['and doubles', failures(0, 10, 20, 50, 110), {}, 110 + 120],
      ['to a day', failures(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), {}, 9 + 1440],
      ['never longer', failures(...Array(2000).keys()), {}, 1999 + 1440],
      ['closes with the try that healed', [...failures(0, 10, 20), healed(50)], {}, 0],
      [
        'and begins anew from there',
        [...failures(0, 10, 20, 50), healed(110), ...failures(120, 121, 122)],
        {},
        122 + 30,
      ],
      ['threshold 1', failures(0), { circuit_breaker_threshold: 1 }, 30],
      ['off', failures(0, 1, 2, 3), { circuit_breaker_threshold: 0 }, 0],
      ['no time to wait', failures(...Array(2000).keys()), { circuit_breaker_reset_seconds: 0 }, 0],
      ['more than a day from the start', failures(0, 1, 2, 3), { circuit_breaker_reset_seconds: 172_800 }, 3 + 2880],
    ];
    for (const [name, attempts, options, expected] of rows) {
      it(`${name}: ${expected}`, () => {
        const last = attempts.at(-1)?.began ?? START;
        assert.equal(minutes(ledger(attempts, options).openUntil(lamp, last)), expected);
        const until = ledger(attempts, options).openUntil(lamp, last);
        if (until > 0) assert.equal(ledger(attempts, options).openUntil(lamp, until - 1), until);
        assert.equal(ledger(attempts, options).openUntil(lamp, until + DAY), 0);
      });
    }

    it('of reloads belongs to the entry, whoever was to be healed', () => {
      const other = { kind: 'entity', id: 'light.b', name: 'B' } as const;
      const some = ledger([reload(0), reload(1, { target: other }), reload(2, { target: lamp })]);
      assert.equal(minutes(some.reloadOpenUntil('e', START + 3 * MINUTE)), 32);
      assert.equal(some.openUntil(other, START + 3 * MINUTE), 0);
      assert.equal(some.reloadOpenUntil('f', START + 3 * MINUTE), 0);
    });
  });

  describe('cooldown', () => {
    it('counts from the end of the last try', () => {
      const some = ledger([attempt({ ended: START + 2 * MINUTE })]);
      assert.equal(minutes(some.coolsUntil(lamp, START + 3 * MINUTE)), 7);
      assert.equal(some.coolsUntil(lamp, START + 7 * MINUTE), 0);
    });

    it('of reloads counts a restart of Home Assistant for the entry it was for', () => {
      const home = { kind: 'instance', id: 'home_assistant', name: '' } as const;
      const some = ledger([
        attempt({ steps: [taken('restart', START, home)] }),
        attempt({ entry_id: null, steps: [taken('restart', START, home)] }),
      ]);
      assert.equal(minutes(some.reloadCoolsUntil('e', START)), 5);
      assert.equal(some.reloadCoolsUntil('home_assistant', START), 0);
      assert.equal(some.reloadsLeft(START), 4);
    });

    it('is not that of reloads where none was made', () => {
      assert.equal(ledger([attempt({ steps: [taken('update_entity')] })]).reloadCoolsUntil('e', START), 0);
    });
  });

  describe('budget', () => {
    it('is used up by the last hour, one reload after the other', () => {
      const some = ledger([reload(0), reload(10), reload(20)], { reloads_per_hour: 3 });
      assert.equal(minutes(some.budgetFrom(START + 30 * MINUTE)), 60);
      assert.equal(some.budgetFrom(START + 60 * MINUTE), 0);
      assert.deepEqual(
        [30, 60, 70, 80].map((minute) => some.reloadsLeft(START + minute * MINUTE)),
        [0, 1, 2, 3],
      );
    });

    it('counts each reload of one attempt', () => {
      const some = ledger([attempt({ steps: [taken('reload'), taken('wait'), taken('restart', START + MINUTE)] })], {
        reloads_per_hour: 2,
      });
      assert.equal(minutes(some.budgetFrom(START + MINUTE)), 60);
    });

    it('of 0 allows no reload, ever', () => {
      assert.equal(ledger([reload(0)], { reloads_per_hour: 0 }).budgetFrom(START + DAY), Number.POSITIVE_INFINITY);
    });

    it('remembers no more than it needs', () => {
      const some = ledger(
        [...Array(50).keys()].map((minute) => reload(minute)),
        { reloads_per_hour: 2 },
      );
      assert.equal(minutes(some.budgetFrom(START + 50 * MINUTE)), 48 + 60);
    });
  });

  describe('attempt that was never ended', () => {
    const cut = { ended: null, outcome: null, reason: null };

    it('failed when it began', () => {
      const some = ledger([attempt(cut), attempt(cut), attempt({ ...cut, incident_id: 'i' })]);
      assert.equal(minutes(some.openUntil(lamp, START)), 30);
      assert.equal(minutes(some.coolsUntil(lamp, START)), 5);
      assert.equal(some.attempts('i'), 1);
    });

    it('failed when it was last heard of, and its reload counts', () => {
      const at = START + 2 * MINUTE;
      const some = ledger([reload(0, { ...cut, steps: [taken('update_entity'), taken('reload', at)] })]);
      assert.equal(minutes(some.coolsUntil(hue, at)), 7);
      assert.equal(minutes(some.reloadCoolsUntil('e', at)), 7);
      assert.equal(some.reloadsLeft(at), 5);
    });
  });

  describe('clock that was set back', () => {
    it('by a little holds a little longer', () => {
      const some = ledger([reload(0)]);
      assert.equal(minutes(some.coolsUntil(hue, START - MINUTE)), 5);
      assert.equal(some.reloadsLeft(START - MINUTE), 5);
    });

    it('by years holds nothing for years', () => {
      const some = ledger([reload(0), reload(1), reload(2)], { reloads_per_hour: 1 });
      const now = START - 1000 * DAY;
      assert.deepEqual([some.coolsUntil(hue, now), some.openUntil(hue, now), some.budgetFrom(now)], [0, 0, 0]);
    });

    it('does not make the next try free', () => {
      const some = ledger([attempt({ began: START + 1000 * DAY }), attempt({ began: START })]);
      assert.equal(minutes(some.coolsUntil(lamp, START + SECOND)), 5);
    });

    it('does not lose reloads that were noted before', () => {
      const some = ledger(
        [reload(0, { began: START + HOUR * 5, steps: [taken('reload', START + HOUR * 5)] }), reload(0)],
        { reloads_per_hour: 1 },
      );
      assert.equal(minutes(some.budgetFrom(START + SECOND)), 60);
    });
  });

  it('answers the same live and replayed', () => {
    const all = [
      ...failures(0, 10, 20),
      reload(30),
      healed(60),
      reload(90, { outcome: 'healed' }),
      ...failures(100, 110),
    ];
    const live = ledger();
    for (const [index, one] of all.entries()) {
      live.take(one);
      const replayed = ledger(all.slice(0, index + 1));
      for (let now = START; now < START + 3 * HOUR; now += 7 * MINUTE) {
        assert.deepEqual(answers(live, now), answers(replayed, now));
      }
    }
  });
});

function answers(one: HealLedger, now: number) {
  return [one.coolsUntil(lamp, now), one.openUntil(lamp, now), one.reloadCoolsUntil('e', now), one.budgetFrom(now)];
}
