// `npm run ci`: every suite there is, on every Node we promise; prints the totals as its last line.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const OLDEST_NODE = '22.13.0';
// What one process has compiled, the next finds: most of them load the same modules.
process.env.NODE_COMPILE_CACHE ??= join(root, 'build/compile-cache');
const totals = { passed: 0, failed: 0 };

/** Runs a step and counts what it reports; a step that reports no tests is a test itself. */
function step(title, command, args) {
  const start = Date.now();
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
    child.on('close', (code) => {
      const count = (word) =>
        [...text.matchAll(new RegExp(`^\\s*(\\d+) ${word}`, 'gm'))].reduce((sum, [, n]) => sum + Number(n), 0);
      const [passed, failed] = [count('passing'), count('failing')];
      totals.passed += passed || (code === 0 ? 1 : 0);
      totals.failed += failed || (code === 0 ? 0 : 1);
      const seconds = Math.round((Date.now() - start) / 1000);
      // In one piece: steps run side by side.
      console.log(`\n=== ${title}\n${text}=== ${title}: ${code === 0 ? 'ok' : `exit code ${code}`}, ${seconds} s`);
      done(code === 0);
    });
  });
}

/** The oldest Node with SQLite built in, from the npm registry, kept outside the checkout. */
async function oldestNode() {
  const folder = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'caretaker-tests',
    `node-${OLDEST_NODE}`,
  );
  const name = `node-${process.platform}-${process.arch}`;
  const binary = join(folder, 'node_modules', name, 'bin/node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    const args = ['install', '--prefix', folder, '--no-save', `${name}@${OLDEST_NODE}`];
    await step(`fetch Node ${OLDEST_NODE}`, 'npm', args);
  }
  return binary;
}

const built = await Promise.all([
  step('build', 'npm', ['run', 'build']),
  step('build tests', 'npm', ['run', 'build:tests']),
]);
if (built.every(Boolean)) {
  // What is arithmetic, or a program of its own, or PostgreSQL's, or the simulator's, is the same on every Node; the rest
  // waits for minutes.
  const same = [
    'build/tests/{bin,browser,check,e2e,hardening,isolation,lib/api,lib/core,lib/instance,lib/migrate,package,support}/**',
    'build/tests/lib/store/{backups,kills,postgres}*',
    'build/tests/nodes/{asking-examples,auto-heal,backup,deploys,facts,heal,heal-examples,incidents,lifecycle,shared-store}.test.js',
  ];
  const elsewhere = ['tools/test.mjs', '--without-floods', ...same.flatMap((pattern) => ['--ignore', pattern])];
  const life = ['build/tests/soak/run.js', '--seed', '1', '--minutes', '4'];
  // Home Assistant and the long life wait most of their time, and need little of what the suites leave. To be fetched,
  // installed and asked takes Home Assistant as long as the suites do: nothing else waits for it.
  await Promise.all([
    step('npm test', process.execPath, ['tools/test.mjs']),
    step('fetch Home Assistant', process.execPath, ['build/tests/support/real-home/install.js', '2026.11']).then(() =>
      step('real Home Assistant', process.execPath, ['build/tools/test-ha.js']),
    ),
    step('check', process.execPath, ['tools/check.mjs'])
      .then(() => step('an accelerated life against its oracle', process.execPath, life))
      .then(() => oldestNode())
      .then((node) => step(`nodes, connections and stores on Node ${OLDEST_NODE}`, node, elsewhere)),
  ]);
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 ? 0 : 1);
