"""Makes entries over REST: title, number of devices, sensors each."""

from __future__ import annotations

from typing import Any

import voluptuous as vol

from homeassistant.config_entries import ConfigFlow

from .lab import DOMAIN, OK, Lab

FIELDS = vol.Schema(
    {
        vol.Required("title"): str,
        vol.Required("devices"): vol.All(int, vol.Range(min=0)),
        vol.Required("sensors"): vol.All(int, vol.Range(min=0)),
    }
)


class LabConfigFlow(ConfigFlow, domain=DOMAIN):
    """The result type of a step has another name in each version, so none is given."""

    VERSION = 1

    async def async_step_user(self, user_input: dict[str, Any] | None = None):
        if user_input is None:
            return self.async_show_form(step_id="user", data_schema=FIELDS)
        return self.async_create_entry(title=user_input["title"], data=user_input)

    async def async_step_reauth(self, entry_data: dict[str, Any]):
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None):
        if user_input is None:
            return self.async_show_form(step_id="reauth_confirm", data_schema=vol.Schema({}))
        lab: Lab = self.hass.data[DOMAIN]
        entry_id = self.context["entry_id"]
        await lab.set_mode(entry_id, OK)
        self.hass.async_create_task(self.hass.config_entries.async_reload(entry_id))
        return self.async_abort(reason="reauth_successful")
