import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Launch } from './install';
import type { Release } from './release';
import { type Env, environment, run } from './run';

/** A virtual environment made with a Python of this machine. */
export async function makeVenv(release: Release, folder: string, logFile: string): Promise<void> {
  const venv = venvIn(folder);
  await run(release.python, ['-m', 'venv', venv], venvEnv(venv), logFile);
  await run(join(venv, 'bin/pip'), ['install', '--no-cache-dir', ...release.packages], venvEnv(venv), logFile);
}

export function launchInVenv(folder: string, configDir: string): Launch {
  const venv = venvIn(folder);
  return { command: join(venv, 'bin/hass'), args: ['--config', configDir], env: venvEnv(venv) };
}

function venvIn(folder: string): string {
  return join(folder, 'venv');
}

function venvEnv(venv: string): Env {
  const certificates = process.env['SSL_CERT_FILE'] ?? '/etc/ssl/certs/ca-certificates.crt';
  return environment(`${join(venv, 'bin')}:${process.env['PATH'] ?? ''}`, homedir(), certificates);
}
