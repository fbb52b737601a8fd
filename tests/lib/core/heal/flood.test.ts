import assert from 'node:assert/strict';
import { Flood } from '../../../../src/lib/core/heal/flood';
import { MINUTE, SECOND, START } from './heal-case';

/** So many alarms, one a second. @returns how many were told by themselves */
function alarms(flood: Flood, count: number, from: number): number {
  return [...Array(count).keys()].filter((n) => flood.take(from + n * SECOND)).length;
}

describe('Flood', () => {
  it('starts above ten in ten minutes', () => {
    const flood = new Flood();
    assert.equal(alarms(flood, 10, START), 10);
    assert.equal(flood.isOn, false);
    assert.equal(flood.due, Number.POSITIVE_INFINITY);
    assert.equal(flood.take(START + 10 * SECOND), false);
    assert.equal(flood.isOn, true);
    assert.equal(flood.due, START + 10 * SECOND + 10 * MINUTE);
  });

  it('does not start when they come slowly', () => {
    const flood = new Flood();
    for (let n = 0; n < 100; n += 1) assert(flood.take(START + n * MINUTE), String(n));
  });

  it('tells how many it held, once, ten minutes after the first of them', () => {
    const flood = new Flood();
    alarms(flood, 25, START);
    const { due } = flood;
    assert.equal(due, START + 10 * SECOND + 10 * MINUTE);
    assert.equal(flood.digest(due), 15);
    assert.equal(flood.digest(due), 0);
    assert.equal(flood.due, Number.POSITIVE_INFINITY);
  });

  it('goes on while five come in ten minutes', () => {
    const flood = new Flood();
    alarms(flood, 11, START);
    alarms(flood, 5, START + 9 * MINUTE);
    assert.equal(flood.digest(flood.due), 6);
    assert.equal(flood.isOn, true);
    assert.equal(flood.take(START + 12 * MINUTE), false);
  });

  it('ends with fewer than five, when the digest goes out', () => {
    const flood = new Flood();
    alarms(flood, 11, START);
    alarms(flood, 4, START + 9 * MINUTE);
    assert.equal(flood.digest(START + 11 * MINUTE), 5);
    assert.equal(flood.isOn, false);
    assert(flood.take(START + 12 * MINUTE));
  });

  it('ends with fewer than five, when the next one comes', () => {
    const flood = new Flood();
    alarms(flood, 16, START);
    assert.equal(flood.digest(START + MINUTE), 6);
    assert.equal(flood.isOn, true);
    assert.equal(flood.take(START + 30 * MINUTE), true);
    assert.equal(flood.isOn, false);
  });

  it('does not end with five', () => {
    const flood = new Flood();
    alarms(flood, 16, START);
    alarms(flood, 4, START + 9 * MINUTE);
    flood.digest(START + 9 * MINUTE + 10 * SECOND);
    assert.equal(flood.take(START + 11 * MINUTE), false);
  });

  it('holds nothing back for ever that waits for the digest', () => {
    const flood = new Flood();
    alarms(flood, 11, START);
    assert.equal(flood.take(START + 60 * MINUTE), false);
    assert.equal(flood.digest(START + 60 * MINUTE), 2);
  });

  it('does not last until a clock that was set back is right again', () => {
    const flood = new Flood();
    alarms(flood, 16, START);
    flood.take(START - 600 * MINUTE);
    assert.equal(flood.due, START - 590 * MINUTE);
    flood.digest(flood.due);
    assert.equal(flood.isOn, false);
  });
});
