import type { Causes, Failure } from './causes';
import { type By, groupOf, type Household } from './household';
import type { Outage, Period } from './replay';

/** Whose failures are looked for, and when. */
export interface Look {
  readonly by: By;
  readonly household: Household;
  readonly period: Period;
}

/**
 * What began in the period and counts as a failure: each incident once, and each outage of an entity that no incident
 * explains.
 */
export function* failuresOf(
  { by, household, period }: Look,
  outages: Iterable<Outage>,
  causes: Causes,
): Iterable<Failure> {
  for (const failure of causes.failures((one) => groupOf(by, household, one)))
    if (failure.at >= period.from && failure.at < period.to) yield failure;
  for (const { subject, since, begun } of outages) {
    if (subject.kind !== 'entity' || !begun || since === null || causes.of(subject, since)) continue;
    const group = groupOf(by, household, subject);
    if (group !== null) yield { group, at: since };
  }
}
