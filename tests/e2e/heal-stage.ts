import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, type Json } from '../contract/client';
import { buttonId, freshTitle, sensorId, slugOf } from '../contract/shape';
import { instanceNode, monitorNode } from '../nodes/flows';
import { eventually } from '../support/eventually';
import type { Home, Tokens } from '../support/home';
import { catcher, type FlowNode, NodeRed, type Told } from '../support/node-red';
import { Wiretap } from './wiretap';

/** What caretaker-heal answers, and where it came out. */
export interface Answer extends Json {
  readonly output: string;
  readonly instance_id: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly message: string;
  readonly steps: readonly { readonly level: string; readonly action: string; readonly error: string | null }[];
  readonly recovered: readonly { readonly id: string }[];
  readonly still_down: readonly { readonly id: string }[];
  readonly duration_seconds: number;
}

/** An entry to break: two devices, each of three sensors and a restart button. */
export interface Patient {
  readonly title: string;
  readonly entryId: string;
  readonly sensors: readonly string[];
  readonly buttons: readonly string[];
}

interface Deployed {
  /** Whose token the instance has. */
  readonly who?: keyof Tokens;
  readonly verifySeconds?: number;
  readonly more?: readonly FlowNode[];
}

const DEVICES = 2;
/** Of each device. */
export const SENSORS = 3;
/** Large enough for a patient not to be a storm, and told of if anything happens to it. */
const BYSTANDER = { title: 'Bystander', devices: 4, sensors: 5 };
/** Waits, and only then does anything. */
const PATIENCE = `name: Patience
priority: 0
match: {integrations: [caretaker_lab]}
steps:
  - {level: entity, action: wait, timeout_seconds: 8}
  - {level: integration, action: reload}
`;

/** Two homes with the same names and ids, each behind a wiretap, both healed by one real Node-RED. */
export class Stage {
  readonly nodeRed = new NodeRed();
  home!: Home;
  cabin!: Home;
  tap!: Wiretap;
  cabinTap!: Wiretap;
  readonly #open: () => Promise<Home>;
  readonly #verifySeconds: number;
  /** Listens in the cabin for calls of services, whoever makes them. */
  #listener!: Client;
  #listening = 0;
  #asked = 0;
  /** Entities that are judged when no patient is there. */
  #judged = 0;

  constructor(open: () => Promise<Home>, verifySeconds: number) {
    this.#open = open;
    this.#verifySeconds = verifySeconds;
  }

  async start(): Promise<void> {
    [this.home, this.cabin] = await Promise.all([this.#open(), this.#open()]);
    for (const home of [this.home, this.cabin]) {
      await home.lab.add(BYSTANDER.title, BYSTANDER.devices, BYSTANDER.sensors);
      await home.lab.add('Lab', DEVICES, SENSORS);
    }
    this.#listener = await Client.login(this.cabin);
    this.#listening = await this.#listener.subscribe('subscribe_events', { event_type: 'call_service' });
    this.tap = new Wiretap(this.home.url);
    this.cabinTap = new Wiretap(this.cabin.url);
    await Promise.all([this.tap.open(), this.cabinTap.open()]);
    const plans = join(this.nodeRed.userDir, 'caretaker/plans');
    mkdirSync(plans, { recursive: true });
    writeFileSync(join(plans, 'patience.yaml'), PATIENCE);
    await this.nodeRed.start();
    await this.deploy();
    await eventually(async () => {
      this.#judged = await this.judged();
      assert.ok(this.#judged >= BYSTANDER.devices * BYSTANDER.sensors + DEVICES * SENSORS);
      assert.ok((await this.judged('cabin')) === this.#judged);
    }, 30_000);
  }

  async stop(): Promise<void> {
    await this.nodeRed.dispose();
    this.#listener?.close();
    await Promise.all([this.tap?.close(), this.cabinTap?.close()]);
    await Promise.all([this.home?.stop(), this.cabin?.stop()]);
  }

  /** What the cabin itself says that it was told to do; the simulator does not say. */
  async cabinCalls(): Promise<readonly Json[]> {
    await this.#listener.command('ping');
    return this.#listener.events(this.#listening);
  }

  /** What is not other than before goes on. */
  async deploy({ who = 'admin', verifySeconds = this.#verifySeconds, more = [] }: Deployed = {}): Promise<void> {
    const fields = {
      verify_seconds: verifySeconds,
      cooldown_seconds: 0,
      circuit_breaker_threshold: 0,
      reloads_per_hour: 1000,
      incident_window_seconds: 1,
      health_check_interval_seconds: 5,
    };
    const instance = (id: string, home: Home, { url }: Wiretap, token: string) =>
      instanceNode(id, { url, tokens: home.tokens }, { ...fields, credentials: { token } });
    await this.nodeRed.deploy(
      [
        { id: 'tab', type: 'tab', label: 'Flow' },
        instance('home', this.home, this.tap, this.home.tokens[who]),
        instance('cabin', this.cabin, this.cabinTap, this.cabin.tokens.admin),
        monitorNode('monitor', 'tab', [], ['told'], {
          kinds: ['entity', 'device', 'config_entry', 'instance', 'incident'],
        }),
        catcher('told', 'tab'),
        { id: 'ask', type: 'inject', z: 'tab', x: 100, y: 200, props: [], wires: [['heal']] },
        healNode('heal'),
        ...['healed', 'not_healed', 'done'].map((id) => catcher(id, 'tab')),
        { id: 'complete', type: 'complete', z: 'tab', x: 100, y: 300, scope: ['heal'], wires: [['done']] },
        ...more,
      ],
      'nodes',
    );
  }

  /** How many entities are known to be up. */
  async judged(instanceId = 'home'): Promise<number> {
    const answer = await fetch(`${this.nodeRed.url}/caretaker/instances/node-${instanceId}/diagnostics`);
    const { counts } = (await answer.json()) as { counts?: { subjects?: { entity?: { available?: number } } } };
    return counts?.subjects?.entity?.available ?? 0;
  }

  /** A new entry, which is seen to be well. */
  async admit(): Promise<Patient> {
    const title = freshTitle();
    const each = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n + 1));
    const patient = {
      title,
      entryId: await this.home.lab.add(title, DEVICES, SENSORS),
      sensors: each(DEVICES, (device) => each(SENSORS, (n) => sensorId(title, device, n))).flat(),
      buttons: each(DEVICES, (device) => buttonId(title, device)),
    };
    await this.isSeen(patient);
    return patient;
  }

  async dismiss({ entryId }: Patient): Promise<void> {
    await this.home.lab.remove(entryId);
    await eventually(async () => assert.equal(await this.judged(), this.#judged), 30_000);
  }

  /** All that is there is seen to be up. */
  async isSeen({ sensors, buttons }: Patient): Promise<void> {
    const all = this.#judged + sensors.length + buttons.length;
    await eventually(async () => assert.equal(await this.judged(), all), 30_000);
  }

  /** Messages of the node that was told by this message, once it is done with it. */
  async ask(fields: Json, within = 40_000): Promise<Answer> {
    this.#asked += 1;
    const ask = String(this.#asked);
    await this.#send(fields, ask);
    return eventually(() => {
      const mine = this.nodeRed.told.filter((told) => (told as unknown as Json)['ask'] === ask);
      const done = mine.filter(({ caught_by }) => caught_by === 'done');
      const [answer] = mine.filter(({ caught_by }) => caught_by !== 'done');
      assert.ok(answer && done.length > 0, `${JSON.stringify(fields)}: no answer\n${this.nodeRed.output.slice(-3)}`);
      assert.deepEqual([mine.length, done.length], [2, 1], 'one answer, and done once');
      return answerOf(answer);
    }, within);
  }

  async #send(fields: Json, ask: string): Promise<void> {
    const props = [
      { p: 'payload', v: JSON.stringify(fields), vt: 'json' },
      { p: 'instance_id', v: 'home', vt: 'str' },
      { p: 'ask', v: ask, vt: 'str' },
    ];
    const response = await fetch(`${this.nodeRed.url}/inject/ask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ __user_inject_props__: props }),
    });
    assert.equal(response.status, 200);
  }

  /** Everything of a home but the patient: states, when they were last written, and entries. */
  async rest(home: Home, patient?: Patient): Promise<Record<string, unknown>> {
    const client = await Client.login(home);
    const states = await client.result<Json[]>('get_states');
    const entries = await client.result<Json[]>('config_entries/get');
    client.close();
    const own = patient ? `.${slugOf(patient.title)}_` : ' ';
    const others = states.filter((state) => !String(state['entity_id']).includes(own));
    return Object.fromEntries([
      ...others.map((state) => [state['entity_id'], `${state['state']} since ${state['last_updated']}`]),
      ...entries.flatMap(({ entry_id, state }) => (entry_id === patient?.entryId ? [] : [[entry_id, state]])),
    ]);
  }

  /** Its device id. */
  async deviceOf({ title }: Patient, device: number): Promise<string> {
    const client = await Client.login(this.home);
    const devices = await client.result<Json[]>('config/device_registry/list');
    client.close();
    return String(devices.find(({ name }) => name === `${title} ${device}`)?.['id']);
  }

  async entryState({ entryId }: Patient): Promise<unknown> {
    const client = await Client.login(this.home);
    const entries = await client.result<Json[]>('config_entries/get');
    client.close();
    return entries.find((entry) => entry['entry_id'] === entryId)?.['state'];
  }
}

/** Its answers end up as those of `healed` and `not_healed`. */
export function healNode(id: string, fields: Json = {}): FlowNode {
  const wires = [['healed'], ['not_healed']];
  return { id, type: 'caretaker-heal', z: 'tab', instances: [], auto: false, x: 200, y: 200, wires, ...fields };
}

export function answerOf({ caught_by, payload }: Told): Answer {
  return { ...payload, output: caught_by } as Answer;
}
