import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Versions {
  readonly caretaker: string;
  readonly node_red: string;
  readonly node: string;
  /** E.g. `linux x64`. */
  readonly platform: string;
}

/** The Node-RED of this process, which says so itself when it loads our nodes. */
let runningIn = 'unknown';

/** @param nodeRed as Node-RED itself says */
export function runsIn(nodeRed: string): void {
  runningIn = nodeRed;
}

/** What runs here. */
export function versions(nodeRed = runningIn): Versions {
  const platform = `${process.platform} ${process.arch}`;
  return { caretaker: ownVersion(__dirname), node_red: nodeRed, node: process.versions.node, platform };
}

/** Of the nearest manifest above: how deep this file lies depends on what compiled it. */
function ownVersion(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file)) return String((JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown }).version);
  return dirname(folder) === folder ? 'unknown' : ownVersion(dirname(folder));
}
