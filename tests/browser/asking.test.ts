import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { instanceNode } from '../nodes/flows';
import type { FlowNode, NodeRed } from '../support/node-red';
import { EditorPage, launchBrowser, offlineNodeRed } from './editor-page';

/** Nobody answers there: the dialogs ask no home. */
const NOWHERE = { url: 'http://127.0.0.1:9', tokens: { admin: 'none', read_only: 'none' } };

/** Names of texts, seen where a text is missing. */
const KEYS = /\b(?:field|tip|section|query|does|by|schedule|asked|group)\.[a-z_]+\b/;

describe('asking in the editor', function () {
  this.timeout(90_000);
  let browser: Browser;
  let nodeRed: NodeRed;
  let editor: EditorPage;

  before(async () => {
    nodeRed = offlineNodeRed();
    [browser] = await Promise.all([launchBrowser(), nodeRed.start()]);
    const tab: FlowNode = { id: 'tab', type: 'tab', label: 'Homes' };
    const homes = ['home', 'cabin'].map((id) => instanceNode(id, NOWHERE as never));
    await nodeRed.deploy([tab, ...homes]);
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
  });

  const field = (name: string) => editor.field(name, 'node-input');
  const at = (selector: string) => editor.page.locator(selector);

  /** Nothing in the dialog is wider than the dialog. */
  async function fits(): Promise<void> {
    const over = await editor.dialog.evaluate((tray) => {
      const body = tray.querySelector('.red-ui-tray-body') as HTMLElement;
      return body.scrollWidth - body.clientWidth;
    });
    assert.ok(over <= 0, `${over} pixels too wide`);
  }

  const isWrong = (name: string) => field(name).evaluate((input) => input.classList.contains('input-error'));

  it('begins with what is asked most, and sends nothing by itself', async () => {
    const id = await editor.dragFromPalette('caretaker-aggregate', 260, 160);
    const other = await editor.dragFromPalette('caretaker-pattern', 260, 260);
    const numbers = { hours: '', days: '', limit: '' };
    const { query, hours, days, limit, options, live, schedule } = await editor.node('caretaker-aggregate');
    assert.deepEqual(
      { query, hours, days, limit, options, live, schedule },
      { query: 'status', ...numbers, options: {}, live: false, schedule: '' },
    );
    for (const node of [id, other]) {
      const before = (await editor.flow()).find((one) => one.id === node);
      await editor.edit(node);
      await fits();
      await editor.picture(node === id ? 'aggregate-new' : 'pattern-new', editor.dialog);
      await editor.done();
      assert.deepEqual(
        (await editor.flow()).find((one) => one.id === node),
        before,
      );
    }
    assert.match((await at(`[id="${id}"]`).textContent()) ?? '', /status: all homes/);
    assert.deepEqual(editor.complaints, []);
  });

  it('shows the fields of the query, saves them as messages name them, and shows them again', async () => {
    const id = await editor.dragFromPalette('caretaker-aggregate', 260, 160);
    await editor.edit(id);
    assert.deepEqual(await Promise.all(['hours', 'limit', 'live_seconds'].map((name) => field(name).isVisible())), [
      false,
      false,
      false,
    ]);
    await field('query').selectOption('entity_history');
    await editor.sees('For this query e.g. {"entity_id":"light.kitchen"}');
    assert.equal(await field('hours').getAttribute('placeholder'), '24');
    await field('hours').fill('169');
    await editor.sees('A number from 1 to 168.');
    await field('hours').fill('48');
    assert.equal(await isWrong('hours'), false);
    const options = at('.red-ui-typedInput-container input.red-ui-typedInput-input');
    await options.fill('{"entity_id": ');
    await editor.sees('A JSON object is needed');
    await options.fill('{"entity_id": "light.kitchen"}');
    await field('live').check();
    await field('live_seconds').fill('0');
    await editor.sees('A number from 1 to 86400.');
    await field('live_seconds').fill('5');
    await fits();
    await editor.picture('aggregate', editor.dialog);
    await editor.done();
    const saved = await editor.node('caretaker-aggregate');
    const { query, hours, live, live_seconds } = saved;
    assert.deepEqual([query, hours, live, live_seconds], ['entity_history', 48, true, 5]);
    assert.deepEqual(saved['options'], { entity_id: 'light.kitchen' });
    await editor.edit(id);
    assert.equal(await field('hours').inputValue(), '48');
    assert.equal(await options.inputValue(), '{"entity_id":"light.kitchen"}');
    assert.deepEqual(editor.complaints, []);
  });

  it('says that only one of hours and days can be', async () => {
    await editor.edit(await editor.dragFromPalette('caretaker-pattern', 260, 160));
    await field('days').fill('7');
    assert.equal(await isWrong('days'), false);
    await field('hours').fill('24');
    await editor.sees('Set only one of hours and days.');
    await editor.done();
    const valid = () => Reflect.get(window, 'RED').nodes.filterNodes({ type: 'caretaker-pattern' })[0].valid;
    assert.equal(await editor.page.evaluate(valid), false);
  });

  for (const [mode, fill, saved] of [
    ['every', { 'How many': '15', 'Minutes or hours': 'minute' }, 'every 15 minutes'],
    ['daily', { 'Time of day': '06:30' }, 'daily 06:30'],
    ['weekly', { 'Time of day': '18:05' }, 'weekly mon,thu 18:05'],
    ['text', { 'Schedule, or an environment variable': '${REPORT_AT}' }, '${REPORT_AT}'],
    ['never', {}, ''],
  ] as const) {
    it(`saves a schedule as ${JSON.stringify(saved)}, and shows it again`, async () => {
      const id = await editor.dragFromPalette('caretaker-pattern', 260, 160);
      await editor.edit(id);
      const line = at(`.caretaker-schedule[data-mode="${mode}"]`);
      await at('#caretaker-pattern-schedule-mode').selectOption(mode);
      for (const [label, value] of Object.entries(fill)) {
        const one = line.getByLabel(label);
        if (label === 'Minutes or hours') await one.selectOption(value);
        else await one.fill(value);
      }
      if (mode === 'weekly') await line.getByLabel('Thu').check();
      await fits();
      await editor.picture(`pattern-${mode}`, editor.dialog);
      await editor.done();
      assert.equal((await editor.node('caretaker-pattern'))['schedule'], saved);
      await editor.edit(id);
      assert.equal(await at('#caretaker-pattern-schedule-mode').inputValue(), mode);
      if (mode === 'weekly') assert.equal(await line.locator(':checked').count(), 2);
      await editor.done();
      assert.equal((await editor.node('caretaker-pattern'))['schedule'], saved);
      assert.deepEqual(editor.complaints, []);
    });
  }

  it('says what is no schedule', async () => {
    await editor.edit(await editor.dragFromPalette('caretaker-pattern', 260, 160));
    await at('#caretaker-pattern-schedule-mode').selectOption('weekly');
    await at('.caretaker-days input:checked').uncheck();
    await editor.sees('Not a schedule');
    await at('#caretaker-pattern-schedule-mode').selectOption('every');
    await at('.caretaker-schedule input[inputmode]').fill('0');
    await editor.sees('Not a schedule');
    assert.deepEqual(editor.complaints, []);
  });

  it('speaks German', async () => {
    editor = await EditorPage.fresh(browser, nodeRed, editor, { language: 'de', theme: 'dark' });
    for (const [type, y, words] of [
      ['caretaker-aggregate', 160, 'Ein Zuhause, das noch nie zu sehen war'],
      ['caretaker-pattern', 260, 'Was verpasst wurde'],
    ] as const) {
      const id = await editor.dragFromPalette(type, 260, y);
      await editor.edit(id);
      if (type === 'caretaker-aggregate') await field('live').check();
      await field('query').selectOption('reliability');
      await at(`#${type}-schedule-mode`).selectOption('weekly');
      await editor.sees('Wie oft und wie lange etwas ausgefallen war');
      assert.equal(await at('.caretaker-days label').first().textContent(), 'Mo');
      await fits();
      await editor.picture(`${type.replace('caretaker-', '')}-de`, editor.dialog);
      assert.doesNotMatch((await editor.dialog.textContent()) ?? '', KEYS);
      await editor.cancel();
      await editor.box(id).click();
      await editor.invoke('core:show-help-tab');
      await editor.page.locator('.red-ui-help').getByText(words).first().waitFor();
    }
    assert.deepEqual(editor.complaints, []);
  });

  it('deploys', async () => {
    await editor.dragFromPalette('caretaker-aggregate', 260, 160);
    await editor.dragFromPalette('caretaker-pattern', 260, 260);
    await editor.deploy();
    await editor.page.getByText('reliability: all homes').first().waitFor();
    assert.deepEqual(editor.complaints, []);
  });
});
