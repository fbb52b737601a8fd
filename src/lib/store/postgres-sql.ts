import type { TransitionQuery } from './store';
import { isRollup, RECORD_KINDS, type RecordKind, type RecordQuery, recordCode } from './stored-record';

const SUBJECT = 's.kind, s.id, s.name, s.domain, s.device_id, s.config_entry_id, s.area_id, s.registry_id';
const FACT = 't.seq, t.subject_key, t.since, t.status, t.previous_status, t.state';

const INSERT_SUBJECTS = `INSERT INTO caretaker.subjects (instance_key, subject_key, kind, id, name, domain, device_id,
      config_entry_id, area_id, registry_id, forgotten)
    SELECT $1, * FROM unnest($2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::text[], $11::boolean[])`;
const INSERT_TRANSITIONS = `INSERT INTO caretaker.transitions
      (instance_key, seq, subject_key, since, status, previous_status, state)
    SELECT $1, * FROM unnest($2::bigint[], $3::integer[], $4::bigint[], $5::smallint[], $6::smallint[], $7::text[])
      AS t (seq, subject_key, since, status, previous_status, state)`;

const RECORD = 'id, seq, open, body';
const KINDS = kindsOf(RECORD_KINDS);
const FACT_KINDS = kindsOf(RECORD_KINDS.filter((kind) => !isRollup(kind)));
const OF_ROLLUP = `kind >= ${recordCode('rollup')} AND kind <= ${recordCode('rollup')}`;

/** Epoch ms. It goes on while a transaction waits. */
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';
/** As in `lease.ts`. */
const held = (lease: string) => `abs(${NOW} - ${lease}.renewed) < ${lease}.lease_ms`;
/** Locked until the transaction ends: who wants to claim it waits. */
const LOCKED_LEASE = `SELECT l.token, l.label, ${held('l')} AS held FROM caretaker.leases l
    WHERE l.instance_id = $1 FOR SHARE`;

const BY_KEY = `ctid = (SELECT ctid FROM caretaker.subjects
    WHERE instance_key = $1 AND subject_key >= $2 AND subject_key <= $2 ORDER BY subject_key LIMIT 1)`;

/**
 * Nothing here leaves PostgreSQL a choice that statistics from before a large restore, or none at all, could make a
 * wrong one. Where a row is looked up for each of many others, it is by a subquery with a limit: no hash of a whole
 * table can be made out of that. `x >= y AND x <= y` with an order instead of `x = y`: only one index has that order.
 */
export const SQL = {
  /** Whoever has this row is the one writer of the instance until its transaction ends. */
  lockInstance: `SELECT i.instance_key, i.writer, lease.token, lease.label, lease.held
    FROM caretaker.instances i LEFT JOIN (${LOCKED_LEASE}) lease ON true WHERE i.instance_id = $1 FOR UPDATE OF i`,
  lockLease: LOCKED_LEASE,
  /** $2 claimant's session, owner, label; $5 for how long; $6 whether it resumes. Another's is not even locked. */
  claimLeases: `WITH before AS MATERIALIZED (
      SELECT b.instance_id, ${NOW} - b.renewed AS idle FROM caretaker.leases b WHERE b.instance_id = ANY ($1::text[]))
    INSERT INTO caretaker.leases AS l (instance_id, token, renewed, lease_ms, session, owner, label)
    SELECT asked.id, 1, ${NOW}, $5::integer, $2, $3, $4 FROM unnest($1::text[]) AS asked (id)
    WHERE coalesce((SELECT o.session = $2 OR NOT ${held('o')} OR ($6 AND o.owner = $3)
      FROM caretaker.leases o WHERE o.instance_id = asked.id), true)
    ON CONFLICT (instance_id) DO UPDATE SET token = l.token + (l.session <> excluded.session)::integer,
      renewed = ${NOW}, lease_ms = excluded.lease_ms, session = excluded.session, owner = excluded.owner,
      label = excluded.label
      WHERE l.session = excluded.session OR NOT ${held('l')} OR ($6 AND l.owner = excluded.owner)
    RETURNING instance_id, token, renewed,
      (SELECT before.idle FROM before WHERE before.instance_id = l.instance_id LIMIT 1) AS idle`,
  leases: 'SELECT instance_id, label, renewed, lease_ms FROM caretaker.leases WHERE instance_id = ANY ($1::text[])',
  addInstance: `INSERT INTO caretaker.instances (instance_key, instance_id)
    SELECT coalesce(max(instance_key), 0) + 1, $1 FROM caretaker.instances
    ON CONFLICT DO NOTHING RETURNING instance_key`,
  takeInstance: 'UPDATE caretaker.instances SET writer = $2 WHERE instance_key = $1',
  instance: 'SELECT instance_key FROM caretaker.instances WHERE instance_id = $1',
  instances:
    'SELECT instance_key, instance_id FROM caretaker.instances WHERE instance_id IS NOT NULL ORDER BY instance_id',
  lastSeq: 'SELECT max(seq) AS seq FROM caretaker.transitions WHERE instance_key = $1',
  lastTold: 'SELECT max(seq) AS seq FROM caretaker.consumers WHERE instance_key = $1',
  lastSubject: 'SELECT max(subject_key) AS subject_key FROM caretaker.subjects WHERE instance_key = $1',

  subject: `SELECT subject_key FROM caretaker.subjects WHERE instance_key = $1
    AND (kind, id) >= ($2, $3) AND (kind, id) <= ($2, $3) ORDER BY kind, id LIMIT 1`,
  subjects: `SELECT s.subject_key, s.forgotten, ${SUBJECT} FROM unnest($2::text[], $3::text[]) AS asked (kind, id)
    CROSS JOIN LATERAL (SELECT * FROM caretaker.subjects s WHERE s.instance_key = $1
      AND (s.kind, s.id) >= (asked.kind, asked.id) AND (s.kind, s.id) <= (asked.kind, asked.id)
      ORDER BY s.kind, s.id LIMIT 1) s`,
  putSubjects: `${INSERT_SUBJECTS}
    ON CONFLICT (instance_key, subject_key) DO UPDATE SET name = excluded.name, domain = excluded.domain,
      device_id = excluded.device_id, config_entry_id = excluded.config_entry_id, area_id = excluded.area_id,
      registry_id = excluded.registry_id, forgotten = excluded.forgotten`,
  renameSubject: `UPDATE caretaker.subjects SET id = $3 WHERE ${BY_KEY}`,
  forgetSubject: `UPDATE caretaker.subjects SET forgotten = true WHERE ${BY_KEY}`,
  resume: `SELECT s.subject_key, ${SUBJECT}, t.status, t.state, t.since
    FROM caretaker.subjects s CROSS JOIN LATERAL (SELECT * FROM caretaker.transitions t
      WHERE t.instance_key = s.instance_key AND t.subject_key >= s.subject_key AND t.subject_key <= s.subject_key
      ORDER BY t.subject_key DESC, t.seq DESC LIMIT 1) t
    WHERE s.instance_key = $1 AND s.subject_key > $2 AND NOT s.forgotten ORDER BY s.subject_key LIMIT $3`,

  append: INSERT_TRANSITIONS,
  sliceEnd: `SELECT seq FROM caretaker.transitions WHERE instance_key = $1 AND seq > $2 AND seq < $3
    ORDER BY seq LIMIT 1 OFFSET $4`,
  /** All that is old goes, but not the last fact of a subject that is still there. */
  prune: `DELETE FROM caretaker.transitions WHERE ctid = ANY (ARRAY(
    SELECT t.ctid FROM caretaker.transitions t WHERE t.instance_key = $1 AND t.seq > $2 AND t.seq <= $3 AND coalesce(
      (SELECT true FROM caretaker.transitions n WHERE n.instance_key = t.instance_key
        AND (n.subject_key, n.seq) > (t.subject_key, t.seq) AND n.subject_key <= t.subject_key
        ORDER BY n.subject_key, n.seq LIMIT 1),
      (SELECT s.forgotten FROM ${subjectOf('t')}),
      true)
    ORDER BY t.seq))`,
  dropSubjects: `DELETE FROM caretaker.subjects s WHERE s.instance_key = $1 AND s.forgotten AND
    (SELECT t.seq FROM caretaker.transitions t WHERE t.instance_key = s.instance_key
      AND t.subject_key >= s.subject_key AND t.subject_key <= s.subject_key
      ORDER BY t.subject_key, t.seq LIMIT 1) IS NULL`,

  lastRecord: `SELECT max(r.seq) AS seq FROM ${KINDS} CROSS JOIN LATERAL (SELECT seq FROM caretaker.records
    WHERE instance_key = $1 AND kind >= of.kind AND kind <= of.kind ORDER BY kind DESC, seq DESC LIMIT 1) r`,
  putRecord: `INSERT INTO caretaker.records (instance_key, kind, id, seq, open, body) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (instance_key, kind, id) DO UPDATE SET seq = excluded.seq, open = excluded.open, body = excluded.body`,
  removeRecord: `DELETE FROM caretaker.records WHERE ctid = (SELECT ctid FROM caretaker.records WHERE instance_key = $1
    AND (kind, id) >= ($2, $3) AND (kind, id) <= ($2, $3) ORDER BY kind, id LIMIT 1)`,
  /** Each of them is looked at. */
  renameInRecords: `UPDATE caretaker.records SET body = replace(body, $2, $3) WHERE ctid = ANY (ARRAY(
    SELECT r.ctid FROM ${FACT_KINDS} CROSS JOIN LATERAL (SELECT ctid, body FROM caretaker.records WHERE instance_key = $1
      AND kind >= of.kind AND kind <= of.kind ORDER BY kind, seq) r WHERE strpos(r.body, $2) > 0))`,
  pruneRecords: `DELETE FROM caretaker.records WHERE ctid = ANY (ARRAY(
    SELECT r.ctid FROM ${FACT_KINDS} CROSS JOIN LATERAL (SELECT ctid FROM caretaker.records WHERE instance_key = $1
      AND kind >= of.kind AND kind <= of.kind AND seq < $2 AND NOT open ORDER BY kind, seq LIMIT $3) r LIMIT $3))`,
  /** All that are old go but the newest of all. */
  pruneRollups: `DELETE FROM caretaker.records WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM caretaker.records WHERE instance_key = $1 AND ${OF_ROLLUP} AND seq < least($2,
      (SELECT seq FROM caretaker.records WHERE instance_key = $1 AND ${OF_ROLLUP} ORDER BY kind DESC, seq DESC LIMIT 1))
      AND NOT open ORDER BY kind, seq LIMIT $3))`,

  told: `SELECT seq FROM caretaker.consumers WHERE consumer = $2 AND instance_key =
    (SELECT instance_key FROM caretaker.instances WHERE instance_id = $1)`,
  tell: `INSERT INTO caretaker.consumers (instance_key, consumer, seq) VALUES ($1, $2, $3)
    ON CONFLICT (instance_key, consumer) DO UPDATE SET seq = excluded.seq`,
  dropConsumer: 'DELETE FROM caretaker.consumers WHERE instance_key = $1 AND consumer = $2',
  note: `SELECT value FROM caretaker.notes WHERE key = $2 AND instance_key =
    (SELECT instance_key FROM caretaker.instances WHERE instance_id = $1)`,
  setNote: `INSERT INTO caretaker.notes (instance_key, key, value) VALUES ($1, $2, $3)
    ON CONFLICT (instance_key, key) DO UPDATE SET value = excluded.value`,

  /** A slice at a time: counting all of a large namespace takes longer than one statement should. */
  countTransitions: `SELECT count(*) AS rows, max(seq) AS last FROM (SELECT seq FROM caretaker.transitions
    WHERE instance_key = $1 AND seq > $2 ORDER BY seq LIMIT $3) slice`,
  countSubjects: `SELECT count(*) AS rows, max(subject_key) AS last FROM (SELECT subject_key FROM caretaker.subjects
    WHERE instance_key = $1 AND subject_key > $2 ORDER BY subject_key LIMIT $3) slice`,
  tableBytes: `SELECT pg_total_relation_size('caretaker.transitions') AS transitions,
    pg_total_relation_size('caretaker.subjects') AS subjects`,
  /** The copies made before migrations too. */
  bytes: `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND (n.nspname = 'caretaker' OR n.nspname LIKE 'caretaker\\_before\\_%')`,

  dumpSubjects: `SELECT s.subject_key, ${SUBJECT}, s.forgotten FROM caretaker.subjects s
    WHERE s.instance_key = $1 AND s.subject_key > $2 ORDER BY s.subject_key LIMIT $3`,
  dumpTransitions: `SELECT ${FACT} FROM caretaker.transitions t
    WHERE t.instance_key = $1 AND t.seq > $2 ORDER BY t.seq LIMIT $3`,
  dumpNotes: 'SELECT key, value FROM caretaker.notes WHERE instance_key = $1 ORDER BY key',

  dumpRecords: `SELECT ${RECORD} FROM caretaker.records WHERE instance_key = $1
    AND kind >= $2 AND kind <= $2 AND seq > $3 ORDER BY kind, seq LIMIT $4`,

  claim: 'SELECT pg_advisory_lock($1, $2)',
  tryClaim: 'SELECT pg_try_advisory_lock($1, $2) AS claimed',
  unclaim: 'SELECT pg_advisory_unlock($1, $2)',
  addStaging: `INSERT INTO caretaker.instances (instance_key)
    SELECT coalesce(max(instance_key), 0) + 1 FROM caretaker.instances
    ON CONFLICT DO NOTHING RETURNING instance_key`,
  stageSubjects: INSERT_SUBJECTS,
  /** Only facts whose subject came before. */
  stageTransitions: `${INSERT_TRANSITIONS} WHERE (SELECT true FROM (SELECT $1::integer AS instance_key, t.subject_key) t
    CROSS JOIN LATERAL (SELECT * FROM ${subjectOf('t')}) s)`,
  stageNotes: `INSERT INTO caretaker.notes (instance_key, key, value)
    SELECT $1, * FROM unnest($2::text[], $3::text[])`,
  stageRecords: `INSERT INTO caretaker.records (instance_key, kind, id, seq, open, body)
    SELECT $1, * FROM unnest($2::smallint[], $3::text[], $4::bigint[], $5::boolean[], $6::text[])`,
  cutOff: 'UPDATE caretaker.instances SET instance_id = NULL WHERE instance_key = $1',
  putIn: 'UPDATE caretaker.instances SET instance_id = $2 WHERE instance_key = $1 AND instance_id IS NULL',
  moveConsumers: 'UPDATE caretaker.consumers SET instance_key = $2 WHERE instance_key = $1',
  unreachable: 'SELECT instance_key FROM caretaker.instances WHERE instance_id IS NULL',
  isUnreachable: 'SELECT 1 FROM caretaker.instances WHERE instance_key = $1 AND instance_id IS NULL',
  sweepTransitions: `DELETE FROM caretaker.transitions WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM caretaker.transitions WHERE instance_key = $1 AND seq > $2 AND seq <= $3 ORDER BY seq))`,
  sweepSubjects: `DELETE FROM caretaker.subjects WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM caretaker.subjects WHERE instance_key = $1 AND subject_key > $2 AND subject_key <= $3
    ORDER BY subject_key))`,
  sweepRecords: `DELETE FROM caretaker.records WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM caretaker.records WHERE instance_key = $1 ORDER BY instance_key, kind, seq LIMIT $2))`,
  sweepConsumers: 'DELETE FROM caretaker.consumers WHERE instance_key = $1',
  sweepNotes: 'DELETE FROM caretaker.notes WHERE instance_key = $1',
  sweepInstance: 'DELETE FROM caretaker.instances WHERE instance_key = $1 AND instance_id IS NULL',
} as const;

/**
 * Binds instance id, first `seq`, end of `seq`, limit, then what is asked for of kinds and id. Entities are most of all
 * facts: their kind is read along the time; the other kinds by subject, as along the time they are far between.
 */
export function postgresTransitionsSql({ kind, id, newest_first }: TransitionQuery): string {
  const order = newest_first ? 'ORDER BY t.seq DESC' : 'ORDER BY t.seq';
  const own = '(SELECT instance_key FROM caretaker.instances WHERE instance_id = $1)';
  const range = '(t.subject_key, t.seq) >= (s.subject_key, $2) AND (t.subject_key, t.seq) < (s.subject_key, $3)';
  const alongTime = `SELECT t.*, ${SUBJECT} FROM caretaker.transitions t
    CROSS JOIN LATERAL (SELECT * FROM ${subjectOf('t')}) s
    WHERE t.instance_key = ${own} AND t.seq >= $2 AND t.seq < $3
      ${kind === undefined ? '' : 'AND s.kind = ANY ($5::text[])'}`;
  const asked =
    id === undefined
      ? 's.kind >= asked.kind AND s.kind <= asked.kind'
      : '(s.kind, s.id) >= (asked.kind, $6) AND (s.kind, s.id) <= (asked.kind, $6)';
  const subjects = `SELECT s.* FROM unnest($5::text[]) AS asked (kind) CROSS JOIN LATERAL (
    SELECT * FROM caretaker.subjects s WHERE s.instance_key = ${own} AND ${asked} ORDER BY s.kind, s.id) s`;
  const bySubject = `SELECT t.*, ${SUBJECT} FROM (${subjects}) s
    CROSS JOIN LATERAL (SELECT * FROM caretaker.transitions t WHERE t.instance_key = s.instance_key AND ${range}
      ${newest_first ? 'ORDER BY t.subject_key DESC, t.seq DESC' : 'ORDER BY t.subject_key, t.seq'} LIMIT $4) t`;
  const isAlongTime = id === undefined && (kind === undefined || kind === 'entity');
  return `SELECT t.*, p.previous_since FROM (${isAlongTime ? alongTime : bySubject} ${order} LIMIT $4) t
    LEFT JOIN LATERAL (SELECT p.since AS previous_since FROM caretaker.transitions p
      WHERE p.instance_key = t.instance_key AND (p.subject_key, p.seq) < (t.subject_key, t.seq)
        AND p.subject_key >= t.subject_key
      ORDER BY p.subject_key DESC, p.seq DESC LIMIT 1) p ON t.previous_status IS NOT NULL
    ${order}`;
}

/**
 * Binds instance id, kind, first `seq`, end of `seq`, limit, then the id if it is asked for. Order names the index: that
 * of ids, of all, or of the open ones alone.
 */
export function postgresRecordsSql({ id, open, newest_first }: RecordQuery): string {
  const own = 'instance_key = (SELECT instance_key FROM caretaker.instances WHERE instance_id = $1)';
  let range = 'seq >= $3 AND seq < $4';
  if (open !== undefined) range += open ? ' AND open' : ' AND NOT open';
  if (id !== undefined) {
    return `SELECT ${RECORD} FROM (SELECT * FROM caretaker.records WHERE ${own}
      AND (kind, id) >= ($2, $6) AND (kind, id) <= ($2, $6) ORDER BY kind, id LIMIT 1) one WHERE ${range} LIMIT $5`;
  }
  let order = newest_first ? 'kind DESC, seq DESC' : 'kind, seq';
  if (open) order = newest_first ? 'kind, seq DESC' : 'kind DESC, seq';
  return `SELECT ${RECORD} FROM caretaker.records WHERE ${own} AND kind >= $2 AND kind <= $2 AND ${range}
    ORDER BY ${order} LIMIT $5`;
}

/** The one that a fact names. */
function subjectOf(fact: string): string {
  return `caretaker.subjects s WHERE s.instance_key = ${fact}.instance_key AND s.subject_key >= ${fact}.subject_key
    AND s.subject_key <= ${fact}.subject_key ORDER BY s.subject_key LIMIT 1`;
}

function kindsOf(kinds: readonly RecordKind[]): string {
  return `(VALUES ${kinds.map((kind) => `(${recordCode(kind)})`).join(', ')}) AS of (kind)`;
}
