import assert from 'node:assert/strict';
import type { PlantedLeak } from './leaks';
import { Mutant, type Patch } from './mutant';
import { assertStillUntouched, type Operation, perform, startingPoint } from './operation';
import { Leak } from './trace';
import { type Kind, World } from './world';

/** Plants leaks into copies of the package: each must turn its operation red, and only the leak may do that. */
export function bitesSuite(kind: Kind, leaks: readonly PlantedLeak[]): void {
  for (const leak of leaks) {
    it(`finds: ${leak.name}`, async function () {
      this.timeout(60_000);
      await assert.rejects(tried(kind, leak.patches, [leak.operation]), (thrown) => isRed(thrown, leak));
    });
  }

  // What a copy is like has nothing to do with the database.
  if (kind === 'postgres') return;
  it('finds nothing in a copy without a leak', async function () {
    this.timeout(60_000);
    await tried(kind, [], [...new Set(leaks.map(({ operation }) => operation))]);
  });
}

async function tried(kind: Kind, patches: readonly Patch[], operations: readonly Operation[]): Promise<void> {
  const mutant = new Mutant(patches);
  try {
    const world = await World.start(kind, mutant.folder);
    try {
      let b = await startingPoint(world);
      for (const operation of operations) {
        b = await perform(world, operation, b);
        await world.reset();
      }
      await assertStillUntouched(world, b);
    } finally {
      await world.stop();
    }
  } finally {
    mutant.remove();
  }
}

function isRed(thrown: unknown, { red }: PlantedLeak): boolean {
  const message = String((thrown as Error).message);
  if (red instanceof RegExp) return thrown instanceof assert.AssertionError && red.test(message);
  if (!(thrown instanceof Leak)) throw thrown;
  assert.match(message, new RegExp(`^the other home changed: ${red}\n`));
  return true;
}
