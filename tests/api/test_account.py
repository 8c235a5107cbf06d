"""Tests of the request for a WhatsApp account."""

import json

import pytest

from custom_components.ryze.api import (
    Account,
    RyzeAuthError,
    RyzeClient,
    RyzeConnectionError,
    RyzeError,
    RyzeNotConnectedError,
    RyzeRateLimitError,
    RyzeServerError,
)
from tests.helpers.const import INSTANCE_TOKEN, JOAO, MARIA, SHORT_MARIA
from tests.simulator import Behaviour, Fault, FaultKind, Simulator
from tests.simulator.frames import lid_digits


def account(number: str) -> Account:
    """Return the account of a number, as the simulator knows it."""
    return Account(number=number, lid=lid_digits(number))


async def test_account(simulator: Simulator, client: RyzeClient) -> None:
    """An account has WhatsApp's spelling of the number, and asking rings nobody."""
    simulator.add_phone(SHORT_MARIA)
    assert await client.account("home", MARIA) == account(SHORT_MARIA)
    (request,) = simulator.requests
    assert (request.method, request.path) == ("GET", "/api/profile/getAccount/home")
    assert request.has_token
    assert simulator.calls == []
    assert await client.account("home", JOAO) == account(JOAO)


@pytest.mark.parametrize("name", ["a b", "ä/ö", "?x=1", "%2F"])
async def test_account_of_a_quoted_name(
    simulator: Simulator, client: RyzeClient, name: str
) -> None:
    """Instance and number cannot change the request by their characters."""
    simulator.add_instance(name, token=INSTANCE_TOKEN)
    simulator.remove_instance("home")
    assert await client.account(name, MARIA) == account(MARIA)
    # Whatever is asked for stays one value, so that nothing else is asked.
    assert await client.account(name, f"&number={JOAO}") is None


@pytest.mark.parametrize("status", [400, 404])
async def test_no_account(
    simulator: Simulator, client: RyzeClient, status: int
) -> None:
    """A number without WhatsApp has no account, which is no error."""
    simulator.choices.no_account_status = status
    simulator.add_phone(MARIA, behaviour=Behaviour.NO_WHATSAPP)
    assert await client.account("home", MARIA) is None
    assert len(simulator.requests) == 1


@pytest.mark.parametrize(
    ("profile", "number"),
    [
        ({"profilePicture": None}, None),
        ({"jid": f"{MARIA}@s.whatsapp.net"}, MARIA),
        ({"jid": f"{MARIA}:7@s.whatsapp.net"}, MARIA),
        ({"phoneNumber": f"+{MARIA}"}, MARIA),
        ({"phoneNumber": int(MARIA)}, MARIA),
        ({"jid": "1@lid", "phoneNumber": MARIA}, MARIA),
        # WhatsApp calls the number of the id.
        ({"jid": f"{SHORT_MARIA}@s.whatsapp.net", "phoneNumber": MARIA}, SHORT_MARIA),
        ({"jid": None, "phoneNumber": []}, None),
    ],
)
async def test_incomplete_account(
    simulator: Simulator,
    client: RyzeClient,
    profile: dict[str, object],
    number: str | None,
) -> None:
    """Any part of an account may be missing."""
    body = json.dumps({"profile": profile}).encode()
    simulator.inject(Fault(FaultKind.RAW, body=body))
    assert await client.account("home", MARIA) == Account(number=number)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.STATUS, status=401), RyzeAuthError),
        (Fault(FaultKind.STATUS, status=403), RyzeAuthError),
        (Fault(FaultKind.STATUS, status=429), RyzeRateLimitError),
        (Fault(FaultKind.STATUS, status=500), RyzeServerError),
        (Fault(FaultKind.REDIRECT), RyzeConnectionError),
        (Fault(FaultKind.CUT_AFTER, times=2), RyzeConnectionError),
        (Fault(FaultKind.RAW, body=b"<html>"), RyzeConnectionError),
        (Fault(FaultKind.RAW, body=b'{"profile": null}'), RyzeConnectionError),
        (Fault(FaultKind.RAW, body=b'{"success": false}'), RyzeConnectionError),
    ],
)
async def test_failed_request(
    simulator: Simulator, client: RyzeClient, fault: Fault, error: type[RyzeError]
) -> None:
    """A failed request does not mean that a number has no account."""
    simulator.inject(fault)
    with pytest.raises(error):
        await client.account("home", MARIA)
    assert await client.account("home", MARIA) == account(MARIA)


@pytest.mark.parametrize("status", [400, 500, 503])
async def test_unlinked_instance(
    simulator: Simulator, client: RyzeClient, status: int
) -> None:
    """An instance that is not linked to WhatsApp raises an error of its own."""
    simulator.choices.not_connected_status = status
    simulator.instances["home"].state = "disconnected"
    with pytest.raises(RyzeNotConnectedError):
        await client.account("home", MARIA)


async def test_own_account(simulator: Simulator, client: RyzeClient) -> None:
    """Without a number, the account is the instance's own."""
    own = simulator.instances["home"].number
    assert await client.account("home") == account(own)
    simulator.choices.account_lid = False
    assert await client.account("home") == Account(number=own)


@pytest.mark.parametrize(
    ("profile", "lid"),
    [
        ({"lid": "123456789012345@lid"}, "123456789012345"),
        ({"lid": "123456789012345:3@lid"}, "123456789012345"),
        ({"jid": "123456789012345@lid"}, "123456789012345"),
        ({"lid": "123456789012345"}, None),
        ({"lid": None}, None),
        ({"lid": ["123456789012345@lid"]}, None),
    ],
)
async def test_lid(
    simulator: Simulator,
    client: RyzeClient,
    profile: dict[str, object],
    lid: str | None,
) -> None:
    """The LID of an account is read where the account has one."""
    simulator.inject(
        Fault(FaultKind.RAW, body=json.dumps({"profile": profile}).encode())
    )
    found = await client.account("home", MARIA)
    assert found is not None
    assert found.lid == lid
