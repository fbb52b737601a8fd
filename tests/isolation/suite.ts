import assert from 'node:assert/strict';
import { assertAlive, assertStillUntouched, perform, startingPoint } from './operation';
import { OPERATIONS } from './operations/all';
import type { Trace } from './trace';
import { type Kind, World } from './world';

/** Each operation on home A; home B is compared byte for byte after each. */
export function isolationSuite(kind: Kind): void {
  let world: World;
  let b: Trace;

  before(async function () {
    this.timeout(60_000);
    world = await World.start(kind);
    b = await startingPoint(world);
  });
  after(() => world?.stop());
  afterEach(async () => {
    await world.reset();
  });

  for (const operation of OPERATIONS) {
    it(`${operation.node}: ${operation.name}`, async function () {
      this.timeout(30_000);
      try {
        b = await perform(world, operation, b);
      } catch (thrown) {
        // What leaked once is not to be said again of every operation after it.
        b = await startingPoint(world);
        throw thrown;
      }
    });
  }

  it('and what is not done is not taken for done', async function () {
    this.timeout(30_000);
    const nothing = { node: 'none', name: 'nothing', run: async () => undefined };
    await assert.rejects(perform(world, { ...nothing, shows: 'rows' }, b), /nothing shows in rows/);
    await assert.rejects(perform(world, { ...nothing, says: /done/ }, b), assert.AssertionError);
  });

  it('and the other home lives on, untouched to the end', async () => {
    await assertStillUntouched(world, b);
    await assertAlive(world);
  });
}
