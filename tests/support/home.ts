/**
 * A Home Assistant under test, simulated or real. The contract suite and the end-to-end suites see only this, so
 * whatever the simulator imitates is proven on the real thing by the very same tests.
 */
export interface Home {
  /** Base address without a trailing slash, e.g. `http://127.0.0.1:18123`. */
  readonly url: string;
  /** Home Assistant's version, e.g. `2026.11.0`. */
  readonly version: string;
  readonly tokens: Tokens;
  readonly lab: Lab;
  /** `homeassistant.restart`: goes down, comes back by itself; resolves once it is RUNNING again. */
  restart(): Promise<void>;
  /** Ends the process at once (SIGKILL) and leaves it down. */
  kill(): Promise<void>;
  /** Starts it again after `kill`; resolves once it is RUNNING. */
  start(): Promise<void>;
  /** Makes every login with the named token fail (`auth_invalid`) and drops its open sockets, or lets it in again. */
  setTokenValid(who: keyof Tokens, valid: boolean): Promise<void>;
  /** Breaks the configuration, with which Home Assistant then refuses to restart, or mends it. */
  setConfigValid(valid: boolean): Promise<void>;
  /** Warnings and errors it has logged so far, one a line. Of the simulator: failed logins. */
  log(): Promise<readonly string[]>;
  /** Ends everything that belongs to this home. */
  stop(): Promise<void>;
}

/** Long-lived access tokens of an administrator, a plain user and a read-only user. */
export interface Tokens {
  readonly admin: string;
  readonly user: string;
  readonly read_only: string;
}

/** What Home Assistant shows to people until it is dismissed. */
export interface Notification {
  readonly notification_id: string;
  readonly title: string | null;
  readonly message: string;
}

/** What a lab entry does from the next set-up or poll on. Its buttons live on while its sensors are dead. */
export type LabMode =
  | 'ok'
  | 'dead_until_reload'
  | 'dead'
  | 'setup_not_ready'
  | 'setup_false'
  | 'setup_auth_failed'
  | 'setup_slow'
  | 'unload_false'
  | 'device_dead_until_button'
  /** Dead until a reload, which takes `seconds`. */
  | 'dead_until_slow_reload'
  /** Dead until a reload, which does not bring back the first device: that stays dead for good. */
  | 'dead_until_reload_but_one'
  /** Each sensor is dead until `homeassistant.update_entity` polls it; nobody else does. */
  | 'dead_until_update'
  /** Dead, and well again by itself after `seconds`, whatever is done. */
  | 'recovers'
  /** The first device is dead for good. */
  | 'device_dead'
  /** Dead, and it cannot be unloaded. */
  | 'dead_unload_false';

/** The integration `caretaker_lab`: entries that break on command. */
export interface Lab {
  /**
   * Adds a config entry. Its devices are `<title> 1`, `<title> 2` ...; each has `sensors` sensors named
   * `Sensor 1` ... and one restart button, so entity ids are `sensor.<slug of title>_<device>_sensor_<n>` and
   * `button.<slug of title>_<device>_restart` (device class `restart`). Answers the entry id.
   */
  add(title: string, devices: number, sensors: number): Promise<string>;
  /**
   * `seconds` is the duration of a slow set-up, or the time until it recovers. Takes effect at once where it can, else
   * with the next set-up.
   */
  setMode(entryId: string, mode: LabMode, seconds?: number): Promise<void>;
  /** Sets the native value of a lab sensor. */
  setValue(entityId: string, value: number): Promise<void>;
  /** HTTP status and body of the reload. */
  reload(entryId: string): Promise<{ status: number; body: unknown }>;
  disable(entryId: string): Promise<void>;
  enable(entryId: string): Promise<void>;
  remove(entryId: string): Promise<void>;
  renameEntity(entityId: string, newEntityId: string): Promise<void>;
  removeEntity(entityId: string): Promise<void>;
  /** The persistent notifications that nobody has dismissed. */
  notifications(): Promise<readonly Notification[]>;
}
