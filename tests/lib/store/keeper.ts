import { Backups } from '../../../src/lib/store/backups';
import { openStore } from '../../../src/lib/store/open';
import { entity, settled } from './contract';

/** More facts than this, and a restore or a purge comes next. */
const MANY = 4000;

const say = (...words: readonly (string | number)[]) => process.stdout.write(`${words.join(' ')}\n`);
const below = (limit: number) => Math.floor(Math.random() * limit);

/**
 * A process of its own, for `kills.test.ts` to kill: two homes write, back up, restore and purge at the same time. The
 * facts of a home are numbered from 1 without a gap, so their count says which of its states a home is in.
 */
async function main(file = '', folder = ''): Promise<void> {
  const log = (message: string) => say('log', message);
  const store = await openStore({ file, log });

  async function live(id: string): Promise<never> {
    const namespace = await store.namespace(id);
    const backups = new Backups({ folder, namespace, kind: store.kind, keep: 3, log });
    const [newest] = await namespace.transitions({ newest_first: true, limit: 1 });
    let number = Number(newest?.state ?? 0);

    async function write(): Promise<void> {
      const facts = Array.from({ length: 1 + below(300) }, () => {
        number += 1;
        const state = String(number);
        return settled(entity(`light.${number % 300}`), 'available', Date.now(), null, { state });
      });
      const last = number;
      say(id, 'writing', last);
      await namespace.append(facts);
      say(id, 'wrote', last);
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
    }

    for (;;) {
      const dice = below(20) + (number > MANY ? 10 : 0);
      if (dice < 8) await write();
      else if (dice < 12) await backUp();
      else if (dice < 19) await restore();
      else await purge();
    }
  }

  await Promise.all([live('home'), live('home_2')]);
}

main(process.argv[2], process.argv[3]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
