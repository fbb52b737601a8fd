import type { Host } from './host';
import type { Message } from './message';
import type { User } from './users';

/** The client a command came from, as far as commands need it. */
export interface Peer {
  readonly user: User | undefined;
  readonly subscriptions: Map<number, () => void>;
  result(id: number, value?: unknown): void;
  event(id: number, event: unknown): void;
  /** One message as text; what is queued in the same turn leaves together. */
  queue(message: string): void;
  setCoalesce(on: boolean): void;
}

export interface Call {
  readonly session: Peer;
  readonly host: Host;
  readonly id: number;
  readonly message: Message;
}

export interface Command {
  /** Keys it takes beside `id` and `type`. */
  readonly keys: readonly string[];
  /** Keys only newer versions take. */
  readonly modernKeys?: readonly string[];
  readonly required?: readonly string[];
  readonly admin?: boolean;
  /** Not known while there is none of this integration. */
  readonly integration?: string;
  /** Not known to the old version. */
  readonly since?: 'modern';
  readonly run: (call: Call) => void | Promise<void>;
}
