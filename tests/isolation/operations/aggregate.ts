import assert from 'node:assert/strict';
import { CATALOGUE } from '../../../src/lib/api/catalogue';
import type { FlowNode } from '../../support/node-red';
import { A } from '../flows';
import { type Operation, operationsOf } from '../operation';
import type { World } from '../world';
import { ALL_OF_A, type Answers, asks, NOT_FOUND, ofA, ofB, type Question, refused } from './asked';

const entity = { entity_id: 'sensor.lab_1_sensor_1' };
const QUESTIONS: readonly Question[] = [
  ...['status', 'instances', 'suppressed', 'maintenance', 'plans', 'backups', 'diagnostics'],
  ...['reliability', 'failures', 'summary', 'flapping', 'anomalies'],
]
  .map((query): Question => ({ query }))
  .concat([
    { query: 'incidents', state: 'all' },
    { query: 'entities', limit: 0 },
    { query: 'entity', ...entity },
    { query: 'entity_history', ...entity },
    { query: 'healing_history', hours: 24, limit: 0 },
    { query: 'plan', ...entity },
  ]);

const PROBES: readonly Question[] = [{ query: 'health' }, { query: 'metrics' }];

/** What there is one of, by the ids that A itself tells. */
async function things(world: World): Promise<Answers> {
  const incidents = await world.ask('aggregate', 'a', { payload: { query: 'incidents', state: 'all' } });
  const heals = await world.ask('aggregate', 'a', { payload: { query: 'healing_history' } });
  const [{ incident_id } = assert.fail()] = incidents as unknown as { incident_id: string }[];
  const [{ attempt_id } = assert.fail()] = heals['actions'] as { attempt_id: string }[];
  return asks('aggregate', [
    { query: 'incident', incident_id },
    { query: 'attempt', attempt_id },
  ])(world);
}

/** Whatever changes something is refused, and changes nothing. */
const commands = [...CATALOGUE.values()]
  .filter(({ access }) => access === 'write')
  .map(({ name }) => ({ query: name }));

function watching(world: World): Promise<unknown> {
  const live: FlowNode = {
    ...{ id: 'live', type: 'caretaker-aggregate', z: 'tab-a', instances: [`node-${A}`] },
    ...{ query: 'status', live: true, wires: [['told-a']] },
  };
  world.begin();
  return world
    .change({ live })
    .then(() => world.told('a', ({ instance_id, payload }) => instance_id === A && payload?.['state'] === 'running'));
}

const one = operationsOf('caretaker-aggregate');

export const AGGREGATE_OPERATIONS: readonly Operation[] = [
  // They write a word into the store, to see that they can.
  one('health and metrics', { shows: 'rows', says: ALL_OF_A }, asks('aggregate', PROBES)),
  one('every other query', ALL_OF_A, asks('aggregate', QUESTIONS)),
  one('every other query by id', ALL_OF_A, asks('aggregate', QUESTIONS, ofA, 'all')),
  one('one thing', ALL_OF_A, things),
  one('every query of a home it is not bound to', NOT_FOUND, refused('aggregate', QUESTIONS, ofB)),
  one('every command', /^\[("bad_input",?){10,}\]$/, refused('aggregate', commands)),
  one('live', 'told', watching),
];
