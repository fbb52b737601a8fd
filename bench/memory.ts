import { setTimeout as sleep } from 'node:timers/promises';
import { NodeRed, root } from '../tests/support/node-red';
import { addCounter } from './contestant';
import type { Memory } from './counter';
import { short } from './figures';
import type { Loopback } from './loopback';
import type { Row } from './results';

const HOMES = 100;
const ENTITIES = 1_000;
const BURST_MS = 4_000;
const SAMPLE_MS = 200;

/** What 100 homes take in Node-RED: at rest, and while all of them burst. One run. */
export async function memory(server: Loopback): Promise<Row> {
  const red = new NodeRed({ version: 5, nodesDir: root });
  const ask = async (query = '') => (await (await fetch(`${red.url}/bench/memory${query}`)).json()) as Memory;
  try {
    addCounter(red.userDir);
    await red.start();
    const empty = await ask();
    const homes = Array.from({ length: HOMES }, (_, index) => index + 1);
    await red.deploy([
      { id: 'flow', type: 'tab', label: 'bench' },
      ...homes.map((home) => ({
        // Node-RED takes a field that equals the id of a config node for a reference to it.
        id: `node_${home}`,
        type: 'caretaker-instance',
        instance_id: `home_${home}`,
        name: `Home ${home}`,
        url: server.url(home, ENTITIES),
        credentials: { token: 'bench' },
      })),
      { id: 'count', type: 'bench-counter', z: 'flow', wires: [] },
    ]);
    for (const home of homes) await server.ask({ do: 'ready', home });
    const rest = await ask();
    await server.ask({ do: 'flood', entities: ENTITIES, coalesced: 1 });
    let most = 0;
    for (const end = Date.now() + BURST_MS; Date.now() < end; await sleep(SAMPLE_MS)) {
      most = Math.max(most, (await ask('?as_is')).rssMb);
    }
    return row(empty, rest, most);
  } finally {
    await red.dispose();
  }
}

function row(empty: Memory, rest: Memory, most: number): Row {
  return {
    title: 'Memory of Node-RED 5, 100 x 1 000',
    head: ['', 'RSS, MB', 'heap, MB'],
    lines: [
      ['nothing deployed', short(empty.rssMb), short(empty.heapMb)],
      ['100 homes watched, collected', short(rest.rssMb), short(rest.heapMb)],
      ['all of them bursting, the most seen', short(most), '-'],
    ],
    bounds: [
      { what: 'MB more with 100 homes', value: rest.rssMb - empty.rssMb, most: 150, later: true },
      { what: 'MB more in a burst', value: most - empty.rssMb, most: 300, later: true },
    ],
    notes: ['One run. RSS includes what the heap has taken and not given back.'],
  };
}
