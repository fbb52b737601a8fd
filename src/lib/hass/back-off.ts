/** Waits between tries to connect: doubling with jitter, without end. */
export interface BackOff {
  /** Ms until the next try after a failure. @param random in [0, 1) */
  next(random: number): number;
  reset(): void;
}

export interface BackOffTimes {
  readonly first: number;
  readonly most: number;
}

export function backOff({ first, most }: BackOffTimes): BackOff {
  let wait = first;
  return {
    next(random) {
      // Between half and all of it: homes that went down together do not come back in step.
      const jittered = wait * (0.5 + random / 2);
      wait = Math.min(wait * 2, most);
      return jittered;
    },
    reset() {
      wait = first;
    },
  };
}

/** The waits one after the other, then the last one again and again. */
export function fixedBackOff(waits: readonly number[]): BackOff {
  let tries = 0;
  return {
    next() {
      const wait = waits[Math.min(tries, waits.length - 1)] as number;
      tries += 1;
      return wait;
    },
    reset() {
      tries = 0;
    },
  };
}
