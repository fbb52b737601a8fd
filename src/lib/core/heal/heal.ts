import type { Kind, Named } from '../subject';

/** Rungs of the ladder, lowest first. The last one only a plan may name. */
export type Level = 'entity' | 'device' | 'integration' | 'home_assistant';

export type Action =
  /** `homeassistant.update_entity`: polls now. */
  | 'update_entity'
  /** A restart or ping button of the device, found through the registries. */
  | 'press_button'
  /** `zwave_js.ping` */
  | 'zwave_ping'
  /** `zha/devices/reconfigure` by ieee */
  | 'zha_reconfigure'
  /** REST reload of the entry. */
  | 'reload'
  /** `check_config`, then `homeassistant.restart`. */
  | 'restart'
  /** Nothing is called: how often a fault goes by itself is measured as the cost of acting is. */
  | 'wait';

/** What is to be healed: one thing, never a whole home. */
export interface HealTarget extends Named {
  readonly kind: Exclude<Kind, 'instance'>;
}

/** Which thing it is, whatever it is called. */
export type HealGoal = Pick<HealTarget, 'kind' | 'id'>;

/** One thing to do. */
export interface Step {
  readonly level: Level;
  readonly action: Action;
  /** What it is done to: an entity (a button too), a device, an entry; the home for a restart. */
  readonly target: Named;
  /** Service data, e.g. `ieee`. */
  readonly params: Readonly<Record<string, unknown>>;
  /** How long its effect is waited for, ms. */
  readonly timeout: number;
}

/** A step that was taken. */
export interface StepTaken {
  readonly level: Level;
  readonly action: Action;
  readonly target: Named;
  /** Epoch ms. */
  readonly at: number;
  readonly duration_seconds: number;
  /** Why it did not help: the call was refused, or what it was to bring back is still down. Null when it healed. */
  readonly error: string | null;
  /** The context Home Assistant gave the call; null for calls that have none. */
  readonly context_id: string | null;
}

export type RefusalReason =
  | 'healing_disabled'
  | 'suppressed'
  | 'maintenance'
  | 'cooldown'
  | 'circuit_open'
  | 'budget_exhausted'
  | 'in_progress'
  | 'already_available'
  | 'not_recoverable'
  | 'ha_is_retrying'
  | 'storm'
  | 'attempts_exhausted'
  | 'not_admin'
  | 'instance_not_ready'
  | 'no_target'
  | 'dry_run';

/** Who asked. */
export type AskedBy = 'auto' | 'message' | 'api' | 'dashboard';

/**
 * One try on one target: a fact. Stored when it begins, without an outcome, and again when it ends: whoever is killed
 * in between finds it unfinished, and it counts.
 */
export interface Attempt {
  readonly attempt_id: string;
  readonly incident_id: string | null;
  readonly target: HealTarget;
  /** The entry its target belongs to, whose reloads are counted; null for an entity without one. */
  readonly entry_id: string | null;
  /** The domain of that entry. */
  readonly integration: string | null;
  /** HA Boss did it, before Caretaker came. */
  readonly by: AskedBy | 'ha_boss';
  /** Why, in the words of who asked; left out where nobody said so. */
  readonly trigger_reason?: string | null;
  /** Its place among the tries of its target, from 1; left out where it began before that was counted. */
  readonly number?: number;
  /** The plan its steps came from; null for the ladder everybody has. */
  readonly plan: string | null;
  /** Why they stood in this order, if past heals said so. */
  readonly because: string | null;
  /** Epoch ms. */
  readonly began: number;
  /** Epoch ms; null while it is under way, or was when we were killed. */
  readonly ended: number | null;
  readonly outcome: 'healed' | 'failed' | null;
  /** Why it failed: `still_down`, `interrupted`, a code of Home Assistant ... */
  readonly reason: string | null;
  readonly message: string | null;
  readonly steps: readonly StepTaken[];
  /** Everything of the group that was down before. */
  readonly before: readonly Named[];
  readonly recovered: readonly Named[];
  readonly still_down: readonly Named[];
}

/** Nothing heals what it covers until it is lifted. */
export interface Suppression {
  readonly suppression_id: string;
  /** An entity, a device, a config entry; `integration` is a domain. */
  readonly kind: 'entity' | 'device' | 'config_entry' | 'integration';
  readonly id: string;
  readonly began: number;
  /** Epoch ms; null until it is lifted by hand. */
  readonly until: number | null;
  readonly reason: string | null;
}

/** A time in which a home is worked on: nothing is judged, nothing is healed. */
export type MaintenanceWindow = { readonly window_id: string; readonly reason: string | null } & (
  | {
      readonly repeats: 'once';
      /** Epoch ms. */
      readonly from: number;
      /** Epoch ms; null while it was opened by a message and not closed yet. */
      readonly to: number | null;
    }
  | {
      readonly repeats: 'weekly';
      /** Epoch ms; when it was set. */
      readonly began: number;
      /** Epoch ms; null while it is in force. */
      readonly ended: number | null;
      /** 0 is Sunday, in the home's own time zone. */
      readonly weekdays: readonly number[];
      /** `HH:MM` in the home's own time zone. */
      readonly at: string;
      readonly duration_minutes: number;
    }
);

export interface HealOptions {
  readonly healing_enabled: boolean;
  readonly healing_dry_run: boolean;
  /** Failed attempts in a row on one entry or device that open its breaker. */
  readonly circuit_breaker_threshold: number;
  /** Doubles each time it opens anew, up to a day. */
  readonly circuit_breaker_reset_seconds: number;
  /** Between two attempts on one target. */
  readonly cooldown_seconds: number;
  readonly verify_seconds: number;
  /** Per incident. */
  readonly max_attempts: number;
  readonly reloads_per_hour: number;
}

export const defaultHealOptions: HealOptions = {
  healing_enabled: true,
  healing_dry_run: false,
  circuit_breaker_threshold: 3,
  circuit_breaker_reset_seconds: 1800,
  cooldown_seconds: 300,
  verify_seconds: 60,
  max_attempts: 3,
  reloads_per_hour: 6,
};
