import { CaretakerError } from '../error';

/** Work that goes on piece by piece ends when nobody waits for it. @throws CaretakerError busy */
export function assertAwaited(until = Number.POSITIVE_INFINITY): void {
  if (Date.now() >= until) throw new CaretakerError('busy', 'It took too long. Nobody waits for it any more.');
}

/**
 * Waits for so long and no longer; what comes later comes in vain.
 * @param patience ms
 * @throws CaretakerError command_timeout, and whatever the work throws
 */
export async function patient<T>(patience: number, work: () => T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new CaretakerError('command_timeout', `No answer within ${patience / 1000} s.`));
    timer = setTimeout(giveUp, patience);
  });
  try {
    return await Promise.race([late, Promise.resolve().then(work)]);
  } finally {
    clearTimeout(timer);
  }
}
