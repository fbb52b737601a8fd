import type { Incident } from '../../core/incident/incident';
import type { IncidentRecord } from '../../instance/incident-record';
import { recordPages } from '../../instance/record-pages';
import type { StoredRecord } from '../../store/stored-record';
import { Best } from '../best';
import { fromEach, type Kept, namespaceOf } from '../kept';
import { type Caller, operation, type Reply } from '../operation';
import { fields, listOf, page } from '../schema';
import { incidentAnswer, openIncident, storedIncident } from './incident-item';

interface Fields {
  readonly state: 'open' | 'resolved' | 'all';
  readonly hours: number;
  readonly limit: number;
  readonly offset: number;
}

export const incidents = operation<Fields>({
  name: 'incidents',
  summary: 'What is wrong, traced to its causes: open incidents, and those of the last hours that are over.',
  access: 'read',
  volatile: ['duration_seconds'],
  fields: fields({
    state: { enum: ['open', 'resolved', 'all'], default: 'open' },
    hours: { type: 'integer', minimum: 1, maximum: 168, default: 24 },
    ...page,
  }),
  answer: listOf(incidentAnswer),
  run: (caller, asked) => reply(caller, asked),
});

const HOUR_MS = 3_600_000;
/** Records read in one go: each may name thousands of entities. */
const AT_ONCE = 20;

/** Where an incident lies: of those that are on no page no more is kept. */
interface Place {
  readonly since: number;
  fetch(): Promise<IncidentRecord[]>;
}

async function reply(caller: Caller, { limit, offset, ...asked }: Fields): Promise<Reply> {
  const newest = () => new Best<Place>(offset + limit, (one, other) => other.since - one.since);
  const all = newest();
  let total = 0;
  for (const found of await fromEach(caller, (home) => foundIn(home, asked, caller, newest()))) {
    total += found.total;
    for (const place of found.from(0)) all.take(place);
  }
  const body: IncidentRecord[] = [];
  for (const place of all.from(offset)) body.push(...(await place.fetch()));
  return { body, total };
}

/** What is open of a home that runs is known; all else is in the store. */
async function foundIn(
  home: Kept,
  { state, hours }: Pick<Fields, 'state' | 'hours'>,
  { now, until }: Caller,
  found: Best<Place>,
): Promise<Best<Place>> {
  const { instance } = home;
  const open = state === 'resolved' ? [] : (instance?.incidents.all() ?? []);
  for (const incident of open)
    found.take({ since: incident.since, fetch: async () => [openIncident(incident, home, now)] });
  const namespace = await namespaceOf(home);
  const take = ({ id, body }: StoredRecord) => {
    // Retention may take one meanwhile.
    const fetch = async () => (await namespace.records({ kind: 'incident', id, limit: 1 })).map(told);
    found.take({ since: (body as Incident).since, fetch });
  };
  const told = (one: StoredRecord) => storedIncident(one, home, now);
  const add = async (query: { open: boolean; from?: number }) => {
    const pages = recordPages(namespace, { kind: 'incident', ...query }, { atOnce: AT_ONCE, until });
    for await (const page of pages) for (const one of page) take(one);
  };
  if (state !== 'resolved' && !instance) await add({ open: true });
  if (state !== 'open') await add({ open: false, from: now - hours * HOUR_MS });
  return found;
}
