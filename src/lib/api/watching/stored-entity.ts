import type { Member } from '../../instance/roster';

/** Whether there are facts of it; false where the store is not open. @throws CaretakerError store_failed */
export async function isStored({ keeping, instance_id }: Member, id: string): Promise<boolean> {
  if (!keeping) return false;
  const namespace = await keeping.store.namespace(instance_id);
  return (await namespace.transitions({ kind: 'entity', id, limit: 1 })).length > 0;
}
