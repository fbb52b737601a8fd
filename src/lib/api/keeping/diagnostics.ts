import { diagnostics as diagnose } from '../../instance/diagnostics';
import { versions } from '../../instance/versions';
import type { NamespaceSize, Store } from '../../store/store';
import { operation } from '../operation';
import { askedFor } from '../ready';
import { fields, listOf, page } from '../schema';
import { diagnosticsAnswer } from './diagnostics-answer';

export const diagnostics = operation<{ readonly limit: number; readonly offset: number }>({
  name: 'diagnostics',
  summary: 'All that helps to find out what is wrong, by home, and no secret.',
  access: 'read',
  volatile: ['at', 'last_health_check', 'bytes', 'size', 'newest', 'queues'],
  fields: fields(page),
  answer: listOf(diagnosticsAnswer),
  run: async (caller, { limit, offset }) => {
    const homes = askedFor(caller);
    const options = { versions: versions(), now: caller.now, alone: true, sizes: countedOnce() };
    const some = homes.slice(offset, offset + limit);
    return { body: await Promise.all(some.map((home) => diagnose(home, options))), total: homes.length };
  },
});

/** A store that many homes share is large, and each has opened it for itself. */
function countedOnce(): (store: Store) => Promise<NamespaceSize[]> {
  const known = new Map<string | Store, Promise<NamespaceSize[]>>();
  return (store) => {
    // Of those in memory each is another one.
    const key = store.kind === 'memory' ? store : `${store.kind} ${store.place}`;
    const sizes = known.get(key) ?? store.sizes();
    known.set(key, sizes);
    return sizes;
  };
}
