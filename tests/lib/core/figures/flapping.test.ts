import assert from 'node:assert/strict';
import { Flapping, flapPercent } from '../../../../src/lib/core/figures/flapping';
import type { Status } from '../../../../src/lib/core/subject';
import type { Fact } from '../../../../src/lib/core/transition';

const MINUTE = 60_000;
const NOW = Date.parse('2026-06-15T12:00:00Z');

/** As they are sampled: `u` up, `d` down; the last one is now, each a minute after the one before. */
function found(samples: string) {
  const flapping = new Flapping(NOW);
  const began = NOW - (samples.length - 1) * MINUTE;
  for (const [index, sample] of [...samples].entries()) {
    const before = samples[index - 1];
    if (before === undefined || before === sample) continue;
    flapping.take(fact(sample === 'u' ? 'available' : 'unavailable', began + index * MINUTE - 30_000));
  }
  return [...flapping.found()];
}

function fact(status: Status, since: number): Fact {
  const subject = { kind: 'entity', id: 'light.a', name: 'A' } as const;
  const previous_status = status === 'available' ? 'unavailable' : 'available';
  return { subject, status, previous_status, state: status, at: since, since, seconds: null, seq: since * 1000 };
}

/** The newest or the oldest so many of 20 changed. */
function percentOf(count: number, which: 'newest' | 'oldest'): number {
  const changed = Array.from({ length: 20 }, (_, index) => (which === 'newest' ? index >= 20 - count : index < count));
  return Math.round(100 * flapPercent(changed)) / 100;
}

describe('flapping', () => {
  const vectors: [number, number, number][] = [
    [0, 0, 0],
    [1, 6.25, 3.75],
    [2, 12.37, 7.63],
    [3, 18.36, 11.64],
    [4, 24.21, 15.79],
    [5, 29.93, 20.07],
    [6, 35.53, 24.47],
    [20, 100, 100],
  ];
  for (const [count, newest, oldest] of vectors) {
    it(`of ${count} changes is ${newest} % when they are new, ${oldest} % when they are old`, () => {
      assert.equal(percentOf(count, 'newest'), newest);
      assert.equal(percentOf(count, 'oldest'), oldest);
    });
  }

  const rows: [string, string, number | null][] = [
    ['never changed', 'u'.repeat(21), null],
    ['changed three times', `${'u'.repeat(18)}dud`, null],
    ['changed four times', `${'u'.repeat(17)}dudu`, 4],
    ['changed four times, a while ago', `${'u'.repeat(17)}dudu${'u'.repeat(12)}`, 4],
    ['changed four times, of which two are left', `${'u'.repeat(17)}dudu${'u'.repeat(18)}`, 2],
    ['changed four times, of which one old trace is left', `${'u'.repeat(17)}dudu${'u'.repeat(19)}`, null],
    ['changed four times, hours ago', `${'u'.repeat(17)}dudu${'u'.repeat(60)}`, null],
    ['goes on changing a little after it began', `${'u'.repeat(17)}dudu${'u'.repeat(12)}d`, 5],
    ['changes now and then', `${'u'.repeat(8)}dddddddd`.repeat(6), null],
  ];
  for (const [name, samples, changes] of rows) {
    it(`${changes === null ? 'is not' : 'is'} what ${name}`, () => {
      assert.deepEqual(
        found(samples).map((flap) => flap.changes),
        changes === null ? [] : [changes],
      );
    });
  }

  it('says since when, also when the verdict is due to what came before', () => {
    const [flap] = found(`${'u'.repeat(17)}dudu${'u'.repeat(14)}`);
    assert.ok(flap && flap.percent < 20 && flap.percent > 5);
    assert.equal(flap.since, NOW - 14 * MINUTE);
  });

  it('takes what changes from one bad status to another for no change', () => {
    const flapping = new Flapping(NOW);
    const statuses: Status[] = ['unavailable', 'unknown', 'unavailable', 'missing', 'unavailable', 'unknown'];
    for (const [index, status] of statuses.entries()) {
      const previous = statuses[index - 1] ?? 'available';
      flapping.take({ ...fact(status, NOW - (10 - index) * MINUTE), previous_status: previous });
    }
    assert.deepEqual([...flapping.found()], []);
  });

  it('misses what is up and down between two looks, as whoever looks each minute does', () => {
    const flapping = new Flapping(NOW);
    for (let minute = 20; minute > 0; minute -= 1) {
      flapping.take(fact('unavailable', NOW - minute * MINUTE + 10_000));
      flapping.take(fact('available', NOW - minute * MINUTE + 20_000));
    }
    assert.deepEqual([...flapping.found()], []);
  });
});
