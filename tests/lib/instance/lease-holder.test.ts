import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lease, LeaseHolder } from '../../../src/lib/instance/lease-holder';
import { ownerId } from '../../../src/lib/instance/owner-id';
import { MemoryStore } from '../../../src/lib/store/memory';
import type { Claim, Claimed } from '../../../src/lib/store/store';
import { eventually } from '../../support/eventually';

const TIMES = { lease: 2_000, renew: 600 };

/** Answers as memory does, until it is told to fail or to take its time. */
class Store extends MemoryStore {
  readonly claims: Claim[] = [];
  trouble: Error | null = null;
  answering: Promise<void> = Promise.resolve();

  override async claim(claim: Claim): Promise<Claimed[]> {
    this.claims.push(claim);
    await this.answering;
    if (this.trouble) throw this.trouble;
    return super.claim(claim);
  }
}

describe('the leases of a Node-RED', () => {
  let store: Store;
  let leases: Lease[];
  let said: string[];

  beforeEach(() => {
    store = new Store();
    leases = [];
    said = [];
  });
  afterEach(() => Promise.all(leases.map((lease) => lease.leave())));

  const holder = (name = 'mine', times = TIMES) => new LeaseHolder(name, `${name} /data`, times);
  const apply = async (of: LeaseHolder, name: string, instance_id = 'home') => {
    const lease = await of.apply({
      store,
      instance_id,
      ours: (token) => said.push(`${name} ${instance_id} ours ${token}`),
      theirs: (label) => said.push(`${name} ${instance_id} theirs ${label}`),
      trouble: (what) => said.push(`${name} ${what}`),
    });
    leases.push(lease);
    return lease;
  };

  it('one has it, the other is told whose it is, and has it once the first has left', async () => {
    const mine = await apply(holder('mine'), 'mine');
    const theirs = await apply(holder('theirs'), 'theirs');
    assert.deepEqual([mine.isSure, theirs.isSure], [true, false]);
    assert.deepEqual(said, ['mine home ours 1', 'theirs home theirs mine /data']);
    await sleep(TIMES.lease * 1.5);
    assert.equal(said.length, 2);
    await mine.leave();
    const left = performance.now();
    await eventually(() => assert.equal(said[2], 'theirs home ours 2'));
    assert.ok(performance.now() - left < 2_000);
    assert.equal(theirs.isSure, true);
  });

  it('asks for a hundred instances at once', async () => {
    const of = holder();
    const ids = Array.from({ length: 100 }, (_, index) => `home_${index}`);
    await Promise.all(ids.map((id) => apply(of, 'mine', id)));
    assert.deepEqual(
      store.claims.map(({ instance_ids, resumes }) => [instance_ids.length, resumes]),
      [[100, true]],
    );
    await sleep(TIMES.renew * 3);
    const later = store.claims.slice(1);
    assert.ok(later.length >= 1 && later.length <= 4, `${later.length} renewals`);
    for (const { instance_ids, resumes } of later) assert.deepEqual([instance_ids.length, resumes], [100, false]);
  });

  it('back at once in the same process, a farewell that is late does not end it', async () => {
    const of = holder();
    const before = await apply(of, 'before');
    const [, after] = await Promise.all([before.leave(), apply(of, 'after')]);
    assert.equal(after.isSure, true);
    const [claimed] = await store.claim({
      claimant: { owner: 'x', session: 'x', label: 'x' },
      instance_ids: ['home'],
      lease_ms: 1,
      resumes: false,
    });
    assert.ok(claimed && !claimed.ok && claimed.until > Date.now() + TIMES.lease / 2);
  });

  it('while the store fails goes on, is not sure of it once it may have run out, and sure again when it answers', async () => {
    const lease = await apply(holder(), 'mine');
    store.trouble = new Error('no disk');
    await eventually(() => assert.equal(lease.isSure, false));
    assert.deepEqual([...new Set(said)], ['mine home ours 1', 'mine no disk']);
    assert.equal(lease.isOurs, true);
    store.trouble = null;
    await eventually(() => assert.equal(lease.isSure, true));
    assert.ok(!said.includes('mine home ours 2'), 'it never was another one’s');
  });

  it('a store that fails from the start is asked again', async () => {
    store.trouble = new Error('no disk');
    const lease = await apply(holder(), 'mine');
    assert.deepEqual([lease.isNew, lease.isSure, said], [true, false, ['mine no disk']]);
    store.trouble = null;
    await eventually(() => assert.equal(said.at(-1), 'mine home ours 1'));
  });

  it('does not wait for longer than a lease, and counts from when it asked, not from when it was answered', async () => {
    store.answering = sleep(TIMES.lease * 1.3);
    const sure: boolean[] = [];
    const ours = () => sure.push(lease.isSure);
    const never = () => assert.fail();
    const lease = await holder().apply({ store, instance_id: 'home', ours, theirs: never, trouble: never });
    leases.push(lease);
    assert.deepEqual([lease.isOurs, lease.isSure], [false, false]);
    await eventually(() => assert.deepEqual(sure, [false]));
    await eventually(() => assert.equal(lease.isSure, true));
  });

  it('is not sure of it after a jump of the clock, which may have been a sleep', async () => {
    const lease = await apply(holder('mine', { lease: 60_000, renew: 20_000 }), 'mine');
    const now = Date.now;
    try {
      Date.now = () => now() + 3_600_000;
      assert.equal(lease.isSure, false);
      Date.now = () => now() - 3_600_000;
      assert.equal(lease.isSure, true);
    } finally {
      Date.now = now;
    }
  });

  it('a clock that was set back makes nobody wait until it has come round', async () => {
    const claim = (session: string) => ({
      claimant: { owner: session, session, label: session },
      instance_ids: ['home'],
      lease_ms: 15_000,
      resumes: false,
    });
    await store.claim(claim('mine'));
    const now = Date.now;
    try {
      Date.now = () => now() - 10_000;
      assert.equal((await store.claim(claim('theirs')))[0]?.ok, false);
      Date.now = () => now() - 3_600_000;
      assert.equal((await store.claim(claim('theirs')))[0]?.ok, true);
    } finally {
      Date.now = now;
    }
  });

  describe('the id of the owner', () => {
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'caretaker-owner-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it('is the same over restarts, and another one elsewhere', () => {
      const id = ownerId(join(folder, 'a'));
      assert.match(id, /^[0-9a-f-]{36}$/);
      assert.equal(ownerId(join(folder, 'a')), id);
      assert.equal(readFileSync(join(folder, 'a', 'caretaker', 'owner'), 'utf8'), `${id}\n`);
      assert.notEqual(ownerId(join(folder, 'b')), id);
    });

    it('is some id where it cannot be kept, and a lasting one where a crash left none', () => {
      writeFileSync(join(folder, 'caretaker'), 'in the way');
      assert.match(ownerId(folder), /^[0-9a-f-]{36}$/);
      mkdirSync(join(folder, 'c', 'caretaker'), { recursive: true });
      writeFileSync(join(folder, 'c', 'caretaker', 'owner'), '');
      const id = ownerId(join(folder, 'c'));
      assert.match(id, /^[0-9a-f-]{36}$/);
      assert.equal(ownerId(join(folder, 'c')), id);
    });
  });
});
