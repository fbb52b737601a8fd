import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { CaretakerError } from '../../error';

/** A key as it is kept: nobody can tell from it what the key is. */
export interface StoredKey {
  readonly name: string;
  /** The instance_ids it is for; empty is all of the node. */
  readonly instances: readonly string[];
  readonly access: 'read' | 'write';
  /** Of the key, hex. */
  readonly sha256: string;
}

/** What a caller may do. */
export interface Grant {
  /** The name of his key; null for whoever has none. */
  readonly key: string | null;
  readonly instances: readonly string[];
  readonly access: 'read' | 'write';
}

/** Bytes of a key that nobody can guess. */
const KEY_BYTES = 32;

/** A new key, to be shown once, and what is kept of it. */
export function makeKey(): { key: string; sha256: string } {
  const key = `ck_${randomBytes(KEY_BYTES).toString('base64url')}`;
  return { key, sha256: digest(key).toString('hex') };
}

export class Keyring {
  readonly #keys: readonly (StoredKey & { readonly digest: Buffer })[];
  readonly #anonymous: 'none' | 'read' | 'write';

  constructor(keys: readonly StoredKey[], anonymous: 'none' | 'read' | 'write') {
    this.#keys = keys.map((key) => ({ ...key, digest: Buffer.from(key.sha256, 'hex') }));
    this.#anonymous = anonymous;
  }

  /**
   * @param given the key that came with it; undefined when none did
   * @param how to give one, in a sentence
   * @throws CaretakerError unauthorized
   */
  grant(given: unknown, how = 'Provide X-API-Key header.'): Grant {
    if (given === undefined) {
      if (this.#anonymous !== 'none') return { key: null, instances: [], access: this.#anonymous };
      throw new CaretakerError('unauthorized', `API key required. ${how}`);
    }
    const found = this.#find(String(given));
    // A wrong key is no anonymous caller: who has one expects more than an anonymous caller gets.
    if (!found) throw new CaretakerError('unauthorized', 'Invalid API key');
    return { key: found.name, instances: found.instances, access: found.access };
  }

  /** All are compared, whichever it is: how long it takes says nothing. */
  #find(given: string): StoredKey | undefined {
    const wanted = digest(given);
    let found: StoredKey | undefined;
    for (const key of this.#keys) if (timingSafeEqual(key.digest, wanted)) found = key;
    return found;
  }
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
