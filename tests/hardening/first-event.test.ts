import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { FirstEvent } from '../../src/lib/instance/first-event';
import { nothingUnhandled } from './quiet';

describe('a subscription that is answered', () => {
  let life: AbortController;

  beforeEach(() => {
    life = new AbortController();
    mock.timers.enable({ apis: ['setTimeout'] });
  });
  afterEach(() => mock.timers.reset());
  // Its own waiting needs the true clock back.
  nothingUnhandled();

  it('but whose first event never comes ends in time', async () => {
    const first = new FirstEvent('config_entries/subscribe', life.signal);
    mock.timers.tick(29_999);
    assert.equal(first.pending, true);
    mock.timers.tick(1);
    await assert.rejects(first.taken, { code: 'command_timeout' });
  });

  it('is over with its connection, whether anybody waits or not', async () => {
    const first = new FirstEvent('config_entries/subscribe', life.signal);
    life.abort();
    await assert.rejects(first.taken, { code: 'connection_lost' });
    await assert.rejects(new FirstEvent('late', life.signal).taken, { code: 'connection_lost' });
    new FirstEvent('nobody waits', life.signal);
  });

  it('passes on what taking its first event in threw', async () => {
    const first = new FirstEvent('config_entries/subscribe', life.signal);
    first.take(() => {
      throw new Error('wrong home');
    });
    await assert.rejects(first.taken, /wrong home/);
    assert.equal(first.pending, false);
  });
});
