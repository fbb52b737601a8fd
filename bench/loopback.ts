import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Order } from './server';

type Asked = Order extends infer One ? (One extends Order ? Omit<One, 'id'> : never) : never;
type Reply = { readonly id: number; readonly answer?: unknown; readonly failure?: string };

/** The Home Assistant of the bench, in a process of its own. */
export class Loopback {
  readonly #process: ChildProcess;
  readonly #port: number;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #lastId = 0;

  static async start(): Promise<Loopback> {
    const child = fork(join(__dirname, 'server.js'));
    const port = await new Promise<number>((done, fail) => {
      child.once('message', (message) => done((message as { port: number }).port));
      child.once('exit', () => fail(new Error('the server of the bench ended')));
    });
    return new Loopback(child, port);
  }

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.#port = port;
    child.on('message', (reply: Reply) => {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
  }

  /** The address of a home; each size, number and coalescing is one of its own. */
  url(home: number, entities: number, coalesced = 1): string {
    return `http://127.0.0.1:${this.#port}/${home}/${entities}/${coalesced}`;
  }

  ask<T>(order: Asked): Promise<T> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((done, fail) => {
      this.#waiting.set(id, ({ answer, failure }) =>
        failure === undefined ? done(answer as T) : fail(new Error(failure)),
      );
      this.#process.send({ ...order, id });
    });
  }

  async stop(): Promise<void> {
    const exited = new Promise((done) => this.#process.once('exit', done));
    this.#process.disconnect();
    await exited;
  }
}
