import { Causes } from '../../../../src/lib/core/figures/causes';
import { failuresOf } from '../../../../src/lib/core/figures/failures';
import { Groups } from '../../../../src/lib/core/figures/groups';
import type { By, Household } from '../../../../src/lib/core/figures/household';
import { type Period, Replay, type Standing } from '../../../../src/lib/core/figures/replay';
import { NOTHING, type Sums } from '../../../../src/lib/core/figures/sums';
import type { ValidTime } from '../../../../src/lib/core/figures/valid-time';
import type { Attempt } from '../../../../src/lib/core/heal/heal';
import type { Incident } from '../../../../src/lib/core/incident/incident';
import type { Fact, Passage } from '../../../../src/lib/core/transition';
import { seededRandom } from '../../../support/simulator/random';
import { RandomHome, tell } from './random-home';

const SECOND = 1_000;
export const FROM = Date.parse('2026-03-29T00:40:00Z');
export const TO = FROM + 1_500 * SECOND;

/** Two integrations; one entity in three is of none. */
export const household: Household = {
  instance_id: 'home',
  integrationOf: ({ kind, id }) => {
    if (kind === 'integration') return id;
    if (kind === 'config_entry') return id.replace('e', 'i');
    const digit = Number(id.at(-1));
    return kind === 'entity' && digit % 3 > 0 ? `i${digit % 2}` : null;
  },
  deviceOf: () => null,
  nameOf: (_, id) => id,
  has: () => true,
};

/** What happened in a home. */
export interface LivedHome {
  readonly past: readonly (Fact | Passage)[];
  readonly standing: readonly Standing[];
  readonly incidents: readonly Incident[];
  readonly attempts: readonly Attempt[];
}

export function livedHome(seed: number): LivedHome {
  const home = new RandomHome(seededRandom(seed), FROM, TO, 12);
  const attempts = home.facts.filter(({ subject, seq }) => subject.kind === 'entity' && seq % 5 === 0);
  return {
    past: home.past,
    standing: home.standing(TO),
    incidents: home.incidents(),
    attempts: attempts.map(({ subject, at, seq }) => {
      const outcome = seq % 3 === 0 ? 'healed' : 'failed';
      return { target: subject, integration: seq % 10 === 0 ? 'i1' : null, ended: at, outcome } as unknown as Attempt;
    }),
  };
}

/** What the replay of all facts comes to, without any checkpoint. */
export function replayed(home: LivedHome, valid: ValidTime, by: By, period: Period): Map<string, Sums> {
  const replay = new Replay(period, valid);
  tell(
    replay,
    home.past.filter(({ at }) => at >= period.from),
  );
  for (const one of home.standing) if (one.subject.kind === 'entity') replay.living(one);
  const look = { by, household, period };
  const groups = new Groups(look);
  for (const tally of replay.tallies()) groups.tally(tally);
  for (const outage of replay.outages) groups.outage(outage);
  const causes = new Causes();
  for (const incident of home.incidents) causes.add(incident);
  for (const failure of failuresOf(look, replay.outages, causes)) groups.failure(failure);
  for (const attempt of home.attempts) groups.heal(attempt);
  return new Map(groups.all().map(({ key, sums }) => [key, sums]));
}

/** A group with nothing is as good as none. */
export function told(groups: ReadonlyMap<string, Sums>): [string, Sums][] {
  return [...groups]
    .filter(([, sums]) => JSON.stringify(sums) !== JSON.stringify(NOTHING))
    .sort(([one], [other]) => (one < other ? -1 : 1));
}
