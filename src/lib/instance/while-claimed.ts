import { CaretakerError } from '../error';
import type { Store } from '../store/store';
import type { Lease, LeaseHolder } from './lease-holder';

/**
 * Works on an instance while no other Node-RED looks after it, nor can begin to.
 * @param hint what to make of it when one does, in a sentence
 * @throws CaretakerError lease_lost, store_failed, and whatever the work does
 */
export async function whileClaimed<T>(
  holder: LeaseHolder,
  store: Store,
  instance_id: string,
  hint: string,
  work: () => Promise<T>,
): Promise<T> {
  const said = { label: '', trouble: '' };
  const lease: Lease = await holder.apply({
    store,
    instance_id,
    ours: (token) => store.fence(instance_id, token),
    theirs: (label) => Object.assign(said, { label }),
    trouble: (trouble) => Object.assign(said, { trouble }),
  });
  try {
    if (lease.isOurs) return await work();
    if (!said.label) throw new CaretakerError('store_failed', said.trouble);
    throw new CaretakerError(
      'lease_lost',
      `Another Node-RED (${said.label}) looks after ${instance_id}: nothing was changed. ${hint}`,
    );
  } finally {
    await lease.leave();
  }
}
