import type { Group } from '../../core/figures/groups';
import { type By, groupOf } from '../../core/figures/household';
import { figuresOf, plus, type Sums } from '../../core/figures/sums';
import { chronicleOf } from '../../instance/figures/chronicle';
import { flappingOf } from '../../instance/figures/home-flapping';
import { type HomeSums, sumsOf } from '../../instance/figures/home-sums';
import { inSlices } from '../../instance/figures/slices';
import { Best } from '../best';
import { fromEach, type Kept } from '../kept';
import { type Caller, operation } from '../operation';
import {
  fields,
  flag,
  listOf,
  maybeInstant,
  maybeNumber,
  maybeText,
  number,
  oneOf,
  page,
  record,
  text,
  whole,
} from '../schema';
import {
  figuresRecord,
  periodOf,
  type WindowFields,
  windowAnswer,
  windowFields,
  windowOf,
  windowRecord,
} from './window';

interface ReliabilityFields extends WindowFields {
  readonly by: By;
  readonly limit: number;
  readonly offset: number;
}

/** One group over the homes it is in. */
interface Row {
  readonly key: string;
  readonly name: string;
  readonly integration: string | null;
  readonly homes: readonly HomeSums[];
  readonly sums: Sums;
  readonly entities: number;
  readonly down: number;
  readonly flapping: number;
}

export const reliability = operation<ReliabilityFields>({
  name: 'reliability',
  summary: 'How reliable each integration, device, entity or home was, the worst first.',
  access: 'read',
  replays: true,
  volatile: ['window', 'valid_seconds', 'downtime_seconds', 'reliability_percent', 'mtbf_seconds', 'mttr_seconds'],
  fields: fields({
    by: { ...oneOf('integration', 'device', 'entity', 'instance'), default: 'integration' },
    ...windowFields('7 days'),
    ...page,
  }),
  answer: listOf(
    record({
      by: oneOf('integration', 'device', 'entity', 'instance'),
      id: text,
      name: text,
      integration: maybeText,
      instance_id: { ...maybeText, description: 'Null of an integration that several homes have: see instances' },
      instance_name: maybeText,
      instances: listOf(text),
      total_entities: whole,
      unavailable_count: whole,
      failure_count: whole,
      outage_count: whole,
      success_count: whole,
      heals_failed: whole,
      reliability_percent: maybeNumber,
      mtbf_seconds: maybeNumber,
      mttr_seconds: maybeNumber,
      downtime_seconds: number,
      valid_seconds: number,
      last_failure: maybeInstant,
      flapping: flag,
      flapping_count: whole,
      window: windowAnswer,
    }),
  ),
  run: async (caller, asked) => {
    const window = windowOf(asked, { days: 7 });
    const homes = await fromEach(caller, (home) => rowsOf(home, caller, asked.by, window));
    const best = new Best<Row>(asked.offset + asked.limit, worse);
    for (const rows of asked.by === 'integration' ? [merged(homes.flat())] : homes)
      await inSlices(rows, (row) => best.take(row));
    const body: object[] = [];
    await inSlices(best.from(asked.offset), (row) => body.push(recordOf(row, asked.by)));
    return { body, total: best.total };
  },
});

async function rowsOf(kept: Kept, { now, until }: Caller, by: By, window: WindowFields): Promise<Row[]> {
  const chronicle = await chronicleOf(kept, until);
  const { household, timeZone } = chronicle;
  const [[home], flaps] = await Promise.all([
    sumsOf(chronicle, [periodOf(window, now, timeZone)], [by]),
    flappingOf(chronicle, now),
  ]);
  if (!home) return [];
  const flapping = new Map<string, number>();
  for (const { subject } of flaps) {
    const key = groupOf(by, household, subject);
    if (key !== null) flapping.set(key, (flapping.get(key) ?? 0) + 1);
  }
  const rows: Row[] = [];
  await inSlices(await home.groups(by), (group) => {
    rows.push({ ...group, ...described(group, by, home), homes: [home], flapping: flapping.get(group.key) ?? 0 });
  });
  return rows;
}

function described({ key }: Group, by: By, { chronicle }: HomeSums): Pick<Row, 'name' | 'integration'> {
  const { household, instance_name } = chronicle;
  switch (by) {
    case 'integration':
      return { name: key, integration: key };
    case 'instance':
      return { name: instance_name, integration: null };
    default:
      return { name: household.nameOf(by, key), integration: household.integrationOf({ kind: by, id: key }) };
  }
}

/** The same integration of several homes is one. */
function merged(rows: readonly Row[]): Iterable<Row> {
  const all = new Map<string, Row>();
  for (const row of rows) {
    const known = all.get(row.key);
    all.set(row.key, known ? together(known, row) : row);
  }
  return all.values();
}

function together(one: Row, other: Row): Row {
  return {
    ...one,
    homes: [...one.homes, ...other.homes],
    sums: plus(one.sums, other.sums),
    entities: one.entities + other.entities,
    down: one.down + other.down,
    flapping: one.flapping + other.flapping,
  };
}

/** What was never seen up or down comes last. */
function worse(one: Row, other: Row): number {
  const percent = ({ sums }: Row) => figuresOf(sums).reliability_percent ?? Number.POSITIVE_INFINITY;
  const [a, b] = [percent(one), percent(other)];
  if (a !== b) return a < b ? -1 : 1;
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  return 0;
}

function recordOf({ key, name, integration, homes, sums, entities, down, flapping }: Row, by: By) {
  const chronicles = homes.map(({ chronicle }) => chronicle);
  const only = (names: readonly string[]) => (names.length === 1 ? names.join('') : null);
  const instances = chronicles.map(({ instance_id }) => instance_id);
  return {
    by,
    id: key,
    name,
    integration,
    instance_id: only(instances),
    instance_name: only(chronicles.map(({ instance_name }) => instance_name)),
    instances,
    total_entities: entities,
    unavailable_count: down,
    ...figuresRecord(sums),
    flapping: flapping > 0,
    flapping_count: flapping,
    window: windowRecord(homes),
  };
}
