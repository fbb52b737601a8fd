"""The memory of the lab: what each entry is told to do, kept over a restart of Home Assistant."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.storage import Store

DOMAIN = "caretaker_lab"

OK = "ok"
DEAD_UNTIL_RELOAD = "dead_until_reload"
DEAD = "dead"
SETUP_NOT_READY = "setup_not_ready"
SETUP_FALSE = "setup_false"
SETUP_AUTH_FAILED = "setup_auth_failed"
SETUP_SLOW = "setup_slow"
UNLOAD_FALSE = "unload_false"
DEVICE_DEAD_UNTIL_BUTTON = "device_dead_until_button"

MODES = [
    OK,
    DEAD_UNTIL_RELOAD,
    DEAD,
    SETUP_NOT_READY,
    SETUP_FALSE,
    SETUP_AUTH_FAILED,
    SETUP_SLOW,
    UNLOAD_FALSE,
    DEVICE_DEAD_UNTIL_BUTTON,
]

# The one device that `device_dead_until_button` breaks.
DEVICE_WITH_BUTTON = 1


class Lab:
    """Modes by entry id, values by unique id, and the sensors that are set up at the moment."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._store: Store[dict[str, Any]] = Store(hass, 1, DOMAIN)
        self._modes: dict[str, dict[str, Any]] = {}
        self._values: dict[str, float] = {}
        self._sensors: set[Entity] = set()

    async def load(self) -> None:
        stored = await self._store.async_load() or {}
        self._modes = stored.get("modes", {})
        self._values = stored.get("values", {})

    def mode(self, entry_id: str) -> str:
        return self._modes.get(entry_id, {}).get("mode", OK)

    def seconds(self, entry_id: str) -> float:
        return self._modes.get(entry_id, {}).get("seconds", 0)

    async def set_mode(self, entry_id: str, mode: str, seconds: float = 0) -> None:
        """Saved before it shows, so that a kill right after the call does not lose it."""
        self._modes[entry_id] = {"mode": mode, "seconds": seconds}
        await self._store.async_save(self._data())
        for sensor in list(self._sensors):
            if sensor.entry_id == entry_id:
                sensor.async_write_ha_state()

    async def forget(self, entry_id: str) -> None:
        self._modes.pop(entry_id, None)
        self._values = {key: value for key, value in self._values.items() if not key.startswith(entry_id)}
        await self._store.async_save(self._data())

    def is_device_alive(self, entry_id: str, device: int) -> bool:
        mode = self.mode(entry_id)
        if mode == DEVICE_DEAD_UNTIL_BUTTON:
            return device != DEVICE_WITH_BUTTON
        return mode not in (DEAD, DEAD_UNTIL_RELOAD)

    def value(self, unique_id: str, default: float) -> float:
        return self._values.get(unique_id, default)

    def set_value(self, entity_id: str, value: float) -> bool:
        """False if no such sensor is set up. Not saved at once: a burst of values must not wait for the disk."""
        for sensor in self._sensors:
            if sensor.entity_id == entity_id:
                self._values[sensor.unique_id] = value
                sensor.async_write_ha_state()
                self._store.async_delay_save(self._data, 0.5)
                return True
        return False

    def attach(self, sensor: Entity) -> None:
        self._sensors.add(sensor)

    def detach(self, sensor: Entity) -> None:
        self._sensors.discard(sensor)

    def _data(self) -> dict[str, Any]:
        return {"modes": self._modes, "values": self._values}
