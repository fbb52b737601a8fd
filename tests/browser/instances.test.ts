import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FlowNode, NodeRed } from '../support/node-red';
import { EditorPage, launchBrowser, offlineNodeRed } from './editor-page';

const instance = (id: string, name: string, fields: object = {}): FlowNode => ({
  id,
  type: 'caretaker-instance',
  instance_id: name.toLowerCase(),
  name,
  // Nobody listens there: these tests are about the editor.
  url: 'http://127.0.0.1:9',
  include: {},
  exclude: {},
  entity_overrides: [],
  ...fields,
});

const monitor = (id: string, instances: readonly string[], y: number): FlowNode => ({
  id,
  type: 'caretaker-monitor',
  z: 'tab',
  name: id,
  instances,
  kinds: ['entity'],
  direction: 'both',
  include: {},
  exclude: {},
  announce: false,
  x: 200,
  y,
  wires: [[]],
});

const flows = (...monitors: FlowNode[]): FlowNode[] => [
  { id: 'tab', type: 'tab', label: 'Homes' },
  instance('home', 'Home'),
  instance('cabin', 'Cabin'),
  ...monitors,
];

for (const version of [5, 4] as const) {
  describe(`the list of instances in Node-RED ${version}`, function () {
    this.timeout(60_000);
    let browser: Browser;
    let nodeRed: NodeRed;
    let editor: EditorPage;

    before(async () => {
      nodeRed = offlineNodeRed(version);
      [browser] = await Promise.all([launchBrowser(), nodeRed.start()]);
    });

    after(async () => {
      await browser?.close();
      await nodeRed?.dispose();
    });

    afterEach(async function () {
      if (this.currentTest?.state === 'failed') await editor?.close();
    });

    async function open(...monitors: FlowNode[]): Promise<void> {
      await nodeRed.deploy(flows(...monitors));
      editor = await EditorPage.fresh(browser, nodeRed, editor);
    }

    const row = (id: string) => editor.page.locator(`[data-instance="${id}"]`);
    const box = (id: string) => row(id).locator('input');
    const saved = async (id: string) => (await editor.flow()).find((node) => node.id === id)?.['instances'];
    const valid = (id: string) =>
      editor.page.evaluate((node) => Reflect.get(window, 'RED').nodes.node(node).valid as boolean, id);

    it('counts users on load: of one, of several, of all', async () => {
      await open(monitor('one', ['home'], 80), monitor('both', ['home', 'cabin'], 140), monitor('all', [], 200));
      assert.deepEqual(await editor.users(), { Home: 3, Cabin: 2 });
      assert.deepEqual(editor.complaints, []);
    });

    it('counts them through edit, undo and redo', async () => {
      await open(monitor('one', ['home'], 80));
      await editor.edit('one');
      assert.equal(await box('home').isChecked(), true);
      assert.equal(await box('cabin').isChecked(), false);
      await box('cabin').check();
      await editor.done();
      assert.deepEqual(await saved('one'), ['home', 'cabin']);
      assert.deepEqual(await editor.users(), { Home: 1, Cabin: 1 });
      await editor.invoke('core:undo');
      assert.deepEqual(await saved('one'), ['home']);
      assert.deepEqual(await editor.users(), { Home: 1, Cabin: 0 });
      await editor.invoke('core:redo');
      assert.deepEqual(await saved('one'), ['home', 'cabin']);
      assert.deepEqual(await editor.users(), { Home: 1, Cabin: 1 });
    });

    it('counts them through delete and undo', async () => {
      await open(monitor('one', ['home'], 80), monitor('both', ['home', 'cabin'], 140));
      await editor.box('both').click();
      await editor.invoke('core:delete-selection');
      assert.deepEqual(await editor.users(), { Home: 1, Cabin: 0 });
      await editor.invoke('core:undo');
      assert.deepEqual(await editor.users(), { Home: 2, Cabin: 1 });
    });

    it('counts them after an import, and of a copy', async () => {
      await open(monitor('one', ['home'], 80));
      await editor.page.evaluate(
        (nodes) => Reflect.get(window, 'RED').view.importNodes(nodes, { generateIds: true, touchImport: true }),
        [monitor('more', ['home', 'cabin'], 200), instance('home', 'Home'), instance('cabin', 'Cabin')],
      );
      await editor.page.waitForTimeout(100);
      assert.deepEqual(await editor.users(), { Home: 2, Cabin: 1 });
    });

    it('never makes "only this one" into "all" when the one is deleted', async () => {
      await open(monitor('one', ['cabin'], 80));
      await editor.edit('one');
      await row('cabin').getByRole('button').click();
      await editor.settled();
      await editor.dialog.getByRole('button', { name: 'Delete' }).click();
      await editor.settled();
      await editor.sees('missing');
      assert.equal(await box('cabin').isChecked(), true);
      await editor.done();
      assert.deepEqual(await saved('one'), ['cabin']);
      assert.equal(await valid('one'), false);
      assert.deepEqual(await editor.users(), { Home: 0 });
      await editor.invoke('core:undo');
      assert.deepEqual(await saved('one'), ['cabin']);
      assert.deepEqual(await editor.users(), { Home: 0, Cabin: 1 });
    });

    // The rest does not touch what differs between the versions.
    if (version === 4) return;

    it('keeps an id that does not exist and a variable, and says so', async () => {
      await open(monitor('one', ['gone', '${HOME_NODE}', 'home'], 80));
      await editor.edit('one');
      assert.match((await row('gone').textContent()) ?? '', /missing/);
      assert.match((await row('${HOME_NODE}').textContent()) ?? '', /environment variable/);
      await editor.sees('Gone: gone.');
      await editor.picture('missing', editor.dialog);
      await editor.done();
      assert.deepEqual(new Set((await saved('one')) as string[]), new Set(['gone', '${HOME_NODE}', 'home']));
      await editor.edit('one');
      await box('gone').uncheck();
      await editor.page.getByRole('button', { name: 'Environment variable' }).click();
      await editor.page.getByLabel('Environment variable').last().fill('CABIN_NODE');
      await editor.page.keyboard.press('Enter');
      await editor.done();
      assert.deepEqual(await saved('one'), ['${HOME_NODE}', 'home', '${CABIN_NODE}']);
    });

    it('saves no instance as none, never as all', async () => {
      await open(monitor('one', ['home'], 80));
      await editor.edit('one');
      await box('home').uncheck();
      await editor.sees('No Home Assistant is ticked');
      await editor.done();
      assert.deepEqual(await saved('one'), ['']);
      assert.equal(await valid('one'), false);
      assert.deepEqual(await editor.users(), { Home: 0, Cabin: 0 });
      await editor.edit('one');
      assert.equal(await editor.page.locator('#caretaker-monitor-instances-mode').inputValue(), 'some');
      await editor.cancel();
    });

    it('ticks nothing by itself where several exist', async () => {
      await open(monitor('one', [], 80));
      await editor.edit('one');
      await editor.page.locator('#caretaker-monitor-instances-mode').selectOption('some');
      assert.equal(await box('home').isChecked(), false);
      assert.equal(await box('cabin').isChecked(), false);
      await editor.cancel();
    });

    it('refuses an id that is taken, and one that changes says what stays behind', async () => {
      await open(monitor('one', [], 80));
      await editor.edit('one');
      await row('cabin').getByRole('button').click();
      await editor.settled();
      await editor.field('instance_id').fill('home');
      await editor.sees('The ID “home” belongs to “Home” already.');
      await editor.sees('What is stored so far stays under “cabin”');
      await editor.done();
      await editor.done();
      assert.equal(await valid('cabin'), false);
      assert.equal(await valid('one'), true);
    });

    it('keeps selectors and times of their own through a dialog', async () => {
      await open(monitor('one', [], 80));
      await editor.edit('one');
      await editor.page.locator('#caretaker-monitor-include summary').click();
      await editor.page.locator('#caretaker-monitor-include-entities').fill('light.*, sensor.garden_?');
      await editor.page.locator('#caretaker-monitor-include-areas').fill('kitchen, "Attic, left"');
      await editor.picture('selectors', editor.dialog);
      await row('cabin').getByRole('button').click();
      await editor.settled();
      await editor.dialog
        .getByRole('link', { name: 'add entities' })
        .or(editor.dialog.getByText('add entities'))
        .click();
      await editor.page.locator('.caretaker-match').fill('sensor.*');
      await editor.page.locator('[data-time="stale_threshold_seconds"]').fill('900');
      await editor.page.locator('.caretaker-match').scrollIntoViewIfNeeded();
      await editor.picture('overrides', editor.dialog);
      await editor.done();
      await editor.done();
      const flow = await editor.flow();
      assert.deepEqual(flow.find(({ id }) => id === 'one')?.['include'], {
        entities: ['light.*', 'sensor.garden_?'],
        areas: ['kitchen', 'Attic, left'],
      });
      assert.deepEqual(flow.find(({ id }) => id === 'cabin')?.['entity_overrides'], [
        { match: 'sensor.*', stale_threshold_seconds: 900 },
      ]);
      assert.deepEqual(editor.complaints, []);
    });
  });
}
