"""Tests of devices, areas, floors and labels as recipients, and of targets."""

from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.script import DOMAIN as SCRIPT_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    area_registry as ar,
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component

from .helpers.const import ANA, JOAO, MARIA
from .helpers.contacts import contact_of, device_of
from .helpers.recipients import ANAS, JOAOS, MARIAS, call, refused, rung
from .simulator import PUBLIC_CHIME, Simulator
from .test_recipients_groups import make_group, make_old_groups

# Home Assistant can exclude from 2026.11 on.
needs_exclude = pytest.mark.skipif(
    "exclude" not in cv.TARGET_SERVICE_FIELDS, reason="Home Assistant cannot exclude"
)

AREA: Final = "kitchen"
FLOOR: Final = "ground"
LABEL: Final = "alarm"
PLACES: Final = ("device_id", "area_id", "floor_id", "label_id")


@pytest.fixture
def places(hass: HomeAssistant, people: MockConfigEntry) -> dict[str, str]:
    """Return a device, an area, a floor and a label that Maria belongs to."""
    fr.async_get(hass).async_create(FLOOR)
    ar.async_get(hass).async_create(AREA, floor_id=FLOOR)
    lr.async_get(hass).async_create(LABEL)
    label(hass, "notify.maria")
    device = device_of(hass, people, contact_of(people, "Maria"))
    assert device
    dr.async_get(hass).async_update_device(device.id, area_id=AREA)
    return dict(zip(PLACES, (device.id, AREA, FLOOR, LABEL), strict=True))


def label(hass: HomeAssistant, *entity_ids: str) -> None:
    """Give entities the label."""
    for entity_id in entity_ids:
        er.async_get(hass).async_update_entity(entity_id, labels={LABEL})


@pytest.mark.parametrize("place", PLACES)
async def test_place(
    hass: HomeAssistant, simulator: Simulator, places: dict[str, str], place: str
) -> None:
    """A place stands for the contacts there, whose other entities are passed over."""
    for value in (places[place], [places[place]], (places[place],)):
        assert await call(hass, **{place: value}) == [MARIAS]
    assert await call(hass, "notify.joao", number=ANA, **places) == [
        JOAOS,
        MARIAS,
        ANAS,
    ]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", ["nowhere", "none", "unknown", ["nowhere"]])
@pytest.mark.usefixtures("people")
async def test_nowhere(
    hass: HomeAssistant, simulator: Simulator, place: str, value: object
) -> None:
    """A place that does not exist adds nobody."""
    assert await call(hass, "notify.joao", **{place: value}) == [JOAOS]
    error = await refused(hass, simulator, **{place: value})
    assert error.translation_key == "no_recipient"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", [None, "", " ", []])
@pytest.mark.usefixtures("people")
async def test_no_place(
    hass: HomeAssistant,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    place: str,
    value: object,
) -> None:
    """A place that is null, empty or blank counts as not given."""
    assert await call(hass, "notify.joao", **{place: value}) == [JOAOS]
    assert "does not exist" not in caplog.text


async def test_missing_place_in_the_log(
    hass: HomeAssistant, people: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """The log tells that a place is missing, without the text that was given."""
    await call(hass, "notify.joao", area_id=f"+{MARIA}")
    assert "A device, area, floor or label of an action does not exist" in caplog.text


async def test_device_of_an_instance(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """The device of an instance is nobody's, so it adds nobody."""
    device = device_of(hass, people)
    assert device
    error = await refused(hass, simulator, device_id=device.id)
    assert error.translation_key == "no_recipient"


@pytest.mark.usefixtures("office")
async def test_order(
    hass: HomeAssistant, simulator: Simulator, places: dict[str, str]
) -> None:
    """What places add comes after named contacts and before numbers, sorted by name."""
    label(hass, "notify.joao", "notify.paula", "notify.maria")
    joao, maria, paula = JOAOS, MARIAS, ("notify.paula", ANA)
    assert await call(hass, label_id=LABEL) == [joao, maria, paula]
    assert await call(hass, "notify.paula", label_id=LABEL) == [paula, joao, maria]
    # The office has Maria as Mum.
    await make_group(hass, "Family", "notify.paula", "notify.mum")
    label(hass, "notify.family")
    rows = await call(hass, "notify.joao", label_id=LABEL)
    assert [contact for contact, _ in rows] == [
        "notify.joao",
        "notify.maria",
        "notify.paula",
    ]


async def test_group_at_a_place(
    hass: HomeAssistant, simulator: Simulator, places: dict[str, str]
) -> None:
    """A group at a place stands for its members."""
    await make_old_groups(hass, friends=["notify.joao", "light.kitchen"])
    await make_group(hass, "Family", "group.friends")
    er.async_get(hass).async_update_entity("notify.family", area_id=AREA)
    assert await call(hass, area_id=AREA) == [JOAOS, MARIAS]


@pytest.mark.parametrize(
    "change",
    [
        {"hidden_by": er.RegistryEntryHider.USER},
        {"disabled_by": er.RegistryEntryDisabler.USER},
    ],
)
@pytest.mark.parametrize("place", PLACES)
async def test_hidden_and_disabled(
    hass: HomeAssistant,
    simulator: Simulator,
    places: dict[str, str],
    place: str,
    change: dict[str, Any],
) -> None:
    """Places leave hidden and disabled contacts out; named ones are called."""
    er.async_get(hass).async_update_entity("notify.maria", **change)
    error = await refused(hass, simulator, **{place: places[place]})
    assert error.translation_key == "no_recipient"
    assert await call(hass, "notify.maria") == [MARIAS]


# Leaving out.


@needs_exclude
@pytest.mark.parametrize("place", [*PLACES, "entity_id"])
async def test_exclude(
    hass: HomeAssistant, simulator: Simulator, places: dict[str, str], place: str
) -> None:
    """What is excluded is left out, also where it is named or a member of a group."""
    await make_group(hass, "Family", "notify.maria", "notify.joao")
    label(hass, "notify.joao", "notify.maria")
    exclude = {place: (places | {"entity_id": "Notify.Maria"})[place]}
    left = [] if place == "label_id" else [JOAOS]
    for target in (
        {"entity_id": ["notify.maria", "notify.joao"]},
        {"entity_id": "notify.family"},
        {"label_id": LABEL},
    ):
        assert await call(hass, **target, exclude=exclude, number=ANA) == [*left, ANAS]
    error = await refused(hass, simulator, "notify.maria", exclude=exclude)
    assert error.translation_key == "no_recipient"


@needs_exclude
async def test_exclude_a_group(
    hass: HomeAssistant, simulator: Simulator, places: dict[str, str]
) -> None:
    """An excluded group leaves its members out."""
    await make_old_groups(hass, women=["notify.maria"])
    both = ["notify.maria", "notify.joao"]
    assert await call(hass, *both, exclude={"entity_id": "group.women"}) == [JOAOS]
    await make_group(hass, "Women", "group.women")
    er.async_get(hass).async_update_entity(
        "notify.women", hidden_by=er.RegistryEntryHider.USER, area_id="hall"
    )
    assert await call(hass, *both, exclude={"area_id": "hall"}) == [JOAOS]
    assert await call(hass, *both, "notify.women", exclude={"area_id": "hall"}) == [
        JOAOS
    ]


@needs_exclude
@pytest.mark.parametrize("exclude", [None, "", {}, {"area_id": None}, {"area_id": "x"}])
@pytest.mark.usefixtures("people")
async def test_exclude_nobody(
    hass: HomeAssistant, simulator: Simulator, exclude: object
) -> None:
    """An exclude block that is empty, or finds nobody, leaves nobody out."""
    assert await call(hass, "notify.maria", exclude=exclude) == [MARIAS]


@pytest.mark.parametrize("exclude", ["notify.maria", 5, {"number": MARIA}])
@pytest.mark.usefixtures("people")
async def test_exclude_nonsense(
    hass: HomeAssistant, simulator: Simulator, exclude: object
) -> None:
    """An exclude block that makes no sense is refused, because it means somebody."""
    error = await refused(hass, simulator, "notify.joao", exclude=exclude)
    assert error.translation_key == "invalid_field"
    assert error.translation_placeholders == {"field": "exclude"}


# Scripts.


async def run(hass: HomeAssistant, step: dict[str, Any]) -> None:
    """Run a step as a script."""
    config = {SCRIPT_DOMAIN: {"step": {"sequence": [step]}}}
    assert await async_setup_component(hass, SCRIPT_DOMAIN, config)
    await hass.services.async_call(SCRIPT_DOMAIN, "step", blocking=True)


@pytest.mark.parametrize("where", ["data", "target"])
@pytest.mark.parametrize("action", ["fake_call", "audio_call"])
async def test_target(
    hass: HomeAssistant,
    simulator: Simulator,
    places: dict[str, str],
    where: str,
    action: str,
) -> None:
    """People can stand under `data` or under `target`, and numbers beside them."""
    data = {"number": f"+{ANA}"}
    if action == "audio_call":
        data["media_url"] = PUBLIC_CHIME
    step: dict[str, Any] = {"action": f"ryze.{action}", "data": data}
    step[where] = step.get(where, {}) | {"entity_id": "notify.joao", "area_id": AREA}
    await run(hass, step)
    numbers = sorted([JOAO, MARIA, ANA])
    assert rung(simulator) == [("home", number) for number in numbers]


@needs_exclude
async def test_exclude_in_a_target(
    hass: HomeAssistant, simulator: Simulator, places: dict[str, str]
) -> None:
    """A target can exclude."""
    both = ["notify.joao", "notify.maria"]
    target = {"entity_id": both, "exclude": {"area_id": AREA}}
    await run(hass, {"action": "ryze.fake_call", "target": target})
    assert rung(simulator) == [("home", JOAO)]


@pytest.mark.parametrize("action", ["fake_call", "escalate"])
@pytest.mark.usefixtures("people")
async def test_template_under_target(
    hass: HomeAssistant, simulator: Simulator, action: str
) -> None:
    """Home Assistant itself refuses a target whose template makes no entity id.

    That is why the README puts people from a template under `data`.
    """
    target = {"entity_id": ["notify.joao", "{{ 'unknown' }}"]}
    with pytest.raises(HomeAssistantError, match="invalid entity IDs") as raised:
        await run(hass, {"action": f"ryze.{action}", "target": target})
    assert raised.value.translation_domain != "ryze"
    assert rung(simulator) == []
