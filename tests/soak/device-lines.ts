import { type Expected, isDown, type Status } from './line';
import { at, type Span } from './times';

interface Member {
  device: string | null;
  isJudged: boolean;
  status: Status | null;
  since: Span;
}

export type DeviceNote =
  | { readonly at: number; readonly what: 'live' | 'dark' }
  | { readonly at: number; readonly what: 'gone'; readonly device: string }
  | { readonly at: number; readonly what: 'left'; readonly member: string }
  | {
      readonly at: number;
      readonly what: 'placed';
      readonly member: string;
      readonly device: string | null;
      readonly isJudged: boolean;
    }
  | {
      readonly at: number;
      readonly what: 'changed';
      readonly member: string;
      readonly status: Status;
      readonly since: Span;
    };

/** A device is down when it has judged entities and all are: replayed from what was confirmed of its entities. */
export class DeviceLines {
  /** Noted as it happens; replayed at the check. */
  notes: DeviceNote[] = [];
  readonly #members = new Map<string, Member>();
  readonly #devices = new Map<string, { status: Status; since: Span }>();
  #isLive = false;
  #told: Expected[] = [];

  /** What has to be told of devices since the last replay. */
  replay(): Expected[] {
    this.#told = [];
    const notes = this.notes.map((note, order) => ({ note, order }));
    notes.sort((a, b) => a.note.at - b.note.at || a.order - b.order);
    this.notes = [];
    for (const { note } of notes) this.#take(note);
    return this.#told;
  }

  /** The instants Caretaker told, which lie within what was expected. */
  adopt(device: string, since: number): void {
    const known = this.#devices.get(device);
    if (known) known.since = at(since);
  }

  #take(note: DeviceNote): void {
    switch (note.what) {
      case 'live':
        this.#isLive = true;
        for (const device of this.#all()) this.#judge(device, note.at);
        return;
      case 'dark':
        this.#isLive = false;
        return;
      case 'gone':
        this.#devices.delete(note.device);
        // Its entities are removed one after the other, after it.
        for (const member of this.#members.values()) if (member.device === note.device) member.device = null;
        return;
      case 'left': {
        const member = this.#members.get(note.member);
        this.#members.delete(note.member);
        this.#judge(member?.device ?? null, note.at);
        return;
      }
      default: {
        const member = this.#member(note.member);
        if (note.what === 'placed') Object.assign(member, { device: note.device, isJudged: note.isJudged });
        else Object.assign(member, { status: note.status, since: note.since });
        this.#judge(member.device, note.at);
      }
    }
  }

  #all(): Set<string> {
    return new Set([...this.#members.values()].flatMap(({ device }) => device ?? []));
  }

  #member(id: string): Member {
    const known = this.#members.get(id);
    if (known) return known;
    const member: Member = { device: null, isJudged: false, status: null, since: at(0) };
    this.#members.set(id, member);
    return member;
  }

  #judge(id: string | null, now: number): void {
    if (id === null || !this.#isLive) return;
    const judged = [...this.#members.values()].filter(({ device, isJudged }) => device === id && isJudged);
    const up = judged.filter(({ status }) => status === 'available');
    const down = judged.filter(({ status }) => status !== null && isDown(status));
    if (up.length > 0) this.#become(id, 'available', earliest(up), now);
    else if (down.length > 0 && down.length === judged.length) this.#become(id, 'unavailable', latest(down), now);
  }

  #become(id: string, status: Status, since: Span, now: number): void {
    const before = this.#devices.get(id);
    if (before?.status === status) return;
    const began = before ? { lo: Math.max(since.lo, before.since.lo), hi: Math.max(since.hi, before.since.hi) } : since;
    this.#devices.set(id, { status, since: began });
    if (!before && status === 'available') return;
    const seconds = before && {
      lo: Math.max(0, began.lo - before.since.hi) / 1000,
      hi: Math.max(0, began.hi - before.since.lo) / 1000,
    };
    this.#told.push({
      kind: 'device',
      id,
      status,
      previous: before?.status ?? null,
      since: began,
      seconds: seconds ?? null,
      due: at(now),
    });
  }
}

function earliest(members: readonly Member[]): Span {
  return {
    lo: Math.min(...members.map(({ since }) => since.lo)),
    hi: Math.min(...members.map(({ since }) => since.hi)),
  };
}

function latest(members: readonly Member[]): Span {
  return {
    lo: Math.max(...members.map(({ since }) => since.lo)),
    hi: Math.max(...members.map(({ since }) => since.hi)),
  };
}
