import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { eventually } from '../../../support/eventually';
import { Estate } from './estate';

type Row = Readonly<Record<string, unknown>>;

describe('the entities', () => {
  let estate: Estate;
  let ids: string[];
  before(async () => {
    estate = await Estate.open({ state_change_grace_period_seconds: 0, exclude: { domains: ['button'] } });
    ids = [...estate.watched.instance('home').tracker.entities.values()]
      .filter(({ judged }) => judged)
      .map(({ subject }) => subject.id)
      .sort();
  });
  after(() => estate.close());

  const list = async (fields: Row, instance_id?: string) => {
    const { body, total } = await estate.ask<Row[]>(
      'entities',
      instance_id === undefined ? {} : { instance_id },
      fields,
    );
    return { rows: body.map((row) => `${row['instance_id']} ${row['entity_id']}`), body, total };
  };
  const of = (...homes: string[]) => homes.flatMap((home) => ids.map((id) => `${home} ${id}`));

  it('of all homes that run, by home and by id, a page at a time', async () => {
    const all = of('home', 'cabin', 'away');
    assert.ok(ids.length > 20);
    const whole = await list({ limit: 1_000 });
    assert.deepEqual([whole.rows, whole.total], [all, all.length]);
    for (const [offset, limit] of [
      [0, 5],
      [ids.length - 3, 7],
      [2 * ids.length, 4],
      [all.length - 1, 10],
      [all.length, 10],
    ] as const) {
      const { rows, total } = await list({ offset, limit });
      assert.deepEqual([rows, total], [all.slice(offset, offset + limit), all.length], `${offset} ${limit}`);
    }
  });

  it('of one home; of one that does not run nothing can be said', async () => {
    const { rows, total } = await list({ limit: 1_000 }, 'cabin');
    assert.deepEqual([rows, total], [of('cabin'), ids.length]);
    await assert.rejects(list({}, 'broken'), {
      code: 'instance_not_ready',
      message: 'State tracker not initialized for this instance',
    });
  });

  it('of one that was never seen nothing can be said, nor of anything in it', async () => {
    estate.watched.add({ url: 'http://127.0.0.1:9', token: 't', instance_id: 'attic' });
    await eventually(() => assert.equal(estate.watched.instance('attic').reason?.code, 'cannot_connect'));
    const refused = { code: 'instance_not_ready', message: 'State tracker not initialized for this instance' };
    const reference = { instance_id: 'attic' };
    await assert.rejects(list({}, 'attic'), refused);
    const [entity_id = ''] = ids;
    for (const query of ['entity', 'entity_history'])
      await assert.rejects(estate.ask(query, reference, { entity_id }), refused);
    assert.equal((await list({})).total, 3 * ids.length);
    await estate.watched.remove('attic');
  });

  it('each as its home has it, though others have the same', async () => {
    const [id = ''] = ids.filter((one) => one.startsWith('sensor.'));
    estate.home.setState(id, '17');
    estate.cabin.setState(id, '18');
    await eventually(async () => {
      const { body } = await list({ search: id, limit: 10 });
      assert.deepEqual(
        body.map((row) => [row['instance_id'], row['instance_name'], row['state'], row['unreachable']]).slice(0, 2),
        [
          ['home', 'The home', '17', false],
          ['cabin', 'The cabin', '18', false],
        ],
      );
      assert.deepEqual([body[2]?.['instance_id'], body[2]?.['unreachable']], ['away', true]);
    });
    const [row] = (await list({ search: id }, 'home')).body;
    const known = estate.home.core.states.all.get(id);
    assert.ok(known);
    const ms = (seconds: number) => new Date(seconds * 1000).toISOString();
    assert.deepEqual(
      [row?.['attributes'], row?.['last_changed'], row?.['last_updated'], row?.['status'], row?.['monitored']],
      [known.attributes, ms(known.last_changed), ms(known.last_updated), 'available', true],
    );
    const registered = estate.home.core.entities.get(id);
    assert.deepEqual(
      [row?.['config_entry_id'], row?.['device_id'], row?.['integration'], row?.['name']],
      [registered?.config_entry_id, registered?.device_id, registered?.platform, known.attributes['friendly_name']],
    );
  });

  it('gives away nothing that is still in use', async () => {
    const { tracker } = estate.watched.instance('home');
    const [row] = (await estate.ask<Row[]>('entities', {}, { limit: 1 })).body;
    const id = String(row?.['entity_id']);
    Object.assign(Object(row?.['attributes']), { friendly_name: 'stolen' });
    assert.notEqual(tracker.entities.get(id)?.attributes['friendly_name'], 'stolen');
  });

  it('by status: what is down, wherever it is', async () => {
    const [one = '', other = ''] = ids.filter((id) => id.startsWith('light.'));
    estate.home.breakEntity(one);
    estate.cabin.breakEntity(other);
    try {
      await eventually(async () => {
        const { rows, total } = await list({ status: 'unavailable' });
        assert.ok(rows.includes(`home ${one}`) && rows.includes(`cabin ${other}`), rows.join());
        assert.ok(!rows.includes(`home ${other}`) && !rows.includes(`cabin ${one}`));
        assert.equal(total, rows.length);
        const several = await list({ status: ['unknown', 'unavailable', 'unavailable'] });
        assert.ok((several.total ?? 0) >= rows.length && several.rows.length === several.total);
      });
      const { total = 0 } = await list({ status: 'available' });
      const down = await list({ status: ['unavailable', 'unknown', 'stale', 'missing'] });
      assert.equal(total + (down.total ?? 0), 3 * ids.length);
      const last = await list({
        status: 'unavailable',
        offset: (await list({ status: 'unavailable' })).rows.length - 1,
      });
      assert.equal(last.rows.length, 1);
    } finally {
      estate.home.mendEntity(one);
      estate.cabin.mendEntity(other);
    }
  });

  it('by domain, area, integration and a part of the name, all of which must fit', async () => {
    const { tracker } = estate.watched.instance('home');
    const [[area, name] = ['', '']] = tracker.registry.areas;
    const fits = (what: (id: string) => boolean) => ids.filter(what).map((id) => `home ${id}`);
    const rows = async (fields: Row) => (await list({ ...fields, limit: 1_000 }, 'home')).rows;
    const inArea = fits((id) => tracker.registry.areaOf(id) === area);
    assert.ok(inArea.length > 1);
    assert.deepEqual(await rows({ area }), inArea);
    assert.deepEqual(await rows({ area: name.toUpperCase() }), inArea);
    assert.deepEqual(
      await rows({ domain: 'light' }),
      fits((id) => id.startsWith('light.')),
    );
    const platform = (id: string) => tracker.registry.entities.get(id)?.platform;
    const integration = String(platform(ids.find((id) => platform(id) !== undefined) ?? ''));
    const integrated = fits((id) => platform(id) === integration);
    assert.deepEqual(await rows({ integration }), integrated);
    assert.deepEqual(
      await rows({ integration, area }),
      integrated.filter((one) => inArea.includes(one)),
    );
    const word = String(tracker.entities.get(ids[0] ?? '')?.attributes['friendly_name']).slice(1, 6);
    const named = await list({ search: word, limit: 1_000 }, 'home');
    assert.ok(named.rows.includes(`home ${ids[0]}`) && named.rows.length < ids.length);
    assert.equal(named.total, named.rows.length);
    const page = await list({ search: word, limit: 1, offset: 1 }, 'home');
    assert.deepEqual([page.rows, page.total], [named.rows.slice(1, 2), named.total]);
  });

  it('those nobody watches are asked for apart', async () => {
    const { body, total } = await list({ monitored: false, limit: 1_000 }, 'home');
    assert.ok(body.length > 0);
    assert.equal(total, body.length);
    assert.ok(body.every((row) => row['status'] === null && row['monitored'] === false));
    assert.ok(body.some((row) => row['domain'] === 'button'));
    assert.equal((await list({ monitored: false, status: 'unavailable' })).total, 0);
  });

  it('what is no filter is refused', async () => {
    await assert.rejects(list({ status: 'dead' }), { code: 'bad_input' });
    await assert.rejects(list({ limit: 0 }), { code: 'bad_input', message: 'limit: must be >= 1.' });
    await assert.rejects(list({ limit: 1_001 }), { code: 'bad_input' });
  });

  it('one that comes or goes is in its place, or in none', async () => {
    estate.home.setState('light.aaa_new', 'on');
    await eventually(async () =>
      assert.equal((await list({ limit: 1, domain: 'light' }, 'home')).rows[0], 'home light.aaa_new'),
    );
    estate.watched.instance('home').tracker.forgetEntity('light.aaa_new');
    assert.deepEqual((await list({ limit: 1_000 }, 'home')).rows, of('home'));
  });
});

describe('one entity', () => {
  let estate: Estate;
  before(async () => {
    estate = await Estate.open({ state_change_grace_period_seconds: 0 });
  });
  after(() => estate.close());
  const one = async (entity_id: string, instance_id?: string) =>
    (await estate.ask<Row>('entity', instance_id === undefined ? {} : { instance_id }, { entity_id })).body;

  it('with where it belongs and what is wrong with it', async () => {
    const { tracker, healing } = estate.watched.instance('home');
    const found = [...tracker.entities.values()].find(
      ({ device, entry, subject }) => device && entry && subject.area_id,
    );
    assert.ok(found?.device && found.entry);
    const id = found.subject.id;
    const { device, config_entry, area, incidents, suppression, entity_id } = (await one(id, 'home')) as Row;
    assert.deepEqual(
      [entity_id, device, config_entry, incidents, suppression],
      [
        id,
        { id: found.device.subject.id, name: found.device.subject.name },
        {
          id: found.entry.subject.id,
          name: found.entry.entry.title,
          domain: found.entry.entry.domain,
          state: 'loaded',
        },
        [],
        null,
      ],
    );
    assert.equal(Object(area).name, tracker.registry.areas.get(String(found.subject.area_id)));
    const suppressed = {
      suppression_id: 's',
      kind: 'entity',
      id,
      began: Date.now(),
      until: null,
      reason: 'why',
    } as const;
    healing.holds.suppress(suppressed);
    assert.equal(Object((await one(id, 'home'))['suppression']).reason, 'why');
    assert.equal((await one(id, 'cabin'))['suppression'], null);
    healing.holds.unsuppress('s', Date.now());
    estate.home.breakEntity(id);
    await eventually(async () => {
      const row = await one(id, 'home');
      assert.equal(row['status'], 'unavailable');
      assert.equal(row['incident_id'], Object((row['incidents'] as Row[])[0])['incident_id']);
      assert.equal(typeof row['incident_id'], 'string');
    });
    assert.deepEqual((await one(id, 'cabin'))['incidents'], []);
  });

  it('that several have, that one alone has, that nobody has', async () => {
    const [shared = ''] = [...estate.watched.instance('home').tracker.entities.keys()];
    await assert.rejects(one(shared), {
      code: 'instance_ambiguous',
      message: /The home \(home\), The cabin \(cabin\)/,
    });
    estate.cabin.setState('light.only_here', 'on');
    await eventually(async () => assert.equal((await one('light.only_here'))['instance_id'], 'cabin'));
    await assert.rejects(one('light.only_here', 'home'), {
      code: 'not_found',
      message: "Entity 'light.only_here' not found in instance 'home'",
    });
    await assert.rejects(one('light.nowhere'), { code: 'not_found', message: "Entity 'light.nowhere' not found" });
    await assert.rejects(one(shared, 'broken'), { code: 'instance_not_ready' });
    await assert.rejects(estate.ask('entity', {}, {}), { code: 'bad_input', message: /^entity_id/ });
  });

  it('of a home that stands by may be another home’s, too', async () => {
    const { roster } = estate.watched;
    const member = roster.get('away');
    assert.ok(member);
    const [shared = ''] = [...estate.watched.instance('away').tracker.entities.keys()];
    await eventually(async () => {
      const namespace = await member.keeping?.store.namespace('away');
      assert.equal((await namespace?.transitions({ kind: 'entity', id: shared, limit: 1 }))?.length, 1);
    });
    const only = { ...member, instance: null, standby: 'It stands by.' };
    roster.put(only);
    try {
      await assert.rejects(one(shared), { code: 'instance_ambiguous', message: /The away \(away\)/ });
      await assert.rejects(one(shared, 'away'), { code: 'instance_not_ready' });
    } finally {
      roster.put(member);
    }
  });
});
