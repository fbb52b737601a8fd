import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { type FlowNode, type NodeRed, root } from '../support/node-red';
import { EditorPage, launchBrowser, offlineNodeRed } from './editor-page';

const example = JSON.parse(readFileSync(join(root, 'examples/01 - Tell me what went down.json'), 'utf8')) as FlowNode[];
const monitorId = example.find(({ type }) => type === 'caretaker-monitor')?.id ?? '';
const cabinId = example.find(({ name }) => name === 'Cabin')?.id ?? '';

/** One of each node that the example has none of. */
const OTHERS: readonly FlowNode[] = ['heal', 'backup', 'pattern', 'aggregate', 'api'].map((name, n) => {
  const keys = name === 'api' ? { keys: [{ name: 'Reader', hash: `sha256:${'0'.repeat(64)}`, access: 'write' }] } : {};
  const place = { z: example.find(({ type }) => type === 'tab')?.id ?? '', x: 200, y: 400 + 40 * n, wires: [[]] };
  return { id: `one-${name}`, type: `caretaker-${name}`, ...place, ...keys };
});

/** What reaches beyond the dialog, to be seen by nobody. */
function cutOff(dialog: Element): string[] {
  const edge = dialog.getBoundingClientRect().right + 1;
  const all = Array.from(dialog.querySelectorAll('.caretaker-form *')).filter((one) => {
    const { right, width, height } = one.getBoundingClientRect();
    return width > 0 && height > 0 && right > edge;
  });
  return all.map((one) => `${one.tagName} ${one.id} ${one.className} ${(one.textContent ?? '').trim().slice(0, 40)}`);
}

/** Contrast of a text against what is painted behind it, as WCAG counts it. */
function contrastOf(element: Element): number {
  const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = channels(colour).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let behind: Element | null = element;
  let painted = '';
  while (behind && !painted) {
    const colour = getComputedStyle(behind).backgroundColor;
    const alpha = channels(colour)[3] ?? 1;
    if (alpha > 0.9) painted = colour;
    behind = behind.parentElement;
  }
  const [light = 1, dark = 0] = [
    luminance(getComputedStyle(element).color),
    luminance(painted || 'rgb(255,255,255)'),
  ].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

describe('how the editor looks', function () {
  this.timeout(60_000);
  let browser: Browser;
  let nodeRed: NodeRed;
  let editor: EditorPage;

  before(async () => {
    nodeRed = offlineNodeRed();
    [browser] = await Promise.all([launchBrowser(), nodeRed.start()]);
    await nodeRed.deploy([...example, ...OTHERS]);
  });

  after(async () => {
    await browser?.close();
    await nodeRed?.dispose();
  });

  afterEach(async () => {
    await editor.close();
  });

  const openInstance = async () => {
    await editor.edit(monitorId);
    await editor.page.locator(`[data-instance="${cabinId}"] button`).click();
    await editor.settled();
  };

  /** Everything in the dialog with words of its own. */
  const texts = () => editor.dialog.locator('label, summary b, .caretaker-told, .caretaker-hint, h4, button, small');

  it('speaks German', async () => {
    editor = await EditorPage.open(browser, nodeRed, { language: 'de' });
    await editor.edit(monitorId);
    await editor.sees('Worüber gemeldet wird');
    await editor.picture('monitor-de', editor.dialog);
    await editor.page.locator(`[data-instance="${cabinId}"] button`).click();
    await editor.settled();
    await editor.sees('Verbindung testen');
    await editor.field('url').fill('http://127.0.0.1:9');
    await editor.field('token').fill('x');
    await editor.page.locator('#caretaker-test-button').click();
    await editor.sees('Unter dieser Adresse antwortet nichts.');
    const shown = (await editor.dialog.textContent()) ?? '';
    assert.doesNotMatch(shown, /\b(?:field|tip|section|selector|overrides|test|problem)\.[a-z_]+\b/);
    assert.deepEqual(editor.complaints, []);
  });

  it('fits into a small window', async () => {
    editor = await EditorPage.open(browser, nodeRed, { language: 'de', width: 1024, height: 760 });
    for (const id of [monitorId, ...OTHERS.map((one) => one.id)]) {
      await editor.edit(id);
      await editor.settled();
      await editor.picture(`small-${id}`, editor.dialog);
      assert.deepEqual(await editor.dialog.evaluate(cutOff), [], id);
      await editor.cancel();
    }
    await openInstance();
    assert.deepEqual(await editor.dialog.evaluate(cutOff), [], 'instance');
  });

  it('helps in German and in English', async () => {
    for (const [language, words] of [
      ['de', 'Sendet eine Nachricht, wenn in einem Zuhause etwas ausfällt'],
      ['en-US', 'Sends a message when something in your homes goes down'],
    ] as const) {
      editor = await EditorPage.open(browser, nodeRed, { language });
      await editor.box(monitorId).click();
      await editor.invoke('core:show-help-tab');
      await editor.page.locator('.red-ui-sidebar-help, .red-ui-help').getByText(words).first().waitFor();
      assert.deepEqual(editor.complaints, []);
      await editor.close();
    }
  });

  for (const theme of ['light', 'dark'] as const) {
    it(`is readable in the ${theme} theme`, async () => {
      editor = await EditorPage.open(browser, nodeRed, { theme, height: 1150 });
      await editor.edit(monitorId);
      await editor.page.locator('#caretaker-monitor-include summary').click();
      for (const text of await texts().all()) {
        if (!(await text.isVisible())) continue;
        const contrast = await text.evaluate(contrastOf);
        assert.ok(contrast >= 4.5, `${await text.textContent()}: ${contrast.toFixed(1)}`);
      }
      await editor.page.locator('#caretaker-monitor-include summary').click();
      await openInstanceFromHere();
      for (const text of await texts().all()) {
        if (!(await text.isVisible())) continue;
        const contrast = await text.evaluate(contrastOf);
        assert.ok(contrast >= 4.5, `${await text.textContent()}: ${contrast.toFixed(1)}`);
      }
      if (theme === 'dark') await editor.picture('instance-dark');
      assert.deepEqual(editor.complaints, []);
    });
  }

  const openInstanceFromHere = async () => {
    await editor.page.locator(`[data-instance="${cabinId}"] button`).click();
    await editor.settled();
  };

  it('is usable with the keyboard alone', async () => {
    editor = await EditorPage.open(browser, nodeRed);
    await openInstance();
    await editor.field('name').focus();
    const reached = new Set<string>();
    for (let step = 0; step < 40; step++) {
      await editor.page.keyboard.press('Tab');
      reached.add(
        await editor.page.evaluate(() => {
          const { activeElement } = document;
          return activeElement?.id || activeElement?.closest('[id]')?.id || '';
        }),
      );
    }
    for (const id of ['instance_id', 'addon', 'url', 'token', 'stale_threshold_seconds']) {
      assert.ok(reached.has(`node-config-input-${id}`), `${id} is not reached`);
    }
    assert.ok(reached.has('caretaker-test-button'));
    assert.ok(reached.has('caretaker-instance-include'));
    await editor.page.locator('#caretaker-instance-include summary').focus();
    await editor.page.keyboard.press('Enter');
    assert.equal(await editor.page.locator('#caretaker-instance-include-entities').isVisible(), true);
  });
});
