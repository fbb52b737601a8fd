import type { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import type { Operation } from '../../src/lib/api/operation';
import { root } from '../support/node-red';

const dist = (file: string) => require(join(root, 'dist/lib', file));

/** How many entities each home has. */
export const ENTITIES = 400;

/**
 * Runs inside Node-RED as a node module of its own, and puts plain operations in the place of those of the same name:
 * what is tried here is how they are asked, not what they answer.
 */
export function registerOperations(RED: NodeAPI): void {
  const beats = countBeats();
  RED.httpAdmin.get('/test/holds', (_request, response) => {
    const listeners = (RED.events as unknown as EventEmitter).listenerCount('flows:started');
    response.json({ beats: beats(), listeners });
  });
  const { CATALOGUE } = dist('api/catalogue.js') as { CATALOGUE: Map<string, Operation> };
  const { operation } = dist('api/operation.js') as typeof import('../../src/lib/api/operation');
  const { page, text, fields } = dist('api/schema.js') as typeof import('../../src/lib/api/schema');
  const { resolveCommand, resolveMany } = dist('core/resolve.js') as typeof import('../../src/lib/core/resolve');
  const { chosenOf } = dist('instance/heal-wish.js') as typeof import('../../src/lib/instance/heal-wish');
  const put = (one: Operation) => CATALOGUE.set(one.name, one);

  put(
    operation({
      name: 'status',
      summary: 'How many homes',
      access: 'read',
      fields: fields({}),
      answer: { type: 'object' },
      run: ({ visible, reference }) => {
        const homes = chosenOf(resolveMany(visible, reference)).map(({ instance_id }) => instance_id);
        return { body: { homes, count: homes.length } };
      },
    }),
  );
  put(
    operation<{ limit: number; offset: number }>({
      name: 'entities',
      summary: 'Entities',
      access: 'read',
      fields: fields(page),
      answer: { type: 'array' },
      run: ({ visible, reference }, { limit, offset }) => {
        const all = chosenOf(resolveMany(visible, reference)).flatMap(({ instance_id }) =>
          Array.from({ length: ENTITIES }, (_, at) => ({ entity_id: `sensor.number_${at}`, state: 'on', instance_id })),
        );
        return { body: all.slice(offset, offset + limit), total: all.length };
      },
    }),
  );
  put(
    operation<{ entity_id: string; reason?: string }>({
      name: 'suppress_entity',
      summary: 'Leave alone',
      access: 'write',
      fields: fields({ entity_id: text, reason: text }, ['entity_id']),
      answer: { type: 'object' },
      run: ({ commanded, reference }, { entity_id, reason = null }) => {
        const { instance_id } = chosenOf(resolveCommand(commanded, reference));
        return { body: { instance_id, entity_id, reason } };
      },
    }),
  );
  put(
    operation({
      name: 'diagnostics',
      summary: 'Never answers',
      access: 'read',
      fields: fields({}),
      answer: { type: 'object' },
      run: () => new Promise(() => {}),
    }),
  );
  put(
    operation({
      name: 'metrics',
      summary: 'Falls over',
      access: 'read',
      fields: fields({}),
      answer: { type: 'string' },
      run: () => {
        throw new Error('secret: hush');
      },
    }),
  );
}

/** How many timers run that give a sign of life to who listens, ms. */
function countBeats(beatMs = 15_000): () => number {
  const { setInterval: start, clearInterval: end } = globalThis;
  const running = new Set<unknown>();
  const counted = (run: () => void, ms: number, ...rest: []) => {
    const timer = start(run, ms, ...rest);
    if (ms === beatMs) running.add(timer);
    return timer;
  };
  const ended = (timer: NodeJS.Timeout | undefined) => {
    running.delete(timer);
    end(timer);
  };
  Object.assign(globalThis, { setInterval: counted, clearInterval: ended });
  return () => running.size;
}
