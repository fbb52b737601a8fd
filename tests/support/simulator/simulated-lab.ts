import type { Lab, LabMode, Notification } from '../home';
import type { SimulatedCore } from './core';
import type { Entries } from './entries';
import type { Entry } from './entry';
import type { House } from './house';
import type { Part } from './house-plan';
import { type Entity, slug } from './registry';
import { type RestAnswer, reloadAnswer } from './rest-answer';
import { pressButton, renameEntity } from './services';

/** `caretaker_lab`, as the real one under ../real-home/custom_components behaves. */
export class SimulatedLab implements Lab {
  constructor(
    private readonly core: SimulatedCore,
    private readonly entries: Entries,
    private readonly house: House,
  ) {}

  async add(title: string, devices: number, sensors: number): Promise<string> {
    const entry = this.entries.add({ domain: 'caretaker_lab', title });
    for (let d = 1; d <= devices; d++) {
      const device = this.house.addDevice(entry, `${title} ${d}`, {
        manufacturer: 'Caretaker',
        model: 'Lab device',
        sw_version: null,
        identifiers: [['caretaker_lab', `${entry.entry_id}_${d}`]],
      });
      const made = [this.house.addEntity(entry, device, RESTART)];
      for (let n = 1; n <= sensors; n++) made.push(this.house.addEntity(entry, device, sensor(n)));
      for (const entity of made) entity.unique_id = `${entry.entry_id}_${d}_${slug(entity.original_name ?? '')}`;
    }
    await this.entries.setup(entry);
    return entry.entry_id;
  }

  async setMode(entryId: string, mode: LabMode, seconds = 0): Promise<void> {
    this.entries.setMode(this.#entry(entryId), mode, seconds);
  }

  async setValue(entityId: string, value: number): Promise<void> {
    const entity = this.#entity(entityId);
    const entry = this.core.entries.get(entity.config_entry_id ?? '');
    if (!entry?.platforms_up) throw new Error(`No lab sensor ${entityId}`);
    entity.value = String(value);
    this.core.refresh(entity);
  }

  async reload(entryId: string): Promise<RestAnswer> {
    return await reloadAnswer(this.core, this.entries, entryId);
  }

  async disable(entryId: string): Promise<void> {
    await this.entries.setDisabled(this.#entry(entryId), 'user');
  }

  async enable(entryId: string): Promise<void> {
    await this.entries.setDisabled(this.#entry(entryId), null);
  }

  async remove(entryId: string): Promise<void> {
    await this.entries.remove(this.#entry(entryId));
  }

  async renameEntity(entityId: string, newEntityId: string): Promise<void> {
    renameEntity(this.core, this.#entity(entityId), newEntityId);
  }

  async removeEntity(entityId: string): Promise<void> {
    const entity = this.#entity(entityId);
    this.core.dropEntity(entity);
    this.core.fire('entity_registry_updated', { action: 'remove', entity_id: entityId });
    this.core.states.remove(entityId);
  }

  /** Presses the restart button of a device, for tests that do not speak the API. */
  press(entityId: string): void {
    pressButton(this.core, this.entries, this.#entity(entityId), this.core.states.context());
  }

  async notifications(): Promise<readonly Notification[]> {
    return [...this.core.notifications.values()];
  }

  #entry(entryId: string): Entry {
    const entry = this.core.entries.get(entryId);
    if (!entry) throw new Error(`No lab entry ${entryId}`);
    return entry;
  }

  #entity(entityId: string): Entity {
    const entity = this.core.entities.get(entityId);
    if (!entity) throw new Error(`No lab sensor ${entityId}`);
    return entity;
  }
}

const RESTART: Part = {
  domain: 'button',
  name: 'Restart',
  value: 'unknown',
  device_class: 'restart',
  translation_key: 'restart',
};

function sensor(n: number): Part {
  return { domain: 'sensor', name: `Sensor ${n}`, value: String(n), state_class: 'measurement' };
}
