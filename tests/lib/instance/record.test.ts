import assert from 'node:assert/strict';
import { transitionRecord } from '../../../src/lib/instance/record';
import { settled } from './settled';

describe('a transition as it is sent', () => {
  const home = { instance_id: 'home', name: 'Our home' };
  const shared = {
    event: 'transition',
    instance_id: 'home',
    instance_name: 'Our home',
    status: 'unavailable',
    previous_status: 'available',
    state: 'unavailable',
    at: '2023-11-14T22:13:20.000Z',
    since: '2023-11-14T22:13:19.970Z',
    seconds: 60,
    incident_id: null,
  };
  const at = 1_700_000_000_000;

  it('of an entity says where it belongs, or that it belongs nowhere', () => {
    const bare = settled('light.a', at);
    const subject = { ...bare.subject, domain: 'light', device_id: 'd1', config_entry_id: 'e1', area_id: 'kitchen' };
    const placed = { domain: 'light', device_id: 'd1', config_entry_id: 'e1', area_id: 'kitchen' };
    const nowhere = { domain: null, device_id: null, config_entry_id: null, area_id: null };
    const named = { ...shared, kind: 'entity', id: 'light.a', name: 'The light.a' };
    assert.deepEqual(transitionRecord({ ...bare, subject }, home), { ...named, ...placed });
    assert.deepEqual(transitionRecord(bare, home), { ...named, ...nowhere });
  });

  it('of anything else says no more', () => {
    const record = transitionRecord(settled('e1', at, 'unavailable', 'config_entry'), home, 'present');
    assert.deepEqual(record, { ...shared, event: 'present', kind: 'config_entry', id: 'e1', name: 'The e1' });
  });

  it('says which incident explains it', () => {
    assert.equal(transitionRecord(settled('light.a', at), home, 'transition', 'i1').incident_id, 'i1');
  });

  it('keeps to itself what only we need', () => {
    const bare = settled('light.a', at);
    const record = transitionRecord({ ...bare, subject: { ...bare.subject, registry_id: 'secret' } }, home);
    assert.equal(JSON.stringify(record).includes('secret'), false);
  });
});
