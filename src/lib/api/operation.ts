import type { AskedBy } from '../core/heal/heal';
import type { Reference } from '../core/resolve';
import { parser } from '../instance/parser';
import type { Member } from '../instance/roster';
import type { ObjectSchema, Schema } from './schema';

/** Who asks, and what he may see, however it was asked: by a request, a message or a clock. */
export interface Caller {
  /** Every configured instance that he may see, connected or not. */
  readonly visible: readonly Member[];
  /** Those that a command may be for, or that a read may name. @see Roster.commanded */
  readonly commanded: readonly Member[];
  /** Which of them is meant. */
  readonly reference: Reference;
  readonly by: AskedBy;
  /** Epoch ms. */
  readonly now: number;
  /** After it nobody waits for the reply any more, epoch ms: long work may end there. Default never. */
  readonly until?: number;
  /** Takes the ids of homes that should have answered with others, and failed. */
  readonly leftOut?: Set<string>;
}

export interface Reply {
  readonly body: unknown;
  /** HTTP status; default 200. */
  readonly status?: number;
  /** Of a page of a list: how many there are in all. */
  readonly total?: number;
  /** Homes that should be in it, and failed. */
  readonly left_out?: readonly string[];
  /** Media type of a body that is a text; default JSON. */
  readonly type?: string;
}

/** One thing that can be asked, described once: for HTTP, for messages and for the OpenAPI document. */
export interface Operation {
  /** As `msg.payload.query` and as operationId. */
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** `write` is a command: it is for one instance, and needs the right to write. */
  readonly access: 'read' | 'write';
  /** What may be asked for besides `instance_id` and `instance_name`. */
  readonly fields: ObjectSchema;
  /** Of the body of a reply. */
  readonly answer: Schema;
  /** Its fields, however deep, that change though nothing has happened: whether an answer changed is seen without them. */
  readonly volatile?: readonly string[];
  /** It tells the states themselves, which change far more often than what is confirmed about them. */
  readonly followsStates?: true;
  /** Long work, over facts that do not change: over HTTP its reply is shared for a moment. */
  readonly replays?: true;
  /** Statuses other than 200 that are answers too, e.g. 202. */
  readonly statuses?: readonly number[];
  /**
   * @param given whatever came, not yet looked at
   * @throws CaretakerError bad_input and as the resolver
   */
  run(caller: Caller, given: unknown): Promise<Reply>;
  /** The whole list from `offset` on, of one that has pages: undefined else. */
  readonly runWhole?: ((caller: Caller, given: object) => Promise<Reply>) | undefined;
}

interface Definition<Fields> extends Omit<Operation, 'run' | 'runWhole'> {
  run(caller: Caller, fields: Fields): Promise<Reply> | Reply;
}

/** An operation whose fields are parsed by their own schema before it runs. */
export function operation<Fields = object>({ run, ...definition }: Definition<Fields>): Operation {
  const parse = parser<Fields>(definition.fields);
  const { properties } = definition.fields;
  const answer = async (caller: Caller, fields: Fields): Promise<Reply> => {
    const leftOut = new Set<string>();
    const reply = await run({ ...caller, leftOut }, fields);
    return leftOut.size > 0 ? { ...reply, left_out: [...leftOut] } : reply;
  };
  const runWhole = async (caller: Caller, given: object) =>
    answer(caller, { ...parse({ ...given, limit: undefined }), limit: Number.MAX_SAFE_INTEGER });
  return {
    ...definition,
    run: async (caller, given) => answer(caller, parse(given)),
    ...('limit' in properties && 'offset' in properties && { runWhole }),
  };
}
