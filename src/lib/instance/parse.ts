import { defaultHealOptions, type HealOptions, type HealTarget, type Level } from '../core/heal/heal';
import { defaultWatchOptions, type WatchOptions } from '../core/options';
import type { Selector } from '../core/selector';
import type { Kind } from '../core/subject';
import { CaretakerError } from '../error';
import { ajv, parser, pick, refusal } from './parser';

const names = { type: 'array', maxItems: 1000, items: { type: 'string', minLength: 1, maxLength: 255 } };
const seconds = { type: 'number', minimum: 0, maximum: 31_536_000 };
const days = { type: 'number', minimum: 0, maximum: 36_500 };
const selector = {
  type: 'object',
  default: {},
  additionalProperties: false,
  properties: { entities: names, domains: names, areas: names, labels: names, devices: names, integrations: names },
};

const watchSchema = {
  type: 'object',
  properties: {
    health_check_interval_seconds: { ...seconds, default: defaultWatchOptions.health_check_interval_seconds },
    state_change_grace_period_seconds: { ...seconds, default: defaultWatchOptions.state_change_grace_period_seconds },
    recovery_grace_period_seconds: { ...seconds, default: defaultWatchOptions.recovery_grace_period_seconds },
    startup_grace_period_seconds: { ...seconds, default: defaultWatchOptions.startup_grace_period_seconds },
    stale_threshold_seconds: { ...seconds, default: defaultWatchOptions.stale_threshold_seconds },
    incident_window_seconds: { ...seconds, maximum: 600, default: defaultWatchOptions.incident_window_seconds },
    include: selector,
    exclude: selector,
    entity_overrides: {
      type: 'array',
      default: [],
      maxItems: 1000,
      items: {
        type: 'object',
        required: ['match'],
        additionalProperties: false,
        properties: {
          match: { type: 'string', minLength: 1, maxLength: 255 },
          state_change_grace_period_seconds: seconds,
          recovery_grace_period_seconds: seconds,
          stale_threshold_seconds: seconds,
        },
      },
    },
  },
};

const identitySchema = {
  type: 'object',
  required: ['instance_id'],
  properties: {
    instance_id: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,31}$', not: { const: 'all' } },
    name: { type: 'string', maxLength: 255 },
    retention_days: days,
    rollup_retention_days: days,
  },
};

const monitorSchema = {
  type: 'object',
  properties: {
    instances: { type: 'array', default: [], items: { type: 'string' } },
    kinds: {
      type: 'array',
      default: ['entity', 'device', 'config_entry', 'instance'],
      items: { enum: ['entity', 'device', 'config_entry', 'instance', 'incident'] },
    },
    direction: { enum: ['down', 'back', 'both'], default: 'both' },
    include: selector,
    exclude: selector,
    announce: { type: 'boolean', default: false },
  },
};

const storageSchema = {
  type: 'object',
  properties: {
    kind: { enum: ['sqlite', 'postgres'], default: 'sqlite' },
    file: { type: 'string', maxLength: 4096 },
    retention_days: { ...days, default: 90 },
    rollup_retention_days: { ...days, default: 730 },
    backup_keep: { type: 'integer', minimum: 0, maximum: 10_000, default: 5 },
    backup_interval_hours: { type: 'number', minimum: 0, maximum: 8_760, default: 0 },
  },
};

const ACTIONS = ['create', 'list', 'verify', 'restore', 'import', 'delete', 'prune', 'purge'] as const;

export const backupSchema = {
  type: 'object',
  properties: {
    action: { enum: ACTIONS, default: 'create' },
    tag: {
      type: 'string',
      pattern: '^[a-z0-9-]{1,64}$',
      description: 'lower-case letters, digits and hyphens, 64 at most',
    },
    backup: { type: 'string', maxLength: 255 },
    from: { type: 'string', maxLength: 32 },
  },
};

const count = { type: 'integer', minimum: 0, maximum: 10_000 };
const LEVELS = ['entity', 'device', 'integration', 'home_assistant'] as const;
export const levels = { type: 'array', uniqueItems: true, items: { enum: LEVELS } };
export const planNames = { type: 'array', maxItems: 1000, items: { type: 'string', minLength: 1, maxLength: 255 } };

const healSchema = {
  type: 'object',
  properties: {
    healing_enabled: { type: 'boolean', default: defaultHealOptions.healing_enabled },
    healing_dry_run: { type: 'boolean', default: defaultHealOptions.healing_dry_run },
    circuit_breaker_threshold: { ...count, default: defaultHealOptions.circuit_breaker_threshold },
    circuit_breaker_reset_seconds: { ...seconds, default: defaultHealOptions.circuit_breaker_reset_seconds },
    cooldown_seconds: { ...seconds, default: defaultHealOptions.cooldown_seconds },
    verify_seconds: { ...seconds, minimum: 1, maximum: 3_600, default: defaultHealOptions.verify_seconds },
    max_attempts: { ...count, default: defaultHealOptions.max_attempts },
    reloads_per_hour: { ...count, default: defaultHealOptions.reloads_per_hour },
  },
};

const healNodeSchema = {
  type: 'object',
  properties: {
    instances: { type: 'array', default: [], items: { type: 'string' } },
    auto: { type: 'boolean', default: false },
    notify: { type: 'boolean', default: false },
    levels: { ...levels, default: ['entity', 'device', 'integration'] },
    dry_run: { type: 'boolean', default: false },
    plans: { ...planNames, default: [] },
  },
};

export const subjectId = { type: 'string', maxLength: 255 };

/** How whatever healing leaves alone may be named. */
export const suppressibleFields = {
  entity_id: subjectId,
  device_id: subjectId,
  entry_id: subjectId,
  integration: subjectId,
  kind: { enum: ['entity', 'device', 'config_entry'] },
  id: subjectId,
};

/** How whatever healing is about may be named. */
export const subjectFields = {
  ...suppressibleFields,
  incident_id: subjectId,
  kind: { enum: ['entity', 'device', 'config_entry', 'instance'] },
};

export const healAskSchema = {
  type: 'object',
  properties: {
    ...subjectFields,
    levels: { ...levels, minItems: 1 },
    dry_run: { type: 'boolean' },
    plans: planNames,
    reason: { type: 'string', maxLength: 1000 },
  },
};

export interface Identity {
  readonly instance_id: string;
  readonly name?: string;
  /** Instead of what its store says, as the next one. */
  readonly retention_days?: number;
  readonly rollup_retention_days?: number;
}

export interface MonitorOptions {
  /** Ids of config nodes; empty is all. */
  readonly instances: readonly string[];
  readonly kinds: readonly (Kind | 'incident')[];
  readonly direction: 'down' | 'back' | 'both';
  readonly include: Selector;
  readonly exclude: Selector;
  readonly announce: boolean;
}

export interface StorageOptions {
  readonly kind: 'sqlite' | 'postgres';
  readonly file?: string;
  readonly retention_days: number;
  readonly rollup_retention_days: number;
  readonly backup_keep: number;
  readonly backup_interval_hours: number;
}

export interface BackupOptions {
  readonly action: (typeof ACTIONS)[number];
  readonly tag?: string;
  /** The name of a backup file. */
  readonly backup?: string;
  /** The instance_id whose backup is imported. */
  readonly from?: string;
}

export interface HealNodeOptions {
  /** Ids of config nodes; empty is all. */
  readonly instances: readonly string[];
  /** Heals the incidents of its instances by itself. */
  readonly auto: boolean;
  /** Tells a home's own users what it could not heal. */
  readonly notify: boolean;
  readonly levels: readonly Level[];
  readonly dry_run: boolean;
  /** Names of plans; empty is all. */
  readonly plans: readonly string[];
}

export interface HealAskOptions {
  readonly entity_id?: string;
  readonly device_id?: string;
  readonly entry_id?: string;
  readonly integration?: string;
  readonly incident_id?: string;
  readonly kind?: HealTarget['kind'] | 'instance';
  readonly id?: string;
  readonly levels?: readonly Level[];
  readonly dry_run?: boolean;
  readonly plans?: readonly string[];
  readonly reason?: string;
}

export const parseHealOptions = parser<HealOptions>(healSchema);

export const parseHealNodeOptions = parser<HealNodeOptions>(healNodeSchema);

export const parseHealAsk = parser<HealAskOptions>(healAskSchema);

export const parseStorageOptions = parser<StorageOptions>(storageSchema);

export const parseBackupOptions = parser<BackupOptions>(backupSchema);

/** @throws CaretakerError bad_input, naming the field */
export function parseIdentity(fields: unknown): Identity {
  const identity = pick(fields, Object.keys(identitySchema.properties));
  if (ajv.validate<Identity>(identitySchema, identity)) return identity;
  const { instancePath = '' } = ajv.errors?.[0] ?? {};
  if (['/name', '/retention_days', '/rollup_retention_days'].includes(instancePath)) throw refusal(ajv.errors);
  throw new CaretakerError(
    'bad_input',
    'instance_id: must be lower-case letters, digits and underscores, start with a letter, have at most 32 characters, and not be "all".',
  );
}

export const parseWatchOptions = parser<WatchOptions>(watchSchema);

export const parseMonitorOptions = parser<MonitorOptions>(monitorSchema);
