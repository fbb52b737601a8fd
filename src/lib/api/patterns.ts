import type { Operation } from './operation';
import { anomalies } from './patterns/anomalies';
import { failures } from './patterns/failures';
import { flapping } from './patterns/flapping';
import { reliability } from './patterns/reliability';
import { summary } from './patterns/summary';

/** What can be asked about how homes fare over time. */
export const PATTERN_OPERATIONS: readonly Operation[] = [reliability, failures, summary, flapping, anomalies];
