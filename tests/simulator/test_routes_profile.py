"""Tests of the route that looks up a number's WhatsApp account."""

import pytest

from . import Behaviour, Simulator
from .conftest import JID, NUMBER, OWN, Api, error
from .frames import lid_digits

PATH = "/api/profile/getAccount/home"
SHORT = "551199999999"
NOBODY = error("Number is not registered on WhatsApp")


@pytest.mark.parametrize("asked", [NUMBER, SHORT, f"%2B{SHORT}", SHORT + JID])
@pytest.mark.parametrize("own", [NUMBER, SHORT])
async def test_ninth_digit(
    api: Api, simulator: Simulator, asked: str, own: str
) -> None:
    """A Brazilian number is found with and without the 9, in WhatsApp's spelling."""
    simulator.add_phone(own, "Ana")
    status, body = await api.request("GET", f"{PATH}?number={asked}")
    assert status == 200
    profile = body["profile"]
    assert (profile["profileName"], profile["phoneNumber"]) == ("Ana", own)
    assert profile["jid"] == own + JID
    assert list(simulator.phones) == [own]


async def test_both_spellings(api: Api, simulator: Simulator) -> None:
    """The requested spelling comes first, unless only the other one has WhatsApp."""
    for number in (NUMBER, SHORT):
        simulator.add_phone(number)
    _, body = await api.request("GET", f"{PATH}?number={SHORT}")
    assert body["profile"]["phoneNumber"] == SHORT
    simulator.add_phone(SHORT, behaviour=Behaviour.NO_WHATSAPP)
    _, body = await api.request("GET", f"{PATH}?number={SHORT}")
    assert body["profile"]["phoneNumber"] == NUMBER
    simulator.add_phone(NUMBER, behaviour=Behaviour.NO_WHATSAPP)
    assert await api.request("GET", f"{PATH}?number={SHORT}") == (404, NOBODY)


@pytest.mark.parametrize("status", [404, 400])
async def test_no_account(api: Api, simulator: Simulator, status: int) -> None:
    """A number without WhatsApp is not found in the other spelling either."""
    simulator.choices.no_account_status = status
    simulator.add_phone(NUMBER, behaviour=Behaviour.NO_WHATSAPP)
    assert await api.request("GET", f"{PATH}?number={SHORT}") == (status, NOBODY)
    # An unknown number has WhatsApp by default.
    stranger = f"{PATH}?number=4930123456"
    assert (await api.request("GET", stranger))[0] == 200
    simulator.default_behaviour = Behaviour.NO_WHATSAPP
    assert await api.request("GET", stranger) == (status, NOBODY)


async def test_other_countries(api: Api, simulator: Simulator) -> None:
    """Numbers of other countries are looked up in one spelling only."""
    simulator.add_phone("4917909123456")
    _, body = await api.request("GET", f"{PATH}?number=491709123456")
    assert body["profile"]["phoneNumber"] == "491709123456"


@pytest.mark.parametrize("number", [NUMBER, OWN])
@pytest.mark.parametrize("has_lid", [False, True])
@pytest.mark.parametrize("has_number", [False, True])
async def test_identities(
    api: Api, simulator: Simulator, *, number: str, has_lid: bool, has_number: bool
) -> None:
    """A profile, also the instance's own, can lack the LID or the number."""
    simulator.choices.account_lid = has_lid
    simulator.choices.account_number = has_number
    simulator.add_phone(NUMBER, "Ana")
    query = "" if number == OWN else f"?number={number}"
    _, body = await api.request("GET", PATH + query)
    expected: dict[str, object] = {
        "profilePicture": None,
        "profileName": "Home" if number == OWN else "Ana",
    }
    if has_number:
        expected |= {"phoneNumber": number, "jid": number + JID}
    if has_lid:
        expected["lid"] = f"{lid_digits(number)}@lid"
    assert body["profile"] == expected
