import { Breath } from '../../instance/breath';
import type { IncidentRecord } from '../../instance/incident-record';
import type { Namespace } from '../../store/store';
import type { StoredRecord } from '../../store/stored-record';
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

async function reply(caller: Caller, { limit, offset, ...asked }: Fields): Promise<Reply> {
  const lists = await fromEach(caller, (home) => incidentsOf(home, asked, caller.now));
  const all = lists.flat().sort((one, other) => Date.parse(other.since) - Date.parse(one.since));
  return { body: all.slice(offset, offset + limit), total: all.length };
}

/** What is open of a home that runs is known; all else is in the store. */
async function incidentsOf(
  home: Kept,
  { state, hours }: Pick<Fields, 'state' | 'hours'>,
  now: number,
): Promise<IncidentRecord[]> {
  const { instance } = home;
  const open = state === 'resolved' ? [] : (instance?.incidents.all() ?? []);
  const found = open.map((incident) => openIncident(incident, home, now));
  const add = async (query: { open: boolean; from?: number }) => {
    for await (const one of stored(await namespaceOf(home), query)) found.push(storedIncident(one, home, now));
  };
  if (state !== 'resolved' && !instance) await add({ open: true });
  if (state !== 'open') await add({ open: false, from: now - hours * HOUR_MS });
  return found;
}

async function* stored(
  namespace: Namespace,
  query: { readonly open: boolean; readonly from?: number },
): AsyncIterable<StoredRecord> {
  const breath = new Breath();
  for (let after = 0; ; ) {
    const records = await namespace.records({ kind: 'incident', ...query, after, limit: AT_ONCE });
    for (const one of records) {
      if (breath.due) await breath.take();
      yield one;
    }
    if (records.length < AT_ONCE) return;
    after = records.at(-1)?.seq ?? Number.POSITIVE_INFINITY;
  }
}
