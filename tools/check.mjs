// `npm run check`: format, lint, types, layers, one resolver, unused code. Stops at the first tool that complains.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => join(root, 'node_modules/.bin', name);

function run(title, command, args, judge = () => true) {
  // The tools' own `env node` has to find the newer Node of this checkout.
  const PATH = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
  const env = { ...process.env, PATH };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', env });
  if (status === 0 && judge(stdout)) return console.log(`ok  ${title}`);
  console.error(`${stdout}${stderr}\nfailed: ${title}`);
  process.exit(1);
}

// A cruiser that cannot read the sources finds no breach either: an empty cruise is a failure.
const cruised = (out) => Number(/(\d+) modules/.exec(out)?.[1] ?? 0) > 5;
const resolved = (out) => Number(/^(\d+) files/.exec(out)?.[1] ?? 0) > 5;

run('format and lint', bin('biome'), ['ci', '--colors=off', '--error-on-warnings', '.']);
run('types of the package', bin('tsc'), ['-p', '.', '--noEmit']);
run('types of tests, tools and bench', bin('tsc'), ['-p', 'tests', '--noEmit']);
run('layers', bin('depcruise'), ['src'], cruised);
run('one resolver', process.execPath, ['tools/one-resolver.mjs'], resolved);
run('unused code', bin('knip'), ['--no-config-hints']);
run('what is published', bin('publint'), ['--strict']);
