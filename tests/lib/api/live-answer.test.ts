import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { Answer } from '../../../src/lib/api/asking';
import { LiveAnswer } from '../../../src/lib/api/live-answer';
import type { Operation } from '../../../src/lib/api/operation';
import { CaretakerError } from '../../../src/lib/error';
import type { Member } from '../../../src/lib/instance/roster';

/** As much of a home as is looked at. */
const fakeHome = () => ({
  state: 'connected',
  live: true,
  reason: null as { code: string } | null,
  journal: { written: 0 },
  heard: 0,
  tracker: { revision: 0, down: new Set<string>() },
});
type FakeHome = ReturnType<typeof fakeHome>;

describe('a live answer', () => {
  let homes: Map<string, FakeHome | null>;
  let live: LiveAnswer | undefined;
  let asked: number;
  let told: unknown[];
  let failures: string[];
  let body: unknown;
  let wrong: Error | null;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 10, 23) });
    homes = new Map([
      ['home', fakeHome()],
      ['cabin', fakeHome()],
    ]);
    [asked, told, failures, body, wrong] = [0, [], [], { down: 0 }, null];
  });
  afterEach(() => {
    live?.stop();
    mock.timers.reset();
  });

  const member = ([id, instance]: [string, FakeHome | null]) => {
    return { id, instance_id: id, name: id, instance, refusal: null, standby: null } as unknown as Member;
  };
  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setImmediate(done));
  };
  const pass = async (seconds: number, each: () => void = () => {}) => {
    for (let at = 0; at < seconds * 10; at += 1) {
      each();
      mock.timers.tick(100);
      await settle();
    }
  };
  const home = (id: string) => homes.get(id) as FakeHome;

  async function start(operation: Pick<Operation, 'followsStates' | 'volatile'> = {}, everyMs = 1_000): Promise<void> {
    live = new LiveAnswer({
      operation,
      everyMs,
      members: () => [...homes].map(member),
      ask: async () => {
        asked += 1;
        if (wrong) throw wrong;
        return { query: 'status', instance_id: 'all', body: structuredClone(body) } as Answer;
      },
      changed: (answer) => told.push(answer.body),
      failed: ({ message }) => failures.push(message),
    });
    await pass(0.1);
  }

  it('is told at once where the homes are seen, and not again while nothing moves', async () => {
    await start();
    assert.deepEqual([asked, told], [1, [{ down: 0 }]]);
    await pass(20);
    assert.deepEqual([asked, told.length], [1, 1]);
  });

  const moves: readonly (readonly [string, (one: FakeHome) => void])[] = [
    ['a fact is written', (one) => (one.journal.written += 1)],
    ['something is down', (one) => one.tracker.down.add('light.a')],
    ['another thing is judged', (one) => (one.tracker.revision += 1)],
    ['its connection changes', (one) => (one.state = 'disconnected')],
    ['it is live no more', (one) => (one.live = false)],
    ['it is away for another reason', (one) => (one.reason = { code: 'tls' })],
  ];
  for (const [what, move] of moves) {
    it(`is told within a second when ${what}`, async () => {
      await start();
      body = { down: 1 };
      move(home('cabin'));
      await pass(1);
      assert.deepEqual(told, [{ down: 0 }, { down: 1 }]);
    });
  }

  it('is told when a home comes, goes or is replaced', async () => {
    await start();
    for (const change of [
      () => homes.set('parents', fakeHome()),
      () => homes.delete('parents'),
      () => homes.set('home', fakeHome()),
    ]) {
      change();
      body = { asked };
      await pass(1);
    }
    assert.equal(told.length, 4);
  });

  it('follows what is only heard where the query tells the states themselves', async () => {
    await start();
    await pass(5, () => (home('home').heard += 1));
    assert.equal(asked, 1);
    live?.stop();
    await start({ followsStates: true });
    await pass(5, () => (home('home').heard += 1));
    assert.ok(asked >= 6, String(asked));
  });

  it('is asked for no more often than it may be told, whatever a home says', async () => {
    await start({ followsStates: true }, 3_000);
    const flood = () => {
      for (let event = 0; event < 1_000; event += 1) home('home').heard += 1;
      home('home').journal.written += 1;
      body = { down: asked };
    };
    await pass(30, flood);
    assert.ok(asked >= 10 && asked <= 11, String(asked));
    assert.equal(told.length, asked);
  });

  it('is not told when only what changes by itself does', async () => {
    body = { down: 0, uptime_seconds: 1, homes: [{ last_health_check: 'a' }] };
    await start({ volatile: ['uptime_seconds', 'last_health_check'] });
    body = { down: 0, uptime_seconds: 2, homes: [{ last_health_check: 'b' }] };
    home('home').journal.written += 1;
    await pass(2);
    assert.deepEqual([asked, told.length], [2, 1]);
  });

  it('finds within half a minute what nothing showed', async () => {
    await start();
    body = { failures: 0 };
    await pass(29);
    assert.equal(told.length, 1);
    await pass(2);
    assert.deepEqual(told, [{ down: 0 }, { failures: 0 }]);
  });

  it('waits until each home was seen, or tried in vain', async () => {
    Object.assign(home('home'), { live: false, state: 'disconnected' });
    homes.set('cabin', null);
    await start();
    await pass(5);
    assert.equal(asked, 0);
    home('home').reason = { code: 'cannot_connect' };
    await pass(2);
    assert.equal(asked, 0);
    homes.set('cabin', fakeHome());
    await pass(1);
    assert.equal(asked, 1);
  });

  it('does not wait for ever', async () => {
    homes.set('cabin', null);
    await start();
    await pass(14);
    assert.equal(asked, 0);
    await pass(3);
    assert.equal(asked, 1);
  });

  it('does not tell of a home that is only being deployed anew', async () => {
    await start();
    homes.set('cabin', null);
    body = { down: 'the cabin' };
    await pass(1.5);
    homes.set('cabin', { ...fakeHome(), live: false, state: 'disconnected' });
    await pass(1.5);
    body = { down: 0 };
    Object.assign(home('cabin'), { live: true, state: 'connected' });
    await pass(2);
    assert.deepEqual(told, [{ down: 0 }]);
  });

  it('tells at once of a home that was seen and is away', async () => {
    await start();
    body = { down: 'the cabin' };
    Object.assign(home('cabin'), { live: false, state: 'disconnected' });
    await pass(1);
    assert.equal(told.length, 2);
  });

  it('says once that it cannot be had, and tells what comes after, even what it told before', async () => {
    await start();
    wrong = new CaretakerError('store_failed', 'The disk is full.');
    await pass(5, () => (home('home').journal.written += 1));
    assert.ok(asked > 4);
    assert.deepEqual([told.length, failures], [1, ['The disk is full.']]);
    wrong = new CaretakerError('store_failed', 'The disk is gone.');
    await pass(3, () => (home('home').journal.written += 1));
    assert.deepEqual(failures, ['The disk is full.', 'The disk is gone.']);
    wrong = null;
    await pass(2, () => (home('home').journal.written += 1));
    assert.deepEqual(told, [{ down: 0 }, { down: 0 }]);
  });

  it('is asked for and told no more once it is stopped', async () => {
    await start();
    live?.stop();
    body = { down: 1 };
    await pass(60, () => (home('home').journal.written += 1));
    assert.deepEqual([asked, told.length], [1, 1]);
  });
});
