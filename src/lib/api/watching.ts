import type { Operation } from './operation';
import { entities } from './watching/entities';
import { entity } from './watching/entity';
import { entityHistory } from './watching/entity-history';
import { health } from './watching/health';
import { incident } from './watching/incident';
import { incidents } from './watching/incidents';
import { instances } from './watching/instances';
import { status } from './watching/status';

/** What is seen of the homes. */
export const WATCHING_OPERATIONS: readonly Operation[] = [
  instances,
  status,
  health,
  entities,
  entity,
  entityHistory,
  incidents,
  incident,
];
