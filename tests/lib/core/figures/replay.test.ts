import assert from 'node:assert/strict';
import { Causes } from '../../../../src/lib/core/figures/causes';
import { maintenanceSpans, unreachableSpans } from '../../../../src/lib/core/figures/excluded';
import { failuresOf } from '../../../../src/lib/core/figures/failures';
import { Groups } from '../../../../src/lib/core/figures/groups';
import type { By, Household } from '../../../../src/lib/core/figures/household';
import { type Period, Replay, type Standing } from '../../../../src/lib/core/figures/replay';
import { NOTHING, plus, type Sums } from '../../../../src/lib/core/figures/sums';
import { ValidTime } from '../../../../src/lib/core/figures/valid-time';
import type { Attempt, MaintenanceWindow } from '../../../../src/lib/core/heal/heal';
import { maintenanceUntil } from '../../../../src/lib/core/heal/maintenance';
import type { Incident } from '../../../../src/lib/core/incident/incident';
import type { Fact, Passage } from '../../../../src/lib/core/transition';
import { seededRandom } from '../../../support/simulator/random';
import { RandomHome, tell } from './random-home';

const SECOND = 1_000;
const FROM = Date.parse('2026-03-29T00:40:00Z');
const TO = FROM + 1_500 * SECOND;
const ZONE = 'Europe/Berlin';
const BYS: readonly By[] = ['integration', 'device', 'entity', 'instance'];

/** Two integrations, one of which has two devices. */
const household: Household = {
  instance_id: 'home',
  integrationOf: ({ kind, id }) => {
    if (kind === 'integration') return id;
    if (kind === 'config_entry') return id.replace('e', 'i');
    return kind === 'entity' ? `i${Number(id.at(-1)) % 2}` : null;
  },
  deviceOf: ({ id }) => (Number(id.at(-1)) % 2 === 0 ? `d${Number(id.at(-1)) % 4}` : null),
  has: () => true,
  nameOf: (_kind, id) => id,
};

const windows: readonly MaintenanceWindow[] = [
  { window_id: 'a', reason: null, repeats: 'once', from: FROM + 100 * SECOND, to: FROM + 160 * SECOND },
  {
    ...{ window_id: 'b', reason: null, repeats: 'weekly', began: FROM + 340 * SECOND, ended: null },
    ...{ weekdays: [0], at: '01:45', duration_minutes: 2 },
  },
  { window_id: 'c', reason: null, repeats: 'once', from: TO - 90 * SECOND, to: TO + SECOND },
];

function validTime(home: RandomHome): ValidTime {
  const own = home.facts.filter(({ subject }) => subject.kind === 'instance');
  return new ValidTime(unreachableSpans(own, null), maintenanceSpans(windows, home.from, home.to, ZONE));
}

interface Played {
  readonly by: By;
  readonly period: Period;
  readonly past: readonly (Fact | Passage)[];
  readonly standing: readonly Standing[];
  readonly incidents: readonly Incident[];
  readonly attempts: readonly Attempt[];
}

function played(valid: ValidTime, { by, period, past, standing, incidents, attempts }: Played): Map<string, Sums> {
  const replay = new Replay(period, valid);
  tell(replay, past);
  for (const one of standing) if (one.subject.kind === 'entity') replay.living(one);
  const look = { by, household, period };
  const groups = new Groups(look);
  for (const tally of replay.tallies()) groups.tally(tally);
  for (const outage of replay.outages) groups.outage(outage);
  const causes = new Causes();
  for (const incident of incidents) causes.add(incident);
  for (const failure of failuresOf(look, replay.outages, causes)) groups.failure(failure);
  for (const attempt of attempts) groups.heal(attempt);
  return new Map(groups.all().map(({ key, sums }) => [key, sums]));
}

function sum(parts: readonly Map<string, Sums>[]): Map<string, Sums> {
  const all = new Map<string, Sums>();
  for (const part of parts) for (const [key, sums] of part) all.set(key, plus(all.get(key) ?? NOTHING, sums));
  return all;
}

/** A group that has nothing in a part is not there; in order. */
function told(groups: Map<string, Sums>): [string, Sums][] {
  return [...groups]
    .filter(([, sums]) => JSON.stringify(sums) !== JSON.stringify(NOTHING))
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

function attemptsOf(home: RandomHome): Attempt[] {
  return home.facts
    .filter(({ subject, seq }) => subject.kind === 'entity' && seq % 5 === 0)
    .map(
      ({ subject, at, seq }) =>
        ({
          target: subject,
          integration: seq % 10 === 0 ? 'i1' : null,
          ended: at,
          outcome: seq % 3 === 0 ? 'healed' : 'failed',
        }) as unknown as Attempt,
    );
}

describe('the replay of a home', () => {
  /** The seconds in which somebody works on it. */
  const worked = new Set<number>();
  before(() => {
    for (let t = FROM; t < TO; t += SECOND) {
      const inForce = windows.filter((window) => window.repeats === 'once' || window.began <= t);
      if (maintenanceUntil(inForce, t, ZONE) !== null) worked.add(t);
    }
  });

  it('comes to what counting seconds comes to', () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const home = new RandomHome(seededRandom(seed), FROM, TO, 6);
      const valid = validTime(home);
      const replay = new Replay(home, valid);
      tell(replay, home.between(FROM, TO));
      for (const one of home.standing(TO)) if (one.subject.kind === 'entity') replay.living(one);
      const counts: number[] = [];
      for (let t = FROM; t < TO; t += SECOND) if (!home.unreachable(t) && !worked.has(t)) counts.push(t);
      assert.equal(valid.between(FROM, TO), counts.length * SECOND, `seed ${seed}`);
      const expected = new Map<string, [number, number]>();
      for (const one of home.lifetimes) {
        if (one.subject.kind !== 'entity') continue;
        const [there, down] = expected.get(one.subject.id) ?? [0, 0];
        const seen = counts.map((t) => home.at(one, t));
        const present = seen.filter((as) => as !== 'absent').length;
        expected.set(one.subject.id, [there + present, down + seen.filter((as) => as === 'down').length]);
      }
      const tallies = [...replay.tallies()].map(({ subject, valid_ms, down_ms }) => [subject.id, valid_ms, down_ms]);
      for (const [id, [there, down]] of expected) {
        const found = tallies.find(([found]) => found === id) ?? [id, 0, 0];
        assert.deepEqual(found, [id, there * SECOND, down * SECOND], `seed ${seed}`);
      }
      const begun = replay.outages.filter((outage) => outage.begun).length;
      assert.equal(begun, fallsOf(home).filter(({ since }) => since >= FROM).length, `seed ${seed}`);
    }
  });

  for (const by of BYS) {
    it(`adds up over its parts, by ${by}, when each knows what was confirmed late`, () => {
      for (let seed = 100; seed < 140; seed += 1) {
        const home = new RandomHome(seededRandom(seed), FROM, TO, 6);
        const valid = validTime(home);
        const common = { by, incidents: home.incidents(), attempts: attemptsOf(home) };
        const replayed = (from: number, to: number) =>
          played(valid, {
            ...common,
            period: { from, to },
            // Also what comes after: part of it began before.
            past: home.between(from, TO),
            standing: home.standing(TO),
          });
        const [b, c] = [FROM + 61 * SECOND * (seed % 9), FROM + 61 * SECOND * (9 + (seed % 14))];
        const parts = sum([replayed(FROM, b), replayed(b, c), replayed(c, TO)]);
        assert.deepEqual(told(parts), told(replayed(FROM, TO)), `seed ${seed}`);
      }
    });

    it(`adds up over its parts, by ${by}, when each goes on where the one before stopped`, () => {
      for (let seed = 200; seed < 240; seed += 1) {
        const home = new RandomHome(seededRandom(seed), FROM, TO, 6);
        const valid = validTime(home);
        const common = { by, incidents: home.incidents(), attempts: attemptsOf(home) };
        const replayed = (from: number, to: number) =>
          played(valid, {
            ...common,
            period: { from, to, floor: FROM },
            past: home.between(from, to),
            standing: home.standing(to),
          });
        const b = FROM + 61 * SECOND * (1 + (seed % 23));
        assert.deepEqual(told(sum([replayed(FROM, b), replayed(b, TO)])), told(replayed(FROM, TO)), `seed ${seed}`);
      }
    });
  }
});

describe('an outage during which an entity is not judged for a while', () => {
  const subject = { kind: 'entity', id: 'light.a', name: 'A' } as const;
  const seen = { subject, status: 'unavailable', since: FROM + 10 * SECOND } as const;
  const fact = (status: 'available' | 'unavailable', second: number): Fact => {
    const [at, previous] = [FROM + second * SECOND, status === 'available' ? 'unavailable' : 'available'] as const;
    return { subject, status, previous_status: previous, state: status, at, since: at, seconds: 9, seq: at * 1000 };
  };
  const passage = (which: 'left' | 'back', second: number): Passage => {
    return { ...seen, passage: which, at: FROM + second * SECOND, seq: (FROM + second * SECOND) * 1000 };
  };

  it('is one, and its time but for that', () => {
    const replay = new Replay({ from: FROM, to: FROM + 100 * SECOND }, new ValidTime());
    const past = [fact('unavailable', 10), passage('left', 20), passage('back', 50), fact('available', 70)];
    tell(replay, past);
    replay.living({ subject, status: 'available', state: 'on', since: FROM + 70 * SECOND });
    const [tally] = [...replay.tallies()];
    assert.deepEqual([tally?.valid_ms, tally?.down_ms], [70 * SECOND, 30 * SECOND]);
    const told = replay.outages.map(({ since, until, lost, begun }) => [since, until, lost, begun]);
    assert.deepEqual(told, [[FROM + 10 * SECOND, FROM + 70 * SECOND, false, true]]);
  });
});

/** Each fact with which an entity was no longer up. */
function fallsOf(home: RandomHome): Fact[] {
  return home.facts.filter(
    ({ subject, status, previous_status: previous, at }) =>
      subject.kind === 'entity' && status !== 'available' && (previous ?? 'available') === 'available' && at >= FROM,
  );
}
