import type { NodeRed, Told } from '../support/node-red';
import type { Kind, Status } from './line';
import { REPEATABLE } from './times';

/** A message Caretaker sent, as far as the oracle compares it. */
export interface Message {
  readonly instance: string;
  readonly kind: Kind;
  readonly id: string;
  readonly status: Status;
  readonly previous: Status | null;
  readonly since: number;
  readonly seconds: number | null;
  /** When it was confirmed. */
  readonly at: number;
  /** When it came out of Node-RED. */
  readonly came: number;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Messages as they arrive, by the node that caught them. */
export class Inbox {
  /** When Node-RED was killed; what was told shortly before may come once more. */
  readonly kills: number[] = [];
  repeats = 0;
  #fresh: { by: string; message: Message }[] = [];
  readonly #before = new Map<string, { came: number; repeated: number }>();

  constructor(nodeRed: NodeRed) {
    nodeRed.told.push = (...told) => {
      for (const one of told) this.#take(one);
      return 0;
    };
  }

  /** How many wait to be compared. */
  get waiting(): number {
    return this.#fresh.length;
  }

  /** What came since the last time, without what a kill allows to come twice. */
  peek(by: string): Message[] {
    return this.#fresh.filter((one) => one.by === by).map(({ message }) => message);
  }

  clear(): void {
    this.#fresh = [];
  }

  #take({ payload, topic, instance_id, caught_by: by }: Told): void {
    const message: Message = {
      instance: instance_id,
      kind: payload['kind'] as Kind,
      id: topic,
      status: payload['status'] as Status,
      previous: payload['previous_status'] as Status | null,
      since: Date.parse(String(payload['since'])),
      seconds: payload['seconds'] as number | null,
      at: Date.parse(String(payload['at'])),
      came: Date.now(),
      record: payload,
    };
    if (!this.#isRepeat(by, message)) this.#fresh.push({ by, message });
  }

  #isRepeat(by: string, { instance, kind, id, status, previous, since, came }: Message): boolean {
    const key = [by, instance, kind, id, status, previous, since].join(' ');
    const before = this.#before.get(key);
    this.#before.set(key, { came, repeated: 0 });
    if (!before) return false;
    const killed = this.kills.find((kill) => kill >= before.came - 50 && kill <= came && before.repeated < kill);
    if (killed === undefined || before.came < killed - REPEATABLE - 200) return false;
    this.#before.set(key, { came: before.came, repeated: killed });
    this.repeats += 1;
    return true;
  }
}
