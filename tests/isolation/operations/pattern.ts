import { type Operation, operationsOf } from '../operation';
import { ALL_OF_A, asks, NOT_FOUND, ofB, refused } from './asked';

const FIGURES = [
  { query: 'reliability' },
  { query: 'reliability', by: 'entity', hours: 24, limit: 0 },
  { query: 'reliability', by: 'instance' },
  { query: 'failures', hours: 24, limit: 0 },
  { query: 'summary', days: 7 },
  { query: 'flapping', limit: 0 },
  { query: 'anomalies', days: 30 },
];

const one = operationsOf('caretaker-pattern');

export const PATTERN_OPERATIONS: readonly Operation[] = [
  one('every figure', ALL_OF_A, asks('pattern', FIGURES)),
  one('every figure of a home it is not bound to', NOT_FOUND, refused('pattern', FIGURES, ofB)),
];
