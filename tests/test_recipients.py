"""Tests of the recipients of calls, and of the instances that call them."""

from typing import Any

from attr import evolve
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from .helpers.common import make_contact
from .helpers.const import ANA, JOAO, MARIA, SHORT_MARIA
from .helpers.contacts import change, contact_of, remove
from .helpers.recipients import ANAS, JOAOS, MARIAS, call, refused, rung
from .simulator import Behaviour, Simulator
from .simulator.chime import chime
from custom_components.ryze import services
from custom_components.ryze.api import Audio
from custom_components.ryze.const import DOMAIN

# Contacts and numbers.


@pytest.mark.parametrize(
    ("contacts", "numbers", "rows"),
    [
        (["notify.maria"], [], [MARIAS]),
        (["notify.maria", "notify.joao"], [], [MARIAS, JOAOS]),
        (["notify.joao", "notify.maria"], [], [JOAOS, MARIAS]),
        # Contacts come before numbers.
        (["notify.maria"], [ANA], [MARIAS, ANAS]),
        (["notify.joao", "notify.maria"], [ANA], [JOAOS, MARIAS, ANAS]),
        # Each person counts once, at the first place.
        (["notify.joao", "notify.maria", "notify.joao"], [], [JOAOS, MARIAS]),
        (["notify.maria"], [MARIA], [MARIAS]),
        (["notify.maria"], [f"+{SHORT_MARIA}"], [MARIAS]),
        (["notify.maria"], [f"+{SHORT_MARIA}", ANA], [MARIAS, ANAS]),
        (["notify.joao"], [ANA, MARIA, JOAO], [JOAOS, ANAS, MARIAS]),
        # A number of a contact stands for the contact.
        ([], [MARIA], [MARIAS]),
        ([], [ANA, JOAO], [ANAS, JOAOS]),
        ([], [f"+{SHORT_MARIA}"], [("notify.maria", SHORT_MARIA)]),
        (["Notify.MARIA"], [], [MARIAS]),
    ],
)
@pytest.mark.usefixtures("people")
async def test_order(
    hass: HomeAssistant,
    simulator: Simulator,
    contacts: list[str],
    numbers: list[str],
    rows: list[tuple[str | None, str]],
) -> None:
    """Contacts are called in their order, then numbers, and each person once."""
    assert await call(hass, *contacts, number=numbers) == rows
    assert sorted(item.number for item in simulator.calls) == sorted(
        number for _, number in rows
    )


@pytest.mark.usefixtures("people")
async def test_contacts_as_text(hass: HomeAssistant, simulator: Simulator) -> None:
    """Contacts can be given as a text, separated by commas."""
    for text, count in (("notify.maria", 1), ("notify.maria, notify.joao", 2)):
        assert len(await call(hass, entity_id=text)) == count
    assert simulator.rings(MARIA) == 2


@pytest.mark.usefixtures("people")
async def test_failed_contact(hass: HomeAssistant, simulator: Simulator) -> None:
    """The row of a failed call names the contact."""
    simulator.add_phone(MARIA, behaviour=Behaviour.NO_WHATSAPP)
    rows = await call(hass, "notify.maria", "notify.joao")
    assert rows == [MARIAS, JOAOS]
    assert rung(simulator) == [("home", JOAO)]


@pytest.mark.parametrize(
    "entity_id",
    [
        "button.maria_ring",
        "event.maria_call",
        "notify.unknown",
        "light.kitchen",
        "binary_sensor.home_whatsapp",
        "group.people",
    ],
)
@pytest.mark.usefixtures("people")
async def test_no_contact(
    hass: HomeAssistant, simulator: Simulator, entity_id: str
) -> None:
    """An entity that is no contact is named in the error, and nobody is called."""
    error = await refused(hass, simulator, "notify.maria", entity_id, number=ANA)
    assert error.translation_domain == DOMAIN
    assert error.translation_key == "unknown_contact"
    assert error.translation_placeholders == {"entity": entity_id}
    assert str(error).startswith(f"{entity_id} is not a Ryze contact")


@pytest.mark.usefixtures("people")
async def test_contact_of_another_integration(
    hass: HomeAssistant, simulator: Simulator, entity_registry: er.EntityRegistry
) -> None:
    """A contact of another integration is none of ours."""
    other = MockConfigEntry(
        domain="other", subentries_data=[make_contact("Maria", MARIA)]
    )
    other.add_to_hass(hass)
    entity_registry.async_get_or_create(
        "notify",
        "other",
        "maria",
        suggested_object_id="maria_elsewhere",
        config_entry=other,
        config_subentry_id=contact_of(other, "Maria").subentry_id,
    )
    error = await refused(hass, simulator, "notify.maria_elsewhere")
    assert error.translation_key == "unknown_contact"
    assert error.translation_placeholders == {"entity": "notify.maria_elsewhere"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        # What a template makes of nothing.
        ("unknown", "unknown"),
        ("Unavailable", "unavailable"),
        ("none", "none"),
        (["notify.maria", None], "none"),
        ("notify.maria, unknown", "unknown"),
        (("notify.maria", "unknown"), "unknown"),
        ({"unknown"}, "unknown"),
        (["notify.maria", ""], '""'),
        ("notify.maria,", '""'),
        ("notify.maria;x\n", "x"),
        # Home Assistant's word for all entities.
        ("all", "all"),
        (["notify.maria", "ALL"], "all"),
        ("Maria", "maria"),
        # Whatever may hold a number is not shown.
        (f"+{MARIA}", "?"),
        (MARIA, "?"),
        (f"{MARIA}.0", "?"),
        (f"notify.{MARIA}", "?"),
        # What is no text is nothing.
        (int(MARIA), "none"),
        ({"a": 1}, "none"),
        ([[]], "none"),
        (True, "none"),
        pytest.param(10**5000, "none", id="huge"),
        ("0" * 32, "?"),
        ("x" * 1000, "?"),
    ],
)
@pytest.mark.usefixtures("people")
async def test_nobody_named(
    hass: HomeAssistant, simulator: Simulator, value: object, shown: str
) -> None:
    """A recipient that is nothing ends the action, and the error holds no number."""
    for number in ([], [ANA]):
        error = await refused(hass, simulator, entity_id=value, number=number)
        assert error.translation_key == "unknown_contact"
        assert error.translation_placeholders == {"entity": shown}


@pytest.mark.parametrize("value", [None, "", " ", [], (), set()])
@pytest.mark.usefixtures("people")
async def test_nothing_given(
    hass: HomeAssistant, simulator: Simulator, value: object
) -> None:
    """A field that is null, empty or blank counts as not given."""
    assert await call(hass, entity_id=value, number=ANA) == [ANAS]
    error = await refused(hass, simulator, entity_id=value)
    assert error.translation_key == "no_recipient"


@pytest.mark.parametrize("value", [("notify.maria",), {"notify.maria"}])
@pytest.mark.usefixtures("people")
async def test_other_lists(
    hass: HomeAssistant, simulator: Simulator, value: object
) -> None:
    """Tuples and sets, which templates can make, are lists."""
    assert await call(hass, entity_id=value) == [MARIAS]


@pytest.mark.usefixtures("people")
async def test_registry_id(
    hass: HomeAssistant, simulator: Simulator, entity_registry: er.EntityRegistry
) -> None:
    """A contact can be named by the id of its entity in the registry."""
    maria = entity_registry.async_get("notify.maria")
    assert maria
    assert await call(hass, maria.id, "notify.joao") == [MARIAS, JOAOS]


@pytest.mark.usefixtures("people")
async def test_former_field(hass: HomeAssistant, simulator: Simulator) -> None:
    """The field `contact` is not taken."""
    error = await refused(hass, simulator, contact="notify.maria", number=ANA)
    assert error.translation_key == "invalid_field"
    assert error.translation_placeholders == {"field": "contact"}


@pytest.mark.parametrize(
    "gone",
    [
        {"config_entry_id": "gone", "config_subentry_id": None},
        {"config_subentry_id": "gone"},
        {"config_subentry_id": None},
    ],
)
@pytest.mark.usefixtures("people")
async def test_entity_without_its_contact(
    hass: HomeAssistant,
    simulator: Simulator,
    entity_registry: er.EntityRegistry,
    gone: dict[str, Any],
) -> None:
    """An entity whose contact or instance is gone is no contact."""
    maria = entity_registry.entities["notify.maria"]
    # The registry itself lets no entity lose its contact.
    entity_registry.entities["notify.maria"] = evolve(maria, **gone)
    error = await refused(hass, simulator, "notify.maria", "notify.joao")
    assert error.translation_key == "unknown_contact"
    assert error.translation_placeholders == {"entity": "notify.maria"}


async def test_removed_contact(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """A removed contact is refused."""
    await remove(hass, people, "Maria")
    error = await refused(hass, simulator, "notify.maria", "notify.joao")
    assert error.translation_key == "unknown_contact"
    assert error.translation_placeholders == {"entity": "notify.maria"}


async def test_contact_with_a_new_number(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """A contact is called by the current number."""
    await change(hass, people, "Maria", to=("Maria", ANA))
    assert await call(hass, "notify.maria") == [("notify.maria", ANA)]
    assert rung(simulator) == [("home", ANA)]


@pytest.mark.usefixtures("people")
async def test_disabled_contact(
    hass: HomeAssistant, simulator: Simulator, entity_registry: er.EntityRegistry
) -> None:
    """A contact whose entity is disabled can be called."""
    entity_registry.async_update_entity(
        "notify.maria", disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.async_block_till_done()
    assert hass.states.get("notify.maria") is None
    assert await call(hass, "notify.maria") == [MARIAS]


# Several instances.


@pytest.mark.usefixtures("people", "office")
async def test_own_instance(hass: HomeAssistant, simulator: Simulator) -> None:
    """Each contact is called from the contact's own instance."""
    rows = await call(hass, "notify.paula", "notify.joao")
    assert rows == [("notify.paula", ANA), JOAOS]
    assert rung(simulator) == [("home", JOAO), ("office", ANA)]


@pytest.mark.parametrize(
    ("contacts", "instance", "number"),
    [
        (["notify.maria", "notify.mum"], "home", MARIA),
        (["notify.mum", "notify.maria"], "office", SHORT_MARIA),
    ],
)
@pytest.mark.usefixtures("people", "office")
async def test_one_person_twice(
    hass: HomeAssistant,
    simulator: Simulator,
    contacts: list[str],
    instance: str,
    number: str,
) -> None:
    """A person whom two instances have is called once, from the first one named."""
    assert await call(hass, *contacts) == [(contacts[0], number)]
    assert rung(simulator) == [(instance, number)]


@pytest.mark.usefixtures("people", "office")
async def test_number_without_an_instance(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """With several instances, a number needs an instance to call from."""
    error = await refused(hass, simulator, "notify.joao", number="+551140004000")
    key = "service_found_multiple_config_entry_for_domain"
    assert error.translation_key == key
    # A number of a contact who is called anyway needs no instance.
    assert await call(hass, "notify.joao", number=JOAO) == [JOAOS]


@pytest.mark.usefixtures("people")
async def test_number_from_an_instance(
    hass: HomeAssistant, simulator: Simulator, office: MockConfigEntry
) -> None:
    """The named instance calls the numbers, and no other instance's contacts."""
    rows = await call(
        hass, "notify.joao", number=[ANA, MARIA], config_entry_id=office.entry_id
    )
    # The office has Maria as Mum.
    assert rows == [JOAOS, ("notify.paula", ANA), ("notify.mum", MARIA)]
    assert rung(simulator) == [("home", JOAO), ("office", MARIA), ("office", ANA)]


@pytest.mark.usefixtures("office")
async def test_contact_of_an_unloaded_instance(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """A contact of an unloaded instance does not keep the others from being called."""
    await hass.config_entries.async_unload(people.entry_id)
    data = {"entity_id": ["notify.joao", "notify.paula"]}
    answer = await hass.services.async_call(
        DOMAIN, "fake_call", data, blocking=True, return_response=True
    )
    assert answer is not None
    rows: list[dict[str, Any]] = answer["calls"]  # type: ignore[assignment]
    assert [(row["contact"], row["outcome"], row["error"]) for row in rows] == [
        ("notify.joao", "failed", "not_loaded"),
        ("notify.paula", "placed", None),
    ]
    assert rung(simulator) == [("office", ANA)]
    # Without a response, the action raises.
    with pytest.raises(HomeAssistantError) as caught:
        await hass.services.async_call(DOMAIN, "fake_call", data, blocking=True)
    assert caught.value.translation_key == "not_loaded"
    # Without any other recipient, Home Assistant's own error is raised.
    error = await refused(hass, simulator, "notify.joao")
    assert error.translation_key == "service_config_entry_not_loaded"


@pytest.mark.usefixtures("people")
async def test_unknown_instance(hass: HomeAssistant, simulator: Simulator) -> None:
    """An unknown instance is refused, even if it is not needed."""
    error = await refused(hass, simulator, "notify.maria", config_entry_id="nonsense")
    assert error.translation_key == "service_config_entry_not_found"


@pytest.mark.parametrize("then", ["unload", "reload"])
async def test_instance_changes_meanwhile(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    office: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    then: str,
) -> None:
    """A call is placed although its instance is unloaded or reloaded meanwhile."""

    async def speak(*_: object) -> Audio:
        await getattr(hass.config_entries, f"async_{then}")(office.entry_id)
        return Audio.from_bytes(chime())

    monkeypatch.setattr(services, "async_get_audio", speak)
    await hass.services.async_call(
        DOMAIN,
        "audio_call",
        {"entity_id": ["notify.joao", "notify.paula"], "message": "Fire!"},
        blocking=True,
    )
    assert rung(simulator) == [("home", JOAO), ("office", ANA)]
