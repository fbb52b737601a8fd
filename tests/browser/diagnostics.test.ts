import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { instanceNode, monitorNode } from '../nodes/flows';
import { eventually } from '../support/eventually';
import type { NodeRed } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { EditorPage, launchBrowser, offlineNodeRed } from './editor-page';

describe('diagnostics in the dialog', function () {
  this.timeout(60_000);
  let browser: Browser;
  let home: SimulatedHome;
  let nodeRed: NodeRed;
  let editor: EditorPage;

  before(async () => {
    home = await startSimulatedHome({ name: 'Cabin <b>by the lake</b>', seed: 7 });
    nodeRed = offlineNodeRed();
    [browser] = await Promise.all([launchBrowser(), nodeRed.start()]);
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'Homes' },
      instanceNode('cabin', home),
      instanceNode('twin', home, { instance_id: 'cabin', name: 'Twin' }),
      monitorNode('m', 'tab', ['node-cabin'], []),
      monitorNode('n', 'tab', ['node-twin'], [], { y: 200 }),
    ]);
  });
  afterEach(() => editor?.close());
  after(async () => {
    await browser?.close();
    await nodeRed?.dispose();
    await home?.stop();
  });

  const result = () => editor.page.locator('#caretaker-diagnostics-result');
  const diagnose = async (instance: string) => {
    await editor.page.locator(`[data-instance="node-${instance}"] button`).click();
    await editor.settled();
    await editor.page.locator('#caretaker-diagnostics-button').click();
    await result().locator('.caretaker-buttons').waitFor();
  };

  it('are readable, and can be copied and downloaded', async () => {
    editor = await EditorPage.open(browser, nodeRed, { height: 1150 });
    await editor.edit('m');
    await eventually(() => diagnoseConnected(), 20_000);
    const shown = (await result().textContent()) ?? '';
    for (const words of ['The cabin (cabin)', 'Cabin <b>by the lake</b>', 'Stored', 'connected', 'Caretaker 0.1.0']) {
      assert.ok(shown.includes(words), `${words} in ${shown}`);
    }
    assert.ok(!shown.includes(home.tokens.read_only));
    await editor.picture('instance-diagnostics', editor.dialog);

    await editor.page.getByRole('button', { name: 'Copy' }).click();
    await editor.sees('Copied');
    const [download] = await Promise.all([
      editor.page.waitForEvent('download'),
      editor.page.getByRole('button', { name: 'Download' }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^caretaker_cabin_[\w-]+\.json$/);
    const record = JSON.parse(readFileSync(await download.path(), 'utf8')) as Record<string, unknown>;
    assert.equal(record['instance_id'], 'cabin');
    assert.deepEqual(editor.complaints, []);
  });

  const diagnoseConnected = async () => {
    if ((await editor.page.locator('#caretaker-diagnostics-button').count()) === 0) await diagnose('cabin');
    else await editor.page.locator('#caretaker-diagnostics-button').click();
    await editor.page.locator('.caretaker-good .caretaker-buttons').waitFor({ timeout: 2_000 });
  };

  it('say in German why one was refused', async () => {
    editor = await EditorPage.open(browser, nodeRed, { language: 'de', height: 1150 });
    await editor.edit('n');
    await diagnose('twin');
    const shown = (await result().textContent()) ?? '';
    assert.match(shown, /is already used by "The cabin"/);
    assert.match(shown, /läuft nicht/);
    assert.doesNotMatch(shown, /\b(?:diagnostics|test)\.[a-z_]+\b/);
    await editor.picture('instance-diagnostics-de', editor.dialog);
    assert.deepEqual(editor.complaints, []);
  });

  it('of one that was never deployed say that', async () => {
    editor = await EditorPage.open(browser, nodeRed);
    await editor.edit('m');
    await editor.page.getByRole('button', { name: 'Add a Home Assistant' }).click();
    await editor.settled();
    await editor.page.locator('#caretaker-diagnostics-button').click();
    await editor.sees('There is nothing to tell yet.');
  });
});
