import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { recordedStates } from '../../src/lib/hass/recorder';
import { eventually } from '../support/eventually';
import type { Home } from '../support/home';
import { Client, type Json } from './client';
import { assertKeys, freshTitle, sensorId } from './shape';
import { siteOf } from './site';

type Rows = Readonly<Record<string, readonly Json[]>>;

/** What the recorder kept; it writes what happened about a second later. */
export function historyContract(home: () => Home): void {
  describe('history', () => {
    const title = freshTitle();
    const sensor = sensorId(title, 1, 1);
    let client: Client;
    before(async () => {
      await home().lab.add(title, 1, 1);
      for (const value of [11, 12, 13]) {
        await home().lab.setValue(sensor, value);
        // An instant is asked for to the millisecond.
        await sleep(20);
      }
      client = await Client.login(home());
      await eventually(async () => assert.deepEqual(words(await ask()).slice(-3), ['11', '12', '13']), 20_000);
    });
    after(() => client.close());

    const hourAgo = () => new Date(Date.now() - 3_600_000).toISOString();
    const ask = async (more: Json = {}) => {
      const rows = await client.result<Rows>('history/history_during_period', {
        start_time: hourAgo(),
        entity_ids: [sensor],
        include_start_time_state: false,
        significant_changes_only: false,
        ...more,
      });
      return rows[sensor] ?? [];
    };
    const words = (rows: readonly Json[]) => rows.map((row) => row['s']);
    const at = (row: Json | undefined) => Number(row?.['lu']);

    it('is compressed states, the oldest first', async () => {
      const rows = await ask();
      const last = rows.at(-1);
      assertKeys(last, ['s', 'a', 'lu']);
      assert.equal(Object(last?.['a'])['friendly_name'], `${title} 1 Sensor 1`);
      assert.ok(Math.abs(Date.now() / 1000 - at(last)) < 3_600);
      assert.ok(rows.every((row, n) => n === 0 || at(row) > at(rows[n - 1])));
    });

    it('without attributes, and of the states alone', async () => {
      const rows = await ask({ minimal_response: true, no_attributes: true });
      assert.deepEqual(words(rows).slice(-3), ['11', '12', '13']);
      for (const row of rows.slice(1)) assertKeys(row, ['s', 'lu']);
      assert.ok(rows.every((row) => !('a' in row)));
    });

    it('leaves out what changed at either end, and says what was at the start when it is asked to', async () => {
      const [, twelve, thirteen] = (await ask()).slice(-3);
      const between = new Date(500 * (at(twelve) + at(thirteen))).toISOString();
      assert.deepEqual(words(await ask({ start_time: between })), ['13']);
      assert.deepEqual(words(await ask({ end_time: between })).slice(-2), ['11', '12']);
      const [first, ...rest] = await ask({ start_time: between, include_start_time_state: true });
      assert.equal(first?.['s'], '12');
      assert.ok(Math.abs(at(first) * 1000 - Date.parse(between)) < 2);
      assert.deepEqual(words(rest), ['13']);
    });

    it('is nothing of the future and of what nobody knows', async () => {
      const answer = async (more: Json) =>
        client.result('history/history_during_period', { start_time: hourAgo(), entity_ids: [sensor], ...more });
      assert.deepEqual(await answer({ start_time: new Date(Date.now() + 3_600_000).toISOString() }), {});
      assert.deepEqual(await answer({ entity_ids: ['sensor.nobody_has_it'] }), {});
    });

    it('refuses what is no instant', async () => {
      const refused = async (more: Json) =>
        (
          await client.command('history/history_during_period', {
            start_time: hourAgo(),
            entity_ids: [sensor],
            ...more,
          })
        ).error.code;
      assert.equal(await refused({ start_time: 'yesterday' }), 'invalid_start_time');
      assert.equal(await refused({ end_time: 'today' }), 'invalid_end_time');
    });

    it('as we read it, newest first', async () => {
      const { connection } = await siteOf(home());
      const now = Date.now();
      const query = { entity_id: sensor, from: now - 3_600_000, to: now, limit: 2, deadline: now + 60_000 };
      for (const attributes of [true, false]) {
        const { states, isMore } = await recordedStates(connection, { ...query, attributes });
        assert.deepEqual(
          states.map(({ state }) => state),
          ['13', '12'],
        );
        assert.ok(isMore);
        assert.equal(Object.keys(states[0]?.attributes ?? {}).length > 0, attributes);
      }
      const { states } = await recordedStates(connection, { ...query, limit: 1_000, attributes: true });
      assert.deepEqual(
        states.map(({ at }) => Math.round(at)),
        (await ask()).map((row) => Math.round(at(row) * 1000)).reverse(),
      );
      connection.end('the test is over');
    });
  });
}
