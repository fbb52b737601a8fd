import type { MaintenanceWindow } from '../../core/heal/heal';
import {
  endMaintenanceCommand,
  maintenanceCommand,
  storedWindowsIn,
  windowsIn,
} from '../../instance/maintenance-command';
import { windowSchema } from '../../instance/parse-action';
import { recordsOf } from '../../instance/past';
import { fromEach, type Kept, namespaceOf } from '../kept';
import { operation } from '../operation';
import {
  fields,
  listOf,
  maybeFlag,
  maybeInstant,
  maybeNumber,
  maybeText,
  ofInstance,
  oneOf,
  page,
  record,
  text,
} from '../schema';

const { window_id, ...windowFields } = windowSchema.properties;

const answer = record({
  ...ofInstance,
  action: oneOf('maintenance', 'end_maintenance', 'windows'),
  windows: listOf(
    record({
      window_id: text,
      repeats: oneOf('once', 'weekly'),
      from: maybeInstant,
      to: maybeInstant,
      weekdays: { type: ['array', 'null'], items: text },
      at: maybeText,
      duration_minutes: maybeNumber,
      reason: maybeText,
      in_force: maybeFlag,
    }),
  ),
  in_maintenance: maybeFlag,
  until: maybeInstant,
  time_zone: maybeText,
});

export const maintenance = operation<{ readonly limit: number; readonly offset: number }>({
  name: 'maintenance',
  summary: 'When homes are worked on: the windows in force or to come, by home.',
  access: 'read',
  fields: fields(page),
  answer: listOf(answer),
  run: async (caller, { limit, offset }) => {
    const all = await fromEach(caller, (home) => windowsOf(home, caller.now));
    return { body: all.slice(offset, offset + limit), total: all.length };
  },
});

export const startMaintenance = operation({
  name: 'start_maintenance',
  summary: 'Have a home left alone: now, at a time, or each week.',
  access: 'write',
  fields: fields(windowFields),
  answer,
  run: ({ commanded, reference, now }, asked) => ({ body: maintenanceCommand(commanded, reference, asked, now) }),
});

export const endMaintenance = operation({
  name: 'end_maintenance',
  summary: 'End a maintenance window, or withdraw it.',
  access: 'write',
  fields: fields({ window_id }, ['window_id']),
  answer,
  run: ({ commanded, reference, now }, asked) => ({ body: endMaintenanceCommand(commanded, reference, asked, now) }),
});

async function windowsOf(home: Kept, now: number) {
  if (home.instance) return windowsIn(home, now);
  return storedWindowsIn(home, await recordsOf<MaintenanceWindow>(await namespaceOf(home), 'window', true), now);
}
