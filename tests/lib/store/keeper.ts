import { randomUUID } from 'node:crypto';
import { Backups } from '../../../src/lib/store/backups';
import { entity, settled } from './contract';
import { postgresWitness, sqliteWitness } from './witness';

/** More facts than this, and a restore or a purge comes next. */
const MANY = 4000;
/** Longer than it lives, ms. */
const LEASE_MS = 60_000;
const HOMES = ['home', 'home_2'];

const say = (...words: readonly (string | number)[]) => process.stdout.write(`${words.join(' ')}\n`);
const below = (limit: number) => Math.floor(Math.random() * limit);

/**
 * A process of its own, for `kills.test.ts` to kill: two homes write, back up, restore and purge at the same time. The
 * facts of a home are numbered from 1 without a gap, so their count says which of its states a home is in.
 */
async function main(kind = '', address = '', folder = ''): Promise<void> {
  const witness = kind === 'postgres' ? postgresWitness(address) : sqliteWitness(address);
  const store = await witness.open();
  const log = (message: string) => say('log', message);
  // As a Node-RED that was killed and started again: it goes on with what it had claimed.
  const claimant = { owner: 'keeper', session: randomUUID(), label: 'keeper' };
  const claims = await store.claim({ claimant, instance_ids: HOMES, lease_ms: LEASE_MS, resumes: true });
  for (const claim of claims) store.fence(claim.instance_id, claim.ok ? claim.token : null);

  async function live(id: string): Promise<never> {
    const namespace = await store.namespace(id);
    const backups = new Backups({ folder, namespace, kind: store.kind, keep: 3, log });
    const [newest] = await namespace.transitions({ newest_first: true, limit: 1 });
    let number = Number(newest?.state.split(' ')[1] ?? 0);

    async function write(): Promise<void> {
      const facts = Array.from({ length: 1 + below(300) }, () => {
        number += 1;
        return settled(entity(`light.${number % 300}`), 'available', Date.now(), null, { state: `${id} ${number}` });
      });
      const last = number;
      say(id, 'writing', last);
      const seq = (await namespace.append(facts)).at(-1)?.seq ?? 0;
      say(id, 'wrote', last);
      await namespace.put({ kind: 'attempt', id: String(last), at: Date.now(), open: last % 2 === 0, body: { last } });
      say(id, 'recorded', last);
      say(id, 'telling', seq);
      await namespace.tell('monitor', seq);
      say(id, 'told', seq);
    }

    async function backUp(): Promise<void> {
      const [{ name }] = await Promise.all([backups.create('kill'), write(), write()]);
      say(id, 'backed', name);
    }

    async function restore(): Promise<void> {
      const all = await backups.list();
      const name = all[below(all.length)]?.name;
      if (name === undefined) return write();
      const { rows } = await backups.verify(name);
      say(id, 'becoming', rows.transitions);
      await backups.restore(name);
      number = rows.transitions;
      say(id, 'became', number);
    }

    async function purge(): Promise<void> {
      say(id, 'becoming', 0);
      await backups.purge();
      number = 0;
      say(id, 'became', 0);
      say(id, 'told', 0);
    }

    for (;;) {
      const dice = below(20) + (number > MANY ? 10 : 0);
      if (dice < 8) await write();
      else if (dice < 12) await backUp();
      else if (dice < 19) await restore();
      else await purge();
    }
  }

  await Promise.all(HOMES.map(live));
}

main(process.argv[2], process.argv[3], process.argv[4]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
