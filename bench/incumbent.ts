import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const NAME = 'node-red-contrib-home-assistant-websocket';
const VERSION = '0.80.3';

/**
 * The folder of the package people use today, installed on first use outside the checkout: as a dependency it would
 * be in every palette of every Node-RED that is started from here.
 * @throws Error when it cannot be installed
 */
export function incumbent(): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const cache = join(base, 'caretaker-bench', VERSION);
  const folder = join(cache, 'node_modules', NAME);
  if (existsSync(join(folder, 'package.json'))) return folder;
  mkdirSync(cache, { recursive: true });
  console.error(`installing ${NAME}@${VERSION} into ${cache}`);
  execFileSync(
    'npm',
    ['install', '--prefix', cache, '--no-audit', '--no-fund', '--ignore-scripts', `${NAME}@${VERSION}`],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  return folder;
}
