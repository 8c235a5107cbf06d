"""Tests of changes in Home Assistant and at RyzeAPI during a call or an escalation."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import pytest

from homeassistant.exceptions import HomeAssistantError

from .house import PERHAPS, SURELY_NOT, House
from .troubles import TROUBLES, happening
from custom_components.ryze.api import client as client_module
from custom_components.ryze.calls.placing import _DATA_CALLS
from custom_components.ryze.const import DOMAIN
from custom_components.ryze.escalation.run import Escalation
from tests.helpers.audio_calls import sound
from tests.helpers.common import until
from tests.helpers.const import INSTANCE_TOKEN, JOAO, MARIA
from tests.helpers.contacts import remove
from tests.helpers.escalations import begin, hurry, told
from tests.simulator import Behaviour, Fault, FaultKind, Shape

pytestmark = pytest.mark.faults

# More than the buffers of a loopback connection hold.
UPLOAD: Final = b64encode(sound(12 * 2**20)).decode()


@pytest.fixture
def live_updates() -> bool:
    """Turn live updates on."""
    return True


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Allow timers of other code, which tests lack an event to end at a stop."""
    return True


# The changes


async def stop(house: House) -> None:
    """Stop Home Assistant."""
    await house.hass.async_stop(force=True)


async def unload(house: House) -> None:
    """Unload the entry."""
    assert await house.hass.config_entries.async_unload(house.home.entry_id)


async def reload(house: House) -> None:
    """Reload the entry, and wait until it listens again."""
    assert await house.hass.config_entries.async_reload(house.home.entry_id)
    # The simulator may not have noticed yet that the old connection is closed.
    await until(lambda: house.home.runtime_data.listener.live is house.live)


async def reload_twice(house: House) -> None:
    """Reload the entry twice."""
    await reload(house)
    await reload(house)


async def remove_entry(house: House) -> None:
    """Remove the entry."""
    await house.hass.config_entries.async_remove(house.home.entry_id)


async def remove_contact(house: House) -> None:
    """Remove the contact Maria."""
    await remove(house.hass, house.home, "Maria")


async def revoke_token(house: House) -> None:
    """Revoke the instance's token."""
    house.simulator.instances["home"].token = "another"


async def log_out(house: House) -> None:
    """Log the instance out of WhatsApp."""
    house.simulator.set_state("home", "loggedout")


CHANGES: Final[list[Callable[[House], Awaitable[None]]]] = [
    stop,
    unload,
    reload,
    reload_twice,
    remove_entry,
    remove_contact,
    revoke_token,
    log_out,
]
# After these changes, the integration no longer listens to live updates.
DEAF: Final = (stop, unload, remove_entry)


# The activities


async def call(house: House, action: str, **data: Any) -> str | None:
    """Call Maria, and return the error of the call."""
    try:
        answer = await house.hass.services.async_call(
            DOMAIN,
            action,
            {"entity_id": "notify.maria"} | data,
            blocking=True,
            return_response=True,
        )
    except HomeAssistantError as err:
        return err.translation_key
    assert answer
    rows: list[dict[str, Any]] = answer["calls"]  # type: ignore[assignment]
    (error,) = [row["error"] for row in rows]
    return str(error) if error else None


type Task = asyncio.Task[str | None]


@asynccontextmanager
async def in_flight(house: House) -> AsyncGenerator[Task]:
    """The phone rings, and RyzeAPI's answer is delayed."""
    house.simulator.inject(Fault(FaultKind.DELAY_ANSWER, delay=0.3, route="fake"))
    task = asyncio.create_task(call(house, "fake_call"))
    await until(lambda: house.simulator.rings(MARIA))
    yield task


@asynccontextmanager
async def not_taken_yet(house: House) -> AsyncGenerator[Task]:
    """RyzeAPI has the request, and places the call late."""
    house.simulator.inject(Fault(FaultKind.DELAY, delay=0.3, route="fake"))
    task = asyncio.create_task(call(house, "fake_call"))
    await until(lambda: house.simulator.faults_happened)
    yield task


@asynccontextmanager
async def uploading(house: House) -> AsyncGenerator[Task]:
    """RyzeAPI has half of the audio, and reads the rest late."""
    house.simulator.inject(Fault(FaultKind.DELAY, delay=0.3, route="audio"))
    task = asyncio.create_task(call(house, "audio_call", media_base64=UPLOAD))
    await until(lambda: house.simulator.faults_happened)
    yield task


@asynccontextmanager
async def waiting(house: House) -> AsyncGenerator[Task]:
    """The phone rings, and the action waits for the outcome."""
    task = asyncio.create_task(call(house, "fake_call", wait=8))
    await until(lambda: "ryze_call_placed" in house.told_since(0))
    yield task


@asynccontextmanager
async def retrying(house: House) -> AsyncGenerator[Task]:
    """RyzeAPI was unreachable, and the next attempt is near."""
    (refused,) = [trouble for trouble in TROUBLES if trouble.name == "refused"]
    async with happening(house.simulator, refused, "fake", 1) as meetings:
        task = asyncio.create_task(call(house, "fake_call"))
        await until(lambda: meetings.count)
        yield task


@asynccontextmanager
async def limited(house: House) -> AsyncGenerator[Task]:
    """No requests are left, and the call waits for the reset."""
    house.simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=1)
    task = asyncio.create_task(call(house, "fake_call"))
    await until(
        lambda: [request.status for request in house.simulator.requests][-1] == 429
    )
    house.simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1_000_000)
    yield task


CALLS: Final = [in_flight, not_taken_yet, uploading, waiting, retrying, limited]


@pytest.fixture(autouse=True)
def patience(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let phones ring until they are answered, and delay retries."""
    # In this shape, a call of ours resembles an incoming one most.
    house.simulator.choices.shape = Shape.CAMEL_STATUS
    house.simulator.second = 1.0
    house.simulator.ring_time = 60.0
    for number in (MARIA, JOAO):
        house.simulator.phone(number).behaviour = Behaviour.MANUAL
    monkeypatch.setattr(client_module, "CONNECTION_RETRY_DELAYS", (0.3,) * 4)


def answer(house: House) -> None:
    """Answer all phones that ring, and let all others answer later."""
    for phone in house.simulator.phones.values():
        phone.behaviour = Behaviour.ANSWER
    for item in house.simulator.calls:
        if item.state == "ringing":
            house.simulator.answer(item.id)


@pytest.mark.parametrize("activity", CALLS, ids=lambda activity: activity.__name__)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_call(
    house: House,
    activity: Callable[[House], Any],
    change: Callable[[House], Awaitable[None]],
) -> None:
    """The call is placed or fails with exactly one event, and leaves no task behind."""
    house.ledger.combinations += 1
    async with activity(house) as task:
        await change(house)
        # RyzeAPI reports nothing about the calls of an instance that is logged out.
        house.simulator.instances["home"].state = "connected"
        await until(
            lambda: house.simulator.live.clients("home") == (change not in DEAF)
        )
        answer(house)
        with suppress(asyncio.CancelledError):
            async with asyncio.timeout(10):
                await task
    told_of = house.begun
    await until(lambda: not house.tasks)
    # No further request may follow.
    rings = house.simulator.rings(MARIA)
    await asyncio.sleep(0.4)
    assert house.simulator.rings(MARIA) == rings <= 1
    assert len(told_of) == 1
    error = told_of[0].data["error"]
    assert error in {None, *PERHAPS, *SURELY_NOT}
    assert rings == (error is None) or error in PERHAPS
    assert not task.cancelled() or change is stop
    assert "ryze_call_received" not in house.told_since(0)
    answers = house.told_since(0).count("ryze_call_answered")
    assert answers == rings * (change not in DEAF)
    await until(lambda: house.simulator.connections == house.sockets)


async def test_removed_entry_is_forgotten(house: House) -> None:
    """Removing an entry removes the memory of its calls."""
    async with waiting(house) as task:
        await remove_entry(house)
        await task
    assert house.home.entry_id not in house.hass.data.get(_DATA_CALLS, {})


# The escalations

ROUNDS: Final = 2


@asynccontextmanager
async def requesting(house: House) -> AsyncGenerator[Escalation]:
    """Maria's phone rings, and RyzeAPI's answer is delayed."""
    house.simulator.inject(Fault(FaultKind.DELAY_ANSWER, delay=0.1, route="fake"))
    escalation = await begin(house.hass, rounds=ROUNDS, ring_time=20)
    await until(lambda: house.simulator.rings(MARIA))
    yield escalation


@asynccontextmanager
async def ringing(house: House) -> AsyncGenerator[Escalation]:
    """Maria's phone rings, and the escalation waits for her answer."""
    escalation = await begin(house.hass, rounds=ROUNDS, ring_time=20)
    await until(lambda: "ryze_call_placed" in house.told_since(0))
    yield escalation


@asynccontextmanager
async def pausing(house: House) -> AsyncGenerator[Escalation]:
    """Maria has declined, and the escalation pauses before João."""
    house.simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    escalation = await begin(house.hass, rounds=ROUNDS, ring_time=20, pause=30)
    await until(lambda: "ryze_call_rejected" in house.told_since(0))
    yield escalation


@asynccontextmanager
async def making_audio(house: House) -> AsyncGenerator[Escalation]:
    """The escalation's large audio is being sent."""
    house.simulator.inject(Fault(FaultKind.DELAY, delay=0.1, route="audio"))
    escalation = await begin(
        house.hass, rounds=ROUNDS, ring_time=50, media_base64=UPLOAD
    )
    await until(lambda: house.simulator.faults_happened)
    yield escalation


ESCALATIONS: Final = [requesting, ringing, pausing, making_audio]

EVERYBODY: Final = [MARIA, JOAO] * ROUNDS

# The result of an escalation after each change, and the numbers called. An escalation
# that still counts as running would resume after a restart.
ENDS: Final[dict[Callable[[House], Awaitable[None]], tuple[str, list[str]]]] = {
    stop: ("running", [MARIA]),
    unload: ("running", [MARIA]),
    reload: ("exhausted", EVERYBODY),
    reload_twice: ("exhausted", EVERYBODY),
    remove_entry: ("stopped", [MARIA]),
    remove_contact: ("exhausted", [MARIA, JOAO, JOAO]),
    revoke_token: ("exhausted", [MARIA]),
    log_out: ("exhausted", [MARIA]),
}


@pytest.mark.parametrize("activity", ESCALATIONS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("change", ENDS, ids=lambda change: change.__name__)
async def test_escalation(
    house: House,
    activity: Callable[[House], Any],
    change: Callable[[House], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An escalation ends or continues as promised, and rings a phone once per round."""
    house.ledger.combinations += 1
    hurry(house.simulator, monkeypatch)
    result, order = ENDS[change]
    events = [name for name in ("started", result) if name != "running"]
    async with activity(house) as escalation:
        await change(house)
        await until(lambda: told(house.events) == events)
        # No further event or request may follow.
        await asyncio.sleep(0.4)
    assert (escalation.result, told(house.events)) == (result, events)
    called = [item.number for item in house.simulator.calls]
    # The first request may have failed before it placed a call.
    assert called in (order, order[1:])
    # Each request has exactly one event, and exactly one row in the response.
    assert len(house.begun) == len(escalation.rows)
    assert [row["number"] for row in escalation.rows] == [
        event.data["number"] for event in house.begun
    ]
    await until(lambda: house.simulator.connections == house.sockets)
