import type { Attempt, Suppression } from '../core/heal/heal';
import type { Status, Subject } from '../core/subject';
import { own } from './config-file';
import type { Row, Table } from './ha-boss-database';
import { DEFAULT_ID } from './homes';
import { Inhabitants, isEntityId } from './inhabitants';
import { instantFrom } from './instant';
import { attemptOf, oldId, targetOf } from './old-attempt';

/** Rows of one home. */
export type HomeRows = Readonly<Record<Exclude<Table, 'stored_instances'>, readonly Row[]>>;

/** A transition that HA Boss saw. */
export interface OldFact {
  readonly subject: Subject;
  /** The domain, where it was known. */
  readonly integration: string | null;
  readonly status: Status;
  readonly previous_status: Status | null;
  readonly state: string;
  /** Microseconds of the epoch. */
  readonly at: number;
}

/** A heal of its own, or what people had it leave alone. */
export type OldRecord = {
  /** The same each time it is read. */
  readonly id: string;
  /** Microseconds of the epoch. */
  readonly at: number;
} & (
  | { readonly kind: 'attempt'; readonly body: Attempt }
  | { readonly kind: 'suppression'; readonly body: Suppression }
);

/** What HA Boss knew of one home, as facts of ours, each in the order it happened. */
export interface History {
  readonly facts: readonly OldFact[];
  readonly records: readonly OldRecord[];
  /** Events that said what was known: a restart of HA Boss told everything again. */
  readonly repeated: number;
  /** How many rows could not be read, by why. */
  readonly unreadable: ReadonlyMap<string, number>;
}

/** @param now epoch ms; what comes later never happened, and would be in the way of all that will */
export function historyOf(rows: HomeRows, now: number): History {
  return new Reading(rows, now).history();
}

const STATUSES: ReadonlyMap<string | null, Status> = new Map([
  ['unavailable', 'unavailable'],
  ['unknown', 'unknown'],
  ['stale', 'stale'],
  ['recovered', 'available'],
]);
/** Of a state of Home Assistant. */
const LONGEST = 255;

class Reading {
  readonly #rows: HomeRows;
  readonly #now: number;
  readonly #home: Inhabitants;
  readonly #unreadable = new Map<string, number>();
  #repeated = 0;

  constructor(rows: HomeRows, now: number) {
    this.#rows = rows;
    this.#now = now;
    this.#home = new Inhabitants(rows.entities, rows.integrations);
  }

  history(): History {
    const facts = this.#facts();
    const records = [
      ...this.#attempts('healing_actions', 'timestamp'),
      ...this.#attempts('entity_healing_actions', 'created_at'),
      ...this.#attempts('device_healing_actions', 'created_at'),
      ...this.#suppressions(),
    ].sort((a, b) => a.at - b.at);
    return { facts, records, repeated: this.#repeated, unreadable: this.#unreadable };
  }

  #facts(): OldFact[] {
    const events = this.#rows.health_events.flatMap((row) => {
      const status = STATUSES.get(row['event_type'] ?? null);
      const id = row['entity_id'];
      if (status === undefined) return this.#cannot('of an unknown event');
      if (!isEntityId(id)) return this.#cannot('without an entity');
      const at = this.#instant(row['timestamp']);
      return at === null ? [] : [{ id, at, status, row }];
    });
    events.sort((a, b) => a.at - b.at || Number(a.row['id']) - Number(b.row['id']));
    const last = new Map<string, Status>();
    const facts: OldFact[] = [];
    for (const { id, at, status, row } of events) {
      const previous_status = last.get(id) ?? statusBefore(row, status);
      last.set(id, status);
      if (status === previous_status) this.#repeated += 1;
      else facts.push({ ...this.#homeOf(id), status, previous_status, state: stateOf(row), at });
    }
    return facts;
  }

  #homeOf(id: string): Pick<OldFact, 'subject' | 'integration'> {
    return { subject: this.#home.entity(id), integration: this.#home.entryOf(id)?.domain ?? null };
  }

  #attempts(table: keyof HomeRows, timestamp: string): OldRecord[] {
    return this.#rows[table].flatMap((row) => {
      const target = targetOf(row, this.#home);
      if (!target) return this.#cannot('of a heal without a target');
      const at = this.#instant(row[timestamp]);
      if (at === null) return [];
      const body = attemptOf(row, table, at, target, this.#home);
      return [{ kind: 'attempt' as const, id: body.attempt_id, at, body }];
    });
  }

  /** Whatever people had HA Boss leave alone is left alone by us. */
  #suppressions(): OldRecord[] {
    const suppressed = this.#rows.entities.filter((row) => row['healing_suppressed'] === '1');
    return suppressed.flatMap(({ instance_id, entity_id }) => {
      if (!isEntityId(entity_id)) return this.#cannot('without an entity');
      const body: Suppression = {
        suppression_id: oldId(['suppression', instance_id ?? DEFAULT_ID, entity_id]),
        kind: 'entity',
        id: entity_id,
        began: this.#now,
        until: null,
        reason: 'Suppressed in HA Boss.',
      };
      return [{ kind: 'suppression' as const, id: body.suppression_id, at: this.#now * 1000, body }];
    });
  }

  #instant(text: string | null | undefined): number | null {
    const at = instantFrom(text ?? null);
    if (at !== null && at <= this.#now * 1000) return at;
    this.#cannot(at === null ? 'without an instant' : 'of the future');
    return null;
  }

  #cannot(why: string): [] {
    this.#unreadable.set(why, (this.#unreadable.get(why) ?? 0) + 1);
    return [];
  }
}

/** What an event says of the time before: that it was well, or that it was not. Null when it does not say. */
function statusBefore({ details }: Row, status: Status): Status | null {
  return status === 'available' ? (STATUSES.get(detailOf(details, 'previous_issue')) ?? null) : 'available';
}

/** Home Assistant's own word, where HA Boss kept it. */
function stateOf({ details, event_type }: Row): string {
  return detailOf(details, 'state') ?? detailOf(details, 'current_state') ?? event_type ?? '';
}

function detailOf(details: string | null | undefined, name: string): string | null {
  try {
    const detail = own(JSON.parse(details ?? 'null'), name);
    return typeof detail === 'string' ? detail.slice(0, LONGEST) : null;
  } catch {
    // It was cut off, or is none.
    return null;
  }
}
