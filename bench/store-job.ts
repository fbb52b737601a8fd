import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Place } from './store-place';

/** What a process of its own does with a store. */
export type Job =
  | { readonly do: 'append'; readonly homes: number; readonly call: number; readonly facts: number }
  | {
      readonly do: 'steady';
      readonly stored: boolean;
      readonly homes: number;
      readonly perHome: number;
      readonly ms: number;
    }
  | { readonly do: 'fill'; readonly facts: number; readonly entities: number }
  | { readonly do: 'create' | 'verify' | 'restore'; readonly name: string };

export interface Appended {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Null where the store does not know. */
  readonly bytesPerFact: number | null;
}

export interface Steady {
  /** Between two turns of a timer of 1 ms, ms. */
  readonly delayP99: number;
  readonly delayMost: number;
  /** In % of a core: this process, and the server of the database. */
  readonly cpu: number;
  readonly serverCpu: number | null;
  /** From settled to stored, ms. */
  readonly storedP50: number;
  readonly storedP99: number;
  readonly factsPerSecond: number;
}

export interface Copied {
  readonly name: string;
  readonly bytes: number;
  readonly ms: number;
  /** Before, and the most there ever was, MB. */
  readonly rssMb: number;
  readonly mostRssMb: number;
  readonly longestMs: number;
}

/** A process that takes longer hangs, ms. */
const LONGEST_MS = 600_000;

interface Answers {
  append: Appended;
  steady: Steady;
  fill: { readonly bytes: number };
  create: Copied;
  verify: Copied;
  restore: Copied;
}

/** Has a process of its own do one thing. @param after what it still has to live for once it has answered */
export async function ask<Asked extends Job>(
  place: Place,
  job: Asked,
  after: () => Promise<unknown> = async () => {},
): Promise<Answers[Asked['do']]> {
  const child = fork(join(__dirname, 'store-peer.js'), [JSON.stringify(place), JSON.stringify(job)]);
  const late = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  try {
    const answer = await new Promise<Answers[Asked['do']]>((done, fail) => {
      child.once('message', (message) => done(message as Answers[Asked['do']]));
      void exited.then((code) => fail(new Error(`the process of ${job.do} ended with ${code}`)));
    });
    await after();
    return answer;
  } finally {
    if (child.connected) child.disconnect();
    await exited;
    clearTimeout(late);
  }
}
