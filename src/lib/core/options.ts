import type { Selector } from './selector';

/** Set per instance; every duration in seconds. */
export interface WatchOptions {
  /** Between two health checks. Default 60. */
  readonly health_check_interval_seconds: number;
  /** How long a subject must be down before it counts. Default 30. */
  readonly state_change_grace_period_seconds: number;
  /** How long it must be back before it counts. Default 10. */
  readonly recovery_grace_period_seconds: number;
  /** Nothing is called down for this long after Home Assistant came back. Default 300. */
  readonly startup_grace_period_seconds: number;
  /** Silence that makes an entity stale; 0 is off. Default 0. */
  readonly stale_threshold_seconds: number;
  /** What goes down no further apart than this may have one cause. Default 90. */
  readonly incident_window_seconds: number;
  readonly include: Selector;
  readonly exclude: Selector;
  readonly entity_overrides: readonly EntityOverride[];
}

/** The first whose glob matches the entity id wins. */
export interface EntityOverride {
  readonly match: string;
  readonly state_change_grace_period_seconds?: number | undefined;
  readonly recovery_grace_period_seconds?: number | undefined;
  readonly stale_threshold_seconds?: number | undefined;
}

export const defaultWatchOptions: WatchOptions = {
  health_check_interval_seconds: 60,
  state_change_grace_period_seconds: 30,
  recovery_grace_period_seconds: 10,
  startup_grace_period_seconds: 300,
  stale_threshold_seconds: 0,
  incident_window_seconds: 90,
  include: {},
  exclude: {},
  entity_overrides: [],
};
