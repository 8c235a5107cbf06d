"""Storage of any content: Home Assistant starts, and new escalations run."""

import asyncio
from dataclasses import asdict
from typing import Any, Final

from hypothesis import example, given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Context, HomeAssistant

from .leaks import size_of
from .runs import target
from custom_components.ryze.calls.call import Call, FakeCall
from custom_components.ryze.diagnostics import async_get_config_entry_diagnostics
from custom_components.ryze.escalation.plan import Plan, Result
from custom_components.ryze.escalation.registry import DATA_ESCALATIONS, RyzeEscalations
from custom_components.ryze.escalation.target import Target
from tests.helpers.calls import forget_calls
from tests.helpers.common import state_of
from tests.helpers.const import INSTANCE_TOKEN, MARIA
from tests.simulator import Simulator

_KEY: Final = "ryze.escalations"
# A placeholder for the id of the entry.
_HOME: Final = "the entry"

# Values that Home Assistant's files can hold, some of them harmful in a calculation.
_SCALARS: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([0, 1, -1, 2**53, 1e308, -1e308, 1e12, "1", "", _HOME, "answered"]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.just("a" * 100),
)
JSON: Final[st.SearchStrategy[Any]] = st.recursive(
    _SCALARS,
    lambda values: st.one_of(
        st.lists(values, max_size=3), st.dictionaries(st.text(max_size=5), values)
    ),
    max_leaves=4,
)


def make_plan(entry_id: str, name: str = "stored") -> Plan:
    """Return the plan of an escalation that ends almost at once."""
    ring_time: Any = 0.05
    return Plan(
        escalation_id=name,
        tag=name,
        targets=[Target(entry_id=entry_id, contact_id=None, number=MARIA)],
        audio=None,
        duration=1,
        rounds=1,
        ring_time=ring_time,
        pause=0,
        accept=["answered"],
        user_id=None,
    )


_FIELDS: Final = [*sorted(asdict(make_plan(_HOME))), "saved", "odd"]


_ROW: Final = Call.for_request(FakeCall(number=MARIA), Context()).as_response(
    waited=True
) | {"call_id": "A1"}


def _spoil(fields: dict[str, Any], where: dict[str, Any], left_out: list[str]) -> Any:
    """Return a stored escalation with wrong or missing fields."""
    stored = make_plan(_HOME).as_stored([_ROW])
    stored["targets"][0] |= where
    return {
        key: value for key, value in (stored | fields).items() if key not in left_out
    }


_ODD_FIELDS: Final = st.one_of(
    st.dictionaries(st.sampled_from(_FIELDS), JSON, max_size=2),
    # A stored row with a wrong field.
    st.dictionaries(st.sampled_from(sorted(_ROW)), JSON, max_size=1).map(
        lambda odd: {"rows": [_ROW | odd]}
    ),
)
_STORED: Final = st.builds(
    _spoil,
    _ODD_FIELDS,
    st.dictionaries(
        st.sampled_from(["entry_id", "contact_id", "number", "x"]), JSON, max_size=1
    ),
    st.lists(st.sampled_from(_FIELDS), max_size=1),
)


class Disk:
    """The storage, in a class because pytest would print the whole dictionary."""

    def __init__(self, files: dict[str, Any]) -> None:
        """Initialize."""
        self._files = files

    def write(self, key: str, data: Any) -> None:
        """Write the data of a file."""
        self._files[key] = {"version": 1, "key": key, "data": data}

    def read(self, key: str) -> Any:
        """Return the data of a file, or None without the file."""
        return self._files.get(key, {}).get("data")


@pytest.fixture
def disk(hass_storage: dict[str, Any]) -> Disk:
    """Return the storage."""
    return Disk(hass_storage)


@pytest.fixture
def house(declining_phones: None, family: MockConfigEntry) -> MockConfigEntry:
    """Return an entry whose phones decline at once."""
    return family


def at_home(stored: Any, entry: MockConfigEntry) -> Any:
    """Return stored data with the entry's id in place of the placeholder."""
    match stored:
        case list():
            return [at_home(item, entry) for item in stored]
        case dict():
            return {key: at_home(item, entry) for key, item in stored.items()}
        case _:
            return entry.entry_id if stored == _HOME else stored


@example(stored=[_spoil({"escalation_id": []}, {}, [])])
@example(stored=[_spoil({"rows": [{}]}, {}, [])])
@example(stored=[_spoil({"rows": None}, {}, [])])
@example(stored=[_spoil({"accept": None}, {}, [])])
@example(stored=[_spoil({"started": ""}, {}, [])])
@example(stored=[_spoil({}, {}, []), _spoil({}, {}, [])])
@given(stored=st.one_of(st.lists(_STORED, max_size=3), JSON))
@target(short=12, long=1500, per_round=100)
async def test_escalations(
    hass: HomeAssistant,
    simulator: Simulator,
    house: MockConfigEntry,
    disk: Disk,
    caplog: pytest.LogCaptureFixture,
    stored: Any,
) -> None:
    """A stored escalation that cannot resume is dropped, and others still run."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1_000_000)
    caplog.clear()
    disk.write(_KEY, at_home(stored, house))
    escalations = hass.data[DATA_ESCALATIONS] = RyzeEscalations(hass)
    await escalations.async_resume()
    plan = make_plan(house.entry_id, "new")
    healthy = escalations.async_start(plan, "parent")
    async with asyncio.timeout(10):
        await healthy.async_wait()
        await hass.async_block_till_done()
    assert healthy.result is Result.EXHAUSTED
    assert len(healthy.rows) == 1

    for escalation in [*escalations._running.values()]:
        # An escalation that counts as running must have a running task.
        assert escalation._task
        assert not escalation._task.done()
    await hass.async_block_till_done()
    state = state_of(hass, "binary_sensor.home_escalation")
    assert state.state != STATE_UNAVAILABLE
    assert size_of(state.as_dict()) > 0
    for escalation in [*escalations._running.values()]:
        escalation.async_end(Result.STOPPED)
        await escalation.async_wait()
    await hass.async_block_till_done()
    assert escalations._running == {}
    assert disk.read(_KEY) is None
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


_LAST_CALL: Final = _ROW | {"at": "2026-11-01T00:00:00+00:00"}
_MEMORY: Final = st.fixed_dictionaries(
    {},
    optional={
        "reports_outcomes": JSON,
        "last_call": st.one_of(
            JSON,
            st.builds(
                lambda odd, left_out: {
                    key: value
                    for key, value in (_LAST_CALL | odd).items()
                    if key not in left_out
                },
                st.dictionaries(st.sampled_from(sorted(_LAST_CALL)), JSON, max_size=2),
                st.lists(st.sampled_from(sorted(_LAST_CALL)), max_size=1),
            ),
        ),
    },
)


@example(data=[1])
@example(data={"last_call": 1})
@example(data={"last_call": _LAST_CALL | {"at": "2026-11-01"}})
@given(data=st.one_of(JSON, _MEMORY, _MEMORY))
@target(short=12, long=1000, per_round=100)
async def test_memory(
    hass: HomeAssistant,
    house: MockConfigEntry,
    disk: Disk,
    caplog: pytest.LogCaptureFixture,
    data: Any,
) -> None:
    """An instance is set up with any stored memory."""
    await hass.config_entries.async_unload(house.entry_id)
    forget_calls(hass, house)
    caplog.clear()
    disk.write(f"ryze.{house.entry_id}", data)
    await hass.config_entries.async_setup(house.entry_id)
    assert house.state is ConfigEntryState.LOADED
    for entity_id in ("sensor.home_last_call", "button.maria_ring", "notify.maria"):
        state = state_of(hass, entity_id)
        assert state.state != STATE_UNAVAILABLE
        assert size_of(state.as_dict()) > 0
    assert size_of(await async_get_config_entry_diagnostics(hass, house)) > 0
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
