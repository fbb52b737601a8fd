import { type Reference, resolveMany } from '../../core/resolve';
import { CaretakerError } from '../../error';
import { chosenOf } from '../../instance/heal-wish';
import { parser } from '../../instance/parser';
import type { Member } from '../../instance/roster';
import { fields } from '../schema';
import { assertName } from './body';
import { REFERENCE_FIELDS } from './fields';
import type { Grant } from './keys';
import type { Wish } from './live';
import { KINDS } from './live-event';

/** What may be asked for besides the homes. */
export const LIVE_FIELDS = fields({
  kinds: { type: 'array', maxItems: KINDS.length, items: { type: 'string', enum: KINDS } },
});

const parse = parser<{ readonly kinds?: readonly string[] }>(LIVE_FIELDS);

/**
 * @param members who may be named
 * @throws CaretakerError bad_input, and as the resolver
 */
export function wishOf(members: readonly Member[], grant: Grant, reference: Reference, given: unknown): Wish {
  const { kinds = [] } = parse(given);
  const chosen = chosenOf(resolveMany(members, reference));
  // All stays all: homes that are added later are among them.
  const only = chosen === members ? null : chosen.map(({ instance_id }) => instance_id).join();
  return { grant, only, kinds };
}

export type SessionRequest =
  | { readonly type: 'ping' | 'unsubscribe' }
  | {
      readonly type: 'subscribe';
      readonly key: unknown;
      readonly reference: Reference;
      readonly given: Readonly<Record<string, unknown>>;
    };

/** Bytes; nobody needs more to say which homes. */
const MOST_BYTES = 4_096;
const KNOWN = ['type', 'api_key', ...REFERENCE_FIELDS, 'kinds'];

/**
 * What a client says over a WebSocket.
 * @throws CaretakerError bad_input, body_too_large
 */
export function sessionRequest(payload: unknown): SessionRequest {
  const said = saidBy(payload);
  for (const name of Object.keys(said)) {
    assertName(name);
    if (!KNOWN.includes(name))
      throw new CaretakerError('bad_input', `${name}: is no field here. There are: ${KNOWN.join(', ')}.`);
  }
  const { type = 'subscribe', api_key: key } = said;
  if (type === 'ping' || type === 'unsubscribe') return { type };
  if (type !== 'subscribe') throw new CaretakerError('bad_input', 'type: must be subscribe, unsubscribe or ping.');
  const reference: Reference = {
    instance_id: said['instance_id'],
    instance_name: said['instance_name'],
    field: 'instance_id',
  };
  return { type, key, reference, given: said };
}

function saidBy(payload: unknown): Readonly<Record<string, unknown>> {
  const text = typeof payload === 'string' || Buffer.isBuffer(payload) ? String(payload) : undefined;
  if (text !== undefined && text.length > MOST_BYTES)
    throw new CaretakerError('body_too_large', `message: is larger than ${MOST_BYTES} bytes.`);
  if (text?.trim() === 'ping') return { type: 'ping' };
  const said = text === undefined ? payload : parsed(text);
  if (typeof said === 'object' && said !== null && !Array.isArray(said)) return said as Record<string, unknown>;
  throw new CaretakerError('bad_input', 'message: must be JSON, such as {"api_key": "...", "instance_id": "all"}.');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
