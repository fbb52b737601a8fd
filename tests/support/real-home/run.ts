import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

export type Env = Readonly<Record<string, string>>;

/** Settings of this machine that a package client needs to reach its registry. */
const PASSED_ON = /^(https?_proxy|no_proxy|pip_(index_url|extra_index_url|default_timeout|trusted_host)|tz)$/i;

export function isOnPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, command)));
}

export function succeeds(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/**
 * The whole environment of what is started, never this process's own: a developer's `PYTHONPATH` or virtual
 * environment must not leak into the Home Assistant under test.
 */
export function environment(path: string, home: string, certificates: string): Env {
  const own = Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)) as [string, string][];
  return {
    ...Object.fromEntries(own),
    PATH: path,
    HOME: home,
    LANG: 'C.UTF-8',
    SSL_CERT_FILE: certificates,
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
}

/** Runs a command that ends with this process at the latest; appends what it says to `logFile`. */
export async function run(command: string, args: readonly string[], env: Env, logFile: string): Promise<void> {
  const log = await open(logFile, 'a');
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
        env,
        stdio: ['ignore', log.fd, log.fd],
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? signal ?? 'nothing'));
    });
    if (code !== 0) throw new Error(`${command} ended with ${code}; the end of ${logFile}:\n${await tail(logFile)}`);
  } finally {
    await log.close();
  }
}

/** The last lines of a log, for an error message. */
export async function tail(logFile: string, lines = 20): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
