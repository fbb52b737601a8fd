import assert from 'node:assert/strict';
import type { Explained, Incident, Root, RootKind } from '../../../../src/lib/core/incident/incident';
import { incidentGoals } from '../../../../src/lib/core/incident/incident-target';

function incident(kind: RootKind, explained: Explained[] = [], targets: Root[] = []): Incident {
  return {
    ...{
      incident_id: 'i',
      root: { kind, id: 'x', name: 'X' },
      confidence: 1,
      explained,
      unexplained: [],
      recovered: [],
    },
    ...{ since: 0, opened_at: 0, updated_at: 0, resolved_at: null, resolution: null, duration_seconds: 0 },
    ...{ merged_into: null, split_from: null },
    suggested_action: { action: 'reload_config_entry', targets, recoverable: true, state: null },
  };
}

const down = (kind: Explained['kind'], id: string): Explained => ({
  kind,
  id,
  name: id,
  status: 'unavailable',
  since: 0,
});
const root = (kind: RootKind, id: string): Root => ({ kind, id, name: id });
const entries = (...ids: string[]) => ids.map((id) => ({ kind: 'config_entry', id }));

describe('incidentGoals', () => {
  const rows: [string, Incident, unknown][] = [
    ['an entity', incident('entity', [down('entity', 'x')]), [{ kind: 'entity', id: 'x' }]],
    ['a device', incident('device', [down('entity', 'y')]), [{ kind: 'device', id: 'x' }]],
    ['an entry', incident('config_entry', [down('entity', 'y')]), entries('x')],
    [
      'an integration: each entry that is down',
      incident(
        'integration',
        [down('config_entry', 'e'), down('entity', 'y'), down('config_entry', 'f')],
        [root('config_entry', 'g')],
      ),
      entries('e', 'f'),
    ],
    [
      'an integration whose entries are loaded',
      incident('integration', [down('entity', 'y')], [root('config_entry', 'e'), root('config_entry', 'f')]),
      entries('e', 'f'),
    ],
    [
      'an integration nobody knows the entries of',
      incident('integration', [down('entity', 'y')], [root('integration', 'x')]),
      [],
    ],
    ['an area', incident('area', [down('entity', 'y')], [root('area', 'x')]), []],
    ['the home', incident('instance', [], [root('instance', 'x')]), []],
  ];
  for (const [name, one, expected] of rows) it(name, () => assert.deepEqual(incidentGoals(one), expected));
});
