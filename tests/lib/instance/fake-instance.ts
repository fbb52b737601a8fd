import { defaultWatchOptions } from '../../../src/lib/core/options';
import type { Subject } from '../../../src/lib/core/subject';
import { Tracker } from '../../../src/lib/core/tracker';
import type { Settled } from '../../../src/lib/core/transition';
import type { Instance } from '../../../src/lib/instance/instance';
import { Journal } from '../../../src/lib/instance/journal';
import type { Member } from '../../../src/lib/instance/roster';
import type { Namespace } from '../../../src/lib/store/store';

/** An instance without a Home Assistant: what it would hear is told to its tracker by the test. */
export class FakeInstance {
  readonly name: string;
  readonly storeKind = 'memory';
  state: Instance['state'] = 'connected';
  reason: Instance['reason'] = null;
  live = true;
  readonly tracker: Tracker;
  readonly incidents = { all: () => [], of: () => undefined };
  readonly journal: Journal;
  readonly #listeners = new Set<() => void>();

  constructor(
    readonly instance_id: string,
    namespace: Namespace,
  ) {
    this.name = `The ${instance_id}`;
    this.journal = new Journal(namespace, (what) => {
      throw new Error(what);
    });
    const graces = { state_change_grace_period_seconds: 0, recovery_grace_period_seconds: 0 };
    this.tracker = new Tracker(
      { ...defaultWatchOptions, ...graces },
      {
        settled: (settled) => this.journal.add(settled),
        renamed: (kind, from, to) => this.journal.rename(kind, from, to),
        left: () => {},
        back: () => {},
        removed: ({ kind, id }) => this.journal.forget(kind, id),
      },
    );
    this.tracker.goLive(1_000, 0);
  }

  member(id = `node-${this.instance_id}`): Member {
    const instance = this as unknown as Instance;
    return { id, instance_id: this.instance_id, name: this.name, instance, refusal: null, keeping: null, moved: null };
  }

  set(states: Record<string, string>, at: number): void {
    const lc = at / 1000;
    this.tracker.ingest({ a: Object.fromEntries(Object.entries(states).map(([id, s]) => [id, { s, lc }])) }, at, false);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  traits(subject: Subject) {
    return subject.kind === 'instance' ? undefined : this.tracker.traits(subject);
  }

  *present(at: number): Iterable<Settled> {
    for (const { subject, status, state, since } of this.tracker.all()) {
      if (status !== null) yield { subject, status, previous_status: null, state, since, at, seconds: null };
    }
  }
}
