import type { Call } from './command';
import { isRecord } from './message';
import { nowSeconds, type StateChange } from './state-machine';

/** Characters a template may render; more is an error in Home Assistant, too. */
const MAX_OUTPUT = 256 * 1024;

type Reported = [entityId: string, seconds: number];

/**
 * Knows one template: whatever asks for `last_reported` or `last_updated` gets a list of [entity id, epoch seconds], or the seconds since
 * then if it asks for `now()`, over the ids in `variables.ids` or, without them, over all sensors. It renders again on
 * every change, as Home Assistant does.
 */
export function renderTemplate({ session, host: { core }, id, message }: Call): void {
  const template = String(message['template']);
  const variables = isRecord(message['variables']) ? message['variables'] : {};
  const ids = Array.isArray(variables['ids']) ? variables['ids'].map(String) : null;
  const watched = ids ? new Set(ids) : null;
  const isMine = (entityId: string) => (watched ? watched.has(entityId) : entityId.startsWith('sensor.'));
  const render = () => {
    const result = rendered(template, core, ids);
    if (result === undefined) {
      if (message['report_errors'] === true)
        session.event(id, {
          error: `Template output exceeded maximum size of ${MAX_OUTPUT} characters`,
          level: 'ERROR',
        });
      return;
    }
    const listeners = {
      all: false,
      entities: ids ?? [],
      domains: ids ? [] : ['sensor'],
      time: template.includes('now()'),
    };
    session.event(id, { result, listeners });
  };
  let waiting = false;
  const onState = (change: StateChange) => {
    if (waiting || !isMine(change.entity_id)) return;
    waiting = true;
    setImmediate(() => {
      waiting = false;
      if (session.subscriptions.has(id)) render();
    });
  };
  core.on('state', onState);
  session.subscriptions.set(id, () => core.off('state', onState));
  session.result(id);
  setImmediate(() => {
    if (session.subscriptions.has(id)) render();
  });
}

function rendered(template: string, core: Call['host']['core'], ids: string[] | null): unknown {
  const field = template.includes('last_reported') ? 'last_reported' : 'last_updated';
  if (!template.includes(field)) return plain(template);
  if (field === 'last_reported' && !core.modern) return undefined;
  const base = template.includes('now()') ? nowSeconds() : undefined;
  const list: Reported[] = [];
  const wanted = ids ?? [...core.states.all.keys()].filter((entityId) => entityId.startsWith('sensor.'));
  let length = 0;
  for (const entityId of wanted) {
    const state = core.states.all.get(entityId);
    if (!state) continue;
    list.push([entityId, base === undefined ? state[field] : base - state[field]]);
    length += entityId.length + 24;
  }
  return length > MAX_OUTPUT ? undefined : list;
}

/** A text stays what it is, a number in braces is one, everything else is an error, which nobody is told. */
function plain(template: string): unknown {
  if (!template.includes('{')) return template;
  const number = /^\{\{\s*(\d+)\s*\}\}$/.exec(template)?.[1];
  return number === undefined ? undefined : Number(number);
}
