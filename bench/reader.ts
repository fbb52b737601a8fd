import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Job, Started, Window } from './client';

/** A client that takes longer hangs, ms. */
const LONGEST_MS = 60_000;

/** Runs one client; what it says first is how it started, then how it read. @param ready everything is synced */
export async function read(job: Job, ready: () => Promise<unknown>): Promise<Started & Partial<Window>> {
  const child = spawn(process.execPath, [join(__dirname, 'client.js'), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const late = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const say = async <T>() => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the client (${job.reader}) ended with ${await exited}`);
    return JSON.parse(value) as T;
  };
  try {
    const started = await say<Started>();
    if (job.events === 0) return started;
    await ready();
    return { ...started, ...(await say<Window>()) };
  } catch (thrown) {
    child.kill('SIGKILL');
    throw thrown;
  } finally {
    await exited;
    clearTimeout(late);
  }
}
