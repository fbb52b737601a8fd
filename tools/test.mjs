// `npm test`: every suite that needs nothing but the npm registry. Suites named *.ha.test.ts want a real Home Assistant.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
// Suites wait for something most of the time: more of them than there are processors go side by side.
const jobs = Math.min(availableParallelism() * 2 + 1, 8);
const suites = [
  '--parallel',
  '--jobs',
  String(jobs),
  '--ignore',
  'build/tests/**/*.ha.test.js',
  'build/tests/**/*.test.js',
];

console.log(`Node ${process.version}`);
const { status } = spawnSync(process.execPath, [mocha, ...suites, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
