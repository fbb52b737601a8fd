import assert from 'node:assert/strict';
import type { Incident } from '../../../src/lib/core/incident/incident';
import { incidentRecord } from '../../../src/lib/instance/incident-record';

describe('an incident as it is sent', () => {
  const at = 1_700_000_000_000;
  const incident: Incident = {
    incident_id: 'i1',
    root: { kind: 'config_entry', id: 'e1', name: 'Hue' },
    confidence: 0.9,
    explained: [{ kind: 'entity', id: 'light.a', name: 'A', status: 'unavailable', since: at }],
    unexplained: [{ kind: 'entity', id: 'light.b', name: 'B' }],
    recovered: [],
    since: at,
    opened_at: at + 30_000,
    updated_at: at + 60_000,
    resolved_at: null,
    resolution: null,
    duration_seconds: 60,
    suggested_action: { action: 'reload_config_entry', targets: [], recoverable: true, state: 'setup_error' },
    merged_into: null,
    split_from: null,
  };

  it('names its home and has its instants in UTC', () => {
    assert.deepEqual(incidentRecord(incident, { instance_id: 'home', name: 'Our home' }, 'opened'), {
      event: 'opened',
      incident_id: 'i1',
      instance_id: 'home',
      instance_name: 'Our home',
      root: { kind: 'config_entry', id: 'e1', name: 'Hue' },
      confidence: 0.9,
      explained: [
        { kind: 'entity', id: 'light.a', name: 'A', status: 'unavailable', since: '2023-11-14T22:13:20.000Z' },
      ],
      unexplained: [{ kind: 'entity', id: 'light.b', name: 'B' }],
      recovered: [],
      since: '2023-11-14T22:13:20.000Z',
      at: '2023-11-14T22:14:20.000Z',
      duration_seconds: 60,
      suggested_action: { action: 'reload_config_entry', targets: [], recoverable: true, state: 'setup_error' },
      resolution: null,
      merged_into: null,
      split_from: null,
    });
  });
});
