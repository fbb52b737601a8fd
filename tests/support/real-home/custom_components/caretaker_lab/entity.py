"""What sensors and buttons of a lab device have in common."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntry
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.util import slugify

from .lab import DOMAIN, Lab


class LabEntity(Entity):
    """One entity of the device `<title> <device>`."""

    _attr_has_entity_name = True

    def __init__(self, lab: Lab, entry: ConfigEntry, device: int, name: str, platform: str) -> None:
        self.lab = lab
        self.entry_id = entry.entry_id
        self.device = device
        device_name = f"{entry.data['title']} {device}"
        self._attr_name = name
        self._attr_unique_id = f"{entry.entry_id}_{device}_{slugify(name)}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, f"{entry.entry_id}_{device}")},
            name=device_name,
            manufacturer="Caretaker",
            model="Lab device",
        )
        # Named here because how Home Assistant makes ids out of names differs between versions.
        self.entity_id = f"{platform}.{slugify(device_name)}_{slugify(name)}"
