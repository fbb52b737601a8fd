import { DISTURBANCES, type Disturbance } from './disturbances';
import * as entries from './entry-scenes';
import * as scenes from './scenes';
import type { Site } from './site';
import { type Dice, type Stage, sleep } from './stage';

type Scenes = readonly scenes.Scene[];

/** Whose verdict does not depend on who looks when. */
const SURE: Scenes = [
  scenes.blip,
  scenes.outlasting,
  scenes.lasting,
  scenes.lasting,
  scenes.lastingDevice,
  scenes.mending,
  scenes.mending,
  scenes.glimpse,
];
/** For a home that goes down itself. */
const UNSEEN: Scenes = [scenes.late, scenes.late, scenes.unseen];
/** For a home that is well while Node-RED is not. */
const AWAY: Scenes = [scenes.rename, scenes.removal, entries.replacement, entries.lastingEntry, scenes.unseen];
const CALM: Scenes = [
  scenes.outage,
  scenes.outage,
  scenes.worsening,
  scenes.noNews,
  scenes.deviceOutage,
  scenes.slowDeviceOutage,
  scenes.loss,
  scenes.orphan,
  scenes.rename,
  scenes.removal,
  entries.failingEntry,
  entries.failingEntry,
  entries.lastingEntry,
  entries.stuckEntry,
  entries.reloads,
  entries.slowReload,
  entries.deadEntry,
  entries.disabling,
  entries.replacement,
];

/** All kinds of disturbance once, in any order, before one comes again. */
export class Deck {
  #cards: Disturbance[] = [];

  /** @param only those whose name contains it */
  constructor(
    private readonly dice: Dice,
    private readonly only = '',
  ) {}

  draw(): Disturbance {
    if (this.#cards.length === 0) this.#cards = DISTURBANCES.filter(({ name }) => name.includes(this.only));
    return this.#cards.splice(Math.floor(this.dice.random() * this.#cards.length), 1)[0]!;
  }
}

/** Events that overlap, then quiet. Answers what it was about. */
export async function playBatch(site: Site, deck: Deck, dice: Dice): Promise<string> {
  const disturbances: Disturbance[] = [];
  if (dice.chance(0.85)) disturbances.push(deck.draw());
  if (disturbances[0]?.of === 'home' && dice.chance(0.4)) {
    const second = deck.draw();
    if (second.of === 'node-red') disturbances.push(second);
  }
  const target = dice.pick(site.stages);
  const calm = disturb(site, target, disturbances, dice);
  const work: Promise<void>[] = [calm];
  for (const stage of site.stages) {
    stage.reset();
    stage.calm = calm;
    work.push(...play(stage, scenesFor(stage === target, disturbances), dice));
  }
  await Promise.all(work);
  return disturbances.map(({ name }) => name).join(' + ') || 'calm';
}

async function disturb(site: Site, target: Stage, disturbances: readonly Disturbance[], dice: Dice): Promise<void> {
  await Promise.all(
    disturbances.map(async (one) => {
      const own = dice.child();
      // Silence hides what has just happened: it begins when that is long seen.
      await sleep(one.of === 'silence' ? 2_500 : own.between(300, 3_500));
      target.oracle.say(one.name);
      await one.run(site, target, own);
    }),
  );
  await site.seen();
}

function scenesFor(isTarget: boolean, disturbances: readonly Disturbance[]): Scenes {
  const of = new Set(disturbances.map((one) => one.of));
  const isNodeRed = of.has('node-red') || disturbances.some(({ name }) => name.startsWith('Node-RED'));
  if (isTarget && of.has('silence')) return [scenes.lasting, scenes.lastingDevice, scenes.mending];
  if (isTarget && of.has('home')) return [...SURE, ...UNSEEN];
  if (isNodeRed) return [...SURE, ...AWAY];
  if (isTarget && disturbances.some(({ name }) => name.includes('flood')))
    return [scenes.mending, scenes.lastingDevice, entries.failingEntry, entries.disabling];
  return [...SURE, ...CALM, ...CALM];
}

function play(stage: Stage, from: Scenes, dice: Dice): Promise<void>[] {
  const work: Promise<void>[] = [];
  // More scenes than this would leave nothing that is well.
  for (let count = dice.between(4, 9); count > 0; count--) {
    const own = dice.child();
    const scene = dice.pick(from);
    const isSilence = from.length === 3;
    const delay = own.between(0, isSilence ? 300 : 3_000);
    work.push(begin(scene, stage, own, delay));
  }
  return work;
}

/** Claims at once and acts later: who gets what depends on the seed alone. */
async function begin(scene: scenes.Scene, stage: Stage, dice: Dice, delay: number): Promise<void> {
  const story = scene(stage, dice);
  if (!story) return;
  // Those wait by themselves.
  if (!UNSEEN.includes(scene)) await sleep(delay);
  await story();
}
