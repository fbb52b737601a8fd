"""Sensors that are polled every 30 s, Home Assistant's own interval for sensors."""

from __future__ import annotations

from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .entity import LabEntity
from .lab import DEAD_UNTIL_UPDATE, DOMAIN, Lab


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddEntitiesCallback) -> None:
    lab: Lab = hass.data[DOMAIN]
    async_add_entities(
        LabSensor(lab, entry, device, number)
        for device in range(1, entry.data["devices"] + 1)
        for number in range(1, entry.data["sensors"] + 1)
    )


class LabSensor(LabEntity, SensorEntity):
    """Its value is its number until it is told another."""

    _attr_state_class = SensorStateClass.MEASUREMENT

    def __init__(self, lab: Lab, entry: ConfigEntry, device: int, number: int) -> None:
        super().__init__(lab, entry, device, f"Sensor {number}", "sensor")
        self._number = number

    @property
    def available(self) -> bool:
        return self.lab.is_alive(self.entry_id, self.device, self.unique_id)

    @property
    def should_poll(self) -> bool:
        """Home Assistant asks before each poll; `update_entity` does not ask."""
        return self.lab.mode(self.entry_id) != DEAD_UNTIL_UPDATE

    @property
    def native_value(self) -> float:
        return self.lab.value(self.unique_id, self._number)

    async def async_update(self) -> None:
        """Nothing to fetch: the lab already knows. Being polled is what matters."""
        self.lab.polled(self.unique_id)

    async def async_added_to_hass(self) -> None:
        self.lab.attach(self)

    async def async_will_remove_from_hass(self) -> None:
        self.lab.detach(self)
