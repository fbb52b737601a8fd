import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { Incident } from '../../../src/lib/core/incident/incident';
import { Escalated, type EscalatedIncident } from '../../../src/lib/instance/escalated';
import { Escalation, type EscalationRecord } from '../../../src/lib/instance/escalation';
import { IncidentCases } from '../../../src/lib/instance/incident-cases';
import type { Instance } from '../../../src/lib/instance/instance';
import { parseHealNodeOptions } from '../../../src/lib/instance/parse';
import { eventually } from '../../support/eventually';

const MINUTE = 60_000;

function incident(id: string, name = id): Incident {
  const root = { kind: 'device' as const, id, name };
  return {
    incident_id: id,
    root,
    confidence: 1,
    explained: [{ ...root, status: 'unavailable', since: 0 }],
    unexplained: [],
    recovered: [],
    since: 0,
    opened_at: 0,
    updated_at: 0,
    resolved_at: null,
    resolution: null,
    duration_seconds: 120,
    suggested_action: { action: 'restart_device', targets: [], recoverable: true, state: null },
    merged_into: null,
    split_from: null,
  };
}

const over = (one: Incident, resolution: Incident['resolution'] = 'recovered'): Incident => ({ ...one, resolution });

/** A home that only has incidents, and takes notifications. */
class Home {
  readonly instance_id = 'home';
  readonly name = 'The home';
  info: { language: string } | null = { language: 'en' };
  live = true;
  readonly open = new Map<string, Incident>();
  readonly incidents = { get: (id: string) => this.open.get(id), all: () => [...this.open.values()] };
  stored: readonly EscalatedIncident[] = [];
  escalated = this.reread();
  readonly shown = new Map<string, string>();
  calls = 0;
  refuse = false;
  readonly listeners = new Set<() => void>();
  readonly connection = {
    command: async ({ service, service_data: { notification_id: id, title, message } }: Service) => {
      this.calls += 1;
      if (this.refuse) throw new Error('Unauthorized');
      if (service === 'create') this.shown.set(id, `${title}: ${message}`);
      else this.shown.delete(id);
    },
  };

  /** As after a restart. */
  reread(): Escalated {
    this.escalated = new Escalated(this.stored, (all) => {
      this.stored = JSON.parse(JSON.stringify(all));
    });
    return this.escalated;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  add(...ids: string[]): Incident[] {
    return ids.map((id) => {
      const one = incident(id);
      this.open.set(id, one);
      return one;
    });
  }

  get instance(): Instance {
    return this as unknown as Instance;
  }
}

interface Service {
  readonly service: string;
  readonly service_data: { readonly notification_id: string; readonly title: string; readonly message: string };
}

const several = (count: number) => Array.from({ length: count }, (_, index) => `i${index + 1}`);

describe('escalation', () => {
  let home: Home;
  let told: EscalationRecord[];
  let troubles: string[];
  let escalation: Escalation;

  const begin = (notify = true) => {
    const outputs = {
      escalated: (one: EscalationRecord) => told.push(one),
      trouble: (what: string) => troubles.push(what),
    };
    escalation = new Escalation(home.instance, notify, outputs);
  };
  const events = () => told.map(({ event, count }) => `${event} ${count}`);
  /** What was said over wires that need no time. */
  const settle = async () => {
    for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
  };

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
    home = new Home();
    told = [];
    troubles = [];
    begin();
  });
  afterEach(() => {
    escalation.stop();
    mock.timers.reset();
  });

  it('tells of an incident once, shows it, keeps that up to date and takes it back', async () => {
    const [one = incident('')] = home.add('i1');
    escalation.escalate(one, 'attempts_exhausted');
    escalation.escalate(one, 'storm');
    await settle();
    assert.deepEqual(events(), ['escalated 1']);
    assert.match(told[0]?.message ?? '', /^i1: it was tried as often/);
    assert.deepEqual([...home.shown], [['caretaker_home_i1', `i1 needs you: ${told[0]?.message}`]]);
    const lamp = { kind: 'entity' as const, id: 'light.a', name: 'Lamp', status: 'unavailable' as const, since: 0 };
    escalation.updated({ ...one, explained: [...one.explained, lamp] });
    escalation.updated({ ...one, explained: [...one.explained, lamp] });
    await settle();
    assert.match(home.shown.get('caretaker_home_i1') ?? '', /Down because of it: Lamp$/);
    assert.equal(home.calls, 2);
    escalation.over(over(one));
    escalation.over(over(one));
    await settle();
    assert.deepEqual([events(), home.shown.size], [['escalated 1', 'settled 1'], 0]);
    assert.match(told[1]?.message ?? '', /well again after 2 min/);
  });

  it('says what became of it, in the language of the home', () => {
    home.info = { language: 'de-CH' };
    for (const [index, resolution] of (['recovered', 'merged', 'removed'] as const).entries()) {
      const [one = incident('')] = home.add(`i${index}`);
      escalation.escalate(one, 'not_admin');
      escalation.over(over(one, resolution));
    }
    const [why, ...others] = told
      .filter(({ event }) => event === 'settled' || told.length)
      .map(({ message }) => message);
    assert.match(why ?? '', /keinem Administrator/);
    assert.match(others.join('; '), /läuft nach 2 min wieder.*größeren Störung.*gehört nicht mehr/);
  });

  it('over a restart neither tells again nor forgets what it shows', async () => {
    const [one = incident(''), two = incident('')] = home.add('i1', 'i2');
    escalation.escalate(one, 'storm');
    escalation.escalate(two, 'storm');
    await settle();
    escalation.stop();
    home.open.delete('i2');
    home.reread();
    begin();
    escalation.escalate(one, 'storm');
    await settle();
    assert.deepEqual(events(), ['escalated 1', 'escalated 1']);
    assert.deepEqual([...home.shown.keys()], ['caretaker_home_i1']);
    escalation.over(over(one));
    await settle();
    assert.deepEqual([home.shown.size, home.stored.length], [0, 0]);
  });

  it('shows and takes back what it could not while the home was away', async () => {
    const [one = incident('')] = home.add('i1');
    home.live = false;
    escalation.escalate(one, 'storm');
    await settle();
    assert.equal(home.calls, 0);
    home.live = true;
    for (const listener of home.listeners) listener();
    await settle();
    assert.equal(home.shown.size, 1);
    home.live = false;
    escalation.over(over(one));
    home.live = true;
    for (const listener of home.listeners) listener();
    await settle();
    assert.equal(home.shown.size, 0);
    escalation.stop();
    assert.equal(home.listeners.size, 0);
  });

  it('says so once when the home refuses to show it', async () => {
    home.refuse = true;
    for (const one of home.add('i1')) escalation.escalate(one, 'storm');
    await settle();
    assert.deepEqual(troubles, ['persistent_notification.create: Unauthorized']);
    assert.equal(home.calls, 1);
  });

  it('above ten in ten minutes makes one digest of the rest that is still open', async () => {
    const all = home.add(...several(25));
    for (const one of all) escalation.escalate(one, 'no_target');
    for (const one of all.slice(20)) {
      home.open.delete(one.incident_id);
      escalation.over(over(one));
    }
    assert.deepEqual(events(), Array(10).fill('escalated 1'));
    mock.timers.tick(10 * MINUTE);
    await settle();
    const digest = told.at(-1);
    assert.deepEqual([digest?.event, digest?.count, digest?.incident_id], ['digest', 10, null]);
    assert.deepEqual(
      digest?.incidents.map(({ incident_id }) => incident_id),
      several(20).slice(10),
    );
    assert.match(home.shown.get('caretaker_home_digest') ?? '', /10 more incidents could not be healed: i11, i12/);
    assert.equal(home.shown.size, 11);
    for (const one of all.slice(10, 19)) escalation.over(over(one));
    await settle();
    assert.match(home.shown.get('caretaker_home_digest') ?? '', /One more incident/);
    escalation.over(over(all[19] ?? incident('')));
    await settle();
    assert.deepEqual([told.length, events().at(-1), home.shown.size], [12, 'settled 0', 10]);
  });

  it('tells one by one again when fewer than five came in ten minutes', () => {
    for (const one of home.add(...several(11))) escalation.escalate(one, 'no_target');
    mock.timers.tick(10 * MINUTE);
    assert.equal(events().at(-1), 'digest 1');
    mock.timers.tick(10 * MINUTE);
    for (const one of home.add('later')) escalation.escalate(one, 'no_target');
    assert.deepEqual([events().at(-1), told.at(-1)?.incident_id], ['escalated 1', 'later']);
  });

  it('what waits for a digest is told anew after a restart', () => {
    for (const one of home.add(...several(12))) escalation.escalate(one, 'no_target');
    escalation.stop();
    mock.timers.tick(20 * MINUTE);
    assert.equal(told.length, 10);
    begin();
    for (const one of home.incidents.all()) escalation.escalate(one, 'no_target');
    assert.deepEqual(
      told.slice(10).map(({ incident_id }) => incident_id),
      ['i11', 'i12'],
    );
  });
});

describe('5 000 incidents of one home', () => {
  it('need one timer, and are all looked at', async function () {
    this.timeout(20_000);
    const home = new Home();
    home.add(...several(5_000));
    const asked = new Set<string>();
    const healing = {
      live: true,
      leave: () => undefined,
      takeLeft: () => [],
      incident: home.incidents.get,
      goalsOf: (id: string) => [{ kind: 'device', id }],
      view: () => undefined,
      heal: async ({ incident_id }: { incident_id: string }) => {
        asked.add(incident_id);
        return {
          outcome: 'refused',
          reason: 'storm',
          until: null,
          incident_id,
          route: null,
          target: { kind: 'device', id: incident_id },
        };
      },
    };
    const timers = () => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
    // Mocha sets its own first.
    await Promise.resolve();
    const before = timers();
    const told: EscalationRecord[] = [];
    const instance = Object.assign(home, { healing }) as unknown as Instance;
    let answered = 0;
    const outputs = {
      answered: () => (answered += 1),
      escalated: (one: EscalationRecord) => told.push(one),
      trouble: (what: string) => assert.fail(what),
    };
    const cases = new IncidentCases(instance, parseHealNodeOptions({}), outputs, {
      busy: 1_000,
      later: 60_000,
      settle: 1_000,
      ready: 1_000,
    });
    await eventually(() => assert.equal(asked.size, 5_000), 10_000);
    // One for the next look, one for the digest.
    assert.ok(timers() - before <= 3, `${timers() - before}`);
    assert.deepEqual([told.length, answered], [10, 10]);
    cases.stop();
    assert.equal(timers(), before);
  });
});
