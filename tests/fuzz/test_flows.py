"""Flows with any input and with any answer of RyzeAPI."""

import asyncio
from typing import Any, Final

from aiohttp import TCPConnector
from hypothesis import example, given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import SOURCE_USER, SubentryFlowContext
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData

from .answers import BODIES, STATUSES
from .documents import PEOPLE
from .leaks import secrets_in, size_of
from .odd import ODD, URLS
from .runs import target
from custom_components.ryze.const import DOMAIN
from tests.helpers.const import ACCOUNT_TOKEN, INSTANCE_TOKEN, SECRET_MARK
from tests.simulator import Fault, FaultKind, Simulator

# A placeholder for the simulator's address.
_HERE: Final = "the simulator"

_TOKENS: Final = st.sampled_from([INSTANCE_TOKEN, ACCOUNT_TOKEN, "", " x", "\r\nx: y"])
_NAMES: Final = st.one_of(st.sampled_from(["home", "office", "", " "]), st.text())


def _form(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return the input of a form, possibly with missing or odd fields."""
    typed = st.fixed_dictionaries(
        {},
        optional={name: st.one_of(*[value] * 5, ODD) for name, value in fields.items()},
    )
    return st.one_of(st.fixed_dictionaries(fields), typed)


_USER: Final = _form(
    instance=_NAMES, token=_TOKENS, url=st.one_of(*[st.just(_HERE)] * 3, URLS)
)
_CONTACT: Final = _form(name=st.text(max_size=10), number=st.one_of(PEOPLE, st.text()))
_STEPS: Final = st.lists(
    st.one_of(
        st.sampled_from(
            [{"live_updates": True}, {"live_updates": False}, {"instance": "office"}]
        ),
        st.sampled_from([{"next_step_id": "save"}, {"next_step_id": "change"}]),
        _USER,
        _CONTACT,
    ),
    max_size=2,
)
# Answers that replace RyzeAPI's, each for one request.
_FAULTS: Final = st.lists(
    st.builds(
        lambda route, status, body: Fault(
            FaultKind.RAW, route=route, status=status, body=body
        ),
        st.sampled_from(["list", "account", "get_websocket", "set_websocket"]),
        STATUSES,
        BODIES,
    ),
    max_size=2,
)
_SHOWN: Final = (FlowResultType.FORM, FlowResultType.MENU)


def check(result: Any) -> None:
    """Check that a result can be shown, and contains no token."""
    assert result["type"] in (
        FlowResultType.FORM,
        FlowResultType.MENU,
        FlowResultType.ABORT,
        FlowResultType.CREATE_ENTRY,
    )
    told = {
        key: result.get(key)
        for key in ("errors", "reason", "step_id", "description_placeholders")
    }
    assert size_of(told) > 0
    assert SECRET_MARK not in repr(told)
    # The error "unknown" stands for a bug in our code.
    assert "unknown" not in (result.get("errors") or {}).values()


# The managers of an entry's flows, and the names of a contact's flows.
_FLOWS: Final = {"reauth": "flow", "reconfigure": "flow", "options": "options"}
_CONTACT_FLOWS: Final = st.sampled_from(["new contact", "changed contact"])


async def begin(hass: HomeAssistant, entry: MockConfigEntry, flow: str) -> Any:
    """Begin a flow of an entry or of its contacts."""
    match flow:
        case "options":
            return await hass.config_entries.options.async_init(entry.entry_id)
        case "reauth":
            return await entry.start_reauth_flow(hass)
        case "reconfigure":
            return await entry.start_reconfigure_flow(hass)
        case "changed contact":
            contact = next(iter(entry.subentries))
            return await entry.start_subentry_reconfigure_flow(hass, contact)
        case _:
            return await hass.config_entries.subentries.async_init(
                (entry.entry_id, "contact"),
                context=SubentryFlowContext(source=SOURCE_USER),
            )


async def play(flows: Any, flow_id: str, inputs: list[dict[str, Any]]) -> Any:
    """Submit one form after the other, and return the last result."""
    result: Any = {"type": FlowResultType.FORM}
    for typed in inputs:
        if result["type"] not in _SHOWN:
            break
        try:
            async with asyncio.timeout(10):
                result = await flows.async_configure(flow_id, typed)
        except InvalidData as err:
            assert secrets_in(str(err)) == []
            continue
        check(result)
    if result["type"] in _SHOWN:
        flows.async_abort(flow_id)
    return result


def here(simulator: Simulator, inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the input with the simulator's address in place of the placeholder."""
    return [
        {
            key: simulator.url if value == _HERE else value
            for key, value in typed.items()
        }
        for typed in inputs
    ]


@pytest.fixture(autouse=True)
def only_the_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every address except the simulator's unreachable."""
    resolve = TCPConnector._resolve_host

    async def resolve_ours(
        self: TCPConnector, host: str, port: int, traces: Any = None
    ) -> Any:
        if host != "127.0.0.1":
            raise OSError("No such host")
        return await resolve(self, host, port, traces)

    monkeypatch.setattr(TCPConnector, "_resolve_host", resolve_ours)


@pytest.fixture
def entry(family: MockConfigEntry) -> MockConfigEntry:
    """Return an entry with contacts."""
    return family


def prepare(hass: HomeAssistant, simulator: Simulator, faults: list[Fault]) -> None:
    """Queue new faults in place of the old ones, and reset the rate limits."""
    simulator.clear_faults()
    for fault in faults:
        simulator.inject(fault)
    hass.data.pop(f"{DOMAIN}_rate_limits", None)


@example({"token": INSTANCE_TOKEN, "url": "http://[::1]@"}, [], [])
@given(first=_USER, inputs=_STEPS, faults=_FAULTS)
@target(short=20, long=1500, per_round=100)
async def test_setup(
    hass: HomeAssistant,
    simulator: Simulator,
    first: dict[str, Any],
    inputs: list[dict[str, Any]],
    faults: list[Fault],
) -> None:
    """An instance is set up, or the form shows an error."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1_000_000)
    simulator.rate_limit.set(ACCOUNT_TOKEN, remaining=1_000_000)
    prepare(hass, simulator, faults)
    flows = hass.config_entries.flow
    result = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    await play(flows, result["flow_id"], here(simulator, [first, *inputs]))
    assert simulator.calls == []
    await hass.async_block_till_done()
    for entry in hass.config_entries.async_entries(DOMAIN):
        # Home Assistant stores all entries in one file, so one bad entry would block
        # all.
        assert size_of(entry.as_dict()) > 0
        await hass.config_entries.async_remove(entry.entry_id)
    for flow in hass.config_entries.subentries.async_progress():
        hass.config_entries.subentries.async_abort(flow["flow_id"])


@given(
    flow=st.sampled_from(sorted(_FLOWS)),
    inputs=st.lists(
        st.one_of(
            _USER, st.fixed_dictionaries({"token": _TOKENS}), _form(live_updates=ODD)
        ),
        min_size=1,
        max_size=3,
    ),
    faults=_FAULTS,
)
@target(short=15, long=1000, per_round=100)
async def test_changes(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    flow: str,
    inputs: list[dict[str, Any]],
    faults: list[Fault],
) -> None:
    """An entry is changed, or the form shows an error."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1_000_000)
    prepare(hass, simulator, faults)
    flows: Any = getattr(hass.config_entries, _FLOWS[flow])
    result = await begin(hass, entry, flow)
    await play(flows, result["flow_id"], here(simulator, inputs))
    await hass.async_block_till_done()
    assert size_of(entry.as_dict()) > 0


@given(flow=_CONTACT_FLOWS, inputs=st.lists(_CONTACT, min_size=1), faults=_FAULTS)
@target(short=25, long=2000, per_round=200)
async def test_contacts(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    flow: str,
    inputs: list[dict[str, Any]],
    faults: list[Fault],
) -> None:
    """A contact is saved, or the form shows an error, and no phone rings."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1_000_000)
    prepare(hass, simulator, faults)
    flows = hass.config_entries.subentries
    result = await begin(hass, entry, flow)
    menu = {"next_step_id": "save"}
    steps = [step for typed in inputs for step in (typed, menu)]
    await play(flows, result["flow_id"], steps)
    await hass.async_block_till_done()
    assert simulator.calls == []
    assert size_of(entry.as_dict()) > 0
    numbers = [item.data["number"] for item in entry.subentries.values()]
    assert all(number.isdecimal() for number in numbers)
