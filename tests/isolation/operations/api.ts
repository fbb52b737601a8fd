import { A } from '../flows';
import { type Operation, operationsOf } from '../operation';

const api = operationsOf('caretaker-api');

export const API_OPERATIONS: readonly Operation[] = [
  api('makes a key', /"sha256":"[0-9a-f]{64}"/, (world) => world.post('/caretaker/api/keys', {}), {
    route: 'POST /caretaker/api/keys',
  }),
  api('says what is to come', /"not_implemented"/, (world) =>
    world.post(`/api-all/discovery/refresh?instance_id=${A}`, {}),
  ),
  api('knows only the homes of its node', new RegExp(`Available instances: \\['${A}'\\]`), (world) =>
    world.get('/api-a/automations?instance_id=home_2'),
  ),
];
