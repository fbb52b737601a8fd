import type { CoverOptions, Fallen, Owner } from './fallen';
import { type Atom, counts, type Group, type GroupKind } from './risk-groups';

/** On a tie the lowest common level wins; a hub that is not seen to be down is only guessed. Higher is better. */
const RANK: Readonly<Record<GroupKind, number>> = { device: 5, hub: 2, config_entry: 3, integration: 1, area: 0 };
const CERTAIN_RANK = 4;
/** Power cuts of a single area are rare. */
const PRIOR: Readonly<Record<GroupKind, number>> = { device: 0, hub: 0, config_entry: 0, integration: 0.5, area: 2 };

/** An event may be lost, and a device has few to lose. */
const DEVICE_RATIO = 0.6;

/** Share of a group from which on it pays to wait for the rest. */
export const NEAR_RATIO = 0.5;
/** How many make up for one in ten that is missing. */
const MANY = 10;

/** The more are down together, the less it matters that some were not heard of. */
export function enough(hitRatio: number, hits: number): number {
  return hits >= MANY ? hitRatio - 0.1 : hitRatio;
}

/** A group, and those of its members that went down together. */
export class Candidate {
  readonly group: Group;
  readonly certain: boolean;
  /** What it would explain. */
  claim: readonly Fallen[] = [];
  gain = 0;
  hitRatio = 0;
  readonly #run: readonly Fallen[];
  readonly #down: ReadonlyMap<Atom, Fallen>;
  readonly #options: CoverOptions;
  /** Members that were up when it happened. */
  readonly #misses: number;

  constructor(
    group: Group,
    run: readonly Fallen[],
    certain: boolean,
    down: ReadonlyMap<Atom, Fallen>,
    options: CoverOptions,
  ) {
    this.group = group;
    this.certain = certain;
    this.#run = run;
    this.#down = down;
    this.#options = options;
    this.#misses = certain ? 0 : missesOf(group, run, down);
  }

  /** Whether the cause itself is seen to have failed. */
  get seen(): boolean {
    if (this.group.kind !== 'integration') return this.certain;
    return this.claim.every(({ atom }) => atom.entry?.proof && this.#down.has(atom.entry.proof));
  }

  get rank(): number {
    return this.certain && this.group.kind !== 'device' ? CERTAIN_RANK : RANK[this.group.kind];
  }

  /** Whether it can be the cause of anything that is not covered yet; brings `claim` and `gain` up to date. */
  weigh(covered: ReadonlySet<Fallen>): boolean {
    const rest = this.#run.filter((fallen) => !covered.has(fallen) && !fallen.blocked);
    const whole = wholeOwners(rest);
    const reach = this.certain ? this.group.atoms.length : 0;
    this.claim = rest.filter(({ owner }) => owner === null || owner.reach < reach || whole.has(owner));
    if (!this.claim.some(({ owner }) => owner === null)) return false;
    const hits = this.claim.length;
    this.hitRatio = hits / (hits + this.#misses);
    this.gain = hits - this.#misses - PRIOR[this.group.kind];
    return this.certain || this.#suffices(hits);
  }

  /** Not enough of it is down to be the cause, but what is late may still make it so. */
  get isNear(): boolean {
    const hits = this.claim.length;
    const least = this.group.kind === 'device' ? 2 : 3;
    const isLikely = this.certain || this.hitRatio >= enough(this.#options.hitRatio, hits);
    return !isLikely && hits >= least && this.hitRatio >= NEAR_RATIO && this.claim.some(isFree);
  }

  /** An area must be more than the chance place of a narrower cause. */
  stands(others: readonly Candidate[]): boolean {
    if (this.group.kind !== 'area') return true;
    const devices = new Set(this.claim.flatMap(({ atom }) => atom.device ?? []));
    const mine = new Set(this.claim);
    for (const other of others) {
      if (other.group.kind === 'area' || other.group.kind === 'device') continue;
      const theirs = new Set(other.claim.filter((one) => mine.has(one)).flatMap(({ atom }) => atom.device ?? []));
      if (devices.size - theirs.size < 2) return false;
    }
    return true;
  }

  #suffices(hits: number): boolean {
    const { kind } = this.group;
    const whole = this.#misses === 0;
    const reached = this.hitRatio >= enough(this.#options.hitRatio, hits);
    switch (kind) {
      case 'device':
        // Not of what is left of it when the most of it was down for long.
        return (whole && 2 * hits >= this.group.size) || (this.hitRatio >= DEVICE_RATIO && hits >= 3);
      case 'hub':
        return reached && hits >= 3 && this.#failingDevices().size >= 2;
      case 'config_entry':
        return (whole && hits >= 2) || (reached && hits >= 3) || this.#mostDevices(hits);
      case 'integration':
        return reached && this.#failingEntries() >= Math.max(2, this.#options.hitRatio * this.group.parts.size);
      case 'area':
        return reached && this.#failingDevices().size >= 3;
    }
  }

  #mostDevices(hits: number): boolean {
    const devices = this.group.parts.size;
    return hits >= 3 && devices >= 3 && this.#failingDevices().size >= this.#options.hitRatio * devices;
  }

  /** Devices of which little or nothing is up. */
  #failingDevices(): Set<Group> {
    const devices = new Set(this.claim.flatMap(({ atom }) => atom.device ?? []));
    for (const device of devices) {
      const up = device.atoms.filter((atom) => counts(device, atom) && !this.#down.has(atom)).length;
      if (up > (1 - DEVICE_RATIO) * device.size) devices.delete(device);
    }
    return devices;
  }

  #failingEntries(): number {
    const hits = new Map<Group, number>();
    for (const { atom } of this.claim) {
      if (!atom.entry) continue;
      const certain = atom === atom.entry.proof;
      hits.set(atom.entry, (hits.get(atom.entry) ?? 0) + (certain ? atom.entry.atoms.length : 1));
    }
    let failing = 0;
    for (const [entry, count] of hits) if (count >= this.#options.hitRatio * entry.size) failing += 1;
    return failing;
  }
}

/** The groups that something free belongs to, once for each time that members of them went down together. */
export function candidates(
  free: readonly Fallen[],
  down: ReadonlyMap<Atom, Fallen>,
  options: CoverOptions,
): Candidate[] {
  const found: Candidate[] = [];
  for (const [group, members] of fallenIn(groupsOf(free), down)) {
    members.sort((one, other) => one.since - other.since);
    const began = provenSince(group, members, down, options);
    const runs = began === null ? runsIn(group, members, options) : [fallenWith(group, members, began, options)];
    for (const run of runs) {
      if (run.some(isFree)) found.push(new Candidate(group, run, began !== null, down, options));
    }
  }
  return found;
}

export function isFree({ owner, blocked }: Fallen): boolean {
  return owner === null && !blocked;
}

function groupsOf(list: readonly Fallen[]): Set<Group> {
  const groups = new Set<Group>();
  for (const { atom } of list) for (const group of atom.groups) groups.add(group);
  return groups;
}

function fallenIn(groups: ReadonlySet<Group>, down: ReadonlyMap<Atom, Fallen>): Map<Group, Fallen[]> {
  const members = new Map<Group, Fallen[]>();
  for (const group of groups) members.set(group, []);
  for (const fallen of down.values()) for (const group of fallen.atom.groups) members.get(group)?.push(fallen);
  return members;
}

/** When the cause itself was seen to fail, epoch ms; null when it was not. */
export function provenSince(
  group: Group,
  members: readonly Fallen[],
  down: ReadonlyMap<Atom, Fallen>,
  { window }: Pick<CoverOptions, 'window'>,
): number | null {
  const proof = group.proof && down.get(group.proof);
  if (proof) return proof.blocked ? null : proof.since;
  const { own } = group;
  if (!own || own.atoms.some((atom) => counts(own, atom) && !down.has(atom))) return null;
  const last = runsOf(
    members.filter(({ atom, blocked }) => atom.device === own && !blocked),
    window,
  ).at(-1);
  return last?.[0]?.since ?? null;
}

/** A cause comes before its effect, give or take the order in which they were told. */
function fallenWith(group: Group, members: readonly Fallen[], began: number, options: CoverOptions): Fallen[] {
  const all = members.filter(({ since }) => since >= began - options.window);
  // What falls long after a hub, while most of what is behind it is well, has a cause of its own.
  const isLasting = group.proof !== null || 2 * all.length >= group.size;
  const after = isLasting ? all : all.filter(({ since }) => since <= began + options.effect);
  // What had failed before as good as the whole group is the same fault, seen earlier.
  const bulk = members.filter(({ since, owner }) => since < began - options.window && owner !== null);
  return bulk.length > 0 && bulk.length >= options.hitRatio * group.size ? [...bulk, ...after] : after;
}

/** Evidence may trickle in: once the most of a group is down, what fell minutes apart belongs together too. */
function runsIn(group: Group, members: readonly Fallen[], options: CoverOptions): Fallen[][] {
  const runs = runsOf(members, options.window);
  if (runs.length === 1 || group.kind === 'area' || group.kind === 'integration') return runs;
  const wide = runsOf(members, options.trickle).filter((run) => {
    return run.filter(({ atom }) => counts(group, atom)).length >= options.hitRatio * group.size;
  });
  return [...wide, ...runs];
}

/** @param members oldest first */
function runsOf(members: readonly Fallen[], window: number): Fallen[][] {
  const runs: Fallen[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const fallen of members) {
    if (fallen.since - last > window) runs.push([]);
    runs.at(-1)?.push(fallen);
    last = fallen.since;
  }
  return runs;
}

/** What was down before could not fall; what fell later was up. */
function missesOf(group: Group, run: readonly Fallen[], down: ReadonlyMap<Atom, Fallen>): number {
  const end = run.at(-1)?.since ?? 0;
  let fallen = 0;
  for (const atom of group.atoms) {
    if (!counts(group, atom)) continue;
    const one = down.get(atom);
    // Of an entry that is itself down nothing needs to be seen to fall.
    const isLost = group.kind === 'integration' && atom.entry?.proof && down.has(atom.entry.proof);
    if (isLost || (one && one.since <= end)) fallen += 1;
  }
  return group.size - fallen;
}

/** Open incidents of which everything is there. */
function wholeOwners(run: readonly Fallen[]): Set<Owner> {
  const found = new Map<Owner, number>();
  for (const { owner } of run) if (owner) found.set(owner, (found.get(owner) ?? 0) + 1);
  return new Set([...found].filter(([owner, count]) => count >= owner.size).map(([owner]) => owner));
}
