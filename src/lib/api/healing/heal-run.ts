import type { AskedBy, Attempt, Level } from '../../core/heal/heal';
import { describe } from '../../error';
import type { HealOrder } from '../../instance/heal-command';
import type { HealRecord } from '../../instance/heal-record';

/** So much longer is waited for the attempt that an asker needs to find it again, ms. */
const BEGIN_MS = 2_000;
/** Home Assistant itself is only restarted for who names that level. */
const LEVELS: readonly Level[] = ['entity', 'device', 'integration'];

/** How far a heal came while somebody waited for it. */
export interface HealRun {
  /** One a target; null while one is still under way. */
  readonly records: readonly HealRecord[] | null;
  /** Those that have begun, as they are now; the newest last. */
  readonly attempts: readonly Attempt[];
}

/**
 * Heals, and waits for it; the heal goes on when nobody waits any more.
 * @param levels null is all but a restart of Home Assistant
 */
export async function runHeal(
  order: HealOrder,
  by: AskedBy,
  levels: readonly Level[] | null,
  waitSeconds: number,
): Promise<HealRun> {
  const attempts: Attempt[] = [];
  let began = () => {};
  const beginning = new Promise<undefined>((resolve) => {
    began = () => resolve(undefined);
  });
  const work = order.run({
    by,
    levels: levels ?? LEVELS,
    dry_run: false,
    plans: [],
    began: (_member, begun) => {
      attempts.push(begun);
      began();
    },
  });
  // Whoever has gone is told by the log.
  work.catch((thrown: unknown) => order.member.instance?.trouble(describe(thrown)));
  let records = await within(work, waitSeconds * 1000);
  if (!records && attempts.length === 0) records = await within(Promise.race([work, beginning]), BEGIN_MS);
  return { records: records ?? null, attempts: attempts.map((attempt) => latest(order, attempt)) };
}

function latest({ member }: HealOrder, attempt: Attempt): Attempt {
  return member.instance?.healing.latest(attempt.attempt_id) ?? attempt;
}

/** Undefined when the time, ms, ran out first. */
async function within<T>(work: Promise<T>, time: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, time, undefined);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
