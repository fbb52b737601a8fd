import { CaretakerError, describe } from '../error';
import type { Namespace } from '../store/store';
import { Fresh } from './fresh';
import { PROBE } from './past';

/** Whether the store takes and gives back. */
export interface StoreSign {
  /** Epoch ms; when it was asked. */
  readonly at: number;
  /** Of a write and a read, ms; null when they failed. */
  readonly latency: number | null;
  readonly error: CaretakerError | null;
}

/** However many ask, the store is written to this often at most, ms. */
const GOOD_FOR_MS = 3_000;

/** Writes a note and reads it back. One that hangs is not asked a second time. */
export class StoreProbe {
  readonly #namespace: Namespace;
  readonly #fresh: Fresh<StoreSign>;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
    this.#fresh = new Fresh(() => this.#probe(), GOOD_FOR_MS);
  }

  /** Never rejects. */
  look(): Promise<StoreSign> {
    return this.#fresh.get();
  }

  async #probe(): Promise<StoreSign> {
    const at = Date.now();
    const start = performance.now();
    try {
      await this.#namespace.setNote(PROBE, String(at));
      const read = await this.#namespace.note(PROBE);
      if (read !== String(at)) throw new CaretakerError('store_failed', 'The store does not give back what it took.');
      return { at, latency: performance.now() - start, error: null };
    } catch (thrown) {
      const error = thrown instanceof CaretakerError ? thrown : new CaretakerError('store_failed', describe(thrown));
      return { at, latency: null, error };
    }
  }
}
