import type { TransitionQuery } from './store';
import { isRollup, RECORD_KINDS, type RecordQuery, recordCode } from './stored-record';

const DETAILS = 'name = ?, domain = ?, device_id = ?, config_entry_id = ?, area_id = ?, registry_id = ?';
const SUBJECT = 's.kind, s.id, s.name, s.domain, s.device_id, s.config_entry_id, s.area_id, s.registry_id';
/** What a fact is made of, as `factsOf` takes it. */
const FACT = `seq, since, status, previous_status, previous_since, state, subject_key,
  kind, id, name, domain, device_id, config_entry_id, area_id, registry_id`;

/** Left alone, SQLite would rather go along the time and meet every fact of the instance. */
const BY_SUBJECT = 'INDEXED BY transitions_by_subject';

/** Facts deleted in one go: tens of milliseconds, so that appends come between. */
const SLICE = 2000;
/** The same of records, which are larger. */
const RECORD_SLICE = 500;
const FACT_KINDS = RECORD_KINDS.filter((kind) => !isRollup(kind)).map(recordCode);
const ROLLUP = recordCode('rollup');

/** Every statement but `transitionsSql` and `recordsSql`; each is bound to one instance by its first column. */
export const SQL = {
  addInstance: 'INSERT INTO instances (instance_id) VALUES (?) ON CONFLICT DO NOTHING',
  instance: 'SELECT instance_key FROM instances WHERE instance_id = ?',
  lease: 'SELECT token, renewed, lease_ms, session, owner, label FROM leases WHERE instance_id = ?',
  setLease: `INSERT OR REPLACE INTO leases (instance_id, token, renewed, lease_ms, session, owner, label)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  lastSeq: 'SELECT max(seq) AS seq FROM transitions WHERE instance_key = ?',
  lastTold: 'SELECT max(seq) AS seq FROM consumers WHERE instance_key = ?',
  lastSubject: 'SELECT max(subject_key) AS subject_key FROM subjects WHERE instance_key = ?',

  subject: 'SELECT * FROM subjects WHERE instance_key = ? AND kind = ? AND id = ?',
  subjectsById: `SELECT subject_key FROM subjects
    WHERE instance_key = ? AND kind IN ('entity', 'device', 'config_entry', 'instance') AND id = ?`,
  addSubject: `INSERT INTO subjects
    (instance_key, subject_key, kind, id, name, domain, device_id, config_entry_id, area_id, registry_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  setSubject: `UPDATE subjects SET forgotten = 0, ${DETAILS} WHERE instance_key = ? AND subject_key = ?`,
  renameSubject: 'UPDATE subjects SET id = ? WHERE instance_key = ? AND subject_key = ?',
  forgetSubject: 'UPDATE subjects SET forgotten = 1 WHERE instance_key = ? AND subject_key = ?',
  resume: `SELECT s.subject_key, ${SUBJECT}, t.status, t.state, t.since
    FROM subjects s CROSS JOIN transitions t ON t.instance_key = s.instance_key AND t.seq =
      (SELECT max(seq) FROM transitions l ${BY_SUBJECT}
        WHERE l.instance_key = s.instance_key AND l.subject_key = s.subject_key)
    WHERE s.instance_key = ? AND s.subject_key > ? AND s.forgotten = 0 ORDER BY s.subject_key LIMIT ?`,

  append: `INSERT INTO transitions (instance_key, seq, subject_key, since, status, previous_status, state)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  sliceEnd: `SELECT seq FROM transitions WHERE instance_key = ? AND seq > ? AND seq < ?
    ORDER BY seq LIMIT 1 OFFSET ${SLICE - 1}`,
  /** All that is old goes, but not the last fact of a subject that is still there. */
  prune: `DELETE FROM transitions WHERE instance_key = ? AND seq > ? AND seq <= ? AND (
    EXISTS (SELECT 1 FROM transitions n ${BY_SUBJECT} WHERE n.instance_key = transitions.instance_key
      AND n.subject_key = transitions.subject_key AND n.seq > transitions.seq)
    OR EXISTS (SELECT 1 FROM subjects s WHERE s.instance_key = transitions.instance_key
      AND s.subject_key = transitions.subject_key AND s.forgotten = 1))`,
  dropSubjects: `DELETE FROM subjects WHERE instance_key = ? AND forgotten = 1 AND NOT EXISTS
    (SELECT 1 FROM transitions t ${BY_SUBJECT} WHERE t.instance_key = subjects.instance_key
      AND t.subject_key = subjects.subject_key)`,

  lastRecord: 'SELECT max(seq) AS seq FROM records WHERE instance_key = ? AND kind = ?',
  putRecord: `INSERT INTO records (instance_key, kind, id, seq, open, body) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (instance_key, kind, id) DO UPDATE SET seq = excluded.seq, open = excluded.open, body = excluded.body`,
  removeRecord: 'DELETE FROM records WHERE instance_key = ? AND kind = ? AND id = ?',
  /** Each of them is looked at. */
  renameInRecords: `UPDATE records INDEXED BY records_by_seq SET body = replace(body, ?, ?)
    WHERE instance_key = ? AND kind IN (${FACT_KINDS.join(', ')}) AND instr(body, ?) > 0`,
  pruneRecords: `DELETE FROM records WHERE (instance_key, kind, id) IN (SELECT instance_key, kind, id FROM records
    INDEXED BY records_by_seq WHERE instance_key = ? AND kind IN (${FACT_KINDS.join(', ')}) AND seq < ? AND open = 0
    LIMIT ${RECORD_SLICE})`,
  /** All that are old go but the newest of all. */
  pruneRollups: `DELETE FROM records WHERE (instance_key, kind, id) IN (SELECT instance_key, kind, id FROM records
    INDEXED BY records_by_seq WHERE instance_key = ? AND kind = ${ROLLUP} AND seq < min(?, (SELECT max(seq)
      FROM records INDEXED BY records_by_seq WHERE instance_key = ? AND kind = ${ROLLUP})) AND open = 0
    LIMIT ${RECORD_SLICE})`,

  told: 'SELECT seq FROM consumers WHERE instance_key = ? AND consumer = ?',
  tell: `INSERT INTO consumers (instance_key, consumer, seq) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET seq = excluded.seq`,
  dropConsumer: 'DELETE FROM consumers WHERE instance_key = ? AND consumer = ?',
  note: 'SELECT value FROM notes WHERE instance_key = ? AND key = ?',
  setNote: `INSERT INTO notes (instance_key, key, value) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value`,

  dumpSubjects: `SELECT s.subject_key, ${SUBJECT}, s.forgotten FROM subjects s
    WHERE instance_key = ? AND subject_key > ? ORDER BY subject_key LIMIT ?`,
  dumpTransitions: `SELECT seq, subject_key, since, status, previous_status, state FROM transitions
    WHERE instance_key = ? AND seq > ? ORDER BY seq LIMIT ?`,
  dumpNotes: 'SELECT key, value FROM notes WHERE instance_key = ? AND key > ? ORDER BY key LIMIT ?',
  dumpRecords: `SELECT id, seq, open, body FROM records INDEXED BY records_by_seq
    WHERE instance_key = ? AND kind = ? AND seq > ? ORDER BY seq LIMIT ?`,

  instances: "SELECT instance_id FROM instances WHERE instance_id > ''",
  countSubjects: 'SELECT count(*) AS rows FROM subjects WHERE instance_key = ?',
  countTransitions: 'SELECT count(*) AS rows FROM transitions WHERE instance_key = ?',

  loadSubject: `INSERT INTO subjects
    (instance_key, subject_key, kind, id, name, domain, device_id, config_entry_id, area_id, registry_id, forgotten)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  loadNote: 'INSERT INTO notes (instance_key, key, value) VALUES (?, ?, ?)',
  loadRecord: 'INSERT INTO records (instance_key, kind, id, seq, open, body) VALUES (?, ?, ?, ?, ?, ?)',
  hasSubject: 'SELECT 1 FROM subjects WHERE instance_key = ? AND subject_key = ?',
  moveConsumers: 'UPDATE consumers SET instance_key = ? WHERE instance_key = ?',
  renameInstance: 'UPDATE instances SET instance_id = ? WHERE instance_id = ?',
  /** What a process that ended left half-way. */
  dropStaged:
    "UPDATE instances SET instance_id = '~old~' || instance_key WHERE instance_id >= '~new~' AND instance_id < '~new~~'",
  dropped: "SELECT instance_key FROM instances WHERE instance_id >= '~old~' AND instance_id < '~old~~' LIMIT 1",
  sweepTransitions: `DELETE FROM transitions WHERE instance_key = ? AND seq <= coalesce(
    (SELECT seq FROM transitions WHERE instance_key = ? ORDER BY seq LIMIT 1 OFFSET ${SLICE - 1}), ${Number.MAX_SAFE_INTEGER})`,
  sweepSubjects: `DELETE FROM subjects WHERE instance_key = ? AND subject_key <= coalesce(
    (SELECT subject_key FROM subjects WHERE instance_key = ? ORDER BY subject_key LIMIT 1 OFFSET ${SLICE - 1}),
    ${Number.MAX_SAFE_INTEGER})`,
  sweepRecords: `DELETE FROM records WHERE (instance_key, kind, id) IN
    (SELECT instance_key, kind, id FROM records WHERE instance_key = ? LIMIT ${RECORD_SLICE})`,
  sweepConsumers: 'DELETE FROM consumers WHERE instance_key = ?',
  sweepNotes: 'DELETE FROM notes WHERE instance_key = ?',
  removeInstance: 'DELETE FROM instances WHERE instance_key = ?',
} as const;

/**
 * Binds instance, first `seq`, end of `seq`, then the kind or the subject keys, then the limit; plain `?`, as Node 22.13
 * takes no numbered ones. Entities are most of all facts: their kind is read along the time; the other kinds by subject,
 * as along the time they are far between.
 */
export function transitionsSql(query: TransitionQuery, subjects = 0): string {
  const byKind = subjects === 0 && query.kind !== undefined;
  const bySubject = byKind && query.kind !== 'entity';
  const from = bySubject
    ? `subjects s CROSS JOIN transitions t ${BY_SUBJECT}
      ON t.instance_key = s.instance_key AND t.subject_key = s.subject_key`
    : `transitions t ${subjects > 0 ? BY_SUBJECT : ''}
      CROSS JOIN subjects s ON s.instance_key = t.instance_key AND s.subject_key = t.subject_key`;
  let filter = '';
  if (byKind) filter = 'AND s.kind = ?';
  if (subjects === 1) filter = 'AND t.subject_key = ?';
  if (subjects > 1) filter = `AND t.subject_key IN (${Array.from({ length: subjects }, () => '?').join(', ')})`;
  // Nobody knows when the status before began once retention took that fact.
  return `SELECT t.seq, t.subject_key, t.since, t.status, t.previous_status, t.state, ${SUBJECT},
      CASE WHEN t.previous_status IS NOT NULL THEN (SELECT p.since FROM transitions p ${BY_SUBJECT}
        WHERE p.instance_key = t.instance_key AND p.subject_key = t.subject_key AND p.seq < t.seq
        ORDER BY p.seq DESC LIMIT 1) END AS previous_since
    FROM ${from} WHERE ${bySubject ? 's' : 't'}.instance_key = ? AND t.seq >= ? AND t.seq < ? ${filter}
    ORDER BY t.seq ${query.newest_first ? 'DESC' : ''} LIMIT ?`;
}

/** All facts of a query as one text: on the way from one thread to another an object for each costs ten times as much. */
export function asText(transitions: string): string {
  return `SELECT json_group_array(json_array(${FACT})) AS facts FROM (${transitions})`;
}

/** Binds instance, kind, first `seq`, end of `seq`, then the id if it is asked for, then the limit. */
export function recordsSql({ id, open, newest_first }: RecordQuery): string {
  // The open ones are few: they have an index of their own. The others are found by passing those by.
  let index = open ? 'INDEXED BY records_open' : 'INDEXED BY records_by_seq';
  if (id !== undefined) index = '';
  const opened = open === undefined ? '' : `AND open = ${open ? 1 : 0}`;
  return `SELECT id, seq, open, body FROM records ${index}
    WHERE instance_key = ? AND kind = ? AND seq >= ? AND seq < ? ${opened} ${id === undefined ? '' : 'AND id = ?'}
    ORDER BY seq ${newest_first ? 'DESC' : ''} LIMIT ?`;
}
