import type { Kind, Named, Status } from '../subject';

/** What a fault can be traced to: a subject, an area or all entries of one integration. */
export type RootKind = Kind | 'area' | 'integration';

export type Root = Named<RootKind>;

type ActionCode =
  | 'check_instance'
  | 'reload_config_entry'
  | 'reauthenticate'
  | 'restart_home_assistant'
  | 'restart_device'
  | 'check_hub'
  | 'check_power'
  | 'update_entity'
  | 'check_entity'
  | 'wait';

/** What somebody could do about it; the wording is made where the language is known. */
export interface SuggestedAction {
  readonly action: ActionCode;
  /** What to do it to. */
  readonly targets: readonly Root[];
  /** False: Home Assistant cannot come out of it by a reload. */
  readonly recoverable: boolean;
  /** Home Assistant's own word that led to it, e.g. `setup_retry`; null when there is none. */
  readonly state: string | null;
}

/** A subject explained by an incident. */
export interface Explained extends Named {
  readonly status: Status;
  /** When it went down, epoch ms. */
  readonly since: number;
}

/** One cause and all that is down because of it. Plain data: kept in the store as it was last told. */
export interface Incident {
  readonly incident_id: string;
  readonly root: Root;
  /** 0 to 1. */
  readonly confidence: number;
  /** Down because of it; the root itself too when it is a subject that is down. */
  readonly explained: readonly Explained[];
  /** Went down about when the cause did, and no cause but itself is known. */
  readonly unexplained: readonly Named[];
  /** Were down because of it and are back. */
  readonly recovered: readonly Explained[];
  /** When the first of them went down, epoch ms. */
  readonly since: number;
  /** When it was first told, epoch ms. */
  readonly opened_at: number;
  /** When it was last told, epoch ms. */
  readonly updated_at: number;
  readonly resolved_at: number | null;
  /** Null while it is open. */
  readonly resolution: Resolution | null;
  /** How long it has lasted, until it was last told. */
  readonly duration_seconds: number;
  readonly suggested_action: SuggestedAction;
  /** The incident that explains its subjects now. */
  readonly merged_into: string | null;
  /** The incident it was once part of. */
  readonly split_from: string | null;
}

/** `removed`: whatever was down is no subject of this home any more. */
export type Resolution = 'recovered' | 'removed' | 'merged';

export interface IncidentChange {
  readonly event: 'opened' | 'updated' | 'resolved';
  readonly incident: Incident;
}

export interface IncidentOptions {
  /** How long facts are gathered when the cause is beyond doubt, seconds. Default 30. */
  readonly group_wait_seconds: number;
  /** What went down no further apart than this may have one cause; doubtful causes wait as long. Default 90. */
  readonly window_seconds: number;
  /** The same for a group of which as good as all is down, seconds. Default 600. */
  readonly trickle_seconds: number;
  /** Least time between two tellings of one incident whose root stays, seconds. Default 60. */
  readonly update_interval_seconds: number;
  /** How long the others must have been back before what is left is looked at afresh, seconds. Default 600. */
  readonly split_after_seconds: number;
  /** How long a hub that is down may be the cause of what falls behind it one by one, seconds. Default a day. */
  readonly effect_seconds: number;
  /** Least share of a group that must have gone down for the group to be the cause. Default 0.8. */
  readonly hit_ratio: number;
}

export const defaultIncidentOptions: IncidentOptions = {
  group_wait_seconds: 30,
  window_seconds: 90,
  trickle_seconds: 600,
  update_interval_seconds: 60,
  split_after_seconds: 600,
  effect_seconds: 86_400,
  hit_ratio: 0.8,
};

/** All of them in the proportion of the defaults. @param window_seconds 0 tells each fault by itself, at once */
export function incidentOptions(window_seconds: number): IncidentOptions {
  const scale = window_seconds / defaultIncidentOptions.window_seconds;
  const { group_wait_seconds, trickle_seconds, update_interval_seconds, split_after_seconds } = defaultIncidentOptions;
  return {
    ...defaultIncidentOptions,
    window_seconds,
    group_wait_seconds: group_wait_seconds * scale,
    trickle_seconds: trickle_seconds * scale,
    update_interval_seconds: update_interval_seconds * scale,
    split_after_seconds: split_after_seconds * scale,
  };
}

export function keyOf(subject: { readonly kind: RootKind; readonly id: string }): string {
  return `${subject.kind}:${subject.id}`;
}

/** The same for the same cause at the same instants, so that what is replayed has the same name. */
export function incidentId(root: Root, since: number, openedAt: number): string {
  return digest(`${keyOf(root)} ${since} ${openedAt}`);
}

/** Sixteen hex digits, the same for the same text. */
export function digest(text: string): string {
  return hash(text, 0x811c9dc5) + hash(text, 0x9e3779b9);
}

/** FNV-1a, 32 bits, as eight hex digits. */
function hash(text: string, seed: number): string {
  let value = seed;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** A user cares whether the cause is sure, likely or a guess, not about the digits. */
export function confidenceClass(confidence: number): 'high' | 'medium' | 'low' {
  if (confidence >= 0.8) return 'high';
  return confidence >= 0.5 ? 'medium' : 'low';
}
