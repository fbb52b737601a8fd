import assert from 'node:assert/strict';
import type { Attempt } from '../../../src/lib/core/heal/heal';
import { healCommand } from '../../../src/lib/instance/heal-command';
import { healRecord } from '../../../src/lib/instance/heal-record';
import { attempt } from '../core/heal/heal-case';

describe('the answer of a heal', () => {
  const home = { instance_id: 'home', name: 'The home' };
  const told = (more: Partial<Attempt>) => healRecord({ outcome: 'failed', attempt: attempt(more) }, home);

  it('says what forbade the next step', () => {
    const { message } = told({ reason: 'maintenance', message: '2 still down' });
    assert.equal(
      message,
      'Lamp: not healed (2 still down). No further step was taken: the home is in maintenance. Nothing is healed until the window ends.',
    );
    assert.equal(told({ reason: 'still_down', message: '2 still down' }).message, 'Lamp: not healed (2 still down).');
  });

  it('says of HA Boss what HA Boss did', () => {
    const message = 'Lamp: HA Boss did "reload integration" and took that for healed.';
    assert.equal(told({ by: 'ha_boss', outcome: 'healed', message }).message, message);
  });

  it('never took less than no time, whatever the clock was set to', () => {
    assert.equal(told({ began: 5_000, ended: 1_000 }).duration_seconds, 0);
  });

  it('says why a home is not watched here', async () => {
    const idle = { id: 'n', instance_id: 'home', name: 'The home', instance: null, keeping: null, moved: null };
    const heal = (more: object) =>
      healCommand(
        [{ ...idle, refusal: null, ...more }],
        { instance_id: 'home' },
        { entity_id: 'light.a' },
        {
          ...{ by: 'message', levels: ['entity'], dry_run: false, plans: [] },
        },
      );
    const [standing] = await heal({ standby: 'Another Node-RED looks after this home: standing by.' });
    assert.equal(standing?.reason, 'instance_not_ready');
    assert.equal(standing?.message, 'light.a: Another Node-RED looks after this home: standing by.');
    const [refused] = await heal({ refusal: 'url: is missing.' });
    assert.equal(refused?.message, 'light.a: url: is missing.');
  });
});
