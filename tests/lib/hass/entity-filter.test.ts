import assert from 'node:assert/strict';
import type { Selector } from '../../../src/lib/core/selector';
import { entityFilters } from '../../../src/lib/hass/entity-filter';

describe('what Home Assistant is asked to leave out', () => {
  const lists = { domains: ['light'], entities: ['sensor.a'], entity_globs: ['sensor.b*', 'sensor.?'] };
  const byEntity: Selector = { domains: ['light'], entities: ['sensor.a', 'sensor.b*', 'sensor.?'] };
  const rows: readonly (readonly [string, Selector, Selector, readonly object[]])[] = [
    ['nothing', {}, {}, [{}]],
    ['nothing, of empty lists', { entities: [], areas: [] }, { domains: [] }, [{}]],
    ['what we exclude', {}, byEntity, [{ exclude: lists }, {}]],
    ['what we do not include', byEntity, {}, [{ include: lists }, {}]],
    ['only what we exclude, when we do both', { domains: ['light'] }, byEntity, [{ exclude: lists }, {}]],
    ['nothing, when areas are included too: those are ours to judge', { ...byEntity, areas: ['kitchen'] }, {}, [{}]],
    ['nothing, when only devices are included', { devices: ['lamp'] }, {}, [{}]],
    ['what it can of what we exclude', {}, { ...byEntity, integrations: ['hue'] }, [{ exclude: lists }, {}]],
    ['nothing, when all we exclude is ours to judge', {}, { labels: ['x'] }, [{}]],
    ['nothing, when what we exclude is ours to judge and the rest is not', byEntity, { labels: ['x'] }, [{}]],
    [
      'in lower case, as its ids are',
      {},
      { domains: ['Light'], entities: ['Sensor.A', 'sensor.B*', 'sensor.?'] },
      [{ exclude: lists }, {}],
    ],
    [
      'nothing that has brackets',
      {},
      { ...byEntity, entities: [...(byEntity.entities ?? []), 'light.[ab]*'] },
      [{ exclude: lists }, {}],
    ],
    ['nothing, when what we include has brackets', { ...byEntity, entities: ['light.[ab]*'] }, {}, [{}]],
  ];
  for (const [what, include, exclude, filters] of rows) {
    it(what, () => assert.deepEqual(entityFilters({ include, exclude }), filters));
  }
});
