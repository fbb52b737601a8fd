import assert from 'node:assert/strict';
import { Causes } from '../../../../src/lib/core/figures/causes';
import type { Incident, Root } from '../../../../src/lib/core/incident/incident';

const T0 = 1_700_000_000_000;

function incident(incident_id: string, more: Partial<Incident> & { readonly down?: readonly string[] } = {}): Incident {
  const { down = ['light.a'], since = T0 } = more;
  const recovered = down.map((id) => ({ kind: 'entity', id, name: id, status: 'unavailable', since }) as const);
  return {
    incident_id,
    root: { kind: 'config_entry', id: 'e1', name: 'e1' },
    explained: [],
    recovered,
    since,
    resolved_at: T0 + 60_000,
    resolution: 'recovered',
    merged_into: null,
    ...more,
  } as unknown as Incident;
}

function causes(...incidents: Incident[]): Causes {
  const all = new Causes();
  for (const one of incidents) all.add(one);
  return all;
}

const light = { kind: 'entity', id: 'light.a' } as const;
const merged = { resolution: 'merged', merged_into: 'other' } as const;

describe('the causes of outages', () => {
  const rows: [string, Causes, number, string | null][] = [
    ['nothing explains', causes(), T0, null],
    ['an incident explains from when it began', causes(incident('one')), T0, 'one'],
    ['an incident explains though it falls again', causes(incident('one')), T0 + 30_000, 'one'],
    ['an incident does not explain before it began', causes(incident('one')), T0 - 1, null],
    ['an incident does not explain once it is over', causes(incident('one')), T0 + 60_001, null],
    ['an open incident explains', causes(incident('one', { resolved_at: null })), T0 + 9e9, 'one'],
    ['an incident of something else does not explain', causes(incident('one', { down: ['light.b'] })), T0, null],
    [
      'an incident that began a few microseconds later explains',
      causes(incident('one', { since: T0 + 0.4 })),
      T0,
      'one',
    ],
    ['the newer of two explains', causes(incident('old'), incident('new', { since: T0 + 10 })), T0 + 20, 'new'],
    [
      'the older explains what began before the newer',
      causes(incident('old'), incident('new', { since: T0 + 10 })),
      T0,
      'old',
    ],
    ['what an incident was merged into explains', causes(incident('one', merged), incident('other')), T0, 'other'],
    ['what is not known any more explains nothing better', causes(incident('one', merged)), T0, 'one'],
    [
      'two that were merged into each other explain in finite time',
      causes(incident('one', merged), incident('other', { ...merged, merged_into: 'one', since: T0 - 5 })),
      T0,
      'one',
    ],
  ];
  for (const [name, all, since, expected] of rows) {
    it(name, () => assert.equal(all.of(light, since)?.incident_id ?? null, expected));
  }

  it('count once each as a failure of the group they belong to, or of each group they took down', () => {
    const area = { kind: 'area', id: 'attic', name: 'Attic' } as const;
    const all = causes(
      incident('one', merged),
      incident('other', { since: T0 + 1 }),
      incident('of none', { root: area, down: ['light.a', 'light.b', 'sensor.c'], since: T0 + 2 }),
    );
    const groupOf = ({ kind, id }: Pick<Root, 'kind' | 'id'>) => {
      if (kind === 'entity') return id.startsWith('light') ? 'lights' : 'sensors';
      return kind === 'area' ? null : 'entries';
    };
    assert.deepEqual(
      [...all.failures(groupOf)].map(({ group, at }) => [group, at - T0]),
      [
        ['entries', 1],
        ['lights', 2],
        ['sensors', 2],
      ],
    );
  });
});
