import type { LabMode } from '../home';
import type { EntryState } from './registry';

export interface Entry {
  readonly entry_id: string;
  domain: string;
  title: string;
  source: string;
  state: EntryState;
  reason: string | null;
  /** Translation key of the reason, where Home Assistant itself gives it. */
  reason_key: string | null;
  disabled_by: string | null;
  supports_unload: boolean;
  created_at: number;
  modified_at: number;
  /** Not of Home Assistant, from here on: what breaks it, as in the lab. */
  mode: LabMode;
  seconds: number;
  /** Are its entities set up? Else they are restored ones. */
  platforms_up: boolean;
  tries: number;
  retry: NodeJS.Timeout | undefined;
  recovery: NodeJS.Timeout | undefined;
  busy: Promise<unknown>;
}

/** What a set-up that succeeds makes of a mode. */
export const AFTER_SETUP: Readonly<Partial<Record<LabMode, LabMode>>> = {
  dead_until_reload: 'ok',
  dead_until_slow_reload: 'ok',
  dead_until_reload_but_one: 'device_dead',
};

/** The entry's sensors are all dead in it. */
export function isAllDead(mode: LabMode): boolean {
  return mode === 'dead' || mode === 'dead_unload_false' || mode === 'recovers' || mode in AFTER_SETUP;
}

export function isSlow(mode: LabMode): boolean {
  return mode === 'setup_slow' || mode === 'dead_until_slow_reload';
}

export function failsToUnload(mode: LabMode): boolean {
  return mode === 'unload_false' || mode === 'dead_unload_false';
}

export function isRecoverable(state: EntryState): boolean {
  return state === 'loaded' || state === 'setup_error' || state === 'setup_retry' || state === 'not_loaded';
}

/** Keys in the order Home Assistant spells them. */
export function entryRecord(entry: Entry, modern: boolean): Record<string, unknown> {
  const old = {
    title: entry.title,
    source: entry.source,
    state: entry.state,
    supports_options: false,
    supports_remove_device: false,
    supports_unload: entry.supports_unload,
  };
  const end = {
    pref_disable_new_entities: false,
    pref_disable_polling: false,
    disabled_by: entry.disabled_by,
    reason: entry.reason,
  };
  const { entry_id, domain, created_at, modified_at, reason_key } = entry;
  if (!modern) return { entry_id, domain, ...old, ...end };
  return {
    created_at,
    entry_id,
    domain,
    modified_at,
    ...old,
    supports_reconfigure: false,
    supported_subentry_types: {},
    ...end,
    error_reason_translation_domain: reason_key ? 'homeassistant' : null,
    error_reason_translation_key: reason_key,
    error_reason_translation_placeholders: null,
    num_subentries: 0,
  };
}
