import assert from 'node:assert/strict';
import { Evidence } from '../../../../src/lib/core/heal/evidence';
import type { Action, Attempt } from '../../../../src/lib/core/heal/heal';
import { attempt, step, taken } from './heal-case';

const LADDER: readonly Action[] = ['update_entity', 'press_button', 'reload'];

/** `update_entity reload` failed, unless it ends with `!`. */
function learned(...told: [string, number][]): Evidence {
  const evidence = new Evidence();
  for (const [text, times] of told) for (let n = 0; n < times; n += 1) evidence.take(attemptOf(text));
  return evidence;
}

function attemptOf(text: string, more: Partial<Attempt> = {}): Attempt {
  const steps = text
    .replace('!', '')
    .split(' ')
    .filter(Boolean)
    .map((action) => taken(action as Action));
  return attempt({ steps, outcome: text.endsWith('!') ? 'healed' : 'failed', ...more });
}

function order(evidence: Evidence, integration: string | null = 'hue', actions = LADDER) {
  const { steps, because } = evidence.order(
    integration,
    actions.map((action) => step(action)),
  );
  return { first: steps[0]?.action, rest: steps.slice(1).map(({ action }) => action), because };
}

const asItStands = { first: 'update_entity', rest: ['press_button', 'reload'], because: null };

describe('Evidence', () => {
  it('counts what was tried, and what healed', () => {
    const evidence = learned(['update_entity reload!', 2], ['update_entity!', 1], ['update_entity reload', 1]);
    assert.deepEqual(evidence.rates(), [
      { integration: 'hue', action: 'update_entity', tried: 4, healed: 1 },
      { integration: 'hue', action: 'reload', tried: 3, healed: 2 },
    ]);
  });

  const nothing: [string, Attempt][] = [
    ['of no integration', attemptOf('reload!', { integration: null })],
    ['that never ended', attemptOf('reload', { outcome: null })],
    ['without a step', attemptOf('')],
    ['whose only step was cut short', attemptOf('reload', { reason: 'interrupted' })],
    ['whose only step was not allowed', attemptOf('reload', { reason: 'not_admin' })],
    ['of HA Boss, which never looked whether it helped', attemptOf('reload!', { by: 'ha_boss' })],
  ];
  for (const [name, one] of nothing) {
    it(`learns nothing from an attempt ${name}`, () => {
      const evidence = new Evidence();
      evidence.take(one);
      assert.deepEqual(evidence.rates(), []);
    });
  }

  it('counts what was tried before the one that was cut short', () => {
    const evidence = new Evidence();
    evidence.take(attemptOf('update_entity reload', { reason: 'interrupted' }));
    assert.deepEqual(evidence.rates(), [{ integration: 'hue', action: 'update_entity', tried: 1, healed: 0 }]);
  });

  it('counts what went by itself beside it', () => {
    const evidence = new Evidence();
    for (const one of ['hue', 'zha', 'hue']) evidence.takeNatural(one);
    assert.deepEqual(evidence.natural(), [
      { integration: 'hue', recovered: 2 },
      { integration: 'zha', recovered: 1 },
    ]);
    assert.deepEqual(evidence.rates(), []);
  });

  it('puts first what has healed clearly more often, and says so', () => {
    assert.deepEqual(order(learned(['update_entity reload!', 5])), {
      first: 'reload',
      rest: ['update_entity', 'press_button'],
      because: 'reload has healed hue 5 of 5 times; update_entity has healed hue 0 of 5 times.',
    });
  });

  it('says so of one that was never tried', () => {
    assert.equal(
      order(learned(['reload!', 5])).because,
      'reload has healed hue 5 of 5 times; update_entity has not been tried there.',
    );
  });

  it('says how many faults went by themselves, too', () => {
    const evidence = learned(['update_entity reload!', 5]);
    for (const one of ['hue', 'zha', 'hue']) evidence.takeNatural(one);
    assert.match(order(evidence).because ?? '', /0 of 5 times; 2 of its faults went without a heal\.$/);
  });

  it('takes the best of several', () => {
    const evidence = learned(['update_entity press_button!', 5], ['update_entity press_button reload!', 5]);
    assert.equal(order(evidence).first, 'reload');
  });

  const standing: [string, Evidence, string | null, readonly Action[]][] = [
    ['nothing is known', new Evidence(), 'hue', LADDER],
    ['there are too few cases', learned(['update_entity reload!', 4]), 'hue', LADDER],
    ['it is of another integration', learned(['update_entity reload!', 9]), 'zha', LADDER],
    ['there is no integration', learned(['update_entity reload!', 9]), null, LADDER],
    [
      'it is hardly better',
      learned(['reload!', 6], ['reload', 4], ['update_entity!', 5], ['update_entity', 5]),
      'hue',
      LADDER,
    ],
    ['it is hardly better than what was never tried', learned(['reload!', 3], ['reload', 2]), 'hue', LADDER],
    ['the first is the best', learned(['update_entity!', 9], ['reload', 9]), 'hue', LADDER],
  ];
  for (const [name, evidence, integration, actions] of standing) {
    it(`changes nothing while ${name}`, () => assert.deepEqual(order(evidence, integration, actions), asItStands));
  }

  it('has nothing to order where there is nothing to do', () => {
    assert.deepEqual(new Evidence().order('hue', []), { steps: [], because: null });
  });
});
