import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { root } from '../support/node-red';
import { describeOnPostgres } from '../support/postgres';
import { monitorNode } from './flows';
import type { Figures } from './probe';
import { FLIPPED, IDS, type Id, Site } from './site';

const DEPLOYS = 200;
/** Between two looks at the heap, deploys. */
const LOOK = 4;
/** More of what is no machine code than this for each deploy, over the second half of the run, is a leak. */
const MOST_KB = 2;
/** Objects of any other kind may come to this many more: less than one for each. */
const MOST_OBJECTS = DEPLOYS * 0.75;

type Type = 'full' | 'nodes' | 'flows';

describeOnPostgres(`${DEPLOYS} deploys`, () => {
  let site: Site;
  /** WebSockets each home had seen opened when it was last touched. */
  const opened: Record<Id, number> = { home: 0, cabin: 0, loft: 0 };
  const heap: number[] = [];
  const data: number[] = [];
  let deploys = 0;
  let flips = 0;
  const backedUp: Id[] = [];
  let held: { before: Figures; after: Figures };
  let objects: { before: Figures; after: Figures };

  /** One deploy; none but the homes named may lose its socket. */
  async function deploy(type: Type, touched: readonly Id[]): Promise<void> {
    for (const id of IDS) if (!touched.includes(id)) opened[id] = site.homes[id].opened;
    await site.deploy(type);
    deploys += 1;
    for (const id of IDS) {
      const { opened: now, sessions } = site.homes[id];
      if (!touched.includes(id))
        assert.deepEqual([id, now, sessions], [id, opened[id], 1], `${type} deploy ${deploys}`);
    }
    if (deploys % LOOK !== 0) return;
    const { heap: all = 0, data: live = 0 } = await site.probe('heap');
    heap.push(all);
    data.push(live);
  }
  const said = (pattern: RegExp) =>
    eventually(() =>
      assert.ok(
        site.nodeRed.output.some((line) => pattern.test(line)),
        String(pattern),
      ),
    );
  const told = (id: Id, topic: string) =>
    site.nodeRed.told.filter((one) => one.instance_id === id && one.topic === topic && one.caught_by !== 'c3');
  function flip(cycle: number): void {
    flips += 1;
    for (const id of IDS) site.homes[id].setState(FLIPPED, cycle % 2 === 0 ? 'unavailable' : 'on');
  }
  /** Each flip was told by the home's own monitor and by the one for all. */
  const allTold = () =>
    eventually(() => {
      for (const id of IDS) assert.equal(told(id, FLIPPED).length, 2 * flips, id);
    }, 10_000);

  /** What cannot start, each in its own way, and how that is told. */
  const crashes: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ url: 'javascript:alert(1)' }, /url: must look like/],
    [{ store: 's_blocked' }, /The store .*facts\.sqlite failed/],
    [{ credentials: { token: 'refused' } }, /does not accept this token/],
    [{ store: 's_folder' }, /The store .*folder failed/],
  ];

  /** Twelve deploys: every kind there is, all on one home. */
  async function cycle(number: number): Promise<void> {
    const id = IDS[number % 3] as Id;
    const other = IDS[(number + 1) % 3] as Id;
    site.nodeRed.output.length = 0;
    flip(number);
    await deploy('full', IDS);
    await site.watched();
    site.put(monitorNode('m_all', 'tab2', [], ['c2'], { x: 100 + number }));
    await deploy('nodes', []);
    site.put(monitorNode(`m_${id}`, 'tab1', [`node-${id}`], ['c1'], { name: `Moved ${number}` }));
    await deploy('flows', []);
    await site.backUp(other);
    backedUp.push(other);
    await change(id, number);
    await copy(id);
    await crash(id, number);
    await site.watched();
    await allTold();
    // One whose store failed did not move to another.
    assert.deepEqual(
      site.nodeRed.output.filter((line) => /facts up to now|unhandled|TypeError/i.test(line)),
      [],
    );
  }

  /** What is made once and kept, as the memory that stands in for a store, is there after the first of each. */
  async function warmUp(): Promise<void> {
    for (const [fields] of crashes) {
      site.put(...IDS.map((id) => site.instance(id, fields)));
      await deploy('nodes', IDS);
      if (!('store' in fields)) continue;
      await site.watched();
      // Until the whole home is in it.
      await site.settled();
    }
    site.put(...IDS.map((id) => site.instance(id)));
    await deploy('nodes', IDS);
    await site.watched();
    await cycle(0);
  }

  async function change(id: Id, number: number): Promise<void> {
    site.put(site.instance(id, { name: `Renamed ${number}` }));
    await deploy('nodes', [id]);
    site.put(site.instance(id, { d: true }));
    await deploy('nodes', [id]);
    site.put(site.instance(id));
    await deploy('nodes', [id]);
    site.nodes.delete(`node-${id}`);
    await deploy('nodes', [id]);
    await eventually(() => assert.equal(site.homes[id].sockets, 0, `${id} was deleted and is still watched`));
    site.put(site.instance(id));
    await deploy('nodes', [id]);
    await site.watched();
  }

  async function copy(id: Id): Promise<void> {
    site.put({ ...site.instance(id), id: `copy-${id}`, name: 'The copy' });
    await deploy('nodes', []);
    await said(new RegExp(`"${id}" is already used by "The ${id}"`));
    site.nodes.delete(`copy-${id}`);
    await deploy('nodes', []);
  }

  async function crash(id: Id, number: number): Promise<void> {
    const [fields, telling] = crashes[number % crashes.length] as (typeof crashes)[number];
    site.put(site.instance(id, fields));
    await deploy('nodes', [id]);
    await said(telling);
    site.put(site.instance(id));
    await deploy('nodes', [id]);
  }

  before(async function () {
    this.timeout(150_000);
    site = await Site.open();
    await site.deploy('full');
    await site.watched();
    await warmUp();
    const [figures, alive] = [await site.settled(), await site.objects()];
    [deploys, heap.length, data.length] = [0, 0, 0];
    const began = Date.now();
    for (let number = 1; deploys < DEPLOYS; number += 1) await cycle(number);
    console.log(`        ${deploys} deploys in ${Math.round((Date.now() - began) / 1000)} s, ${flips} flips`);
    held = { before: figures, after: await site.settled() };
    objects = { before: alive, after: await site.objects() };
  });
  after(() => site.close());

  it('leave no handle, descriptor, listener, route, thread or database connection behind', () => {
    const names = [...new Set([...Object.keys(held.before), ...Object.keys(held.after)])];
    const told = names.map(
      (name) => `${name.replace(site.nodeRed.userDir, '')} ${held.before[name] ?? 0} -> ${held.after[name] ?? 0}`,
    );
    console.log(`        ${told.join(', ')}`);
    const grown = names.filter((name) => (held.after[name] ?? 0) > (held.before[name] ?? 0));
    assert.deepEqual(grown, []);
  });

  it('leave nothing of ours in memory, and little of anything else', () => {
    const own = new Set(ourClasses());
    const count = (figures: Figures, name: string) => figures[name] ?? 0;
    const ours = [...own].filter((name) => count(objects.before, name) + count(objects.after, name) > 0);
    const told = ours.map((name) => `${name} ${count(objects.before, name)} -> ${count(objects.after, name)}`);
    console.log(`        ${told.join(', ')}`);
    const grown = Object.keys(objects.after).flatMap((name) => {
      const more = count(objects.after, name) - count(objects.before, name);
      return more > (own.has(name) ? IDS.length : MOST_OBJECTS) ? [`${name}: ${more} more`] : [];
    });
    assert.deepEqual(grown, []);
  });

  it('take up no more memory with each', () => {
    const [all, live] = [slope(heap), slope(data)];
    console.log(
      `        heap ${mega(heap)} MB, ${all.toFixed(1)} KB a deploy; without machine code ${mega(data)} MB, ${live.toFixed(1)} KB`,
    );
    assert.ok(live < MOST_KB, `${live} KB a deploy`);
  });

  it('keep one socket to each home, and tell every flip once over each monitor', () => {
    for (const id of IDS) {
      const { sockets, sessions } = site.homes[id];
      assert.deepEqual([id, sockets, sessions], [id, 1, 1]);
      for (const monitor of ['c1', 'c2']) {
        const flipped = told(id, FLIPPED).filter(({ caught_by }) => caught_by === monitor);
        const expected = Array.from({ length: flips }, (_, n) => (n % 2 === 0 ? 'unavailable' : 'available'));
        assert.deepEqual(
          flipped.map(({ payload }) => payload['status']),
          expected,
          `${id} ${monitor}`,
        );
        assert.equal(new Set(flipped.map(({ payload }) => payload['since'])).size, flips);
      }
    }
  });

  it('back up what was asked for meanwhile', () => {
    const backups = site.nodeRed.told.filter(({ caught_by }) => caught_by === 'c3');
    assert.deepEqual(
      backups.map(({ instance_id }) => instance_id),
      backedUp,
    );
    assert.ok(
      backups.every(({ payload }) => payload['action'] === 'create'),
      JSON.stringify(backups[0]),
    );
  });
});

function ourClasses(): string[] {
  const files = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(root, 'dist', file), 'utf8'));
  return texts.flatMap((text) => [...text.matchAll(/^class (\w+)/gm)].map((found) => found[1] as string));
}

/** KB a deploy, from the middle of the second quarter of the run to that of the fourth. */
function slope(bytes: readonly number[]): number {
  const quarter = Math.floor(bytes.length / 4);
  const grown = median(bytes.slice(3 * quarter)) - median(bytes.slice(quarter, 2 * quarter));
  return grown / 1024 / (DEPLOYS / 2);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function mega(bytes: readonly number[]): string {
  return [bytes[0], bytes.at(-1)].map((one = 0) => (one / 2 ** 20).toFixed(1)).join(' -> ');
}
