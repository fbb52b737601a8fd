import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { fromEach } from '../../../src/lib/api/kept';
import { PATTERN_OPERATIONS } from '../../../src/lib/api/patterns';
import { CaretakerError } from '../../../src/lib/error';
import { Roster } from '../../../src/lib/instance/roster';
import { MemoryStore } from '../../../src/lib/store/memory';
import { MemoryNamespace } from '../../../src/lib/store/memory-namespace';
import type { TransitionQuery } from '../../../src/lib/store/store';
import { callerOf } from './asked';
import { PastHome } from './patterns/past-home';

const T0 = Date.parse('2026-11-20T00:00:00Z');

describe('what each home is asked for', () => {
  let roster: Roster;
  let read: number;
  /** What is done with each read of facts. */
  let meanwhile: () => void;

  beforeEach(async () => {
    mock.timers.enable({ apis: ['Date'], now: T0 + 3_600_000 });
    [roster, read, meanwhile] = [new Roster(), 0, () => undefined];
    const store = new MemoryStore();
    for (let n = 0; n < 20; n += 1) {
      const home = await PastHome.in(store, `home_${n}`);
      await home.furnish(T0, 'hue light.a');
      roster.put(home.member);
    }
    const { transitions } = MemoryNamespace.prototype;
    mock.method(MemoryNamespace.prototype, 'transitions', function (this: MemoryNamespace, query: TransitionQuery) {
      read += 1;
      meanwhile();
      return transitions.call(this, query);
    });
  });
  afterEach(() => {
    mock.reset();
    mock.timers.reset();
  });

  const until = T0 + 3_630_000;
  const asking = () => ({ ...callerOf(roster), until });

  for (const { name, run } of PATTERN_OPERATIONS) {
    it(`is asked no further once nobody waits for it: ${name}`, async () => {
      await run(asking(), {});
      const all = read;
      read = 0;
      // At the third read the time is over.
      meanwhile = () => {
        if (read === 3) mock.timers.setTime(until);
      };
      await assert.rejects(Promise.resolve(run(asking(), {})), { code: 'busy' });
      await new Promise(setImmediate);
      assert.ok(read < 12 && read < all / 2, `${read} of ${all}`);
    });
  }

  it('is left out where it fails, and asked for all the same of the others', async () => {
    const answers = await fromEach(asking(), ({ instance_id }) => {
      if (instance_id === 'home_3') throw new CaretakerError('store_failed', 'no');
      return instance_id;
    });
    assert.equal(answers.length, 19);
  });

  it('says who was left out', async () => {
    meanwhile = () => {
      if (read === 1) throw new CaretakerError('store_failed', 'no');
    };
    const [reliability] = PATTERN_OPERATIONS;
    const reply = await reliability?.run(asking(), {});
    assert.deepEqual(reply?.left_out, ['home_0']);
    assert.equal((await reliability?.run(asking(), {}))?.left_out, undefined);
  });
});
