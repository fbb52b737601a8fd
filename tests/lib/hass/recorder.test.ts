import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Connection, Message } from '../../../src/lib/hass/connection';
import { recordedStates } from '../../../src/lib/hass/recorder';

const NOW = Date.UTC(2026, 10, 27);
const HOUR = 3_600_000;

/** A recorder that answers with rows, or with what makes no sense, and remembers how long each window was. */
function recorder(answer: (message: Message) => unknown) {
  const windows: number[] = [];
  const command = async (message: Message) => {
    const { start_time, end_time } = message;
    windows.push(
      Math.round(
        (Date.parse(String(end_time ?? new Date(NOW).toISOString())) - Date.parse(String(start_time))) / 60_000,
      ),
    );
    return answer(message);
  };
  return { windows, connection: { command } as unknown as Connection };
}

const query = {
  entity_id: 'sensor.a',
  from: NOW - 4 * HOUR,
  to: NOW,
  limit: 10,
  attributes: true,
  deadline: Number.POSITIVE_INFINITY,
};

describe('the recorder', () => {
  it('is asked in windows that grow, from now to the beginning', async () => {
    const { windows, connection } = recorder(() => ({}));
    assert.deepEqual(await recordedStates(connection, query), { states: [], isMore: false });
    assert.deepEqual(windows, [15, 30, 60, 120, 15]);
  });

  it('is asked no further once nobody waits for it', async () => {
    const { windows, connection } = recorder(() => ({}));
    await assert.rejects(recordedStates(connection, { ...query, deadline: Date.now() }), { code: 'command_timeout' });
    assert.deepEqual(windows, []);
  });

  it('is asked no further once there is enough', async () => {
    const rows = Array.from({ length: 500 }, (_, n) => ({ s: String(n), lu: NOW / 1000 - 500 + n }));
    const { windows, connection } = recorder(() => ({ 'sensor.a': rows }));
    const { states, isMore } = await recordedStates(connection, query);
    assert.deepEqual([windows, states.length, states[0]?.state, isMore], [[15], 10, '499', true]);
  });

  it('tells what changed right at the end of a window once', async () => {
    const edge = NOW - 15 * 60_000;
    const rows = [{ s: 'at the edge', lu: edge / 1000 }];
    const within = ({ start_time, end_time }: Message) =>
      rows.filter(
        ({ lu }) => lu * 1000 > Date.parse(String(start_time)) && lu * 1000 < Date.parse(String(end_time ?? '2999')),
      );
    const { connection } = recorder((message) => ({ 'sensor.a': within(message) }));
    const { states } = await recordedStates(connection, query);
    assert.deepEqual(
      states.map(({ state }) => state),
      ['at the edge'],
    );
  });

  it('of states alone, one that goes on over the end of a window is one', async () => {
    let n = 0;
    const { connection } = recorder(() => {
      n += 1;
      return { 'sensor.a': [{ s: 'on', lu: (NOW - n * 20 * 60_000) / 1000 }] };
    });
    const { states } = await recordedStates(connection, { ...query, attributes: false });
    assert.equal(states.length, 1);
  });

  it('may say what makes no sense', async () => {
    const rows = [
      null,
      7,
      { s: 1, lu: 1 },
      { s: 'x' },
      { s: 'x', lu: '1' },
      { s: 'x', lu: 1e300 },
      { s: '', lu: 2, a: [] },
    ];
    const { connection } = recorder(() => ({ 'sensor.a': rows }));
    const { states } = await recordedStates(connection, { ...query, from: NOW - 60_000 });
    assert.deepEqual(
      states.map(({ state, at }) => [state, at]),
      [
        [null, 2_000],
        [null, 1_000],
      ],
    );
    for (const answer of [{ 'sensor.a': 'rows' }, { 'sensor.a': {} }]) {
      await assert.rejects(recordedStates(recorder(() => answer).connection, query), { code: 'command_failed' });
    }
    for (const answer of [null, [], 'x', JSON.parse('{"__proto__": {"sensor.a": [{"s": "x", "lu": 1}]}}')]) {
      assert.deepEqual((await recordedStates(recorder(() => answer).connection, query)).states, []);
    }
  });
});
