/** Every command that the bringing up to date waits for, in its order. */
export const synced = [
  'auth/current_user',
  'config_entries/subscribe',
  'subscribe_events',
  'config/entity_registry/list',
  'config/device_registry/list',
  'config/area_registry/list',
  'config/label_registry/list',
  'subscribe_entities',
  'get_config',
] as const;
