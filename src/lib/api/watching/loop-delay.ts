import { setTimeout as sleep } from 'node:timers/promises';
import { Fresh } from '../../instance/fresh';

export interface LoopDelay {
  /** How much later than asked for a timer came, ms. */
  readonly delay: number;
  /** Epoch ms. */
  readonly at: number;
}

const ASKED_MS = 10;
const GOOD_FOR_MS = 1_000;

/** How long what is ready to run waits for its turn in this process. */
export const loopDelay = new Fresh<LoopDelay>(async () => {
  const at = Date.now();
  const start = performance.now();
  await sleep(ASKED_MS);
  return { at, delay: Math.max(0, performance.now() - start - ASKED_MS) };
}, GOOD_FOR_MS);
