import {
  flag,
  instant,
  listOf,
  maybeFlag,
  maybeInstant,
  maybeOneOf,
  maybeText,
  maybeWhole,
  number,
  type ObjectSchema,
  ofInstance,
  oneOf,
  orNothing,
  record,
  type Schema,
  text,
  whole,
} from '../schema';

const problem = record({ code: text, message: text });
const counts: Schema = { type: 'object', additionalProperties: whole };
const place = record({ kind: text, place: text });
const state = maybeOneOf('connected', 'degraded', 'disconnected', 'error');

const connection = record({
  state,
  reason: orNothing(problem),
  last_health_check: maybeInstant,
  history: listOf(record({ state, reason: orNothing(problem), at: instant })),
});

const store = record({
  kind: oneOf('sqlite', 'postgres', 'memory'),
  place: text,
  bytes: maybeWhole,
  size: record({ subjects: whole, transitions: whole, bytes: number }),
  newest: maybeInstant,
});

const backups = record({
  count: whole,
  bytes: whole,
  newest: orNothing(record({ backup: text, created_at: instant, bytes: whole })),
});

const secret = oneOf('set', 'not set');
const settings = record({
  addon: flag,
  url: maybeText,
  token: secret,
  tls: secret,
  options: part({ type: 'object' }),
  store: part(record({ kind: oneOf('sqlite', 'postgres'), url: secret })),
});

/** Of one home; a part that could not be had says why. */
export const diagnosticsAnswer: ObjectSchema = record({
  at: instant,
  ...ofInstance,
  namespace: maybeText,
  running: flag,
  refusal: maybeText,
  standby: maybeText,
  moved: orNothing(record({ from: place, to: place })),
  versions: record({ caretaker: text, node_red: text, node: text, platform: text, home_assistant: maybeText }),
  home: orNothing(record({ location_name: text, time_zone: text, language: text, running: flag })),
  is_admin: maybeFlag,
  connection: part(connection),
  store: part(store),
  counts: part(
    record({
      subjects: record({ entity: counts, device: counts, config_entry: counts, instance: counts }),
      entities: whole,
      monitors_listening: whole,
    }),
  ),
  queues: part(record({ journal: whole, pending_graces: whole })),
  backups: part(backups),
  settings: part(settings),
  plans: part(
    record({ names: listOf(text), problems: listOf(record({ kind: oneOf('error', 'note'), file: text, text })) }),
  ),
  last_errors: listOf(record({ at: instant, message: text })),
});

function part(schema: Schema): Schema {
  return { anyOf: [schema, record({ error: problem })] };
}
