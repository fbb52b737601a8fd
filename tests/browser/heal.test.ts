import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { instanceNode } from '../nodes/flows';
import { eventually } from '../support/eventually';
import type { FlowNode, NodeRed } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { EditorPage, launchBrowser, offlineNodeRed } from './editor-page';

const HEALING = {
  verify_seconds: ['0', '3601', '1', '90'],
  cooldown_seconds: ['-1', 'soon', '0', '120'],
  max_attempts: ['1.5', '-1', '0', '5'],
  circuit_breaker_threshold: ['x', '0.5', '0', '2'],
  circuit_breaker_reset_seconds: ['-5', 'x', '0', '600'],
  reloads_per_hour: ['2.5', '10001', '0', '4'],
} as const;

describe('healing in the editor', function () {
  this.timeout(90_000);
  let browser: Browser;
  let home: SimulatedHome;
  let nodeRed: NodeRed;
  let editor: EditorPage;

  before(async () => {
    home = await startSimulatedHome({ seed: 7 });
    nodeRed = offlineNodeRed();
    [browser] = await Promise.all([launchBrowser(), nodeRed.start()]);
    const monitor: FlowNode = { id: 'm', type: 'caretaker-monitor', z: 'tab', x: 200, y: 60, wires: [[]] };
    const tab: FlowNode = { id: 'tab', type: 'tab', label: 'Homes' };
    await nodeRed.deploy([tab, { ...monitor, instances: [], kinds: ['entity'] }, instanceNode('home', home)]);
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

  const field = (name: string) => editor.field(name, 'node-input');
  const level = (name: string) => editor.page.locator(`#caretaker-heal-levels input[value="${name}"]`);

  async function openInstance(): Promise<void> {
    await editor.page.evaluate(() =>
      Reflect.get(window, 'RED').editor.editConfig('', 'caretaker-instance', 'node-home'),
    );
    await editor.settled();
  }

  /** Nothing in the dialog is wider than the dialog. */
  async function fits(): Promise<void> {
    const over = await editor.dialog.evaluate((tray) => {
      const body = tray.querySelector('.red-ui-tray-body') as HTMLElement;
      return body.scrollWidth - body.clientWidth;
    });
    assert.ok(over <= 0, `${over} pixels too wide`);
  }

  it('is careful from the start: asked only, no restart, nobody else told', async () => {
    const id = await editor.dragFromPalette('caretaker-heal', 260, 160);
    const { auto, notify, dry_run, levels, plans, instances, wires } = await editor.node('caretaker-heal');
    assert.deepEqual(
      { auto, notify, dry_run, levels, plans, instances },
      {
        auto: false,
        notify: false,
        dry_run: false,
        levels: ['entity', 'device', 'integration'],
        plans: [],
        instances: [],
      },
    );
    assert.equal((wires as unknown[]).length, 2);
    await editor.edit(id);
    await editor.sees('Heals what a message names');
    assert.equal(await field('notify').isVisible(), false);
    assert.equal(await level('home_assistant').isChecked(), false);
    await fits();
    await editor.done();
    const { auto: kept, levels: same, plans: none } = await editor.node('caretaker-heal');
    assert.deepEqual([kept, same, none], [false, ['entity', 'device', 'integration'], []]);
    assert.deepEqual(editor.complaints, []);
  });

  it('saves what is chosen, as it is called in messages, and shows it again', async () => {
    const id = await editor.dragFromPalette('caretaker-heal', 260, 160);
    await editor.edit(id);
    await editor.page.locator('#caretaker-heal-auto').selectOption('itself');
    await editor.sees('Heals each incident of its homes');
    await field('notify').check();
    await field('dry_run').check();
    await level('entity').uncheck();
    await level('home_assistant').check();
    await editor.page.locator('#caretaker-heal-plans').fill('zigbee, "by night, slowly" , zigbee');
    await fits();
    await editor.picture('heal', editor.dialog);
    await editor.done();
    const { auto, notify, dry_run, levels, plans } = await editor.node('caretaker-heal');
    assert.deepEqual(
      { auto, notify, dry_run, levels, plans },
      {
        auto: true,
        notify: true,
        dry_run: true,
        levels: ['device', 'integration', 'home_assistant'],
        plans: ['zigbee', 'by night, slowly'],
      },
    );
    assert.match((await editor.page.locator(`[id="${id}"]`).textContent()) ?? '', /heal by itself: all homes/);
    await editor.edit(id);
    assert.equal(await editor.page.locator('#caretaker-heal-auto').inputValue(), 'itself');
    assert.equal(await editor.page.locator('#caretaker-heal-plans').inputValue(), 'zigbee, "by night, slowly"');
    assert.deepEqual(await Promise.all([level('entity').isChecked(), level('device').isChecked()]), [false, true]);
    assert.deepEqual(editor.complaints, []);
  });

  it('says that nothing can be done with nothing ticked', async () => {
    await editor.edit(await editor.dragFromPalette('caretaker-heal', 260, 160));
    for (const name of ['entity', 'device', 'integration']) await level(name).uncheck();
    await editor.sees('Nothing is ticked: everything would be refused.');
    await editor.done();
    assert.equal(
      await editor.page.evaluate(
        () => Reflect.get(window, 'RED').nodes.filterNodes({ type: 'caretaker-heal' })[0].valid,
      ),
      false,
    );
  });

  it('has a home from before there was healing healed as a new one', async () => {
    await openInstance();
    assert.equal(await editor.field('healing_enabled').isChecked(), true);
    assert.equal(await editor.field('healing_dry_run').isChecked(), false);
    await editor.sees('To heal, it must be an administrator’s');
    await editor.done();
    const { healing_enabled, healing_dry_run, cooldown_seconds } = await editor.node('caretaker-instance');
    assert.deepEqual([healing_enabled, healing_dry_run, cooldown_seconds], [true, false, '']);
    assert.deepEqual(editor.complaints, []);
  });

  it('takes the times and counts of healing, and says what is none', async () => {
    await openInstance();
    const wrong = (name: string) => editor.field(name).evaluate((input) => input.classList.contains('input-error'));
    for (const [name, [bad, worse, least, good]] of Object.entries(HEALING)) {
      for (const [text, isWrong] of [
        [bad, true],
        [worse, true],
        [least, false],
        [good, false],
      ] as const) {
        await editor.field(name).fill(text);
        await editor.field(name).press('End');
        await eventually(async () => assert.equal(await wrong(name), isWrong, `${name} ${text}`));
      }
    }
    await editor.field('healing_enabled').uncheck();
    await editor.field('healing_dry_run').check();
    await editor.field('reloads_per_hour').evaluate((last) => last.closest('.form-row')?.scrollIntoView(false));
    await fits();
    await editor.picture('instance-healing', editor.dialog);
    await editor.done();
    const saved = await editor.node('caretaker-instance');
    for (const [name, [, , , good]] of Object.entries(HEALING)) assert.equal(saved[name], Number(good), name);
    assert.deepEqual([saved['healing_enabled'], saved['healing_dry_run']], [false, true]);
    assert.deepEqual(editor.complaints, []);
  });

  it('says in the test of the connection what healing needs', async () => {
    for (const [token, words] of [
      ['read_only', 'To heal, create the token as an administrator.'],
      ['admin', 'Only to watch, the token of a read-only user is enough.'],
    ] as const) {
      await openInstance();
      await editor.field('token').fill(home.tokens[token]);
      await editor.page.locator('#caretaker-test-button').click();
      await editor.sees(words);
      await editor.picture('instance', editor.dialog);
      await editor.cancel();
    }
    assert.deepEqual(editor.complaints, []);
  });

  it('sets a new monitor to incidents, and leaves an old one as it is', async () => {
    await editor.edit('m');
    assert.deepEqual(await editor.page.locator('#caretaker-monitor-kinds input:checked').count(), 1);
    await editor.page.locator('#caretaker-monitor-kinds input[value="incident"]').check();
    await editor.sees('An incident and everything it explains will each send a message.');
    await editor.cancel();
    const id = await editor.dragFromPalette('caretaker-monitor', 260, 220);
    const kinds = (await editor.flow()).filter(({ type }) => type === 'caretaker-monitor').map((one) => one['kinds']);
    assert.deepEqual(kinds, [['entity'], ['incident']]);
    await editor.edit(id);
    assert.equal(await editor.page.locator('#caretaker-monitor-mixed').isVisible(), false);
    await editor.picture('monitor', editor.dialog);
    assert.deepEqual(editor.complaints, []);
  });

  it('speaks German', async () => {
    editor = await EditorPage.fresh(browser, nodeRed, editor, { language: 'de' });
    const id = await editor.dragFromPalette('caretaker-heal', 260, 160);
    assert.match((await editor.page.locator(`[id="${id}"]`).textContent()) ?? '', /heilen: alle Zuhause/);
    await editor.edit(id);
    await editor.page.locator('#caretaker-heal-auto').selectOption('itself');
    await editor.sees('Heilt jede Störung seiner Zuhause');
    await fits();
    await editor.picture('heal-de', editor.dialog);
    assert.doesNotMatch(
      (await editor.dialog.textContent()) ?? '',
      /\b(?:field|tip|section|level|plans|does|invalid)\.[a-z_]+\b/,
    );
    await editor.cancel();
    await editor.box(id).click();
    await editor.invoke('core:show-help-tab');
    await editor.page.locator('.red-ui-help').getByText('Was als geheilt gilt').first().waitFor();
    await openInstance();
    await editor.field('reloads_per_hour').scrollIntoViewIfNeeded();
    await editor.sees('Zum Heilen muss es einem Administrator gehören');
    await fits();
    await editor.picture('instance-healing-de', editor.dialog);
    assert.deepEqual(editor.complaints, []);
  });

  it('deploys', async () => {
    await editor.dragFromPalette('caretaker-heal', 260, 160);
    await editor.deploy();
    await editor.page.getByText('heal: all homes').first().waitFor();
    assert.deepEqual(editor.complaints, []);
  });
});
