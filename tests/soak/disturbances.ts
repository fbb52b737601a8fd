import { GARBAGE, type GarbageKind } from '../support/simulator/garbage';
import type { Site } from './site';
import { type Dice, type Stage, sleep } from './stage';

/** Valid frames that name entities nobody has: Home Assistant would not take such a thing back without a word. */
const LIES: readonly string[] = ['nullState', 'proto', 'protoAttributes', 'deep', 'hugeNumbers', 'wrongAdded'];

/** Something that happens to a home or to Node-RED as a whole. */
export interface Disturbance {
  readonly name: string;
  /** To one home, so that its registries cannot be changed meanwhile; else to Node-RED, or to nobody much. */
  readonly of: 'home' | 'node-red' | 'silence' | 'noise';
  run(site: Site, stage: Stage, dice: Dice): Promise<void>;
}

export const DISTURBANCES: readonly Disturbance[] = [
  { name: 'home restarted', of: 'home', run: (_, { home }) => home.restart() },
  {
    name: 'home killed',
    of: 'home',
    run: async (_, { home }, dice) => {
      await home.kill();
      await sleep(dice.chance(0.5) ? dice.between(100, 500) : dice.between(3_000, 6_000));
      await home.start();
    },
  },
  { name: 'sockets dropped', of: 'home', run: async (_, { home }) => home.faults.dropSockets() },
  { name: 'silence', of: 'silence', run: (site, stage, dice) => site.silence(stage, dice.between(1_000, 4_000)) },
  {
    name: 'long silence',
    of: 'silence',
    run: (site, stage, dice) => site.silence(stage, dice.between(16_500, 18_000)),
  },
  {
    name: 'garbage and flood',
    of: 'noise',
    run: async (_, { home }, dice) => {
      // Makes it forget whom it once chose: it would give a state to what was removed since.
      home.burst(200);
      home.faults.flood(200);
      for (const kind of Object.keys(GARBAGE) as GarbageKind[]) {
        if (LIES.includes(kind)) continue;
        home.faults.garbage(kind);
        await sleep(dice.between(20, 120));
      }
      home.faults.clear();
    },
  },
  { name: 'monitor redeployed', of: 'noise', run: asItTells((site, _, dice) => site.redeployMonitor(dice)) },
  { name: 'instance redeployed', of: 'node-red', run: asItTells((site, _, dice) => site.redeployInstance(dice)) },
  { name: 'everything redeployed', of: 'node-red', run: asItTells((site) => site.redeployAll()) },
  {
    name: 'Node-RED stopped and started',
    of: 'node-red',
    run: asItTells((site, _, dice) => site.stopAndStart(dice.between(50, 2_500))),
  },
  {
    name: 'Node-RED killed and started',
    of: 'node-red',
    run: asItTells((site, _, dice) => site.killAndStart(dice.between(50, 1_500))),
  },
  {
    name: 'Node-RED killed with a home away',
    of: 'home',
    run: (site, { home }, dice) =>
      site.exclusively(async () => {
        await home.kill();
        await sleep(dice.between(100, 3_000));
        await site.killAndStart(dice.between(50, 500));
        await sleep(dice.between(200, 3_000));
        await home.start();
      }),
  },
];

/** Often a moment after something was told, when that is not yet noted for good. */
function asItTells(run: Disturbance['run']): Disturbance['run'] {
  return (site, stage, dice) =>
    site.exclusively(async () => {
      const before = site.inbox.waiting;
      if (dice.chance(0.7)) for (let ms = 0; ms < 4_000 && site.inbox.waiting === before; ms += 5) await sleep(5);
      await sleep(dice.between(0, 300));
      await run(site, stage, dice);
    });
}
