import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LinkTimes } from '../../../src/lib/hass/link';
import { type Hosted, host } from '../../../src/lib/instance/hosting';
import type { IncidentRecord } from '../../../src/lib/instance/incident-record';
import type { Instance } from '../../../src/lib/instance/instance';
import { Monitor } from '../../../src/lib/instance/monitor';
import { parseMonitorOptions } from '../../../src/lib/instance/parse';
import type { TransitionRecord } from '../../../src/lib/instance/record';
import { Roster } from '../../../src/lib/instance/roster';
import { eventually } from '../../support/eventually';

/** Short enough for tests, in the same proportions. */
export const quick: Partial<LinkTimes> = {
  firstRetry: 50,
  mostRetry: 400,
  ping: 500,
  handshake: 1_000,
  auth: 1_000,
  command: 2_000,
};

export interface WatchedOptions {
  readonly url: string;
  readonly token: string;
  readonly instance_id?: string;
  readonly times?: Partial<LinkTimes>;
  readonly fields?: Record<string, unknown>;
  readonly monitor?: Record<string, unknown>;
}

/** Homes watched as the nodes watch them, without Node-RED around. */
export class Watched {
  readonly roster = new Roster();
  readonly told: TransitionRecord[] = [];
  readonly incidents: IncidentRecord[] = [];
  readonly log: string[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'caretaker-store-'));
  readonly #hosted = new Map<string, Hosted>();
  #monitor: Monitor | undefined;

  add({ url, token, instance_id = 'home', times = quick, fields = {} }: WatchedOptions): void {
    const graces = {
      state_change_grace_period_seconds: 0.1,
      recovery_grace_period_seconds: 0.1,
      startup_grace_period_seconds: 0.5,
      incident_window_seconds: 1,
    };
    const hosted = host(
      {
        nodeId: instance_id,
        fields: { instance_id, name: `The ${instance_id}`, url, ...graces, ...fields },
        token,
        tls: undefined,
        supervisorToken: undefined,
        storage: { fields: {}, url: '' },
        userDir: this.folder,
        times,
        log: (what) => this.log.push(`${instance_id}: ${what}`),
        info: () => {},
      },
      this.roster,
    );
    this.#hosted.set(instance_id, hosted);
  }

  monitor(fields: Record<string, unknown> = {}): void {
    this.#monitor = new Monitor('test', parseMonitorOptions(fields), this.roster, {
      send: (record) => ('root' in record ? this.incidents.push(record) : this.told.push(record)),
      show: () => {},
    });
  }

  instance(id = 'home'): Instance {
    const instance = this.roster.get(id)?.instance;
    if (!instance) throw new Error(`${id} is not running: ${this.roster.get(id)?.refusal ?? ''}`);
    return instance;
  }

  /** Until it is connected and its home is running. */
  async live(id = 'home', within = 10_000): Promise<Instance> {
    return eventually(() => {
      const instance = this.instance(id);
      if (!instance.live)
        throw new Error(`${id} is ${instance.state}: ${instance.reason?.message ?? ''} ${this.log.join('; ')}`);
      return instance;
    }, within);
  }

  async remove(id = 'home'): Promise<void> {
    await this.#hosted.get(id)?.stop();
    this.#hosted.delete(id);
  }

  /** Stops everything but keeps the store, as a restart of Node-RED would. */
  async stop(): Promise<void> {
    this.#monitor?.stop(false);
    await Promise.all([...this.#hosted.keys()].map((id) => this.remove(id)));
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a message says, short enough to compare. */
export function said({ kind, id, previous_status, status }: TransitionRecord): string {
  return `${kind} ${id} ${previous_status ?? '-'} > ${status}`;
}
