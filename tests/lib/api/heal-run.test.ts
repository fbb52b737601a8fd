import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { HEALING_OPERATIONS } from '../../../src/lib/api/healing';
import type { HealAsk, HealResult } from '../../../src/lib/instance/healed-home';
import type { Instance } from '../../../src/lib/instance/instance';
import { Roster } from '../../../src/lib/instance/roster';
import { attempt } from '../core/heal/heal-case';
import { asker } from './asked';

describe('whoever waits for a heal', () => {
  let ends: PromiseWithResolved<HealResult>[];
  let asks: HealAsk[];
  let troubles: string[];
  let roster: Roster;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    [ends, asks, troubles, roster] = [[], [], [], new Roster()];
    const healing = {
      known: true,
      has: () => true,
      view: () => undefined,
      latest: () => undefined,
      heal: (ask: HealAsk) => {
        asks.push(ask);
        const end = withResolved<HealResult>();
        ends.push(end);
        return end.promise;
      },
    };
    const instance = { healing, trouble: (what: string) => troubles.push(what) } as unknown as Instance;
    const of = { id: 'home', instance_id: 'home', name: 'The home' };
    roster.put({ ...of, instance, refusal: null, keeping: null, moved: null });
  });
  afterEach(() => mock.timers.reset());

  type Answer = Record<string, unknown>;
  const heal = (fields: object) =>
    asker(HEALING_OPERATIONS, roster)<Answer>('heal_entity', {}, { entity_id: 'light.a', ...fields });
  /** ms */
  const pass = async (time: number) => {
    await turn();
    mock.timers.tick(time);
    await turn();
  };
  const healed = () => ends[0]?.resolve({ outcome: 'healed', attempt: attempt({ outcome: 'healed' }) });

  it('is answered as soon as it ends', async () => {
    const answer = heal({ wait_seconds: 600 });
    await pass(599_000);
    healed();
    assert.deepEqual([(await answer).status, (await answer).body['success']], [200, true]);
  });

  it('is told which attempt it is when time runs out, once it has begun', async () => {
    const answer = heal({ wait_seconds: 0 });
    await pass(0);
    await pass(1_000);
    asks[0]?.began?.(attempt({ attempt_id: 'mine', ended: null, outcome: null }));
    const { status, body } = await answer;
    assert.deepEqual([status, body['attempt_id'], body['success']], [202, 'mine', null]);
    healed();
  });

  it('is not kept for long when none begins', async () => {
    const answer = heal({ wait_seconds: 1 });
    await pass(1_000);
    await pass(2_000);
    const { status, body } = await answer;
    assert.deepEqual([status, body['attempt_id'], body['outcome']], [202, null, 'in_progress']);
    assert.deepEqual([body['entity_id'], body['message']], ['light.a', 'light.a: the heal has not begun yet.']);
    // What goes wrong when nobody waits any more is told to the log.
    ends[0]?.reject(new Error('came to nothing'));
    await turn();
    assert.deepEqual(troubles, ['came to nothing']);
  });

  it('restarts no Home Assistant without saying so', async () => {
    const levels = async (fields: object) => {
      const answer = heal(fields);
      await turn();
      ends.at(-1)?.resolve({ outcome: 'healed', attempt: attempt({ outcome: 'healed' }) });
      await answer;
      return asks.at(-1)?.levels;
    };
    assert.deepEqual(await levels({}), ['entity', 'device', 'integration']);
    assert.deepEqual(await levels({ levels: ['home_assistant'] }), ['home_assistant']);
  });
});

interface PromiseWithResolved<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(thrown: Error): void;
}

function withResolved<T>(): PromiseWithResolved<T> {
  let [resolve, reject]: [(value: T) => void, (thrown: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<T>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
}
