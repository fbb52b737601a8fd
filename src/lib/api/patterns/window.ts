import type { Period } from '../../core/figures/replay';
import { figuresOf, type Sums } from '../../core/figures/sums';
import { daysBefore } from '../../core/local-time';
import { CaretakerError } from '../../error';
import type { HomeSums } from '../../instance/figures/home-sums';
import { instant, number, record, type Schema } from '../schema';

const HOUR_MS = 3_600_000;

/** The window that is asked for. */
export interface WindowFields {
  readonly days?: number;
  readonly hours?: number;
}

export function windowFields(otherwise: string): Readonly<Record<'days' | 'hours', Schema>> {
  const description = `The window, up to now; default ${otherwise}. Days are calendar days in the home's own time zone`;
  return {
    days: { type: 'integer', minimum: 1, maximum: 366, description },
    hours: { type: 'number', minimum: 1, maximum: 8784 },
  };
}

/** @throws CaretakerError bad_input */
export function windowOf({ days, hours }: WindowFields, otherwise: WindowFields): WindowFields {
  if (days !== undefined && hours !== undefined) throw new CaretakerError('bad_input', 'days, hours: set only one.');
  return days === undefined && hours === undefined ? otherwise : { ...(days ? { days } : { hours: hours ?? 1 }) };
}

/** The window in one home. */
export function periodOf({ days, hours }: WindowFields, now: number, timeZone: string): Period {
  const from = days === undefined ? now - (hours ?? 1) * HOUR_MS : daysBefore(now, days, timeZone);
  return { from, to: now };
}

/** What a figure really covers, and what of it was left out. */
export interface WindowRecord {
  readonly from: string;
  readonly to: string;
  /** Left out, over all its homes. */
  readonly unreachable_seconds: number;
  readonly maintenance_seconds: number;
}

export const windowAnswer = record({
  from: instant,
  to: instant,
  unreachable_seconds: number,
  maintenance_seconds: number,
});

type Covered = Pick<HomeSums, 'period' | 'unreachable_ms' | 'maintenance_ms'>;

export function windowRecord(homes: readonly Covered[]): WindowRecord {
  const froms = homes.map(({ period }) => period.from);
  const tos = homes.map(({ period }) => period.to);
  const sum = (of: (home: Covered) => number) => homes.reduce((all, home) => all + of(home), 0) / 1000;
  return {
    from: new Date(Math.min(...froms)).toISOString(),
    to: new Date(Math.max(...tos)).toISOString(),
    unreachable_seconds: sum(({ unreachable_ms }) => unreachable_ms),
    maintenance_seconds: sum(({ maintenance_ms }) => maintenance_ms),
  };
}

/** Sums as they cross a boundary. */
export function figuresRecord(sums: Sums) {
  const { reliability_percent, mtbf_seconds, mttr_seconds } = figuresOf(sums);
  return {
    failure_count: sums.failure_count,
    outage_count: sums.outage_count,
    success_count: sums.heals_succeeded,
    heals_failed: sums.heals_failed,
    reliability_percent,
    mtbf_seconds,
    mttr_seconds,
    downtime_seconds: sums.down_ms / 1000,
    valid_seconds: sums.valid_ms / 1000,
    last_failure: sums.last_failure === null ? null : new Date(sums.last_failure).toISOString(),
  };
}
