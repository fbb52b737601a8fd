import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore } from '../src/lib/store/memory';
import { openStore } from '../src/lib/store/open';
import { openPostgres } from '../src/lib/store/postgres';
import type { Namespace, Store } from '../src/lib/store/store';
import { queryPostgres, startPostgres } from '../tests/support/postgres';
import { timesOf } from './process-times';

/** Longer than any run, ms. */
const LEASE_MS = 3_600_000;

export type Kind = Store['kind'];

/** Where a store of the bench is, for a process of its own to open. */
export interface Place {
  readonly kind: Kind;
  /** A file or a URL. */
  readonly address: string;
  /** For backups, and for the file. */
  readonly folder: string;
  /** The process whose children serve the database; null where it needs none. */
  readonly server: number | null;
}

/** A new, empty one each time. */
export async function usePlace<T>(kind: Kind, use: (place: Place) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'caretaker-bench-'));
  const url = kind === 'postgres' ? await (await startPostgres()).createDatabase() : null;
  try {
    const server = url === null ? null : await serverOf(url);
    return await use({ kind, folder, server, address: url ?? join(folder, 'caretaker.sqlite') });
  } finally {
    rmSync(folder, { recursive: true });
    // The server lives on for the next one; its disk is not endless.
    if (url !== null)
      await queryPostgres(await administrator(), `DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
  }
}

export function openPlace({ kind, address }: Place): Promise<Store> {
  const log = (message: string) => console.error(message);
  if (kind === 'memory') return Promise.resolve(new MemoryStore());
  return kind === 'postgres' ? openPostgres({ url: address, log }) : openStore({ file: address, log });
}

/** As the homes of one Node-RED: each claimed, so that each write is checked as it is in use. */
export async function homesOf(store: Store, ids: readonly string[]): Promise<Namespace[]> {
  const claimant = { owner: 'bench', session: randomUUID(), label: 'bench' };
  const claims = await store.claim({ claimant, instance_ids: ids, lease_ms: LEASE_MS, resumes: true });
  for (const claim of claims) {
    if (!claim.ok) throw new Error(`${claim.instance_id} is claimed by another.`);
    store.fence(claim.instance_id, claim.token);
  }
  return Promise.all(ids.map((id) => store.namespace(id)));
}

/** Until nothing is left of the rows that a restore took the place of. @param within ms */
export async function swept({ kind, address }: Place, within: number): Promise<void> {
  for (const end = Date.now() + within; ; ) {
    const rows = 'SELECT count(*) AS rows FROM';
    const left =
      kind === 'postgres'
        ? await queryPostgres(address, `${rows} caretaker.instances`)
        : querySqlite(address, `${rows} instances`);
    if (Number(left[0]?.['rows']) === 1) return;
    if (Date.now() > end) throw new Error(`The old rows are still there after ${within} ms.`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

async function administrator(): Promise<string> {
  return (await startPostgres()).url;
}

function querySqlite(file: string, sql: string): Record<string, unknown>[] {
  const db = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(file, { readOnly: true });
  try {
    return db.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    db.close();
  }
}

/** The one that started all others: the checkpointer is always there. */
async function serverOf(url: string): Promise<number | null> {
  const [row] = await queryPostgres(url, `SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`);
  return timesOf(Number(row?.['pid']))?.parent ?? null;
}
