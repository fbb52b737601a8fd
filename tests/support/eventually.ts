import { setTimeout as sleep } from 'node:timers/promises';

/** Tries until it no longer throws; then answers what it answered. @param within ms */
export async function eventually<T>(attempt: () => T | Promise<T>, within = 5_000): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    try {
      return await attempt();
    } catch (thrown) {
      if (Date.now() > end) throw thrown;
    }
    await sleep(20);
  }
}
