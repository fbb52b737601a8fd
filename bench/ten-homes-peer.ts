import { setTimeout as sleep } from 'node:timers/promises';
import { type SimulatedHome, startSimulatedHome } from '../tests/support/simulator/simulated-home';

/** What the other side may be asked for; each is answered with itself when it is done. */
export type Order = { readonly homes: number; readonly besets: boolean } | { readonly flips: number } | 'beset';

export interface PeerHome {
  readonly url: string;
  readonly token: string;
}

/** The one entity that flips; its attribute `sent` is the instant in epoch ms, with fractions. */
export const FLIPPER = 'binary_sensor.flipper';
/** Between two flips of one home, ms. */
const FLIP_MS = 20;
/** Events a second of the home that floods. */
const FLOOD = 2_000;

const homes: SimulatedHome[] = [];

function flip(home: SimulatedHome, count: number): void {
  const sent = performance.timeOrigin + performance.now();
  home.core.states.set(FLIPPER, count % 2 === 1 ? 'unavailable' : 'on', { friendly_name: 'Flipper', sent });
}

async function open(count: number): Promise<PeerHome[]> {
  for (let n = 0; n < count; n += 1) homes.push(await startSimulatedHome({ home: 'house', seed: n + 1 }));
  for (const home of homes) flip(home, 0);
  return homes.map(({ url, tokens }) => ({ url, token: tokens.admin }));
}

/** The first is killed, the second stalls, the third floods; the fourth had a bad token from the start. */
async function beset(): Promise<void> {
  const [killed, stalled, flooding] = homes;
  await killed?.kill();
  stalled?.faults.halfOpen();
  flooding?.faults.flood(FLOOD);
}

async function flipAll(count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    for (const home of homes) {
      flip(home, n);
      // Not in step: each gets its own moment.
      await sleep(FLIP_MS / homes.length);
    }
  }
}

async function obey(order: Order): Promise<unknown> {
  if (order === 'beset') return beset();
  if ('flips' in order) return flipAll(order.flips);
  const made = await open(order.homes);
  return made.map((home, n) => (order.besets && n === 3 ? { ...home, token: 'bad' } : home));
}

if (process.send) {
  process.on('message', (order: Order) => {
    obey(order).then(
      (answer) => process.send?.({ answer: answer ?? null }),
      (thrown: unknown) => process.send?.({ error: String(thrown) }),
    );
  });
  process.on('disconnect', () => process.exit());
}
