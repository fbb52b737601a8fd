import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgres } from '../../../src/lib/store/postgres';
import type { DumpRow } from '../../../src/lib/store/store';
import { dumpOf, entity, settled, T0 } from './contract';

/** A process of its own, for `postgres-processes.test.ts` to look at and to kill. */
async function main(url = '', mode = ''): Promise<void> {
  const store = await openPostgres({ url, log: (message) => console.log(message) });
  const home = await store.namespace('home');
  if (mode === 'flood') {
    let number = Number((await home.transitions({ newest_first: true, limit: 1 }))[0]?.state ?? 0);
    // Several calls at a time, so that a kill meets facts in every stage of their way.
    for (;;) {
      const calls = Array.from({ length: 5 }, () => {
        const many = Array.from({ length: 1 + Math.floor(Math.random() * 300) }, () => {
          number += 1;
          return settled(entity(`light.${number % 500}`), 'available', T0, null, { state: String(number) });
        });
        return home.append(many).then((facts) => process.stdout.write(`${facts.at(-1)?.seq}\n`));
      });
      await Promise.all(calls);
    }
  }
  if (mode === 'linger') {
    void home.append([settled(entity('light.a'), 'available', T0)]).then(() => console.log('appended'));
  }
  if (mode === 'restore') {
    const rows = await dumpOf(home);
    for (;;) {
      await home.replace(slowly(rows));
      console.log('restored');
    }
  }
}

async function* slowly(rows: readonly DumpRow[]): AsyncGenerator<readonly DumpRow[]> {
  for (let at = 0; at < rows.length; at += 500) {
    yield rows.slice(at, at + 500);
    if (at === 0) console.log('restoring');
    await sleep(1);
  }
}

main(process.argv[2], process.argv[3]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
