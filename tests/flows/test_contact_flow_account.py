"""Tests of the search for a new contact's WhatsApp account."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from tests.helpers.common import make_entry, setup_integration
from tests.helpers.const import ANA, INSTANCE_TOKEN, SECRET_MARK, SHORT_ANA
from tests.helpers.contact_flows import (
    OWN,
    asked,
    check_form,
    check_menu,
    choose,
    fill_in,
    save,
    start,
)
from tests.simulator import Behaviour, Fault, FaultKind, Simulator

pytestmark = pytest.mark.usefixtures("nobody_rings")


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
    family: MockConfigEntry,
    number: str,
    phone: str,
    shown: str,
) -> None:
    """A contact is saved with WhatsApp's spelling of the number."""
    simulator.add_phone(phone)
    flow_id = await start(hass, family)
    result = await fill_in(hass, flow_id, number=f"+{number}")
    check_menu(result, "confirm", {"name": "Ana", "number": shown})
    await save(hass, family, flow_id, phone)
    # Both spellings stand for the same person.
    flow_id = await start(hass, family)
    for spelling in (ANA, SHORT_ANA):
        result = await fill_in(hass, flow_id, number=f"+{spelling}")
        check_form(result, "user", {"number": "already_configured"})


async def test_account_without_a_number(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry
) -> None:
    """An account is accepted although it does not show its number."""
    body = b'{"success": true, "profile": {"profilePicture": null}}'
    simulator.inject(Fault(FaultKind.RAW, body=body, route="account"))
    flow_id = await start(hass, family)
    check_menu(await fill_in(hass, flow_id), "confirm")
    await save(hass, family, flow_id)


@pytest.mark.parametrize("status", [404, 400])
async def test_no_account(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry, status: int
) -> None:
    """A number without WhatsApp gets a warning, and can be saved."""
    simulator.choices.no_account_status = status
    simulator.add_phone(ANA, behaviour=Behaviour.NO_WHATSAPP)
    flow_id = await start(hass, family)
    check_menu(await fill_in(hass, flow_id), "confirm_no_account")
    await save(hass, family, flow_id)


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
async def test_error_of_the_api(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry, fault: Fault
) -> None:
    """If RyzeAPI fails, the contact can be saved unchecked."""
    simulator.inject(fault)
    flow_id = await start(hass, family)
    check_menu(await fill_in(hass, flow_id), "confirm_unchecked")
    await save(hass, family, flow_id)


@pytest.mark.parametrize("status", [400, 500, 503])
async def test_unlinked_instance(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry, status: int
) -> None:
    """If the instance is not linked to WhatsApp, the contact can be saved unchecked."""
    simulator.choices.not_connected_status = status
    simulator.instances["home"].state = "disconnected"
    flow_id = await start(hass, family)
    check_menu(await fill_in(hass, flow_id), "confirm_unchecked")
    await save(hass, family, flow_id)


async def test_unreachable_api(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry
) -> None:
    """Without RyzeAPI the contact can be saved unchecked; once it is back, checked."""
    await simulator.stop()
    flow_id = await start(hass, family)
    check_menu(await fill_in(hass, flow_id), "confirm_unchecked")
    await simulator.start()
    await choose(hass, flow_id, "change")
    check_menu(await fill_in(hass, flow_id), "confirm")
    await save(hass, family, flow_id)


async def test_no_requests_left(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry
) -> None:
    """The flow does not wait for the end of a rate limit."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=40)
    flow_id = await start(hass, family)
    for _ in range(2):
        check_menu(await fill_in(hass, flow_id), "confirm_unchecked")
        await choose(hass, flow_id, "change")
    # The first answer told that no requests are left.
    assert asked(simulator) == 1


async def test_account_of_somebody_else(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry
) -> None:
    """A landline that differs only by the ninth digit is not the contact's."""
    simulator.add_phone("551123450003")
    flow_id = await start(hass, family)
    shown = {"name": "Ana", "number": "+55 11 92345-0003"}
    check_menu(
        await fill_in(hass, flow_id, number="+5511923450003"),
        "confirm_unchecked",
        shown,
    )
    await save(hass, family, flow_id, "5511923450003")


async def test_refused_token(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> None:
    """An entry whose token is refused can get contacts."""
    entry = make_entry(simulator, "home", f"revoked-{SECRET_MARK}")
    await setup_integration(hass, entry)
    flow_id = await start(hass, entry)
    check_menu(await fill_in(hass, flow_id), "confirm_unchecked")
    await save(hass, entry, flow_id)


async def test_entry_not_loaded(hass: HomeAssistant, family: MockConfigEntry) -> None:
    """An unloaded entry can get contacts, and still knows its own number."""
    await hass.config_entries.async_unload(family.entry_id)
    flow_id = await start(hass, family)
    check_menu(await fill_in(hass, flow_id), "confirm")
    await save(hass, family, flow_id)
    flow_id = await start(hass, family)
    result = await fill_in(hass, flow_id, "Me", f"+{OWN}")
    check_form(result, "user", {"number": "own_number"})

    await hass.config_entries.async_setup(family.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get("notify.ana") is not None
    result = await fill_in(hass, flow_id, "Me", f"+{OWN}")
    check_form(result, "user", {"number": "own_number"})


async def test_unknown_own_number(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> None:
    """The instance's own number is accepted while RyzeAPI was never reached."""
    await simulator.stop()
    entry = make_entry(simulator, "home", INSTANCE_TOKEN)
    await setup_integration(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    flow_id = await start(hass, entry)
    result = await fill_in(hass, flow_id, "Me", f"+{OWN}")
    shown = {"name": "Me", "number": "+55 11 90000-0000"}
    check_menu(result, "confirm_unchecked", shown)
    await simulator.start()
