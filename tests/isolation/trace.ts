import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedCall } from '../support/simulator/host';
import type { SimulatedHome } from '../support/simulator/simulated-home';
import type { Rows } from './database';

/** All that can be seen of one home, from everywhere it can be seen. */
export interface Trace {
  readonly rows: Rows;
  /** The rows that say how far each consumer was told. */
  readonly places: Rows[string] | undefined;
  /** Its backups: path, size, time and hash of each. */
  readonly files: readonly string[];
  /** What its Home Assistant was asked. */
  readonly calls: readonly string[];
  readonly sockets: Readonly<Record<string, number>>;
  /** What was told about it, or by the nodes that are bound to it alone. */
  readonly told: readonly string[];
  /** Each status its own monitor has shown, once. */
  readonly statuses: readonly string[];
  /** How it answers a command to its own nodes. */
  readonly roster: unknown;
  /** What people hold its healing back with. */
  readonly holds: unknown;
  /** What its diagnostics say, without what the clock moves. */
  readonly diagnostics: unknown;
}

export type Part = keyof Trace;

export const PARTS: readonly Part[] = [
  'rows',
  'places',
  'files',
  'calls',
  'sockets',
  'told',
  'statuses',
  'roster',
  'holds',
  'diagnostics',
];

/** Something reached the home that it was not meant for. */
export class Leak extends Error {}

/** @throws Leak naming the part and what differs in it */
export function assertUntouched(before: Trace, after: Trace, parts: readonly Part[] = PARTS): void {
  for (const part of parts) {
    try {
      assert.deepEqual(after[part], before[part]);
    } catch (thrown) {
      throw new Leak(`the other home changed: ${part}\n${(thrown as Error).message}`);
    }
  }
}

export function differs(before: Trace, after: Trace, part: Part): boolean {
  return JSON.stringify(before[part]) !== JSON.stringify(after[part]);
}

/** A command that keeps the connection alive, and the health check: by their exact form, so that nothing else passes for one. */
function isHeartbeat({ via, type, payload }: RecordedCall): boolean {
  const keys = Object.keys(Object(payload)).sort().join();
  if (via === 'ws') return type === 'ping' && keys === 'id,type';
  return type === 'GET /api/' && keys === '';
}

export function callsOf({ calls }: SimulatedHome): string[] {
  return calls
    .filter((call) => !isHeartbeat(call))
    .map(({ via, type, payload, who }) => JSON.stringify({ via, type, payload, who }));
}

export function socketsOf({ opened, sessions, subscriptions, failedLogins }: SimulatedHome): Record<string, number> {
  return { opened, sessions, subscriptions, failedLogins };
}

/** Every file under the folder that `isOwn` takes for this home's, with all by which it could differ. */
export function filesOf(folder: string, isOwn: (path: string) => boolean): string[] {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true }).map(String).filter(isOwn).sort();
  return paths.flatMap((path) => {
    const file = join(folder, path);
    const { size, mtimeMs, ino } = statSync(file);
    if (statSync(file).isDirectory()) return [];
    return [`${path} ${size} ${mtimeMs} ${ino} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`];
  });
}
