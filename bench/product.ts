import { defaultHealOptions } from '../src/lib/core/heal/heal';
import { defaultWatchOptions } from '../src/lib/core/options';
import { defaultLinkTimes } from '../src/lib/hass/link';
import { target } from '../src/lib/hass/target';
import { Instance } from '../src/lib/instance/instance';
import { readPast } from '../src/lib/instance/past';
import { MemoryStore } from '../src/lib/store/memory';

/**
 * The product as its node runs it, but for the store: instances with their options as they are set for a user.
 * Resolves when all of them watch.
 */
export async function product(urls: readonly string[], counted: (events: number) => void): Promise<void> {
  const store = new MemoryStore();
  await Promise.all(
    urls.map(async (url, index) => {
      const id = `home_${index}`;
      const namespace = await store.namespace(id);
      const instance = new Instance(
        {
          instance_id: id,
          name: id,
          target: target(url, 'bench'),
          options: defaultWatchOptions,
          healing: defaultHealOptions,
          plans: () => [],
          isOurs: () => true,
          times: defaultLinkTimes,
          storeKind: store.kind,
          retention: { retention_days: 90, rollup_retention_days: 730 },
          log: (what) => console.error(what),
          info: () => {},
        },
        namespace,
        await readPast(namespace, console.error),
      );
      const watching = new Promise<void>((done) => {
        instance.onChange(() => {
          if (instance.live) done();
        });
      });
      instance.start();
      await watching;
      countAfter(instance, counted);
    }),
  );
}

/** Counts an event once it is judged. */
function countAfter({ tracker }: Instance, counted: (events: number) => void): void {
  const ingest = tracker.ingest.bind(tracker);
  tracker.ingest = (event, now, snapshot) => {
    ingest(event, now, snapshot);
    counted(1);
  };
}
