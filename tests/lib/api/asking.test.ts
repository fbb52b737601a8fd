import assert from 'node:assert/strict';
import { ask, parseAsking } from '../../../src/lib/api/asking';
import { type Caller, type Operation, operation } from '../../../src/lib/api/operation';
import { fields, page, record, text, whole } from '../../../src/lib/api/schema';
import { resolveMany, resolveOne } from '../../../src/lib/core/resolve';
import { type Member, Roster } from '../../../src/lib/instance/roster';

const SIZE = 2_345;
let ran: { readonly name: string; readonly caller: Caller; readonly fields: object }[] = [];

/** Answers what it was asked. */
function fake(name: string, more: Partial<Parameters<typeof operation<object>>[0]> = {}): Operation {
  return operation<object>({
    name,
    summary: name,
    access: 'read',
    fields: fields({
      hours: { type: 'number', minimum: 1, maximum: 168, default: 24 },
      days: whole,
      by: text,
      entity_id: text,
    }),
    answer: record({}),
    run: (caller, given) => {
      ran.push({ name, caller, fields: given });
      return { body: given };
    },
    ...more,
  });
}

const list = fake('list', {
  fields: fields({ ...page, filter: text }),
  run: (caller, given) => {
    ran.push({ name: 'list', caller, fields: given });
    const { limit, offset } = given as { limit: number; offset: number };
    const body = Array.from({ length: Math.max(Math.min(limit, SIZE - offset), 0) }, (_, at) => offset + at);
    return { body, total: SIZE };
  },
});
const wrapped = fake('wrapped', {
  fields: fields({ ...page, limit: { ...page.limit, maximum: 500 } }),
  answer: record({ count: whole }),
  run: (caller, given) => {
    ran.push({ name: 'wrapped', caller, fields: given });
    const { limit, offset } = given as { limit: number; offset: number };
    const items = Array.from({ length: Math.max(Math.min(limit, SIZE - offset), 0) }, (_, at) => offset + at);
    return { body: { count: SIZE, items, empty: [] }, total: SIZE };
  },
});
const many = fake('many', {
  run: ({ visible, reference }) => {
    const homes = resolveMany(visible, reference);
    if (!homes.ok) throw Object.assign(new Error(homes.refusal.message), { code: homes.refusal.code });
    return { body: homes.value.map(({ instance_id }) => ({ instance_id })) };
  },
});
/** Only the cabin has it. */
const one = fake('one', {
  run: ({ visible, reference }) => {
    const home = resolveOne(visible, reference, ({ instance_id }) => instance_id === 'cabin');
    return { body: { instance_id: home.ok ? home.value?.instance_id : null } };
  },
});
const offered = new Map([fake('figures'), list, wrapped, many, one].map((each) => [each.name, each]));

function rosterOf(...ids: readonly string[]): Roster {
  const roster = new Roster();
  for (const instance_id of ids) {
    const member = {
      id: `node-${instance_id}`,
      instance_id,
      name: `The ${instance_id}`,
      instance: null,
      refusal: null,
    };
    roster.put({ ...member, keeping: null, moved: null } as Member);
  }
  return roster;
}

const three = rosterOf('home', 'cabin', 'parents');
const asked = (config: object, payload: unknown = {}, reference: object = {}, roster = three) =>
  ask(offered, roster, parseAsking(config), reference, payload);

describe('asking', () => {
  beforeEach(() => {
    ran = [];
  });

  describe('what is asked for', () => {
    const rows: readonly (readonly [string, object, unknown, object])[] = [
      ['the defaults of the query', { query: 'figures' }, {}, { hours: 24 }],
      ['what the node says', { query: 'figures', hours: 48, by: 'device' }, {}, { hours: 48, by: 'device' }],
      ['numbers in text', { query: 'figures', hours: '48' }, {}, { hours: 48 }],
      ['blank is the default', { query: 'figures', hours: ' ', by: '' }, {}, { hours: 24 }],
      ['what the message says, before that', { query: 'figures', hours: 48 }, { hours: 2 }, { hours: 2 }],
      ['another query', { query: 'list' }, { query: 'figures' }, { hours: 24 }],
      ['a query without one in the node', {}, { query: 'figures' }, { hours: 24 }],
      ['options', { query: 'figures', options: { entity_id: 'light.a' } }, {}, { hours: 24, entity_id: 'light.a' }],
      ['options as a text', { query: 'figures', options: '{"hours": 3}' }, {}, { hours: 3 }],
      ['fields before options', { query: 'figures', hours: 4, options: { hours: 3 } }, {}, { hours: 4 }],
      ['messages before options', { query: 'figures', options: { by: 'x' } }, { by: 'y' }, { hours: 24, by: 'y' }],
      ['hours before days of the node', { query: 'figures', days: 3 }, { hours: 2 }, { hours: 2 }],
      ['days before hours of the node', { query: 'figures', hours: 3 }, { days: 2 }, { hours: 24, days: 2 }],
      ['hours before days of the options', { query: 'figures', hours: 3, options: { days: 9 } }, {}, { hours: 3 }],
      ['nothing the query does not know', { query: 'figures', minutes: 3, id: 1 }, { z: 1 }, { hours: 24 }],
      ['the node, for the time of an inject node', { query: 'figures' }, 1_764_000_000_000, { hours: 24 }],
      ['the node, for a text', { query: 'figures' }, 'hours', { hours: 24 }],
      ['the node, for a list', { query: 'figures' }, [{ hours: 3 }], { hours: 24 }],
      ['the node, for nothing', { query: 'figures' }, null, { hours: 24 }],
    ];
    for (const [what, config, payload, expected] of rows) {
      it(`is ${what}`, async () => {
        const answer = await asked(config, payload);
        assert.deepEqual([answer.query, answer.body], ['figures', expected]);
      });
    }

    it('is asked of exactly the homes of the node, in the name of the message', async () => {
      const reference = { instance_id: 'cabin', instance_name: 'The cabin' };
      await asked({ query: 'figures', instances: ['node-cabin', 'node-gone'] }, {}, reference);
      const [{ caller } = assert.fail()] = ran;
      assert.deepEqual(
        caller.visible.map(({ id }) => id),
        ['node-cabin'],
      );
      assert.deepEqual(
        caller.commanded.map(({ id }) => id),
        ['node-cabin'],
      );
      assert.deepEqual([caller.reference, caller.by], [reference, 'message']);
      assert.ok(Math.abs(caller.now - Date.now()) < 5_000);
    });

    it('does not take a home out of the payload, and says so where it stands there alone', async () => {
      for (const field of ['instance_id', 'instance_name']) {
        await assert.rejects(asked({ query: 'figures' }, { [field]: 'cabin' }), {
          code: 'bad_input',
          message: `${field}: stands beside the payload. Set msg.${field}, not msg.payload.${field}.`,
        });
      }
      assert.equal(ran.length, 0);
      // As a monitor tells, and as an answer is passed on.
      const reference = { instance_id: 'home' };
      await asked({ query: 'figures' }, { instance_id: 'cabin', instance_name: 'The cabin' }, reference);
      assert.deepEqual(ran[0]?.caller.reference, reference);
    });
  });

  describe('what cannot be asked', () => {
    const rows: readonly (readonly [string, object, unknown, RegExp])[] = [
      ['nothing', {}, {}, /^query: is missing\. .* It can be one of: figures, list, wrapped, many, one\.$/],
      ['a blank query', {}, { query: '' }, /^query: is missing/],
      ['a command', { query: 'heal' }, {}, /^query: 'heal' is nothing this node can ask for\. It can be/],
      ['an unknown query of a message', { query: 'list' }, { query: 'lists' }, /^query: 'lists' is nothing/],
      ['a query that is no text', { query: 'list' }, { query: ['list'] }, /^query: 'list' is nothing/],
      ['a name every object has', { query: 'list' }, { query: 'constructor' }, /^query: /],
      ['a wrong number', { query: 'figures' }, { hours: 169 }, /^hours: must be <= 168/],
      ['a wrong number of the node', { query: 'figures', hours: 0 }, {}, /^hours: must be >= 1/],
      ['all of what has no pages', { query: 'figures' }, { hours: 0, limit: 0 }, /^hours: /],
      ['another schedule', { query: 'list' }, { schedule: 'daily 07:00' }, /^schedule: is set in the node/],
    ];
    for (const [what, config, payload, message] of rows) {
      it(`is ${what}`, async () => {
        await assert.rejects(asked(config, payload), { code: 'bad_input', message });
        assert.deepEqual(ran, []);
      });
    }

    const settings: readonly (readonly [object, RegExp])[] = [
      [{ schedule: 'sometimes' }, /^schedule: /],
      [{ live_seconds: 0.5 }, /^live_seconds: must be >= 1/],
      [{ live_seconds: 'often' }, /^live_seconds: must be number/],
      [{ options: '{"hours": ' }, /^options: must be a JSON object/],
      [{ options: '[1]' }, /^options: must be a JSON object/],
      [{ options: 'null' }, /^options: must be a JSON object/],
    ];
    for (const [config, message] of settings) {
      it(`is known when it is deployed: ${JSON.stringify(config)}`, () => {
        assert.throws(() => parseAsking({ query: 'list', ...config }), { code: 'bad_input', message });
      });
    }
  });

  describe('whose the answer is', () => {
    const rows: readonly (readonly [string, object, object, Roster, string])[] = [
      ['of several', { query: 'many' }, {}, three, 'all'],
      ['of all by name', { query: 'many' }, { instance_id: 'all' }, three, 'all'],
      ['of one', { query: 'many' }, { instance_id: 'cabin' }, three, 'cabin'],
      ['of one by its title', { query: 'many' }, { instance_name: 'The parents' }, three, 'parents'],
      ['of the one home of the node', { query: 'many', instances: ['node-cabin'] }, {}, three, 'cabin'],
      ['of the only home', { query: 'many' }, {}, rosterOf('home'), 'home'],
      ['of no home', { query: 'many', instances: [''] }, {}, three, 'all'],
      ['of whoever has the thing', { query: 'one' }, {}, three, 'cabin'],
    ];
    for (const [what, config, reference, roster, expected] of rows) {
      it(`${what} says ${expected}`, async () => {
        assert.equal((await asked(config, {}, reference, roster)).instance_id, expected);
      });
    }

    it('is nobody’s where the home is not one of the node’s', async () => {
      const message = /Instance 'home' not found\. Available instances: \['cabin'\]/;
      const answer = asked({ query: 'many', instances: ['node-cabin'] }, {}, { instance_id: 'home' });
      await assert.rejects(answer, { code: 'instance_not_found', message });
    });
  });

  describe('a list', () => {
    it('comes a page at a time, with how many there are', async () => {
      const answer = await asked({ query: 'list', limit: 2 }, { offset: 10 });
      assert.deepEqual(answer, { query: 'list', instance_id: 'all', body: [10, 11], total: SIZE });
    });

    for (const limit of [0, '0', ' 0 ']) {
      it(`comes whole with a limit of ${JSON.stringify(limit)}, in one go`, async () => {
        const { body, total } = await asked({ query: 'list', limit }, { filter: 'x' });
        assert.deepEqual(
          body,
          Array.from({ length: SIZE }, (_, at) => at),
        );
        assert.deepEqual([total, ran.length], [SIZE, 1]);
      });
    }

    it('comes whole from where a message wants it', async () => {
      assert.deepEqual((await asked({ query: 'list' }, { limit: 0, offset: SIZE - 2 })).body, [SIZE - 2, SIZE - 1]);
      assert.deepEqual((await asked({ query: 'list' }, { limit: 0, offset: SIZE })).body, []);
    });

    it('inside of something comes whole as well', async () => {
      const { body } = await asked({ query: 'wrapped' }, { limit: 0 });
      const { items, ...rest } = body as { items: number[] };
      assert.deepEqual(
        items,
        Array.from({ length: SIZE }, (_, at) => at),
      );
      assert.deepEqual([rest, ran.length], [{ count: SIZE, empty: [] }, 1]);
    });
  });
});
