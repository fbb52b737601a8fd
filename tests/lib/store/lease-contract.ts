import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Claim, Claimed, Namespace, Store } from '../../../src/lib/store/store';
import { dumpOf, entity, factsBefore, portionsOf, settled, T0 } from './contract';

const LONG_MS = 60_000;
const SHORT_MS = 60;

/** A Node-RED of a name; another life of it has another session. */
function claimant(owner: string, session = `${owner} 1`): Claim['claimant'] {
  return { owner, session, label: `${owner} /data` };
}

/** What every store promises to Node-REDs that share it; each `open` within one test is another of them. */
export function leaseContract(open: () => Promise<Store>): void {
  let [mine, theirs]: Store[] = [];
  let [home, elsewhere]: Namespace[] = [];

  beforeEach(async () => {
    mine = await open();
    theirs = await open();
    home = await mine.namespace('home');
    elsewhere = await theirs.namespace('home');
  });

  afterEach(() => Promise.all([mine?.close(), theirs?.close()]));

  async function claim(store: Store | undefined, of: Claim['claimant'], more: Partial<Claim> = {}): Promise<Claimed> {
    const asked = { claimant: of, instance_ids: ['home'], lease_ms: LONG_MS, resumes: false, ...more };
    const [answer] = (await store?.claim(asked)) ?? [];
    assert.ok(answer);
    if (answer.ok) store?.fence('home', answer.token);
    return answer;
  }

  const tokenOf = (answer: Claimed) => (answer.ok ? answer.token : answer.label);
  const fact = (id: string) => settled(entity(id), 'available', T0);
  const ids = async () => (await home?.transitions({}))?.map(({ subject }) => subject.id);
  const refused = { code: 'lease_lost', message: /^Another Node-RED \((mine|theirs) \/data\) looks after home/ };

  it('gives a namespace to the first who claims it, and says who has it', async () => {
    const before = Date.now();
    const first = await claim(mine, claimant('mine'));
    assert.deepEqual({ ...first, until: 0 }, { instance_id: 'home', ok: true, token: 1, until: 0, idle_ms: null });
    assert.ok(first.until >= before + LONG_MS - 2_000 && first.until <= Date.now() + LONG_MS + 2_000);
    const second = await claim(theirs, claimant('theirs'));
    assert.deepEqual(second, { instance_id: 'home', ok: false, label: 'mine /data', until: first.until });
  });

  it('renews under the same token; it grows when the namespace changes hands', async () => {
    assert.equal(tokenOf(await claim(mine, claimant('mine'), { lease_ms: SHORT_MS })), 1);
    assert.equal(tokenOf(await claim(mine, claimant('mine'), { lease_ms: SHORT_MS })), 1);
    await sleep(2 * SHORT_MS);
    assert.equal(tokenOf(await claim(mine, claimant('mine'), { lease_ms: SHORT_MS })), 1);
    await sleep(2 * SHORT_MS);
    const taken = await claim(theirs, claimant('theirs'));
    assert.equal(tokenOf(taken), 2);
    // As long as nobody renewed it.
    assert.ok(taken.ok && taken.idle_ms !== null && taken.idle_ms >= 2 * SHORT_MS - 5 && taken.idle_ms < 60_000);
    assert.equal(tokenOf(await claim(mine, claimant('mine'))), 'theirs /data');
    await claim(theirs, claimant('theirs'), { lease_ms: 0 });
    assert.equal(tokenOf(await claim(mine, claimant('mine'))), 3);
  });

  it('is given up by a claim of next to nothing', async () => {
    await claim(mine, claimant('mine'));
    // Long enough for the next claim to come in time.
    const lease_ms = 1_500;
    await claim(mine, claimant('mine'), { lease_ms });
    assert.equal(tokenOf(await claim(theirs, claimant('theirs'))), 'mine /data');
    await sleep(lease_ms + SHORT_MS);
    assert.equal(tokenOf(await claim(theirs, claimant('theirs'))), 2);
  });

  it('goes at once to a later life of the same owner, if that says that it is one', async () => {
    await claim(mine, claimant('mine'));
    assert.equal(tokenOf(await claim(theirs, claimant('mine', 'mine 2'))), 'mine /data');
    assert.equal(tokenOf(await claim(theirs, claimant('mine', 'mine 2'), { resumes: true })), 2);
    assert.equal(tokenOf(await claim(theirs, claimant('theirs'), { resumes: true })), 'mine /data');
    await assert.rejects(async () => home?.append([fact('light.a')]), refused);
  });

  it('answers for many, in the order asked', async () => {
    await claim(theirs, claimant('theirs'), { instance_ids: ['b', 'd'] });
    const instance_ids = ['c', 'b', 'a', 'd', 'c%'];
    const answers = await mine?.claim({
      claimant: claimant('mine'),
      instance_ids,
      lease_ms: LONG_MS,
      resumes: true,
    });
    assert.deepEqual(
      answers?.map((answer) => [answer.instance_id, tokenOf(answer)]),
      [
        ['c', 1],
        ['b', 'theirs /data'],
        ['a', 1],
        ['d', 'theirs /data'],
        ['c%', 1],
      ],
    );
  });

  it('two who claim at the same time: one has it', async () => {
    for (let round = 0; round < 20; round += 1) {
      const asked = { instance_ids: ['x', 'y', `z${round}`], lease_ms: LONG_MS, resumes: false };
      const backwards = { ...asked, instance_ids: [...asked.instance_ids].reverse() };
      const [ours, others] = await Promise.all([
        mine?.claim({ ...asked, claimant: claimant('mine') }),
        theirs?.claim({ ...backwards, claimant: claimant('theirs') }),
      ]);
      const winners = [...(ours ?? []), ...(others ?? [])].filter(({ ok }) => ok);
      assert.deepEqual(winners.map(({ instance_id }) => instance_id).sort(), ['x', 'y', `z${round}`]);
    }
  });

  describe('fencing', () => {
    const operations: readonly (readonly [string, (namespace: Namespace) => Promise<unknown>])[] = [
      ['append', (namespace) => namespace.append([fact('light.new')])],
      ['rename', (namespace) => namespace.rename('entity', 'light.a', 'light.b')],
      ['forget', (namespace) => namespace.forget('entity', 'light.a')],
      ['tell', (namespace) => namespace.tell('monitor', 2)],
      ['dropConsumer', (namespace) => namespace.dropConsumer('monitor')],
      ['setNote', (namespace) => namespace.setNote('n', 'x')],
      ['replace', (namespace) => namespace.replace(portionsOf([]))],
      ['prune', (namespace) => namespace.prune(factsBefore(T0 + 1_000_000))],
      ['purge', (namespace) => namespace.purge()],
    ];

    beforeEach(async () => {
      await home?.append([fact('light.a'), settled(entity('light.a'), 'stale', T0 + 1, 'available')]);
      await home?.tell('monitor', 1);
      await home?.setNote('n', 'a');
    });

    const seen = async () => JSON.stringify([await dumpOf(home as Namespace), await home?.told('monitor')]);

    for (const [name, operation] of operations) {
      it(`refuses ${name} by whoever lost it, or never had it, and changes nothing`, async () => {
        await claim(mine, claimant('mine'), { lease_ms: 0 });
        await claim(theirs, claimant('theirs'));
        const before = await seen();
        await assert.rejects(operation(home as Namespace), refused);
        mine?.fence('home', null);
        await assert.rejects(operation(home as Namespace), refused);
        assert.equal(await seen(), before);
        await operation(elsewhere as Namespace);
        assert.notEqual(await seen(), before);
      });
    }

    it('lets write who has it, who had it last, and anybody where nobody has it', async () => {
      await claim(mine, claimant('mine'), { lease_ms: SHORT_MS });
      await assert.rejects(async () => elsewhere?.append([fact('light.0')]), refused);
      await home?.append([fact('light.1')]);
      await sleep(2 * SHORT_MS);
      await home?.append([fact('light.2')]);
      await elsewhere?.append([fact('light.3')]);
      assert.deepEqual((await ids())?.slice(2), ['light.1', 'light.2', 'light.3']);
    });

    it('does not touch other namespaces, nor reads', async () => {
      await claim(theirs, claimant('theirs'));
      const other = await mine?.namespace('other');
      await other?.append([fact('light.other')]);
      assert.equal((await home?.resume())?.length, 1);
      assert.equal((await mine?.sizes())?.length, 2);
      assert.equal((await dumpOf(home as Namespace)).length, 4);
    });

    it('what is refused costs those who write along nothing', async () => {
      await claim(mine, claimant('mine'), { lease_ms: 0 });
      await claim(theirs, claimant('theirs'));
      const outcomes = await Promise.allSettled([
        elsewhere?.append([fact('light.1')]),
        home?.append([fact('light.2')]),
        elsewhere?.append([fact('light.3')]),
        home?.setNote('n', 'x'),
      ]);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled', 'rejected'],
      );
      assert.deepEqual((await ids())?.slice(2), ['light.1', 'light.3']);
    });

    it('tokens grow on after a purge and a restore: what was fenced off stays so', async () => {
      await claim(mine, claimant('mine'), { lease_ms: 0 });
      await claim(theirs, claimant('theirs'));
      await elsewhere?.replace(portionsOf(await dumpOf(elsewhere)));
      await assert.rejects(async () => home?.append([fact('light.1')]), refused);
      await elsewhere?.purge();
      await assert.rejects(async () => home?.append([fact('light.1')]), refused);
      await claim(theirs, claimant('theirs'), { lease_ms: 0 });
      assert.equal(tokenOf(await claim(mine, claimant('mine'))), 3);
      await home?.append([fact('light.1')]);
      assert.deepEqual(await ids(), ['light.1']);
    });

    it('a restore that began before another took over does not end', async () => {
      await claim(mine, claimant('mine'), { lease_ms: SHORT_MS });
      const rows = await dumpOf(home as Namespace);
      async function* slowly() {
        yield* portionsOf(rows);
        await sleep(2 * SHORT_MS);
        await claim(theirs, claimant('theirs'));
        await elsewhere?.append([fact('light.theirs')]);
      }
      await assert.rejects(async () => home?.replace(slowly()), refused);
      assert.equal((await ids())?.at(-1), 'light.theirs');
    });

    it('a claim never slips in between the check and the write', async () => {
      await claim(mine, claimant('mine'), { lease_ms: 0 });
      const many = Array.from({ length: 3_000 }, (_, index) => fact(`light.${index}`));
      const writing = home?.append(many).then(
        () => true,
        () => false,
      );
      await claim(theirs, claimant('theirs'));
      const counted = (await ids())?.length;
      await elsewhere?.append([fact('light.last')]);
      const wasWritten = await writing;
      const all = (await elsewhere?.transitions({ limit: 10_000 })) ?? [];
      assert.equal(all.length, wasWritten ? 3_003 : 3, `${counted} when it was claimed`);
      assert.equal(all.at(-1)?.subject.id, 'light.last');
    });
  });
}
