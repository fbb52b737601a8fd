import assert from 'node:assert/strict';
import { ownerOf } from '../../../src/lib/api/owner';
import { askedFor } from '../../../src/lib/api/ready';
import { type Member, Roster } from '../../../src/lib/instance/roster';
import { callerOf } from './asked';

describe('of two nodes with one instance_id, a read', () => {
  const member = (id: string, instance_id: string, refusal: string | null = null): Member => {
    return { id, instance_id, name: `The ${instance_id}`, instance: null, refusal, keeping: null, moved: null };
  };
  const roster = new Roster();
  // The one that was refused stands first in the flows.
  for (const one of [member('twin', 'home', 'already used'), member('own', 'home'), member('other', 'cabin')])
    roster.put(one);
  const asked = (reference: object) => askedFor(callerOf(roster, reference)).map(({ id }) => id);

  it('that names it is for the one that was not refused', () => {
    assert.deepEqual(asked({ instance_id: 'home' }), ['own']);
    assert.deepEqual(asked({ instance_name: 'The home' }), ['own']);
    assert.throws(() => asked({ instance_id: 'x' }), {
      message: "Instance 'x' not found. Available instances: ['home', 'cabin']",
    });
  });

  it('of all is for both', () => {
    assert.deepEqual(asked({}), ['twin', 'own', 'other']);
  });

  it('of one thing finds it where it is', async () => {
    const thing = { what: 'Entity', id: 'a.b', has: ({ id }: Member) => id === 'own', assertTells: () => undefined };
    for (const reference of [{}, { instance_id: 'home' }])
      assert.equal((await ownerOf(callerOf(roster, reference), thing)).id, 'own');
  });
});
