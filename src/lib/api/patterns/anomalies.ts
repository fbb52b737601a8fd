import type { Chronicle } from '../../instance/figures/chronicle';
import { chronicleOf } from '../../instance/figures/chronicle';
import { anomaliesOf, type HomeAnomalies } from '../../instance/figures/home-anomalies';
import { replayHome } from '../../instance/figures/home-replay';
import { fromEach, type Kept } from '../kept';
import { type Caller, operation } from '../operation';
import { fields, flag, listOf, maybeText, number, ofInstance, oneOf, page, record, text, whole } from '../schema';
import { type AnomalyRecord, companionsRecord, rateRecord, recurrenceRecord } from './anomaly-record';
import { periodOf, type WindowRecord, windowAnswer, windowRecord } from './window';

interface AnomalyFields {
  readonly days: number;
  readonly limit: number;
  readonly offset: number;
}

interface Looked {
  readonly chronicle: Chronicle;
  readonly window: WindowRecord;
  readonly found: HomeAnomalies;
}

export const anomalies = operation<AnomalyFields>({
  name: 'anomalies',
  summary: 'What fails more than usual, again at the same time, or together; the most striking first.',
  access: 'read',
  replays: true,
  volatile: ['window'],
  // The last one, and as many before as it takes to say what is usual.
  fields: fields({ days: { type: 'integer', minimum: 8, maximum: 366, default: 30 }, ...page }),
  answer: record({
    anomalies: listOf(
      record({
        kind: oneOf('failure_rate', 'recurrence', 'together'),
        ...ofInstance,
        integration: maybeText,
        entities: listOf(text),
        score: number,
        severity: oneOf('low', 'medium', 'high'),
        explanation: text,
        evidence: { type: 'object' },
      }),
    ),
    instances: listOf(
      record({
        ...ofInstance,
        window: windowAnswer,
        baseline_days: { ...whole, description: 'Days that the last one was compared with; fewer than 7 are too few' },
        capped: { ...flag, description: 'So much went down at once that not all of it was compared' },
      }),
    ),
  }),
  run: async (caller, { days, limit, offset }) => {
    const homes = await fromEach(caller, (kept) => lookedAt(kept, caller, days));
    const all = homes.flatMap(recordsOf).sort((one, other) => RANK[other.severity] - RANK[one.severity]);
    const instances = homes.map(({ chronicle: { instance_id, instance_name }, window, found }) => {
      const { baseline_days, capped } = found;
      return { instance_id, instance_name, window, baseline_days, capped };
    });
    return { body: { anomalies: all.slice(offset, offset + limit), instances }, total: all.length };
  },
});

const RANK = { low: 0, medium: 1, high: 2 } as const;

async function lookedAt(kept: Kept, { now, until }: Caller, days: number): Promise<Looked> {
  const chronicle = await chronicleOf(kept, until);
  const [home] = await replayHome(chronicle, [periodOf({ days }, now, chronicle.timeZone)]);
  return { chronicle, window: windowRecord([home]), found: await anomaliesOf(home) };
}

function recordsOf({ chronicle, found }: Looked): AnomalyRecord[] {
  const { rates, recurrences, together } = found;
  return [
    ...rates.map((one) => rateRecord(one, chronicle)),
    ...recurrences.map((one) => recurrenceRecord(one, chronicle)),
    ...together.map((one) => companionsRecord(one, chronicle)),
  ];
}
