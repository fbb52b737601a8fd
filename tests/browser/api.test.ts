import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { instanceNode } from '../nodes/flows';
import { eventually } from '../support/eventually';
import type { FlowNode, NodeRed } from '../support/node-red';
import { EditorPage, launchBrowser, offlineNodeRed } from './editor-page';

const away = { url: 'http://127.0.0.1:9', tokens: { admin: 'x', user: 'x', read_only: 'x' } };

describe('the API in the editor', function () {
  this.timeout(90_000);
  let browser: Browser;
  let nodeRed: NodeRed;
  let editor: EditorPage;

  before(async () => {
    nodeRed = offlineNodeRed();
    [browser] = await Promise.all([launchBrowser(), nodeRed.start()]);
    const at = { z: 'tab', x: 200 };
    const listen: FlowNode = {
      id: 'in',
      type: 'http in',
      url: '/api/*',
      method: 'get',
      wires: [['api']],
      y: 60,
      ...at,
    };
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'API' },
      instanceNode('home', away),
      listen,
      {
        id: 'api',
        type: 'caretaker-api',
        instances: [],
        keys: [],
        anonymous: 'none',
        wires: [['out'], []],
        y: 120,
        ...at,
      },
      { id: 'out', type: 'http response', wires: [], y: 180, ...at },
    ]);
    editor = await EditorPage.open(browser, nodeRed);
  });

  after(async () => {
    await editor?.close();
    await browser?.close();
    await nodeRed?.dispose();
  });

  const row = (at: number) => editor.page.locator('#caretaker-api-keys .caretaker-key').nth(at);
  const ask = (key: string, path: string) => fetch(`${nodeRed.url}${path}`, { headers: { 'x-api-key': key } });

  it('makes a key, shows it once, and keeps only its hash', async () => {
    await editor.edit('api');
    await editor.page.locator('#caretaker-api-keys button', { hasText: 'make a key' }).click();
    const secret = await editor.page.locator('.caretaker-key-secret input').inputValue();
    assert.match(secret, /^ck_[\w-]{43}$/);
    await editor.sees('This is the only time the key is shown');
    await row(0).locator('.caretaker-key-name').fill('Ada');
    await row(0).locator('.caretaker-key-instances').fill('Home');
    await editor.sees('“Home” is no ID of a home');
    await row(0).locator('.caretaker-key-instances').fill('home');
    await editor.picture('api-key', editor.dialog);
    await editor.done();
    await editor.deploy();
    const sha256 = createHash('sha256').update(secret).digest('hex');
    const { keys } = await editor.node('caretaker-api');
    assert.deepEqual(keys, [{ name: 'Ada', instances: ['home'], access: 'read', sha256 }]);
    await eventually(async () => assert.equal((await ask(secret, '/api/automations')).status, 501));
    assert.equal((await ask('', '/api/automations')).status, 401);
    await editor.edit('api');
    assert.equal(await row(0).locator('.caretaker-key-name').inputValue(), 'Ada');
    assert.equal(await editor.page.locator('.caretaker-key-secret').count(), 0);
    await editor.cancel();
  });

  it('warns of what anybody may', async () => {
    await editor.edit('api');
    for (const [value, words] of [
      ['write', 'can heal, reload, and delete backups'],
      ['read', 'can read everything'],
    ] as const) {
      await editor.page.locator('#node-input-anonymous').selectOption(value);
      await editor.sees(words);
    }
    await editor.page.locator('#node-input-anonymous').selectOption('none');
    assert.equal(await editor.page.locator('#caretaker-api-warning').textContent(), '');
    await editor.cancel();
  });

  it('shows its routes to who has a key', async () => {
    const made = await fetch(`${nodeRed.url}/caretaker/api/keys`, { method: 'POST' });
    const { key, sha256 } = (await made.json()) as { key: string; sha256: string };
    const flow = (await (await fetch(`${nodeRed.url}/flows`)).json()) as FlowNode[];
    const keys = [{ name: 'Bob', instances: [], access: 'read', sha256 }];
    await nodeRed.deploy(flow.map((node) => (node.id === 'api' ? { ...node, keys } : node)));
    await eventually(async () => assert.equal((await ask(key, '/api/automations')).status, 501));
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${nodeRed.url}/api/docs/`);
    await page.getByText('API key required').waitFor();
    await page.locator('#key').fill(key);
    await page.getByRole('button').click();
    await page.getByText('/api/automations/{automation_id}').waitFor();
    await page.locator('summary', { hasText: '/api/automations/{automation_id}' }).click();
    await page.getByText('"automation_id"').first().waitFor();
    await page.locator('summary', { hasText: '/api/automations/{automation_id}' }).click();
    await editor.picture('api-docs', page);
    // That it was asked for without a key first is not hidden.
    assert.deepEqual(
      complaints.filter((one) => !one.includes('401')),
      [],
    );
    await page.close();
  });
});
