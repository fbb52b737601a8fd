import assert from 'node:assert/strict';
import type { Level } from '../../../../src/lib/core/heal/heal';
import { ladder, type Reachable } from '../../../../src/lib/core/heal/ladder';
import type { Named } from '../../../../src/lib/core/subject';
import { hue, lamp } from './heal-case';

const ALL: readonly Level[] = ['home_assistant', 'integration', 'device', 'entity'];
const entry = { entry_id: 'e', name: 'Hue', state: 'loaded' };
const button = (n: number): Named => ({ kind: 'entity', id: `button.n${n}`, name: `Button ${n}` });
const buttons = (count: number) => [...Array(count).keys()].map(button);
const device: Named = { kind: 'device', id: 'd', name: 'Device' };

function reachable(more: Partial<Reachable> = {}): Reachable {
  return { target: lamp, entry, pollable: [lamp], buttons: [], zwave: [], zha: [], ...more };
}

/** `action target`. */
function told(one: Reachable, levels = ALL): string[] {
  return ladder(one, levels, 1000).map(({ level, action, target }) => `${level} ${action} ${target.id}`);
}

describe('ladder', () => {
  const everything = reachable({
    buttons: buttons(1),
    zwave: [{ target: device, params: { device_id: 'd' } }],
    zha: [{ target: device, params: { ieee: '00:11' } }],
  });
  const rungs = [
    'entity update_entity light.a',
    'device press_button button.n0',
    'device zwave_ping d',
    'device zha_reconfigure d',
    'integration reload e',
  ];
  const rows: [string, Reachable, readonly Level[], string[]][] = [
    ['lowest first, and never a restart', everything, ALL, rungs],
    ['only what is allowed', everything, ['integration', 'entity'], [rungs[0] ?? '', rungs[4] ?? '']],
    ['nothing allowed', everything, [], []],
    ['a restart is not among them', everything, ['home_assistant'], []],
    ['nothing to poll', reachable({ pollable: [] }), ALL, ['integration reload e']],
    [
      'several are polled at once',
      reachable({ target: hue, pollable: [lamp, button(1)] }),
      ALL,
      ['entity update_entity e', 'integration reload e'],
    ],
    ['entry not loaded', { ...everything, entry: { ...entry, state: 'setup_error' } }, ALL, ['integration reload e']],
    ['no entry', { ...everything, entry: null }, ALL, rungs.slice(0, 4)],
    ['nothing at all', reachable({ entry: null, pollable: [] }), ALL, []],
    [
      'five buttons',
      reachable({ pollable: [], buttons: buttons(5) }),
      ['device'],
      buttons(5).map(({ id }) => `device press_button ${id}`),
    ],
    ['too many buttons', reachable({ pollable: [], buttons: buttons(6) }), ['device'], []],
  ];
  for (const [name, one, levels, expected] of rows) it(name, () => assert.deepEqual(told(one, levels), expected));

  it('says what to call each with, and how long to wait', () => {
    const steps = ladder({ ...everything, pollable: [lamp, button(7)] }, ALL, 1000);
    assert.deepEqual(
      steps.map(({ params }) => params),
      [{ entity_id: ['light.a', 'button.n7'] }, { entity_id: 'button.n0' }, { device_id: 'd' }, { ieee: '00:11' }, {}],
    );
    assert(steps.every(({ timeout }) => timeout === 1000));
    assert.deepEqual(steps.at(-1)?.target, { kind: 'config_entry', id: 'e', name: 'Hue' });
  });
});
