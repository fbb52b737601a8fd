import type { Patch } from './mutant';
import type { Operation } from './operation';
import { operation } from './operations/all';
import type { Part } from './trace';

/** A leak as somebody could make it, and the operation that must find it. */
export interface PlantedLeak {
  readonly name: string;
  readonly patches: readonly Patch[];
  readonly operation: Operation;
  /** Where it shows in home B; or, where B is spared by luck, what the operation says. */
  readonly red: Part | RegExp;
}

const purgeWithoutTarget = operation('caretaker-backup', 'purge without a target');
const goesDown = operation('caretaker-instance', 'an entry goes down and comes back');
const removed = operation('caretaker-instance', 'an entity is removed from it');
const retention = operation('caretaker-store', 'retention');
const purge = operation('caretaker-backup', 'purge');
const prune = operation('caretaker-backup', 'prune');
const healEntity = operation('caretaker-heal', 'heal an entity');
const healEntry = operation('caretaker-heal', 'heal a config entry');
const suppress = operation('caretaker-heal', 'suppress');
const keepHolds = operation('caretaker-heal', 'keep what holds it back');
const deleteOthers = operation('caretaker-backup', "delete B's");

/** Backups in one folder, told apart by how their names begin. */
const byPrefix: readonly Patch[] = [
  { file: 'lib/store/backup-folder.js', from: '(0, node_path_1.join)(folder, instanceId)', to: 'folder' },
  {
    file: 'lib/store/backup-folder.js',
    from: 'parsed?.instance_id !== this.instance_id',
    to: '!parsed?.instance_id.startsWith(this.instance_id)',
  },
];

/** A command for nobody falls to somebody. */
const fallback = (place: number): readonly Patch[] => [
  { file: 'lib/core/resolve.js', from: 'const [only] = visible;', to: `const only = visible.at(${place});` },
  { file: 'lib/core/resolve.js', from: 'if (visible.length === 1)', to: 'if (visible.length >= 1)' },
];

const eavesdropping: Patch = {
  file: 'lib/instance/monitor.js',
  from: 'this.#roster.chosen(this.#options.instances)',
  to: 'this.#roster.chosen([])',
};

/** Where an entity is polled, the connection is not the healed home's own. */
const wrongConnection: Patch = {
  file: 'lib/instance/climb.js',
  from: 'const { connection, target } = this.#home;',
  to: `const others = require('./roster').roster.chosen([]).map(({ instance }) => instance.healing);
    const other = others.find((one) => one !== this.#home);
    const { connection, target } = step.action === 'update_entity' ? other : this.#home;`,
};

const sharedSuppressions: Patch = {
  file: 'lib/instance/holds.js',
  from: '#suppressions = new Map();',
  to: '#suppressions = (globalThis.allSuppressions ??= new Map());',
};

/** Those that no database has a part in. */
export const LEAKS: readonly PlantedLeak[] = [
  { name: 'backups by prefix: a prune', patches: byPrefix, operation: prune, red: 'files' },
  { name: 'backups by prefix: a deletion', patches: byPrefix, operation: deleteOthers, red: 'files' },
  {
    name: 'a command falls to the first',
    patches: fallback(0),
    operation: purgeWithoutTarget,
    red: /instance_required/,
  },
  { name: 'a command falls to the last', patches: fallback(-1), operation: purgeWithoutTarget, red: 'rows' },
  { name: 'a monitor tells of both', patches: [eavesdropping], operation: goesDown, red: 'told' },
  { name: 'a heal over the other connection', patches: [wrongConnection], operation: healEntity, red: 'calls' },
  { name: 'suppressions shared by all homes', patches: [sharedSuppressions], operation: suppress, red: 'holds' },
];

const inSql = (from: string, to: string): readonly Patch[] => [{ file: 'lib/store/sql.js', from, to }];

/** Records of healing are told apart by kind and id alone. */
const recordsOfAll = inSql(
  'INSERT INTO records (instance_key, kind, id, seq, open, body) VALUES (?, ?, ?, ?, ?, ?)\n    ON CONFLICT',
  `INSERT INTO records (instance_key, kind, id, seq, open, body) SELECT i.instance_key, r.kind, r.id, r.seq, r.open, r.body
    FROM instances i, (SELECT ? AS k, ? AS kind, ? AS id, ? AS seq, ? AS open, ? AS body) r WHERE true ON CONFLICT`,
);
const recordsFromAll = [
  ...inSql('WHERE instance_key = ? AND kind = ? AND seq >= ?', 'WHERE ? > 0 AND kind = ? AND seq >= ?'),
  ...inSql("open ? 'INDEXED BY records_open' : 'INDEXED BY records_by_seq'", "''"),
];

/** The same for both homes. */
const SHORT = "(id + '_2').slice(0, 6)";

export const SQLITE_LEAKS: readonly PlantedLeak[] = [
  {
    name: 'both ids shortened to one key',
    patches: [
      { file: 'lib/store/ledger.js', from: 'SQL.addInstance).run(id)', to: `SQL.addInstance).run(${SHORT})` },
      { file: 'lib/store/ledger.js', from: 'SQL.instance).get(id)', to: `SQL.instance).get(${SHORT})` },
    ],
    operation: goesDown,
    red: 'rows',
  },
  {
    name: "consumers' places shared by all homes",
    patches: inSql(
      'INSERT INTO consumers (instance_key, consumer, seq) VALUES (?, ?, ?)',
      `INSERT INTO consumers (instance_key, consumer, seq) SELECT i.instance_key, c.consumer, c.seq
        FROM instances i, (SELECT ? AS instance_key, ? AS consumer, ? AS seq) c WHERE true`,
    ),
    operation: goesDown,
    red: 'places',
  },
  {
    name: 'forgetting in all homes',
    patches: inSql(
      'UPDATE subjects SET forgotten = 1 WHERE instance_key = ? AND',
      'UPDATE subjects SET forgotten = 1 WHERE ? > 0 AND',
    ),
    operation: removed,
    red: 'rows',
  },
  {
    name: 'retention in all homes',
    patches: inSql(
      'DELETE FROM transitions WHERE instance_key = ? AND seq > ? AND',
      'DELETE FROM transitions WHERE ? > 0 AND seq > ? AND',
    ),
    operation: retention,
    red: 'rows',
  },
  {
    name: 'a purge of all homes',
    patches: inSql(
      'DELETE FROM transitions WHERE instance_key = ? AND seq <= coalesce(',
      'DELETE FROM transitions WHERE ? > 0 AND seq <= coalesce(',
    ),
    operation: purge,
    red: 'rows',
  },
  { name: 'attempts kept for all homes', patches: recordsOfAll, operation: healEntry, red: 'rows' },
  { name: 'suppressions kept for all homes', patches: recordsOfAll, operation: suppress, red: 'rows' },
  { name: 'records read of all homes', patches: recordsFromAll, operation: keepHolds, red: /held back by others/ },
];

const inPostgres = (from: string, to: string): readonly Patch[] => [{ file: 'lib/store/postgres-sql.js', from, to }];

const recordsOfAllInPostgres = inPostgres(
  'INSERT INTO caretaker.records (instance_key, kind, id, seq, open, body) VALUES ($1, $2, $3, $4, $5, $6)',
  `INSERT INTO caretaker.records (instance_key, kind, id, seq, open, body)
    SELECT instance_key, $2::smallint, $3::text, $4::bigint, $5::boolean, $6::text
    FROM caretaker.instances WHERE $1::integer > 0`,
);

export const POSTGRES_LEAKS: readonly PlantedLeak[] = [
  { name: 'attempts kept for all homes', patches: recordsOfAllInPostgres, operation: healEntry, red: 'rows' },
  { name: 'suppressions kept for all homes', patches: recordsOfAllInPostgres, operation: suppress, red: 'rows' },
  {
    name: "consumers' places shared by all homes",
    patches: inPostgres(
      'INSERT INTO caretaker.consumers (instance_key, consumer, seq) VALUES ($1, $2, $3)',
      `INSERT INTO caretaker.consumers (instance_key, consumer, seq)
        SELECT instance_key, $2::text, $3::bigint FROM caretaker.instances WHERE $1::integer > 0`,
    ),
    operation: goesDown,
    red: 'places',
  },
  {
    name: 'forgetting in all homes',
    patches: inPostgres(
      'UPDATE caretaker.subjects SET forgotten = true WHERE ${BY_KEY}',
      'UPDATE caretaker.subjects SET forgotten = true WHERE $1::integer > 0 AND subject_key = $2',
    ),
    operation: removed,
    red: 'rows',
  },
  {
    name: 'retention in all homes',
    patches: inPostgres(
      'FROM caretaker.transitions t WHERE t.instance_key = $1 AND t.seq > $2 AND t.seq <= $3 AND coalesce(',
      'FROM caretaker.transitions t WHERE $1::integer > 0 AND t.seq > $2 AND t.seq <= $3 AND coalesce(',
    ),
    operation: retention,
    red: 'rows',
  },
  {
    name: 'a purge of all homes',
    patches: inPostgres(
      'SELECT ctid FROM caretaker.transitions WHERE instance_key = $1 AND seq > $2 AND seq <= $3 ORDER BY seq',
      'SELECT ctid FROM caretaker.transitions WHERE $1::integer > 0 AND seq > $2 AND seq <= $3 ORDER BY seq',
    ),
    operation: purge,
    red: 'rows',
  },
];
