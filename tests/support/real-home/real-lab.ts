import type { Lab, LabMode, Notification } from '../home';
import type { Answer, HassClient } from './hass-client';

const DOMAIN = 'caretaker_lab';
const ENTRY = '/api/config/config_entries/entry';
const FLOW = '/api/config/config_entries/flow';

/** The lab integration, told over Home Assistant's own API. */
export class RealLab implements Lab {
  constructor(private readonly owner: HassClient) {}

  async add(title: string, devices: number, sensors: number): Promise<string> {
    const { flow_id: flowId } = await this.owner.expectRest<{ flow_id: string }>('POST', FLOW, { handler: DOMAIN });
    const fields = { title, devices, sensors };
    const made = await this.owner.expectRest<{ result: { entry_id: string } }>('POST', `${FLOW}/${flowId}`, fields);
    return made.result.entry_id;
  }

  setMode(entryId: string, mode: LabMode, seconds = 0): Promise<void> {
    return this.owner.callService(DOMAIN, 'set_mode', { entry_id: entryId, mode, seconds });
  }

  setValue(entityId: string, value: number): Promise<void> {
    return this.owner.callService(DOMAIN, 'set_value', { entity_id: entityId, value });
  }

  reload(entryId: string): Promise<Answer> {
    return this.owner.rest('POST', `${ENTRY}/${entryId}/reload`);
  }

  async disable(entryId: string): Promise<void> {
    await this.owner.command('config_entries/disable', { entry_id: entryId, disabled_by: 'user' });
  }

  async enable(entryId: string): Promise<void> {
    await this.owner.command('config_entries/disable', { entry_id: entryId, disabled_by: null });
  }

  async remove(entryId: string): Promise<void> {
    await this.owner.expectRest('DELETE', `${ENTRY}/${entryId}`);
  }

  async renameEntity(entityId: string, newEntityId: string): Promise<void> {
    const change = { entity_id: entityId, new_entity_id: newEntityId };
    await this.owner.command('config/entity_registry/update', change);
  }

  async removeEntity(entityId: string): Promise<void> {
    await this.owner.command('config/entity_registry/remove', { entity_id: entityId });
  }

  notifications(): Promise<readonly Notification[]> {
    return this.owner.command('persistent_notification/get');
  }
}
