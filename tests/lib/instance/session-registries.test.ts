import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultWatchOptions, type WatchOptions } from '../../../src/lib/core/options';
import { Tracker } from '../../../src/lib/core/tracker';
import { CaretakerError } from '../../../src/lib/error';
import type { Connection } from '../../../src/lib/hass/connection';
import { Session } from '../../../src/lib/instance/session';
import { eventually } from '../../support/eventually';

type Heard = (event: never) => void;

/** A connection to a home whose registries the test holds in its hands. */
class FakeConnection {
  readonly version = '2026.11.0';
  readonly asked: string[] = [];
  readonly filters: object[] = [];
  entities: object[] = [{ entity_id: 'light.a', id: 'ra', platform: 'hue', config_entry_id: 'e1' }];
  entries: object[] = [{ type: null, entry: { entry_id: 'e1', domain: 'hue', title: 'Hue', state: 'loaded' } }];
  refuses: string | null = null;
  /** Until the entity registry answers. */
  slow: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Map<string, Heard>();

  atLeast(): boolean {
    return true;
  }

  async command({ type }: { type: string }): Promise<unknown> {
    this.asked.push(type);
    if (type === this.refuses) throw new CaretakerError('command_failed', `unknown_error: ${type}`);
    if (type === 'auth/current_user') return { is_admin: true };
    if (type === 'get_config')
      return { state: 'RUNNING', version: '2026.11.0', location_name: 'Home', time_zone: 'UTC' };
    if (type !== 'config/entity_registry/list') return [];
    const answer = structuredClone(this.entities);
    await this.slow;
    return answer;
  }

  async subscribe({ type, event_type = type }: { type: string; event_type?: string }, heard: Heard) {
    this.#listeners.set(event_type, heard);
    if (type === 'config_entries/subscribe') heard(this.entries as never);
    return () => {};
  }

  async subscribeEntities(filter: object, heard: Heard): Promise<void> {
    this.filters.push(filter);
    if (Object.keys(filter).length > 0) throw new CaretakerError('command_failed', 'invalid_format: extra keys');
    this.#listeners.set('states', heard);
    heard([{ a: { 'light.a': { s: 'on', lc: 1 } } }] as never);
  }

  say(event: string, what: unknown): void {
    this.#listeners.get(event)?.(what as never);
  }

  registered(data: object): void {
    this.say('entity_registry_updated', { data });
  }

  get lists(): number {
    return this.asked.filter((type) => type === 'config/entity_registry/list').length;
  }
}

describe('the registries while a home is watched', () => {
  let connection: FakeConnection;
  let tracker: Tracker;
  let end: AbortController;
  let trouble: string[];
  let heard: string[];
  const session = (options: Partial<WatchOptions> = {}, identify: (ids: readonly string[]) => void = () => {}) => {
    const events = {
      identify,
      described: () => {},
      worked: () => {},
      trouble: (what: string) => void trouble.push(what),
    };
    const all = { ...defaultWatchOptions, ...options };
    return new Session(connection as unknown as Connection, tracker, all, events, end.signal);
  };
  const ids = () => [...tracker.entities.keys()].sort();

  beforeEach(() => {
    connection = new FakeConnection();
    end = new AbortController();
    trouble = [];
    heard = [];
    tracker = new Tracker(defaultWatchOptions, {
      settled: ({ subject, status }) => heard.push(`${subject.id} ${status}`),
      renamed: (_kind, from, to) => heard.push(`${from} > ${to}`),
      left: () => {},
      back: () => {},
      removed: ({ id }) => heard.push(`removed ${id}`),
    });
  });
  afterEach(() => end.abort());

  it('takes nothing in of a home that is another', async () => {
    const syncing = session({}, (entryIds) => {
      assert.deepEqual(entryIds, ['e1']);
      throw new CaretakerError('wrong_home', 'another');
    }).sync();
    await assert.rejects(syncing, { code: 'wrong_home' });
    assert.deepEqual([[...tracker.all()], connection.lists], [[], 0]);
  });

  it('asks for states without a filter where it is refused', async () => {
    await session({ exclude: { domains: ['sensor'] } }).sync();
    assert.equal(connection.filters.length, 2);
    assert.deepEqual(connection.filters[1], {});
  });

  it('loses one event that breaks, not the rest of its frame', async () => {
    await session().sync();
    connection.say('states', [{ r: 5 }, { c: { 'light.a': { '+': { s: 'off', lc: 2 } } } }]);
    assert.equal(tracker.entities.get('light.a')?.raw, 'off');
    assert.match(trouble.join(), /subscribe_entities/);
  });

  it('gathers a burst of changes into one question', async () => {
    await session().sync();
    connection.entities = ['ra', 'rb', 'rc'].map((id) => ({ entity_id: `light.${id.at(1)}`, id, platform: 'hue' }));
    for (let n = 0; n < 200; n += 1) connection.registered({ action: 'update', entity_id: 'light.a' });
    connection.say('device_registry_updated', { data: null });
    connection.say('area_registry_updated', {});
    await eventually(() => assert.deepEqual(ids(), ['light.a', 'light.b', 'light.c']), 1_500);
    await sleep(400);
    assert.equal(connection.lists, 2);
  });

  it('does not take a list that is older than what it heard since', async () => {
    await session().sync();
    let answer = () => {};
    connection.slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    connection.registered({ action: 'update', entity_id: 'light.a' });
    await eventually(() => assert.equal(connection.lists, 2), 1_500);
    connection.entities = [{ entity_id: 'light.new', id: 'ra', platform: 'hue' }];
    connection.registered({ action: 'update', entity_id: 'light.new', old_entity_id: 'light.a' });
    answer();
    await sleep(50);
    assert.deepEqual(ids(), ['light.new'], 'not named back');
    await eventually(() => assert.equal(connection.lists, 3), 1_500);
    await sleep(50);
    assert.deepEqual([ids(), heard.filter((line) => line.includes('>'))], [['light.new'], ['light.a > light.new']]);
  });

  it('forgets at once what was removed', async () => {
    await session().sync();
    tracker.goLive(1_000, 0);
    connection.registered({ action: 'remove', entity_id: 'light.a' });
    assert.deepEqual(ids(), []);
    assert.deepEqual(heard.slice(-1), ['removed light.a']);
  });

  it('judges what was just made when its list has come, by what that says of it', async () => {
    await session().sync();
    tracker.goLive(1_000, 0);
    connection.registered({ action: 'create', entity_id: 'light.b' });
    connection.say('states', [{ a: { 'light.b': { s: 'on', lc: 1 } } }]);
    assert.equal(heard.includes('light.b available'), false);
    connection.entities.push({ entity_id: 'light.b', id: 'rb', platform: 'hue' });
    await eventually(() => assert.equal(heard.includes('light.b available'), true), 1_500);
  });

  it('tells what it could not fetch, and tries again by itself', async () => {
    await session().sync();
    connection.refuses = 'config/area_registry/list';
    connection.registered({ action: 'update' });
    await eventually(() => assert.deepEqual(trouble, ['unknown_error: config/area_registry/list']), 1_500);
    connection.refuses = null;
    connection.entities.push({ entity_id: 'light.b', id: 'rb', platform: 'hue' });
    await eventually(() => assert.deepEqual(ids(), ['light.a', 'light.b']), 8_000);
  });

  it('asks no more when the connection has ended', async () => {
    await session().sync();
    connection.registered({ action: 'update' });
    end.abort();
    await sleep(400);
    assert.deepEqual([connection.lists, trouble], [1, []]);
  });

  it('follows config entries, and what makes no sense says nothing', async () => {
    await session().sync();
    tracker.goLive(1_000, 0);
    const entry = { entry_id: 'e2', domain: 'mqtt', title: 'Broker', state: 'loaded' };
    const events = [
      { type: 'added', entry },
      { type: 'updated', entry: null },
      { type: 'removed', entry: null },
    ];
    connection.say('config_entries/subscribe', events);
    assert.deepEqual(heard.slice(-1), ['e2 available']);
    connection.say('config_entries/subscribe', [{ type: 'removed', entry: { entry_id: 'e2' } }]);
    assert.deepEqual(heard.slice(-1), ['removed e2']);
    for (const data of [null, 'text', { action: 'remove' }, { entity_id: {}, old_entity_id: [] }]) {
      connection.say('entity_registry_updated', { data });
    }
    assert.deepEqual(ids(), ['light.a']);
  });
});
