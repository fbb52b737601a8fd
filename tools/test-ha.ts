// `npm run test:ha`: the contract and end-to-end suites on a real Home Assistant; `-- --all` also on the oldest we support.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../tests/support/node-red';

const args = process.argv.slice(2);
const versions = args.includes('--all') ? ['2026.11', '2024.3'] : ['2026.11'];
const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
const failed = versions.filter((version) => {
  console.log(`Home Assistant ${version}, Node ${process.version}`);
  const suites = ['build/tests/**/*.ha.test.js', ...args.filter((arg) => arg !== '--all')];
  const env = { ...process.env, HA_VERSION: version };
  return spawnSync(process.execPath, [mocha, ...suites], { cwd: root, env, stdio: 'inherit' }).status !== 0;
});
process.exit(failed.length === 0 ? 0 : 1);
