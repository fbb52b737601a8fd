import type { EventEmitter } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { getHeapSpaceStatistics, setFlagsFromString, writeHeapSnapshot } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { NodeAPI } from 'node-red';
import { root } from '../support/node-red';

/** What a Node-RED holds, each figure by its kind. */
export type Figures = Readonly<Record<string, number>>;

interface Listening {
  onChange(listener: () => void): () => boolean;
}

/** Runs inside Node-RED as a node module of its own, and tells over the admin port what that process holds. */
export function registerProbe(RED: NodeAPI): void {
  const listeners = countListeners();
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const routes = RED.httpAdmin as unknown as Routed;
  const emitters: Record<string, EventEmitter> = {
    process,
    events: RED.events as EventEmitter,
    server: RED.server as unknown as EventEmitter,
    admin: RED.httpAdmin as unknown as EventEmitter,
  };
  RED.httpAdmin.get('/probe/figures', (_request, response) => {
    response.json({
      ...countBy('resource ', process.getActiveResourcesInfo()),
      ...countBy('descriptor ', descriptors()),
      ...Object.fromEntries(Object.entries(emitters).map(([name, one]) => [`listeners ${name}`, listenersOf(one)])),
      'listeners roster': listeners(),
      threads: readdirSync('/proc/self/task').length,
      routes: routesOf(routes),
    });
  });
  RED.httpAdmin.get('/probe/heap', (_request, response) => {
    collectGarbage();
    response.json({ heap: process.memoryUsage().heapUsed, data: dataHeap() });
  });
  RED.httpAdmin.get('/probe/snapshot', (_request, response) => {
    response.json({ file: writeHeapSnapshot(join(RED.settings.userDir ?? '.', 'probe.heapsnapshot')) });
  });
}

/** Those on the roster that our nodes share: counted from before the first of them starts. */
function countListeners(): () => number {
  const { roster } = require(join(root, 'dist/lib/instance/roster.js')) as { roster: Listening };
  const onChange = roster.onChange.bind(roster);
  let count = 0;
  roster.onChange = (listener) => {
    const leave = onChange(listener);
    count += 1;
    return () => {
      const left = leave();
      if (left) count -= 1;
      return left;
    };
  };
  return () => count;
}

/** Without what the compiler makes: that grows for as long as it finds something to optimise. Bytes. */
function dataHeap(): number {
  const spaces = getHeapSpaceStatistics().filter(({ space_name }) => !/code|trusted/.test(space_name));
  return spaces.reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}

function countBy(prefix: string, kinds: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of kinds) counts[prefix + kind] = (counts[prefix + kind] ?? 0) + 1;
  return counts;
}

function descriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]$/, '');
    } catch {
      // That of the listing itself.
      return [];
    }
  });
}

function listenersOf(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

interface Routed {
  readonly _router?: Routed;
  readonly stack?: readonly { readonly handle: Routed; readonly route?: Routed }[];
}

function routesOf({ _router, stack }: Routed): number {
  if (_router) return routesOf(_router);
  return (stack ?? []).reduce((sum, { handle, route }) => sum + 1 + routesOf(route ?? handle), 0);
}
