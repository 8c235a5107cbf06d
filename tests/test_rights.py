"""Tests of the rights of the users who perform actions."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.auth.const import GROUP_ID_ADMIN, GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.permissions.types import PolicyType
from homeassistant.components.script import DOMAIN as SCRIPT_DOMAIN
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from .helpers.const import ANA, JOAO, MARIA
from .helpers.escalations import acknowledge, begin, hurry, keep_ringing, running
from .helpers.recipients import rung
from .simulator import Simulator
from .test_recipients_groups import make_group
from custom_components.ryze.const import DOMAIN

BUTTON: Final = "button.home_acknowledge"

type MakeUser = Callable[[PolicyType | str | None], Context]


@pytest.fixture
def user(hass: HomeAssistant) -> MakeUser:
    """Return a function that makes a user of a group or with a policy."""

    def make(rights: PolicyType | str | None) -> Context:
        if rights is None:
            return Context()
        if isinstance(rights, str):
            groups = [
                group
                for group in hass.auth._store._groups.values()
                if group.id == rights
            ]
            assert groups
            made = MockUser(groups=groups).add_to_hass(hass)
        else:
            made = MockUser().add_to_hass(hass)
            made.mock_policy(rights)
        return Context(user_id=made.id)

    return make


def only(*entity_ids: str) -> PolicyType:
    """Return the policy of a user who may control some entities, and read all."""
    controlled = {
        entity_id: {"read": True, "control": True} for entity_id in entity_ids
    }
    return {"entities": {"entity_ids": controlled, "all": {"read": True}}}


@pytest.fixture(autouse=True)
async def quick(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let escalations run fast."""
    hurry(simulator, monkeypatch)


async def act(hass: HomeAssistant, action: str, context: Context, **data: Any) -> None:
    """Perform an action as a user."""
    if action == "audio_call":
        data |= {"media_base64": "UklGRg=="}
    if action == "escalate":
        data |= {"rounds": 1, "pause": 0}
    await hass.services.async_call(DOMAIN, action, data, blocking=True, context=context)


CALLS: Final = ("fake_call", "audio_call", "escalate")
BOTH: Final = ["notify.maria", "notify.joao"]
# Data of an action, and the first entity whose control a reader lacks.
WHOM: Final[list[tuple[dict[str, Any], str]]] = [
    ({"entity_id": "notify.maria"}, "notify.maria"),
    ({"number": f"+{ANA}"}, BUTTON),
    # The number of a contact is a number.
    ({"number": f"+{MARIA}"}, BUTTON),
    ({"entity_id": "notify.family"}, "notify.joao"),
    ({"label_id": "alarm"}, "notify.maria"),
]


@pytest.fixture
async def house(hass: HomeAssistant, people: MockConfigEntry) -> MockConfigEntry:
    """Return the entry of "home", with a group and a label."""
    await make_group(hass, "Family", "notify.joao")
    er.async_get(hass).async_update_entity("notify.maria", labels={"alarm"})
    return people


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize(("whom", "entity_id"), WHOM)
@pytest.mark.parametrize("rights", [GROUP_ID_READ_ONLY, {}, only("light.kitchen")])
@pytest.mark.usefixtures("house")
async def test_refused(
    hass: HomeAssistant,
    simulator: Simulator,
    user: MakeUser,
    action: str,
    whom: dict[str, Any],
    entity_id: str,
    rights: PolicyType | str,
) -> None:
    """A user without the right rings nobody, and is told so."""
    context = user(rights)
    requests = len(simulator.requests)
    with pytest.raises(Unauthorized) as raised:
        await act(hass, action, context, **whom)
    assert raised.value.context is context
    assert raised.value.user_id == context.user_id
    assert raised.value.entity_id == entity_id
    assert raised.value.permission == "control"
    assert len(simulator.requests) == requests
    assert running(hass) == []


@pytest.mark.parametrize("action", ["fake_call", "escalate"])
@pytest.mark.parametrize(("whom", "entity_id"), WHOM)
@pytest.mark.parametrize("rights", [GROUP_ID_USER, GROUP_ID_ADMIN, None, "alone"])
@pytest.mark.usefixtures("house")
async def test_allowed(
    hass: HomeAssistant,
    simulator: Simulator,
    user: MakeUser,
    action: str,
    whom: dict[str, Any],
    entity_id: str,
    rights: str | None,
) -> None:
    """Users, administrators and automations go on, as does who may control the entity."""
    context = user(only(entity_id) if rights == "alone" else rights)
    await act(hass, action, context, **whom)
    assert len(rung(simulator)) == 1


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize(
    "whom",
    [
        {"entity_id": BOTH},
        {"entity_id": BOTH[::-1]},
        {"entity_id": "notify.maria", "number": f"+{ANA}"},
        {"entity_id": ["notify.maria", "notify.family"]},
        # Even if it would be her who is called.
        {"entity_id": ["notify.maria", "notify.mum"]},
    ],
)
@pytest.mark.usefixtures("house", "office")
async def test_one_right_is_missing(
    hass: HomeAssistant,
    simulator: Simulator,
    user: MakeUser,
    action: str,
    whom: dict[str, Any],
) -> None:
    """Where one right is missing, the whole action is refused."""
    config = {"config_entry_id": "entry-home"} if "number" in whom else {}
    with pytest.raises(Unauthorized):
        await act(hass, action, user(only("notify.maria")), **whom, **config)
    assert rung(simulator) == []
    assert running(hass) == []


@pytest.mark.usefixtures("house", "office")
async def test_instance_that_calls(
    hass: HomeAssistant, simulator: Simulator, user: MakeUser
) -> None:
    """For a number, the instance that calls it counts."""
    context = user(only("button.office_acknowledge"))
    with pytest.raises(Unauthorized) as raised:
        await act(
            hass, "fake_call", context, number=f"+{ANA}", config_entry_id="entry-home"
        )
    assert raised.value.entity_id == BUTTON
    await act(
        hass, "fake_call", context, number=f"+{JOAO}", config_entry_id="entry-office"
    )
    assert rung(simulator) == [("office", JOAO)]


@pytest.mark.parametrize(
    ("rights", "allowed"),
    [
        (GROUP_ID_USER, True),
        (GROUP_ID_ADMIN, True),
        (None, True),
        (only(BUTTON), False),
        ({"entities": {"domains": {"button": True}}}, False),
        ({"entities": {"all": {"read": True}}}, False),
        ({"entities": {"all": {"control": True}}}, True),
        (GROUP_ID_READ_ONLY, False),
    ],
)
@pytest.mark.usefixtures("house")
async def test_missing_button(
    hass: HomeAssistant,
    simulator: Simulator,
    user: MakeUser,
    entity_registry: er.EntityRegistry,
    rights: PolicyType | str | None,
    allowed: bool,
) -> None:
    """Where the button does not exist, the right to control everything is needed."""
    entity_registry.async_remove(BUTTON)
    context = user(rights)
    if allowed:
        await act(hass, "fake_call", context, number=f"+{ANA}")
    else:
        with pytest.raises(Unauthorized):
            await act(hass, "fake_call", context, number=f"+{ANA}")
    assert len(rung(simulator)) == allowed


@pytest.mark.usefixtures("house")
async def test_disabled_entities(
    hass: HomeAssistant,
    simulator: Simulator,
    user: MakeUser,
    entity_registry: er.EntityRegistry,
) -> None:
    """A right to an entity counts although the entity is disabled."""
    for entity_id in ("notify.maria", BUTTON):
        entity_registry.async_update_entity(
            entity_id, disabled_by=er.RegistryEntryDisabler.USER
        )
    await hass.async_block_till_done()
    whom = {"entity_id": "notify.maria", "number": f"+{ANA}"}
    with pytest.raises(Unauthorized):
        await act(hass, "fake_call", user(only("notify.maria")), **whom)
    await act(hass, "fake_call", user(only("notify.maria", BUTTON)), **whom)
    assert rung(simulator) == [("home", MARIA), ("home", ANA)]


@pytest.mark.parametrize("action", [*CALLS, "acknowledge"])
@pytest.mark.usefixtures("house")
async def test_unknown_user(
    hass: HomeAssistant, simulator: Simulator, action: str
) -> None:
    """A user who does not exist may do nothing."""
    data = {} if action == "acknowledge" else {"entity_id": "notify.maria"}
    with pytest.raises(UnknownUser) as raised:
        await act(hass, action, Context(user_id="nobody"), **data)
    assert raised.value.user_id == "nobody"
    assert rung(simulator) == []


# Acknowledging.


@pytest.fixture
def ringing(simulator: Simulator, quick: None) -> None:
    """Let the phones ring until the end of the test."""
    keep_ringing(simulator)


@pytest.mark.parametrize("how", ["tag", "escalation_id", "all"])
@pytest.mark.parametrize("rights", [GROUP_ID_READ_ONLY, only("notify.maria"), {}])
@pytest.mark.usefixtures("house", "ringing")
async def test_may_not_acknowledge(
    hass: HomeAssistant, user: MakeUser, how: str, rights: PolicyType | str
) -> None:
    """A user without the right ends no escalation, and is told so."""
    escalation = await begin(hass, tag="fire", rounds=10)
    fields = {"tag": "fire", "escalation_id": escalation.plan.escalation_id}
    with pytest.raises(Unauthorized) as raised:
        await acknowledge(
            hass, user(rights), **{key: fields[key] for key in fields if key == how}
        )
    assert raised.value.permission == "control"
    assert running(hass) == [escalation]


@pytest.mark.parametrize("how", ["tag", "all"])
@pytest.mark.parametrize("rights", [GROUP_ID_USER, GROUP_ID_ADMIN, None, only(BUTTON)])
@pytest.mark.usefixtures("house", "ringing")
async def test_may_acknowledge(
    hass: HomeAssistant, user: MakeUser, how: str, rights: PolicyType | str | None
) -> None:
    """A user with the right ends an escalation."""
    await begin(hass, tag="fire", rounds=10)
    fields = {"tag": "fire"} if how == "tag" else {}
    assert len(await acknowledge(hass, user(rights), **fields)) == 1
    assert running(hass) == []


@pytest.mark.parametrize("button", [BUTTON, "button.office_acknowledge"])
@pytest.mark.usefixtures("house", "office", "ringing")
async def test_any_instance(hass: HomeAssistant, user: MakeUser, button: str) -> None:
    """The right to one of the instances that an escalation calls from is enough."""
    await begin(hass, entity_id=["notify.maria", "notify.paula"], rounds=10)
    assert len(await acknowledge(hass, user(only(button)))) == 1


@pytest.mark.usefixtures("house", "office", "ringing")
async def test_only_those(hass: HomeAssistant, user: MakeUser) -> None:
    """Without tag and id, those end that the user may acknowledge."""
    kept = await begin(hass, entity_id="notify.paula", tag="office", rounds=10)
    ended = await begin(hass, entity_id="notify.maria", tag="home", rounds=10)
    context = user(only(BUTTON))
    with pytest.raises(Unauthorized):
        await acknowledge(hass, context, tag="office")
    assert await acknowledge(hass, context) == [ended.plan.escalation_id]
    assert running(hass) == [kept]


@pytest.mark.usefixtures("house")
async def test_nothing_to_acknowledge(hass: HomeAssistant, user: MakeUser) -> None:
    """Where nothing runs, there is nothing to refuse."""
    assert await acknowledge(hass, user(GROUP_ID_READ_ONLY)) == []


# Ways to an action.


@pytest.mark.parametrize(("rights", "rings"), [(GROUP_ID_READ_ONLY, 0), (None, 1)])
@pytest.mark.usefixtures("house")
async def test_script(
    hass: HomeAssistant,
    simulator: Simulator,
    user: MakeUser,
    rights: str | None,
    rings: int,
) -> None:
    """A script has the rights of the user who started it."""
    steps = [{"action": "ryze.fake_call", "data": {"entity_id": "notify.maria"}}]
    config = {SCRIPT_DOMAIN: {"ring": {"sequence": steps}}}
    assert await async_setup_component(hass, SCRIPT_DOMAIN, config)
    try:
        await hass.services.async_call(
            SCRIPT_DOMAIN, "ring", blocking=True, context=user(rights)
        )
    except Unauthorized:
        assert not rings
    assert simulator.rings(MARIA) == rings


@pytest.mark.parametrize(
    "call",
    [
        {"target": {"entity_id": "notify.maria"}},
        {"service_data": {"entity_id": "notify.maria"}},
        {"service_data": {"number": f"+{ANA}"}},
    ],
)
@pytest.mark.usefixtures("house")
async def test_websocket(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    hass_access_token: str,
    call: dict[str, Any],
) -> None:
    """The frontend of a reader is told the same as if the reader pressed a button."""
    ring = {"domain": DOMAIN, "service": "fake_call", **call}
    press = {
        "domain": "button",
        "service": "press",
        "target": {"entity_id": "button.maria_ring"},
    }
    reader = await hass_ws_client(hass, hass_read_only_access_token)
    errors = []
    for message in (ring, press):
        await reader.send_json_auto_id({"type": "call_service", **message})
        errors.append((await reader.receive_json())["error"])
    assert errors[0] == errors[1]
    assert errors[0]["message"] == "Unauthorized"
    assert rung(simulator) == []
    administrator = await hass_ws_client(hass, hass_access_token)
    await administrator.send_json_auto_id({"type": "call_service", **ring})
    assert (await administrator.receive_json())["success"]
    assert len(rung(simulator)) == 1
