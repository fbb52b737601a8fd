import type { Suppression } from '../../core/heal/heal';
import { suppressibleFields } from '../../instance/parse';
import { suppressSchema } from '../../instance/parse-action';
import { recordsOf } from '../../instance/past';
import {
  inForce,
  type SuppressionAnswer,
  suppressCommand,
  suppressionRecord,
  unsuppressCommand,
} from '../../instance/suppress-command';
import { fromEach, type Kept, namespaceOf } from '../kept';
import { operation } from '../operation';
import {
  fields,
  flag,
  instant,
  listOf,
  maybeInstant,
  maybeText,
  ofInstance,
  oneOf,
  page,
  record,
  text,
  whole,
} from '../schema';

const { entity_id, suppression_id, for_minutes, until, reason } = suppressSchema.properties;

const kind = oneOf('entity', 'device', 'config_entry', 'integration');

const answer = record({
  ...ofInstance,
  entity_id: maybeText,
  suppressed: flag,
  message: text,
  action: oneOf('suppress', 'unsuppress'),
  suppressions: listOf(
    record({
      suppression_id: text,
      kind,
      id: text,
      name: text,
      integration: maybeText,
      since: instant,
      until: maybeInstant,
      reason: maybeText,
    }),
  ),
});

export const suppressed = operation<{ readonly limit: number; readonly offset: number }>({
  name: 'suppressed',
  summary: 'What healing leaves alone.',
  access: 'read',
  fields: fields(page),
  answer: record({
    entities: listOf(
      record({
        ...ofInstance,
        entity_id: maybeText,
        friendly_name: maybeText,
        integration: maybeText,
        suppressed_since: instant,
        until: maybeInstant,
        reason: maybeText,
        kind,
        id: text,
        suppression_id: text,
      }),
    ),
    total_count: whole,
  }),
  run: async (caller, { limit, offset }) => {
    const all = (await fromEach(caller, (home) => suppressedIn(home, caller.now))).flat();
    return { body: { entities: all.slice(offset, offset + limit), total_count: all.length }, total: all.length };
  },
});

export const suppress = operation({
  name: 'suppress',
  summary: 'Have an entity, a device, a config entry or an integration left alone by healing.',
  access: 'write',
  fields: fields({ ...suppressibleFields, for_minutes, until, reason }),
  answer,
  run: ({ commanded, reference, now }, asked) => told(suppressCommand(commanded, reference, asked, now)),
});

export const suppressEntity = operation({
  name: 'suppress_entity',
  summary: 'Have an entity left alone by healing.',
  access: 'write',
  fields: fields({ entity_id, for_minutes, until, reason }, ['entity_id']),
  answer,
  run: ({ commanded, reference, now }, asked) => told(suppressCommand(commanded, reference, asked, now)),
});

export const unsuppress = operation({
  name: 'unsuppress',
  summary: 'Have healed again what was left alone.',
  access: 'write',
  fields: fields({ ...suppressibleFields, suppression_id }),
  answer,
  run: ({ commanded, reference, now }, asked) => told(unsuppressCommand(commanded, reference, asked, now)),
});

export const unsuppressEntity = operation({
  name: 'unsuppress_entity',
  summary: 'Have an entity healed again that was left alone.',
  access: 'write',
  fields: fields({ entity_id }, ['entity_id']),
  answer,
  run: ({ commanded, reference, now }, asked) => told(unsuppressCommand(commanded, reference, asked, now)),
});

function told(done: SuppressionAnswer) {
  const { action, suppressions } = done;
  const suppressed = action === 'suppress';
  const [first] = suppressions ?? [];
  const end = first?.until ? ` until ${first.until}` : ' until it is lifted';
  const name = first?.name ?? done.instance_name;
  const message = suppressed ? `${name}: healing is suppressed${end}.` : `${name}: healing is not suppressed any more.`;
  return { body: { ...done, entity_id: first?.kind === 'entity' ? first.id : null, suppressed, message } };
}

async function suppressedIn(home: Kept, now: number) {
  const { instance_id, name: instance_name, instance } = home;
  const all = instance ? inForce(home, now) : await stored(home, now);
  return all.map((one) => {
    const { name, integration, since, kind, id, ...rest } = suppressionRecord(one, instance?.healing);
    return {
      ...{ instance_id, instance_name, entity_id: kind === 'entity' ? id : null },
      // A home that is not watched has no names.
      friendly_name: instance ? name : null,
      ...{ integration, suppressed_since: since, kind, id, ...rest },
    };
  });
}

async function stored(home: Kept, now: number): Promise<Suppression[]> {
  const all = await recordsOf<Suppression>(await namespaceOf(home), 'suppression', true);
  return all.filter(({ until }) => until === null || until > now);
}
