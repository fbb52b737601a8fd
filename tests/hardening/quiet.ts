import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** In Node-RED either of the two ends the process: no test of the suite may cause one. */
export function nothingUnhandled(): void {
  const caught: unknown[] = [];
  const note = (thrown: unknown) => caught.push(thrown);
  beforeEach(() => {
    caught.length = 0;
    process.on('unhandledRejection', note);
    process.on('uncaughtException', note);
  });
  afterEach(async () => {
    await sleep(5);
    process.off('unhandledRejection', note);
    process.off('uncaughtException', note);
    assert.deepEqual(caught, []);
  });
}
