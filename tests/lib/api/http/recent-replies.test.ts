import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { RecentReplies } from '../../../../src/lib/api/http/recent-replies';
import { type Caller, type Operation, operation } from '../../../../src/lib/api/operation';
import { fields } from '../../../../src/lib/api/schema';
import type { Instance } from '../../../../src/lib/instance/instance';
import type { Member } from '../../../../src/lib/instance/roster';

/** A home that nothing happens in, as far as the marks look. */
function member(id: string): Member & { instance: { journal: { written: number } } } {
  const instance = {
    state: 'connected',
    live: true,
    reason: null,
    journal: { written: 0 },
    tracker: { revision: 0, down: new Set() },
  };
  return {
    ...{ id, instance_id: id, name: id, refusal: null, keeping: null, moved: null },
    instance: instance as unknown as Instance & { journal: { written: number } },
  };
}

describe('recent replies', function () {
  this.timeout(20_000);
  const [home, cabin] = [member('home'), member('cabin')];
  let asked = 0;
  let fails = false;
  const counted: Operation = operation({
    name: 'counted',
    summary: 'How often it was asked.',
    access: 'read',
    fields: fields({}),
    answer: {},
    run: async () => {
      asked += 1;
      const body = asked;
      await sleep(20);
      if (fails) throw new Error('the store is away');
      return { body };
    },
  });
  let recent: RecentReplies;
  const ask = async (visible: readonly Member[] = [home, cabin], given = {}, reference = {}) => {
    const caller: Caller = { visible, commanded: visible, reference, by: 'api', now: Date.now() };
    return (await recent.reply(counted, caller, given)).body;
  };

  beforeEach(() => {
    recent = new RecentReplies();
    [asked, fails] = [0, false];
  });

  it('are shared by all who ask the same at once, and a moment later', async () => {
    assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [1, 1, 1]);
    assert.equal(await ask(), 1);
  });

  it('are another one for other fields, another home, and for who sees others', async () => {
    const answers = [
      ask(),
      ask([home]),
      ask([cabin]),
      ask(undefined, { days: 2 }),
      ask(undefined, {}, { instance_id: 'home' }),
    ];
    assert.deepEqual(await Promise.all(answers), [1, 2, 3, 4, 5]);
  });

  it('are old as soon as anything was written in a home they are about', async () => {
    assert.equal(await ask(), 1);
    cabin.instance.journal.written += 1;
    assert.equal(await ask(), 2);
    assert.equal(await ask([home]), 3);
    cabin.instance.journal.written += 1;
    assert.equal(await ask([home]), 3);
  });

  it('are old after a moment', async () => {
    assert.equal(await ask(), 1);
    await sleep(5_200);
    assert.equal(await ask(), 2);
  });

  it('that failed are asked for again', async () => {
    fails = true;
    await Promise.all([assert.rejects(ask(), /away/), assert.rejects(ask(), /away/)]);
    fails = false;
    assert.equal(await ask(), 2);
  });

  it('are forgotten when the node goes', async () => {
    assert.equal(await ask(), 1);
    recent.clear();
    assert.equal(await ask(), 2);
  });
});
