import assert from 'node:assert/strict';
import { type Member, Roster } from '../../../src/lib/instance/roster';

describe('the roster', () => {
  const member = (id: string, instance_id = id, refusal: string | null = null): Member => ({
    id,
    instance_id,
    name: `The ${instance_id}`,
    instance: null,
    refusal,
    keeping: null,
    moved: null,
  });
  const roster = () => {
    const one = new Roster();
    for (const id of ['n1', 'n2', 'n3']) one.put(member(id));
    return one;
  };

  const rows: readonly (readonly [readonly string[], readonly string[]])[] = [
    [[], ['n1', 'n2', 'n3']],
    [['n2'], ['n2']],
    [
      ['n3', 'n1'],
      ['n3', 'n1'],
    ],
    [['gone'], []],
    [['gone', 'n1'], ['n1']],
    [[''], []],
    [['all'], []],
  ];
  for (const [ids, chosen] of rows) {
    it(`${JSON.stringify(ids)} is ${chosen.join(' and ') || 'nobody'}`, () => {
      assert.deepEqual(
        roster()
          .chosen(ids)
          .map(({ id }) => id),
        chosen,
      );
    });
  }

  it('shows only who may be seen, and a list of nobody shows nobody', () => {
    const seen = (ids: readonly string[], may: readonly string[]) =>
      roster()
        .chosen(ids, may)
        .map(({ id }) => id);
    assert.deepEqual(seen([], ['n2', 'gone']), ['n2']);
    assert.deepEqual(seen(['n1', 'n3'], ['n2', 'n3']), ['n3']);
    assert.deepEqual(seen(['n1'], ['n2']), []);
    assert.deepEqual(seen([], ['']), []);
    assert.deepEqual(
      roster()
        .commanded([], ['n1'])
        .map(({ id }) => id),
      ['n1'],
    );
  });

  it('forgets who did not come back, once everybody is there', () => {
    const one = roster();
    let changes = 0;
    one.onChange(() => {
      changes += 1;
    });
    one.settle((id) => id !== 'n2');
    assert.deepEqual(
      one.chosen([]).map(({ id }) => id),
      ['n1', 'n3'],
    );
    one.settle(() => true);
    assert.equal(changes, 1);
  });

  it('hands commands to one of two with one instance_id, whichever came first; alone even who was refused counts', () => {
    const ids = (nodes: readonly Member[], chosen: readonly string[] = []) => {
      const one = new Roster();
      for (const node of nodes) one.put(node);
      return one.commanded(chosen).map(({ id }) => id);
    };
    const [rightful, twin] = [member('n1', 'home'), member('n2', 'home', 'already used')];
    assert.deepEqual(ids([rightful, twin]), ['n1']);
    assert.deepEqual(ids([twin, rightful]), ['n1']);
    assert.deepEqual(ids([twin, rightful], ['n2']), ['n2']);
    assert.deepEqual(ids([member('n3', 'cabin', 'no url'), rightful]), ['n3', 'n1']);
  });

  it('knows who else goes by an instance_id; who was refused does not go by it', () => {
    const one = new Roster();
    assert.equal(one.namesake('home', 'n1'), undefined);
    one.put(member('n1', 'home'));
    assert.equal(one.namesake('home', 'n1'), undefined, 'not oneself');
    assert.equal(one.namesake('home', 'n2')?.id, 'n1');
    one.put(member('n2', 'home', 'instance_id: "home" is already used'));
    assert.equal(one.namesake('home', 'n1'), undefined, 'a redeploy of the first is not refused for the second');
    assert.equal(one.namesake('cabin', 'n3'), undefined);
  });

  it('tells who listens of every change, until they leave', () => {
    const one = roster();
    let changes = 0;
    const leave = one.onChange(() => {
      changes += 1;
    });
    const old = one.get('n1') as Member;
    one.put({ ...old, name: 'Renamed' });
    assert.equal(one.get('n1')?.name, 'Renamed');
    one.remove(old);
    assert.equal(changes, 1, 'its place was taken by another');
    one.remove(one.get('n1') as Member);
    assert.deepEqual([changes, one.get('n1')], [2, undefined]);
    leave();
    one.put(old);
    assert.equal(changes, 2);
  });
});
