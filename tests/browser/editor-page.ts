import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { eventually } from '../support/eventually';
import { type FlowNode, NodeRed, root } from '../support/node-red';

/** The browser inside an npm package; elsewhere than on Linux x64 an installed Chrome. */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return chromium.launch({ channel: 'chrome' });
  // Makes the package unpack the libraries a bare Debian lacks, too.
  process.env['AWS_LAMBDA_JS_RUNTIME'] = 'nodejs24.x';
  const { default: shipped } = await import('@sparticuz/chromium');
  // A single process ends with its first window; the next two hide what a real browser would refuse; the last ones draw
  // by a graphics card that is imitated, which takes twice the time.
  const unwanted =
    /^--(single-process|disable-web-security|allow-running-insecure-content|.*(gpu|gl=|angle|swiftshader).*)$/;
  const args = shipped.args.filter((arg) => !unwanted.test(arg));
  const quiet = ['--disable-gpu', '--no-sandbox', '--disable-quic', '--disable-background-networking'];
  return chromium.launch({ executablePath: await shipped.executablePath(), args: [...args, ...quiet] });
}

/** A Node-RED that asks nobody outside for anything. */
export function offlineNodeRed(version: 4 | 5 = 5): NodeRed {
  const nodeRed = new NodeRed({ version, settings: { editorTheme: { tours: false, palette: { catalogues: [] } } } });
  // Its tips come a second after it began to load, and fail where it has not loaded by then.
  const users = { _: { editor: { view: { 'view-show-tips': false } } } };
  writeFileSync(join(nodeRed.userDir, '.config.users.json'), JSON.stringify(users));
  return nodeRed;
}

export interface EditorLook {
  readonly language?: 'en-US' | 'de';
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

/** A user at the Node-RED editor. Whatever the browser complains about ends up in `complaints`. */
export class EditorPage {
  readonly complaints: string[] = [];
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #look: EditorLook;

  private constructor(context: BrowserContext, page: Page, look: EditorLook) {
    this.#context = context;
    this.page = page;
    this.#look = look;
    page.setDefaultTimeout(25_000);
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) this.complaints.push(`${response.status()} ${response.url()}`);
    });
  }

  static async open(browser: Browser, nodeRed: NodeRed, look: EditorLook = {}): Promise<EditorPage> {
    const { language = 'en-US', theme = 'light', width = 1360, height = 860 } = look;
    const context = await browser.newContext({ viewport: { width, height }, locale: language, colorScheme: theme });
    await context.addInitScript((chosen) => localStorage.setItem('editor-language', chosen), language);
    const editor = new EditorPage(context, await context.newPage(), look);
    await editor.page.goto(nodeRed.url);
    await editor.ready();
    if (theme === 'dark') await editor.page.evaluate(() => document.documentElement.classList.add('nr-theme-dark'));
    return editor;
  }

  /** As one just opened; the former one is that for a tenth of the time, where it looks the same. */
  static async fresh(
    browser: Browser,
    nodeRed: NodeRed,
    former: EditorPage | undefined,
    look: EditorLook = {},
  ): Promise<EditorPage> {
    if (former && !former.page.isClosed() && isDeepStrictEqual(former.#look, look)) {
      await former.#renew();
      return former;
    }
    await former?.close();
    return EditorPage.open(browser, nodeRed, look);
  }

  /** Shows what is deployed, and nothing else; the editor does likewise when another project is opened. */
  async #renew(): Promise<void> {
    while (await this.dialog.isVisible()) await this.cancel();
    await this.page.waitForFunction(() => {
      // It goes by itself in the end: taken away it would be missed.
      const notes = Array.from(document.querySelectorAll('.red-ui-notification'));
      for (const note of notes) Reflect.get(note, 'close')?.call(note);
      return notes.length === 0;
    });
    await this.page.evaluate(async () => {
      const RED = Reflect.get(window, 'RED');
      const headers = { accept: 'application/json', 'Node-RED-API-Version': 'v2' };
      const { flows, rev } = await (await fetch('flows', { headers })).json();
      RED.view.select();
      RED.nodes.clear();
      RED.history.clear();
      RED.nodes.version(rev);
      RED.nodes.import(flows);
      RED.nodes.dirty(false);
      RED.workspaces.show(RED.nodes.getWorkspaceOrder()[0]);
      RED.view.redraw(true);
    });
    this.complaints.length = 0;
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  async ready(): Promise<void> {
    await this.page.locator('#red-ui-workspace-tabs li').first().waitFor();
    await this.page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  /** Nothing, so that a test run leaves the checkout clean; SCREENSHOTS=1 renews what docs/images has, a folder gets all. */
  async picture(name: string, of: Locator | Page = this.page): Promise<void> {
    const wish = process.env['SCREENSHOTS'];
    if (!wish) return;
    const path = join(wish === '1' ? join(root, 'docs/images') : wish, `${name}.png`);
    if (wish === '1' && !existsSync(path)) return;
    mkdirSync(dirname(path), { recursive: true });
    await of.screenshot({ path });
  }

  /** The open dialog on top. */
  get dialog(): Locator {
    return this.page.locator('.red-ui-tray').last();
  }

  async sees(text: string): Promise<void> {
    await this.dialog.getByText(text).first().waitFor();
  }

  field(name: string, kind: 'node-input' | 'node-config-input' = 'node-config-input'): Locator {
    return this.page.locator(`#${kind}-${name}`);
  }

  /** Answers the id of the new node. */
  async dragFromPalette(type: string, x: number, y: number): Promise<string> {
    const before = new Set((await this.flow()).map(({ id }) => id));
    const entry = this.page.locator(`[data-palette-type="${type}"]`);
    await entry.scrollIntoViewIfNeeded();
    await entry.dragTo(this.page.locator('#red-ui-workspace-chart'), { targetPosition: { x, y } });
    return eventually(async () => {
      const added = (await this.flow()).find((node) => node.type === type && !before.has(node.id));
      assert.ok(added);
      return added.id;
    });
  }

  /** Draws a wire as a user does. */
  async wire(from: string, to: string): Promise<void> {
    const output = this.page.locator(`[id="${from}"] .red-ui-flow-port-output .red-ui-flow-port`);
    await output.dragTo(this.page.locator(`[id="${to}"] .red-ui-flow-port-input .red-ui-flow-port`), { force: true });
  }

  /** The node's body; the group around it also holds its status. */
  box(nodeId: string): Locator {
    return this.page.locator(`[id="${nodeId}"] rect.red-ui-flow-node`);
  }

  /** Double-clicks again where the editor, busy, took the two clicks for single ones. */
  async edit(nodeId: string): Promise<void> {
    await eventually(async () => {
      await this.box(nodeId).dblclick();
      await this.dialog.waitFor({ timeout: 2_000 });
    }, 6_000);
    await this.settled();
  }

  /** The tray that slides in has arrived. */
  async settled(): Promise<void> {
    await this.dialog.waitFor();
    await this.#still();
  }

  /** Nothing slides and the focus stays where it is, for a while: the editor moves both when it gets round to it. */
  async #still(): Promise<void> {
    await this.page.waitForFunction(
      () => {
        const memory = window as unknown as { still?: { seen: string; since: number } };
        const trays = Array.from(
          document.querySelectorAll('.red-ui-tray'),
          (tray) => tray.getBoundingClientRect().left,
        );
        const seen = `${trays.join()} ${document.activeElement?.id ?? ''}`;
        if (memory.still?.seen !== seen) memory.still = { seen, since: performance.now() };
        return performance.now() - memory.still.since > 450;
      },
      undefined,
      { polling: 50 },
    );
  }

  async done(): Promise<void> {
    await this.#leave('.red-ui-tray-toolbar .primary');
  }

  async cancel(): Promise<void> {
    await this.#leave('#node-dialog-cancel, #node-config-dialog-cancel');
  }

  async #leave(button: string): Promise<void> {
    const tray = await this.dialog.elementHandle();
    await this.dialog.locator(button).click();
    await tray?.waitForElementState('hidden');
    // The editor takes no click while the tray below slides back.
    await this.#still();
  }

  async deploy(): Promise<void> {
    await this.page.locator('#red-ui-header-button-deploy').click();
    await this.page.locator('#red-ui-header-button-deploy.disabled').waitFor();
  }

  /** Runs one of the editor's actions, as its menu and keys do. */
  async invoke(action: string): Promise<void> {
    await this.page.evaluate((name) => Reflect.get(window, 'RED').actions.invoke(name), action);
    await this.page.waitForTimeout(60);
  }

  /** instance title to how many nodes use it. */
  async users(): Promise<Record<string, number>> {
    return this.page.evaluate(() => {
      const counts: Record<string, number> = {};
      Reflect.get(window, 'RED').nodes.eachConfig((config: { type: string; name: string; users: unknown[] }) => {
        if (config.type === 'caretaker-instance') counts[config.name] = config.users.length;
      });
      return counts;
    });
  }

  /** What would be saved now. */
  async flow(): Promise<FlowNode[]> {
    return this.page.evaluate(() => Reflect.get(window, 'RED').nodes.createCompleteNodeSet({ credentials: false }));
  }

  async node(type: string): Promise<FlowNode> {
    const found = (await this.flow()).find((node) => node.type === type);
    assert.ok(found, `no ${type} in the flow`);
    return found;
  }
}
