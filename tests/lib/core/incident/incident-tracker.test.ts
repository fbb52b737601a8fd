import assert from 'node:assert/strict';
import { type HomeView, membersOf } from '../../../../src/lib/core/incident/home-view';
import { Incidents } from '../../../../src/lib/core/incident/incidents';
import { configEntry, device, registered, T0, TestHome } from '../test-home';

function viewOf({ tracker }: TestHome): HomeView {
  return {
    instance: { id: 'home', name: 'Home' },
    reachable: true,
    reachableSince: T0,
    get revision() {
      return tracker.revision;
    },
    members: () => membersOf(tracker.all(), tracker.registry),
    down: () => tracker.down,
    isMasked: () => false,
    reauth: new Set(),
  };
}

/** A bridge and three lamps of two entities each, in the shape given. */
function bridged(shape: 'before 2026.8' | 'since 2026.9'): TestHome {
  const lamps = ['lamp1', 'lamp2', 'lamp3'];
  const ids = lamps.flatMap((lamp) => [`light.${lamp}`, `sensor.${lamp}`]);
  const link = shape === 'before 2026.8' ? { via_device_id: 'bridge' } : { parent_device_id: 'bridge' };
  const home = new TestHome().entries(configEntry('e1', 'loaded', { title: 'Hue' }));
  home.registry(
    ids.map((id) => registered(id, { config_entry_id: 'e1', device_id: id.slice(id.indexOf('.') + 1) })),
    [device('bridge'), ...lamps.map((lamp) => device(lamp, { ...link, area_id: 'kitchen', config_entry_ids: ['e1'] }))],
  );
  return home.snapshot(Object.fromEntries(ids.map((id) => [id, 'on']))).live();
}

describe('incidents of what the tracker says', () => {
  for (const shape of ['before 2026.8', 'since 2026.9'] as const) {
    it(`an entry that fails takes all with it, devices as they were described ${shape}`, () => {
      const home = bridged(shape);
      const incidents = new Incidents();
      assert.deepEqual(incidents.evaluate(home.now, viewOf(home)), []);
      home.until(10).set(Object.fromEntries([...home.tracker.entities.keys()].map((id) => [id, 'unavailable'])));
      home.entry(configEntry('e1', 'setup_retry', { title: 'Hue' })).until(40);
      assert.deepEqual(incidents.evaluate(home.now, viewOf(home)), []);
      assert.equal(incidents.due, T0 + 70_000);
      home.until(70);
      const [opened, ...others] = incidents.evaluate(home.now, viewOf(home));
      assert.deepEqual(others, []);
      assert.deepEqual(opened?.incident.root, { kind: 'config_entry', id: 'e1', name: 'Hue' });
      assert.deepEqual(opened.incident.explained.length, 1 + 3 + 6);
      assert.deepEqual(opened.incident.since, T0 + 10_000);
      home.set(Object.fromEntries([...home.tracker.entities.keys()].map((id) => [id, 'on'])));
      home.entry(configEntry('e1', 'loaded', { title: 'Hue' })).until(90);
      const [resolved] = incidents.evaluate(home.now, viewOf(home));
      assert.equal(resolved?.event, 'resolved');
      assert.equal(resolved.incident.resolution, 'recovered');
    });
  }

  it('an entity that is disabled is no subject any more', () => {
    const home = bridged('before 2026.8');
    const incidents = new Incidents();
    home.set({ 'light.lamp1': 'unavailable' }).until(30);
    incidents.evaluate(home.now, viewOf(home));
    home.until(120);
    assert.equal(incidents.evaluate(home.now, viewOf(home))[0]?.event, 'opened');
    home.registry([registered('light.lamp1', { disabled: true }), registered('sensor.lamp1')], []);
    assert.equal(incidents.evaluate(home.now, viewOf(home))[0]?.incident.resolution, 'removed');
  });
});
