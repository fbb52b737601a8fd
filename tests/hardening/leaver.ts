import { setTimeout as sleep } from 'node:timers/promises';
import { Watched } from '../lib/instance/watched';

/** Watches a home and stops after each of the times given, ms; then has to end by itself: nobody calls exit. */
async function leave(): Promise<void> {
  const [url = '', token = '', waits = ''] = process.argv.slice(2);
  for (const wait of waits.split(',')) {
    const watched = new Watched();
    watched.add({ url, token });
    watched.monitor();
    await sleep(Number(wait));
    await watched.dispose();
  }
  const left = Date.now();
  process.once('exit', () => {
    if (Date.now() - left > 500) {
      console.error(`held for ${Date.now() - left} ms: ${process.getActiveResourcesInfo().join(', ')}`);
      process.exitCode = 1;
    }
  });
}

leave().catch((thrown: unknown) => {
  console.error(thrown);
  process.exitCode = 1;
});
