import type { Call } from './command';
import { isRecord } from './message';
import { changeFrame, compressed, type StateChange } from './state-machine';

type Test = (entityId: string) => boolean;

/** The result and the snapshot leave in one frame, as nothing runs between them. */
export function subscribeEntities({ session, host: { core }, id, message }: Call): void {
  const ids =
    Array.isArray(message['entity_ids']) && message['entity_ids'].length > 0 ? new Set(message['entity_ids']) : null;
  const filter = entityFilter(message['include'], message['exclude']);
  const wants: Test | null =
    ids || filter ? (entityId) => (!ids || ids.has(entityId)) && (!filter || filter(entityId)) : null;
  const tail = `,"id":${id}}`;
  const onState = (change: StateChange) => {
    if (!wants || wants(change.entity_id)) session.queue(changeFrame(change) + tail);
  };
  core.on('state', onState);
  session.subscriptions.set(id, () => core.off('state', onState));
  session.result(id);
  const parts: string[] = [];
  for (const [entityId, state] of core.states.all) {
    if (!wants || wants(entityId)) parts.push(`${JSON.stringify(entityId)}:${JSON.stringify(compressed(state))}`);
  }
  session.queue(`{"id":${id},"type":"event","event":{"a":{${parts.join(',')}}}}`);
}

interface Selection {
  readonly domains: ReadonlySet<string>;
  readonly entities: ReadonlySet<string>;
  readonly globs: readonly RegExp[];
}

function selection(value: unknown): Selection {
  const record = isRecord(value) ? value : {};
  const list = (key: string) => (Array.isArray(record[key]) ? record[key].map(String) : []);
  return {
    domains: new Set(list('domains')),
    entities: new Set(list('entities')),
    globs: list('entity_globs').map(globExpression),
  };
}

function globExpression(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*/g, '.*').replace(/\?/g, '.')}$`);
}

const isEmpty = (one: Selection) => one.domains.size === 0 && one.entities.size === 0 && one.globs.length === 0;

/** Home Assistant's own order: a named entity beats a glob, a glob beats a domain. Null: everything passes. */
function entityFilter(includeValue: unknown, excludeValue: unknown): Test | null {
  const include = selection(includeValue);
  const exclude = selection(excludeValue);
  if (isEmpty(include) && isEmpty(exclude)) return null;
  const globbed = (one: Selection, entityId: string) => one.globs.some((glob) => glob.test(entityId));
  const hit = (one: Selection, entityId: string) =>
    one.entities.has(entityId) || one.domains.has(domainOf(entityId)) || globbed(one, entityId);
  if (isEmpty(exclude)) return (entityId) => hit(include, entityId);
  if (isEmpty(include)) return (entityId) => !hit(exclude, entityId);
  if (include.domains.size > 0 || include.globs.length > 0) {
    return (entityId) =>
      include.entities.has(entityId) ||
      (!exclude.entities.has(entityId) &&
        (globbed(include, entityId) || (include.domains.has(domainOf(entityId)) && !globbed(exclude, entityId))));
  }
  if (exclude.domains.size > 0 || exclude.globs.length > 0) {
    return (entityId) =>
      exclude.domains.has(domainOf(entityId)) || globbed(exclude, entityId)
        ? include.entities.has(entityId)
        : !exclude.entities.has(entityId);
  }
  return (entityId) => include.entities.has(entityId);
}

function domainOf(entityId: string): string {
  return entityId.slice(0, entityId.indexOf('.'));
}
