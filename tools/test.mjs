// `npm test`: every suite that needs nothing but the npm registry. Suites named *.ha.test.ts want a real Home Assistant.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
// Suites wait for something half of the time: two more of them than there are processors go side by side.
const jobs = Math.min(availableParallelism() + 2, 8);
const tests = join(root, 'build/tests');
/** These wait longest: begun last, they would be waited for by all. */
const LONG = ['isolation', 'nodes', 'e2e', 'browser', 'lib/instance'];
/** These flood a Node-RED with requests: beside them nobody else would be in time. */
const FLOODING = 'api/';

const rank = (file) => LONG.findIndex((folder) => file.startsWith(`${folder}/`)) >>> 0;
const files = readdirSync(tests, { recursive: true })
  .filter((file) => file.endsWith('.test.js') && !file.endsWith('.ha.test.js'))
  .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
const pathsOf = (chosen) => chosen.map((file) => join('build/tests', file));
const suites = ['--parallel', '--jobs', String(jobs), ...pathsOf(files.filter((file) => !file.startsWith(FLOODING)))];
const flooding = pathsOf(files.filter((file) => file.startsWith(FLOODING)));

const WITHOUT_FLOODS = '--without-floods';
const args = process.argv.slice(2);
const options = args.filter((one) => one !== WITHOUT_FLOODS);

// Hundreds of processes load the same modules: what one compiled, the next finds.
const env = { NODE_COMPILE_CACHE: join(root, 'build/compile-cache'), ...process.env };

console.log(`Node ${process.version}`);
const statuses = (options.length < args.length ? [suites] : [suites, flooding]).map((chosen) => {
  const { status } = spawnSync(process.execPath, [mocha, ...chosen, ...options], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  return status ?? 1;
});
process.exit(Math.max(...statuses));
