import { heal, healEntity } from './healing/heal';
import { attempt, healingHistory } from './healing/history';
import { endMaintenance, maintenance, startMaintenance } from './healing/maintenance';
import { plan, plans } from './healing/plans';
import { suppress, suppressEntity, suppressed, unsuppress, unsuppressEntity } from './healing/suppressions';

export const HEALING_OPERATIONS = [
  healEntity,
  heal,
  healingHistory,
  attempt,
  suppressed,
  suppress,
  suppressEntity,
  unsuppress,
  unsuppressEntity,
  plans,
  plan,
  maintenance,
  startMaintenance,
  endMaintenance,
];
