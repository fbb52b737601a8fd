import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ApiSite, HOMES } from '../api/site';
import { eventually } from '../support/eventually';
import { root } from '../support/node-red';
import { startRealHome } from '../support/real-home/real-home';
import { environment, run, succeeds } from '../support/real-home/run';

const call = promisify(execFile);
/** What the clients were printed with. */
const PRINTED = 'http://localhost:8000';
const WITHIN = { timeout: 60_000 };

interface Ended {
  readonly code: number;
  readonly stdout: string;
}

/** The clients that users were promised, run as they were printed, but for the address. */
describe('the promised clients', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'caretaker-clients-'));
  let site: ApiSite;
  let python: string;

  before(async () => {
    python = await pythonWithRequests();
    site = await ApiSite.open();
    for (const id of HOMES) site.homes[id].setState('sensor.temp', '21.5');
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await site?.close();
  });

  /** The client with the address of the API that everybody may use. */
  function client(name: string): string {
    const text = readFileSync(join(root, 'tests/clients', name), 'utf8');
    assert.ok(text.includes(PRINTED));
    const file = join(folder, name);
    writeFileSync(file, text.replaceAll(PRINTED, `${site.nodeRed.url}/open`));
    return file;
  }

  async function ended(command: string, ...args: readonly string[]): Promise<Ended> {
    return call(command, args, WITHIN).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (thrown: { code?: number; stdout?: string }) => {
        if (typeof thrown.code !== 'number') throw thrown;
        return { code: thrown.code, stdout: thrown.stdout ?? '' };
      },
    );
  }

  it('in Python', async () => {
    const { code, stdout } = await ended(python, client('client.py'));
    assert.equal(code, 0);
    assert.match(stdout, /^Managing 3 instances:$/m);
    for (const id of HOMES) {
      assert.match(stdout, new RegExp(`^  - ${id}: connected$`, 'm'));
      assert.match(stdout, new RegExp(`^${id}: \\d+ entities$`, 'm'));
    }
  });

  it('in JavaScript', async () => {
    const { code, stdout } = await ended(process.execPath, client('client.mjs'));
    assert.equal(code, 0);
    assert.match(stdout, /Multi-instance statistics:/);
    for (const id of HOMES) assert.match(stdout, new RegExp(`${id}: \\{`));
    assert.equal(stdout.match(/monitored_entities: [1-9]\d*/g)?.length, HOMES.length);
  });

  it('in the shell', async () => {
    const { code, stdout } = await ended('bash', client('client.sh'));
    assert.equal(code, 0);
    for (const id of HOMES) {
      assert.match(stdout, new RegExp(`=== ${id} ===\\n\\{`));
      assert.match(stdout, new RegExp(`^${id}: [1-9]\\d* entities$`, 'm'));
    }
    const healed = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{'))) as Record<string, unknown>;
    assert.deepEqual(
      [healed['instance_id'], healed['entity_id'], healed['success']],
      ['vacation', 'sensor.temp', false],
    );
  });

  it('that watches all instances, also while one of them is away', async () => {
    const file = client('monitor.py');
    const well = await ended(python, file);
    assert.deepEqual([well.code, well.stdout.trim()], [0, '✅ All instances healthy']);
    await site.homes.testing.kill();
    const away = await ended(python, file);
    assert.equal(away.code, 1);
    assert.match(away.stdout, /- testing: WebSocket disconnected\n {2}- testing: Status is unhealthy\n$/);
    assert.ok(!/home:|vacation:/.test(away.stdout));
    await site.homes.testing.start();
    await site.live();
    assert.equal((await ended(python, file)).code, 0);
  });

  it('in a real Home Assistant, as REST sensors', async () => {
    const text = readFileSync(join(root, 'tests/clients/sensors.yaml'), 'utf8');
    const yaml = text.replaceAll('http://haboss:8000', `${site.nodeRed.url}/open`);
    const version = process.env['HA_VERSION'] === '2024.3' ? '2024.3' : '2026.11';
    const home = await startRealHome({ version, yaml });
    try {
      const headers = { authorization: `Bearer ${home.tokens.admin}` };
      for (const id of ['home', 'vacation']) {
        await eventually(async () => {
          const response = await fetch(`${home.url}/api/states/sensor.ha_boss_${id}_status`, { headers });
          const { state, attributes } = (await response.json()) as State;
          assert.equal(state, 'running');
          assert.ok(Number(attributes['monitored_entities']) > 0);
          assert.deepEqual([attributes['healings_succeeded'], attributes['healings_failed']], [0, 0]);
        }, SETTLES_MS);
      }
    } finally {
      await home.stop();
    }
  });
});

/** Its integration `rest` installs what it needs at first start. */
const SETTLES_MS = 90_000;

interface State {
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Their one library is brought where it is missing. */
async function pythonWithRequests(): Promise<string> {
  if (succeeds('python3', '-c', 'import requests')) return 'python3';
  const venv = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'caretaker-tests', 'clients-venv');
  const [env, log] = [environment(process.env['PATH'] ?? '', homedir(), ''), `${venv}.log`];
  await run('python3', ['-m', 'venv', venv], env, log);
  await run(join(venv, 'bin/pip'), ['install', '--no-cache-dir', 'requests'], env, log);
  return join(venv, 'bin/python');
}
