import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launch } from './install';
import type { Release } from './release';
import { type Env, environment, isOnPath, run } from './run';

const MIRROR = 'http://deb.debian.org/debian';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
/** Inside the root. */
const VENV = '/opt/home-assistant';
const CONFIG = '/config';

/**
 * Enters the root in a mount namespace of its own, so that the mounts vanish with the last process in it, however
 * that ends. Its arguments are the root, a folder to show as `/config` (or nothing) and the command.
 */
const ENTER = `set -e
root=$1; config=$2; shift 2
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
if [ -n "$config" ]; then mount --bind "$config" "$root${CONFIG}"; fi
exec chroot "$root" "$@"`;

/** A Debian of its own for a machine whose Debian lacks the Python; needs root. */
export async function makeDebianRoot(release: Release, folder: string, logFile: string): Promise<void> {
  const root = rootIn(folder);
  const host = environment(process.env['PATH'] ?? '', '/root', hostCertificates());
  await bringDebootstrap(host, logFile);
  await mkdir(root, { recursive: true });
  const { python, suite, script } = release;
  const include = [python, `${python}-venv`, `${python}-dev`, 'python3-pip', 'ca-certificates', 'g++'].join(',');
  const make = ['debootstrap', '--variant=minbase', `--include=${include}`, suite, root, await mirror(), script];
  // A process namespace too: killing its first process ends the package scripts it has started.
  const alone = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];
  await run('unshare', [...alone, ...make], host, logFile);
  await copyFile('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
  await copyFile('/etc/hosts', join(root, 'etc/hosts'));
  await copyFile(hostCertificates(), join(root, CERTIFICATES));
  await mkdir(join(root, CONFIG), { recursive: true });
  const inside = (...command: string[]) =>
    run('unshare', [...alone, 'sh', '-c', ENTER, 'sh', root, '', ...command], insideEnv(), logFile);
  await inside(python, '-m', 'venv', VENV);
  await inside(`${VENV}/bin/pip`, 'install', '--no-cache-dir', ...release.packages);
}

export function launchInDebianRoot(folder: string, configDir: string): Launch {
  const enter = ['--mount', '--propagation', 'private', 'sh', '-c', ENTER, 'sh', rootIn(folder), configDir];
  return {
    command: 'unshare',
    args: [...enter, `${VENV}/bin/hass`, '--config', CONFIG],
    env: insideEnv(),
  };
}

function rootIn(folder: string): string {
  return join(folder, 'root');
}

/** `hass` finds its own tools over PATH when it installs a requirement; the rest is for the shell that enters. */
function insideEnv(): Env {
  return environment(`${VENV}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`, '/root', CERTIFICATES);
}

function hostCertificates(): string {
  const named = process.env['SSL_CERT_FILE'];
  return named !== undefined && existsSync(named) ? named : CERTIFICATES;
}

async function bringDebootstrap(env: Env, logFile: string): Promise<void> {
  if (isOnPath('debootstrap')) return;
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], quiet, logFile);
  await run('apt-get', ['install', '-y', 'debootstrap', 'debian-archive-keyring'], quiet, logFile);
}

/** The Debian mirror of the machine's own apt sources, in either of their two formats. */
async function mirror(): Promise<string> {
  const folder = '/etc/apt/sources.list.d';
  const listed = existsSync(folder) ? (await readdir(folder)).map((name) => join(folder, name)) : [];
  for (const file of ['/etc/apt/sources.list', ...listed]) {
    const text = existsSync(file) ? await readFile(file, 'utf8') : '';
    const found = /^(?:deb\s(?:\[.*\]\s)?|URIs:)\s*(https?:\S+\/debian)\/?(?:\s|$)/m.exec(text);
    if (found?.[1] !== undefined) return found[1];
  }
  return MIRROR;
}
