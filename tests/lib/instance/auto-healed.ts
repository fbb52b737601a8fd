import assert from 'node:assert/strict';
import { AutoHeal } from '../../../src/lib/instance/auto-heal';
import type { EscalationRecord } from '../../../src/lib/instance/escalation';
import type { HealRecord } from '../../../src/lib/instance/heal-record';
import type { AutoHealTimes } from '../../../src/lib/instance/incident-cases';
import { parseHealNodeOptions } from '../../../src/lib/instance/parse';
import { eventually } from '../../support/eventually';
import type { RecordedCall } from '../../support/simulator/host';
import {
  type SimulatedHome,
  type SimulatedHomeOptions,
  startSimulatedHome,
} from '../../support/simulator/simulated-home';
import { quick, Watched } from './watched';

/** Short enough for tests, in the same proportions. */
const TIMES: AutoHealTimes = { busy: 50, later: 400, settle: 3_000, ready: 50 };

/** What a heal node does by itself, with what it said. */
export class Healed {
  readonly answers: HealRecord[] = [];
  readonly escalations: EscalationRecord[] = [];
  readonly troubles: string[] = [];
  readonly #auto: AutoHeal;

  constructor(watched: Watched, fields: Record<string, unknown> = {}) {
    const outputs = {
      answered: (record: HealRecord) => this.answers.push(record),
      escalated: (record: EscalationRecord) => this.escalations.push(record),
      trouble: (what: string) => this.troubles.push(what),
    };
    this.#auto = new AutoHeal(parseHealNodeOptions({ auto: true, ...fields }), watched.roster, outputs, TIMES);
  }

  stop(): void {
    this.#auto.stop();
  }

  /** Each outcome, with its reason. */
  get said(): string[] {
    return this.answers.map(({ outcome, reason }) => (reason === null ? outcome : `${outcome} ${reason}`));
  }

  get events(): string[] {
    return this.escalations.map(({ event, reason }) => (reason === null ? event : `${event} ${reason}`));
  }
}

type Fields = { readonly token?: 'admin' | 'user'; readonly [field: string]: unknown };

/** Homes with broken integrations, watched and healed by themselves. */
export class HealedSite {
  readonly watched = new Watched();
  readonly homes = new Map<string, SimulatedHome>();
  readonly #healed: Healed[] = [];
  readonly #fields = new Map<string, Fields>();

  /** @param labs how many integrations, each of one device with two sensors, beside one that is never broken */
  async home(id: string, labs = 1, options: SimulatedHomeOptions = {}): Promise<string[]> {
    const home = await startSimulatedHome({ seed: 9, ...options });
    this.homes.set(id, home);
    await home.lab.add('Ballast', 2, 15);
    const entries: string[] = [];
    for (let lab = 1; lab <= labs; lab += 1) {
      const entry = await home.lab.add(`Lab ${lab}`, 1, 2);
      // Else all of them down are one fault of their integration.
      const made = home.core.entries.get(entry);
      assert(made);
      made.domain = `lab_${lab}`;
      entries.push(entry);
    }
    return entries;
  }

  /** Watches a home, again after `stop` from what was stored. */
  async watch(id: string, fields: Fields = {}): Promise<void> {
    const { token = 'admin', ...rest }: Fields = { ...this.#fields.get(id), ...fields };
    this.#fields.set(id, { token, ...rest });
    const home = this.of(id);
    const heal = { verify_seconds: 1, cooldown_seconds: 1, incident_window_seconds: 0.5 };
    const all = { ...heal, ...rest };
    this.watched.add({ url: home.url, token: home.tokens[token], instance_id: id, fields: all, times: quick });
    await this.watched.live(id);
  }

  heal(fields: Record<string, unknown> = {}): Healed {
    const healed = new Healed(this.watched, fields);
    this.#healed.push(healed);
    return healed;
  }

  of(id: string): SimulatedHome {
    const home = this.homes.get(id);
    assert(home);
    return home;
  }

  /** What was done to a home by us: everything but asking. */
  acts(id: string): string[] {
    return this.of(id).calls.flatMap(actOf);
  }

  /** Until an incident of the home is open; answers its id. */
  async incident(id: string): Promise<string> {
    return eventually(() => {
      const [found] = this.watched.instance(id).incidents.all();
      assert.ok(found);
      return found.incident_id;
    }, 10_000);
  }

  async quiet(id: string): Promise<void> {
    await eventually(() => assert.deepEqual([...this.watched.instance(id).incidents.all()], []), 15_000);
  }

  async dispose(): Promise<void> {
    for (const one of this.#healed) one.stop();
    await this.watched.dispose();
    await Promise.all([...this.homes.values()].map((home) => home.stop()));
  }
}

function actOf({ via, type, payload }: RecordedCall): string[] {
  if (via === 'rest') return type.startsWith('POST') ? [type.replace(/^.*entry\/[^/]+\//, '')] : [];
  const { domain, service } = payload as { domain?: string; service?: string };
  if (type === 'call_service') return [`${domain}.${service}`];
  return type === 'zha/devices/reconfigure' ? [type] : [];
}
