import assert from 'node:assert/strict';
import { HEALING_OPERATIONS } from '../../../src/lib/api/healing';
import type { Attempt } from '../../../src/lib/core/heal/heal';
import type { AttemptRecord } from '../../../src/lib/instance/attempt-record';
import type { Keeping } from '../../../src/lib/instance/keeping';
import { Roster } from '../../../src/lib/instance/roster';
import { MemoryStore } from '../../../src/lib/store/memory';
import type { Store } from '../../../src/lib/store/store';
import { seededRandom } from '../../support/simulator/random';
import { attempt } from '../core/heal/heal-case';
import { asker } from './asked';

interface History {
  readonly actions: readonly AttemptRecord[];
  readonly total_count: number;
  readonly success_count: number;
  readonly failure_count: number;
}

const HOUR = 3_600_000;

/** Homes that are not watched here: whatever is read comes from the store. */
describe('the history of heals that are stored', () => {
  let roster: Roster;
  let store: MemoryStore;
  const now = Date.now();

  beforeEach(() => {
    roster = new Roster();
    store = new MemoryStore();
  });

  const home = (instance_id: string, from: Store | null = store) => {
    const keeping = from && ({ store: from } as unknown as Keeping);
    const of = { id: instance_id, instance_id, name: `The ${instance_id}` };
    roster.put({ ...of, instance: null, refusal: null, standby: 'another', keeping, moved: null });
  };
  const put = async (instance_id: string, ...attempts: readonly Attempt[]) => {
    const namespace = await store.namespace(instance_id);
    for (const one of attempts) {
      const open = one.outcome === null;
      await namespace.put({ kind: 'attempt', id: one.attempt_id, at: one.ended ?? one.began, open, body: one });
    }
  };
  const asked = (fields: object = {}, reference: object = {}) =>
    asker(HEALING_OPERATIONS, roster)<History>('healing_history', reference, fields as never);
  const ids = ({ body }: { readonly body: History }) =>
    body.actions.map(({ instance_id, attempt_id }) => `${instance_id} ${attempt_id}`);

  it('is paged over several homes, newest first, as if all stood in one list', async () => {
    const random = seededRandom(5);
    const all: { id: string; began: number; healed: boolean }[] = [];
    for (const [instance_id, count] of [
      ['home', 430],
      ['cabin', 0],
      ['boat', 130],
    ] as const) {
      home(instance_id);
      const times = Array.from({ length: count }, () => now - Math.floor(random() * 48 * HOUR)).sort((a, b) => a - b);
      for (const began of times) {
        const outcome = random() < 0.5 ? 'healed' : 'failed';
        const one = attempt({ began, outcome });
        await put(instance_id, one);
        if (began >= now - 24 * HOUR)
          all.push({ id: `${instance_id} ${one.attempt_id}`, began, healed: outcome === 'healed' });
      }
    }
    all.sort((a, b) => b.began - a.began);
    const expected = all.map(({ id }) => id);
    const told: string[] = [];
    for (let offset = 0; offset < expected.length + 40; offset += 40) {
      const page = await asked({ offset, limit: 40 });
      told.push(...ids(page));
      const healed = all.filter((one) => one.healed).length;
      const { total_count, success_count, failure_count } = page.body;
      assert.deepEqual([page.total, total_count], [all.length, all.length]);
      assert.deepEqual([success_count, failure_count], [healed, all.length - healed]);
    }
    assert.deepEqual(told, expected);
    assert.equal((await asked({ hours: 168 })).body.total_count, 560);
  });

  it('has what HA Boss did before, as the document promises it', async () => {
    home('home');
    await put('home', attempt({ began: now - 5_000, outcome: 'healed', by: 'ha_boss' }));
    assert.equal((await asked()).body.actions[0]?.by, 'ha_boss');
  });

  it('is of what was asked for, and counts that', async () => {
    home('home');
    const down = { kind: 'entity' as const, id: 'light.b', name: 'B' };
    await put(
      'home',
      attempt({ began: now - 5_000, outcome: 'healed', before: [down] }),
      attempt({ began: now - 4_000, integration: 'zha', number: 7, trigger_reason: 'as told' }),
      attempt({ began: now - 3_000, target: down, by: 'auto', incident_id: 'i', message: '1 still down' }),
      attempt({ began: now - 2_000, ended: null, outcome: null, reason: null, by: 'message' }),
    );
    const short = async (fields: object) => {
      const { actions, total_count, success_count, failure_count } = (await asked(fields)).body;
      return [actions.map(({ success }) => success), total_count, success_count, failure_count];
    };
    assert.deepEqual(await short({}), [[null, false, false, true], 4, 1, 2]);
    assert.deepEqual(await short({ filter: 'success' }), [[true], 1, 1, 0]);
    assert.deepEqual(await short({ filter: 'failed', limit: 1 }), [[false], 2, 0, 2]);
    assert.deepEqual(await short({ integration: 'zha' }), [[false], 1, 0, 1]);
    assert.deepEqual(await short({ entity_id: 'light.b' }), [[false, true], 2, 1, 1]);
    assert.deepEqual(await short({ entity_id: 'light.c' }), [[], 0, 0, 0]);
    const { actions } = (await asked()).body;
    assert.deepEqual(
      actions.map(({ outcome, attempt_number, trigger_reason, error_message, entity_id }) => [
        ...[outcome, attempt_number, trigger_reason, error_message, entity_id],
      ]),
      [
        ['in_progress', null, 'message', null, 'light.a'],
        ['failed', null, 'incident', '1 still down', 'light.b'],
        ['failed', 7, 'as told', 'Lamp: not healed.', 'light.a'],
        ['healed', null, 'auto', null, 'light.a'],
      ],
    );
  });

  it('of one is found by its id, in the one home that has it', async () => {
    for (const id of ['home', 'cabin']) home(id);
    const [mine, both] = [attempt({ began: now }), attempt({ began: now })];
    await put('home', mine, both);
    await put('cabin', both);
    const one = (attempt_id: string, reference: object = {}) =>
      asker(HEALING_OPERATIONS, roster)<AttemptRecord>('attempt', reference, { attempt_id });
    assert.equal((await one(mine.attempt_id)).body.instance_id, 'home');
    assert.equal((await one(both.attempt_id, { instance_id: 'cabin' })).body.instance_id, 'cabin');
    await assert.rejects(one(both.attempt_id), { code: 'instance_ambiguous' });
    await assert.rejects(one(mine.attempt_id, { instance_id: 'cabin' }), { code: 'not_found' });
    await assert.rejects(one('nobody'), { code: 'not_found', message: "Attempt 'nobody' not found" });
    await assert.rejects(one(mine.attempt_id, { instance_id: 'attic' }), { code: 'instance_not_found' });
  });

  it('leaves out of an aggregate whose store fails or is not open; to name such a home is an error', async () => {
    const broken = { namespace: () => Promise.reject(new Error('no disk')) } as unknown as Store;
    home('home');
    home('cabin', broken);
    home('boat', null);
    await put('home', attempt({ began: now }));
    assert.equal((await asked()).body.total_count, 1);
    await assert.rejects(asked({}, { instance_id: 'cabin' }), /no disk/);
    await assert.rejects(asked({}, { instance_id: 'boat' }), {
      code: 'instance_not_ready',
      message: 'State tracker not initialized for this instance',
    });
    roster.remove(roster.get('home') as never);
    await assert.rejects(asked(), /no disk/);
  });
});
