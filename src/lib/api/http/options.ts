import { parser } from '../../instance/parser';
import type { StoredKey } from './keys';

export interface ApiOptions {
  /** Ids of config nodes; empty is all. */
  readonly instances: readonly string[];
  /** What is given to whoever has no key. */
  readonly anonymous: 'none' | 'read' | 'write';
  readonly keys: readonly StoredKey[];
}

/** @throws CaretakerError bad_input, naming the field */
export const parseApiOptions = parser<ApiOptions>({
  type: 'object',
  properties: {
    instances: { type: 'array', default: [], items: { type: 'string' } },
    anonymous: { enum: ['none', 'read', 'write'], default: 'none' },
    keys: {
      type: 'array',
      default: [],
      maxItems: 1000,
      items: {
        type: 'object',
        required: ['name', 'access', 'sha256'],
        properties: {
          name: { type: 'string', maxLength: 255 },
          instances: { type: 'array', default: [], maxItems: 1000, items: { type: 'string', maxLength: 255 } },
          access: { enum: ['read', 'write'] },
          sha256: { type: 'string', pattern: '^[0-9a-fA-F]{64}$' },
        },
      },
    },
  },
} as { readonly properties: object });
