// Compiles src to dist and puts beside each node what Node-RED looks for there: html, help, labels, icons; and the plans.
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
// Else nothing would be written that was written before.
rmSync(join(root, 'build/package.tsbuildinfo'), { force: true });
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root], { stdio: 'inherit' });
for (const file of readdirSync(join(root, 'src/nodes'))) {
  if (file.endsWith('.html')) cpSync(join(root, 'src/nodes', file), join(dist, 'nodes', file));
}
cpSync(join(root, 'src/nodes/icons'), join(dist, 'nodes/icons'), { recursive: true });
cpSync(join(root, 'locales'), join(dist, 'nodes/locales'), { recursive: true });
cpSync(join(root, 'src/plans'), join(dist, 'plans'), { recursive: true });
// The tests run from build, where the compiler puts nothing but code.
cpSync(join(root, 'src/plans'), join(root, 'build/src/plans'), { recursive: true });
