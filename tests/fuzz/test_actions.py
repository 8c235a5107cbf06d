"""Actions with any data are performed, or refused with a translated error."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from hypothesis import example, given
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .actions import ANY_DATA, CALLS
from .leaks import secrets_in, size_of
from .runs import target
from custom_components.ryze import schemas
from custom_components.ryze.const import DOMAIN
from custom_components.ryze.schemas import MAX_WAIT
from tests.helpers.const import INSTANCE_TOKEN, MARIA, SECRET_MARK
from tests.helpers.escalations import running
from tests.helpers.media_sources import setup_shelf
from tests.helpers.speech import Voice, setup_engine
from tests.simulator import Fault, FaultKind, Simulator

_TEXTS: Final = json.loads(
    (Path(schemas.__file__).parent / "translations/en.json").read_text()
)["exceptions"]
_SCHEMAS: Final = {
    "fake_call": schemas.FAKE_CALL_SCHEMA,
    "audio_call": schemas.AUDIO_CALL_SCHEMA,
    "escalate": schemas.ESCALATE_SCHEMA,
    "acknowledge": schemas.ACKNOWLEDGE_SCHEMA,
}


def check_refusal(err: HomeAssistantError) -> None:
    """Check that an error of ours has a translation, and no token and no number."""
    if err.translation_domain != DOMAIN:
        # An error of Home Assistant repeats the id of a missing entry.
        return
    assert err.translation_key in _TEXTS
    placeholders = err.translation_placeholders or {}
    assert all(isinstance(value, str) for value in placeholders.values())
    assert secrets_in((str(err), err.args, placeholders)) == []


def check_accepted(data: dict[str, Any]) -> None:
    """Check that accepted data satisfy everything that the action relies on."""
    assert all(number.isdecimal() for number in data.get("number", []))
    assert all(type(item) is str and item for item in data.get("entity_id", []))
    limits = {"wait": MAX_WAIT, "duration": 60, "rounds": 10, "pause": 600}
    assert all(0 <= data.get(field, 0) <= limit for field, limit in limits.items())
    assert all(type(data.get(field, 0)) is int for field in limits)


@given(call=CALLS, other=ANY_DATA)
@pytest.mark.usefixtures("hass")
@target(short=80, long=20_000)
async def test_schemas(call: tuple[str, dict[str, Any]], other: Any) -> int:
    """Any data are accepted, or refused with a translated error."""
    action, data = call
    for schema, given_data in (
        (_SCHEMAS[action], data),
        *((s, other) for s in _SCHEMAS.values()),
    ):
        try:
            check_accepted(schema(given_data))
        except ServiceValidationError as err:
            check_refusal(err)
        except vol.Invalid as err:
            assert secrets_in(str(err)) == []
    return 1 + len(_SCHEMAS)


@pytest.fixture
async def house(
    hass: HomeAssistant,
    simulator: Simulator,
    declining_phones: None,
    family: MockConfigEntry,
) -> MockConfigEntry:
    """Return an entry with speech, whose phones decline at once."""
    # The fault keeps the simulator from fetching the URLs of the data.
    placed = Fault(
        FaultKind.RAW, route="audio", times=None, taken=False, body=b'{"callId": "A"}'
    )
    simulator.inject(placed)
    await setup_shelf(hass)
    await setup_engine(hass, Voice())
    return family


# An escalation in the background needs no waiting.
_QUICK: Final = {"escalate": {"background": True}}


@example(call=("fake_call", {"number": MARIA, "tag": "\ud800"}))
# Home Assistant itself stores and logs an action's data.
@given(call=CALLS.filter(lambda call: SECRET_MARK not in repr(call)))
@target(short=40, long=3000, per_round=200)
async def test_actions(
    hass: HomeAssistant,
    simulator: Simulator,
    house: MockConfigEntry,
    events: list[Event],
    call: tuple[str, dict[str, Any]],
) -> None:
    """An action is performed, or raises a translated error."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1_000_000)
    action, data = call
    events.clear()
    try:
        async with asyncio.timeout(10):
            answer = await hass.services.async_call(
                DOMAIN,
                action,
                data | _QUICK.get(action, {}),
                blocking=True,
                return_response=True,
            )
        assert size_of(answer) > 0
    except HomeAssistantError as err:
        check_refusal(err)
    except vol.Invalid as err:
        assert secrets_in(str(err)) == []
    await hass.services.async_call(DOMAIN, "acknowledge", {}, blocking=True)
    assert running(hass) == []
    await hass.async_block_till_done()
    assert all(size_of(dict(event.data)) > 0 for event in events)
