"""News: an update about a call, its direction, and the people that it names."""

from dataclasses import dataclass

from ..api import CallUpdate, CallUpdateKind, Identity, Role
from .lids import LidBook
from .memory import FollowedCall


@dataclass(frozen=True)
class News:
    """An update, and when it came by the event loop's clock."""

    update: CallUpdate
    at: float

    def outgoing(self, book: LidBook) -> bool | None:
        """Return the direction of the call, None where the update leaves it open."""
        update = self.update
        if update.outgoing is not None:
            return update.outgoing
        creators, callees = self._with(Role.CREATOR), self._with(Role.CALLEE)
        if any(map(book.is_own, creators)):
            return True
        if any(map(book.is_other, creators)):
            return False
        if (direction := self._by_creator_and_sender(book)) is not None:
            return direction
        if any(map(book.is_own, callees)):
            return False
        if any(map(book.is_other, callees)):
            return True
        if update.kind is CallUpdateKind.OFFER:
            return self._by_ends(book)
        return None

    def _by_creator_and_sender(self, book: LidBook) -> bool | None:
        """Return the direction from a creator whom nobody knows, compared to the sender.

        The same person creates and sends an incoming call. In news of a call of ours,
        the sender is the person who is called.
        """
        senders = self._with(Role.SENDER)
        for creator in self._with(Role.CREATOR):
            for sender in senders:
                same = _compare(creator, sender, book)
                if same and book.own.lid is None and not book.number_of(creator):
                    # The hidden person may be the instance itself.
                    continue
                if same is not None:
                    return not same
        return None

    def _by_ends(self, book: LidBook) -> bool | None:
        """Return the direction of an offer from its sender and receiver.

        A sender alone proves nothing: it may be the person who is called.
        """
        senders, receivers = self._with(Role.SENDER), self._with(Role.RECEIVER)
        if any(map(book.is_own, senders)):
            return True
        if any(map(book.is_own, receivers)) and any(map(book.is_other, senders)):
            return False
        if not senders and any(map(book.is_other, receivers)):
            return True
        return None

    def others(self, book: LidBook) -> list[Identity]:
        """Return the people who are not known to be the instance, senders first."""
        order = (Role.CREATOR, Role.SENDER, Role.NONE, Role.CALLEE, Role.RECEIVER)
        people = sorted(
            self.update.people, key=lambda item: (order.index(item.role), repr(item))
        )
        return [identity for identity in people if not book.is_own(identity)]

    def callers(self, book: LidBook) -> list[Identity]:
        """Return the people who may be calling the instance."""
        roles = (Role.CREATOR, Role.SENDER, Role.NONE)
        return [item for item in self.others(book) if item.role in roles]

    def is_about(self, followed: FollowedCall, book: LidBook) -> bool:
        """Return whether the update names the person of a call."""
        number = followed.call.number
        return number is not None and any(
            book.is_about(identity, number) for identity in self.others(book)
        )

    def may_be_about(self, followed: FollowedCall, book: LidBook) -> bool:
        """Return whether the update names the person of a call, or may do so by LID."""
        if self.is_about(followed, book):
            return True
        if book.lid_of(followed.call.number):
            return False
        return self.hides(book)

    def hides(self, book: LidBook) -> bool:
        """Return whether the update names somebody by an unknown LID alone."""
        return any(
            identity.lid is not None and book.number_of(identity) is None
            for identity in self.others(book)
        )

    def device(self, followed: FollowedCall, book: LidBook) -> int | None:
        """Return the device of the called person that sent the news, None if unknown."""
        number = followed.call.number
        # The instance itself creates the call, and may be hidden as well.
        others = [one for one in self.others(book) if one.role is not Role.CREATOR]
        named = [one for one in others if number and book.is_about(one, number)]
        senders = [one for one in named if one.role is Role.SENDER]
        devices = {one.device for one in senders or named or others}
        if named:
            # Another key may name the same person without a device.
            devices.discard(None)
        return devices.pop() if len(devices) == 1 else None

    def _with(self, role: Role) -> list[Identity]:
        """Return the people with a role."""
        return [item for item in self.update.people if item.role is role]


def _compare(one: Identity, other: Identity, book: LidBook) -> bool | None:
    """Return whether two identities are the same person's, None where nothing tells."""
    if one.lid and other.lid:
        return one.lid == other.lid
    numbers = book.number_of(one), book.number_of(other)
    if numbers[0] and numbers[1]:
        return book.is_about(one, numbers[1]) or book.is_about(other, numbers[0])
    return None
