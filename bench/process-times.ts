import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel counts in, ms: USER_HZ is 100 wherever Linux runs. */
const TICK_MS = 10;

interface Times {
  readonly parent: number;
  readonly ownMs: number;
  /** Of those children that are gone. */
  readonly buriedMs: number;
}

/** CPU of a process and of its children, ms; null where this system does not tell it as Linux does. */
export function treeCpuMs(root: number): number | null {
  const top = timesOf(root);
  if (!top) return null;
  let sum = top.ownMs + top.buriedMs;
  for (const name of readdirSync('/proc')) {
    const times = /^\d+$/.test(name) ? timesOf(Number(name)) : undefined;
    if (times?.parent === root) sum += times.ownMs + times.buriedMs;
  }
  return sum;
}

export function timesOf(pid: number): Times | undefined {
  try {
    // After the name, which may hold anything: state, parent; then, ten on, the four times.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ').map(Number) ?? [];
    const [user = 0, system = 0, buriedUser = 0, buriedSystem = 0] = fields.slice(11, 15);
    const ms = (ticks: number) => ticks * TICK_MS;
    return { parent: fields[1] ?? 0, ownMs: ms(user + system), buriedMs: ms(buriedUser + buriedSystem) };
  } catch {
    return undefined;
  }
}
