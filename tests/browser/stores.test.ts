import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { instanceNode } from '../nodes/flows';
import { eventually } from '../support/eventually';
import type { FlowNode, NodeRed } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { EditorPage, launchBrowser, offlineNodeRed } from './editor-page';

interface StoreAnswer {
  readonly namespaces: readonly { readonly instance_id: string; readonly transitions: number }[];
}

describe('stores and backups in the editor', function () {
  this.timeout(90_000);
  let browser: Browser;
  let home: SimulatedHome;
  let nodeRed: NodeRed;
  let editor: EditorPage;

  const store: FlowNode = { id: 's', type: 'caretaker-store', kind: 'sqlite', name: 'All homes', file: '' };
  const backup: FlowNode = {
    id: 'b',
    type: 'caretaker-backup',
    z: 'tab',
    instances: [],
    action: 'create',
    x: 200,
    y: 100,
    wires: [[]],
  };
  const flows = (...nodes: FlowNode[]): FlowNode[] => [{ id: 'tab', type: 'tab', label: 'Homes' }, backup, ...nodes];

  before(async () => {
    home = await startSimulatedHome({ seed: 7 });
    nodeRed = offlineNodeRed();
    [browser] = await Promise.all([launchBrowser(), nodeRed.start()]);
    const ids = ['home', 'old', 'resting'];
    await nodeRed.deploy(flows(...ids.map((id) => instanceNode(id, home))));
    await eventually(async () => {
      const { namespaces } = await stored();
      assert.ok(namespaces.length === ids.length && namespaces.every(({ transitions }) => transitions > 5));
    }, 20_000);
    // One is gone, one only rests: the runtime cannot tell them apart.
    await nodeRed.deploy(flows(store, instanceNode('home', home), instanceNode('resting', home, { d: true })));
  });

  beforeEach(async () => {
    editor = await EditorPage.fresh(browser, nodeRed, editor);
  });

  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    console.log(editor?.complaints);
    await editor?.close();
  });

  after(async () => {
    await browser?.close();
    await nodeRed?.dispose();
    await home?.stop();
  });

  async function stored(): Promise<StoreAnswer> {
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    return (await (await fetch(`${nodeRed.url}/caretaker/stores/test`, options)).json()) as StoreAnswer;
  }
  const ids = async () => (await stored()).namespaces.map(({ instance_id }) => instance_id).sort();
  const row = (id: string) => editor.page.locator('.caretaker-namespaces tbody tr', { hasText: id });
  const question = () => editor.page.locator('#red-ui-notifications .red-ui-notification:visible');

  async function open(type: string, id: string): Promise<void> {
    await editor.page.evaluate(([of, node]) => Reflect.get(window, 'RED').editor.editConfig('', of, node), [type, id]);
    await editor.settled();
  }

  async function test(): Promise<void> {
    await editor.page.locator('#caretaker-store-test-button').click();
    await editor.page.locator('.caretaker-good, .caretaker-bad').waitFor();
  }

  /** Nothing in the dialog is wider than the dialog. */
  async function fits(): Promise<void> {
    const over = await editor.dialog.evaluate((tray) => {
      const body = tray.querySelector('.red-ui-tray-body') as HTMLElement;
      return body.scrollWidth - body.clientWidth;
    });
    assert.ok(over <= 0, `${over} pixels too wide`);
  }

  it('shows what a store holds, and whose purge makes sense', async () => {
    await open('caretaker-store', 's');
    await test();
    await editor.sees('The store works');
    assert.equal(await row('home').getByRole('button').count(), 0);
    assert.match((await row('old').textContent()) ?? '', /no longer configured.*Purge …/);
    assert.match((await row('resting').textContent()) ?? '', /its node is disabled or not deployed/);
    assert.equal(await row('resting').getByRole('button').count(), 0);
    await fits();
    await editor.picture('store', editor.dialog);
    assert.deepEqual(editor.complaints, []);
  });

  it('asks before it purges, naming the home and how much there is; cancelled, nothing happens', async () => {
    await open('caretaker-store', 's');
    await test();
    await row('old').getByRole('button').click();
    const facts = (await stored()).namespaces.find(({ instance_id }) => instance_id === 'old')?.transitions;
    assert.match((await question().textContent()) ?? '', new RegExp(`“old”: ${facts} changes\\?.*backup.*first`));
    // It has come to rest.
    await question().getByRole('button', { name: 'Cancel' }).hover();
    await editor.picture('store-purge');
    await question().getByRole('button', { name: 'Cancel' }).click();
    await question().waitFor({ state: 'hidden' });
    assert.deepEqual(await ids(), ['home', 'old', 'resting']);
  });

  it('does not purge from another store than the one it shows', async () => {
    await open('caretaker-store', 's');
    await editor.field('file').fill('elsewhere.sqlite');
    await test();
    await editor.sees('It holds no home yet.');
    const answer = await editor.page.evaluate(async () => {
      const body = JSON.stringify({ id: 's', instance_id: 'old', place: '/elsewhere.sqlite' });
      const headers = { 'content-type': 'application/json' };
      return (await (await fetch('caretaker/stores/purge', { method: 'POST', headers, body })).json()) as object;
    });
    assert.equal(Reflect.get(answer, 'code'), 'bad_input');
    assert.deepEqual(await ids(), ['home', 'old', 'resting']);
  });

  async function takeOver(from: string, choose?: (choice: Locator) => Promise<unknown>): Promise<string> {
    await open('caretaker-instance', 'node-home');
    await editor.page.locator('#caretaker-instance-import summary').click();
    const item = editor.page.locator('.caretaker-orphans li', { hasText: from });
    await item.waitFor();
    if (choose) await choose(item.locator('select'));
    await item.getByRole('button').click();
    assert.match(
      (await question().textContent()) ?? '',
      new RegExp(`“${from}” in the place of what “home” has stored`),
    );
    await question().getByRole('button', { name: 'Take over' }).click();
    const view = editor.page.locator('#caretaker-instance-import .caretaker-test');
    await editor.page.locator('#caretaker-instance-import .caretaker-good').waitFor();
    return (await view.textContent()) ?? '';
  }
  const backupsOf = (id: string) => readdirSync(join(nodeRed.userDir, 'caretaker', 'backups', id));

  it('offers the history of a home that is gone to another one', async () => {
    const said = await takeOver('old');
    assert.match(said, /Taken over from “old”: \d+ changes of \d+ entities.*caretaker_home_.*_before-restore/);
    assert.ok(backupsOf('old').some((name) => name.includes('_before-import')));
    assert.deepEqual(await ids(), ['home', 'old', 'resting']);
    await fits();
    await editor.picture('instance-import', editor.dialog);
    assert.deepEqual(editor.complaints, []);
  });

  it('purges after a backup, which can still be taken over', async () => {
    await open('caretaker-store', 's');
    await test();
    await row('old').getByRole('button').click();
    await question().getByRole('button', { name: 'Back up and delete' }).click();
    await editor.page.locator('.caretaker-purged').waitFor();
    const made = backupsOf('old').find((name) => name.includes('_before-purge'));
    assert.ok(made && ((await row('old').textContent()) ?? '').includes(made));
    assert.deepEqual(await ids(), ['home', 'resting']);
    await fits();
    await editor.cancel();
    assert.match(await takeOver('old', (choice) => choice.selectOption(made)), /Taken over from “old”/);
    assert.deepEqual(editor.complaints, []);
  });

  it('offers nothing to a home whose new ID is not deployed', async () => {
    await open('caretaker-instance', 'node-home');
    await editor.field('instance_id').fill('moved');
    await editor.sees('Once it is deployed, the history of “home” can be taken over below.');
    await editor.page.locator('#caretaker-instance-import summary').click();
    await editor.sees('Deploy this home first');
    assert.equal(await editor.page.locator('.caretaker-orphans li').count(), 0);
  });

  it('takes how often to back up, and says what is no such number', async () => {
    await open('caretaker-store', 's');
    for (const [text, fine] of [
      ['0.1', false],
      ['x', false],
      ['9000', false],
      ['24', true],
      ['0', true],
      ['', true],
    ] as const) {
      await editor.field('backup_interval_hours').fill(text);
      assert.equal(await editor.page.locator('.caretaker-problem:visible').count(), fine ? 0 : 1, text);
    }
    await editor.field('backup_interval_hours').fill('12');
    await editor.done();
    assert.equal((await editor.node('caretaker-store'))['backup_interval_hours'], 12);
    assert.deepEqual(editor.complaints, []);
  });

  it('shows the fields an action needs, and no others', async () => {
    await editor.edit('b');
    const shown: Record<string, string[]> = {};
    const action = editor.field('action', 'node-input');
    // No tooltip of what the mouse rests on.
    await action.hover();
    for (const value of await action
      .locator('option')
      .evaluateAll((all) => all.map((one) => one.getAttribute('value') ?? ''))) {
      await action.selectOption(value);
      const visible = ['tag', 'from', 'backup'].map(
        async (name) => [name, await editor.field(name, 'node-input').isVisible()] as const,
      );
      shown[value] = (await Promise.all(visible)).filter(([, is]) => is).map(([name]) => name);
      assert.notEqual(await editor.page.locator('#caretaker-backup-does').textContent(), '');
    }
    assert.deepEqual(shown, {
      create: ['tag'],
      list: [],
      verify: ['backup'],
      restore: ['backup'],
      import: ['from', 'backup'],
      delete: ['backup'],
      prune: ['tag'],
      purge: [],
    });
    await fits();
    await action.selectOption('create');
    await editor.picture('backup', editor.dialog);
    assert.deepEqual(editor.complaints, []);
  });

  it('speaks German', async () => {
    editor = await EditorPage.fresh(browser, nodeRed, editor, { language: 'de' });
    await open('caretaker-store', 's');
    await test();
    assert.match((await row('resting').textContent()) ?? '', /sein Node ist deaktiviert oder nicht übernommen/);
    await editor.sees('Backup von jedem Zuhause alle');
    await fits();
    await editor.picture('store-de', editor.dialog);
    await editor.cancel();
    await open('caretaker-instance', 'node-home');
    await editor.page.locator('#caretaker-instance-import summary').click();
    await editor.page.locator('.caretaker-orphans li').first().waitFor();
    await fits();
    await editor.picture('instance-import-de', editor.dialog);
    assert.deepEqual(editor.complaints, []);
  });
});
