import { describe } from '../error';
import type { Connection } from '../hass/connection';

export interface ManifestsHost {
  readonly connection: Connection | null;
  trouble(what: string): void;
}

/** What integrations say of themselves. It does not change while Home Assistant runs: each is asked for once. */
export class Manifests {
  readonly #host: ManifestsHost;
  /** By integration; null where it says nothing. */
  readonly #iotClasses = new Map<string, string | null>();

  constructor(host: ManifestsHost) {
    this.#host = host;
  }

  /** How it learns of changes, e.g. `local_push`; null until its manifest was read. */
  iotClass(integration: string | null): string | null {
    return this.#iotClasses.get(integration ?? '') ?? null;
  }

  /** Never rejects. */
  async read(integration: string): Promise<void> {
    const { connection } = this.#host;
    if (!connection || this.#iotClasses.has(integration)) return;
    try {
      const manifests = await connection.command<unknown>({ type: 'manifest/list', integrations: [integration] });
      const { iot_class } = Object(Array.isArray(manifests) ? manifests[0] : null) as { iot_class?: unknown };
      this.#iotClasses.set(integration, typeof iot_class === 'string' ? iot_class : null);
    } catch (thrown) {
      this.#host.trouble(`manifest/list: ${describe(thrown)}`);
    }
  }
}
