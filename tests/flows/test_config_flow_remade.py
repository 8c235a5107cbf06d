"""Tests of reauth and reconfigure for an instance that was deleted and made anew."""

from collections.abc import Mapping
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.ryze.const import DOMAIN
from tests.helpers.common import make_entry, setup_integration
from tests.helpers.const import ACCOUNT_TOKEN, INSTANCE_TOKEN, MARIA
from tests.helpers.flows import fill_in
from tests.simulator import Simulator

OWN = "551199990000"
# The same number with its ninth digit, and another one.
OWN_LONG = "5511999990000"
OTHER = "5511900000009"

BOTH_FLOWS = pytest.mark.parametrize("flow", ["reauth", "reconfigure"])


def jid(number: str | None) -> str | None:
    """Return the JID of a number."""
    return number and f"{number}@s.whatsapp.net"


def remake(simulator: Simulator, number: str | None, name: str = "home") -> None:
    """Delete an instance, and make it anew."""
    simulator.remove_instance("home")
    simulator.add_instance(name, token="renewed", id="id-new", number_jid=jid(number))


async def change(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    flow: str,
    url: str,
    token: str = "renewed",
) -> ConfigFlowResult:
    """Enter a token in one of the flows."""
    if flow == "reauth":
        result = await entry.start_reauth_flow(hass)
        return await fill_in(hass, result["flow_id"], token=token)
    result = await entry.start_reconfigure_flow(hass)
    return await fill_in(hass, result["flow_id"], url=url, token=token)


@pytest.fixture
async def mine(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> MockConfigEntry:
    """Return the entry of an instance with a known number, and with Maria."""
    simulator.instances["home"].number_jid = jid(OWN)
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, contacts={"Maria": MARIA})
    await setup_integration(hass, entry)
    return entry


def ids(hass: HomeAssistant, entry: MockConfigEntry) -> Mapping[str, str]:
    """Return the unique ids of an entry's entities by their entity ids."""
    registry = er.async_get(hass)
    return {
        item.entity_id: item.unique_id
        for item in er.async_entries_for_config_entry(registry, entry.entry_id)
    }


@BOTH_FLOWS
@pytest.mark.parametrize("loaded", [True, False])
@pytest.mark.parametrize("number", [OWN, OWN_LONG, None])
async def test_made_anew(
    hass: HomeAssistant,
    simulator: Simulator,
    mine: MockConfigEntry,
    flow: str,
    loaded: bool,
    number: str | None,
) -> None:
    """The entry goes on with the new instance, and contacts and entities stay."""
    before = ids(hass, mine)
    contacts = dict(mine.subentries)
    if not loaded:
        await hass.config_entries.async_unload(mine.entry_id)
    remake(simulator, number)
    result = await change(hass, mine, flow, simulator.url)
    assert result["reason"] == f"{flow}_successful"
    assert (mine.unique_id, mine.data["token"]) == ("id-new", "renewed")
    assert mine.title == "home"
    assert dict(mine.subentries) == contacts
    assert ids(hass, mine) == before
    assert hass.config_entries.async_entries(DOMAIN) == [mine]
    await hass.services.async_call(
        DOMAIN, "fake_call", {"entity_id": "notify.maria"}, blocking=True
    )
    assert simulator.rings(MARIA) == 1


@BOTH_FLOWS
async def test_number_was_never_known(
    hass: HomeAssistant, simulator: Simulator, flow: str
) -> None:
    """An instance that was never linked is recognized by its name and host."""
    simulator.instances["home"].number_jid = None
    entry = make_entry(simulator, "home", INSTANCE_TOKEN)
    await setup_integration(hass, entry)
    remake(simulator, OWN)
    result = await change(hass, entry, flow, simulator.url)
    assert result["reason"] == f"{flow}_successful"
    assert entry.unique_id == "id-new"


@BOTH_FLOWS
@pytest.mark.parametrize("loaded", [True, False])
async def test_other_number(
    hass: HomeAssistant,
    simulator: Simulator,
    mine: MockConfigEntry,
    flow: str,
    loaded: bool,
) -> None:
    """An instance of the same name with another number is another one."""
    if not loaded:
        await hass.config_entries.async_unload(mine.entry_id)
    remake(simulator, OTHER)
    data = dict(mine.data)
    result = await change(hass, mine, flow, simulator.url)
    assert result["errors"] == {"token": "instance_not_found"}
    assert (mine.unique_id, mine.data) == ("id-home", data)

    simulator.instances["home"].number_jid = jid(OWN)
    result = await fill_in(
        hass,
        result["flow_id"],
        token="renewed",
        **({"url": simulator.url} if flow == "reconfigure" else {}),
    )
    assert result["reason"] == f"{flow}_successful"
    assert mine.unique_id == "id-new"


@BOTH_FLOWS
async def test_other_name(
    hass: HomeAssistant, simulator: Simulator, mine: MockConfigEntry, flow: str
) -> None:
    """A new instance with another name is another one, although its number is the same."""
    remake(simulator, OWN, "villa")
    result = await change(hass, mine, flow, simulator.url)
    assert result["errors"] == {"token": "instance_not_found"}


@BOTH_FLOWS
async def test_another_phone_linked(
    hass: HomeAssistant, simulator: Simulator, mine: MockConfigEntry, flow: str
) -> None:
    """An instance with its old id stays the same one, whatever its number is."""
    simulator.instances["home"].number_jid = jid(OTHER)
    result = await change(hass, mine, flow, simulator.url, ACCOUNT_TOKEN)
    assert result["reason"] == f"{flow}_successful"
    assert mine.unique_id == "id-home"


@BOTH_FLOWS
@pytest.mark.parametrize("number", [OWN, None])
async def test_old_id_before_old_name(
    hass: HomeAssistant,
    simulator: Simulator,
    mine: MockConfigEntry,
    flow: str,
    number: str | None,
) -> None:
    """A renamed instance is the same one, also if another one has its old name."""
    remake(simulator, number)
    simulator.add_instance("villa", id="id-home", number_jid=jid(OWN))
    result = await change(hass, mine, flow, simulator.url, ACCOUNT_TOKEN)
    assert result["reason"] == f"{flow}_successful"
    assert (mine.unique_id, mine.data["instance"]) == ("id-home", "villa")


@BOTH_FLOWS
async def test_added_as_another_entry(
    hass: HomeAssistant, simulator: Simulator, mine: MockConfigEntry, flow: str
) -> None:
    """An instance that is another entry's already is not taken over."""
    remake(simulator, OWN)
    other = MockConfigEntry(domain=DOMAIN, unique_id="id-new", data=mine.data)
    other.add_to_hass(hass)
    data = dict(mine.data)
    result = await change(hass, mine, flow, simulator.url)
    assert result["reason"] == "already_configured"
    assert (mine.unique_id, mine.data) == ("id-home", data)
    assert other.unique_id == "id-new"


@pytest.mark.parametrize(
    ("known", "found", "unique_id", "same"),
    [
        (OWN, OWN_LONG, "id-home", True),
        (OWN, OTHER, "id-home", False),
        (OWN, None, "id-home", False),
        (None, OWN, "id-home", False),
        # Without an id, the name is all that an entry has.
        (None, OWN, "old.example.com/home", True),
        (OWN, OTHER, "old.example.com/home", False),
    ],
)
async def test_moved_to_another_host(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_storage: dict[str, Any],
    known: str | None,
    found: str | None,
    unique_id: str,
    same: bool,
) -> None:
    """After a move, the number tells; it is remembered also before a set-up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id=unique_id,
        data={
            "instance": "home",
            "token": INSTANCE_TOKEN,
            "url": "https://old.example.com",
        },
    )
    entry.add_to_hass(hass)
    key = f"{DOMAIN}.{entry.entry_id}"
    own = {"number": known, "lid": None, "asked_at": 0}
    hass_storage[key] = {
        "version": 1,
        "minor_version": 1,
        "key": key,
        "data": {"lids": {"own": own}},
    }
    remake(simulator, found)
    result = await change(hass, entry, "reconfigure", simulator.url)
    if same:
        assert result["reason"] == "reconfigure_successful"
        assert entry.unique_id == "id-new"
    else:
        assert result["errors"] == {"token": "instance_not_found"}
        assert entry.unique_id == unique_id
