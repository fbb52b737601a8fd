import assert from 'node:assert/strict';
import type { Connection } from '../../../src/lib/hass/connection';
import { reportedAges } from '../../../src/lib/instance/reported-ages';
import { nothingUnhandled } from '../../hardening/quiet';

interface Asked {
  readonly template: string;
  readonly variables: { readonly ids: readonly string[] };
}

/** What no home of ours says; what they do say stands in tests/contract. */
describe('how long ago entities reported', () => {
  nothingUnhandled();
  let stopped: number;
  let asked: Asked[];
  const never = new AbortController().signal;

  const saying = (modern: boolean, events: (asked: Asked) => readonly object[]) => {
    stopped = 0;
    asked = [];
    return {
      atLeast: () => modern,
      async subscribe(message: Asked, heard: (event: object) => void) {
        asked.push(message);
        for (const event of events(message)) heard(event);
        return () => {
          stopped += 1;
        };
      },
    } as unknown as Connection;
  };

  it('is asked of reports, and before 2024.4 of updates', async () => {
    for (const [modern, field] of [
      [true, 'last_reported'],
      [false, 'last_updated'],
    ] as const) {
      const ages = await reportedAges(
        saying(modern, () => [{ result: [['a.b', 1.5]] }]),
        ['a.b'],
        never,
      );
      assert.deepEqual([ages, stopped], [[['a.b', 1.5]], 1]);
      assert.match(asked[0]?.template ?? '', new RegExp(`seen\\.${field}`));
    }
  });

  it('leaves out what makes no sense', async () => {
    const garbage = [null, 5, 'a', [], ['a.b'], [5, 5], ['a.b', '5'], ['a.b', null], ['a.b', Number.NaN], ['c.d', 2]];
    assert.deepEqual(
      await reportedAges(
        saying(true, () => [{ result: garbage }]),
        ['a.b'],
        never,
      ),
      [['c.d', 2]],
    );
    for (const result of [null, undefined, 'text', {}, 5]) {
      assert.deepEqual(
        await reportedAges(
          saying(true, () => [{ result }]),
          ['a.b'],
          never,
        ),
        [],
      );
    }
  });

  it('takes the first result, whatever was warned of before and comes after', async () => {
    const events = [{ error: 'x is undefined', level: 'WARNING' }, { result: [['a.b', 1]] }, { result: [['a.b', 2]] }];
    assert.deepEqual(
      await reportedAges(
        saying(true, () => events),
        ['a.b'],
        never,
      ),
      [['a.b', 1]],
    );
  });

  it('is an error when it cannot be rendered', async () => {
    const connection = saying(true, () => [{ error: 'Template output exceeded', level: 'ERROR' }]);
    await assert.rejects(reportedAges(connection, ['a.b'], never), { code: 'command_failed', message: /exceeded/ });
    assert.equal(stopped, 1);
  });

  it('is asked in portions that can be rendered', async () => {
    const ids = Array.from({ length: 1_000 }, (_, n) => `sensor.${String(n).padStart(248, 'x')}`);
    const connection = saying(true, ({ variables }) => [{ result: variables.ids.map((id) => [id, 1]) }]);
    const ages = await reportedAges(connection, ids, never);
    assert.deepEqual(
      ages.map(([id]) => id),
      ids,
    );
    assert.ok(asked.every(({ variables }) => JSON.stringify(variables).length < 200_000));
    assert.equal(asked.length, 2);
  });

  it('of nobody is not asked', async () => {
    assert.deepEqual(
      [
        await reportedAges(
          saying(true, () => []),
          [],
          never,
        ),
        asked,
      ],
      [[], []],
    );
  });
});
