import { isDown } from '../health';
import type { Status, Subject } from '../subject';
import type { Fact, Passage } from '../transition';
import type { ValidTime } from './valid-time';

/** What is replayed: `[from, to)` in epoch ms. */
export interface Period {
  readonly from: number;
  readonly to: number;
  /**
   * What was confirmed within the period but began before it counts from here on. Default `from`, as somebody asks for
   * a window. Earlier it is when the period goes on with one that knew nothing of that yet: then the sums of both are
   * those of the whole, and those of one alone may be off by what was confirmed late.
   */
  readonly floor?: number;
}

/** A time in which a subject was down, from the first bad status to the first good one. */
export interface Outage {
  readonly subject: Subject;
  /** The fact it began with; null when that lies before what was read. */
  readonly seq: number | null;
  /** Epoch ms; null when it began before what was read, and nobody says when. */
  readonly since: number | null;
  readonly status: Status;
  /** Home Assistant's own word; null when it began before what was read. */
  readonly state: string | null;
  /** When it was over, epoch ms; null when it is not. */
  until: number | null;
  /** It ended with nothing: the subject was forgotten while it was down. */
  lost: boolean;
  /** It began within the period. */
  readonly begun: boolean;
}

/** What is known of a subject that is there at the end of the period. */
export interface Standing {
  readonly subject: Subject;
  readonly status: Status | null;
  readonly state: string;
  readonly since: number;
}

/** One subject over the period; its time adds up over periods that follow each other. */
export interface Tally {
  readonly subject: Subject;
  /** Time that counts, ms. */
  readonly valid_ms: number;
  readonly down_ms: number;
  /** It is there at the end. */
  readonly alive: boolean;
  readonly down: boolean;
}

type Beginning = Pick<Fact, 'subject' | 'since' | 'status' | 'state'> & { readonly seq: number | null };

/** A subject while it is replayed. */
interface Life {
  readonly subject: Subject;
  /** Valid time at its beginning, and at that of its outage; both within the whole home's time. */
  openedAt: number;
  downAt: number;
  valid: number;
  downtime: number;
  outage: Outage | null;
  /** When it was last heard of, epoch ms. */
  lastAt: number;
  /** The status the last fact gave it began then, epoch ms. */
  since: number;
  alive: boolean;
  /** `later` is known by what came after the period only; one that is `gone` has left, or another has the id by then. */
  place: 'here' | 'later' | 'gone';
}

/**
 * One home over a period, replayed from its facts. Knows no order but that of its calls: `take` all facts confirmed
 * from `from` on, oldest first, also what was confirmed after `to` (it may have begun before), and between them `pass`
 * who left or came back; then `living` each subject that is there at `to`; then read.
 */
export class Replay {
  /** Those that reach into the period, in the order they were heard of. */
  readonly outages: Outage[] = [];
  readonly #valid: ValidTime;
  readonly #from: number;
  readonly #to: number;
  readonly #floor: number;
  readonly #lives = new Map<Subject['kind'], Map<string, Life>>();

  constructor({ from, to, floor = from }: Period, valid: ValidTime) {
    this.#from = from;
    this.#to = to;
    this.#floor = floor;
    this.#valid = valid;
  }

  take(fact: Fact): void {
    const { subject, previous_status: previous, status } = fact;
    const known = this.#livesOf(subject.kind).get(subject.id);
    if (previous === null) {
      this.#born(fact, known);
      return;
    }
    const before = fact.seconds === null ? null : fact.since - fact.seconds * 1000;
    const life = known ?? this.#stand(subject, previous, before, null);
    if (life.place !== 'here') {
      if (!isDown(previous)) this.#later(fact);
      return;
    }
    const since = Math.max(fact.since, life.since);
    life.lastAt = Math.min(fact.at, this.#to);
    // What begins after the end is none of ours, but it says that there was somebody.
    if (since >= this.#to) return;
    life.since = since;
    if (isDown(status) === (life.outage !== null)) return;
    if (life.outage) this.#back(life, since);
    else this.#fall(life, fact, since);
  }

  /** It has left, or come back; in one order with the facts. */
  pass(passage: Passage): void {
    if (passage.passage === 'left') this.#leave(passage);
    else this.#return(passage);
  }

  /** After all facts: it is there at the end, confirmed with this status. */
  living(standing: Standing): void {
    const { subject, status, since } = standing;
    const known = this.#lives.get(subject.kind)?.get(subject.id);
    if (known) known.alive ||= known.place === 'here';
    if (known || status === null) return;
    // It has just changed, and the fact is still on its way to the store.
    if (since >= this.#from) this.#change({ ...standing, status });
    else this.#stand(subject, status, since, standing.state).alive = true;
  }

  /** Ends the replay: time counts up to the end of the period, of a subject that is no more up to its last fact. */
  *tallies(): Iterable<Tally> {
    for (const lives of this.#lives.values()) {
      for (const life of lives.values()) {
        this.#close(life, life.alive ? this.#to : life.lastAt);
        const { subject, valid, downtime, alive, outage } = life;
        if (life.place === 'later') continue;
        yield { subject, valid_ms: valid, down_ms: downtime, alive, down: alive && outage !== null };
      }
    }
  }

  #change({ subject, status, state, since }: Standing & { readonly status: Status }): void {
    const life = this.#stand(subject, isDown(status) ? 'available' : 'unknown', null, null);
    life.alive = true;
    if (since >= this.#to) return;
    if (life.outage) this.#back(life, since);
    else this.#fall(life, { subject, seq: null, since, status, state }, since);
  }

  #livesOf(kind: Subject['kind']): Map<string, Life> {
    const known = this.#lives.get(kind);
    if (known) return known;
    const lives = new Map<string, Life>();
    this.#lives.set(kind, lives);
    return lives;
  }

  /** It was there before the period began. */
  #stand(subject: Subject, status: Status, since: number | null, state: string | null): Life {
    const life = this.#open(subject, this.#from);
    if (isDown(status)) this.#goesOn(life, status, since, state);
    return life;
  }

  /** It is down, and has been. */
  #goesOn(life: Life, status: Status, since: number | null, state: string | null): void {
    life.outage = { subject: life.subject, seq: null, since, status, state, until: null, lost: false, begun: false };
    life.downAt = life.openedAt;
    this.outages.push(life.outage);
  }

  #leave({ subject, status, since, at }: Passage): void {
    const life = this.#livesOf(subject.kind).get(subject.id) ?? this.#stand(subject, status, since, null);
    if (life.place !== 'here') return;
    life.lastAt = Math.min(at, this.#to);
    // After the period: it was there to its end.
    if (at >= this.#to) life.alive = true;
    else life.place = 'gone';
  }

  /** As it left: an outage goes on, and is not another one. */
  #return({ subject, status, since, at }: Passage): void {
    const former = this.#livesOf(subject.kind).get(subject.id);
    if (at >= this.#to) {
      if (!former) this.#open(subject, this.#to).place = 'later';
      return;
    }
    // Whoever is here has come back already, with a fact of his own.
    if (former?.place === 'here') return;
    if (former) this.#close(former, former.lastAt);
    const life = this.#open(subject, at, former);
    life.since = Math.max(life.since, at);
    if (!isDown(status)) return;
    if (!former?.outage) {
      this.#goesOn(life, status, since, null);
      return;
    }
    former.outage.lost = false;
    life.outage = former.outage;
    life.downAt = life.openedAt;
  }

  /** The first sight of it; whoever had its id before is no more. */
  #born(fact: Fact, former: Life | undefined): void {
    if (fact.at >= this.#to) {
      if (former) former.place = former.place === 'here' ? 'gone' : former.place;
      else this.#open(fact.subject, this.#to).place = 'later';
      this.#later(fact);
      return;
    }
    if (former) this.#close(former, former.lastAt);
    const life = this.#open(fact.subject, fact.at, former);
    life.since = Math.max(life.since, fact.at);
    if (isDown(fact.status)) this.#fall(life, fact, fact.at);
  }

  #open(subject: Subject, from: number, former?: Life): Life {
    const openedAt = this.#valid.until(from);
    const life: Life = {
      subject,
      openedAt,
      downAt: openedAt,
      valid: former?.valid ?? 0,
      downtime: former?.downtime ?? 0,
      outage: null,
      lastAt: from,
      since: this.#floor,
      alive: false,
      place: 'here',
    };
    this.#livesOf(subject.kind).set(subject.id, life);
    return life;
  }

  #outage({ subject, seq, since, status, state }: Beginning): Outage {
    const begun = since >= this.#floor && since < this.#to;
    return { subject, seq, since, status, state, until: null, lost: false, begun };
  }

  /** Of one that was first seen after the period, whose outage began before. */
  #later(fact: Fact): void {
    if (isDown(fact.status) && fact.since < this.#to) this.outages.push(this.#outage(fact));
  }

  /** @param counts from when its time counts, epoch ms */
  #fall(life: Life, beginning: Beginning, counts: number): void {
    life.outage = this.#outage(beginning);
    life.downAt = this.#valid.until(counts);
    this.outages.push(life.outage);
  }

  #back(life: Life, at: number): void {
    life.downtime += this.#valid.until(at) - life.downAt;
    if (life.outage) life.outage.until = at;
    life.outage = null;
  }

  #close(life: Life, at: number): void {
    const end = this.#valid.until(at);
    life.valid += end - life.openedAt;
    life.openedAt = end;
    if (!life.outage) return;
    life.downtime += end - life.downAt;
    life.downAt = end;
    life.outage.lost = !life.alive;
  }
}
