import type { Group } from '../../core/figures/groups';
import type { Period } from '../../core/figures/replay';
import { figuresOf, NOTHING, plus, type Sums } from '../../core/figures/sums';
import { daysBefore } from '../../core/local-time';
import { chronicleOf } from '../../instance/figures/chronicle';
import { flappingOf } from '../../instance/figures/home-flapping';
import { type HomeSums, sumsOf } from '../../instance/figures/home-sums';
import { fromEach, type Kept } from '../kept';
import { type Caller, operation } from '../operation';
import { askedFor } from '../ready';
import {
  fields,
  flag,
  instant,
  listOf,
  maybeNumber,
  maybeText,
  number,
  ofInstance,
  record,
  text,
  whole,
} from '../schema';
import { type Compared, trendAnswer, trendOf } from './trend';
import { windowAnswer, windowRecord } from './window';

interface SummaryFields {
  readonly days: number;
  readonly ai: boolean;
}

/** One home over the window, and over the one before. */
interface Home {
  readonly replay: HomeSums;
  readonly sums: Sums;
  readonly integrations: readonly Group[];
  readonly flapping: number;
  /** Null when its facts do not reach back over the window before. */
  readonly before: Sums | null;
}

const MOST_FAILING = 5;
/** A window may lack one part in so many and still be compared. */
const LEAST_SHARE = 100;

const totals = {
  total_failures: whole,
  total_outages: whole,
  total_healings: whole,
  success_rate: { ...maybeNumber, description: 'Percent of the heals that ended; null when none did' },
  availability_percent: maybeNumber,
  downtime_seconds: number,
  mean_downtime_seconds: { ...maybeNumber, description: 'Of one outage of one entity' },
  flapping_count: whole,
  incidents_opened: whole,
  incidents_resolved: whole,
  window: windowAnswer,
};

export const summary = operation<SummaryFields>({
  name: 'summary',
  summary: 'The last days in a few figures, against the days before.',
  access: 'read',
  replays: true,
  volatile: [
    'start_date',
    'end_date',
    'window',
    'unreachable_seconds',
    'maintenance_seconds',
    'downtime_seconds',
    'mean_downtime_seconds',
    'availability_percent',
    'reliability_percent',
    'availability_before',
    'availability_change',
  ],
  fields: fields({
    days: { type: 'integer', minimum: 1, maximum: 366, default: 7 },
    ai: { ...flag, default: false, description: 'Nothing is written by an AI yet: ai_status says so' },
  }),
  answer: record({
    start_date: instant,
    end_date: instant,
    total_health_checks: maybeNumber,
    ...totals,
    unreachable_seconds: number,
    maintenance_seconds: number,
    top_failing_integrations: listOf(
      record({ integration: text, failure_count: whole, reliability_percent: maybeNumber, instances: listOf(text) }),
    ),
    trend: trendAnswer,
    ai_insights: maybeText,
    ai_status: text,
    instances: listOf(record({ ...ofInstance, ...totals })),
    left_out: listOf(record(ofInstance)),
  }),
  run: async (caller, { days }) => {
    const homes = await fromEach(caller, (kept) => homeOf(kept, caller, days));
    return { body: { ...summaryOf(homes, caller, days), left_out: leftOut(homes, caller) } };
  },
});

async function homeOf(kept: Kept, { now, until }: Caller, days: number): Promise<Home> {
  const chronicle = await chronicleOf(kept, until);
  const from = daysBefore(now, days, chronicle.timeZone);
  const earlier: Period = { from: daysBefore(from, days, chronicle.timeZone), to: from };
  const [replay, before] = (await sumsOf(chronicle, [{ from, to: now }, earlier], ['instance', 'integration'])) as [
    HomeSums,
    HomeSums,
  ];
  return {
    replay,
    sums: await wholeOf(replay),
    integrations: await replay.groups('integration'),
    flapping: (await flappingOf(chronicle, now)).length,
    before: isWhole(before, earlier) ? await wholeOf(before) : null,
  };
}

/** Where only sums of whole days are left, part of the first one is missing. */
function isWhole({ period }: HomeSums, { from, to }: Period): boolean {
  return (period.from - from) * LEAST_SHARE <= to - from;
}

async function wholeOf(home: HomeSums): Promise<Sums> {
  const [group] = await home.groups('instance');
  return group?.sums ?? NOTHING;
}

function summaryOf(homes: readonly Home[], { now }: Caller, days: number) {
  const window = homes.length > 0 ? windowRecord(homes.map(({ replay }) => replay)) : emptyWindow(now, days);
  const comparable = homes.flatMap(({ replay, sums, before }): Compared[] =>
    before ? [{ instance_id: replay.chronicle.instance_id, now: sums, before }] : [],
  );
  const sum = (of: (one: Compared) => Sums) => comparable.map(of).reduce(plus, NOTHING);
  const compared = comparable.length > 0 ? { now: sum((one) => one.now), before: sum((one) => one.before) } : null;
  return {
    start_date: window.from,
    end_date: window.to,
    // They are not kept.
    total_health_checks: null,
    ...totalsOf(homes),
    window,
    unreachable_seconds: window.unreachable_seconds,
    maintenance_seconds: window.maintenance_seconds,
    top_failing_integrations: topFailing(homes),
    trend: trendOf(
      compared,
      comparable.map(({ instance_id }) => instance_id),
    ),
    ai_insights: null,
    ai_status: 'not_configured',
    instances: homes.map((home) => {
      const { instance_id, instance_name } = home.replay.chronicle;
      return { instance_id, instance_name, ...totalsOf([home]), window: windowRecord([home.replay]) };
    }),
  };
}

function emptyWindow(now: number, days: number) {
  const [from, to] = [daysBefore(now, days, 'UTC'), now].map((at) => new Date(at).toISOString());
  return { from, to, unreachable_seconds: 0, maintenance_seconds: 0 };
}

function totalsOf(homes: readonly Home[]) {
  const sums = homes.map((home) => home.sums).reduce(plus, NOTHING);
  const { reliability_percent, heal_success_percent } = figuresOf(sums);
  const count = (of: (home: Home) => number) => homes.reduce((all, home) => all + of(home), 0);
  return {
    total_failures: sums.failure_count,
    total_outages: sums.outage_count,
    total_healings: sums.heals_succeeded + sums.heals_failed,
    success_rate: heal_success_percent,
    availability_percent: reliability_percent,
    downtime_seconds: sums.down_ms / 1000,
    mean_downtime_seconds: sums.outage_count > 0 ? sums.down_ms / 1000 / sums.outage_count : null,
    flapping_count: count((home) => home.flapping),
    incidents_opened: count(({ replay }) => replay.incidents_opened),
    incidents_resolved: count(({ replay }) => replay.incidents_resolved),
  };
}

function topFailing(homes: readonly Home[]) {
  const all = new Map<string, { sums: Sums; instances: string[] }>();
  for (const { integrations, replay } of homes) {
    for (const { key, sums } of integrations.filter((group) => group.sums.failure_count > 0)) {
      const known = all.get(key) ?? { sums: NOTHING, instances: [] };
      all.set(key, known);
      known.sums = plus(known.sums, sums);
      known.instances.push(replay.chronicle.instance_id);
    }
  }
  const sorted = [...all].sort(
    ([one, { sums: a }], [other, { sums: b }]) => b.failure_count - a.failure_count || (one < other ? -1 : 1),
  );
  return sorted.slice(0, MOST_FAILING).map(([integration, { sums, instances }]) => ({
    integration,
    failure_count: sums.failure_count,
    reliability_percent: figuresOf(sums).reliability_percent,
    instances,
  }));
}

/** Asked for, and not in the sums: no store is open, or it failed. */
function leftOut(homes: readonly Home[], caller: Caller) {
  const answered = new Set(homes.map(({ replay }) => replay.chronicle.instance_id));
  return askedFor(caller)
    .filter(({ instance_id }) => !answered.has(instance_id))
    .map(({ instance_id, name }) => ({ instance_id, instance_name: name }));
}
