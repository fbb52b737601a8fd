import type { EntitiesEvent } from '../core/compressed';

/** One message of a frame as far as everybody needs to look at it. */
interface Message {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly event?: unknown;
}

/** A frame taken apart: entity events apart from all that is rare. */
export interface Frame {
  readonly entities: readonly EntitiesEvent[];
  /** The other messages. */
  readonly others: readonly { readonly id: number; readonly type: string }[];
  /** Messages that make no sense. */
  readonly garbage: number;
}

const nothing: readonly never[] = [];

/**
 * Takes a WebSocket text frame apart. The frame is one message or, coalesced, an array of them.
 * @param entitiesId the id of the `subscribe_entities` subscription, if there is one
 * @throws SyntaxError when it is not JSON
 */
export function decode(text: string, entitiesId: number | undefined): Frame {
  const parsed: unknown = JSON.parse(text);
  if (Array.isArray(parsed)) return decodeAll(parsed, entitiesId);
  const message = parsed as Message | null;
  if (isEntities(message, entitiesId)) return { entities: [message.event], others: nothing, garbage: 0 };
  return decodeAll([message], entitiesId);
}

function decodeAll(messages: readonly (Message | null)[], entitiesId: number | undefined): Frame {
  const entities: EntitiesEvent[] = [];
  const others: { id: number; type: string }[] = [];
  let garbage = 0;
  for (const message of messages) {
    if (isEntities(message, entitiesId)) entities.push(message.event);
    else if (typeof message?.id === 'number' && typeof message.type === 'string') others.push(message as never);
    else garbage += 1;
  }
  return { entities, others, garbage };
}

function isEntities(message: Message | null, id: number | undefined): message is { event: EntitiesEvent } {
  return (
    id !== undefined &&
    message?.id === id &&
    message.type === 'event' &&
    typeof message.event === 'object' &&
    message.event !== null
  );
}
