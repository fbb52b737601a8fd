import type { Attempt, MaintenanceWindow, Suppression } from '../core/heal/heal';
import type { Incident } from '../core/incident/incident';
import type { Absence } from '../core/transition';
import { describe } from '../error';
import type { Namespace, Resumed } from '../store/store';
import type { RecordKind } from '../store/stored-record';
import type { OpenAbsence } from './absences';
import type { EscalatedIncident } from './escalated';
import { allRecords } from './record-pages';

/** The note under which the config entry ids of the last sync are kept. */
export const KNOWN_ENTRIES = 'entry_ids';
/** The note on when the last start-up grace ends, epoch ms: a deploy does not end it. */
export const GRACE_UNTIL = 'grace_until';
/** The note on which open incidents people were told to look after. */
export const ESCALATED = 'escalated';
/** The note on which time zone the home was last in: its figures need it while nobody watches. */
export const TIME_ZONE = 'time_zone';
/** The note on from when on no fact was deleted, epoch ms. */
export const PRUNED_BEFORE = 'pruned_before';
/** The note that is written to find out whether the store takes it. */
export const PROBE = 'probe';

/** What an instance resumes from. */
export interface Past {
  /** False when the store failed: then nobody knows what must not be healed. */
  readonly isKnown: boolean;
  readonly subjects: readonly Resumed[];
  readonly knownEntries: readonly string[];
  /** Epoch ms. */
  readonly graceUntil: number;
  /** The one the home was last in; null where it never said. */
  readonly timeZone: string | null;
  readonly escalated: readonly EscalatedIncident[];
  /** Those that were open. */
  readonly incidents: readonly Incident[];
  /** In the order they ended. */
  readonly attempts: readonly Attempt[];
  /** Integrations whose faults went without a heal, one for each time. */
  readonly naturals: readonly string[];
  /** Those in force. */
  readonly suppressions: readonly Suppression[];
  readonly windows: readonly MaintenanceWindow[];
  /** Of those that were not judged. */
  readonly absences: readonly OpenAbsence[];
}

const NONE: Past = {
  isKnown: false,
  subjects: [],
  knownEntries: [],
  graceUntil: 0,
  timeZone: null,
  escalated: [],
  incidents: [],
  attempts: [],
  naturals: [],
  suppressions: [],
  windows: [],
  absences: [],
};
const PAGE = 1_000;

/** Never rejects: a home whose store fails is watched as if it were new, and the failure is told. */
export async function readPast(namespace: Namespace, trouble: (what: string) => void): Promise<Past> {
  try {
    const list = async <T = string>(key: string) => JSON.parse((await namespace.note(key)) ?? '[]') as T[];
    return {
      isKnown: true,
      subjects: await namespace.resume(),
      knownEntries: await list(KNOWN_ENTRIES),
      graceUntil: Number((await namespace.note(GRACE_UNTIL)) ?? 0),
      timeZone: await namespace.note(TIME_ZONE),
      escalated: await list<EscalatedIncident>(ESCALATED),
      incidents: (await recordsOf<Incident>(namespace, 'incident', true)).filter(
        ({ resolved_at }) => resolved_at === null,
      ),
      attempts: await recordsOf(namespace, 'attempt'),
      naturals: (await recordsOf<{ natural?: string }>(namespace, 'incident', false)).flatMap(
        ({ natural }) => natural ?? [],
      ),
      suppressions: await recordsOf(namespace, 'suppression', true),
      windows: await recordsOf(namespace, 'window', true),
      absences: await openAbsences(namespace),
    };
  } catch (thrown) {
    trouble(describe(thrown));
    return NONE;
  }
}

/** Of those that are not judged now. */
export async function openAbsences(namespace: Pick<Namespace, 'records'>): Promise<OpenAbsence[]> {
  const open = await allRecords(namespace, { kind: 'absence', open: true }, { atOnce: PAGE });
  return open.map(({ id, seq, body }) => ({ record_id: id, seq, absence: body as Absence }));
}

/** All of one kind, as they were last put, in the order of that. */
export async function recordsOf<T>(
  namespace: Pick<Namespace, 'records'>,
  kind: RecordKind,
  open?: boolean,
): Promise<T[]> {
  return (await allRecords(namespace, { kind, open }, { atOnce: PAGE })).map(({ body }) => body as T);
}
