"""Live updates of any content during calls."""

import asyncio
from collections import defaultdict
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .documents import CALL_ID
from .frames import FRAMES
from .leaks import secrets_in, size_of
from .runs import target
from .world import check_own
from custom_components.ryze.calls import outcomes, tracker
from custom_components.ryze.calls.call import CallEvent
from custom_components.ryze.const import ATTR_CALL_ID, DOMAIN
from custom_components.ryze.diagnostics import async_get_config_entry_diagnostics
from tests.helpers.common import until
from tests.helpers.const import INSTANCE_TOKEN, JOAO, MARIA, SECRET_MARK
from tests.simulator import Behaviour, Simulator

# The steps that place a call, and their numbers; all other steps are frames.
_CALLS: Final = {"call Maria": MARIA, "call João": JOAO}


@pytest.fixture(autouse=True)
def quick(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten all calls."""
    simulator.second = 0.02
    simulator.talk_time = 0.02
    monkeypatch.setattr(outcomes, "REORDER", 0.01)


def start_afresh(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Forget the calls of earlier examples."""
    calls = entry.runtime_data.calls
    calls._tracker.async_shutdown()
    calls._store.reports_outcomes = False
    calls._tracker = tracker.CallTracker(
        hass, calls._reporter.async_report, calls._store, calls._finder.async_ask
    )
    calls.async_set_live(True)
    entry.runtime_data.listener.counts.clear()
    entry.runtime_data.listener.counts.shapes.clear()


async def play(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, steps: list[str]
) -> list[Context]:
    """Perform the steps in order, and return the contexts of our calls."""
    tasks: dict[asyncio.Task[object], Context] = {}
    for step in steps:
        if number := _CALLS.get(step):
            context = Context()
            action = hass.services.async_call(
                DOMAIN,
                "fake_call",
                {"number": number, "duration": 1},
                blocking=True,
                context=context,
            )
            tasks[hass.async_create_task(action)] = context
            await until(lambda: len(simulator.calls) == len(tasks))
        else:
            latest = simulator.calls[-1].id if simulator.calls else "x"
            simulator.live.send("home", step.replace(CALL_ID, latest))
    await asyncio.gather(*tasks)
    for call in simulator.calls:
        await call.over.wait()
    # Frames arrive in order, so the arrival of a last one proves that all have arrived.
    listener = entry.runtime_data.listener
    heard = listener.counts["not text"]
    simulator.live.send("home", b"the last")
    await until(lambda: listener.counts["not text"] > heard)
    simulator.calls.clear()
    return list(tasks.values())


def check_events(events: list[Event], contexts: list[Context]) -> None:
    """Check that our calls have a valid course, and that all events can be shown."""
    stories: defaultdict[str, list[CallEvent]] = defaultdict(list)
    for event in events:
        kind = str(event.event_type).removeprefix(f"{DOMAIN}_call_")
        stories[event.context.id].append(CallEvent(kind))
        data: dict[str, Any] = dict(event.data)
        assert size_of(data) < 2000
        # Any text counts as a call id, even a token.
        assert SECRET_MARK not in repr(data | {ATTR_CALL_ID: None})
    for context in contexts:
        check_own(stories.pop(context.id))
    assert all(story == [CallEvent.RECEIVED] for story in stories.values())


async def check_home(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Check the listener's memory, the diagnostics and the states."""
    listener = entry.runtime_data.listener
    assert listener.live
    assert listener.connections == 1
    assert [kind for kind in listener.counts if kind.startswith("error")] == []
    told = await async_get_config_entry_diagnostics(hass, entry)
    assert size_of(told) > 0
    assert secrets_in(told) == []
    assert secrets_in(ir.async_get(hass).issues) == []
    for state in hass.states.async_all():
        assert size_of(state.as_dict()) < 5000
        attributes = {**state.attributes, ATTR_CALL_ID: None}
        assert SECRET_MARK not in repr(attributes)


@given(
    steps=st.lists(
        st.one_of(*[FRAMES] * 6, st.sampled_from(sorted(_CALLS))),
        min_size=1,
        max_size=20,
    ),
    behaviour=st.sampled_from([Behaviour.ANSWER, Behaviour.DECLINE, Behaviour.IGNORE]),
)
@target(short=15, long=1500, per_round=50)
async def test_anything(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    events: list[Event],
    steps: list[str],
    behaviour: Behaviour,
) -> int:
    """No frame stops the listener, and each call has a valid course."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1_000_000)
    simulator.phone(MARIA).behaviour = behaviour
    start_afresh(hass, people)
    events.clear()
    contexts = await play(hass, simulator, people, steps)
    check_events(events, contexts)
    await check_home(hass, people)
    return len(steps)
