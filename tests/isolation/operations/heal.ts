import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/eventually';
import type { LabMode } from '../../support/home';
import type { Told } from '../../support/node-red';
import { A, autoOf, B, type Bound, TITLE } from '../flows';
import { type Operation, operationsOf } from '../operation';
import { callsOf } from '../trace';
import type { World } from '../world';

type Fields = Readonly<Record<string, unknown>>;

const SENSOR = 'sensor.lab_1_sensor_1';
const entity = { entity_id: SENSOR };

const isDown = ({ payload }: Told) => payload?.['status'] === 'unavailable';
const isEvent =
  (event: string) =>
  ({ payload }: Told) =>
    payload?.['event'] === event;

/** Something of A is down, and that was told. */
async function broken(world: World, mode: LabMode = 'dead_until_reload'): Promise<Told> {
  world.begin();
  await world.a.lab.setMode(world.entry, mode);
  return world.told('a', isDown);
}

/** Down for long enough to be explained. */
async function explained(world: World, mode?: LabMode): Promise<Fields> {
  await broken(world, mode);
  const { payload } = await world.told('a', isEvent('opened'));
  return { incident_id: payload['incident_id'] };
}

const device = (world: World) => ({ device_id: world.a.core.devicesOfEntry(world.entry)[0]?.id });
const entry = (world: World) => ({ entry_id: world.entry });

/** The forms a target may have. */
const FORMS: Readonly<Record<string, (world: World) => Fields | Promise<Fields>>> = {
  'an entity': () => entity,
  'a device': device,
  'a config entry': entry,
  'an integration': () => ({ integration: 'caretaker_lab' }),
  'a transition': (world) => world.lately.find(isDown)?.payload ?? {},
};

const ask = (payload: Fields, reference: object = {}, bound: Bound = 'a') => {
  return (world: World) => world.ask('heal', bound, { ...reference, payload });
};

const healing =
  (form: (world: World) => Fields | Promise<Fields>, more: Fields = {}, reference = {}, bound: Bound = 'a') =>
  async (world: World) => {
    await broken(world);
    return ask({ ...(await form(world)), ...more }, reference, bound)(world);
  };

const failing = async (world: World) => {
  await broken(world, 'dead');
  return ask({ ...entry(world), levels: ['integration'] })(world);
};

/** Both have what is asked for, in A it is down, and nobody is asked to do anything about it. */
const untold = (form: (world: World) => Fields | Promise<Fields>) => async (world: World) => {
  await broken(world);
  const before = callsOf(world.a);
  const answer = await ask(await form(world), {}, 'all')(world);
  assert.deepEqual(callsOf(world.a), before);
  return answer;
};

/** Only A has it: then nobody need say which home is meant. */
async function known(world: World): Promise<unknown> {
  const alone = await world.a.lab.add('Alone', 1, 1);
  const wish = ask({ entity_id: 'sensor.alone_1_sensor_1' }, {}, 'all');
  await eventually(async () => assert.equal((await wish(world))['reason'], 'already_available'));
  world.begin();
  await world.a.lab.setMode(alone, 'dead_until_reload');
  await world.told('a', isDown);
  const answer = await wish(world);
  await world.a.lab.remove(alone);
  return answer;
}

const incidentUntold = async (world: World) => ask(await explained(world), {}, 'all')(world);

/** By itself, bound to A or to all. */
const auto = (bound: Bound) => async (world: World) => {
  await world.change({ auto: autoOf(bound, 'auto') });
  await broken(world);
  await world.told(bound, ({ payload }) => payload?.['outcome'] === 'healed');
};

/** What only a person can mend is told to the people of A, and taken back. */
async function escalate(world: World): Promise<unknown> {
  const shown = async () => (await world.a.lab.notifications()).map(({ notification_id: id }) => id);
  const before = await shown();
  await world.change({ auto: autoOf('all', 'auto', { notify: true }) });
  world.begin();
  await world.a.lab.setMode(world.entry, 'setup_auth_failed');
  await world.a.lab.reload(world.entry);
  const { payload } = await world.told('all', isEvent('escalated'));
  const added = await eventually(async () => {
    const [id] = (await shown()).filter((one) => !before.includes(one));
    assert.ok(id);
    return id;
  });
  assert.deepEqual(await world.b.lab.notifications(), []);
  await world.a.lab.setMode(world.entry, 'ok');
  await world.a.lab.reload(world.entry);
  await world.told('all', isEvent('settled'));
  await eventually(async () => assert.ok(!(await shown()).includes(added)));
  return { ...payload, notification_id: added };
}

async function suppress(world: World): Promise<unknown> {
  const answer = await ask({ action: 'suppress', ...entity })(world);
  return { ...answer, refused: await healing(() => entity)(world) };
}

/** Each home has one of the same thing. */
async function unsuppressOfBoth(world: World): Promise<unknown> {
  await ask({ action: 'suppress', integration: 'mqtt' })(world);
  return ask({ action: 'unsuppress', integration: 'mqtt' }, {}, 'all')(world);
}

async function unsuppress(world: World): Promise<unknown> {
  const { suppressions } = await ask({ action: 'suppress', ...entity })(world);
  const [{ suppression_id }] = suppressions as [{ suppression_id: string }];
  // A alone has it.
  return ask({ action: 'unsuppress', suppression_id }, {}, 'all')(world);
}

async function maintenance(world: World): Promise<unknown> {
  await broken(world);
  const answer = await ask({ action: 'maintenance' })(world);
  const refused = await ask(entry(world))(world);
  await ask({ action: 'end_maintenance' })(world);
  return { ...answer, refused };
}

async function endMaintenance(world: World): Promise<unknown> {
  const { windows } = await ask({ action: 'maintenance' })(world);
  const [{ window_id }] = windows as [{ window_id: string }];
  return ask({ action: 'end_maintenance', window_id }, {}, 'all')(world);
}

/** What holds A back is the same after a deploy of A. */
async function keepHolds(world: World): Promise<unknown> {
  const holds = async () => (await world.traceOf(A)).holds;
  const before = await holds();
  await world.change({ [`node-${A}`]: { startup_grace_period_seconds: 0.4 } });
  await world.quiet();
  assert.deepEqual(await holds(), before, 'held back by others');
  return before;
}

/** Something of B's, by its own id, from the node that is A's. */
const others = (list: 'suppressions' | 'windows', action: string, field: string) => async (world: World) => {
  const answer = await ask({ action: list }, {}, 'b')(world);
  const [one] = answer[list] as [Fields];
  return ask({ action, [field]: one[field] })(world);
};

const OURS =
  'name: Ours\nmatch:\n  integrations: [caretaker_lab]\nsteps:\n  - level: integration\n    action: reload\n';

/** A plan of A's own counts in A, also while B has the same trouble; and no more once it is gone. */
async function ownPlan(world: World): Promise<unknown> {
  const plan = (bound: Bound) => ask({ action: 'plan', ...entry(world) }, {}, bound)(world);
  const before = await Promise.all([plan('a'), plan('b')]);
  const folder = join(world.caretaker, 'plans', A);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ours.yaml'), OURS);
  const answer = await eventually(async () => {
    const answer = await plan('a');
    assert.match(JSON.stringify(answer), /"Ours"/);
    return answer;
  }, 10_000);
  assert.deepEqual(await plan('b'), before[1]);
  rmSync(folder, { recursive: true });
  await eventually(async () => assert.deepEqual(await plan('a'), before[0]), 10_000);
  return answer;
}

const one = operationsOf('caretaker-heal');
const ofA = (rest: string) => new RegExp(`"instance_id":"${A}".*${rest}`);
const HEALED = { shows: 'rows', says: ofA('"outcome":"healed"') } as const;
const refused = (reason: string) => ofA(`"outcome":"refused","reason":"${reason}"`);
const stored = (says: RegExp) => ({ shows: 'rows', says }) as const;
const told = (says: RegExp) => ({ shows: 'told', says }) as const;
const forms = Object.entries(FORMS);
const NOBODY = { entity_id: 'sensor.nobody' };

export const HEAL_OPERATIONS: readonly Operation[] = [
  ...forms.map(([name, form]) => one(`heal ${name}`, HEALED, healing(form), { action: 'heal' })),
  one('heal an incident', HEALED, async (world) => ask(await explained(world))(world)),
  one('heal by id', HEALED, healing(entry, {}, { instance_id: A }, 'all')),
  one('dry run', told(refused('dry_run')), healing(entry, { dry_run: true })),
  one('heal in vain', stored(ofA('"outcome":"failed"')), failing),
  one('heal what is well', refused('already_available'), (world) => ask(entry(world))(world)),
  one('heal what nobody has', refused('no_target'), ask(NOBODY)),
  one('heal without a target what A alone has', HEALED, known),
  one('heal without a target an incident', HEALED, incidentUntold),
  ...forms.map(([name, form]) => one(`heal without a target ${name}`, told(/instance_ambiguous/), untold(form))),
  one('heal without a target what nobody has', /instance_required/, ask(NOBODY, {}, 'all')),
  one('heal by a title that both have', /instance_ambiguous/, ask(entity, { instance_name: TITLE }, 'all')),
  one('heal in a home it is not bound to', /instance_not_found/, ask(entity, { instance_id: B })),
  one('heal by itself', 'rows', auto('a')),
  one('heal by itself, bound to all', 'rows', auto('all')),
  one('escalate', { shows: 'told', says: ofA(`.*"notification_id":"caretaker_${A}_[^_]+"`) }, escalate),
  one('suppress', stored(ofA('"action":"suppress".*"refused":.*"suppressed"')), suppress, { action: 'suppress' }),
  one('unsuppress', stored(ofA('"action":"unsuppress"')), unsuppress, { action: 'unsuppress' }),
  one('suppressions', ofA('"action":"suppressions"'), ask({ action: 'suppressions' }), { action: 'suppressions' }),
  one('maintenance', stored(ofA('"refused":.*"maintenance"')), maintenance, { action: 'maintenance' }),
  one('end maintenance', stored(ofA('"end_maintenance"')), endMaintenance, { action: 'end_maintenance' }),
  one('windows', ofA('"action":"windows"'), ask({ action: 'windows' }), { action: 'windows' }),
  one('keep what holds it back', { shows: 'sockets', says: /suppressions/ }, keepHolds),
  one('plan', ofA('"action":"plan"'), (world) => ask({ action: 'plan', ...entry(world) })(world), { action: 'plan' }),
  one('a plan of its own', ofA('"Ours"'), ownPlan),
  one('suppress without a target', /instance_ambiguous/, ask({ action: 'suppress', ...entity }, {}, 'all')),
  one('unsuppress without a target', { shows: 'rows', says: /instance_ambiguous/ }, unsuppressOfBoth),
  one("unsuppress B's", /no_target/, others('suppressions', 'unsuppress', 'suppression_id')),
  one("end B's maintenance", /no_target/, others('windows', 'end_maintenance', 'window_id')),
  ...['maintenance', 'end_maintenance'].map((action) =>
    one(`${action} without a target`, /instance_required/, ask({ action }, {}, 'all')),
  ),
  one('plan without a target', /instance_ambiguous/, ask({ action: 'plan', ...entity }, {}, 'all')),
];
