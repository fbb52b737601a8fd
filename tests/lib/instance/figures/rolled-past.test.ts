import assert from 'node:assert/strict';
import { difference } from '../../../../src/lib/core/figures/checkpoint';
import { maintenanceSpans, unreachableSpans } from '../../../../src/lib/core/figures/excluded';
import { ValidTime } from '../../../../src/lib/core/figures/valid-time';
import type { Attempt, MaintenanceWindow } from '../../../../src/lib/core/heal/heal';
import type { Incident } from '../../../../src/lib/core/incident/incident';
import type { Absence } from '../../../../src/lib/core/transition';
import { passagesSince } from '../../../../src/lib/instance/figures/reading';
import { rollUp } from '../../../../src/lib/instance/figures/roll-up';
import { RolledPast } from '../../../../src/lib/instance/figures/rolled-past';
import { Rollups, rollupBefore } from '../../../../src/lib/instance/figures/rollups';
import { keepUnwatched, unwatchedSince } from '../../../../src/lib/instance/figures/unwatched';
import { openAbsences } from '../../../../src/lib/instance/past';
import { allRecords } from '../../../../src/lib/instance/record-pages';
import { MemoryNamespace } from '../../../../src/lib/store/memory-namespace';
import type { NewRecord, RecordKind } from '../../../../src/lib/store/stored-record';
import { type Random, seededRandom } from '../../../support/simulator/random';
import { FROM, household, type LivedHome, livedHome, replayed, TO, told } from '../../core/figures/lived-home';

const HOUR = 3_600_000;
const ZONE = 'Europe/Berlin';
/** The 25 minutes of a home take five days; in Berlin summer time comes in one of their nights. */
const SLOWER = 300;
const BEGAN = Date.parse('2026-03-27T17:10:00Z');
const ENDED = BEGAN + (TO - FROM) * SLOWER;

interface Event {
  readonly at: number;
  readonly happen: (namespace: MemoryNamespace) => Promise<unknown>;
}

const slow = (at: number) => BEGAN + (at - FROM) * SLOWER;

/** Those that are not judged now, though they are resumed. */
async function absentFrom(namespace: MemoryNamespace): Promise<Set<string>> {
  return new Set((await openAbsences(namespace)).map(({ absence }) => absence.subject.id));
}

/** All that comes to be stored of a home, in the order it does. */
function eventsOf({ past, incidents, attempts }: LivedHome, random: Random): Event[] {
  const within = (hours: number) => Math.floor(random() * hours * HOUR);
  const put = (kind: RecordKind, id: string, at: number, open: boolean, body: unknown): Event => {
    return { at, happen: (namespace) => namespace.put({ kind, id, at, open, body }) };
  };
  const left = new Map<string, number>();
  const removals: Event[] = [];
  const events: Event[] = past.map((one, n) => {
    const [at, since] = [slow(one.at), slow(one.since)];
    if (!('passage' in one)) {
      return { at, happen: (namespace) => namespace.append([{ ...one, at, since, seconds: null }]) };
    }
    const { subject, status } = one;
    const seen = { subject, status, since, integration: null };
    const id = `${subject.id} ${one.passage === 'back' ? left.get(subject.id) : at}`;
    const absence = (from: number, to: number | null, open: boolean): NewRecord => {
      return {
        kind: 'absence',
        id,
        at,
        open,
        body: { ...seen, from, to, left_seq: to === null ? null : from * 1000 } satisfies Absence,
      };
    };
    if (one.passage === 'back') {
      const record = absence(left.get(subject.id) ?? 0, at, false);
      return { at, happen: (namespace) => namespace.put(record) };
    }
    left.set(subject.id, at);
    const next = past.slice(n + 1).find((other) => other.subject.id === subject.id);
    if (next && 'passage' in next) {
      const record = absence(at, null, true);
      return { at, happen: (namespace) => namespace.put(record) };
    }
    const later = at + 7 * HOUR;
    if (n % 2 === 0 && (!next || slow(next.at) > later)) {
      // Disabled first, removed some time after.
      const gone: NewRecord = { ...absence(at, null, false), at: later };
      const body = { ...(gone.body as Absence), left_seq: at * 1000 };
      removals.push({
        at: later,
        happen: (namespace) => namespace.forget('entity', subject.id, { ...gone, body }),
      });
      const record = absence(at, null, true);
      return { at, happen: (namespace) => namespace.put(record) };
    }
    const record = absence(at, null, false);
    return { at, happen: (namespace) => namespace.forget('entity', subject.id, record) };
  });
  events.push(...removals);
  const openings = new Map(incidents.map(({ incident_id, since }) => [incident_id, slow(since) + within(4)]));
  for (const incident of incidents) {
    const { incident_id: id, merged_into } = incident;
    const explained = incident.explained.map((one) => ({ ...one, since: slow(one.since) }));
    const opened = openings.get(id) ?? 0;
    // Nothing becomes part of what was not told yet.
    const least = Math.max(opened, openings.get(merged_into ?? '') ?? 0) + 1;
    const ended = Math.max(least, slow(incident.resolved_at ?? 0) + within(9));
    const last = { ...incident, opened_at: opened, since: slow(incident.since), explained, resolved_at: ended };
    const first = { ...last, explained: explained.slice(1), merged_into: null, resolved_at: null };
    events.push(put('incident', id, opened, true, first), put('incident', id, ended, false, last));
  }
  for (const [index, attempt] of attempts.entries()) {
    const ended = slow(attempt.ended ?? 0);
    events.push(put('attempt', `a${index}`, ended, false, { ...attempt, ended }));
  }
  const [late, weekly] = [BEGAN + within(60), BEGAN + within(40)];
  const common = { window_id: 'late', reason: null, repeats: 'once', from: late } as const;
  // People may say so later that they have been working since yesterday, and then that they have ended.
  events.push(put('window', 'late', late + within(30), true, { ...common, to: null }));
  events.push(put('window', 'late', late + 31 * HOUR, false, { ...common, to: late + 31 * HOUR }));
  const each = { weekdays: [0, 1], at: '02:30', duration_minutes: 95 };
  const sundays = { window_id: 'sundays', reason: null, repeats: 'weekly', began: weekly, ended: null, ...each };
  events.push(put('window', 'sundays', weekly, true, sundays));
  return events.sort((one, other) => one.at - other.at);
}

/** As it is stored by now. */
async function storedHome(namespace: MemoryNamespace, now: number) {
  const bodies = async <Body>(kind: RecordKind) =>
    (await allRecords(namespace, { kind })).map(({ body }) => body as Body);
  const facts = await namespace.transitions({ limit: 100_000 });
  const { passages } = await passagesSince(namespace, 0);
  const absent = await absentFrom(namespace);
  const home: LivedHome = {
    past: [...facts, ...passages].sort((one, other) => one.seq - other.seq),
    standing: (await namespace.resume()).filter(({ subject }) => !absent.has(subject.id)),
    incidents: await bodies<Incident>('incident'),
    attempts: await bodies<Attempt>('attempt'),
  };
  const own = facts.filter(({ subject }) => subject.kind === 'instance');
  const windows = await bodies<MaintenanceWindow>('window');
  const unwatched = await unwatchedSince(namespace, 0);
  const valid = new ValidTime(unreachableSpans(own, null), maintenanceSpans(windows, 0, now, ZONE), unwatched);
  return { home, valid };
}

describe('the past of a home by its rollups', () => {
  const never = new AbortController().signal;

  it('is what the replay of all facts comes to, whatever was known late', async () => {
    let compared = 0;
    for (let seed = 0; seed < 8; seed += 1) {
      const random = seededRandom(seed);
      const namespace = new MemoryNamespace('home');
      let absent = new Set<string>();
      const present = { ...household, has: (id: string) => !absent.has(id) };
      const home = { namespace, household: present, time_zone: ZONE };
      const events = eventsOf(livedHome(seed), random);
      let looked = BEGAN;
      for (let now = BEGAN; now < ENDED; now += Math.ceil(random() * 20 * HOUR)) {
        while (events[0] && events[0].at <= now) await events.shift()?.happen(namespace);
        if (now > looked && random() < 0.15) await keepUnwatched(namespace, now - looked, now, assert.fail);
        looked = now;
        absent = await absentFrom(namespace);
        if (random() < 0.7) await rollUp(home, rollupBefore(now - HOUR / 4), never);
        const past = await RolledPast.of(home);
        const stored = await storedHome(namespace, now);
        const first = Math.max(BEGAN, (await new Rollups(namespace).oldest())?.at ?? 0);
        for (let n = 0; past && n < 3; n += 1) {
          const instants = [random(), n === 0 ? 1 : random()].map((share) => first + Math.floor(share * (now - first)));
          const [from, to] = instants.sort((one, other) => one - other) as [number, number];
          const rolled = await past.between(from, to);
          if (from === to || !rolled) continue;
          assert.deepEqual([rolled.from.at, rolled.to.at], [from, to]);
          for (const by of ['integration', 'instance'] as const) {
            const found = difference(rolled.from, rolled.to, by, household);
            const expected = replayed(stored.home, stored.valid, by, { from, to });
            assert.deepEqual(told(found), told(expected), `seed ${seed}, ${new Date(now).toISOString()}`);
          }
          const left = (key: 'unreachable_ms' | 'maintenance_ms') => rolled.to[key] - rolled.from[key];
          assert.equal(left('unreachable_ms'), stored.valid.unreachable(from, to));
          assert.equal(left('maintenance_ms'), stored.valid.maintenance(from, to));
          const incidents = stored.home.incidents.filter(({ resolution }) => resolution !== 'merged');
          const within = (at: number | null) => at !== null && at >= from && at < to;
          const [opened, resolved] = [stored.home.incidents, incidents];
          const counted = (key: 'incidents_opened' | 'incidents_resolved') => rolled.to[key] - rolled.from[key];
          assert.equal(counted('incidents_opened'), opened.filter(({ opened_at }) => within(opened_at)).length);
          assert.equal(counted('incidents_resolved'), resolved.filter(({ resolved_at }) => within(resolved_at)).length);
          compared += 1;
        }
      }
    }
    assert.ok(compared > 100, String(compared));
  });
});
