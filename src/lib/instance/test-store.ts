import type { NamespaceSize } from '../store/store';
import { type Answer, answerOf } from './answer';
import { type Environment, fromEnvironment } from './environment';
import type { Roster } from './roster';
import { openStorage, storageOf } from './storage';

export interface StoreContents {
  readonly kind: string;
  readonly place: string;
  readonly bytes: number;
  readonly namespaces: readonly (Pick<NamespaceSize, 'instance_id' | 'transitions' | 'bytes'> & {
    /** No configured instance has this id; its data stays until it is purged. */
    readonly orphaned: boolean;
  })[];
}

export interface StoreTest {
  /** What the dialog shows. */
  readonly fields: object;
  /** Of PostgreSQL: as it was typed, else the saved one. */
  readonly url: unknown;
  readonly userDir: string;
  readonly environment: Environment;
}

/** What "Test and show size" says. Never rejects: what is wrong is the answer. */
export function testStore(test: StoreTest, roster: Roster): Promise<Answer<StoreContents>> {
  return answerOf(contentsOf(test, roster), 'store_failed');
}

async function contentsOf({ fields, url, userDir, environment }: StoreTest, roster: Roster): Promise<StoreContents> {
  const read = (value: unknown) => fromEnvironment(value, environment);
  const deployed = Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, read(value)]));
  const store = await openStorage(storageOf(deployed, String(read(url) ?? ''), userDir), () => {});
  try {
    const configured = new Set(roster.chosen([]).map(({ instance_id }) => instance_id));
    const namespaces = (await store.sizes()).map(({ instance_id, transitions, bytes }) => {
      return { instance_id, transitions, bytes, orphaned: !configured.has(instance_id) };
    });
    return { kind: store.kind, place: store.place, bytes: await store.bytes(), namespaces };
  } finally {
    await store.close();
  }
}
