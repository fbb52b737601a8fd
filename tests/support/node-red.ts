import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from './eventually';

/** The checkout: compiled tests lie in build/tests/support. */
export const root = resolve(__dirname, '../../..');

export interface Told {
  readonly topic: string;
  readonly instance_id: string;
  readonly payload: Record<string, unknown>;
  /** The function node that caught it. */
  readonly caught_by: string;
}

export interface NodeRedOptions {
  readonly version?: 4 | 5;
  /** Kept when given, else made and removed. */
  readonly userDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where it finds the package; default the checkout. */
  readonly nodesDir?: string | null;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A line that begins so is a message a flow caught. */
const MARK = '@told ';

/** A real Node-RED in a process of its own: deployed over its admin API, stopped or killed as a user's would be. */
export class NodeRed {
  /** Everything `catcher` nodes got, in order. */
  readonly told: Told[] = [];
  readonly output: string[] = [];
  readonly userDir: string;
  port = 0;
  readonly #options: NodeRedOptions;
  #process: ChildProcess | undefined;

  constructor(options: NodeRedOptions = {}) {
    this.#options = options;
    this.userDir = options.userDir ?? mkdtempSync(join(tmpdir(), 'caretaker-node-red-'));
    mkdirSync(this.userDir, { recursive: true });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Where its editor is. */
  get adminUrl(): string {
    return `${this.url}${this.#options.settings?.['httpAdminRoot'] ?? ''}`;
  }

  get running(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async start(): Promise<void> {
    this.port ||= await freePort();
    // What it said in an earlier life does not count.
    this.output.length = 0;
    writeFileSync(join(this.userDir, 'settings.js'), this.#settings());
    const module = this.#options.version === 4 ? 'node-red-4' : 'node-red';
    const child = spawn(
      process.execPath,
      [join(root, 'node_modules', module, 'red.js'), '-u', this.userDir, '-s', join(this.userDir, 'settings.js')],
      {
        env: { ...process.env, ...this.#options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A Ctrl-C in the terminal is for us, who then end it in order.
        detached: true,
      },
    );
    this.#process = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.#heard(line));
    createInterface({ input: child.stderr }).on('line', (line) => this.output.push(line));
    await eventually(async () => {
      if (!this.running) throw new Error(`Node-RED ended:\n${this.output.join('\n')}`);
      if (!this.output.some((line) => line.includes('Started flows'))) throw new Error('flows are not started');
      // Flows may start before it listens.
      await fetch(`${this.adminUrl}/settings`);
    }, 30_000);
  }

  /** @param type as the editor's deploy menu */
  async deploy(flows: readonly FlowNode[], type: 'full' | 'nodes' | 'flows' = 'full'): Promise<void> {
    const response = await fetch(`${this.adminUrl}/flows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'node-red-deployment-type': type },
      body: JSON.stringify(flows),
    });
    if (!response.ok) throw new Error(`deploy: ${response.status} ${await response.text()}`);
  }

  /** Prints what it prints from now on. */
  echo(): void {
    this.#process?.stdout?.on('data', (chunk) => process.stdout.write(chunk));
    this.#process?.stderr?.on('data', (chunk) => process.stderr.write(chunk));
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops it and removes its user directory, unless that was given. */
  async dispose(): Promise<void> {
    await this.kill();
    if (!this.#options.userDir) rmSync(this.userDir, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (!child || !this.running) return;
    const exited = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await exited;
  }

  #heard(line: string): void {
    if (!line.startsWith(MARK)) this.output.push(line);
    else this.told.push(JSON.parse(line.slice(MARK.length)) as Told);
  }

  #settings(): string {
    const { nodesDir = root, settings = {} } = this.#options;
    const plain = {
      uiPort: this.port,
      uiHost: '127.0.0.1',
      flowFile: 'flows.json',
      credentialSecret: 'test',
      telemetry: { enabled: false, updateNotification: false },
      editorTheme: { tours: false },
      ...(nodesDir === null ? {} : { nodesDir: [nodesDir] }),
      ...settings,
    };
    return `module.exports = { ...${JSON.stringify(plain)}, functionGlobalContext: {
      tell: (message) => process.stdout.write(${JSON.stringify(MARK)} + JSON.stringify(message) + '\\n') } };`;
  }
}

/** A node whose input ends up in `told`. */
export function catcher(id: string, z: string): FlowNode {
  const func = `const { _msgid, ...rest } = msg; global.get('tell')({ ...rest, caught_by: '${id}' });`;
  return { id, type: 'function', z, name: id, func, outputs: 0, wires: [], x: 300, y: 100 };
}

/** The preferred port if it is free, else any. */
export async function freePort(preferred = 0): Promise<number> {
  try {
    return await bindable(preferred);
  } catch {
    return bindable(0);
  }
}

function bindable(port: number): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address() as { port: number };
      server.close(() => done(bound));
    });
  });
}
