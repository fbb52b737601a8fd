import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action, Attempt } from '../../../src/lib/core/heal/heal';
import { eventually } from '../../support/eventually';
import { HealedSite } from './auto-healed';

describe('what healing by itself goes by', function () {
  this.timeout(60_000);
  let site: HealedSite;
  let entry: string;

  beforeEach(async () => {
    site = new HealedSite();
    [entry = ''] = await site.home('home');
  });
  afterEach(() => site.dispose());

  const healing = () => site.watched.instance('home').healing;
  const reloads = () => site.acts('home').filter((act) => act === 'reload').length;
  /** Whether this Node-RED may act on the home. */
  const setOurs = (ours: boolean) => {
    const lease = site.watched.roster.get('home')?.lease;
    assert(lease);
    Object.assign(lease, { isSure: () => ours });
  };

  it('heals nothing while the home may be another Node-RED’s', async () => {
    await site.watch('home');
    setOurs(false);
    const healed = site.heal({ levels: ['integration'] });
    await site.of('home').lab.setMode(entry, 'dead_until_reload');
    await site.incident('home');
    await sleep(1_000);
    assert.deepEqual([site.acts('home'), healed.said, healed.events], [[], [], []]);
    setOurs(true);
    await eventually(() => assert.deepEqual(healed.said, ['healed']), 10_000);
  });

  it('takes no further step once the home may be another’s', async () => {
    await site.watch('home', { verify_seconds: 2, cooldown_seconds: 60 });
    const healed = site.heal({ levels: ['entity', 'integration'] });
    await site.of('home').lab.setMode(entry, 'dead');
    await eventually(() => assert.ok(site.acts('home').includes('homeassistant.update_entity')), 10_000);
    setOurs(false);
    await eventually(() => assert.deepEqual(healed.said, ['failed instance_not_ready']), 10_000);
    assert.equal(reloads(), 0);
  });

  it('tries again when its breaker lets it', async () => {
    const breaker = { circuit_breaker_threshold: 1, circuit_breaker_reset_seconds: 2, cooldown_seconds: 0 };
    await site.watch('home', { ...breaker, max_attempts: 5 });
    const healed = site.heal({ levels: ['integration'] });
    await site.of('home').lab.setMode(entry, 'dead');
    await eventually(() => assert.deepEqual(healed.said, ['failed still_down', 'refused circuit_open']), 15_000);
    await site.of('home').lab.setMode(entry, 'dead_until_reload');
    await eventually(() => assert.equal(healed.said.at(-1), 'healed'), 15_000);
    const [failed, refused, tried] = healed.answers;
    assert.ok(Date.parse(tried?.began ?? '') >= Date.parse(refused?.until ?? ''));
    assert.equal(healed.said.length, 3);
    assert.deepEqual(failed?.still_down.length, 2);
    await eventually(() => assert.deepEqual(healed.events, ['escalated circuit_open', 'settled']), 10_000);
  });

  it('does not reload again for the one entity that a reload did not bring back', async () => {
    const [wide] = await addWide();
    await site.watch('home', { cooldown_seconds: 0 });
    const healed = site.heal({ levels: ['integration'] });
    await site.of('home').lab.setMode(wide ?? '', 'dead_until_reload_but_one');
    await eventually(() => assert.deepEqual(healed.said, ['healed']), 15_000);
    assert.deepEqual(
      healed.answers[0]?.still_down.map(({ id }) => id),
      ['sensor.wide_1_sensor_1'],
    );
    // Once the rest is an incident of its own.
    await eventually(() => assert.deepEqual(healed.events, ['escalated no_target']), 15_000);
    assert.equal(reloads(), 1);
  });

  /** Six devices with a sensor each. */
  async function addWide(): Promise<string[]> {
    return [await site.of('home').lab.add('Wide', 6, 1)];
  }

  it('keeps what each action came to, over restarts, and what went by itself', async () => {
    await site.watch('home');
    const healed = site.heal();
    await site.of('home').lab.setMode(entry, 'dead_until_reload');
    await eventually(() => assert.deepEqual(healed.said, ['healed']), 15_000);
    await site.quiet('home');
    healed.stop();
    await site.of('home').lab.setMode(entry, 'recovers', 2);
    await site.incident('home');
    await site.quiet('home');
    const known = () => {
      const rates = healing()
        .evidence.rates()
        .map(({ action, tried, healed: good }) => `${action} ${good}/${tried}`);
      return [rates, healing().evidence.natural()];
    };
    const expected = [
      ['update_entity 0/1', 'press_button 0/1', 'reload 1/1'],
      [{ integration: 'lab_1', recovered: 1 }],
    ];
    assert.deepEqual(known(), expected);
    await site.watched.stop();
    await site.watch('home');
    assert.deepEqual(known(), expected);
  });

  it('counts an attempt that was under way when the program was killed as failed', async () => {
    await site.watch('home', { cooldown_seconds: 3_600 });
    const began = Date.now();
    const open: Attempt = { ...past(entry, 0), began, ended: null, outcome: null, steps: [] };
    healing().save(open);
    await site.watched.stop();
    await site.watch('home');
    const namespace = await site.watched.roster.get('home')?.keeping?.store.namespace('home');
    const stored = await eventually(async () => {
      const [one] = (await namespace?.records({ kind: 'attempt', id: open.attempt_id })) ?? [];
      assert.equal(one?.open, false);
      return one.body as Attempt;
    });
    assert.deepEqual([stored.outcome, stored.reason, stored.ended], ['failed', 'interrupted', began]);
    const target = { kind: 'config_entry', id: entry } as const;
    await site.of('home').lab.setMode(entry, 'dead');
    await site.incident('home');
    const ask = { target, levels: ['integration'] as const, dry_run: false, by: 'message' as const };
    const answer = await healing().heal({ ...ask, incident_id: null, plans: null });
    assert.deepEqual([answer.outcome, 'reason' in answer && answer.reason], ['refused', 'cooldown']);
    assert.equal(healing().evidence.rates().length, 0);
  });

  it('begins with what has healed clearly more often, and says so', async () => {
    await site.watch('home');
    for (let one = 0; one < 5; one += 1) healing().save(past(entry, one));
    await site.watched.stop();
    const healed = site.heal();
    await site.watch('home');
    await site.of('home').lab.setMode(entry, 'dead_until_reload');
    await eventually(() => assert.deepEqual(healed.said, ['healed']), 15_000);
    const [answer] = healed.answers;
    assert.deepEqual(
      answer?.steps.map(({ action }) => action),
      ['reload'],
    );
    assert.match(answer.because ?? '', /^reload has healed lab_1 5 of 5 times; update_entity has healed lab_1 0 of 5/);
  });
});

/** Hours ago an update did not help, and a reload did. */
function past(entry: string, index: number): Attempt {
  const at = Date.now() - 86_400_000 + index * 7_200_000;
  const target = { kind: 'config_entry' as const, id: entry, name: 'Lab 1' };
  const step = (action: Action) => ({ action, target, at, duration_seconds: 1, error: null, context_id: null });
  return {
    attempt_id: randomUUID(),
    incident_id: null,
    target,
    entry_id: entry,
    integration: 'lab_1',
    by: 'auto',
    plan: null,
    because: null,
    began: at,
    ended: at + 2_000,
    outcome: 'healed',
    reason: null,
    message: null,
    steps: [
      { level: 'entity', ...step('update_entity') },
      { level: 'integration', ...step('reload') },
    ],
    before: [],
    recovered: [],
    still_down: [],
  };
}
