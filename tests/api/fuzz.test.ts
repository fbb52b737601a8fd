import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { pick, seededRandom } from '../support/simulator/random';
import type { Endpoint } from './document';
import { Garbler } from './garbler';
import { ApiSite, HOMES, type Key, secretOf } from './site';

const REQUESTS = 10_000;
/** As many are under way at once. */
const CALLERS = 16;
const SEED = 6;
/** It never ends by itself. */
const ENDLESS = 'live';
const KEYS: readonly (Key | null)[] = ['all', 'all', 'all', 'reader', 'home', 'vacation', null];

describe('the API under a flood of nonsense', function () {
  this.timeout(180_000);
  let site: ApiSite;
  before(async () => {
    site = await ApiSite.open();
  });
  after(() => site?.close());

  it(`answers ${REQUESTS} requests made from its own document, each as the document says`, async () => {
    const { homes, document, entry } = site;
    const known = [...HOMES, 'all', 'sensor.lab_1_sensor_1', 'light.nobody', entry, 'hue', 'The home', 'manual', 'x'];
    const random = seededRandom(SEED);
    const garbler = new Garbler(random, known);
    const endpoints = document.endpoints.filter(({ id }) => id !== ENDLESS);
    const statuses = new Map<string, Set<number>>();
    let left = REQUESTS;
    const caller = async () => {
      while (left > 0) {
        left -= 1;
        const endpoint = pick(random, endpoints);
        const status = await sendOne(site, endpoint, garbler, pick(random, KEYS));
        if (status === null) {
          // Node-RED itself answers what is no JSON, before the API has it.
          left += 1;
          continue;
        }
        const seen = statuses.get(endpoint.id) ?? new Set();
        statuses.set(endpoint.id, seen.add(status));
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    const untouched = endpoints.filter(({ id }) => !statuses.has(id)).map(({ id }) => id);
    assert.deepEqual(untouched, [], 'never asked');
    // Nonsense alone would prove little: nearly every operation has also done what it is for.
    const good = endpoints.filter(({ id }) => [...(statuses.get(id) ?? [])].some((status) => status < 300));
    assert.ok(good.length > endpoints.length / 2, `only ${good.map(({ id }) => id).join()} ever answered well`);
    assert.ok(site.nodeRed.running);
    for (const id of HOMES) assert.equal(homes[id].sessions, 1, id);
    assert.deepEqual(
      site.nodeRed.told.filter(({ caught_by }) => caught_by === 'caught'),
      [],
      'nothing was thrown',
    );
    await sleep(100);
    assert.equal((await site.get('/api/instances')).status, 200);
  });
});

async function sendOne(site: ApiSite, endpoint: Endpoint, garbler: Garbler, key: Key | null): Promise<number | null> {
  const { path, body } = garbler.request(endpoint);
  const headers = {
    ...(key && { 'x-api-key': secretOf(key) }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const response = await fetch(`${site.nodeRed.url}/api${path}`, {
    method: endpoint.method,
    headers,
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  const what = `${endpoint.method} ${path.slice(0, 300)} ${body?.slice(0, 300) ?? ''}: ${response.status} ${text.slice(0, 300)}`;
  const allowed = response.status < 500 || response.status === 503 || response.status === 501;
  assert.ok(allowed, what);
  if (!isOfApi(response)) return null;
  if (!response.headers.get('content-type')?.includes('json')) return response.status;
  site.document.validate(endpoint, response.status, 'application/json', JSON.parse(text));
  return response.status;
}

function isOfApi({ headers }: Response): boolean {
  return headers.get('vary')?.includes('X-API-Key') === true;
}
