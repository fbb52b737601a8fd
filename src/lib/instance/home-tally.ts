import { isDown } from '../core/health';
import type { Kind } from '../core/subject';
import type { Settled } from '../core/transition';

const KINDS: readonly Kind[] = ['entity', 'device', 'config_entry', 'instance'];

/** What happened in a home since it is watched: it only grows, and begins anew with the next deploy. */
export class HomeTally {
  readonly transitions = KINDS.map((kind) => ({ kind, down: 0, back: 0 }));

  settled({ subject, status, previous_status }: Settled): void {
    // To be seen for the first time is neither.
    if (previous_status === null) return;
    const one = this.transitions.find(({ kind }) => kind === subject.kind);
    if (one) one[isDown(status) ? 'down' : 'back'] += 1;
  }
}
