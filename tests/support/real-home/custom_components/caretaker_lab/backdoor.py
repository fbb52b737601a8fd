"""What a test needs and no API of Home Assistant gives; leans on its insides, the same in every version we test."""

from __future__ import annotations

import gc

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store


async def set_login(hass: HomeAssistant, user_id: str, valid: bool) -> None:
    """Shuts a user out as if the tokens were deleted, or lets them in with the very same tokens.

    Deactivating the user over the API will not do: since 2026 that deletes the tokens for good, and before
    it leaves open sockets open.
    """
    user = await hass.auth.async_get_user(user_id)
    if user is None:
        raise HomeAssistantError(f"No user {user_id}")
    if valid:
        await hass.auth._store.async_activate_user(user)
        return
    await hass.auth._store.async_deactivate_user(user)
    for token_id in user.refresh_tokens:
        for revoke in hass.auth._revoke_callbacks.pop(token_id, set()):
            revoke()


async def write_out() -> None:
    """Writes the storage that Home Assistant holds back for up to ten seconds, so that a kill takes none of it."""
    for store in [thing for thing in gc.get_objects() if issubclass(type(thing), Store)]:
        if store._unsub_final_write_listener is not None:
            await store._async_handle_write_data()
