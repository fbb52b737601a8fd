"""An integration whose config entries break on command, so that what heals them can be tested on the real thing."""

from __future__ import annotations

import asyncio

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady, HomeAssistantError
import homeassistant.helpers.config_validation as cv
from homeassistant.helpers.typing import ConfigType

from . import backdoor
from .lab import (
    DEAD_UNLOAD_FALSE,
    DEAD_UNTIL_SLOW_RELOAD,
    DOMAIN,
    MODES,
    SETUP_AUTH_FAILED,
    SETUP_FALSE,
    SETUP_NOT_READY,
    SETUP_SLOW,
    UNLOAD_FALSE,
    Lab,
)

CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)
PLATFORMS = ["button", "sensor"]

SET_MODE = vol.Schema(
    {
        vol.Required("entry_id"): str,
        vol.Required("mode"): vol.In(MODES),
        vol.Optional("seconds", default=0): vol.Coerce(float),
    }
)
# Kept as it comes: 5 stays "5" as a state and does not turn into "5.0".
SET_VALUE = vol.Schema({vol.Required("entity_id"): str, vol.Required("value"): vol.Any(int, float)})
SET_LOGIN = vol.Schema({vol.Required("user_id"): str, vol.Required("valid"): bool})


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Services belong to the domain, not to an entry: they must work while no entry can be set up."""
    lab = Lab(hass)
    await lab.load()
    hass.data[DOMAIN] = lab

    async def set_mode(call: ServiceCall) -> None:
        entry_id = call.data["entry_id"]
        entry = hass.config_entries.async_get_entry(entry_id)
        if entry is None or entry.domain != DOMAIN:
            raise HomeAssistantError(f"No lab entry {entry_id}")
        await lab.set_mode(entry_id, call.data["mode"], call.data["seconds"])

    async def set_value(call: ServiceCall) -> None:
        entity_id = call.data["entity_id"]
        if not lab.set_value(entity_id, call.data["value"]):
            raise HomeAssistantError(f"No lab sensor {entity_id}")

    async def set_login(call: ServiceCall) -> None:
        await backdoor.set_login(hass, call.data["user_id"], call.data["valid"])

    async def write_out(call: ServiceCall) -> None:
        await backdoor.write_out()

    hass.services.async_register(DOMAIN, "set_mode", set_mode, schema=SET_MODE)
    hass.services.async_register(DOMAIN, "set_value", set_value, schema=SET_VALUE)
    hass.services.async_register(DOMAIN, "set_login", set_login, schema=SET_LOGIN)
    hass.services.async_register(DOMAIN, "write_out", write_out, schema=vol.Schema({}))
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    lab: Lab = hass.data[DOMAIN]
    mode = lab.mode(entry.entry_id)
    if mode == SETUP_NOT_READY:
        raise ConfigEntryNotReady("The lab device does not answer")
    if mode == SETUP_AUTH_FAILED:
        raise ConfigEntryAuthFailed("The lab password has changed")
    if mode == SETUP_FALSE:
        return False
    if mode in (SETUP_SLOW, DEAD_UNTIL_SLOW_RELOAD):
        await asyncio.sleep(lab.seconds(entry.entry_id))
    await lab.set_up(entry.entry_id)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    lab: Lab = hass.data[DOMAIN]
    if lab.mode(entry.entry_id) in (UNLOAD_FALSE, DEAD_UNLOAD_FALSE):
        return False
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    lab: Lab = hass.data[DOMAIN]
    await lab.forget(entry.entry_id)
