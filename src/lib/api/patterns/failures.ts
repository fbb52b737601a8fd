import type { Outage } from '../../core/figures/replay';
import { isDown } from '../../core/health';
import type { Kind, Status } from '../../core/subject';
import { Breath } from '../../instance/breath';
import { chronicleOf } from '../../instance/figures/chronicle';
import { type HomeReplay, replayHome, type Which } from '../../instance/figures/home-replay';
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
  ofInstance,
  oneOf,
  page,
  record,
  text,
} from '../schema';
import { periodOf, type WindowFields, windowFields, windowOf } from './window';

interface FailureFields extends WindowFields {
  readonly kind: Kind;
  readonly integration?: string;
  readonly entity_id?: string;
  readonly limit: number;
  readonly offset: number;
}

/** An outage, and the home it was in. */
interface Found {
  readonly home: HomeReplay;
  readonly outage: Outage;
}

/** How an outage began. */
type Begin = Pick<Outage, 'seq' | 'since' | 'state'> & { readonly status: Status };

const id = { type: 'string', minLength: 1, maxLength: 255 };
/** Changes from one bad status to another that are looked back through. */
const LOOK_BACK = 100;

export const failures = operation<FailureFields>({
  name: 'failures',
  summary: 'What was down, and for how long; the newest first.',
  access: 'read',
  replays: true,
  volatile: ['duration_seconds'],
  fields: fields({
    ...windowFields('24 hours'),
    kind: { ...oneOf('entity', 'device', 'config_entry', 'instance'), default: 'entity' },
    integration: id,
    entity_id: id,
    limit: { ...page.limit, maximum: 500, default: 50 },
    offset: page.offset,
  }),
  answer: listOf(
    record({
      id: text,
      ...ofInstance,
      kind: oneOf('entity', 'device', 'config_entry', 'instance'),
      subject_id: text,
      name: text,
      entity_id: maybeText,
      integration: maybeText,
      state: { ...maybeText, description: "Home Assistant's own word; null when its facts are gone" },
      status: oneOf('unavailable', 'unknown', 'stale', 'missing'),
      timestamp: { ...maybeInstant, description: 'When it began; null when its facts are gone' },
      resolved: flag,
      resolution_time: maybeInstant,
      duration_seconds: { ...maybeNumber, description: 'So far, when it is not resolved; null when nobody knows' },
      incident_id: maybeText,
    }),
  ),
  run: async (caller, asked) => {
    const window = windowOf(asked, { hours: 24 });
    const best = new Best<Found>(asked.offset + asked.limit, newer);
    for (const home of await fromEach(caller, (kept) => replayed(kept, caller, asked, window)))
      await inSlices(home.replay.outages, (outage) => isAsked(outage, home, asked) && best.take({ home, outage }));
    const page: FailureRecord[] = [];
    const breath = new Breath();
    for (const found of best.from(asked.offset)) {
      if (breath.due) await breath.take();
      page.push(await recordOf(found, caller.now));
    }
    // When one began that was down before the window is known only now.
    page.sort((one, other) => (other.began ?? 0) - (one.began ?? 0));
    return { body: page.map(({ record }) => record), total: best.total };
  },
});

async function replayed(
  kept: Kept,
  { now, until }: Caller,
  asked: FailureFields,
  window: WindowFields,
): Promise<HomeReplay> {
  const chronicle = await chronicleOf(kept, until);
  const which: Which = asked.entity_id === undefined ? asked : { kind: 'entity', id: asked.entity_id };
  const { kind, id } = which;
  const [home] = await replayHome(chronicle, [periodOf(window, now, chronicle.timeZone)], { kind, id });
  // Ends the outages of those that were forgotten.
  await inSlices(home.replay.tallies(), () => undefined);
  return home;
}

function isAsked({ subject }: Outage, { chronicle }: HomeReplay, { integration }: FailureFields): boolean {
  return integration === undefined || chronicle.household.integrationOf(subject) === integration;
}

/** What began nobody knows when comes last. */
function newer({ outage: one }: Found, { outage: other }: Found): number {
  return (other.since ?? 0) - (one.since ?? 0) || (other.seq ?? 0) - (one.seq ?? 0);
}

async function recordOf({ home, outage }: Found, now: number) {
  const { chronicle, causes } = home;
  const { instance_id, instance_name, household } = chronicle;
  const { subject, until, lost } = outage;
  const begin = outage.seq === null ? await beginOf(home, outage) : outage;
  const { since } = begin;
  const end = until ?? (lost ? null : now);
  const record = {
    id: `${instance_id}:${begin.seq ?? `${subject.kind}:${subject.id}`}`,
    instance_id,
    instance_name,
    kind: subject.kind,
    subject_id: subject.id,
    name: subject.name,
    entity_id: subject.kind === 'entity' ? subject.id : null,
    integration: household.integrationOf(subject),
    state: begin.state,
    status: begin.status,
    timestamp: since === null ? null : new Date(since).toISOString(),
    resolved: until !== null,
    resolution_time: until === null ? null : new Date(until).toISOString(),
    duration_seconds: since === null || end === null ? null : Math.max(0, end - since) / 1000,
    incident_id: since === null ? null : (causes.of(subject, since)?.incident_id ?? null),
  };
  return { record, began: since };
}

type FailureRecord = Awaited<ReturnType<typeof recordOf>>;

/** It began before what was read: the last fact before that says how, or the first of several bad ones in a row. */
async function beginOf({ chronicle, period }: HomeReplay, { subject, since, state, status }: Outage): Promise<Begin> {
  const { kind, id } = subject;
  const query = { kind, id, to: period.from, newest_first: true, limit: LOOK_BACK };
  let begin: Begin = { seq: null, since, state, status };
  for (const fact of await chronicle.namespace.transitions(query)) {
    if (!isDown(fact.status)) break;
    begin = fact;
  }
  return begin;
}
