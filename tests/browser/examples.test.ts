import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { eventually } from '../support/eventually';
import { type NodeRed, root } from '../support/node-red';
import { EditorPage, launchBrowser, offlineNodeRed } from './editor-page';

const PACKAGE = '@ha-caretaker/node-red-dashboard-2-caretaker';
const examples = readdirSync(join(root, 'examples')).sort();
const usersOf = (file: string) => {
  const nodes = JSON.parse(readFileSync(join(root, 'examples', file), 'utf8')) as { instances?: string[] }[];
  return nodes.filter(({ instances }) => instances).length;
};

describe('the examples', function () {
  this.timeout(60_000);
  let browser: Browser;
  let nodeRed: NodeRed;
  let editor: EditorPage;

  before(async () => {
    nodeRed = offlineNodeRed();
    [browser] = await Promise.all([launchBrowser(), nodeRed.start()]);
    editor = await EditorPage.open(browser, nodeRed, { width: 1300, height: 600 });
    await editor.invoke('core:toggle-sidebar');
  });

  after(async () => {
    await editor?.close();
    await browser?.close();
    await nodeRed?.dispose();
  });

  for (const file of examples) {
    const title = file.replace('.json', '');
    it(`imports ${title}`, async () => {
      const before = (await editor.flow()).length;
      await editor.invoke('core:show-examples-import-dialog');
      const dialog = editor.page.locator('#red-ui-clipboard-dialog');
      const entry = dialog.getByText(title, { exact: true });
      if (!(await entry.isVisible())) await dialog.getByText(PACKAGE, { exact: true }).click();
      const ok = editor.page.locator('#red-ui-clipboard-dialog-ok');
      // On a busy machine the list may be drawn anew under the click.
      await eventually(async () => {
        await entry.click();
        assert.ok(await ok.isEnabled());
      }, 25_000);
      await ok.click();
      await dialog.waitFor({ state: 'hidden' });
      await editor.page.waitForTimeout(300);
      const flow = await editor.flow();
      assert.ok(flow.length > before);
      const unknown = () => Reflect.get(window, 'RED').nodes.filterNodes({ type: 'unknown' }).length as number;
      assert.equal(await editor.page.evaluate(unknown), 0);
      await editor.page.locator('.red-ui-notification').first().click();
      await editor.page.locator('#red-ui-workspace-tabs li').last().click();
      // No tooltip of the tab.
      await editor.page.mouse.move(650, 450);
      await editor.page.waitForTimeout(300);
      await editor.picture(`example-${file.slice(0, 2)}`, editor.page.locator('#red-ui-workspace-chart'));
    });
  }

  it('fit together: three homes, every node uses all of them, nothing is invalid', async () => {
    const users = examples.reduce((sum, file) => sum + usersOf(file), 0);
    assert.deepEqual(await editor.users(), { Home: users, Cabin: users, Parents: users });
    const invalid = await editor.page.evaluate(() => {
      const names: string[] = [];
      const look = (node: { type: string; valid: boolean; name: string }) => {
        if (node.valid === false) names.push(`${node.type} ${node.name}`);
      };
      Reflect.get(window, 'RED').nodes.eachNode(look);
      Reflect.get(window, 'RED').nodes.eachConfig(look);
      return names;
    });
    assert.deepEqual(invalid, []);
  });

  it('deploy without a complaint', async () => {
    await editor.deploy();
    assert.deepEqual(editor.complaints, []);
  });
});
