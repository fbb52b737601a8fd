import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { CATALOGUE } from '../src/lib/api/catalogue';
import type { roster } from '../src/lib/instance/roster';
import { root } from '../tests/support/node-red';

/** What an operation cost Node-RED, over and over. */
export interface Cost {
  /** All threads. */
  readonly cpuMs: number;
  /** The longest that nothing else had its turn, ms. */
  readonly gapMs: number;
}

/** Asks an operation of the package that this Node-RED runs, as its nodes do. */
export async function costOf(name: string, fields: object, times: number): Promise<Cost> {
  const { CATALOGUE: catalogue } = require(join(root, 'dist/lib/api/catalogue')) as { CATALOGUE: typeof CATALOGUE };
  const { roster: members } = require(join(root, 'dist/lib/instance/roster')) as { roster: typeof roster };
  const operation = catalogue.get(name);
  if (!operation) throw new Error(`There is no operation ${name}.`);
  const [visible, commanded] = [members.chosen([]), members.commanded([])];
  const ask = () => operation.run({ visible, commanded, reference: {}, by: 'api', now: Date.now() }, fields);
  const over = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      await ask();
      // Between two requests there is always a turn.
      await turn();
    }
  };
  // Until it is compiled as it will be for whoever is asked all day.
  await over(times * 5);
  const gaps = watchGaps();
  const cpu = process.cpuUsage();
  await over(times);
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1000 / times, gapMs: await gaps() };
}

/** Answers what ends it, and tells the longest stretch without a turn of the loop, ms. */
function watchGaps(): () => Promise<number> {
  let [last, most, on] = [performance.now(), 0, true];
  const look = () => {
    const now = performance.now();
    most = Math.max(most, now - last);
    last = now;
    if (on) setImmediate(look);
  };
  setImmediate(look);
  return () =>
    new Promise((done) => {
      setImmediate(() => {
        on = false;
        done(most);
      });
    });
}
