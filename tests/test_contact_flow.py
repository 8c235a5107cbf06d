"""Tests of the flow of a contact."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_schema_suggested_value,
)

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntryState,
    ConfigSubentry,
    FlowType,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .common import make_contact, make_entry, setup_integration
from .const import ANA, INSTANCE_TOKEN, JOAO, MARIA, OTHER_TOKEN, SECRET_MARK
from .contacts import contact_of
from .simulator import Behaviour, Fault, FaultKind, Simulator
from custom_components.ryze.const import DOMAIN

OWN = "5511900000000"
# As WhatsApp's ids leave out the ninth digit.
SHORT_ANA = ANA.replace("9", "", 1)
SHORT_MARIA = MARIA.replace("9", "", 1)

ANA_SHOWN = {"name": "Ana", "number": "+55 11 99999-0003"}


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
    await hass.config.async_update(country="BR")
    entry = make_entry(
        simulator, "home", INSTANCE_TOKEN, contacts={"Maria": MARIA, "João": JOAO}
    )
    await setup_integration(hass, entry)
    return entry


async def start(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Open the form of a new contact and return the id of its flow."""
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "contact"), context=SubentryFlowContext(source=SOURCE_USER)
    )
    check_form(result, "user", {})
    assert result["description_placeholders"] == {"instance": entry.title}
    return result["flow_id"]


async def start_change(
    hass: HomeAssistant, entry: MockConfigEntry, contact: ConfigSubentry
) -> str:
    """Open the form of a contact that is there and return the id of its flow."""
    result = await entry.start_subentry_reconfigure_flow(hass, contact.subentry_id)
    check_form(result, "reconfigure", {})
    return str(result["flow_id"])


def check_form(result: SubentryFlowResult, step: str, errors: dict[str, str]) -> None:
    """Check that a form is shown."""
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, step)
    assert result["errors"] == errors


def check_menu(
    result: SubentryFlowResult, step: str, shown: dict[str, str] | None = None
) -> None:
    """Check that a question is asked."""
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, step)
    assert result["menu_options"] == ["save", "change"]
    assert result["description_placeholders"] == (shown or ANA_SHOWN)


def typed(result: SubentryFlowResult) -> tuple[Any, Any]:
    """Return what the fields of a form show."""
    assert result["data_schema"] is not None
    schema = result["data_schema"].schema
    return (
        get_schema_suggested_value(schema, "name"),
        get_schema_suggested_value(schema, "number"),
    )


async def fill_in(
    hass: HomeAssistant, flow_id: str, name: str = "Ana", number: str = f"+{ANA}"
) -> SubentryFlowResult:
    """Fill in the form."""
    return await hass.config_entries.subentries.async_configure(
        flow_id, {"name": name, "number": number}
    )


async def choose(hass: HomeAssistant, flow_id: str, option: str) -> SubentryFlowResult:
    """Answer the question."""
    result = await hass.config_entries.subentries.async_configure(
        flow_id, {"next_step_id": option}
    )
    await hass.async_block_till_done()
    return result


async def save(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    flow_id: str,
    number: str = ANA,
    name: str = "Ana",
) -> None:
    """Save a new contact and check that it is one."""
    result = await choose(hass, flow_id, "save")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert contacts_of(entry)[-1] == (name, number)


def contacts_of(entry: MockConfigEntry) -> list[tuple[str, str]]:
    """Return the names and numbers of the contacts."""
    return [(item.title, item.data["number"]) for item in entry.subentries.values()]


def asked(simulator: Simulator) -> int:
    """Return how often RyzeAPI was asked for an account."""
    return sum(request.route == "account" for request in simulator.requests)


# Somebody new.


async def test_add(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """What is typed is shown as it was understood, and saved as digits."""
    simulator.add_phone(ANA)
    flow_id = await start(hass, entry)
    result = await fill_in(hass, flow_id, " Ana\n", " (11) 99999-0003 ")
    check_menu(result, "confirm")
    assert contacts_of(entry) == [("Maria", MARIA), ("João", JOAO)]

    await save(hass, entry, flow_id)
    contact = contact_of(entry, "Ana")
    assert contact.data == {"number": ANA}
    assert contact.subentry_type == "contact"
    assert contact.unique_id == make_contact("Ana", ANA)["unique_id"]
    assert hass.states.get("notify.ana") is not None
    assert asked(simulator) == 1
    assert hass.config_entries.subentries.async_progress() == []


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


async def test_change(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Whoever looks again goes back to what was typed."""
    simulator.add_phone(SHORT_ANA)
    flow_id = await start(hass, entry)
    await fill_in(hass, flow_id, " Anna ", " 11 99999 0003")
    result = await choose(hass, flow_id, "change")
    check_form(result, "user", {})
    assert typed(result) == ("Anna", "11 99999 0003")

    simulator.add_phone(SHORT_ANA, behaviour=Behaviour.NO_WHATSAPP)
    check_menu(await fill_in(hass, flow_id), "confirm_no_account")
    await save(hass, entry, flow_id)


@pytest.mark.parametrize(
    ("state", "behaviour", "step"),
    [
        ("connected", Behaviour.MANUAL, "confirm"),
        ("connected", Behaviour.NO_WHATSAPP, "confirm_no_account"),
        ("disconnected", Behaviour.MANUAL, "confirm_unchecked"),
    ],
)
async def test_page_is_loaded_again(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    state: str,
    behaviour: Behaviour,
    step: str,
) -> None:
    """The question is still there, and the answer is taken."""
    simulator.instances["home"].state = state
    simulator.add_phone(ANA, behaviour=behaviour)
    flow_id = await start(hass, entry)
    await fill_in(hass, flow_id)
    result = await hass.config_entries.subentries.async_configure(flow_id)
    check_menu(result, step)
    await save(hass, entry, flow_id)


@pytest.mark.parametrize(
    ("name", "number", "errors"),
    [
        ("", ANA, {"name": "name_missing"}),
        (" \t", ANA, {"name": "name_missing"}),
        ("Ana", "", {"number": "invalid_number"}),
        ("Ana", "Ana", {"number": "invalid_number"}),
        ("Ana", "190", {"number": "invalid_number"}),
        ("", "190", {"name": "name_missing", "number": "invalid_number"}),
        ("Ana", "904846510860", {"number": "ambiguous_number"}),
        ("Ana", "120363000000000000@g.us", {"number": "not_a_person"}),
        ("Ana", "123456789@lid", {"number": "not_a_person"}),
        ("Ana", "(11) 90000-0000", {"number": "own_number"}),
        ("Ana", OWN, {"number": "own_number"}),
        ("Ana", f"+{MARIA}", {"number": "already_configured"}),
        ("Maria", "(11) 99999-0001", {"number": "already_configured"}),
        ("Ana", f"+{SHORT_MARIA}", {"number": "already_configured"}),
        ("", MARIA, {"name": "name_missing", "number": "already_configured"}),
    ],
)
async def test_errors_and_recovery(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    name: str,
    number: str,
    errors: dict[str, str],
) -> None:
    """After each error the form can be corrected, and nothing was sent."""
    flow_id = await start(hass, entry)
    result = await fill_in(hass, flow_id, name, number)
    check_form(result, "user", errors)
    assert typed(result) == (name.strip(), number)
    assert asked(simulator) == 0

    check_menu(await fill_in(hass, flow_id), "confirm")
    await save(hass, entry, flow_id)


async def test_own_number_in_another_spelling(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> None:
    """The instance's own id may leave out a digit as well."""
    simulator.instances["home"].number_jid = f"{SHORT_ANA}@s.whatsapp.net"
    entry = make_entry(simulator, "home", INSTANCE_TOKEN)
    await setup_integration(hass, entry)
    flow_id = await start(hass, entry)
    result = await fill_in(hass, flow_id)
    check_form(result, "user", {"number": "own_number"})


async def test_without_a_country(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Without a country a number has to be international."""
    await hass.config.async_update(country=None)
    flow_id = await start(hass, entry)
    result = await fill_in(hass, flow_id, number="(11) 99999-0003")
    check_form(result, "user", {"number": "invalid_number"})
    check_menu(await fill_in(hass, flow_id, number=ANA), "confirm")


async def test_another_instance(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Two instances may know the same person."""
    office = make_entry(simulator, "office", OTHER_TOKEN)
    await setup_integration(hass, office)
    flow_id = await start(hass, office)
    await fill_in(hass, flow_id, "Maria", f"+{MARIA}")
    await save(hass, office, flow_id, MARIA, "Maria")
    assert simulator.requests[-1].path == "/api/profile/getAccount/office"


async def test_two_at_a_time(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Somebody whom another flow has added meanwhile is not added again."""
    flow_ids = [await start(hass, entry), await start(hass, entry)]
    for flow_id, number in zip(flow_ids, (ANA, SHORT_ANA), strict=True):
        assert (await fill_in(hass, flow_id, number=f"+{number}"))["type"] == "menu"
    await save(hass, entry, flow_ids[0])
    result = await choose(hass, flow_ids[1], "save")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert len(entry.subentries) == 3
    assert hass.config_entries.subentries.async_progress() == []


# Somebody who is there.


async def test_new_name(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """A name is changed without asking anybody."""
    contact = contact_of(entry, "Maria")
    flow_id = await start_change(hass, entry, contact)
    requests = len(simulator.requests)
    result = await fill_in(hass, flow_id, "Maria Clara", f"+{MARIA}")
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert contacts_of(entry) == [("Maria Clara", MARIA), ("João", JOAO)]
    assert len(simulator.requests) == requests


@pytest.mark.parametrize("number", [MARIA, SHORT_MARIA, "(11) 99999-0001"])
async def test_number_in_another_spelling(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, number: str
) -> None:
    """What WhatsApp has spelled stays as it is, however it is typed."""
    contact = contact_of(entry, "Maria")
    flow_id = await start_change(hass, entry, contact)
    result = await fill_in(hass, flow_id, "Maria", number)
    assert result["reason"] == "reconfigure_successful"
    assert contacts_of(entry) == [("Maria", MARIA), ("João", JOAO)]
    assert asked(simulator) == 0


async def test_new_number(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """A new number is checked and asked for like the first one."""
    simulator.add_phone(SHORT_ANA)
    contact = contact_of(entry, "Maria")
    before = dict(entry.subentries)
    flow_id = await start_change(hass, entry, contact)
    shown = {"name": "Maria", "number": "+55 1199990003"}
    check_menu(await fill_in(hass, flow_id, "Maria"), "confirm", shown)
    assert contacts_of(entry) == [("Maria", MARIA), ("João", JOAO)]

    result = await choose(hass, flow_id, "save")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert contacts_of(entry) == [("Maria", SHORT_ANA), ("João", JOAO)]
    assert list(entry.subentries) == list(before)
    # The old number is free, the new one is not.
    flow_id = await start(hass, entry)
    result = await fill_in(hass, flow_id)
    check_form(result, "user", {"number": "already_configured"})
    result = await fill_in(hass, flow_id, "Ana", f"+{MARIA}")
    assert result["type"] is FlowResultType.MENU


async def test_form_of_a_contact(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """The form shows what there is, and later what was typed."""
    contact = contact_of(entry, "Maria")
    flow = await entry.start_subentry_reconfigure_flow(hass, contact.subentry_id)
    assert typed(flow) == ("Maria", "+55 11 99999-0001")
    assert flow["description_placeholders"] == {"instance": "home"}
    await fill_in(hass, flow["flow_id"], "Ana", "11 99999 0003")
    result = await choose(hass, flow["flow_id"], "change")
    check_form(result, "reconfigure", {})
    assert typed(result) == ("Ana", "11 99999 0003")


@pytest.mark.parametrize(
    ("name", "number", "errors"),
    [
        ("", MARIA, {"name": "name_missing"}),
        ("Maria", "0", {"number": "invalid_number"}),
        ("Maria", "904846510860", {"number": "ambiguous_number"}),
        ("Maria", "1@g.us", {"number": "not_a_person"}),
        ("Maria", f"+{OWN}", {"number": "own_number"}),
        ("Maria", f"+{JOAO}", {"number": "already_configured"}),
        ("Maria", JOAO.replace("9", "", 1), {"number": "already_configured"}),
    ],
)
async def test_errors_of_a_change(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    name: str,
    number: str,
    errors: dict[str, str],
) -> None:
    """A change that is refused changes nothing, and can be corrected."""
    flow_id = await start_change(hass, entry, contact_of(entry, "Maria"))
    result = await fill_in(hass, flow_id, name, number)
    check_form(result, "reconfigure", errors)
    # It stays there when the page is loaded again.
    again = await hass.config_entries.subentries.async_configure(flow_id)
    assert typed(result) == typed(again) == (name, number)
    assert contacts_of(entry) == [("Maria", MARIA), ("João", JOAO)]
    assert asked(simulator) == 0

    await fill_in(hass, flow_id)
    await choose(hass, flow_id, "save")
    assert contacts_of(entry) == [("Ana", ANA), ("João", JOAO)]


async def test_number_is_taken_meanwhile(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Two contacts cannot both get a number, and the second one stays as it was."""
    flow_ids = [
        await start_change(hass, entry, contact_of(entry, name))
        for name in ("Maria", "João")
    ]
    for flow_id in flow_ids:
        await fill_in(hass, flow_id)
    reasons = [(await choose(hass, item, "save"))["reason"] for item in flow_ids]
    assert reasons == ["reconfigure_successful", "already_configured"]
    assert contacts_of(entry) == [("Ana", ANA), ("João", JOAO)]


# Right after the instance.


async def test_first_contact(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> None:
    """The flow of an instance leads on to its first contact."""
    flow = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    created = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"token": INSTANCE_TOKEN, "url": simulator.url}
    )
    await hass.async_block_till_done()
    assert created["type"] is FlowResultType.CREATE_ENTRY
    kind, flow_id = created["next_flow"]
    assert kind is FlowType.CONFIG_SUBENTRIES_FLOW
    (waiting,) = hass.config_entries.subentries.async_progress()
    assert (waiting["flow_id"], waiting["step_id"]) == (flow_id, "user")
    # This is how the frontend gets to it.
    result = await hass.config_entries.subentries.async_configure(flow_id)
    check_form(result, "user", {})
    assert result["description_placeholders"] == {"instance": "home"}

    await fill_in(hass, flow_id)
    result = await choose(hass, flow_id, "save")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = created["result"]
    assert [item.title for item in entry.subentries.values()] == ["Ana"]
    assert hass.states.get("notify.ana") is not None


async def test_first_contact_later(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> None:
    """Whoever closes the form has an instance without contacts."""
    flow = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    created = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"token": INSTANCE_TOKEN, "url": simulator.url}
    )
    await hass.async_block_till_done()
    hass.config_entries.subentries.async_abort(created["next_flow"][1])
    assert created["result"].state is ConfigEntryState.LOADED
    assert not created["result"].subentries
