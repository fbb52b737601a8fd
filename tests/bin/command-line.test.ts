import assert from 'node:assert/strict';
import { asked } from '../../src/bin/command-line';

describe('what a command line asks for', () => {
  it('is an import with all that it says', () => {
    const line = 'import-ha-boss c.yaml --output f --database d --store s --user-dir u --default home --dry-run';
    assert.deepEqual(asked(line.split(' ')), {
      ...{ config: 'c.yaml', output: 'f', database: 'd', store: 's', userDir: 'u', default: 'home', dryRun: true },
    });
  });

  it('is help', () => {
    assert.equal(asked(['--help']), null);
    assert.equal(asked(['import-ha-boss', '--help']), null);
  });

  const WRONG: readonly (readonly [line: string, said: RegExp])[] = [
    ['', /A command is missing/],
    ['import-everything', /There is no command "import-everything"/],
    ['import-ha-boss', /config\.yaml is missing/],
    ['import-ha-boss a b', /"b" is one argument too many/],
    ['import-ha-boss a --colour', /--colour/],
    ['import-ha-boss a --output', /--output/],
    ['import-ha-boss a --default home', /--default goes with --database only/],
    ['import-ha-boss a --store s', /--store goes with --database only/],
    ['import-ha-boss a --user-dir u', /--user-dir goes with --database only/],
  ];
  for (const [line, said] of WRONG) {
    it(`is wrong in "${line}"`, () => assert.match(String(asked(line.split(' ').filter(Boolean))), said));
  }
});
