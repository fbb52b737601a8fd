import { describe } from '../error';
import { parseHealOptions, parseWatchOptions } from '../instance/parse';
import { type ConfigFile, isFields, isReference, own, type Path } from './config-file';
import type { Home } from './homes';
import { LEFT_BEHIND } from './left-behind';
import type { Remarks } from './remarks';

/** Options of a `caretaker-instance`, under our names. */
export type Options = Readonly<Record<string, unknown>>;

export interface Settings {
  /** By instance_id. */
  readonly optionsOf: ReadonlyMap<string, Options>;
  /** What cannot be healed is told in that Home Assistant. */
  readonly notify: boolean;
}

/** Where a number or a switch goes, and who knows whether it may. */
const SAME: ReadonlyMap<string, readonly [option: string, parse: (fields: unknown) => object]> = new Map([
  ['monitoring.grace_period_seconds', ['state_change_grace_period_seconds', parseWatchOptions]],
  ['monitoring.state_change_grace_period_seconds', ['state_change_grace_period_seconds', parseWatchOptions]],
  ['monitoring.recovery_grace_period_seconds', ['recovery_grace_period_seconds', parseWatchOptions]],
  ['monitoring.startup_grace_period_seconds', ['startup_grace_period_seconds', parseWatchOptions]],
  ['monitoring.health_check_interval_seconds', ['health_check_interval_seconds', parseWatchOptions]],
  ['healing.enabled', ['healing_enabled', parseHealOptions]],
  ['healing.max_attempts', ['max_attempts', parseHealOptions]],
  ['healing.cooldown_seconds', ['cooldown_seconds', parseHealOptions]],
  ['healing.circuit_breaker_threshold', ['circuit_breaker_threshold', parseHealOptions]],
  ['healing.circuit_breaker_reset_seconds', ['circuit_breaker_reset_seconds', parseHealOptions]],
]);

/** Sections an instance may have of its own. */
const SECTIONS = ['monitoring', 'healing'];
/** Looked at by others. */
const IDENTITY = ['id', 'instance_id', 'url', 'token'];
const UNKNOWN = 'is left out: Caretaker knows nothing of that name.';

/** What is set for all homes, and for each. Whatever cannot be taken over is remarked on. */
export function settingsOf(config: ConfigFile, homes: readonly Home[], remarks: Remarks): Settings {
  const reader = new Reader(config, remarks);
  const common = reader.common();
  const optionsOf = new Map(homes.map((home) => [home.instance_id, { ...common, ...reader.ownOf(home) }] as const));
  return { optionsOf, notify: reader.notify };
}

class Reader {
  notify = true;
  readonly #config: ConfigFile;
  readonly #remarks: Remarks;

  constructor(config: ConfigFile, remarks: Remarks) {
    this.#config = config;
    this.#remarks = remarks;
  }

  common(): Options {
    const options = new Map<string, unknown>();
    for (const [key, value] of Object.entries(this.#config.value)) {
      if (key === 'instances') continue;
      if (key === 'mode') this.#mode(value, options);
      else if (key === 'home_assistant') this.#homeAssistant(value);
      else this.#section(key, value, [key], options);
    }
    return Object.fromEntries(options);
  }

  /** Instead of what is set for all. */
  ownOf({ fields, path }: Home): Options {
    // The only one, right under `home_assistant`: that was looked at already.
    if (path.length === 1) return {};
    const options = new Map<string, unknown>();
    for (const [key, value] of Object.entries(fields)) {
      const at = [...path, key];
      if (IDENTITY.includes(key)) continue;
      if (SECTIONS.includes(key)) this.#section(key, value, at, options);
      else this.#remark(at, LEFT_BEHIND.get(`home_assistant.${key}`) ?? UNKNOWN);
    }
    return Object.fromEntries(options);
  }

  #homeAssistant(value: unknown): void {
    for (const key of isFields(value) ? Object.keys(value) : []) {
      if (IDENTITY.includes(key) || key === 'instances') continue;
      this.#remark(['home_assistant', key], LEFT_BEHIND.get(`home_assistant.${key}`) ?? UNKNOWN);
    }
  }

  #mode(value: unknown, options: Map<string, unknown>): void {
    if (value === 'dry_run') options.set('healing_dry_run', true);
    else if (value !== 'production') this.#remark(['mode'], 'is left out: there is production and dry_run.');
  }

  /** @param name of the section, wherever it stands */
  #section(name: string, value: unknown, path: Path, options: Map<string, unknown>): void {
    const why = LEFT_BEHIND.get(`${name}.*`);
    if (value === null) return;
    if (why) this.#remark(path, why);
    else if (!isFields(value)) this.#remark(path, UNKNOWN);
    for (const [key, setting] of isFields(value) && !why ? Object.entries(value) : []) {
      this.#setting(`${name}.${key}`, setting, [...path, key], options);
    }
  }

  #setting(name: string, value: unknown, path: Path, options: Map<string, unknown>): void {
    if (value === null || isDefault(name, value)) return;
    if (SAME.has(name)) this.#same(name, value, path, options);
    else if (name === 'monitoring.include' || name === 'monitoring.exclude') this.#globs(value, path, options);
    else if (name === 'monitoring.entity_overrides') this.#overrides(value, path, options);
    else if (name === 'notifications.on_healing_failure') this.notify = truth(value) !== false;
    else if (name === 'monitoring.auto_discovery') this.#section(name, value, path, options);
    else this.#remark(path, LEFT_BEHIND.get(name) ?? UNKNOWN);
  }

  #same(name: string, value: unknown, path: Path, options: Map<string, unknown>): void {
    const [option, parse] = SAME.get(name) ?? ['', Object];
    const taken = this.#taken(option, value, path, parse);
    if (taken === undefined) return;
    if (options.has(option)) this.#remark(path, `is left out: ${option} is set above by another name.`);
    else options.set(option, taken);
  }

  /** As it may be; undefined, and remarked on, when it may not. */
  #taken(option: string, value: unknown, path: Path, parse: (fields: unknown) => object): unknown {
    if (isReference(value)) return value;
    try {
      return own(parse({ [option]: truth(value) }), option);
    } catch (thrown) {
      const what = describe(thrown).replace(`${option}: `, '');
      this.#remark(path, `is left out: ${what} Caretaker's own default stands.`);
      return undefined;
    }
  }

  #globs(value: unknown, path: Path, options: Map<string, unknown>): void {
    const option = path.at(-1) ?? '';
    const entities = this.#entities(value, path);
    if (entities.length === 0) return;
    options.set(option, { entities });
    if (option !== 'include') return;
    this.#remark(
      path,
      'narrows what is watched to these, as it did in HA Boss. Empty "Only these" in the instance to watch everything.',
    );
  }

  #remark(path: Path, why: string): void {
    this.#remarks.add(this.#config.name, this.#config.label(path), why);
  }

  #entities(value: unknown, path: Path): string[] {
    const globs = Array.isArray(value) ? value : [value];
    return globs.flatMap((glob: unknown, index) => {
      const at = Array.isArray(value) ? [...path, String(index)] : path;
      if (typeof glob === 'string' && glob !== '' && glob.length <= LONGEST && !glob.includes('[')) return [glob];
      this.#remark(at, 'is left out: a pattern is an entity id with * for any text and ? for one character.');
      return [];
    });
  }

  #overrides(value: unknown, path: Path, options: Map<string, unknown>): void {
    const overrides = Object.entries(isFields(value) ? value : {}).flatMap(([match, fields]) => {
      const times = new Map<string, unknown>();
      this.#section('monitoring', fields, [...path, match], times);
      const grace = times.get('state_change_grace_period_seconds');
      const [glob] = grace === undefined ? [] : this.#entities(match, [...path, match]);
      return glob === undefined ? [] : [{ match: glob, state_change_grace_period_seconds: grace }];
    });
    if (overrides.length > 0) options.set('entity_overrides', overrides);
  }
}

const LONGEST = 255;

/** What is said of them would be true of nobody who did not touch them. */
function isDefault(name: string, value: unknown): boolean {
  return name === 'notifications.ha_service' && value === 'persistent_notification.create';
}

/** The words that were true and false in HA Boss's YAML, but are texts in today's. */
function truth(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (/^(yes|on|true|y)$/i.test(value)) return true;
  return /^(no|off|false|n)$/i.test(value) ? false : value;
}
