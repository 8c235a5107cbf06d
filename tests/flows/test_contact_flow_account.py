"""Tests of asking RyzeAPI for the account of a new contact, and getting no answer."""

from collections.abc import Iterator

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from tests.helpers.common import make_entry, setup_integration
from tests.helpers.const import ANA, INSTANCE_TOKEN, SECRET_MARK
from tests.helpers.contact_flows import (
    OWN,
    SHORT_ANA,
    asked,
    check_form,
    check_menu,
    choose,
    fill_in,
    save,
    setup_home,
    start,
)
from tests.simulator import Behaviour, Fault, FaultKind, Simulator


@pytest.fixture(autouse=True)
def nobody_rings(simulator: Simulator) -> Iterator[None]:
    """Fail a test in which a phone rings: a flow calls nobody."""
    yield
    assert simulator.calls == []


@pytest.fixture
async def entry(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> MockConfigEntry:
    """Return the entry of the instance "home" in Brazil, with Maria and João."""
    return await setup_home(hass, simulator)


@pytest.mark.parametrize(
    ("number", "phone", "shown"),
    [
        (ANA, SHORT_ANA, "+55 1199990003"),
        (SHORT_ANA, ANA, "+55 11 99999-0003"),
        (SHORT_ANA, SHORT_ANA, "+55 1199990003"),
    ],
)
async def test_spelling_of_whatsapp(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    number: str,
    phone: str,
    shown: str,
) -> None:
    """The number that WhatsApp knows is the one that is called."""
    simulator.add_phone(phone)
    flow_id = await start(hass, entry)
    result = await fill_in(hass, flow_id, number=f"+{number}")
    check_menu(result, "confirm", {"name": "Ana", "number": shown})
    await save(hass, entry, flow_id, phone)
    # It is the same person all the same.
    flow_id = await start(hass, entry)
    for spelling in (ANA, SHORT_ANA):
        result = await fill_in(hass, flow_id, number=f"+{spelling}")
        check_form(result, "user", {"number": "already_configured"})


async def test_account_without_a_number(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """An account that keeps its number to itself is one."""
    body = b'{"success": true, "profile": {"profilePicture": null}}'
    simulator.inject(Fault(FaultKind.RAW, body=body, route="account"))
    flow_id = await start(hass, entry)
    check_menu(await fill_in(hass, flow_id), "confirm")
    await save(hass, entry, flow_id)


@pytest.mark.parametrize("status", [404, 400])
async def test_no_account(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, status: int
) -> None:
    """Who has no WhatsApp is warned of, and can be saved all the same."""
    simulator.choices.no_account_status = status
    simulator.add_phone(ANA, behaviour=Behaviour.NO_WHATSAPP)
    flow_id = await start(hass, entry)
    check_menu(await fill_in(hass, flow_id), "confirm_no_account")
    await save(hass, entry, flow_id)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.STATUS, status=401, route="account"),
        Fault(FaultKind.STATUS, status=403, route="account"),
        Fault(FaultKind.STATUS, status=429, route="account"),
        Fault(FaultKind.STATUS, status=500, route="account"),
        Fault(FaultKind.STATUS, status=503, route="account"),
        Fault(FaultKind.REDIRECT, route="account"),
        Fault(FaultKind.CUT_AFTER, times=2, route="account"),
        Fault(FaultKind.RAW, body=b"<html>", route="account"),
        Fault(FaultKind.RAW, body=b'{"success": true}', route="account"),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.body}",
)
async def test_unchecked(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, fault: Fault
) -> None:
    """What cannot be checked can be saved, and says so."""
    simulator.inject(fault)
    flow_id = await start(hass, entry)
    check_menu(await fill_in(hass, flow_id), "confirm_unchecked")
    await save(hass, entry, flow_id)


@pytest.mark.parametrize("status", [400, 500, 503])
async def test_not_linked(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, status: int
) -> None:
    """An instance that is not linked knows nobody: that says nothing of the number."""
    simulator.choices.not_connected_status = status
    simulator.instances["home"].state = "disconnected"
    flow_id = await start(hass, entry)
    check_menu(await fill_in(hass, flow_id), "confirm_unchecked")
    await save(hass, entry, flow_id)


async def test_unreachable(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Without RyzeAPI contacts can be added; and it is asked when it is back."""
    await simulator.stop()
    flow_id = await start(hass, entry)
    check_menu(await fill_in(hass, flow_id), "confirm_unchecked")
    await simulator.start()
    await choose(hass, flow_id, "change")
    check_menu(await fill_in(hass, flow_id), "confirm")
    await save(hass, entry, flow_id)


async def test_no_requests_left(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """The flow does not wait until there are requests again."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=40)
    flow_id = await start(hass, entry)
    for _ in range(2):
        check_menu(await fill_in(hass, flow_id), "confirm_unchecked")
        await choose(hass, flow_id, "change")
    # The second time the counter was known.
    assert asked(simulator) == 1


async def test_somebody_else(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """RyzeAPI may find a landline that differs by the 9: that is not the contact."""
    simulator.add_phone("551123450003")
    flow_id = await start(hass, entry)
    shown = {"name": "Ana", "number": "+55 11 92345-0003"}
    check_menu(
        await fill_in(hass, flow_id, number="+5511923450003"),
        "confirm_unchecked",
        shown,
    )
    await save(hass, entry, flow_id, "5511923450003")


async def test_refused_token(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> None:
    """An entry whose token is refused can have contacts, checked or not."""
    entry = make_entry(simulator, "home", f"revoked-{SECRET_MARK}")
    await setup_integration(hass, entry)
    flow_id = await start(hass, entry)
    check_menu(await fill_in(hass, flow_id), "confirm_unchecked")
    await save(hass, entry, flow_id)


async def test_entry_not_loaded(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Contacts can be added while nothing runs; the own number is not known then."""
    await hass.config_entries.async_unload(entry.entry_id)
    flow_id = await start(hass, entry)
    check_menu(await fill_in(hass, flow_id), "confirm")
    await save(hass, entry, flow_id)
    flow_id = await start(hass, entry)
    result = await fill_in(hass, flow_id, "Me", f"+{OWN}")
    check_menu(result, "confirm", {"name": "Me", "number": "+55 11 90000-0000"})

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get("notify.ana") is not None
    await choose(hass, flow_id, "change")
    result = await fill_in(hass, flow_id, "Me", f"+{OWN}")
    check_form(result, "user", {"number": "own_number"})


async def test_own_number_before_the_api_was_reached(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> None:
    """What nobody has told cannot be refused."""
    await simulator.stop()
    entry = make_entry(simulator, "home", INSTANCE_TOKEN)
    await setup_integration(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    flow_id = await start(hass, entry)
    result = await fill_in(hass, flow_id, "Me", f"+{OWN}")
    shown = {"name": "Me", "number": "+55 11 90000-0000"}
    check_menu(result, "confirm_unchecked", shown)
    await simulator.start()
