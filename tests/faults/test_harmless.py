"""Tests of the requests that ring no phone, with every fault."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from itertools import product
from typing import Any, Final
from unittest.mock import patch

import pytest

from homeassistant.config_entries import SOURCE_USER, SubentryFlowContext
from homeassistant.const import CONF_NAME, CONF_TOKEN, CONF_URL
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError

from .house import House
from .people import BRUNO, MARIA_AT_HOME
from .troubles import TIMES, TROUBLES, Trouble, happening
from custom_components.ryze.api import RyzeClient
from custom_components.ryze.const import (
    CONF_LIVE_UPDATES,
    CONF_NUMBER,
    DOMAIN,
    SUBENTRY_CONTACT,
)
from tests.helpers.common import state_of, until
from tests.helpers.const import ACCOUNT_TOKEN
from tests.helpers.contacts import press

pytestmark = pytest.mark.faults

# The allowed errors of a form; "unknown" would stand for a bug in our code.
FORM_ERRORS: Final = {"cannot_connect", "invalid_auth", "rate_limited"}


async def poll(house: House) -> bool:
    """Poll an instance, check its entities, and return whether the poll succeeded."""
    coordinator = house.home.runtime_data.coordinator
    await coordinator.async_refresh()
    state = state_of(house.hass, "binary_sensor.home_whatsapp")
    assert state.state == ("on" if coordinator.last_update_success else "unavailable")
    assert state_of(house.hass, "button.maria_ring").state != "unavailable"
    return bool(coordinator.last_update_success)


async def set_up(house: House) -> bool:
    """Begin to set up another instance, and return whether RyzeAPI answered."""
    flows = house.hass.config_entries.flow
    flow = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    flow = await flows.async_configure(
        flow["flow_id"],
        {CONF_TOKEN: ACCOUNT_TOKEN, CONF_URL: house.simulator.url},
    )
    flows.async_abort(flow["flow_id"])
    if flow["step_id"] == "instance":
        return True
    assert flow["errors"]
    assert set(flow["errors"].values()) <= FORM_ERRORS
    return False


async def reconnect(house: House) -> bool:
    """Reconnect an instance, and return whether RyzeAPI accepted."""
    try:
        await press(house.hass, "button.home_reconnect")
    except HomeAssistantError as err:
        assert err.translation_key in (
            "reconnect_failed",
            "refused_token",
            "request_blocked",
        )
        return False
    finally:
        await until(lambda: house.simulator.instances["home"].state == "connected")
    return True


async def add_contact(house: House) -> bool:
    """Begin to add a contact, and return whether RyzeAPI knew the number."""
    flows = house.hass.config_entries.subentries
    flow = await flows.async_init(
        (house.home.entry_id, SUBENTRY_CONTACT),
        context=SubentryFlowContext(source=SOURCE_USER),
    )
    flow = await flows.async_configure(
        flow["flow_id"], {CONF_NAME: "Bruno", CONF_NUMBER: f"+{BRUNO.number}"}
    )
    assert flow["type"] is FlowResultType.MENU
    flows.async_abort(flow["flow_id"])
    return bool(flow["step_id"] == "confirm")


async def read_live_updates(house: House) -> bool:
    """Ask for live updates that are on already, and return whether RyzeAPI answered."""
    flows = house.hass.config_entries.options
    flow = await flows.async_init(house.entries["office"].entry_id)
    flow = await flows.async_configure(flow["flow_id"], {CONF_LIVE_UPDATES: True})
    if flow["type"] is FlowResultType.CREATE_ENTRY:
        return True
    flows.async_abort(flow["flow_id"])
    assert flow["errors"]
    assert set(flow["errors"].values()) <= FORM_ERRORS
    return False


async def write_live_updates(house: House) -> bool:
    """Turn live updates on, and return whether RyzeAPI confirmed the change."""
    house.simulator.live.configure("office", enabled=False)
    went_well = await read_live_updates(house)
    delivered = house.simulator.instances["office"].websocket
    assert delivered
    # RyzeAPI may have made a change without confirming it.
    assert delivered.enabled or not went_well
    house.simulator.live.configure("office", events=("call.update", "instance.state"))
    return went_well


async def listen(house: House) -> bool:
    """Break live updates, and return whether they came back within a few attempts."""
    listener = house.home.runtime_data.listener
    before = listener.connections
    connect = RyzeClient.open_live_updates
    tries: list[str] = []

    def count(self: RyzeClient, instance: str) -> AbstractAsyncContextManager[Any]:
        if instance == "home":
            tries.append(instance)
        return connect(self, instance)

    def is_back() -> bool:
        return (
            listener.connections > before and house.simulator.live.clients("home") == 1
        )

    with patch.object(RyzeClient, "open_live_updates", count):
        house.simulator.live.close("home")
        await until(lambda: is_back() or len(tries) > 3)
    return is_back()


REQUESTS: Final[dict[str, tuple[str, Callable[[House], Awaitable[bool]]]]] = {
    "poll": ("list", poll),
    "set up": ("list", set_up),
    "reconnect": ("reconnect", reconnect),
    "add a contact": ("account", add_contact),
    "read live updates": ("get_websocket", read_live_updates),
    "write live updates": ("set_websocket", write_live_updates),
    "listen": ("ws", listen),
}


@pytest.mark.parametrize("live_updates", [True], indirect=True)
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
async def test_request(house: House, trouble: Trouble) -> None:
    """A failed request shows an error, rings no phone, and later succeeds."""
    for combination in product(REQUESTS, TIMES):
        what, often = combination
        route, ask = REQUESTS[what]
        house.ledger.combinations += 1
        async with happening(house.simulator, trouble, route, TIMES[often]) as meetings:
            went_well = await ask(house)
            house.check_encodable()
        assert meetings.count, combination
        # A fault without effect on a call may still break a WebSocket's handshake.
        assert went_well or trouble.error or route == "ws", combination

        house.forget_rate_limits()
        await until(lambda: house.is_quiet)
        assert await ask(house), combination
        assert house.mistakes.found == [], combination
    assert house.simulator.calls == []

    # Live updates still arrive after all these faults.
    outcome = await house.call((MARIA_AT_HOME,), "fake_call", {})
    await outcome.check()
    assert (outcome.errors(), house.ledger.problems) == ([None], [])
