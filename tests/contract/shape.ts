import assert from 'node:assert/strict';
import type { Home } from '../support/home';

/** Exactly these keys, in any order. */
export function assertKeys(value: unknown, keys: readonly string[]): void {
  assert.ok(
    typeof value === 'object' && value !== null,
    `an object with ${keys.join(', ')}, not ${JSON.stringify(value)}`,
  );
  assert.deepEqual(Object.keys(value).sort(), [...keys].sort());
}

/** 2024.4 brought `last_reported`, the new device shape and much else. */
export function isModern(home: Home): boolean {
  const [year = 0, month = 0] = home.version.split('.').map(Number);
  return year > 2024 || (year === 2024 && month >= 4);
}

let count = 0;

/** A title no other test has, so that the order of tests does not matter. */
export function freshTitle(): string {
  count++;
  return `Lab ${process.pid % 1000}x${count}`;
}

/** Object id of a lab title, as Home Assistant makes it. */
export function slugOf(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '_');
}

export function sensorId(title: string, device: number, sensor: number): string {
  return `sensor.${slugOf(title)}_${device}_sensor_${sensor}`;
}

export function buttonId(title: string, device: number): string {
  return `button.${slugOf(title)}_${device}_restart`;
}
