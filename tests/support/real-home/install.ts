import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { launchInDebianRoot, makeDebianRoot } from './debian-root';
import { lock } from './lock';
import { isReleaseName, RELEASES, type Release, type ReleaseName } from './release';
import { type Env, environment, isOnPath, run, succeeds } from './run';
import { launchInVenv, makeVenv } from './venv';
import { warmUp } from './warm-up';

/** One Home Assistant installed on this machine, shared by any number of homes. */
export interface Installed {
  readonly version: string;
  /** How to start `hass` on a config folder of this machine. The process is `hass` itself, not a shell around it. */
  launch(configDir: string): Launch;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Env;
}

const installs = new Map<ReleaseName, Promise<Installed>>();

/** Makes the install if it is not in the cache yet, which takes minutes; after that it takes no time. */
export function install(name: ReleaseName): Promise<Installed> {
  const installed = installs.get(name) ?? findOrMake(RELEASES[name]);
  installs.set(name, installed);
  return installed;
}

async function findOrMake(release: Release): Promise<Installed> {
  const ofMachine = succeeds(release.python, '-c', 'import ensurepip, venv');
  complainIfImpossible(release, ofMachine);
  const folder = join(cacheFolder(), `home-assistant-${release.version}-${ofMachine ? 'venv' : 'root'}`);
  const launch = (configDir: string) => (ofMachine ? launchInVenv : launchInDebianRoot)(folder, configDir);
  const installed: Installed = { version: release.version, launch };
  if (await isComplete(folder, release)) return installed;

  await mkdir(cacheFolder(), { recursive: true });
  const letGo = await lock(`${folder}.lock`);
  try {
    if (!(await isComplete(folder, release))) await make(release, ofMachine, folder, installed);
  } finally {
    await letGo();
  }
  return installed;
}

async function make(release: Release, ofMachine: boolean, folder: string, installed: Installed): Promise<void> {
  const logFile = `${folder}.log`;
  await writeFile(logFile, '');
  const env = environment(process.env['PATH'] ?? '', homedir(), '');
  // What an interrupted install has left. One file system: should anything be mounted in there, it must survive.
  await run('rm', ['-rf', '--one-file-system', folder], env, logFile);
  await mkdir(folder, { recursive: true });
  await (ofMachine ? makeVenv : makeDebianRoot)(release, folder, logFile);
  await warmUp(installed, logFile);
  await writeFile(markerIn(folder), JSON.stringify(release));
}

/** Written last, so an install without it was interrupted; says what was installed, so another recipe is made anew. */
function markerIn(folder: string): string {
  return join(folder, 'complete.json');
}

async function isComplete(folder: string, release: Release): Promise<boolean> {
  const marker = await readFile(markerIn(folder), 'utf8').catch(() => undefined);
  return marker === JSON.stringify(release);
}

function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.cache'), 'caretaker-tests');
}

function complainIfImpossible(release: Release, ofMachine: boolean): void {
  const tools = ['setpriv', 'flock', ...(ofMachine ? [] : ['unshare', 'chroot'])];
  const missing = tools.filter((tool) => !isOnPath(tool)).map((tool) => `the command ${tool}`);
  if (!ofMachine) missing.push(...missingForDebianRoot(release));
  if (missing.length === 0) return;
  throw new Error(`Home Assistant ${release.version} cannot be run on this machine. Missing: ${missing.join('; ')}.`);
}

function missingForDebianRoot({ python, suite }: Release): string[] {
  const instead = `${python} with venv on the PATH (or, to install it from Debian ${suite}, `;
  if (process.getuid?.() !== 0) return [`${instead}the rights of root)`];
  if (!isOnPath('debootstrap') && !isOnPath('apt-get')) return [`${instead}debootstrap or apt-get)`];
  if (!succeeds('unshare', '--mount', 'true')) return [`${instead}the right to mount)`];
  return [];
}

async function main(name: string | undefined): Promise<void> {
  if (!isReleaseName(name)) throw new Error(`Which release? One of ${Object.keys(RELEASES).join(', ')}`);
  const started = Date.now();
  const { version } = await install(name);
  console.log(`Home Assistant ${version} is installed (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

if (require.main === module) {
  main(process.argv[2]).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
