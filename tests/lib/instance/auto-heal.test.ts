import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt } from '../../../src/lib/core/heal/heal';
import { eventually } from '../../support/eventually';
import { HealedSite } from './auto-healed';

describe('healing by itself', function () {
  this.timeout(60_000);
  let site: HealedSite;

  beforeEach(() => {
    site = new HealedSite();
  });
  afterEach(() => site.dispose());

  const dead = (id: string, entry: string) => site.of(id).lab.setMode(entry, 'dead');
  const reloads = (id: string) => site.acts(id).filter((act) => act === 'reload').length;

  it('heals an incident once, says so once, and calls nothing else', async () => {
    const [entry = ''] = await site.home('home');
    await site.home('cabin');
    await Promise.all([site.watch('home'), site.watch('cabin')]);
    const healed = site.heal();
    await site.of('home').lab.setMode(entry, 'dead_until_reload');
    await eventually(() => assert.deepEqual(healed.said, ['healed'], JSON.stringify(healed.answers)), 15_000);
    await site.quiet('home');
    const [answer] = healed.answers;
    assert.deepEqual(
      answer?.recovered.map(({ id }) => id),
      ['sensor.lab_1_1_sensor_1', 'sensor.lab_1_1_sensor_2'],
    );
    assert.ok(answer.duration_seconds > 0);
    assert.ok(answer.steps.every(({ at }) => at !== null));
    assert.equal(reloads('home'), 1);
    assert.deepEqual([...new Set(site.acts('home'))].sort(), ['button.press', 'homeassistant.update_entity', 'reload']);
    assert.deepEqual(site.acts('cabin'), []);
    assert.deepEqual([healed.events, healed.troubles], [[], []]);
  });

  it('heals several incidents of a home one after the other, and homes side by side', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const entries = new Map<string, string[]>();
    for (const id of ids) entries.set(id, await site.home(id, 4));
    await Promise.all(ids.map((id) => site.watch(id, { verify_seconds: 8, reloads_per_hour: 60 })));
    const healed = site.heal({ levels: ['integration'] });
    for (const id of ids) {
      const mode = id === 'a' ? 'dead_until_slow_reload' : 'dead_until_reload';
      for (const entry of entries.get(id) ?? []) await site.of(id).lab.setMode(entry, mode, 4);
    }
    const others = () => healed.answers.filter(({ instance_id }) => instance_id !== 'a');
    await eventually(() => assert.equal(others().length, 16, healed.said.join()), 25_000);
    // Four reloads of four seconds each, one after the other, held up nobody else.
    assert.ok(healed.answers.length < 20);
    await eventually(() => assert.equal(healed.answers.length, 20), 30_000);
    assert.deepEqual([...new Set(healed.said)], ['healed']);
    for (const id of ids) assert.deepEqual([id, reloads(id)], [id, 4]);
    const spans = healed.answers
      .filter(({ instance_id }) => instance_id === 'a')
      .map(({ began, duration_seconds }) => [Date.parse(began ?? ''), duration_seconds * 1000] as const);
    for (const [index, [began]] of spans.entries()) {
      const [before = 0, lasted = 0] = spans[index - 1] ?? [];
      assert.ok(began >= before + lasted);
    }
  });

  it('tries again after the cooldown until max_attempts, then calls a person once', async () => {
    const [entry = ''] = await site.home('home', 1, { language: 'de' });
    await site.watch('home', { max_attempts: 2, circuit_breaker_threshold: 0 });
    const healed = site.heal({ levels: ['integration'], notify: true });
    await dead('home', entry);
    await eventually(() => assert.deepEqual(healed.events, ['escalated attempts_exhausted']), 20_000);
    assert.deepEqual(healed.said, ['failed still_down', 'failed still_down', 'refused attempts_exhausted']);
    const [first, second] = healed.answers.map(({ began }) => Date.parse(began ?? ''));
    assert.ok((second ?? 0) - (first ?? 0) >= 2_000);
    const [shown] = await eventually(async () => {
      const all = await site.of('home').lab.notifications();
      assert.equal(all.length, 1);
      return all;
    });
    assert.match(String(shown?.title), /^Lab 1 1 braucht Hilfe/);
    assert.match(String(shown?.message), /so oft versucht wie erlaubt[\s\S]*Deshalb ausgefallen: /);
    await sleep(1_500);
    assert.equal(reloads('home'), 2);
    assert.equal(healed.escalations.length, 1);
    await site.of('home').lab.setMode(entry, 'ok');
    await eventually(() => assert.deepEqual(healed.events.at(-1), 'settled'), 10_000);
    await eventually(async () => assert.deepEqual(await site.of('home').lab.notifications(), []));
    assert.match(String(healed.escalations.at(-1)?.message), /läuft nach 1 min wieder/);
  });

  it('counts on after a restart, and calls nobody twice', async () => {
    const [entry = ''] = await site.home('home');
    await site.watch('home', { max_attempts: 2, circuit_breaker_threshold: 0, cooldown_seconds: 3 });
    const before = site.heal({ levels: ['integration'] });
    await dead('home', entry);
    await eventually(() => assert.deepEqual(before.said, ['failed still_down']), 15_000);
    before.stop();
    await site.watched.stop();
    const after = site.heal({ levels: ['integration'] });
    await site.watch('home');
    await eventually(() => assert.deepEqual(after.events, ['escalated attempts_exhausted']), 20_000);
    assert.deepEqual(after.said, ['failed still_down', 'refused attempts_exhausted']);
    after.stop();
    await site.watched.stop();
    const third = site.heal({ levels: ['integration'] });
    await site.watch('home');
    await site.incident('home');
    await sleep(1_500);
    assert.deepEqual([third.said, third.events, reloads('home')], [[], [], 2]);
    await site.of('home').lab.setMode(entry, 'ok');
    await eventually(() => assert.deepEqual(third.events, ['settled']), 10_000);
  });

  it('ends in order when the instance is stopped meanwhile: interrupted, counted, and its incident goes on', async () => {
    const [entry = ''] = await site.home('home');
    await site.watch('home', { max_attempts: 2, verify_seconds: 20, circuit_breaker_threshold: 0 });
    const first = site.heal({ levels: ['integration'] });
    await dead('home', entry);
    const incident = await site.incident('home');
    await eventually(() => assert.equal(reloads('home'), 1), 10_000);
    const began = Date.now();
    await site.watched.stop();
    assert.ok(Date.now() - began < 1_000, `${Date.now() - began} ms`);
    first.stop();
    await site.of('home').lab.setMode(entry, 'dead_until_reload');
    const second = site.heal({ levels: ['integration'] });
    await site.watch('home');
    const store = site.watched.roster.get('home')?.keeping?.store;
    const namespace = await store?.namespace('home');
    const [stored] = (await namespace?.records({ kind: 'attempt', limit: 1 })) ?? [];
    assert(stored);
    const attempt = stored.body as Attempt;
    assert.deepEqual([attempt.outcome, attempt.reason, stored.open], ['failed', 'interrupted', false]);
    assert.deepEqual([attempt.incident_id, attempt.before.length], [incident, 2]);
    await eventually(() => assert.deepEqual(second.said, ['healed']), 20_000);
    assert.equal(second.answers[0]?.incident_id, incident);
    await site.quiet('home');
  });

  it('a heal that a deploy of the heal node cuts in two is told by the next node', async () => {
    const [entry = ''] = await site.home('home');
    await site.watch('home', { verify_seconds: 10 });
    const first = site.heal({ levels: ['integration'] });
    await site.of('home').lab.setMode(entry, 'dead_until_slow_reload', 2);
    await eventually(() => assert.equal(reloads('home'), 1), 10_000);
    first.stop();
    const second = site.heal({ levels: ['integration'] });
    const third = site.heal({ levels: ['integration'] });
    await eventually(() => assert.deepEqual(second.said, ['healed']), 10_000);
    await site.quiet('home');
    assert.deepEqual([first.said, third.said, reloads('home')], [[], [], 1]);
  });

  it('two heal nodes do not heal twice', async () => {
    const [entry = ''] = await site.home('home');
    await site.watch('home');
    const both = [site.heal({ levels: ['integration'] }), site.heal({ levels: ['integration'] })];
    await site.of('home').lab.setMode(entry, 'dead_until_reload');
    await eventually(() => assert.equal(both.flatMap(({ said }) => said).length, 1), 10_000);
    await site.quiet('home');
    assert.deepEqual([both.flatMap(({ said }) => said), reloads('home')], [['healed'], 1]);
  });

  it('says once what it would do', async () => {
    const [entry = ''] = await site.home('home');
    await site.watch('home');
    const healed = site.heal({ dry_run: true });
    await dead('home', entry);
    await eventually(() => assert.deepEqual(healed.said, ['refused dry_run']), 10_000);
    await sleep(1_200);
    assert.equal(healed.answers.length, 1);
    assert.ok(healed.answers[0]?.steps.some(({ action }) => action === 'reload'));
    assert.deepEqual([site.acts('home'), healed.events], [[], []]);
  });

  it('without the token of an administrator refuses once, calls a person and touches nothing', async () => {
    const [entry = ''] = await site.home('home');
    await site.watch('home', { token: 'user' });
    const healed = site.heal();
    const before = site.of('home').calls.length;
    await site.of('home').lab.setMode(entry, 'dead_until_reload');
    await eventually(() => assert.deepEqual(healed.events, ['escalated not_admin']), 10_000);
    await sleep(1_200);
    assert.deepEqual([healed.said, healed.escalations.length, site.acts('home')], [['refused not_admin'], 1, []]);
    const asked = site
      .of('home')
      .calls.slice(before)
      .map(({ type }) => type);
    assert.ok(!asked.some((type) => /flow|manifest|template/.test(type)), asked.join());
  });

  it('looks again at what is suppressed, or worked on', async () => {
    const [entry = ''] = await site.home('home');
    await site.watch('home');
    const healed = site.heal({ levels: ['integration'] });
    const { holds } = site.watched.instance('home').healing;
    const reason = null;
    const suppression_id = 's';
    holds.suppress({ suppression_id, kind: 'config_entry', id: entry, began: Date.now(), until: null, reason });
    await site.of('home').lab.setMode(entry, 'dead_until_reload');
    await eventually(() => assert.deepEqual(healed.said, ['refused suppressed']), 10_000);
    await sleep(800);
    const to = Date.now() + 1_500;
    holds.setWindow({ window_id: 'w', repeats: 'once', from: Date.now(), to, reason });
    holds.unsuppress(suppression_id, Date.now());
    await sleep(1_000);
    assert.deepEqual([healed.said.slice(0, 1), reloads('home'), healed.events], [['refused suppressed'], 0, []]);
    await eventually(() => assert.equal(healed.said.at(-1), 'healed'), 20_000);
    assert.equal(healed.said.filter((one) => one === 'refused suppressed').length, 1);
    assert.equal(reloads('home'), 1);
  });
});
