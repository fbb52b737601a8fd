import { CaretakerError, describe } from '../error';
import type { NamespaceSize } from '../store/store';
import type { Roster } from './roster';
import { openStorage, storageOf } from './storage';

export type StoreAnswer =
  | {
      readonly ok: true;
      readonly kind: string;
      readonly place: string;
      readonly bytes: number;
      readonly namespaces: readonly (Pick<NamespaceSize, 'instance_id' | 'transitions' | 'bytes'> & {
        /** No configured instance has this id; its data stays until it is purged. */
        readonly orphaned: boolean;
      })[];
    }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** What "Test and show size" says. Never rejects: what is wrong is the answer. */
export async function testStore(fields: object, url: string, userDir: string, roster: Roster): Promise<StoreAnswer> {
  try {
    const store = await openStorage(storageOf(fields, url, userDir), () => {});
    try {
      const configured = new Set(roster.chosen([]).map(({ instance_id }) => instance_id));
      const namespaces = (await store.sizes()).map(({ instance_id, transitions, bytes }) => {
        return { instance_id, transitions, bytes, orphaned: !configured.has(instance_id) };
      });
      return { ok: true, kind: store.kind, place: store.place, bytes: await store.bytes(), namespaces };
    } finally {
      await store.close();
    }
  } catch (thrown) {
    const code = thrown instanceof CaretakerError ? thrown.code : 'store_failed';
    return { ok: false, code, message: describe(thrown) };
  }
}
