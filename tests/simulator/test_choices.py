"""Tests of the choices about the kinds, the content and the time of updates."""

import asyncio
import base64
import json
import re
import time
from typing import Any

import pytest

from . import (
    Behaviour,
    CallState,
    Durations,
    People,
    Shape,
    Simulator,
    UpdateKind,
)
from .conftest import (
    AUDIO,
    JID,
    NUMBER,
    OWN,
    TIMEOUT,
    WS,
    Api,
    data,
    disconnected,
    kinds,
    no_frame,
)
from .frames import lid_digits
from .network import CallError


async def _until_over(simulator: Simulator) -> None:
    await asyncio.wait_for(simulator.calls[-1].over.wait(), TIMEOUT)


def _set_behaviour(simulator: Simulator, behaviour: Behaviour) -> None:
    """Let the phone react in time, or ring in vain only for a moment."""
    reacts = behaviour in (Behaviour.ANSWER, Behaviour.DECLINE)
    # A busy machine can need longer than the moment to react.
    simulator.ring_time = 60 if reacts else 0.2
    simulator.second = 1 if reacts else 0.1
    simulator.add_phone(NUMBER, behaviour=behaviour)


@pytest.mark.parametrize("id_matches", [False, True])
async def test_ids(
    api: Api, simulator: Simulator, socket: WS, *, id_matches: bool
) -> None:
    """Updates of placed calls can have an id of their own, other calls never do."""
    simulator.choices.id_matches = id_matches
    _, body = await api.fake(duration=60)
    told = [(await data(socket))["callId"]]
    incoming = simulator.call_in(NUMBER)
    # A change of the choice does not change the id of a call.
    simulator.choices.id_matches = not id_matches
    simulator.decline(body["callId"])
    (placed, _) = simulator.calls
    told += [(await data(socket))["callId"] for _ in range(2)]
    assert told == [placed.event_id, incoming.id, placed.event_id]
    assert (placed.event_id == body["callId"]) is id_matches
    assert bool(re.fullmatch("[0-9A-F]{32}", placed.event_id)) is not id_matches
    assert incoming.event_id == incoming.id


@pytest.mark.parametrize(
    ("choices", "behaviour", "expected"),
    [
        ({"echo": False}, Behaviour.ANSWER, ["accepted", "terminated"]),
        ({"echo": False}, Behaviour.IGNORE, ["terminated"]),
        ({"preaccept": True}, Behaviour.DECLINE, ["offer", "preaccept", "rejected"]),
        ({"preaccept": True}, Behaviour.OFF, ["terminated"]),
        (
            {"signals": True},
            Behaviour.ANSWER,
            ["offer", "ringing", "accepted", "transport", "terminated"],
        ),
        ({"ends_only": True}, Behaviour.ANSWER, ["offer", "terminated"]),
        ({"ends_only": True}, Behaviour.DECLINE, ["offer", "terminated"]),
        (
            {"ends_only": True, "out_of_order": True},
            Behaviour.ANSWER,
            ["offer", "terminated"],
        ),
        ({"unanswered_word": True}, Behaviour.IGNORE, ["offer", "timeout"]),
        (
            {"unanswered_word": True, "words": {UpdateKind.UNANSWERED: "missed"}},
            Behaviour.IGNORE,
            ["offer", "missed"],
        ),
        (
            {"unanswered_word": True, "unanswered_terminated": False},
            Behaviour.IGNORE,
            ["offer"],
        ),
        (
            {"unanswered_word": True},
            Behaviour.ANSWER,
            ["offer", "accepted", "terminated"],
        ),
        (
            {"missing": frozenset({UpdateKind.OFFER, UpdateKind.TERMINATED})},
            Behaviour.ANSWER,
            ["accepted"],
        ),
    ],
)
async def test_kinds(
    api: Api,
    simulator: Simulator,
    socket: WS,
    *,
    choices: dict[str, Any],
    behaviour: Behaviour,
    expected: list[str],
) -> None:
    """The choices decide about the kinds of update and their words."""
    for name, value in choices.items():
        setattr(simulator.choices, name, value)
    simulator.talk_time = 0.2
    _set_behaviour(simulator, behaviour)
    await api.audio(mediaBase64=AUDIO)
    assert await kinds(socket, len(expected)) == expected
    await _until_over(simulator)
    await no_frame(socket)


async def test_incoming_offer(simulator: Simulator, socket: WS) -> None:
    """An incoming call is offered, whether or not placed calls come back."""
    simulator.choices.echo = False
    simulator.choices.preaccept = simulator.choices.signals = True
    simulator.hang_up(simulator.call_in(NUMBER).id)
    assert await kinds(socket, 2) == ["offer", "terminated"]
    await no_frame(socket)


@pytest.mark.parametrize(
    ("shape", "key"),
    [(Shape.FLAT, "reason"), (Shape.SNAKE, "reason"), (Shape.WHATSMEOW, "Reason")],
)
@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour.ANSWER, ""),
        (Behaviour.DECLINE, "declined"),
        (Behaviour.IGNORE, "timeout"),
    ],
)
@pytest.mark.parametrize("reasons", [False, True])
async def test_reasons(
    api: Api,
    simulator: Simulator,
    socket: WS,
    *,
    shape: Shape,
    key: str,
    behaviour: Behaviour,
    reason: str,
    reasons: bool,
) -> None:
    """The end of a call, and no other update, can carry its reason."""
    simulator.choices.shape = shape
    simulator.choices.ends_only = True
    simulator.choices.reasons = reasons
    simulator.talk_time = 0.1
    _set_behaviour(simulator, behaviour)
    await api.audio(mediaBase64=AUDIO)
    assert key not in await data(socket)
    said = await data(socket)
    assert said.get(key) == (reason if reasons else None)
    assert "duration" not in said


@pytest.mark.parametrize(
    ("durations", "talk", "ring"),
    [(Durations.SECONDS, 1, 2), (Durations.MILLISECONDS, 200, 2000)],
)
@pytest.mark.parametrize("ring_duration", [False, True])
async def test_durations(
    api: Api,
    simulator: Simulator,
    socket: WS,
    *,
    durations: Durations,
    talk: int,
    ring: int,
    ring_duration: bool,
) -> None:
    """The end tells the seconds of the talk, or of a fake call's ringing."""
    simulator.choices.durations = durations
    simulator.choices.ring_duration = ring_duration
    simulator.choices.rejected_terminated = True
    simulator.choices.missing = frozenset(
        {UpdateKind.OFFER, UpdateKind.ACCEPTED, UpdateKind.REJECTED}
    )
    simulator.talk_time = 0.2

    async def duration(behaviour: Behaviour, *, fake: bool) -> int:
        _set_behaviour(simulator, behaviour)
        await (api.fake(duration=2) if fake else api.audio(mediaBase64=AUDIO))
        told: int = (await data(socket))["duration"]
        return told

    # A busy machine is late.
    limit = 20 * talk
    assert talk <= await duration(Behaviour.ANSWER, fake=False) < limit
    assert 0 < await duration(Behaviour.ANSWER, fake=True) <= ring
    assert await duration(Behaviour.IGNORE, fake=False) == 0
    assert await duration(Behaviour.DECLINE, fake=True) == 0
    told = await duration(Behaviour.IGNORE, fake=True)
    assert told == (ring if ring_duration else 0)


@pytest.mark.parametrize(
    ("people", "device"),
    [
        (People.NUMBER, NUMBER),
        (People.DEVICE_JID, f"{NUMBER}:3{JID}"),
        (People.DEVICE_LID, f"{lid_digits(NUMBER)}:3@lid"),
    ],
)
async def test_linked_device(
    api: Api, simulator: Simulator, socket: WS, people: People, device: str
) -> None:
    """A linked device declines by itself, and the phone rings on."""
    simulator.choices.people = people
    simulator.linked_after = 0.1
    simulator.add_phone(NUMBER).linked_declines = True
    _, body = await api.fake(duration=60)
    assert (await data(socket))["type"] == "offer"
    said = await data(socket)
    assert (said["type"], said["to"]) == ("rejected", device)
    assert simulator.call(body["callId"]).state is CallState.RINGING
    simulator.answer(body["callId"])
    said = await data(socket)
    assert said["type"] == "accepted"
    assert ":3" not in said["to"]


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (Behaviour.ANSWER, ["offer", "accepted"]),
        (Behaviour.DECLINE, ["offer", "rejected"]),
        (Behaviour.OFF, []),
    ],
)
async def test_no_linked_device(
    api: Api,
    simulator: Simulator,
    socket: WS,
    behaviour: Behaviour,
    expected: list[str],
) -> None:
    """A linked device declines no call that does not ring any more."""
    simulator.linked_after = 0.2
    simulator.add_phone(NUMBER, behaviour=behaviour).linked_declines = True
    await api.fake(duration=60)
    assert await kinds(socket, len(expected)) == expected
    await no_frame(socket, 0.4)


@pytest.mark.parametrize("ends_only", [False, True])
async def test_answer_elsewhere(
    api: Api, simulator: Simulator, socket: WS, *, ends_only: bool
) -> None:
    """An incoming call that somebody at home answers ends for the instance."""
    simulator.choices.ends_only = ends_only
    simulator.choices.durations = Durations.SECONDS
    call = simulator.call_in(NUMBER)
    simulator.answer_elsewhere(call)
    assert call.state is CallState.ENDED
    steps = (
        ["offer", "terminated"] if ends_only else ["offer", "accepted", "terminated"]
    )
    for kind in steps:
        said = await data(socket)
        assert (said["type"], said["from"], said["to"]) == (kind, NUMBER, OWN)
    assert (said["reason"], said["duration"]) == ("accepted_elsewhere", 0)
    await no_frame(socket)
    with pytest.raises(CallError):
        simulator.answer_elsewhere(call)
    await api.fake(duration=60)
    with pytest.raises(CallError):
        simulator.answer_elsewhere(simulator.calls[-1])


async def test_late(simulator: Simulator, socket: WS) -> None:
    """Late updates keep their order, also with a change of the delay."""
    simulator.choices.late = 0.3
    simulator.choices.duplicates = 2
    before = time.monotonic()
    simulator.hang_up(simulator.call_in(NUMBER).id)
    simulator.choices.late = 0
    simulator.call_in(NUMBER)
    assert await kinds(socket, 6) == [
        *(["offer"] * 2),
        *(["terminated"] * 2),
        *(["offer"] * 2),
    ]
    assert time.monotonic() - before >= 0.29
    simulator.call_in(NUMBER)
    assert await kinds(socket, 2) == ["offer"] * 2


async def test_late_at_the_end(simulator: Simulator, socket: WS) -> None:
    """Late updates are dropped when the simulator stops."""
    simulator.choices.late = 0.1
    simulator.call_in(NUMBER)
    await simulator.stop()
    await disconnected(simulator)
    await asyncio.sleep(0.2)


@pytest.mark.parametrize("size", [300_000, 40_000_000])
async def test_foreign_frames(api: Api, simulator: Simulator, size: int) -> None:
    """A large frame for other users of the socket precedes each update."""
    simulator.choices.foreign_size = size
    simulator.live.configure("home", events=["call.update"])
    url = f"{simulator.url}/ws/home"
    async with api.session.ws_connect(
        url, headers=api.headers, max_msg_size=0
    ) as socket:
        simulator.hang_up(simulator.call_in(NUMBER).id)
        for kind in ("offer", "terminated"):
            text = await socket.receive_str(timeout=TIMEOUT)
            assert size <= len(text) < size + 2000
            frame = json.loads(text)
            assert frame["event"] == "message.exchange"
            assert frame["instanceData"]["token"] == api.headers["token"]
            assert base64.b64decode(frame["data"]["message"]["media"]["base64"])
            assert (await data(socket))["type"] == kind
