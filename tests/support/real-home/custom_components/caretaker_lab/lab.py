"""The memory of the lab: what each entry is told to do, kept over a restart of Home Assistant."""

from __future__ import annotations

from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.event import async_call_later
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
DEAD_UNTIL_SLOW_RELOAD = "dead_until_slow_reload"
DEAD_UNTIL_RELOAD_BUT_ONE = "dead_until_reload_but_one"
DEAD_UNTIL_UPDATE = "dead_until_update"
RECOVERS = "recovers"
DEVICE_DEAD = "device_dead"
DEAD_UNLOAD_FALSE = "dead_unload_false"

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
    DEAD_UNTIL_SLOW_RELOAD,
    DEAD_UNTIL_RELOAD_BUT_ONE,
    DEAD_UNTIL_UPDATE,
    RECOVERS,
    DEVICE_DEAD,
    DEAD_UNLOAD_FALSE,
]

# What a set-up that succeeds makes of a mode.
AFTER_SETUP = {
    DEAD_UNTIL_RELOAD: OK,
    DEAD_UNTIL_SLOW_RELOAD: OK,
    DEAD_UNTIL_RELOAD_BUT_ONE: DEVICE_DEAD,
}

# Everything is dead in them.
ALL_DEAD = {DEAD, DEAD_UNLOAD_FALSE, RECOVERS, *AFTER_SETUP}

# The one device that is broken in modes that break one.
BROKEN_DEVICE = 1


class Lab:
    """Modes by entry id, values by unique id, and the sensors that are set up at the moment."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._store: Store[dict[str, Any]] = Store(hass, 1, DOMAIN)
        self._modes: dict[str, dict[str, Any]] = {}
        self._values: dict[str, float] = {}
        self._sensors: set[Entity] = set()
        # Unique ids of those that were polled in `dead_until_update`.
        self._polled: set[str] = set()
        self._recoveries: dict[str, CALLBACK_TYPE] = {}
        self._hass = hass

    async def load(self) -> None:
        stored = await self._store.async_load() or {}
        self._modes = stored.get("modes", {})
        self._values = stored.get("values", {})
        for entry_id in self._modes:
            self._schedule_recovery(entry_id)

    def mode(self, entry_id: str) -> str:
        return self._modes.get(entry_id, {}).get("mode", OK)

    def seconds(self, entry_id: str) -> float:
        return self._modes.get(entry_id, {}).get("seconds", 0)

    async def set_mode(self, entry_id: str, mode: str, seconds: float = 0) -> None:
        """Saved before it shows, so that a kill right after the call does not lose it."""
        self._modes[entry_id] = {"mode": mode, "seconds": seconds}
        self._polled = {key for key in self._polled if not key.startswith(entry_id)}
        self._schedule_recovery(entry_id)
        await self._store.async_save(self._data())
        for sensor in list(self._sensors):
            if sensor.entry_id == entry_id:
                sensor.async_write_ha_state()

    def _schedule_recovery(self, entry_id: str) -> None:
        if cancel := self._recoveries.pop(entry_id, None):
            cancel()
        if self.mode(entry_id) != RECOVERS:
            return

        async def recover(now: Any) -> None:
            self._recoveries.pop(entry_id, None)
            await self.set_mode(entry_id, OK)

        self._recoveries[entry_id] = async_call_later(self._hass, self.seconds(entry_id), recover)

    async def forget(self, entry_id: str) -> None:
        self._modes.pop(entry_id, None)
        self._schedule_recovery(entry_id)
        self._values = {key: value for key, value in self._values.items() if not key.startswith(entry_id)}
        await self._store.async_save(self._data())

    def is_alive(self, entry_id: str, device: int, unique_id: str) -> bool:
        mode = self.mode(entry_id)
        if mode in (DEVICE_DEAD, DEVICE_DEAD_UNTIL_BUTTON):
            return device != BROKEN_DEVICE
        if mode == DEAD_UNTIL_UPDATE:
            return unique_id in self._polled
        return mode not in ALL_DEAD

    def polled(self, unique_id: str) -> None:
        self._polled.add(unique_id)

    async def set_up(self, entry_id: str) -> None:
        after = AFTER_SETUP.get(self.mode(entry_id))
        if after is not None:
            await self.set_mode(entry_id, after)

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
