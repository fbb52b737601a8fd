import { parseArgs } from 'node:util';
import { describe } from '../lib/error';
import type { ImportAsk } from '../lib/migrate/import-ha-boss';

export const HELP = `Usage: npx @ha-caretaker/node-red-dashboard-2-caretaker import-ha-boss <config.yaml> [options]

Turns the configuration of HA Boss into a flow to be imported in Node-RED. It never changes what is HA Boss's, and never
writes a token anywhere.

  --output <file>     writes the flow there rather than printing it
  --database <file>   takes over what HA Boss stored in its ha_boss.db: what was down, and what was healed
  --user-dir <folder> the user directory of Node-RED, whose store gets it (default: ~/.node-red)
  --store <file>      another SQLite file; the flow then has a caretaker-store node with it
  --default <id>      whose the rows are that name no Home Assistant
  --dry-run           only says what would be done
  --help              this

What cannot be taken over is said, a line each. The exit code is 0 when all was done, 1 when something kept it from that,
2 when it was called wrongly. More: docs/moving-from-ha-boss.md in the repository.
`;

const OPTIONS = {
  output: { type: 'string' },
  database: { type: 'string' },
  store: { type: 'string' },
  'user-dir': { type: 'string' },
  default: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** What is meant; a text is what is wrong with it, null asks for help. */
export function asked(args: readonly string[]): ImportAsk | string | null {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const [command, config, ...more] = positionals;
    if (values.help) return null;
    if (command !== 'import-ha-boss') return command ? `There is no command "${command}".` : 'A command is missing.';
    if (config === undefined) return "The path of HA Boss's config.yaml is missing.";
    if (more.length > 0) return `"${more[0]}" is one argument too many.`;
    const { output, database, store, 'user-dir': userDir, 'dry-run': dryRun = false } = values;
    const idle = ['store', 'user-dir', 'default'].find((name) => name in values && database === undefined);
    if (idle) return `--${idle} goes with --database only.`;
    return { config, output, database, store, userDir, default: values.default, dryRun };
  } catch (thrown) {
    return describe(thrown);
  }
}
