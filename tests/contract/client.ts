import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Home, Tokens } from '../support/home';

export type Json = Record<string, unknown>;

export interface Answer {
  readonly id: number;
  readonly type: string;
  readonly success: boolean;
  readonly result: unknown;
  readonly error: { code: string; message: string };
}

/** The barest client: sends what it is told, keeps every frame as it came. */
export class Client {
  /** Frames as text, in order. */
  readonly frames: string[] = [];
  /** Messages of all frames, in order. */
  readonly messages: Json[] = [];
  closeCode: number | undefined;
  #id = 0;
  #wake: (() => void)[] = [];

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.#received(String(data)));
    socket.on('close', (code) => {
      this.closeCode = code;
      this.#wakeAll();
    });
    socket.on('error', () => undefined);
  }

  /** A socket that has not said anything. */
  static async dial(home: Home): Promise<Client> {
    const client = new Client(
      new WebSocket(`${home.url.replace('http', 'ws')}/api/websocket`, { perMessageDeflate: false }),
    );
    await once(client.socket, 'open');
    return client;
  }

  static async login(home: Home, who: keyof Tokens = 'admin', coalesce = true): Promise<Client> {
    const client = await Client.dial(home);
    client.send({ type: 'auth', access_token: home.tokens[who] });
    await client.until((one) => one['type'] === 'auth_ok');
    if (coalesce) await client.command('supported_features', { features: { coalesce_messages: 1 } });
    return client;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Sends a command with the next id and answers the id at once. */
  post(type: string, more: Json = {}): number {
    this.#id++;
    this.send({ id: this.#id, type, ...more });
    return this.#id;
  }

  async command(type: string, more: Json = {}): Promise<Answer> {
    const id = this.post(type, more);
    const answer = await this.until((one) => one['id'] === id && (one['type'] === 'result' || one['type'] === 'pong'));
    return answer as unknown as Answer;
  }

  async result<T = unknown>(type: string, more: Json = {}): Promise<T> {
    const answer = await this.command(type, more);
    if (!answer.success) throw new Error(`${type}: ${JSON.stringify(answer.error)}`);
    return answer.result as T;
  }

  async subscribe(type: string, more: Json = {}): Promise<number> {
    const answer = await this.command(type, more);
    if (!answer.success) throw new Error(`${type}: ${JSON.stringify(answer.error)}`);
    return answer.id;
  }

  /** Events of one subscription so far. */
  events<T = Json>(id: number): T[] {
    return this.messages.filter((one) => one['id'] === id && one['type'] === 'event').map((one) => one['event'] as T);
  }

  /** The first message that fits, also one that came before. */
  async until(fits: (message: Json) => boolean, ms = 15_000): Promise<Json> {
    let seen = 0;
    const found = await this.when(() => {
      for (; seen < this.messages.length; seen++) {
        const message = this.messages[seen];
        if (message && fits(message)) return message;
      }
      return undefined;
    }, ms);
    return found;
  }

  /** Waits until `probe` answers something, looking again at every message and at the end. */
  async when<T>(probe: () => T | undefined | false, ms = 15_000): Promise<T> {
    const end = Date.now() + ms;
    for (;;) {
      const found = probe();
      if (found) return found;
      if (this.closeCode !== undefined) throw new Error(`closed with ${this.closeCode}`);
      const left = end - Date.now();
      if (left <= 0)
        throw new Error(`nothing came in ${ms} ms; last: ${this.frames.slice(-3).join('\n').slice(0, 1500)}`);
      await this.#next(left);
    }
  }

  async closed(ms = 15_000): Promise<number> {
    if (this.closeCode === undefined) await this.#next(ms, () => this.closeCode !== undefined);
    return this.closeCode ?? -1;
  }

  close(): void {
    this.socket.terminate();
  }

  async #next(ms: number, isEnough: () => boolean = () => true): Promise<void> {
    const end = Date.now() + ms;
    do {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(1, end - Date.now()));
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    } while (!isEnough() && Date.now() < end);
  }

  #received(frame: string): void {
    this.frames.push(frame);
    const parsed: unknown = JSON.parse(frame);
    for (const one of Array.isArray(parsed) ? parsed : [parsed]) this.messages.push(one as Json);
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

export async function http(
  home: Home,
  method: string,
  path: string,
  who: keyof Tokens | null,
  body?: unknown,
): Promise<HttpAnswer> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (who) headers['authorization'] = `Bearer ${home.tokens[who]}`;
  const response = await fetch(home.url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  let parsed: unknown = text;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Refusals are plain text.
  }
  return { status: response.status, body: parsed };
}
