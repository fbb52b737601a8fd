import assert from 'node:assert/strict';
import { registered, TestHome } from './test-home';

const identities = ({ settled }: TestHome) =>
  settled.map(({ subject, status }) => `${subject.id} ${subject.registry_id ?? '-'} ${status}`);

describe('an entity made while it is watched', () => {
  const home = () => new TestHome().registry([]).snapshot({}).live();

  it('is not judged before the registry says who it is, so that a later rename finds it', () => {
    const one = home();
    one.tracker.expect('light.new');
    one.add({ 'light.new': 'on' }).until(1);
    assert.deepEqual(identities(one), []);
    one.registry([registered('light.new')]);
    assert.deepEqual(identities(one), ['light.new r-light.new available']);
  });

  it('is judged at once when it stands in no registry', () => {
    const one = home().add({ 'light.yaml': 'on' });
    assert.deepEqual(identities(one), ['light.yaml - available']);
  });

  it('goes on being judged when it was known before it was registered', () => {
    const one = home().add({ 'light.yaml': 'on' }).until(10);
    one.tracker.expect('light.yaml');
    one.add({ 'light.yaml': 'unavailable' }).until(60);
    assert.deepEqual(one.told, ['40 light.yaml available > unavailable since 10']);
  });
});

describe('an entity renamed a moment ago', () => {
  it('is told with its device and entry, and chosen by them, before the registry is read again', () => {
    const one = new TestHome()
      .registry([registered('light.a', { device_id: 'd', config_entry_id: 'e' })])
      .snapshot({ 'light.a': 'on' })
      .live()
      .add({ 'light.a': 'unavailable' })
      .until(29);
    one.tracker.rename('light.a', 'light.b');
    one.add({ 'light.b': 'unavailable' }).until(31);
    const { subject } = one.settled.at(-1) ?? assert.fail('nothing was told');
    assert.deepEqual([subject.id, subject.device_id, subject.config_entry_id], ['light.b', 'd', 'e']);
    assert.equal(one.tracker.traits(subject)?.integrations[0], registered('light.a').platform);
  });
});
