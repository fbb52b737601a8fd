import assert from 'node:assert/strict';
import { eventually } from '../support/eventually';
import { type Answered, ApiSite, type Asked, HOMES, type HomeId } from './site';

type Item = Readonly<Record<string, unknown>>;
type Body = Item & readonly Item[];

const SENSOR = 'sensor.lab_1_sensor_1';
/** A name of the same length as a home that is there, for comparison. */
const NOWHERE = 'nowhere0';
const LONG = 20_000;

/** How an operation is asked so that it has something to answer; what is not known before is filled in by a test. */
const QUESTIONS: Record<string, Asked> = {
  instances: {},
  status: {},
  health: {},
  entities: { query: { limit: 1000 } },
  entity: { path: { entity_id: SENSOR } },
  entity_history: { path: { entity_id: SENSOR }, query: { hours: 24 } },
  incidents: { query: { state: 'all' } },
  incident: {},
  reliability: { query: { days: 7 } },
  failures: { query: { hours: 24 } },
  summary: { query: { days: 7 } },
  flapping: {},
  anomalies: {},
  heal: { body: { entity_id: SENSOR } },
  heal_entity: { path: { entity_id: SENSOR } },
  healing_history: { query: { hours: 24 } },
  attempt: {},
  suppressed: {},
  suppress: { body: { entity_id: SENSOR, for_minutes: 5 } },
  unsuppress: { body: { entity_id: SENSOR } },
  suppress_entity: { path: { entity_id: SENSOR }, body: { reason: 'a test' } },
  unsuppress_entity: { path: { entity_id: SENSOR } },
  plans: {},
  plan: { body: { entity_id: SENSOR } },
  maintenance: {},
  start_maintenance: { body: { from: '2998-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z' } },
  end_maintenance: {},
  backups: {},
  create_backup: { body: { tag: 'kept' } },
  verify_backup: {},
  restore_backup: {},
  prune_backups: { body: { tag: 'kept' } },
  delete_backup: {},
  diagnostics: {},
  metrics: {},
  discovery_refresh: {},
  discovery_stats: {},
  automations: {},
  automation: { path: { automation_id: 'automation.lights' } },
  usage: { path: { entity_id: SENSOR } },
  analyze: { body: { automation_id: 'automation.lights' } },
  generate: { body: { description: 'Turn on lights at sunset' } },
  create: { body: { automation_yaml: 'alias: Test' } },
};
const LATER = /^(discovery_|automation|usage$|analyze$|generate$|create$)/;
/** What is answered by the API itself, of no home. */
const OF_NO_HOME = new Set(['openapi', 'docs', 'live']);

describe('the API over HTTP, for one home and for all', function () {
  this.timeout(60_000);
  let site: ApiSite;
  const reached = new Set<string>();

  before(async () => {
    site = await ApiSite.open();
    await live(site, reached);
  });
  after(() => site?.close());

  const ask = (id: string, more: Asked = {}): Promise<Answered> => {
    reached.add(id);
    const asked = QUESTIONS[id] ?? {};
    return site.ask(id, { ...asked, ...more, query: { ...asked.query, ...more.query } });
  };
  const of = (id: string, home: string, more: Asked = {}) =>
    ask(id, { ...more, query: { ...more.query, instance_id: home } });
  const bodyOf = async (answer: Promise<Answered>, status = 200) => {
    const { status: got, body, text } = await answer;
    assert.equal(got, status, text.slice(0, 500));
    return body as Body;
  };
  const operations = (access: 'read' | 'write' | 'any') => {
    const ofHomes = site.document.endpoints.filter(({ id }) => !OF_NO_HOME.has(id));
    return ofHomes.filter((one) => access === 'any' || isWrite(one.id, one.method) === (access === 'write'));
  };

  describe('is what was promised', () => {
    it('GET /api/instances', async () => {
      const list = await bodyOf(ask('instances'));
      assert.deepEqual(
        list.map(({ instance_id }) => instance_id),
        [...HOMES],
      );
      for (const one of list) {
        assert.equal(one['url'], site.homes[one['instance_id'] as HomeId].url);
        assert.deepEqual([one['state'], one['websocket_connected']], ['connected', true]);
        assert.ok(Number(one['monitored_entities']) > 10);
        assert.ok(Date.parse(String(one['last_health_check'])) > Date.now() - 120_000);
      }
    });

    it('GET /api/status: sums of all, and of one', async () => {
      const all = await bodyOf(ask('status'));
      const each = await Promise.all(HOMES.map((home) => bodyOf(of('status', home))));
      for (const field of ['monitored_entities', 'healings_attempted', 'healings_succeeded', 'healings_failed'])
        assert.equal(
          all[field],
          each.reduce((sum, one) => sum + Number(one[field]), 0),
          field,
        );
      assert.equal(all['state'], 'running');
      assert.ok(Number(all['uptime_seconds']) > 0);
      assert.ok(Number(all['health_checks_performed']) >= 0);
      // One of home's and of vacation's was healed before.
      assert.deepEqual([all['healings_succeeded'], each[2]?.['healings_succeeded']], [2, 0]);
    });

    it('GET /api/health: its components say which home they are of when it is asked about all', async () => {
      const all = await bodyOf(ask('health'));
      const one = await bodyOf(of('health', 'vacation'));
      assert.deepEqual([all['status'], one['status']], ['healthy', 'healthy']);
      for (const home of HOMES) assert.ok(Object(all['critical'])[`${home}:service_state`], home);
      assert.ok(Object(one['critical'])['service_state']);
    });

    it('GET /api/entities: of one home, of all, in pages', async () => {
      const { body, headers } = await ask('entities');
      const list = body as Body;
      assert.deepEqual([...new Set(list.map(({ instance_id }) => instance_id))], [...HOMES]);
      assert.equal(headers.get('x-total-count'), String(list.length));
      const pages = await Promise.all([0, 7].map((offset) => bodyOf(ask('entities', { query: { limit: 7, offset } }))));
      assert.deepEqual(pages.flat(), list.slice(0, 14));
      const own = await bodyOf(of('entities', 'vacation'));
      assert.deepEqual(
        own.map(({ entity_id }) => entity_id),
        list.filter(({ instance_id }) => instance_id === 'vacation').map(({ entity_id }) => entity_id),
      );
    });

    it('GET /api/entities/{entity_id}: the same id in three homes is three entities', async () => {
      site.homes.vacation.setState('sensor.only_here', '1');
      const ambiguous = await bodyOf(ask('entity'), 409);
      assert.equal(ambiguous['code'], 'instance_ambiguous');
      for (const home of HOMES) assert.equal((await bodyOf(of('entity', home)))['instance_id'], home);
      const only = { path: { entity_id: 'sensor.only_here' } };
      const found = await eventually(() => bodyOf(ask('entity', only)));
      assert.deepEqual([found['instance_id'], found['state']], ['vacation', '1']);
      assert.equal((await bodyOf(of('entity', 'home', only), 404))['code'], 'not_found');
    });

    it('GET /api/entities/{entity_id}/history: from the recorder, and from our facts when the home is away', async () => {
      await site.homes.home.lab.setValue(SENSOR, 41);
      const values = (body: Body) => (body['history'] as Item[]).map(({ state }) => state);
      const recorded = await eventually(async () => {
        const body = await bodyOf(of('entity_history', 'home'));
        assert.ok(values(body).includes('41'), JSON.stringify(body).slice(0, 500));
        return body;
      });
      assert.deepEqual([recorded['source'], recorded['count']], ['recorder', values(recorded).length]);
      assert.ok(!values(await bodyOf(of('entity_history', 'vacation'))).includes('41'));
      await site.homes.testing.kill();
      const fact = await eventually(async () => {
        const body = await bodyOf(of('entity_history', 'testing'));
        assert.equal(body['source'], 'facts');
        return body;
      }, LONG);
      assert.ok((fact['history'] as Item[]).length > 0);
      await site.homes.testing.start();
      await site.live();
      await eventually(async () => assert.equal((await bodyOf(of('entity_history', 'testing')))['source'], 'recorder'));
      assert.equal((await bodyOf(of('entity_history', 'home', { query: { hours: 169 } }), 400))['code'], 'bad_input');
    });

    it('GET /api/patterns/reliability: merged by integration, with what really happened', async () => {
      const lab = (list: Body) => list.find(({ integration }) => integration === 'caretaker_lab') as Item;
      const [all, home, spared] = await Promise.all([
        bodyOf(ask('reliability')),
        bodyOf(of('reliability', 'home')),
        bodyOf(of('reliability', 'testing')),
      ]);
      assert.equal(lab(home)['failure_count'], 1);
      assert.equal(lab(home)['success_count'], 1);
      assert.equal(lab(all)['failure_count'], 2 + Number(lab(spared)['failure_count']));
      assert.equal(lab(all)['total_entities'], 3 * Number(lab(home)['total_entities']));
      const percent = Number(lab(home)['reliability_percent']);
      assert.ok(percent > 0 && percent < 100, String(percent));
    });

    it('GET /api/patterns/failures: problems only, of which home, and whether they are over', async () => {
      const all = await bodyOf(ask('failures'));
      const ofLab = all.filter(({ entity_id }) => entity_id === SENSOR);
      assert.deepEqual([...new Set(ofLab.map(({ instance_id }) => instance_id))].sort(), ['home', 'vacation']);
      for (const one of ofLab) {
        assert.deepEqual([one['resolved'], one['integration'], one['state']], [true, 'caretaker_lab', 'unavailable']);
        assert.ok(Number(one['duration_seconds']) > 0);
      }
      const vacation = await bodyOf(of('failures', 'vacation'));
      assert.ok(vacation.length > 0 && vacation.every(({ instance_id }) => instance_id === 'vacation'));
    });

    it('GET /api/patterns/summary: totals of all are the totals of each', async () => {
      const all = await bodyOf(ask('summary'));
      const each = await Promise.all(HOMES.map((home) => bodyOf(of('summary', home))));
      for (const field of ['total_failures', 'total_healings'])
        assert.equal(
          all[field],
          each.reduce((sum, one) => sum + Number(one[field]), 0),
          field,
        );
      assert.deepEqual([all['success_rate'], each[2]?.['success_rate']], [100, null]);
      assert.equal((await bodyOf(ask('summary', { query: { ai: true } })))['ai_insights'], null);
    });

    it('POST /api/healing/{entity_id}: heals exactly the home it names, and says how it went', async () => {
      const { home, vacation } = site.homes;
      for (const one of [home, vacation]) await one.lab.setMode(site.entry, 'dead_until_reload');
      await eventually(async () => assert.equal((await bodyOf(of('entity', 'home')))['status'], 'unavailable'));
      const refused = await bodyOf(ask('heal_entity'), 409);
      assert.equal(refused['code'], 'instance_ambiguous');
      const healed = await bodyOf(of('heal_entity', 'home', { body: { levels: ['integration'] } }));
      const { instance_id, entity_id, success, integration, outcome } = healed;
      assert.deepEqual(
        { instance_id, entity_id, success, integration, outcome },
        { instance_id: 'home', entity_id: SENSOR, success: true, integration: 'caretaker_lab', outcome: 'healed' },
      );
      assert.equal((await bodyOf(of('entity', 'vacation')))['status'], 'unavailable');
      await bodyOf(of('heal_entity', 'vacation', { body: { levels: ['integration'] } }));
      for (const one of [home, vacation]) await one.lab.setMode(site.entry, 'ok');
    });

    it('and a heal that takes longer than one waits goes on, to be read in the history', async () => {
      await site.homes.home.lab.setMode(site.entry, 'dead_until_slow_reload', 0.8);
      await eventually(async () => assert.equal((await bodyOf(of('entity', 'home')))['status'], 'unavailable'));
      const begun = await bodyOf(
        of('heal_entity', 'home', { body: { levels: ['integration'], wait_seconds: 0.2 } }),
        202,
      );
      assert.equal(begun['success'], null);
      const attempt = { path: { attempt_id: String(begun['attempt_id']) } };
      await eventually(async () => assert.equal((await bodyOf(ask('attempt', attempt)))['success'], true), LONG);
      await site.homes.home.lab.setMode(site.entry, 'ok');
    });

    it('GET /api/healing/history: of all homes, newest first, with counts', async () => {
      const all = await bodyOf(ask('healing_history'));
      const actions = all['actions'] as Item[];
      assert.deepEqual([...new Set(actions.map(({ instance_id }) => instance_id))].sort(), ['home', 'vacation']);
      const times = actions.map(({ timestamp }) => Date.parse(String(timestamp)));
      assert.deepEqual(
        times,
        [...times].sort((a, b) => b - a),
      );
      assert.equal(all['total_count'], actions.length);
      assert.equal(Number(all['success_count']) + Number(all['failure_count']), actions.length);
      const failed = await bodyOf(ask('healing_history', { query: { filter: 'failed' } }));
      assert.ok((failed['actions'] as Item[]).every(({ success }) => success === false));
    });

    it('suppression, maintenance and backups of one home', async () => {
      assert.equal((await bodyOf(of('suppress_entity', 'home')))['suppressed'], true);
      await bodyOf(of('suppress', 'vacation'));
      const listed = (await bodyOf(ask('suppressed')))['entities'] as Item[];
      assert.deepEqual(
        listed.map(({ instance_id, entity_id }) => [instance_id, entity_id]),
        [
          ['home', SENSOR],
          ['vacation', SENSOR],
        ],
      );
      assert.equal((await bodyOf(of('heal_entity', 'home')))['success'], false);
      await bodyOf(of('unsuppress', 'vacation'));
      assert.equal((await bodyOf(of('unsuppress_entity', 'home')))['suppressed'], false);
      assert.equal((await bodyOf(ask('suppressed')))['total_count'], 0);

      const started = await bodyOf(of('start_maintenance', 'home'));
      const [window] = started['windows'] as Item[];
      const windows = { path: { window_id: String(window?.['window_id']) } };
      assert.equal((await bodyOf(of('end_maintenance', 'vacation', windows), 404))['code'], 'no_target');
      await bodyOf(of('end_maintenance', 'home', windows));

      const made = await bodyOf(of('create_backup', 'home'));
      const backup = { path: { backup: String(Object(made['backup'])['backup']) } };
      assert.equal((await bodyOf(of('verify_backup', 'vacation', backup), 400))['code'], 'bad_input');
      await bodyOf(of('verify_backup', 'home', backup));
      await bodyOf(of('restore_backup', 'home', backup));
      await site.live();
      await bodyOf(of('prune_backups', 'home'));
      await bodyOf(of('delete_backup', 'home', backup));
      assert.equal((await bodyOf(of('delete_backup', 'home', backup), 404))['code'], 'backup_not_found');
    });

    it('what comes later says so, once it is known that it is asked of a home', async () => {
      for (const { id, method } of operations('any').filter((one) => LATER.test(one.id))) {
        assert.equal((await bodyOf(of(id, 'home'), 501))['code'], 'not_implemented', id);
        assert.equal((await bodyOf(of(id, NOWHERE), 404))['code'], 'instance_not_found', id);
        if (method !== 'GET') assert.equal((await bodyOf(ask(id), 400))['code'], 'instance_required', id);
      }
    });
  });

  describe('tells nobody of a home he may not see', () => {
    it('an unknown home and a hidden one are answered alike, byte for byte, by every route', async () => {
      for (const { id } of operations('any')) {
        const [hidden, unknown] = [await of(id, 'vacation', { key: 'home' }), await of(id, NOWHERE, { key: 'home' })];
        assert.equal(hidden.status, 404, `${id}: ${hidden.text}`);
        const blank = ({ status, headers, text }: Answered, name: string) => {
          const { date, etag, ...rest } = Object.fromEntries(headers as unknown as Iterable<[string, string]>);
          return { status, rest, text: text.replaceAll(name, '?') };
        };
        assert.deepEqual(blank(hidden, 'vacation'), blank(unknown, NOWHERE), id);
        assert.equal(Object(hidden.body)['detail'], "Instance 'vacation' not found. Available instances: ['home']");
      }
    });

    it('nor does any read let anything of another home through', async () => {
      for (const { id } of operations('read')) {
        const { status, text } = await ask(id, { key: 'home' });
        assert.ok(status === 200 || status === 501 || status === 404, `${id}: ${status} ${text}`);
        for (const word of ['vacation', 'testing', new URL(site.homes.vacation.url).port])
          assert.ok(!text.includes(word), `${id} tells of ${word}: ${text.slice(0, 1000)}`);
      }
    });

    it('every item says which home it is of, and one home is answered with that alone', async () => {
      for (const { id } of operations('read')) {
        if (LATER.test(id) || id === 'metrics') continue;
        const { body } = await of(id, 'vacation');
        const ids = instanceIdsIn(body);
        assert.deepEqual(
          [...ids].filter((one) => one !== 'vacation' && one !== null),
          [],
          id,
        );
        for (const item of Array.isArray(body) ? body : []) assert.equal(item.instance_id, 'vacation', id);
      }
    });

    it('without a key, with a wrong one and with one that may only read nothing is done', async () => {
      for (const { id, method } of operations('any')) {
        assert.equal((await bodyOf(of(id, 'home', { key: null }), 401))['code'], 'unauthorized', id);
        const wrong = of(id, 'home', { key: null, headers: { 'x-api-key': 'ck_wrong' } });
        assert.equal((await bodyOf(wrong, 401))['detail'], 'Invalid API key', id);
        if (!isWrite(id, method)) continue;
        for (const home of ['home', NOWHERE])
          assert.equal((await bodyOf(of(id, home, { key: 'reader' }), 403))['code'], 'forbidden', id);
      }
    });

    it('a command is never for all, nor for a home nobody named', async () => {
      for (const { id } of operations('write')) {
        assert.equal((await bodyOf(of(id, 'all'), 400))['code'], 'instance_required', id);
        assert.equal((await bodyOf(of(id, ''), 400))['code'], 'instance_required', id);
        const { status } = await ask(id);
        assert.ok([400, 404, 409].includes(status), `${id}: ${status}`);
      }
    });
  });

  describe('and all of it', () => {
    it('reaches every operation that is documented', () => {
      const missing = site.document.endpoints
        .map(({ id }) => id)
        .filter((id) => !OF_NO_HOME.has(id) && !reached.has(id));
      assert.deepEqual(missing, []);
      assert.deepEqual(
        Object.keys(QUESTIONS).filter((id) => !site.document.endpoints.some((one) => one.id === id)),
        [],
      );
    });
  });
});

/** Reads that are sent by POST, for what they take. */
const READS = new Set(['plan']);

function isWrite(id: string, method: string): boolean {
  return method !== 'GET' && !READS.has(id);
}

/** Each home but the last has had an incident that was healed: there is something to tell of each, and to tell apart. */
async function live(site: ApiSite, reached: Set<string>): Promise<void> {
  for (const id of ['home', 'vacation'] as const) {
    const one = { query: { instance_id: id } };
    await site.homes[id].lab.setMode(site.entry, 'dead_until_reload');
    const incident = await eventually(async () => {
      const { body } = await site.ask('incidents', one);
      const [found] = body as Body;
      assert.ok(found, `${id} has no incident`);
      return found;
    }, LONG);
    const body = { incident_id: incident['incident_id'], levels: ['integration'] };
    const healed = await site.ask('heal', { ...one, body });
    assert.equal(Object(healed.body)['success'], true, healed.text);
    await site.homes[id].lab.setMode(site.entry, 'ok');
    QUESTIONS['incident'] = { path: { incident_id: String(incident['incident_id']) } };
    const { body: history } = await site.ask('healing_history', one);
    const [action] = Object(history)['actions'] as Item[];
    QUESTIONS['attempt'] = { path: { attempt_id: String(action?.['attempt_id']) } };
    await eventually(async () => {
      const { body: left } = await site.ask('incidents', { query: { instance_id: id, state: 'open' } });
      assert.deepEqual(left, []);
    }, LONG);
  }
  for (const id of ['heal']) reached.add(id);
  for (const id of ['verify_backup', 'restore_backup', 'delete_backup'])
    QUESTIONS[id] = { path: { backup: 'caretaker_home_2026-11-22_03-00-00_daily.ndjson.gz' } };
  QUESTIONS['end_maintenance'] = { path: { window_id: 'nobody' } };
}

function instanceIdsIn(value: unknown, found = new Set<unknown>()): Set<unknown> {
  if (Array.isArray(value)) for (const one of value) instanceIdsIn(one, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) {
      if (key === 'instance_id') found.add(one);
      else instanceIdsIn(one, found);
    }
  }
  return found;
}
