"""The route that looks up a number's WhatsApp account."""

import re
from typing import TYPE_CHECKING

from aiohttp import web

from .answers import ApiError, authorized_instance
from .frames import JID_SERVER, lid_digits
from .model import Behaviour

if TYPE_CHECKING:
    from .server import Simulator

_IGNORED = re.compile(r"[+\s()-]")


class ProfileRoutes:
    """`/api/profile/…`."""

    def __init__(self, simulator: Simulator) -> None:
        """Serve the profiles of a simulator's phones."""
        self._simulator = simulator

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application."""
        app.router.add_get(
            "/api/profile/getAccount/{instance:[^/]*}", self.account, name="account"
        )

    async def account(self, request: web.Request) -> web.Response:
        """Describe a number's WhatsApp account, or the instance's own."""
        instance = authorized_instance(self._simulator, request)
        choices = self._simulator.choices
        if instance.state != "connected":
            raise ApiError(
                choices.not_connected_status, "Instance is not connected to WhatsApp"
            )
        number, name = instance.number, instance.profile_name
        if asked := request.query.get("number", "").strip():
            number, name = self._find(asked)
        profile: dict[str, object] = {"profilePicture": None}
        if name:
            profile["profileName"] = name
        if number and choices.account_number:
            profile["phoneNumber"] = number
            profile["jid"] = f"{number}{JID_SERVER}"
        if number and choices.account_lid:
            profile["lid"] = f"{lid_digits(number)}@lid"
        return web.json_response(
            {
                "success": True,
                "message": "Account retrieved successfully",
                "profile": profile,
            }
        )

    def _find(self, asked: str) -> tuple[str, str]:
        """Return the number and name of an account, without adding a phone."""
        simulator = self._simulator
        if asked.endswith("@lid"):
            lids = {f"{lid_digits(number)}@lid": number for number in simulator.phones}
            number = lids.get(asked, "")
        else:
            number = _IGNORED.sub("", asked.removesuffix(JID_SERVER))
            if not re.fullmatch("[0-9]{5,15}", number):
                raise ApiError(400, "Invalid number")
        known = [
            simulator.phones[spelling]
            for spelling in _spellings(number)
            if spelling in simulator.phones
        ]
        for phone in known:
            if phone.behaviour is not Behaviour.NO_WHATSAPP:
                # WhatsApp's spelling of a Brazilian number may differ from the
                # requested one by a 9.
                return phone.number, phone.name or ""
        nobody = known or simulator.default_behaviour is Behaviour.NO_WHATSAPP
        if not number or nobody:
            raise ApiError(
                simulator.choices.no_account_status,
                "Number is not registered on WhatsApp",
            )
        return number, ""


def _spellings(number: str) -> list[str]:
    """Return a number in all its spellings: a Brazilian one with and without the 9."""
    if match := re.fullmatch(r"(55\d\d)(9?)(\d{8})", number):
        area, nine, subscriber = match.groups()
        return [number, area + ("" if nine else "9") + subscriber]
    return [number]
