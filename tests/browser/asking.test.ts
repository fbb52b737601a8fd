import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { instanceNode } from '../nodes/flows';
import type { FlowNode, NodeRed } from '../support/node-red';
import { EditorPage, launchBrowser, offlineNodeRed } from './editor-page';

/** Nobody answers there: the dialogs ask no home. */
const NOWHERE = { url: 'http://127.0.0.1:9', tokens: { admin: 'none', read_only: 'none' } };

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
    editor = await EditorPage.open(browser, nodeRed);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(editor?.complaints);
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

  it('look', async () => {
    for (const language of ['en-US', 'de'] as const) {
      await editor.close();
      editor = await EditorPage.open(browser, nodeRed, { language, theme: language === 'de' ? 'dark' : 'light' });
      const id = await editor.dragFromPalette('caretaker-pattern', 260, 160);
      await editor.edit(id);
      await editor.picture(`pattern-new-${language}`);
      await at('#caretaker-pattern-schedule-mode').selectOption('weekly');
      await editor.picture(`pattern-weekly-${language}`, editor.dialog);
      await at('#caretaker-pattern-schedule-mode').selectOption('every');
      await field('query').selectOption('failures');
      await field('hours').fill('0');
      await editor.picture(`pattern-every-${language}`, editor.dialog);
      await editor.cancel();
      const other = await editor.dragFromPalette('caretaker-aggregate', 260, 260);
      await editor.edit(other);
      await editor.picture(`aggregate-new-${language}`, editor.dialog);
      await field('query').selectOption('entities');
      await field('live').check();
      await editor.picture(`aggregate-entities-${language}`, editor.dialog);
      await editor.cancel();
      await editor.box(other).click();
      await editor.invoke('core:show-help-tab');
      await editor.page.waitForTimeout(500);
      await editor.picture(`aggregate-help-${language}`);
    }
    await fits();
    console.log(editor.complaints);
  });
});
