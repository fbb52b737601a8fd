/** Home Assistant releases the suites run against; each stands for one generation of its API. */
export type ReleaseName = '2026.11' | '2024.3';

/** What it takes to install one release. */
export interface Release {
  readonly version: string;
  readonly python: string;
  /** Debian suite that has this Python. */
  readonly suite: string;
  /** Script of debootstrap for the suite: an older debootstrap does not know the name of a newer suite. */
  readonly script: string;
  readonly packages: readonly string[];
}

export const RELEASES: Readonly<Record<ReleaseName, Release>> = {
  '2026.11': {
    version: '2026.11.0',
    python: 'python3.14',
    suite: 'forky',
    script: 'sid',
    packages: ['homeassistant==2026.11.0', 'pymicro-vad==1.0.1', 'pyspeex-noise==1.0.2'],
  },
  '2024.3': {
    version: '2024.3.3',
    python: 'python3.11',
    suite: 'bookworm',
    script: 'bookworm',
    // Without the two pins every HTTP request is answered with 500.
    packages: ['homeassistant==2024.3.3', 'josepy<2', 'acme<3'],
  },
};

export function isReleaseName(name: string | undefined): name is ReleaseName {
  return name !== undefined && Object.hasOwn(RELEASES, name);
}
