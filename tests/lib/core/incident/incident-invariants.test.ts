import assert from 'node:assert/strict';
import { type Incident, type IncidentChange, keyOf } from '../../../../src/lib/core/incident/incident';
import { Incidents } from '../../../../src/lib/core/incident/incidents';
import { pick, type Random, seededRandom } from '../../../support/simulator/random';
import { type FaultyHome, generatedHome, T0 } from './faulty-home';

/** What was told so far, as a user's own notes would have it. */
class Notes {
  readonly open = new Map<string, Incident>();
  readonly resolved = new Set<string>();
  #at = 0;

  read(changes: readonly IncidentChange[], home: FaultyHome, dark: boolean): void {
    for (const { event, incident } of changes) {
      const { incident_id: id, root } = incident;
      assert.ok(!this.resolved.has(id), 'nothing is told after it was resolved');
      assert.equal(event === 'opened', !this.open.has(id), 'opened first, and once');
      assert.ok(incident.updated_at >= this.#at && incident.since <= incident.updated_at);
      assert.equal(incident.resolved_at !== null, event === 'resolved');
      this.#at = incident.updated_at;
      if (dark) assert.equal(root.kind, 'instance', 'nothing else is told of a home that cannot be seen');
      if (event === 'resolved') {
        this.open.delete(id);
        this.resolved.add(id);
      } else {
        this.open.set(id, incident);
        assert.ok(incident.explained.length > 0);
        for (const one of incident.explained) if (one.kind !== 'instance') assert.ok(home.isDown(keyOf(one)));
      }
    }
  }

  /** At a moment when everything has been told. */
  assertWhole(home: FaultyHome, incidents: Incidents): void {
    const seen = new Map<string, string>();
    const roots = new Set<string>();
    assert.deepEqual(new Set(incidents.told().map((one) => one.incident_id)), new Set(this.open.keys()));
    // A rename is not told, so it is not in the notes.
    for (const incident of incidents.told()) {
      assert.ok(!roots.has(keyOf(incident.root)), `${keyOf(incident.root)} is the root of two`);
      roots.add(keyOf(incident.root));
      for (const one of incident.explained) {
        assert.ok(!seen.has(keyOf(one)), `${keyOf(one)} is explained twice`);
        seen.set(keyOf(one), incident.incident_id);
      }
      for (const one of incident.unexplained)
        assert.ok(incident.explained.every((other) => keyOf(other) !== keyOf(one)));
    }
    for (const { subject } of home.down()) {
      const id = seen.get(keyOf(subject));
      assert.equal(incidents.incidentOf(subject), id);
      assert.ok(
        id !== undefined || home.isMasked(subject) || subject.kind === 'device',
        `${keyOf(subject)} is not explained`,
      );
    }
  }
}

interface Stage {
  now: number;
  readonly gone: string[];
  renamed: number;
}

function happen(home: FaultyHome, incidents: Incidents, random: Random, stage: Stage): void {
  const entity = pick(random, [...home.entities.values()]);
  const what = random();
  const since = stage.now - Math.floor(random() * random() * 300_000);
  if (what < 0.3) home.fall('entity', entity.id, since);
  else if (what < 0.45) {
    for (const one of home.entities.values()) {
      if (one.device_id !== null && one.device_id === entity.device_id) home.fall('entity', one.id, since);
    }
  } else if (what < 0.52) {
    for (const one of home.entities.values()) {
      if (one.entry_id === entity.entry_id && random() < 0.95) home.fall('entity', one.id, since);
    }
  } else if (what < 0.58 && entity.entry_id) {
    home.fall('config_entry', entity.entry_id, since, 'unavailable', pick(random, ['setup_retry', 'setup_error']));
  } else if (what < 0.62 && entity.entry_id) home.rise('config_entry', entity.entry_id);
  else if (what < 0.82) home.rise('entity', entity.id);
  else if (what < 0.9) {
    for (const one of home.entities.values()) if (one.area_id === entity.area_id) home.rise('entity', one.id);
  } else if (what < 0.93) home.masked.add(`entity:${entity.id}`);
  else if (what < 0.96) home.masked.clear();
  else if (what < 0.97 && home.entities.size > 10) home.remove(entity.id);
  else if (what < 0.98) {
    const id = `sensor.renamed${stage.renamed++}`;
    const down = [...home.down()].find(({ subject }) => subject.id === entity.id);
    home.remove(entity.id).entity(id, {
      ...(entity.device_id ? { device: entity.device_id } : {}),
      ...(entity.entry_id ? { entry: entity.entry_id } : {}),
      ...(entity.area_id ? { area: entity.area_id } : {}),
    });
    if (down) home.fall('entity', id, down.since);
    incidents.rename('entity', entity.id, id);
  } else {
    home.reachable = !home.reachable;
    home.reachableSince = stage.now;
  }
}

describe('incidents, whatever happens', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`2 000 random events, seed ${seed}: each down subject in one incident, each told once, none lost`, () => {
      const random = seededRandom(seed);
      const home = generatedHome(random, 40 + 20 * seed);
      let incidents = new Incidents();
      const notes = new Notes();
      const stage: Stage = { now: T0, gone: [], renamed: 0 };
      const look = () => notes.read(incidents.evaluate(stage.now, home), home, !home.reachable);
      const wait = (ms: number) => {
        const end = stage.now + ms;
        for (let n = 0; incidents.due <= end; n += 1) {
          assert.ok(n < 1_000, 'it asks for no end of looks');
          assert.ok(incidents.due > stage.now || n === 0, 'it asks for a look later than now');
          stage.now = Math.max(stage.now, incidents.due);
          look();
        }
        stage.now = end;
      };
      for (let n = 0; n < 2_000; n += 1) {
        happen(home, incidents, random, stage);
        look();
        if (random() < 0.05) incidents = new Incidents({}, structuredClone(incidents.told()));
        if (random() < 0.05) {
          wait(2_000_000);
          if (home.reachable) notes.assertWhole(home, incidents);
        } else wait(Math.floor(random() * random() * 200_000));
      }
      home.reachable = true;
      for (const { subject } of [...home.down()])
        if (subject.kind !== 'device') home.rise(subject.kind as 'entity', subject.id);
      look();
      assert.deepEqual([...notes.open.values()], []);
      assert.ok(notes.resolved.size > 100, `${notes.resolved.size} told`);
    });
  }
});
