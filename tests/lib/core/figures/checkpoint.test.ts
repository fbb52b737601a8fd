import assert from 'node:assert/strict';
import { Advance } from '../../../../src/lib/core/figures/advance';
import { Before } from '../../../../src/lib/core/figures/before';
import { beginning, type Checkpoint, difference, recounted } from '../../../../src/lib/core/figures/checkpoint';
import { maintenanceSpans, unreachableSpans } from '../../../../src/lib/core/figures/excluded';
import { ValidTime } from '../../../../src/lib/core/figures/valid-time';
import type { MaintenanceWindow } from '../../../../src/lib/core/heal/heal';
import type { Fact } from '../../../../src/lib/core/transition';
import { seededRandom } from '../../../support/simulator/random';
import { FROM, household, type LivedHome, livedHome, replayed, TO, told } from './lived-home';
import { tell } from './random-home';

const SECOND = 1_000;
const ZONE = 'Europe/Berlin';

const windows: readonly MaintenanceWindow[] = [
  { window_id: 'a', reason: null, repeats: 'once', from: FROM + 100 * SECOND, to: FROM + 160 * SECOND },
  {
    ...{ window_id: 'b', reason: null, repeats: 'weekly', began: FROM + 340 * SECOND, ended: null },
    ...{ weekdays: [0], at: '01:45', duration_minutes: 2 },
  },
];

interface Past extends LivedHome {
  readonly valid: ValidTime;
}

function pastOf(seed: number): Past {
  const home = livedHome(seed);
  const own = home.past.filter((one): one is Fact => one.subject.kind === 'instance' && !('passage' in one));
  return { ...home, valid: new ValidTime(unreachableSpans(own, null), maintenanceSpans(windows, FROM, TO, ZONE)) };
}

/** Knows what happened to entities from an instant on. */
function beforeOf({ past }: Past, at: number): Before {
  const before = new Before(at);
  tell(
    before,
    past.filter((one) => one.at >= at),
  );
  return before;
}

function first(past: Past): Checkpoint {
  const nothing = beginning(FROM, FROM, past.valid.unreachable(FROM, FROM + 1) > 0);
  return recounted(nothing, beforeOf(past, FROM), past.standing, household);
}

function advanced(from: Checkpoint, to: number, { past, incidents, attempts, valid }: Past): Checkpoint {
  const advance = new Advance(from, to, valid, household);
  tell(
    advance,
    past.filter(({ at }) => at >= from.at),
  );
  const finish = advance.finish(incidents, attempts);
  for (;;) {
    const { value, done } = finish.next();
    if (done) return value;
  }
}

describe('the checkpoints of a home', () => {
  for (const by of ['integration', 'instance'] as const) {
    it(`differ by what the replay of all facts comes to, by ${by}`, () => {
      for (let seed = 0; seed < 40; seed += 1) {
        const past = pastOf(seed);
        const chain = [first(past)];
        const step = (37 + (seed % 11) * 20) * SECOND;
        for (let at = FROM + step; at < TO; at += step) chain.push(advanced(chain.at(-1) as Checkpoint, at, past));
        const random = seededRandom(seed);
        for (let n = 0; n < 6; n += 1) {
          const instants = [random(), random()].sort().map((share) => FROM + Math.floor(share * (TO - FROM)));
          const [from, to] = instants as [number, number];
          const at = (t: number) => advanced(chain.findLast((one) => one.at <= t) as Checkpoint, t, past);
          const found = difference(at(from), at(to), by, household);
          assert.deepEqual(told(found), told(replayed(past, past.valid, by, { from, to })), `seed ${seed}`);
        }
      }
    });
  }

  it('know how many entities there are, how many of them are down, and what time was left out', () => {
    for (let seed = 100; seed < 140; seed += 1) {
      const past = pastOf(seed);
      const [from, to] = [FROM + 333 * SECOND, FROM + 1_111 * SECOND];
      const middle = advanced(first(past), from, past);
      const end = advanced(middle, to, past);
      assert.deepEqual(recounted(end, beforeOf(past, to), past.standing, household), end, `seed ${seed}`);
      assert.equal(end.unreachable_ms - middle.unreachable_ms, past.valid.unreachable(from, to));
      assert.equal(end.maintenance_ms - middle.maintenance_ms, past.valid.maintenance(from, to));
      assert.equal(end.began, FROM);
    }
  });
});
