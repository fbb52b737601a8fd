import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Outlet, spellingsOf } from './outlet';
import { misplaced, secrets } from './secrets';

describe('the search for secrets', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caretaker-leaks-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const [name, secret] of Object.entries({ ...secrets, ...misplaced })) {
    it(`finds the ${name} in any spelling, in a line, a body and a file`, () => {
      const outlet = new Outlet();
      outlet.add('innocent', 'T0ken p@ss typed refused');
      assert.deepEqual(outlet.leaks({ [name]: secret }), []);
      for (const [spelling, spelled] of Object.entries(spellingsOf(secret))) {
        const leaking = new Outlet();
        leaking.add('log', `23 Nov - [warn] it was ${spelled}, says it`);
        assert.deepEqual([...new Set(leaking.leaks({ [name]: secret }).map(({ place }) => place))], ['log'], spelling);
      }
      const basic = Buffer.from(`somebody:${secret}`).toString('base64');
      outlet.add('http', JSON.stringify({ authorization: `Basic ${basic}` }));
      outlet.add('json in json', JSON.stringify(JSON.stringify({ secret })));
      mkdirSync(join(folder, 'deep'));
      writeFileSync(join(folder, 'deep', 'facts.sqlite'), Buffer.concat([Buffer.alloc(9), Buffer.from(secret)]));
      writeFileSync(join(folder, 'deep', 'backup.gz'), gzipSync(`a row with ${secret}`));
      outlet.addFolder(folder);
      assert.deepEqual(
        new Set(outlet.placesOf(secret)),
        new Set(['http', 'json in json', 'file deep/facts.sqlite', 'file deep/backup.gz unpacked']),
      );
    });
  }
});
