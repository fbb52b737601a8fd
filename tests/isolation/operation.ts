import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { RECORD_KINDS } from '../../src/lib/store/stored-record';
import { eventually } from '../support/eventually';
import { A, B, ORPHAN } from './flows';
import { assertUntouched, differs, Leak, PARTS, type Part, type Trace } from './trace';
import type { World } from './world';

interface Common {
  /** The node type it is an operation of. */
  readonly node: string;
  readonly name: string;
  /** Of a backup node. */
  readonly action?: string;
  /** Of the editor: method and path, as they are registered. */
  readonly route?: string;
  readonly run: (world: World) => Promise<unknown>;
  /** Node-RED itself starts B anew with such a deploy: one more log-in, the same as the first, is all that may be seen. */
  readonly startsB?: true;
}

/** Proof that it did something: a part of what can be seen of A changed, or its answer says so. */
type Proof =
  | { readonly shows: Part; readonly says?: RegExp }
  /** An answer that changes nothing on A either. */
  | { readonly says: RegExp; readonly shows?: never };

export type Operation = Common & Proof;

/** A line of a node's table: its name, where it shows on A or what it answers, and what is done. */
export function operationsOf(node: string) {
  return (
    name: string,
    proof: Part | RegExp | Proof,
    run: Common['run'],
    more: Omit<Common, 'node' | 'name' | 'run'> = {},
  ): Operation => {
    if (typeof proof === 'string') return { node, name, run, ...more, shows: proof };
    return { node, name, run, ...more, ...(proof instanceof RegExp ? { says: proof } : proof) };
  };
}

/** What may be different in B once Node-RED itself has started it anew. */
const OUTLIVES: readonly Part[] = ['places', 'files', 'told', 'roster', 'holds'];
/** What arrives late arrives while the next operation is watched; this is for what follows at once, ms. */
const AFTER_MS = 120;
/** Places are stored half a second after a fact was told, ms. */
const LATE_MS = 800;

/**
 * Does it to A and compares all of B with what was before.
 * @param b what can be seen of B; answers what can be seen of it afterwards, to go on from
 * @throws Leak when B changed, AssertionError when nothing was done to A
 */
export async function perform(world: World, operation: Operation, b: Trace): Promise<Trace> {
  const before = await world.traceOf(A);
  world.begin();
  // A leak may also keep it from ending as it should: then the leak is what is said.
  const proven = await prove(world, operation, before).then(
    () => undefined,
    (thrown: unknown) => ({ thrown }),
  );
  await sleep(AFTER_MS);
  if (operation.startsB) await world.quiet();
  const after = await world.traceOf(B);
  if (operation.startsB) assertStartedAnew(b, after, world.login);
  else assertUntouched(b, after);
  if (proven) throw proven.thrown;
  await assertNobodyElse(world);
  return after;
}

async function prove(world: World, operation: Operation, before: Trace): Promise<void> {
  const answer = await operation.run(world);
  if (operation.says) assert.match(JSON.stringify(answer), operation.says);
  const { shows } = operation;
  if (shows) {
    return eventually(async () =>
      assert.ok(differs(before, await world.traceOf(A), shows), `nothing shows in ${shows}`),
    );
  }
  const after = await world.traceOf(A);
  for (const part of ['rows', 'files', 'told'] as const) assert.deepEqual(after[part], before[part], part);
}

/** @param login what B asks when it begins */
function assertStartedAnew(before: Trace, after: Trace, login: readonly string[]): void {
  assertUntouched(before, after, OUTLIVES);
  // Who wrote last, and who may write, is another one now.
  const facts = (trace: Trace) => ({ ...trace, rows: { ...trace.rows, instances: [], leases: [] } });
  assertUntouched(facts(before), facts(after), ['rows']);
  const { opened = 0, ...rest } = before.sockets;
  assert.deepEqual(after.sockets, { ...rest, opened: opened + 1 });
  if (JSON.stringify(after.calls) !== JSON.stringify([...before.calls, ...login])) throw new Leak('calls');
}

/** Rows of nobody are those of a home under a wrong name, but for what a restore or a purge left to be swept. */
async function assertNobodyElse(world: World): Promise<void> {
  await eventually(async () => {
    const others = await world.database.rowsOfOthers([A, B, ORPHAN]);
    if (Object.keys(others).length > 0) throw new Leak(`rows of neither home: ${JSON.stringify(others).slice(0, 500)}`);
  });
}

/** What B is before anything is done; without something to lose a comparison proves nothing. */
export async function startingPoint(world: World): Promise<Trace> {
  const trace = await world.traceOf(B);
  for (const [table, rows] of Object.entries(trace.rows)) assert.ok(rows.length > 0, `home B has no ${table}`);
  const kinds = new Set(trace.rows['records']?.map(({ kind }) => kind));
  assert.equal(kinds.size, RECORD_KINDS.length, 'home B has no records of some kind');
  for (const part of PARTS) if (part !== 'diagnostics') assert.ok(JSON.stringify(trace[part]).length > 2, part);
  return trace;
}

/** What the last operation did late. @throws Leak */
export async function assertStillUntouched(world: World, b: Trace): Promise<void> {
  await sleep(LATE_MS);
  assertUntouched(b, await world.traceOf(B));
}

/** It is not only untouched: it still lives, and only those who listen to it hear of it. */
export async function assertAlive(world: World): Promise<void> {
  for (const [mode, status] of [
    ['dead', 'unavailable'],
    ['ok', 'available'],
  ] as const) {
    world.begin();
    await world.b.lab.setMode(world.entry, mode);
    for (const bound of ['b', 'all'] as const) await world.told(bound, ({ payload }) => payload?.['status'] === status);
    const wrong = world.lately.filter(({ payload, instance_id }) => payload && instance_id !== B);
    assert.deepEqual(wrong, []);
  }
}
