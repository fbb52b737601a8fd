import { openStore } from '../../../src/lib/store/open';
import { entity, settled, T0 } from './contract';

/** A process of its own, for `processes.test.ts` to look at and to kill. */
async function main(file = '', mode = ''): Promise<void> {
  const open = () => openStore({ file, log: (message) => console.log(message) });
  const store = await open();
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
  if (mode === 'close') {
    for (let index = 0; index < 3000; index += 1) {
      void home.append([settled(entity(`light.${index}`), 'available', T0, null, { state: String(index + 1) })]);
    }
    await store.close();
    console.log('closed');
  }
  if (mode === 'kinds') {
    await home.append([settled(entity('light.a'), 'available', T0)]);
    await store.close();
    const again = await open();
    console.log(`${store.kind} ${again.kind} ${(await (await again.namespace('home')).resume()).length}`);
  }
}

main(process.argv[2], process.argv[3]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
