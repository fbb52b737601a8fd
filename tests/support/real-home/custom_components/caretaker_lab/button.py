"""One restart button a device; never pressed, it is `unknown` and healthy."""

from __future__ import annotations

from homeassistant.components.button import ButtonDeviceClass, ButtonEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .entity import LabEntity
from .lab import BROKEN_DEVICE, DEVICE_DEAD_UNTIL_BUTTON, DOMAIN, OK, Lab


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddEntitiesCallback) -> None:
    lab: Lab = hass.data[DOMAIN]
    async_add_entities(LabButton(lab, entry, device) for device in range(1, entry.data["devices"] + 1))


class LabButton(LabEntity, ButtonEntity):
    """Stays as it is while the sensors of its device are dead."""

    _attr_device_class = ButtonDeviceClass.RESTART
    _attr_translation_key = "restart"

    def __init__(self, lab: Lab, entry: ConfigEntry, device: int) -> None:
        super().__init__(lab, entry, device, "Restart", "button")

    async def async_press(self) -> None:
        if self.device == BROKEN_DEVICE and self.lab.mode(self.entry_id) == DEVICE_DEAD_UNTIL_BUTTON:
            await self.lab.set_mode(self.entry_id, OK)
