import type { UnusualRate } from '../../core/figures/failure-rate';
import { mostOf } from '../../core/figures/household';
import type { Recurrence } from '../../core/figures/recurrence';
import type { Companions } from '../../core/figures/together';
import type { Chronicle } from '../../instance/figures/chronicle';

type Severity = 'low' | 'medium' | 'high';

/** Something out of the ordinary as it crosses a boundary. */
export interface AnomalyRecord {
  readonly kind: 'failure_rate' | 'recurrence' | 'together';
  readonly instance_id: string;
  readonly instance_name: string;
  readonly integration: string | null;
  readonly entities: readonly string[];
  readonly score: number;
  readonly severity: Severity;
  readonly explanation: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
/** Entities that a sentence names. */
const NAMED = 3;

export function rateRecord(rate: UnusualRate, chronicle: Chronicle): AnomalyRecord {
  const { group, failures, usual, days, score } = rate;
  return {
    kind: 'failure_rate',
    ...homeOf(chronicle),
    integration: group,
    entities: [],
    score,
    severity: severityOf(score, 6, 10),
    explanation: `${group} failed ${times(failures)} in the last 24 hours; ${usual} a day is usual.`,
    evidence: { failures_last_day: failures, usual_per_day: usual, baseline_days: days },
  };
}

export function recurrenceRecord(recurrence: Recurrence, chronicle: Chronicle): AnomalyRecord {
  const { group, every, weekday, hour, count, times: on, total } = recurrence;
  const score = (count / total) * Math.min(1, count / 10);
  const clock = `${String(hour).padStart(2, '0')}:00`;
  const when = weekday === null ? `in the hour from ${clock}` : `on ${WEEKDAYS[weekday]} within an hour of ${clock}`;
  return {
    kind: 'recurrence',
    ...homeOf(chronicle),
    integration: group,
    entities: [],
    score,
    severity: severityOf(score, 0.4, 0.8),
    explanation: `${group} failed ${when} ${count} of ${times(total)}, ${on} different ${every}s (${chronicle.timeZone}).`,
    evidence: { every, weekday, hour, time_zone: chronicle.timeZone, count, [`${every}s`]: on, total },
  };
}

export function companionsRecord(companions: Companions, chronicle: Chronicle): AnomalyRecord {
  const { entities, common, jaccard } = companions;
  const { household } = chronicle;
  const integrations = entities.map((id) => household.integrationOf({ kind: 'entity', id }));
  const score = jaccard * Math.min(1, common / 5);
  const names = entities.slice(0, NAMED).map((id) => household.nameOf('entity', id));
  const more = entities.length > NAMED ? ` and ${entities.length - NAMED} more` : '';
  return {
    kind: 'together',
    ...homeOf(chronicle),
    integration: new Set(integrations).size === 1 ? mostOf(integrations) : null,
    entities,
    score,
    severity: severityOf(score, 0.5, 0.8),
    explanation: `${names.join(', ')}${more} went down within five minutes of each other ${times(common)}, and no cause is known.`,
    evidence: { common, jaccard },
  };
}

function homeOf({ instance_id, instance_name }: Chronicle) {
  return { instance_id, instance_name };
}

function severityOf(score: number, medium: number, high: number): Severity {
  if (score >= high) return 'high';
  return score >= medium ? 'medium' : 'low';
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
