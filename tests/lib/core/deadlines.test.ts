import assert from 'node:assert/strict';
import { Deadlines, type Waiting } from '../../../src/lib/core/deadlines';
import { pick, seededRandom } from '../../support/simulator/random';

interface Item extends Waiting {
  readonly name: string;
}

const never = Number.POSITIVE_INFINITY;
const item = (name: string): Item => ({ name, due: never, queued: never });

describe('deadlines', () => {
  it('hands out what is due, the earliest first, each once', () => {
    const deadlines = new Deadlines<Item>();
    const [a, b, c] = [item('a'), item('b'), item('c')] as const;
    assert.equal(deadlines.next, never);
    deadlines.arm(a, 30);
    deadlines.arm(b, 10);
    deadlines.arm(c, 20);
    assert.equal(deadlines.next, 10);
    assert.equal(deadlines.pop(9), undefined);
    assert.equal(deadlines.pop(20), b);
    assert.equal(deadlines.pop(20), c);
    assert.equal(deadlines.pop(20), undefined);
    assert.equal(deadlines.pop(30), a);
    assert.equal(deadlines.next, never);
  });

  it('puts off, brings forward and calls off', () => {
    const deadlines = new Deadlines<Item>();
    const a = item('a');
    deadlines.arm(a, 10);
    deadlines.arm(a, 50);
    assert.equal(deadlines.pop(49), undefined);
    deadlines.arm(a, 20);
    assert.equal(deadlines.pop(49), a);
    assert.equal(deadlines.pop(100), undefined);
    deadlines.arm(a, 200);
    deadlines.arm(a, never);
    assert.equal(deadlines.pop(1_000), undefined);
  });

  for (const seed of [1, 2, 3, 4, 5]) {
    it(`does as a sorted list would, seed ${seed}`, () => {
      const random = seededRandom(seed);
      const deadlines = new Deadlines<Item>();
      const items = Array.from({ length: 40 }, (_, n) => item(`item ${n}`));
      const model = new Map<Item, number>();
      let now = 0;
      for (let step = 0; step < 5_000; step += 1) {
        const one = pick(random, items);
        const due = random() < 0.1 ? never : now + Math.floor(random() * 50) - 5;
        if (random() < 0.7) {
          deadlines.arm(one, due);
          if (due === never) model.delete(one);
          else model.set(one, due);
          continue;
        }
        now += Math.floor(random() * 10);
        const earliest = Math.min(...model.values());
        assert.ok(deadlines.next <= earliest, `would look at ${deadlines.next}, too late for ${earliest}`);
        const due1 = [...model].filter(([, at]) => at <= now).map(([{ name }]) => name);
        const popped: string[] = [];
        for (let next = deadlines.pop(now); next; next = deadlines.pop(now)) {
          assert.equal(next.due, never, 'no longer waiting');
          popped.push(next.name);
          model.delete(next);
        }
        assert.deepEqual(popped.sort(), due1.sort());
        assert.ok(deadlines.next > now);
      }
    });
  }
});
