import type { Kind, Status } from '../../../src/lib/core/subject';
import type { Settled } from '../../../src/lib/core/transition';

/** A transition as the tracker settles it. @param at epoch ms */
export function settled(id: string, at: number, status: Status = 'unavailable', kind: Kind = 'entity'): Settled {
  const previous_status = status === 'available' ? 'unavailable' : 'available';
  return {
    subject: { kind, id, name: `The ${id}` },
    status,
    previous_status,
    state: status,
    at,
    since: at - 30,
    seconds: 60,
  };
}
