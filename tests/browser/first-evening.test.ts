import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { eventually } from '../support/eventually';
import { freePort, type NodeRed } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { EditorPage, launchBrowser, offlineNodeRed } from './editor-page';

describe('the editor, a first evening', function () {
  this.timeout(90_000);
  let browser: Browser;
  let home: SimulatedHome;
  let nodeRed: NodeRed;
  let editor: EditorPage;
  let monitorId: string;

  before(async () => {
    home = await startSimulatedHome({ name: 'Cabin <b>by the lake</b>', seed: 7 });
    nodeRed = offlineNodeRed();
    [browser] = await Promise.all([launchBrowser(), nodeRed.start()]);
    editor = await EditorPage.open(browser, nodeRed);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(editor?.complaints);
  });

  after(async () => {
    await editor?.close();
    await browser?.close();
    await nodeRed?.dispose();
    await home?.stop();
  });

  const result = () => editor.page.locator('#caretaker-test-result');

  async function test(url: string, token: string): Promise<string> {
    await editor.field('url').fill(url);
    await editor.field('token').fill(token);
    await editor.page.locator('#caretaker-test-button').click();
    await editor.page.locator('.caretaker-good, .caretaker-bad').waitFor();
    await editor.page.locator('#caretaker-test-button:not([disabled])').waitFor();
    return (await result().textContent()) ?? '';
  }

  it('finds the monitor in the palette and drags it into the flow', async () => {
    await editor.page.locator('#red-ui-palette-search input').fill('caretaker');
    await editor.page.locator('#red-ui-palette-search input').fill('');
    assert.equal(await editor.page.locator('[data-palette-type="caretaker-monitor"]').textContent(), 'monitor');
    monitorId = await editor.dragFromPalette('caretaker-monitor', 180, 120);
    const monitor = await editor.node('caretaker-monitor');
    assert.deepEqual(monitor['instances'], []);
    assert.deepEqual(monitor['kinds'], ['incident']);
  });

  it('is told that there is no home yet, and adds one', async () => {
    await editor.edit(monitorId);
    await editor.sees('There is no Home Assistant yet. Add one.');
    // Each by itself, so that a single light is told at once.
    await editor.page.locator('#caretaker-monitor-kinds input[value="incident"]').uncheck();
    for (const kind of ['entity', 'device', 'config_entry', 'instance']) {
      await editor.page.locator(`#caretaker-monitor-kinds input[value="${kind}"]`).check();
    }
    await editor.page.getByRole('button', { name: 'Add a Home Assistant' }).click();
    await editor.settled();
    await editor.field('name').click();
    await editor.field('name').pressSequentially('Die Hütte', { delay: 20 });
    assert.equal(await editor.field('instance_id').inputValue(), 'die_huette');
    await editor.field('instance_id').fill('all');
    await editor.sees('“all” means every instance');
    await editor.field('instance_id').fill('');
    await editor.field('name').fill('Cabin');
    assert.equal(await editor.field('instance_id').inputValue(), 'cabin');
    assert.equal(await editor.page.locator('.caretaker-problem:visible').count(), 0);
  });

  it('tests the connection: wrong port', async () => {
    const said = await test(`http://127.0.0.1:${await freePort()}`, home.tokens.admin);
    assert.match(said, /Nothing answers at this address\./);
    assert.match(said, /Check host and port/);
  });

  it('tests the connection: not Home Assistant', async () => {
    const other = createServer((_request, response) => response.writeHead(404).end('Nothing here.'));
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    const { port } = other.address() as AddressInfo;
    try {
      assert.match(await test(`http://127.0.0.1:${port}`, home.tokens.admin), /not Home Assistant/);
    } finally {
      other.close();
    }
  });

  it('tests the connection: bad token', async () => {
    assert.match(await test(home.url, 'not.a.token'), /Home Assistant refuses the token\./);
    await editor.picture('bad-token', editor.dialog);
  });

  it('tests the connection: a token that may only watch', async () => {
    assert.match(await test(home.url, home.tokens.read_only), /watch only/);
  });

  it('tests the connection: a good token', async () => {
    const said = await test(home.url, home.tokens.admin);
    assert.match(said, /Connected/);
    assert.match(said, /2026\.11\.0/);
    assert.match(said, /watch and heal/);
    assert.ok(said.includes('Cabin <b>by the lake</b>'), 'a name is text, never HTML');
  });

  it('sets times, and is stopped where one is none', async () => {
    await editor.field('recovery_grace_period_seconds').pressSequentially('soon');
    assert.ok(
      await editor.field('recovery_grace_period_seconds').evaluate((input) => input.classList.contains('input-error')),
    );
    await editor.field('recovery_grace_period_seconds').fill('0');
    await editor.field('state_change_grace_period_seconds').fill('0');
    await editor.field('startup_grace_period_seconds').fill('0');
    await editor.done();
    await editor.done();
    const instance = await editor.node('caretaker-instance');
    assert.equal(instance['recovery_grace_period_seconds'], 0);
    assert.equal(instance['health_check_interval_seconds'], '');
    assert.equal(instance['instance_id'], 'cabin');
    assert.deepEqual(await editor.users(), { Cabin: 1 });
  });

  it('deploys, and sees messages in the debug sidebar', async () => {
    await editor.wire(monitorId, await editor.dragFromPalette('debug', 460, 120));
    await editor.deploy();
    await editor.page.locator('.red-ui-flow-node-status-label', { hasText: 'all well' }).waitFor();
    await editor.invoke('core:show-debug-tab');
    const light = [...home.core.entities.values()].find(({ entity_id }) => entity_id.startsWith('light.'));
    assert.ok(light);
    await eventually(async () => {
      assert.equal(home.sessions, 1);
    });
    home.breakEntity(light.entity_id);
    const message = editor.page.locator('.red-ui-debug-msg', { hasText: light.entity_id }).first();
    await message.waitFor();
    await message.locator('.red-ui-debug-msg-object-handle').first().click();
    await message.getByText('"unavailable"').first().waitFor();
    await editor.page.locator('.red-ui-flow-node-status-label', { hasText: 'Cabin: ' }).waitFor();
    await editor.picture('first-message');
  });

  it('saves the token as a credential, and tests with the saved one', async () => {
    await editor.edit(monitorId);
    await editor.page.getByRole('button', { name: 'Edit “Cabin”' }).click();
    await editor.settled();
    assert.equal(await editor.field('token').inputValue(), '__PWRD__');
    await editor.page.locator('#caretaker-test-button').click();
    await editor.page.locator('.caretaker-good').waitFor();
    await editor.cancel();
    await editor.cancel();
    assert.ok(!JSON.stringify(await editor.flow()).includes(home.tokens.admin));
  });

  it('sends a saved token to no other address', async () => {
    const other = await startSimulatedHome({ seed: 8 });
    try {
      await editor.edit(monitorId);
      await editor.page.getByRole('button', { name: 'Edit “Cabin”' }).click();
      await editor.settled();
      await editor.field('url').fill(other.url);
      await editor.page.locator('#caretaker-test-button').click();
      await editor.page.locator('.caretaker-bad').waitFor();
      assert.match((await result().textContent()) ?? '', /Something above is missing or not valid/);
      assert.equal(other.failedLogins, 0);
      await editor.cancel();
      await editor.cancel();
    } finally {
      await other.stop();
    }
  });

  it('hides address and token where Node-RED is an add-on', async () => {
    await editor.edit(monitorId);
    await editor.page.getByRole('button', { name: 'Edit “Cabin”' }).click();
    await editor.settled();
    await editor.field('addon').check();
    assert.equal(await editor.field('url').isVisible(), false);
    assert.equal(await editor.field('token').isVisible(), false);
    await editor.field('addon').uncheck();
    assert.equal(await editor.field('url').isVisible(), true);
    await editor.cancel();
    await editor.cancel();
  });

  it('never made the browser complain', () => {
    assert.deepEqual(editor.complaints, []);
  });
});
