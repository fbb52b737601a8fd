import type { Graces } from './health';
import type { EntityOverride, WatchOptions } from './options';
import type { Registry, RegistryEntity } from './registry';
import { glob, isEmpty, matcher, type Traits } from './selector';
import type { TrackedEntity } from './tracked';

/** The options of an instance, compiled once: who is judged, and how patiently. */
export interface Rules {
  readonly graces: Graces;
  judgesEntry(traits: Traits): boolean;
  /** Applies registry and options to an entity. */
  place(entity: TrackedEntity, registered: RegistryEntity | undefined, registry: Registry, now: number): void;
  /** Brings the entity's description up to date, before it is told. */
  describe(entity: TrackedEntity, registry: Registry): void;
}

export function rules(options: WatchOptions): Rules {
  const chosen = matcher(options.include, options.exclude);
  const everything = isEmpty(options.include) && isEmpty(options.exclude);
  const overrides = options.entity_overrides.map((override) => ({ fits: glob(override.match), override }));
  const graces = gracesOf(options, undefined);

  return {
    graces,
    // A list of entities, say, cannot name a config entry: there only what is excluded counts.
    judgesEntry: matcher({ integrations: options.include.integrations }, options.exclude),
    place(entity, registered, registry, now) {
      const id = entity.subject.id;
      const override = overrides.find(({ fits }) => fits(id))?.override;
      entity.graces = override ? gracesOf(options, override) : graces;
      entity.stale = 1000 * (override?.stale_threshold_seconds ?? options.stale_threshold_seconds);
      if (entity.disabled && !registered?.disabled) entity.enabledAt = now;
      entity.disabled = registered?.disabled === true;
      entity.judged =
        !entity.disabled &&
        !entity.entry?.entry.disabled &&
        (everything || chosen(registry.entityTraits(id, entity.entry?.entry)));
      entity.subject.registry_id = registered?.registry_id ?? entity.subject.registry_id;
      this.describe(entity, registry);
    },
    describe(entity, registry) {
      const { subject } = entity;
      const registered = registry.entities.get(subject.id);
      const friendly = entity.attributes['friendly_name'];
      if (typeof friendly === 'string' && friendly) subject.name = friendly;
      // Until its state comes, what it was called before is better: the registry may know but half of its name.
      else if (entity.raw !== undefined || subject.name === subject.id) subject.name = registered?.name ?? subject.name;
      entity.integration = registered?.platform || entity.integration;
      subject.device_id = registered?.device_id ?? undefined;
      subject.config_entry_id = registered?.config_entry_id ?? undefined;
      subject.area_id = registry.areaOf(subject.id) ?? undefined;
    },
  };
}

function gracesOf(options: WatchOptions, override: EntityOverride | undefined): Graces {
  return {
    down: 1000 * (override?.state_change_grace_period_seconds ?? options.state_change_grace_period_seconds),
    back: 1000 * (override?.recovery_grace_period_seconds ?? options.recovery_grace_period_seconds),
  };
}
