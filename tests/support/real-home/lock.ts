import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Waits until no other process holds the lock, and answers how to let it go. The kernel lets it go if this process
 * is killed, so a lock is never stale.
 */
export async function lock(file: string): Promise<() => Promise<void>> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(holder, 'exit');
  await Promise.race([
    once(holder.stdout, 'data'),
    exit.then(([code]) => {
      throw new Error(`flock ${file} ended with ${code}`);
    }),
  ]);
  return async () => {
    holder.stdin.end();
    await exit;
  };
}
