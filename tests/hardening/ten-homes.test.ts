import assert from 'node:assert/strict';
import { tenHomes } from '../../bench/ten-homes';
import { nothingUnhandled } from './quiet';

describe('ten homes', () => {
  nothingUnhandled();

  it('one killed, one stalled, one flooding, one with a bad token: the other six tell everything', async () => {
    const healthy = await tenHomes(false, 60);
    const beset = await tenHomes(true, 60);
    const figure = (ms: number) => `${ms.toFixed(2)} ms`;
    for (const [name, { p50, p99, most }] of Object.entries({ healthy, beset })) {
      console.log(`      ${name}: event to tracked p50 ${figure(p50)}, p99 ${figure(p99)}, max ${figure(most)}`);
    }
    assert.ok(beset.flooded > 5 * healthy.flooded, `${beset.flooded} events of a flood`);
    for (const { made, told } of [healthy, beset]) {
      for (const [id, count] of Object.entries(told)) assert.equal(count, made, id);
    }
  }).timeout(60_000);
});
