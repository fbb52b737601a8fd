import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { operation } from '../../../src/lib/api/operation';
import { fields, instant, record, text } from '../../../src/lib/api/schema';
import { Roster } from '../../../src/lib/instance/roster';
import { asker } from './asked';

describe('asked', () => {
  const says = (body: object, status?: number) =>
    asker(
      [
        operation({
          name: 'say',
          summary: 'Says it.',
          access: 'read',
          fields: fields({}),
          answer: record({ word: text, at: instant }),
          run: () => ({ body, ...(status !== undefined && { status }) }),
        }),
      ],
      new Roster(),
    )('say');

  it('takes what was promised', async () => {
    const at = new Date(0).toISOString();
    assert.deepEqual(await says({ word: 'yes', at }), { body: { word: 'yes', at }, status: 200 });
  });

  it('takes nothing else', async () => {
    const at = new Date(0).toISOString();
    await assert.rejects(says({ word: 1, at }), /word must be string/);
    await assert.rejects(says({ word: 'yes', at: 'today' }), /at must match format/);
    await assert.rejects(says({ word: 'yes', at: undefined }), /must have required property 'at'/);
    await assert.rejects(says({ word: 'yes', at }, 503), /promised no 503/);
  });
});
