import { type FSWatcher, watch } from 'node:fs';
import { describe } from '../error';
import { faultIn, type PlacedPlan, type PlanFile, readPlanFile } from './plan-file';
import { type ListedFile, listPlans, type PlanListing, type RealFolder, readListed, realFolder } from './plan-listing';

/** A folder of plans on disk. */
export interface PlanPlace {
  readonly path: string;
  /** As it is called in texts. */
  readonly name: string;
  /** A folder that it must not lead out of. */
  readonly within: string | null;
}

/** Who uses a folder. */
export interface PlanReader {
  log(message: string): void;
  /** Plans or problems are others than before. */
  changed(): void;
}

/** What is wrong with plans, as text for people. */
export interface PlanProblemText {
  /** A note: nothing is wrong, but somebody should know. */
  readonly kind: 'error' | 'note';
  readonly file: string;
  readonly text: string;
}

interface Held {
  readonly mark: string;
  /** Of the last version without faults. */
  readonly plans: readonly PlacedPlan[];
  readonly problems: readonly PlanProblemText[];
}

/** An editor writes a file in several steps, ms. */
const SETTLE_MS = 200;
/** Some disks tell nobody of a change, and a folder that is not there yet cannot; ms. */
const POLL_MS = 5_000;
const NONE: PlanListing = { files: [], refused: [] };

const watches = new Map<string, PlanWatch>();

/** The plans of one folder, read again when they change. Whoever uses the same folder shares it. */
export class PlanWatch {
  plans: readonly PlacedPlan[] = [];
  problems: readonly PlanProblemText[] = [];
  /** It was read once. Never rejects. */
  readonly ready: Promise<void>;
  readonly #place: PlanPlace;
  readonly #readers = new Set<PlanReader>();
  readonly #poll: NodeJS.Timeout;
  #files: ReadonlyMap<string, Held> = new Map();
  #watcher: FSWatcher | null = null;
  /** Of the folder that is watched. */
  #mark: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #reading = false;
  #stopped = false;

  /** @param pollMs of the first who comes */
  static of(place: PlanPlace, reader: PlanReader, pollMs = POLL_MS): PlanWatch {
    const found = watches.get(place.path) ?? new PlanWatch(place, pollMs);
    watches.set(place.path, found);
    found.#readers.add(reader);
    return found;
  }

  private constructor(place: PlanPlace, pollMs: number) {
    this.#place = place;
    this.#poll = setInterval(() => void this.#read(), pollMs).unref();
    // Whoever asked for it is among the readers by then.
    this.ready = Promise.resolve().then(() => this.#read());
  }

  leave(reader: PlanReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#stopped = true;
    clearInterval(this.#poll);
    if (this.#timer) clearTimeout(this.#timer);
    this.#attend(null);
    if (watches.get(this.#place.path) === this) watches.delete(this.#place.path);
  }

  /** Not put off by further changes: they come again. */
  readonly #soon = (): void => {
    if (this.#stopped) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#read();
    }, SETTLE_MS).unref();
  };

  async #read(): Promise<void> {
    if (this.#reading) return this.#soon();
    this.#reading = true;
    try {
      const folder = await realFolder(this.#place.path, this.#place.within);
      // First, so that no change is missed in between.
      this.#attend(folder);
      const listing = folder ? await listPlans(folder.path) : NONE;
      const files = new Map<string, Held>();
      for (const file of listing.files) {
        const held = await this.#held(file);
        if (held) files.set(file.name, held);
      }
      if (!this.#stopped) this.#take(files, listing);
    } catch (thrown) {
      // What is in force stays so.
      const { name } = this.#place;
      this.#tell(this.plans, [{ kind: 'error', file: name, text: `${name}: cannot be read: ${describe(thrown)}.` }]);
    } finally {
      this.#reading = false;
    }
  }

  /** Null watches nothing. */
  #attend(folder: RealFolder | null): void {
    const mark = this.#stopped ? null : (folder?.mark ?? null);
    if (mark === this.#mark) return;
    this.#watcher?.close();
    this.#watcher = null;
    this.#mark = mark;
    if (mark === null || !folder) return;
    try {
      this.#watcher = watch(folder.path, { persistent: false }, this.#soon);
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // Such as too many of them in use: it is looked at from time to time anyway.
    }
  }

  /** Null when it is gone meanwhile. */
  async #held(file: ListedFile): Promise<Held | null> {
    const before = this.#files.get(file.name);
    if (before?.mark === file.mark) return before;
    const name = `${this.#place.name}/${file.name}`;
    const [read, mark] = await readListed(file).then(
      (bytes) => [bytes && readPlanFile(name, bytes), file.mark] as const,
      // Tried again the next time.
      (thrown) => [unreadable(name, describe(thrown)), ''] as const,
    );
    if (!read) return null;
    if (read.ok) return { mark, plans: read.plans, problems: [] };
    const inForce =
      before && before.plans.length > 0 ? 'its last good version stays in force' : 'none of it is in force';
    const problems = read.faults.map(({ text }): PlanProblemText => ({ kind: 'error', file: name, text }));
    const note: PlanProblemText = { kind: 'note', file: name, text: `${name}: ${inForce}.` };
    return { mark, plans: before?.plans ?? [], problems: [...problems, note] };
  }

  #take(files: ReadonlyMap<string, Held>, { refused }: PlanListing): void {
    this.#files = files;
    const { plans, problems } = unique([...files.values()].flatMap((held) => held.plans));
    const all = [...[...files.values()].flatMap((held) => held.problems), ...problems];
    for (const { name, message } of refused) {
      const file = `${this.#place.name}/${name}`;
      all.push({ kind: 'error', file, text: `${file}: ${message}; it is not read.` });
    }
    this.#tell(plans, all);
  }

  #tell(plans: readonly PlacedPlan[], problems: readonly PlanProblemText[]): void {
    const old = new Set(this.problems.map(({ text }) => text));
    const fresh = problems.filter(({ text }) => !old.has(text));
    const isSame = fresh.length === 0 && old.size === problems.length && sameItems(plans, this.plans);
    if (isSame) return;
    this.plans = plans;
    this.problems = problems;
    const [first] = this.#readers;
    for (const { text } of fresh) first?.log(text);
    for (const reader of [...this.#readers]) reader.changed();
  }
}

function unreadable(name: string, why: string): PlanFile {
  return { ok: false, faults: [faultIn(name, { line: 1, column: 1 }, '', `cannot be read: ${why}`)] };
}

/** Of two with one name in a folder the first counts, by the names of their files. */
function unique(plans: readonly PlacedPlan[]): { plans: PlacedPlan[]; problems: PlanProblemText[] } {
  const taken = new Map<string, PlacedPlan>();
  const problems: PlanProblemText[] = [];
  for (const placed of plans) {
    const { name, file } = placed.plan;
    const before = taken.get(name);
    taken.set(name, before ?? placed);
    if (!before || file === null) continue;
    const message = `${JSON.stringify(name)} is already in ${before.plan.file}:${before.line}; this one does not count`;
    problems.push({ kind: 'error', file, text: faultIn(file, placed, 'name', message).text });
  }
  return { plans: [...taken.values()], problems };
}

function sameItems<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
