#!/usr/bin/env node
import { describe } from '../lib/error';
import { importHaBoss } from '../lib/migrate/import-ha-boss';
import { asked, HELP } from './command-line';

async function main(args: readonly string[]): Promise<number> {
  const ask = asked(args);
  if (ask === null) {
    process.stdout.write(HELP);
    return 0;
  }
  if (typeof ask === 'string') {
    process.stderr.write(`${ask}\n\n${HELP}`);
    return 2;
  }
  const { flow, lines } = await importHaBoss(ask);
  process.stderr.write(`${lines.join('\n')}\n`);
  if (flow !== null) process.stdout.write(flow);
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    process.stderr.write(`${describe(thrown)}\n`);
    process.exitCode = 1;
  },
);
