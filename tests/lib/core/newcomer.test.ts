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
