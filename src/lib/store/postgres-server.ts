import { setTimeout as pause } from 'node:timers/promises';
import { Client, type ClientConfig, Pool, type PoolClient, types } from 'pg';
import { CaretakerError } from '../error';
import { PostgresError, postgresError, type Secrets } from './postgres-trouble';

/** Enough for some writers at a time: each namespace has one. */
const MAX_CONNECTIONS = 5;
/** Unless the URL has a connect_timeout, seconds as everywhere with PostgreSQL. */
const CONNECT_SECONDS = 10;
/** No statement of ours reads or writes more than a slice. */
const STATEMENT_MS = 30_000;
/** A frozen process must not lock others out for ever. */
const IDLE_IN_TRANSACTION_MS = 300_000;
/** Nor from its instances for longer than a lease lasts, when it froze in the midst of writing. */
export const IDLE_IN_WRITING_MS = 10_000;
/** A server that is gone without a word does not say goodbye either. */
const END_MS = 2_000;
/**
 * Each of our statements walks along an index and stops. With statistics from before a large restore PostgreSQL would
 * rather collect a whole namespace and sort it.
 */
const WALK = '-c enable_sort=off -c jit=off';
/** Whatever the server's own default is. */
const READ_COMMITTED = 'ISOLATION LEVEL READ COMMITTED';
const INT8 = 20;

export type Row = Record<string, unknown>;

/** Runs one statement on one connection. */
export type Query = (sql: string, values?: readonly unknown[]) => Promise<{ rows: Row[]; count: number }>;

/** The way to one database. Whatever goes wrong is told without the user and the password. */
export class PostgresServer {
  /** `host:port/database` */
  readonly place: string;
  readonly #config: ClientConfig;
  readonly #secrets: Secrets;
  readonly #pool: Pool;
  #isEnded = false;
  readonly #busy = new Set<Promise<unknown>>();
  /** How to end the connections that are not of the pool. */
  readonly #sessions = new Set<() => Promise<void>>();

  constructor(url: string) {
    checkUrl(url);
    this.#config = configOf(url);
    const { host, port, database, user, password } = probe(this.#config);
    this.place = `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
    this.#secrets = { user, password };
    this.#pool = new Pool({
      ...this.#config,
      idle_in_transaction_session_timeout: IDLE_IN_WRITING_MS,
      max: MAX_CONNECTIONS,
      allowExitOnIdle: true,
    });
    // The server may go at any time: the next call finds out. Nobody listening would end Node-RED.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  query(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#pooled(async (query) => (await query(sql, values)).rows);
  }

  /** @param isolation what `BEGIN` takes; else every statement sees what was committed before it */
  transaction<T>(work: (query: Query) => Promise<T>, isolation?: string): Promise<T> {
    return this.#pooled((query) => this.#within(query, work, isolation));
  }

  /**
   * A connection of its own for what takes long, so that appends need not wait for it.
   * @param patient no limit to the time of a statement
   */
  async session<T>(work: (session: Session) => Promise<T>, patient = false): Promise<T> {
    const { query, end } = await this.open(patient);
    try {
      return await work({ query, transaction: (inner) => this.#within(query, inner) });
    } finally {
      await end();
    }
  }

  async open(patient = false): Promise<{ query: Query; end: () => Promise<void> }> {
    const client = await this.#busily(this.#connectAlone(patient));
    const end = async () => {
      this.#sessions.delete(end);
      await Promise.race([client.end().catch(() => undefined), pause(END_MS, undefined, { ref: false })]);
    };
    this.#sessions.add(end);
    return { query: this.#on(client), end };
  }

  /** Finishes what was asked of the pool; cuts off what has a connection of its own. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await Promise.all([...this.#sessions].map((end) => end()));
    await Promise.allSettled(this.#busy);
    await this.#pool.end();
  }

  async #pooled<T>(work: (query: Query) => Promise<T>): Promise<T> {
    if (this.#isEnded) throw this.#fail(undefined);
    return this.#busily(this.#onClient(work));
  }

  async #busily<T>(work: Promise<T>): Promise<T> {
    this.#busy.add(work);
    try {
      return await work;
    } finally {
      this.#busy.delete(work);
    }
  }

  async #connectAlone(patient: boolean): Promise<Client> {
    const limits = patient ? { statement_timeout: 0, query_timeout: 0 } : {};
    const client = new Client({ ...this.#config, ...limits });
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      await client.end().catch(() => undefined);
      throw this.#fail(error);
    }
    if (!this.#isEnded) return client;
    await client.end().catch(() => undefined);
    throw this.#fail(undefined);
  }

  async #onClient<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    try {
      const answer = await work(this.#on(client));
      client.release();
      return answer;
    } catch (error) {
      client.release(error instanceof PostgresError && error.lost);
      throw error;
    }
  }

  async #within<T>(query: Query, work: (query: Query) => Promise<T>, isolation = READ_COMMITTED): Promise<T> {
    await query(`BEGIN ${isolation}`);
    try {
      const answer = await work(query);
      await query('COMMIT');
      return answer;
    } catch (error) {
      await query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #on(client: Client | PoolClient): Query {
    return async (sql, values = []) => {
      try {
        const { rows, rowCount } = await client.query<Row>(sql, [...values]);
        return { rows, count: rowCount ?? 0 };
      } catch (error) {
        throw this.#fail(error);
      }
    };
  }

  #fail(error: unknown): CaretakerError {
    if (this.#isEnded) return new CaretakerError('store_failed', `The store ${this.place} is closed.`);
    return postgresError(error, this.place, this.#secrets);
  }
}

export interface Session {
  readonly query: Query;
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
}

function configOf(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'Caretaker',
    options: WALK,
    connectionTimeoutMillis: (Number(new URL(url).searchParams.get('connect_timeout')) || CONNECT_SECONDS) * 1000,
    statement_timeout: STATEMENT_MS,
    // Later than the server's own: for one that does not answer at all.
    query_timeout: STATEMENT_MS + 5_000,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Our own numbers are below 2^53. Not `setTypeParser`: that is for everybody in this process.
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === INT8 ? Number : types.getTypeParser(oid, format as 'text')) as typeof types.getTypeParser,
    },
  };
}

function checkUrl(url: string): void {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return;
  throw new CaretakerError(
    'bad_input',
    'The URL of the store cannot be read. It looks like postgres://user:password@host:5432/database; write special characters of the user and the password percent-encoded, e.g. %40 for @.',
  );
}

function probe(config: ClientConfig): {
  host: string;
  port: number;
  database: string;
  user?: string;
  password?: string;
} {
  try {
    const { host, port, database, user, password } = new Client(config);
    return {
      host,
      port,
      database: database ?? user ?? '',
      ...(user === undefined ? {} : { user }),
      ...(typeof password === 'string' ? { password } : {}),
    };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new CaretakerError(
      'bad_input',
      `The URL of the store cannot be used: a file it names cannot be read${code}.`,
    );
  }
}
