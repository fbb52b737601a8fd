import { readFile, rm } from 'node:fs/promises';
import { makeConfigFolder } from './config-folder';
import { freePort } from './free-port';
import { HassProcess } from './hass-process';
import type { Installed } from './install';

/**
 * Starts a home once, in which `hass` installs the requirements it finds missing: two homes on one install must not
 * do that at the same time.
 */
export async function warmUp({ version, launch }: Installed, logFile: string): Promise<void> {
  const folder = await makeConfigFolder({ version, port: await freePort(), demo: true, yaml: '' });
  const hass = new HassProcess(launch(folder), logFile);
  try {
    hass.start();
    await hass.until('initialized', async () => /Home Assistant initialized/.test(await readFile(logFile, 'utf8')));
  } finally {
    await hass.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
