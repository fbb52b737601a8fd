import type { Flap } from '../../core/figures/flapping';
import { type Chronicle, chronicleOf } from '../../instance/figures/chronicle';
import { flappingOf } from '../../instance/figures/home-flapping';
import { fromEach } from '../kept';
import { operation } from '../operation';
import { fields, instant, listOf, maybeText, number, ofInstance, page, record, text, whole } from '../schema';

interface FlappingFields {
  readonly limit: number;
  readonly offset: number;
}

export const flapping = operation<FlappingFields>({
  name: 'flapping',
  summary: 'Entities that go up and down again and again now, those that do it most first.',
  access: 'read',
  replays: true,
  fields: fields(page),
  answer: listOf(
    record({
      ...ofInstance,
      entity_id: text,
      name: text,
      integration: maybeText,
      device_id: maybeText,
      percent: { ...number, description: 'How much it changed in the last 20 minutes; from 20 on it flaps, till 5' },
      changes: whole,
      since: { ...instant, description: 'Not before three hours ago' },
    }),
  ),
  run: async (caller, { limit, offset }) => {
    const homes = await fromEach(caller, async (home) => {
      const chronicle = await chronicleOf(home, caller.until);
      return (await flappingOf(chronicle, caller.now)).map((flap) => flapRecord(flap, chronicle));
    });
    const all = homes.flat().sort((one, other) => other.percent - one.percent);
    return { body: all.slice(offset, offset + limit), total: all.length };
  },
});

function flapRecord({ subject, percent, changes, since }: Flap, chronicle: Chronicle) {
  const { instance_id, instance_name, household } = chronicle;
  return {
    instance_id,
    instance_name,
    entity_id: subject.id,
    name: household.nameOf('entity', subject.id),
    integration: household.integrationOf(subject),
    device_id: household.deviceOf(subject),
    percent,
    changes,
    since: new Date(since).toISOString(),
  };
}
