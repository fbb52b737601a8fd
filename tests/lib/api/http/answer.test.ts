import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { type Content, write } from '../../../../src/lib/api/http/answer';
import { jsonPieces } from '../../../../src/lib/api/http/json';
import { problemOf } from '../../../../src/lib/api/http/status';
import { CaretakerError } from '../../../../src/lib/error';

const get = (headers: Record<string, string> = {}) => ({ method: 'GET', headers });
const entities = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    entity_id: `sensor.number_${at}`,
    state: String(at),
    attributes: { friendly_name: `Number ${at}`, unit_of_measurement: '°C', icon: 'mdi:thermometer' },
    last_changed: '2026-11-22T00:00:00.000Z',
    instance_id: 'home',
  }));

describe('JSON in pieces', () => {
  const rows: readonly unknown[] = [
    null,
    undefined,
    'text',
    1,
    [],
    {},
    entities(120),
    { list: entities(60), count: 60, none: undefined, call: () => {} },
    { a: { b: { c: entities(60) } } },
    [undefined, ...entities(60), null],
    { at: new Date(0), list: Array(60).fill(new Date(0)) },
    Object.fromEntries(Array.from({ length: 99 }, (_, at) => [`"${at}"`, [at]])),
    Array(60).fill([]),
  ];
  for (const [at, value] of rows.entries()) {
    it(`is the JSON of value ${at}`, () =>
      assert.equal([...jsonPieces(value)].join(''), JSON.stringify(value) ?? 'null'));
  }

  it('has no piece that is long', () => {
    const longest = [{ a: { list: entities(1000) } }, entities(1000)].map((value) =>
      Math.max(...[...jsonPieces(value)].map(({ length }) => length)),
    );
    for (const length of longest) assert.ok(length < 1_000, String(length));
  });
});

describe('an answer', () => {
  const content: Content = { status: 200, body: entities(100) };

  it('that is a long text comes whole, whatever its characters are made of', async () => {
    for (const before of ['', 'x']) {
      const text = `${before}${'😀'.repeat(100_000)}\n`;
      const { body } = await write({ status: 200, body: text, type: 'text/plain' }, get());
      assert.ok(String(body) === text);
    }
  });

  const tagOf = async (one: Content) => (await write(one, get())).headers['ETag'] ?? '';

  const packing: readonly (readonly [string, boolean])[] = [
    ['gzip', true],
    ['deflate, gzip;q=0.5, br', true],
    ['*', true],
    ['GZIP', true],
    ['gzip;q=0', false],
    ['gzip; q=0, *', false],
    ['identity', false],
    ['', false],
  ];
  for (const [accepted, packed] of packing) {
    it(`is ${packed ? 'packed' : 'plain'} for "${accepted}"`, async () => {
      const { headers, body } = await write(content, get({ 'accept-encoding': accepted }));
      assert.equal(headers['Content-Encoding'], packed ? 'gzip' : undefined);
      assert.equal(String(packed ? gunzipSync(body) : body), JSON.stringify(content.body));
    });
  }

  it('that is short is not worth packing', async () => {
    const { headers } = await write({ status: 200, body: 'x' }, get({ 'accept-encoding': 'gzip' }));
    assert.equal(headers['Content-Encoding'], undefined);
  });

  it('is known by a tag, which is another when it is another', async () => {
    const tag = await tagOf(content);
    assert.match(tag, /^W\/"[\w-]{27}"$/);
    assert.equal(await tagOf({ ...content }), tag);
    assert.notEqual(await tagOf({ status: 200, body: entities(101) }), tag);
    for (const [header, status] of [
      [tag, 304],
      [tag.slice(2), 304],
      [`"other", ${tag}`, 304],
      ['*', 304],
      ['"other"', 200],
    ] as const) {
      assert.equal((await write(content, get({ 'if-none-match': header }))).status, status, header);
    }
  });

  it('to a write, or of an error, is kept by nobody', async () => {
    for (const one of [
      await write(content, { method: 'POST', headers: { 'if-none-match': '*' } }),
      await write({ status: 404, body: {} }, get({ 'if-none-match': '*' })),
    ]) {
      assert.deepEqual([one.headers['ETag'], one.headers['Cache-Control']], [undefined, 'no-store']);
      assert.notEqual(one.status, 304);
    }
  });

  it('may be a text of another type', async () => {
    const { headers, body } = await write({ status: 200, body: 'up 1\n', type: 'text/plain' }, get());
    assert.deepEqual([headers['Content-Type'], String(body)], ['text/plain', 'up 1\n']);
  });

  it('of fifty thousand entities lets others have their turn all the while', async function () {
    this.timeout(30_000);
    let turns = 0;
    let writing = true;
    const turn = () => {
      turns += 1;
      if (writing) setImmediate(turn);
    };
    setImmediate(turn);
    const { body } = await write({ status: 200, body: { entities: entities(50_000) } }, get());
    writing = false;
    assert.ok(body.length > 8_000_000);
    // In one go there would be one or two.
    assert.ok(turns > 20, `${turns} turns`);
  });
});

describe('an error', () => {
  it('of ours is told, with its code', () => {
    const { status, body, unforeseen } = problemOf(new CaretakerError('lease_lost', 'Gone.'));
    assert.deepEqual([status, body, unforeseen], [503, { detail: 'Gone.', code: 'lease_lost' }, false]);
  });

  for (const thrown of [new Error('secret'), 'secret', undefined]) {
    it(`that is ${thrown} is told nothing of`, () => {
      const { status, body, unforeseen } = problemOf(thrown);
      assert.deepEqual([status, body, unforeseen], [500, { detail: 'Internal error', code: 'internal' }, true]);
    });
  }
});
