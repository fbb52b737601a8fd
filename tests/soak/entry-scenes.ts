import type { LabMode } from '../support/home';
import { LONG, type Scene, SHORT } from './scenes';
import { type Stage, sleep } from './stage';

const FAILURES: readonly LabMode[] = ['setup_not_ready', 'setup_false', 'setup_auth_failed'];

async function fail({ home: { lab } }: Stage, entry: string, mode: LabMode): Promise<void> {
  await lab.setMode(entry, mode);
  await lab.reload(entry);
}

async function heal({ home: { lab } }: Stage, entry: string): Promise<void> {
  await lab.setMode(entry, 'ok');
  await lab.reload(entry);
}

export const failingEntry: Scene = (stage, dice) => {
  const entry = stage.claimEntry(dice);
  if (!entry) return undefined;
  return async () => {
    await fail(stage, entry, dice.pick(FAILURES));
    await sleep(dice.chance(0.3) ? dice.between(...SHORT) : dice.between(...LONG));
    await heal(stage, entry);
  };
};

export const lastingEntry: Scene = (stage, dice) => {
  const entry = stage.claimEntry(dice);
  if (!entry) return undefined;
  return async () => {
    await stage.running();
    await fail(stage, entry, dice.pick(FAILURES));
    stage.broken.push({ keys: [`e:${entry}`], mend: () => heal(stage, entry) });
  };
};

/** Cannot be unloaded: down until Home Assistant starts again, whatever anybody does. */
export const stuckEntry: Scene = (stage, dice) => {
  const entry = stage.claimEntry(dice);
  if (!entry) return undefined;
  return async () => {
    await stage.home.lab.setMode(entry, 'unload_false');
    await stage.home.lab.reload(entry);
    await stage.home.lab.setMode(entry, 'ok');
  };
};

export const reloads: Scene = (stage, dice) => {
  const entry = stage.claimEntry(dice);
  if (!entry) return undefined;
  return async () => {
    for (let times = dice.between(1, 3); times > 0; times--) {
      await stage.home.lab.reload(entry);
      await sleep(dice.between(100, 500));
    }
  };
};

export const slowReload: Scene = (stage, dice) => {
  const entry = stage.claimEntry(dice);
  if (!entry) return undefined;
  return async () => {
    const ms = dice.chance(0.5) ? dice.between(...SHORT) : dice.between(...LONG);
    await stage.home.lab.setMode(entry, 'setup_slow', ms / 1000);
    await stage.home.lab.reload(entry);
    await stage.home.lab.setMode(entry, 'ok');
  };
};

/** The entry is loaded and everything in it is dead but the buttons. */
export const deadEntry: Scene = (stage, dice) => {
  const entry = stage.claimEntry(dice);
  if (!entry) return undefined;
  return async () => {
    await stage.home.lab.setMode(entry, 'dead');
    await sleep(dice.between(...LONG));
    await stage.home.lab.setMode(entry, 'ok');
  };
};

/** Not judged while disabled, whether it was well before or not. */
export const disabling: Scene = (stage, dice) => {
  const entry = stage.claimEntry(dice);
  if (!entry) return undefined;
  return async () => {
    if (dice.chance(0.4)) {
      await fail(stage, entry, dice.pick(FAILURES));
      await sleep(dice.between(...LONG));
    }
    await stage.home.lab.disable(entry);
    await sleep(dice.between(600, 3_000));
    await stage.home.lab.setMode(entry, 'ok');
    await stage.home.lab.enable(entry);
  };
};

/** Forgotten without a message; what comes instead, under the same names, is somebody else. */
export const replacement: Scene = (stage, dice) => {
  const entry = stage.claimEntry(dice);
  if (!entry) return undefined;
  const title = stage.home.core.entries.get(entry)?.title ?? 'Lab';
  return async () => {
    if (dice.chance(0.4)) {
      await fail(stage, entry, dice.pick(FAILURES));
      await sleep(dice.between(...LONG));
    }
    await stage.home.lab.remove(entry);
    await sleep(dice.between(600, 2_000));
    stage.use([`e:${await stage.home.lab.add(title, 2, 3)}`]);
  };
};
