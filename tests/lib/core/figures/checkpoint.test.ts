import assert from 'node:assert/strict';
import { Advance } from '../../../../src/lib/core/figures/advance';
import { Before } from '../../../../src/lib/core/figures/before';
import { Causes } from '../../../../src/lib/core/figures/causes';
import {
  beginning,
  type Checkpoint,
  difference,
  type RolledBy,
  recounted,
} from '../../../../src/lib/core/figures/checkpoint';
import { maintenanceSpans, unreachableSpans } from '../../../../src/lib/core/figures/excluded';
import { Groups } from '../../../../src/lib/core/figures/groups';
import type { Household } from '../../../../src/lib/core/figures/household';
import { Replay, type Standing } from '../../../../src/lib/core/figures/replay';
import { NOTHING, type Sums } from '../../../../src/lib/core/figures/sums';
import { ValidTime } from '../../../../src/lib/core/figures/valid-time';
import type { Attempt, MaintenanceWindow } from '../../../../src/lib/core/heal/heal';
import type { Incident } from '../../../../src/lib/core/incident/incident';
import type { Fact } from '../../../../src/lib/core/transition';
import { seededRandom } from '../../../support/simulator/random';
import { RandomHome } from './random-home';

const SECOND = 1_000;
const FROM = Date.parse('2026-03-29T00:40:00Z');
const TO = FROM + 1_500 * SECOND;
const ZONE = 'Europe/Berlin';

/** One entity in three is of no integration. */
const household: Household = {
  instance_id: 'home',
  integrationOf: ({ kind, id }) => {
    if (kind === 'integration') return id;
    if (kind === 'config_entry') return id.replace('e', 'i');
    const digit = Number(id.at(-1));
    return kind === 'entity' && digit % 3 > 0 ? `i${digit % 2}` : null;
  },
  deviceOf: () => null,
};

const windows: readonly MaintenanceWindow[] = [
  { window_id: 'a', reason: null, repeats: 'once', from: FROM + 100 * SECOND, to: FROM + 160 * SECOND },
  {
    ...{ window_id: 'b', reason: null, repeats: 'weekly', began: FROM + 340 * SECOND, ended: null },
    ...{ weekdays: [0], at: '01:45', duration_minutes: 2 },
  },
];

interface Past {
  readonly facts: readonly Fact[];
  readonly standing: readonly Standing[];
  readonly incidents: readonly Incident[];
  readonly attempts: readonly Attempt[];
  readonly valid: ValidTime;
}

/** Without those that were removed: no fact says when. */
function pastOf(seed: number): Past {
  const home = new RandomHome(seededRandom(seed), FROM, TO, 12);
  const lives = new Map<string, number>();
  for (const { subject, forgotten } of home.lifetimes) {
    lives.set(subject.id, (lives.get(subject.id) ?? 0) + (forgotten ? 2 : 1));
  }
  const stays = ({ subject }: { readonly subject: { readonly id: string } }) => lives.get(subject.id) === 1;
  const facts = home.facts.filter(stays);
  const attempts = facts.filter(({ subject, seq }) => subject.kind === 'entity' && seq % 5 === 0);
  const own = facts.filter(({ subject }) => subject.kind === 'instance');
  return {
    facts,
    standing: home.standing(TO).filter(stays),
    incidents: home.incidents(),
    attempts: attempts.map(({ subject, at, seq }) => {
      const outcome = seq % 3 === 0 ? 'healed' : 'failed';
      return { target: subject, integration: seq % 10 === 0 ? 'i1' : null, ended: at, outcome } as unknown as Attempt;
    }),
    valid: new ValidTime(unreachableSpans(own, null), maintenanceSpans(windows, FROM, TO, ZONE)),
  };
}

function first({ facts, standing, valid }: Past): Checkpoint {
  const before = new Before(FROM);
  for (const fact of facts) if (fact.at >= FROM && fact.subject.kind === 'entity') before.take(fact);
  return recounted(beginning(FROM, valid.unreachable(FROM, FROM + 1) > 0), before, standing, household);
}

function advanced(from: Checkpoint, to: number, { facts, incidents, attempts, valid }: Past): Checkpoint {
  const advance = new Advance(from, to, valid, household);
  for (const fact of facts) if (fact.at >= from.at) advance.take(fact);
  const finish = advance.finish(new Causes(incidents), attempts);
  for (;;) {
    const { value, done } = finish.next();
    if (done) return value;
  }
}

/** What the replay of all facts comes to. */
function replayed(from: number, to: number, past: Past, by: RolledBy): Map<string, Sums> {
  const period = { from, to };
  const replay = new Replay(period, past.valid);
  for (const fact of past.facts) if (fact.subject.kind === 'entity' && fact.at >= from) replay.take(fact);
  for (const one of past.standing) if (one.subject.kind === 'entity') replay.living(one);
  const groups = new Groups(by, household, period);
  const causes = new Causes(past.incidents);
  for (const tally of replay.tallies()) groups.tally(tally);
  for (const outage of replay.outages) groups.outage(outage, causes);
  groups.incidents(causes);
  for (const attempt of past.attempts) groups.heal(attempt);
  return new Map(groups.all().map(({ key, sums }) => [key, sums]));
}

/** A group with nothing is as good as none. */
function told(groups: ReadonlyMap<string, Sums>): [string, Sums][] {
  return [...groups]
    .filter(([, sums]) => JSON.stringify(sums) !== JSON.stringify(NOTHING))
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

describe('the checkpoints of a home', () => {
  for (const by of ['integration', 'instance'] as const) {
    it(`differ by what the replay of all facts comes to, by ${by}`, () => {
      for (let seed = 0; seed < 80; seed += 1) {
        const past = pastOf(seed);
        const chain = [first(past)];
        const step = (37 + (seed % 11) * 20) * SECOND;
        for (let at = FROM + step; at < TO; at += step) chain.push(advanced(chain.at(-1) as Checkpoint, at, past));
        const random = seededRandom(seed);
        for (let n = 0; n < 8; n += 1) {
          const [from, to] = [random(), random()].sort().map((share) => FROM + Math.floor(share * (TO - FROM)));
          const at = (t = 0) => advanced(chain.findLast((one) => one.at <= t) as Checkpoint, t, past);
          const found = difference(at(from), at(to), by, household);
          assert.deepEqual(told(found), told(replayed(from ?? 0, to ?? 0, past, by)), `seed ${seed}`);
        }
      }
    });
  }

  it('know how many entities there are, how many of them are down, and what time was left out', () => {
    for (let seed = 100; seed < 140; seed += 1) {
      const past = pastOf(seed);
      const [from, to] = [FROM + 333 * SECOND, FROM + 1_111 * SECOND];
      const middle = advanced(first(past), from, past);
      const end = advanced(middle, to, past);
      const before = new Before(to);
      for (const fact of past.facts) if (fact.at >= to && fact.subject.kind === 'entity') before.take(fact);
      assert.deepEqual(recounted(end, before, past.standing, household), end, `seed ${seed}`);
      assert.equal(end.unreachable_ms - middle.unreachable_ms, past.valid.unreachable(from, to));
      assert.equal(end.maintenance_ms - middle.maintenance_ms, past.valid.maintenance(from, to));
      assert.equal(end.began, FROM);
    }
  });
});
