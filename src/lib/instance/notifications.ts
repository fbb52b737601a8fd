import { CaretakerError, describe } from '../error';
import type { Connection } from '../hass/connection';
import type { Instance } from './instance';

/** What the home is to show; null is nothing any more. */
type Text = { readonly title: string; readonly message: string } | null;

/** It was not heard: it may be said again. */
const UNHEARD = ['connection_lost', 'command_timeout'];

/** The persistent notifications of one home; what cannot be shown now is when the home is back. */
export class Notifications {
  readonly #instance: Pick<Instance, 'instance_id' | 'connection' | 'live' | 'onChange'>;
  readonly #trouble: (what: string) => void;
  readonly #waiting = new Map<string, Text>();
  readonly #leave: () => void;
  #sending = false;
  #isNew = false;
  #stopped = false;

  constructor(
    instance: Pick<Instance, 'instance_id' | 'connection' | 'live' | 'onChange'>,
    trouble: (what: string) => void,
  ) {
    this.#instance = instance;
    this.#trouble = trouble;
    this.#leave = instance.onChange(() => this.#send());
  }

  stop(): void {
    this.#stopped = true;
    this.#leave();
  }

  /** The newest one counts. */
  set(id: string, text: Text): void {
    this.#waiting.delete(id);
    this.#waiting.set(id, text);
    this.#send();
  }

  #send(): void {
    this.#isNew = true;
    if (this.#sending) return;
    this.#sending = true;
    this.#sendAll()
      .catch((thrown: unknown) => this.#trouble(describe(thrown)))
      .finally(() => {
        this.#sending = false;
        // Something came while the last of them was under way.
        if (this.#isNew) this.#send();
      });
  }

  /** One after the other, so that what was said last is what is shown. */
  async #sendAll(): Promise<void> {
    this.#isNew = false;
    for (let next = this.#next; next; next = this.#next) {
      const { id, text, connection } = next;
      if (!(await this.#say(connection, id, text))) return;
      if (this.#waiting.get(id) === text) this.#waiting.delete(id);
    }
  }

  get #next() {
    const [first] = this.#waiting;
    const { connection, live } = this.#instance;
    if (!first || !connection || !live || this.#stopped) return null;
    return { id: first[0], text: first[1], connection };
  }

  /** False when nobody has heard it. */
  async #say(connection: Connection, id: string, text: Text): Promise<boolean> {
    const service = text ? 'create' : 'dismiss';
    const service_data = { notification_id: `caretaker_${this.#instance.instance_id}_${id}`, ...text };
    try {
      await connection.command({ type: 'call_service', domain: 'persistent_notification', service, service_data });
    } catch (thrown) {
      if (thrown instanceof CaretakerError && UNHEARD.includes(thrown.code)) return false;
      this.#trouble(`persistent_notification.${service}: ${describe(thrown)}`);
    }
    return true;
  }
}
