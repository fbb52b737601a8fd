/** What can be up or down. */
export type Kind = 'entity' | 'device' | 'config_entry' | 'instance';

/** Whoever or whatever is named across a boundary. */
export interface Named<K = Kind> {
  readonly kind: K;
  readonly id: string;
  readonly name: string;
}

export const STATUSES = ['available', 'unavailable', 'unknown', 'stale', 'missing'] as const;

/** Ours; Home Assistant's own word is `state`. */
export type Status = (typeof STATUSES)[number];

/** What is known of a subject besides its status; the latest of it is kept with the facts. */
export interface Subject {
  readonly kind: Kind;
  /** entity_id, device id, entry_id or instance_id. */
  id: string;
  name: string;
  domain?: string | undefined;
  device_id?: string | undefined;
  config_entry_id?: string | undefined;
  area_id?: string | undefined;
  /** The entity registry's own id: stays when the entity is renamed. */
  registry_id?: string | undefined;
}

export function named({ kind, id, name }: Subject): Named {
  return { kind, id, name };
}
