import assert from 'node:assert/strict';
import {
  type Candidate,
  type Reference,
  type Resolved,
  resolveCommand,
  resolveMany,
  resolveOne,
} from '../../../src/lib/core/resolve';

const home = { instance_id: 'home', name: 'House' };
const cabin = { instance_id: 'cabin', name: 'Lake' };
const twin = { instance_id: 'twin', name: 'Lake' };
const three = [home, cabin, twin];

/** The id, the ids, or the code and the candidates of the refusal. */
function outcome(resolved: Resolved<Candidate | readonly Candidate[] | null>): string {
  if (!resolved.ok)
    return `${resolved.refusal.code} ${resolved.refusal.status} ${resolved.refusal.candidates.join(' ')}`.trim();
  if (resolved.value === null) return 'nobody';
  return [resolved.value]
    .flat()
    .map(({ instance_id }) => instance_id)
    .join(' ');
}

describe('resolving a command', () => {
  const rows: [string, readonly Candidate[], Reference, string][] = [
    ['an id', three, { instance_id: 'cabin' }, 'cabin'],
    ['an id and its name', three, { instance_id: 'cabin', instance_name: 'Lake' }, 'cabin'],
    [
      'an id and another name',
      three,
      { instance_id: 'home', instance_name: 'Lake' },
      'instance_ambiguous 409 home cabin twin',
    ],
    ['an id and a name nobody has', three, { instance_id: 'home', instance_name: 'X' }, 'instance_ambiguous 409 home'],
    ['an unknown id', three, { instance_id: 'nope' }, 'instance_not_found 404 home cabin twin'],
    ['an unknown id when there is only one', [home], { instance_id: 'nope' }, 'instance_not_found 404 home'],
    ['the start of an id', three, { instance_id: 'hom' }, 'instance_not_found 404 home cabin twin'],
    ['an id in capitals', three, { instance_id: 'HOME' }, 'instance_not_found 404 home cabin twin'],
    ['a name', three, { instance_name: 'House' }, 'home'],
    ['a name of two', three, { instance_name: 'Lake' }, 'instance_ambiguous 409 cabin twin'],
    ['an unknown name', three, { instance_name: 'Nope' }, 'instance_not_found 404 home cabin twin'],
    ['an id as a name', three, { instance_name: 'home' }, 'instance_not_found 404 home cabin twin'],
    ['nothing, with one', [cabin], {}, 'cabin'],
    ['nothing, with several', three, {}, 'instance_required 400 home cabin twin'],
    ['nothing, with several in another order', [twin, home], {}, 'instance_required 400 twin home'],
    ['nothing, with none', [], {}, 'instance_not_found 404'],
    ['all', three, { instance_id: 'all' }, 'instance_required 400 home cabin twin'],
    ['all, with one', [home], { instance_id: 'all' }, 'instance_required 400 home'],
    ['an empty id', [home], { instance_id: '' }, 'instance_required 400'],
    ['an empty name', [home], { instance_name: '' }, 'instance_required 400'],
    ['an empty name beside an id', [home], { instance_id: 'home', instance_name: '' }, 'instance_required 400'],
    ['a number', [home], { instance_id: 1 }, 'instance_required 400'],
    ['null', [home], { instance_id: null }, 'instance_required 400'],
  ];
  for (const [what, visible, reference, expected] of rows) {
    it(what, () => assert.equal(outcome(resolveCommand(visible, reference)), expected));
  }

  const knowing: [string, Record<string, boolean | undefined>, string][] = [
    ['one alone knows the entity', { home: false, cabin: true, twin: false }, 'cabin'],
    [
      'one knows it, another has never been seen',
      { home: undefined, cabin: true, twin: false },
      'instance_required 400 home cabin twin',
    ],
    ['two know it', { home: true, cabin: true, twin: false }, 'instance_ambiguous 409 home cabin'],
    ['nobody knows it', { home: false, cabin: false, twin: false }, 'instance_required 400 home cabin twin'],
  ];
  for (const [what, known, expected] of knowing) {
    it(`without a target: ${what}`, () => {
      const knows = (candidate: Candidate) => known[candidate.instance_id];
      assert.equal(outcome(resolveCommand(three, {}, { knows })), expected);
    });
  }

  it('says what is available, and what to set', () => {
    const unknown = resolveCommand([home, cabin], { instance_id: 'x' });
    assert.equal(
      !unknown.ok && unknown.refusal.message,
      "Instance 'x' not found. Available instances: ['home', 'cabin']",
    );
    const missing = resolveCommand([home, cabin], {});
    assert.equal(
      !missing.ok && missing.refusal.message,
      'instance_id: several instances are configured. Set msg.instance_id to one of: House (home), Lake (cabin).',
    );
  });

  it('names the field as whoever asks knows it', () => {
    const field = 'instance_id';
    for (const resolved of [
      resolveCommand([home, cabin], { field }),
      resolveCommand(three, { instance_id: 'all', field }),
      resolveCommand(three, { field }, { knows: () => true }),
      resolveMany([cabin, twin], { instance_name: 'Lake', field }),
      resolveOne(three, { field }, () => true),
    ]) {
      assert.match(resolved.ok ? '' : resolved.refusal.message, / Set instance_id to one of: \w/);
    }
  });
});

describe('resolving a read of many', () => {
  const rows: [string, Reference, string][] = [
    ['nothing', {}, 'home cabin twin'],
    ['all', { instance_id: 'all' }, 'home cabin twin'],
    ['one', { instance_id: 'twin' }, 'twin'],
    ['a name', { instance_name: 'House' }, 'home'],
    ['a name of two', { instance_name: 'Lake' }, 'instance_ambiguous 409 cabin twin'],
    ['an unknown one', { instance_id: 'x' }, 'instance_not_found 404 home cabin twin'],
    ['an empty one', { instance_id: '' }, 'instance_required 400'],
  ];
  for (const [what, reference, expected] of rows) {
    it(what, () => assert.equal(outcome(resolveMany(three, reference)), expected));
  }
});

describe('resolving a read of one thing', () => {
  const rows: [string, Reference, string[], string][] = [
    ['that one has', {}, ['cabin'], 'cabin'],
    ['that several have', {}, ['cabin', 'home'], 'instance_ambiguous 409 home cabin'],
    ['that several have, of which one is named', { instance_id: 'home' }, ['cabin', 'home'], 'home'],
    ['that nobody has', {}, [], 'nobody'],
    ['that the named one has not', { instance_id: 'twin' }, ['home'], 'nobody'],
    ['of an unknown one', { instance_id: 'x' }, ['home'], 'instance_not_found 404 home cabin twin'],
  ];
  for (const [what, reference, owners, expected] of rows) {
    it(what, () => {
      assert.equal(outcome(resolveOne(three, reference, ({ instance_id }) => owners.includes(instance_id))), expected);
    });
  }
});

describe('an answer', () => {
  const four = [home, cabin, twin, { instance_id: 'attic', name: 'home' }];
  const ids = [undefined, 'home', 'cabin', 'twin', 'attic', 'nope', 'all', '', 0, null];
  const names = [undefined, 'House', 'Lake', 'home', 'nope', '', false];
  const references = ids.flatMap((instance_id) => names.map((instance_name) => ({ instance_id, instance_name })));

  function orders<T>(all: readonly T[]): T[][] {
    if (all.length < 2) return [[...all]];
    return all.flatMap((one) => orders(all.filter((other) => other !== one)).map((rest) => [one, ...rest]));
  }

  /** The candidates of a refusal are listed as they are configured; nothing else may follow that order. */
  function sorted(resolved: Resolved<Candidate | readonly Candidate[] | null>): string {
    return outcome(resolved).split(' ').sort().join(' ');
  }

  for (const visible of [four.slice(0, 2), [home, four[3] as Candidate], four]) {
    it(`of ${visible.length} does not depend on the order in which they were configured`, () => {
      for (const reference of references) {
        const has = ({ instance_id }: Candidate) => instance_id !== 'twin';
        const knows = ({ instance_id }: Candidate) => instance_id === 'home';
        const answers = orders(visible).map((order) => [
          sorted(resolveCommand(order, reference)),
          sorted(resolveCommand(order, reference, { knows })),
          sorted(resolveMany(order, reference)),
          sorted(resolveOne(order, reference, has)),
        ]);
        for (const one of answers) assert.deepEqual(one, answers[0], JSON.stringify(reference));
      }
    });
  }

  it('is never one that the reference does not name', () => {
    for (const reference of references) {
      const resolved = resolveCommand(four, reference);
      if (!resolved.ok) continue;
      const { instance_id, name } = resolved.value;
      const named = [reference.instance_id ?? instance_id, reference.instance_name ?? name];
      assert.deepEqual(named, [instance_id, name]);
      assert.notDeepEqual(reference, { instance_id: undefined, instance_name: undefined });
    }
  });
});
