import type { Entity } from '../support/simulator/registry';
import { JUDGED_UNKNOWN } from './oracle';
import { type Dice, keysOf, type Stage, sleep } from './stage';
import { GRACE, LONGEST_GRACE, MARGIN } from './times';

/** One small story; claims what it needs at once, and answers nothing where it finds nothing. */
export type Scene = (stage: Stage, dice: Dice) => (() => Promise<void>) | undefined;

/** Clearly shorter or longer than a grace, ms. */
export const SHORT = [150, GRACE.down - 2 * MARGIN] as const;
export const LONG = [GRACE.down + 2 * MARGIN, GRACE.down + 4 * MARGIN] as const;
const GLIMPSE = [80, GRACE.back - MARGIN - 50] as const;
/** After everything is seen again: longer than the start-up grace and the grace together. */
const SURELY = GRACE.startup + GRACE.down + 2 * MARGIN;

const domainOf = ({ entity_id }: Entity) => entity_id.slice(0, entity_id.indexOf('.'));
const judgesUnknown = (entity: Entity) => JUDGED_UNKNOWN.includes(domainOf(entity));

/** A way to break an entity, and the way back. */
interface Break {
  readonly breakIt: () => void;
  readonly mend: () => void;
}

function dead({ home }: Stage, entity: Entity): Break {
  return {
    breakIt: () => home.breakEntity(entity.entity_id),
    mend: () => home.mendEntity(entity.entity_id),
  };
}

function unknown({ home }: Stage, entity: Entity): Break {
  const { value } = entity;
  return {
    breakIt: () => home.setState(entity.entity_id, 'unknown'),
    mend: () => home.setState(entity.entity_id, value),
  };
}

function breakOf(stage: Stage, entity: Entity, dice: Dice): Break {
  return judgesUnknown(entity) && dice.chance(0.4) ? unknown(stage, entity) : dead(stage, entity);
}

export const blip: Scene = (stage, dice) => {
  const entity = stage.claimEntity(dice);
  if (!entity) return undefined;
  const { breakIt, mend } = breakOf(stage, entity, dice);
  return async () => {
    for (let times = dice.between(1, 3); times > 0; times--) {
      await stage.running();
      breakIt();
      await sleep(dice.between(...SHORT));
      await stage.running();
      mend();
      await sleep(dice.between(50, 400));
    }
  };
};

export const outage: Scene = (stage, dice) => {
  const entity = stage.claimEntity(dice);
  if (!entity) return undefined;
  const { breakIt, mend } = breakOf(stage, entity, dice);
  return async () => {
    breakIt();
    await sleep(dice.between(...LONG));
    mend();
  };
};

/** Stays down over whatever happens, and is mended when that is surely told. */
export const outlasting: Scene = (stage, dice) => {
  const entity = stage.claimEntity(dice);
  if (!entity) return undefined;
  const { breakIt, mend } = breakOf(stage, entity, dice);
  return async () => {
    await stage.running();
    breakIt();
    await stage.calm;
    await sleep(SURELY);
    mend();
  };
};

export const lasting: Scene = (stage, dice) => {
  const entity = stage.claimEntity(dice);
  if (!entity) return undefined;
  const how = breakOf(stage, entity, dice);
  const isDead = !judgesUnknown(entity) || how.mend.toString().includes('mendEntity');
  return async () => {
    await stage.running();
    how.breakIt();
    stage.broken.push({ keys: keysOf(entity), ...(isDead ? { entity } : {}), mend: how.mend });
  };
};

export const mending: Scene = (stage, dice) => {
  const known = stage.broken.filter((one) => !stage.touched.has(one));
  if (known.length === 0) return undefined;
  const one = dice.pick(known);
  stage.broken = stage.broken.filter((other) => other !== one);
  stage.use(one.keys);
  return async () => {
    await stage.running();
    await one.mend();
  };
};

/** Back for a moment, which nobody needs to know. */
export const glimpse: Scene = (stage, dice) => {
  const one = stage.broken.find(({ entity }) => entity);
  if (!one?.entity || stage.touched.has(one)) return undefined;
  stage.touched.add(one);
  const { entity } = one;
  const { breakIt, mend } = dead(stage, entity);
  return async () => {
    mend();
    await sleep(dice.between(...GLIMPSE));
    breakIt();
  };
};

/** From one bad status to another, before or after the first was told. */
export const worsening: Scene = (stage, dice) => {
  const entity = stage.claimEntity(dice, judgesUnknown);
  if (!entity) return undefined;
  const [first, then] = [unknown(stage, entity), dead(stage, entity)];
  return async () => {
    first.breakIt();
    await sleep(dice.chance(0.5) ? dice.between(...SHORT) : dice.between(...LONG));
    then.breakIt();
    await sleep(dice.between(...LONG));
    // As it was: unknown, and only then well.
    then.mend();
    await sleep(dice.chance(0.5) ? dice.between(...SHORT) : dice.between(...LONG));
    first.mend();
  };
};

/** Healthy where nobody promised a state. */
export const noNews: Scene = (stage, dice) => {
  const entity = stage.claimEntity(dice, (one) => !judgesUnknown(one));
  if (!entity) return undefined;
  const { breakIt, mend } = unknown(stage, entity);
  return async () => {
    breakIt();
    await sleep(dice.between(...LONG));
    mend();
  };
};

export const deviceOutage: Scene = (stage, dice) => {
  const device = stage.claimDevice(dice)?.[0]?.device_id;
  if (!device) return undefined;
  return async () => {
    stage.home.breakDevice(device);
    await sleep(dice.chance(0.3) ? dice.between(...SHORT) : dice.between(...LONG));
    stage.home.mendDevice(device);
  };
};

/** One entity after the other; the device is down with the last and up with the first. */
export const slowDeviceOutage: Scene = (stage, dice) => {
  const members = stage.claimDevice(dice, 2);
  if (!members) return undefined;
  return async () => {
    for (const one of members) {
      stage.home.breakEntity(one.entity_id);
      await sleep(dice.between(100, 600));
    }
    await sleep(dice.between(...LONG));
    for (const one of members) {
      stage.home.mendEntity(one.entity_id);
      await sleep(dice.between(100, 600));
    }
  };
};

export const lastingDevice: Scene = (stage, dice) => {
  const device = stage.claimDevice(dice)?.[0]?.device_id;
  if (!device) return undefined;
  return async () => {
    await stage.running();
    stage.home.breakDevice(device);
    stage.broken.push({ keys: [`d:${device}`], mend: () => stage.home.mendDevice(device) });
  };
};

/** Its state is gone, its registry entry is not. */
export const loss: Scene = (stage, dice) => {
  const entity = stage.claimEntity(dice);
  if (!entity) return undefined;
  return async () => {
    stage.home.loseState(entity.entity_id);
    await sleep(dice.chance(0.5) ? dice.between(...SHORT) : LONGEST_GRACE + dice.between(...LONG));
    stage.home.core.refresh(entity);
  };
};

/** Brought back from the registry only, while its entry is loaded. */
export const orphan: Scene = (stage, dice) => {
  const entity = stage.claimEntity(dice, (one) => one.config_entry_id !== null);
  if (!entity) return undefined;
  return async () => {
    stage.home.setState(entity.entity_id, 'unavailable', stage.home.core.restored(entity));
    await sleep(dice.chance(0.5) ? dice.between(...SHORT) : LONGEST_GRACE + dice.between(...LONG));
    stage.home.core.refresh(entity);
  };
};

/** Goes down while nobody looks and comes back soon after somebody does again. */
export const late: Scene = (stage, dice) => {
  const entity = stage.claimEntity(dice);
  if (!entity) return undefined;
  return async () => {
    if (!(await stage.dark())) return;
    stage.home.breakEntity(entity.entity_id);
    await stage.until(() => stage.oracle.mode === 'live');
    await sleep(dice.between(...SHORT));
    stage.home.mendEntity(entity.entity_id);
  };
};

/** Goes down and comes back while nobody looks. */
export const unseen: Scene = (stage, dice) => {
  const entity = stage.claimEntity(dice);
  if (!entity) return undefined;
  return async () => {
    if (!(await stage.dark())) return;
    stage.home.breakEntity(entity.entity_id);
    await sleep(dice.between(50, 150));
    stage.home.mendEntity(entity.entity_id);
  };
};

export const rename: Scene = (stage, dice) => {
  const entity = stage.claimEntity(dice);
  if (!entity) return undefined;
  const isDown = dice.chance(0.5);
  const name = `${entity.entity_id.replace(/_x\d+$/, '')}_x${dice.between(100, 99_999)}`;
  return async () => {
    await stage.running();
    if (isDown) {
      stage.home.breakEntity(entity.entity_id);
      await sleep(dice.chance(0.5) ? dice.between(...SHORT) : dice.between(...LONG));
    }
    await stage.home.lab.renameEntity(entity.entity_id, name);
    if (!isDown) return;
    await stage.calm;
    await sleep(SURELY);
    stage.home.mendEntity(entity.entity_id);
  };
};

/** Removed while the others of its device are down: the device is what is left of it. */
export const removal: Scene = (stage, dice) => {
  const members = stage.claimDevice(dice, 3);
  const gone = members?.pop();
  if (!members || !gone) return undefined;
  const others = dice.chance(0.6) ? members : [];
  return async () => {
    await stage.running();
    for (const one of others) stage.home.breakEntity(one.entity_id);
    if (others.length > 0) await sleep(dice.between(...LONG));
    await stage.home.lab.removeEntity(gone.entity_id);
    await sleep(dice.between(...LONG));
    await stage.calm;
    await stage.running();
    for (const one of others) stage.home.mendEntity(one.entity_id);
  };
};
