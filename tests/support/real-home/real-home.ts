import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home, Lab, Tokens } from '../home';
import { makeConfigFolder } from './config-folder';
import { freePort } from './free-port';
import { HassProcess } from './hass-process';
import { install } from './install';
import { RealLab } from './real-lab';
import type { ReleaseName } from './release';
import { makeUsers, type Users } from './users';

export interface RealHomeOptions {
  readonly version?: ReleaseName;
  /** What the home calls itself (`location_name`). */
  readonly name?: string;
  readonly port?: number;
  /** Of the people who live there; `en` unless said. */
  readonly language?: string;
  /** Adds the `demo` integration: about 120 entities of every domain. */
  readonly demo?: boolean;
  /** Added to its `configuration.yaml`. */
  readonly yaml?: string;
  /** Only the simulator has one. */
  readonly seed?: never;
}

/** A real Home Assistant with a config folder and users of its own; installs it first where that is still to do. */
export async function startRealHome(options: RealHomeOptions = {}): Promise<Home> {
  const { version, launch } = await install(options.version ?? '2026.11');
  const port = options.port ?? (await freePort());
  const folder = await makeConfigFolder({ version, port, demo: options.demo ?? false, yaml: options.yaml ?? '' });
  const hass = new HassProcess(launch(folder), join(folder, 'hass.log'));
  const url = `http://127.0.0.1:${port}`;
  try {
    hass.start();
    await hass.until('ready for its first user', async () => (await fetch(`${url}/api/onboarding`)).ok);
    const users = await makeUsers(url);
    const home = new RealHome(url, version, hass, folder, users);
    await users.owner.command('config/core/update', coreSettings(options.name ?? 'Lab home', options.language ?? 'en'));
    await home.running();
    return home;
  } catch (error) {
    await hass.stop();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

class RealHome implements Home {
  readonly lab: Lab;
  readonly tokens: Tokens;

  constructor(
    readonly url: string,
    readonly version: string,
    private readonly hass: HassProcess,
    private readonly folder: string,
    private readonly users: Users,
  ) {
    this.lab = new RealLab(users.owner);
    this.tokens = { admin: users.admin.token, user: users.user.token, read_only: users.read_only.token };
  }

  async restart(): Promise<void> {
    const before = this.hass.generation;
    await this.users.owner.callService('homeassistant', 'restart');
    await this.hass.until('restarted', async () => this.hass.generation > before);
    await this.running();
  }

  /** What a test did a moment ago survives: Home Assistant would lose up to ten seconds of its registries. */
  async kill(): Promise<void> {
    await this.users.owner.callService('caretaker_lab', 'write_out').catch(() => undefined);
    await this.hass.kill();
  }

  async start(): Promise<void> {
    this.hass.start();
    await this.running();
  }

  async setTokenValid(who: keyof Tokens, valid: boolean): Promise<void> {
    const { owner, [who]: user } = this.users;
    await owner.callService('caretaker_lab', 'set_login', { user_id: user.userId, valid });
  }

  async setConfigValid(valid: boolean): Promise<void> {
    const file = join(this.folder, 'configuration.yaml');
    const text = (await readFile(file, 'utf8')).replace(BROKEN_YAML, '');
    await writeFile(file, valid ? text : text + BROKEN_YAML);
  }

  async log(): Promise<readonly string[]> {
    const lines = (await readFile(this.hass.logFile, 'utf8')).split('\n');
    return lines.filter((line) => /\b(WARNING|ERROR|CRITICAL)\b/.test(line));
  }

  async stop(): Promise<void> {
    await this.hass.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async running(): Promise<void> {
    await this.hass.until('RUNNING', async () => {
      const { status, body } = await this.users.owner.rest('GET', '/api/config');
      return status === 200 && (body as { state: string }).state === 'RUNNING';
    });
  }
}

/** A list that never ends. */
const BROKEN_YAML = 'broken: [\n';

/** Complete, because what is missing would be announced as a repair. */
function coreSettings(name: string, language: string): Record<string, unknown> {
  return {
    location_name: name,
    latitude: 52.37,
    longitude: 4.9,
    elevation: 0,
    unit_system: 'metric',
    time_zone: 'UTC',
    currency: 'EUR',
    country: 'NL',
    language,
  };
}
