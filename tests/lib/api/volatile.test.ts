import assert from 'node:assert/strict';
import { CATALOGUE } from '../../../src/lib/api/catalogue';
import type { Schema } from '../../../src/lib/api/schema';

/** The names of all fields in it, however deep. @param without whose own fields do not count */
function namesIn(schema: unknown, without: readonly string[] = []): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    if (keyword !== 'properties') return namesIn(value, without);
    const counted = Object.entries(value as Record<string, Schema>).filter(([name]) => !without.includes(name));
    return counted.flatMap(([name, field]) => [name, ...namesIn(field, without)]);
  });
}

describe('what changes by itself in an answer', () => {
  for (const { name, volatile, answer } of CATALOGUE.values()) {
    if (!volatile) continue;
    it(`of ${name} is in it`, () => {
      const names = namesIn(answer);
      for (const field of volatile) assert.ok(names.includes(field), field);
    });
  }

  it('is known of whatever measures time up to now', () => {
    const growing = ['uptime_seconds', 'duration_seconds', 'last_health_check', 'timestamp', 'window'];
    for (const { name, access, volatile = [], answer } of CATALOGUE.values()) {
      if (access !== 'read' || !('properties' in answer || 'items' in answer)) continue;
      // Of what is over, that it took so long and when does not change.
      const isOver = ['healing_history', 'attempt', 'failures', 'entity_history'].includes(name);
      const missing = growing.filter((field) => namesIn(answer, volatile).includes(field));
      assert.deepEqual(isOver ? [] : missing, [], name);
    }
  });
});
