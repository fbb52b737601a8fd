import { CaretakerError } from '../error';
import type { Query, Session } from './postgres-server';

/** The first number of all our advisory locks: 'care'. The second is 0 for the schema, else an instance's key. */
export const LOCK_CLASS = 0x63617265;

/**
 * Migration n brings the schema from version n to n + 1; never change one that was released. Columns are those of the
 * SQLite file, ordered so that they need no padding. The instance leads every key and index, so a query of one
 * namespace cannot meet the rows of another. An instance without id is what a restore is still filling, or what one or
 * a purge has cut off: nobody reads it. `writer` is who wrote last: anybody else forgets what it remembers.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE caretaker.instances (
    instance_key integer PRIMARY KEY,
    instance_id text COLLATE "C" UNIQUE,
    writer text
  );
  CREATE TABLE caretaker.subjects (
    instance_key integer NOT NULL,
    subject_key integer NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    domain text,
    device_id text,
    config_entry_id text,
    area_id text,
    registry_id text,
    forgotten boolean NOT NULL DEFAULT false,
    PRIMARY KEY (instance_key, subject_key)
  );
  CREATE UNIQUE INDEX subjects_by_id ON caretaker.subjects (instance_key, kind, id);
  CREATE TABLE caretaker.transitions (
    instance_key integer NOT NULL,
    subject_key integer NOT NULL,
    seq bigint NOT NULL,
    since bigint NOT NULL,
    status smallint NOT NULL,
    previous_status smallint,
    state text NOT NULL,
    PRIMARY KEY (instance_key, seq)
  );
  CREATE INDEX transitions_by_subject ON caretaker.transitions (instance_key, subject_key, seq);
  CREATE TABLE caretaker.consumers (
    instance_key integer NOT NULL,
    consumer text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (instance_key, consumer)
  );
  CREATE TABLE caretaker.notes (
    instance_key integer NOT NULL,
    key text COLLATE "C" NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (instance_key, key)
  );
  `,
  // By id: a purge or a restore gives the instance another key, and its tokens must still grow. A row is written every
  // few seconds: with room in its page for the next one no index has to follow.
  `
  CREATE TABLE caretaker.leases (
    instance_id text COLLATE "C" PRIMARY KEY,
    token bigint NOT NULL,
    renewed bigint NOT NULL,
    lease_ms integer NOT NULL,
    session text NOT NULL,
    owner text NOT NULL,
    label text NOT NULL
  ) WITH (fillfactor = 50);
  `,
  // The open ones are in another order than all of them, so a query can name the index it means by its own order.
  `
  CREATE TABLE caretaker.records (
    instance_key integer NOT NULL,
    kind smallint NOT NULL,
    open boolean NOT NULL,
    seq bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (instance_key, kind, id)
  );
  CREATE UNIQUE INDEX records_by_seq ON caretaker.records (instance_key, kind, seq);
  CREATE INDEX records_open ON caretaker.records (instance_key, kind, seq DESC) WHERE open;
  `,
];

/**
 * Brings the tables to the newest version: each step is one transaction, with a copy of what was in a schema of its
 * own, and one process at a time. To go back: DROP SCHEMA caretaker CASCADE; ALTER SCHEMA caretaker_before_2 RENAME TO
 * caretaker.
 */
export async function migratePostgres(
  session: Session,
  place: string,
  log: (message: string) => void,
  migrations: readonly string[] = MIGRATIONS,
): Promise<void> {
  await checkEncoding(session.query, place);
  const step = async (query: Query): Promise<boolean> => {
    await query('SELECT pg_advisory_xact_lock($1, 0)', [LOCK_CLASS]);
    const version = await versionOf(query, place);
    if (version > migrations.length) throw newer(place, version, migrations.length);
    const sql = migrations[version];
    if (sql === undefined) return false;
    if (version === 0) {
      await begin(query, migrations);
      return true;
    }
    const copy = await copyTables(query, version + 1);
    await query(sql);
    await query('UPDATE caretaker.caretaker_schema SET version = $1', [version + 1]);
    log(`The store ${place} goes on as version ${version + 1}; what was is kept in the schema ${copy}.`);
    return true;
  };
  while (await session.transaction(step));
}

function newer(place: string, version: number, known: number): CaretakerError {
  return new CaretakerError(
    'store_newer',
    `The store ${place} has version ${version}, written by a newer Caretaker; this one knows version ${known}. Update Caretaker, or choose another database.`,
  );
}

async function checkEncoding(query: Query, place: string): Promise<void> {
  const encoding = (await query('SHOW server_encoding')).rows[0]?.['server_encoding'];
  if (encoding === 'UTF8') return;
  const message = `The store ${place} cannot hold every text: its encoding is ${encoding}. Create the database with ENCODING 'UTF8' TEMPLATE template0.`;
  throw new CaretakerError('store_failed', message);
}

async function versionOf(query: Query, place: string): Promise<number> {
  const { rows } = await query(`SELECT to_regclass('caretaker.caretaker_schema') IS NOT NULL AS ours,
    EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace('caretaker')) AS used`);
  if (rows[0]?.['ours']) {
    return Number((await query('SELECT version FROM caretaker.caretaker_schema')).rows[0]?.['version']);
  }
  if (!rows[0]?.['used']) return 0;
  const message = `The schema caretaker of ${place} belongs to another program. Choose another database for the store.`;
  throw new CaretakerError('store_failed', message);
}

/** All steps at once, as there is nothing to lose. Whoever may not create a schema may be given one. */
async function begin(query: Query, migrations: readonly string[]): Promise<void> {
  const { rows } = await query(`SELECT to_regnamespace('caretaker') IS NULL AS missing`);
  if (rows[0]?.['missing']) await query('CREATE SCHEMA caretaker');
  await query('CREATE TABLE caretaker.caretaker_schema (version integer NOT NULL)');
  await query('INSERT INTO caretaker.caretaker_schema (version) VALUES ($1)', [migrations.length]);
  for (const sql of migrations) await query(sql);
}

/** The tables and their indexes as they are, under the same names in another schema. */
async function copyTables(query: Query, next: number): Promise<string> {
  const copy = `caretaker_before_${next}`;
  await query(`DROP SCHEMA IF EXISTS ${copy} CASCADE`);
  await query(`CREATE SCHEMA ${copy}`);
  const { rows } = await query(`SELECT quote_ident(relname) AS name FROM pg_class
    WHERE relnamespace = to_regnamespace('caretaker') AND relkind = 'r'`);
  for (const { name } of rows) {
    await query(`LOCK TABLE caretaker.${name} IN SHARE MODE`);
    await query(`CREATE TABLE ${copy}.${name} (LIKE caretaker.${name} INCLUDING ALL)`);
    await query(`INSERT INTO ${copy}.${name} SELECT * FROM caretaker.${name}`);
  }
  return copy;
}
