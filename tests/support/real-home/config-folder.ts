import { existsSync, readdirSync, rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface ConfigOptions {
  /** Home Assistant's version: where it takes the port from depends on it. */
  readonly version: string;
  readonly port: number;
  /** Adds the `demo` integration: about 120 entities of every domain. */
  readonly demo: boolean;
  /** Added as it is. */
  readonly yaml: string;
}

/**
 * Of the steps of onboarding only the first user is left to do: `core_config` would add the entries a new home
 * starts with, among them the weather and a radio from the internet, which are broken here.
 */
const DONE = ['core_config', 'analytics', 'integration'];
const PREFIX = 'caretaker-home-';
const HOST = '127.0.0.1';
/** Not compiled, so beside the TypeScript and not beside this file: from build/tests/support/real-home to the clone. */
const COMPONENTS = resolve(__dirname, '../../../../tests/support/real-home/custom_components');

/** A new config folder, ready to start on. */
export async function makeConfigFolder(options: ConfigOptions): Promise<string> {
  removeOrphans();
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  await cp(COMPONENTS, join(folder, 'custom_components'), {
    recursive: true,
    filter: (from) => !/__pycache__/.test(from),
  });
  await writeFile(join(folder, 'configuration.yaml'), configuration(options));
  await writeFile(join(folder, 'automations.yaml'), '[]\n');
  await writeFile(join(folder, 'scripts.yaml'), '{}\n');
  await writeFile(join(folder, 'scenes.yaml'), '[]\n');
  await mkdir(join(folder, '.storage'));
  await store(folder, 'onboarding', 4, { done: DONE });
  if (takesPortFromStorage(options.version)) await store(folder, 'http', 3, httpSettings(options.port));
  return folder;
}

async function store(folder: string, key: string, version: number, data: unknown): Promise<void> {
  await writeFile(join(folder, '.storage', key), JSON.stringify({ version, minor_version: 1, key, data }));
}

function configuration({ version, port, demo, yaml }: ConfigOptions): string {
  const lines = ['api:', 'websocket_api:', 'config:', 'history:', 'recorder:', '  commit_interval: 1'];
  lines.push('automation: !include automations.yaml', 'script: !include scripts.yaml', 'scene: !include scenes.yaml');
  lines.push('input_boolean:', 'input_number:', 'template:', 'caretaker_lab:');
  // The bootstrap says when everything is set up.
  lines.push('logger:', '  default: warning', '  logs:', '    homeassistant.bootstrap: info');
  if (!takesPortFromStorage(version)) lines.push('http:', `  server_host: ${HOST}`, `  server_port: ${port}`);
  if (demo) lines.push('demo:');
  return `${lines.join('\n')}\n${yaml}`;
}

/** Settings of `http:` in the YAML would only be on trial in a version that keeps them in its storage. */
function takesPortFromStorage(version: string): boolean {
  return !version.startsWith('2024.');
}

function httpSettings(port: number): unknown {
  return {
    stable: {
      server_port: port,
      server_host: [HOST],
      cors_allowed_origins: [],
      login_attempts_threshold: -1,
      ip_ban_enabled: false,
      ssl_profile: 'intermediate_v6',
      use_x_frame_options: true,
    },
    pending: null,
    yaml_migration_done: true,
  };
}

/** Folders of test runs that were killed before they could tidy up. */
function removeOrphans(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (Number.isNaN(pid) || existsSync(`/proc/${pid}`)) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
