"""Identities: how WhatsApp names people, and where a frame names them.

A person is named by a number, by a JID (`<digits>@s.whatsapp.net`) or by a LID
(`<digits>@lid`), which hides the number. The number of a device may stand behind a
colon. Frames also give people as objects with `jid` and `lid`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Any, Final

_NUMBER: Final = re.compile(r"\+?(\d{5,20})(?:\.\d{1,5})?(?::(\d{1,5}))?", re.ASCII)
_ID: Final = re.compile(
    r"\+?(\d{5,20})(?:[._]\d{1,5})?(?::(\d{1,5}))?"
    r"@(s\.whatsapp\.net|c\.us|hosted|lid|hosted\.lid)",
    re.ASCII | re.IGNORECASE,
)
_GROUP: Final = re.compile(r"\S{1,100}@(?:g\.us|broadcast|newsletter)", re.IGNORECASE)

# The words of a key: `callerPn`, `caller_pn` and `CALLER-PN` are caller and pn.
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

# Limits for the size of an id, and for the fields of an object.
_MAX_ID_SIZE: Final = 100
_MAX_FIELDS: Final = 40


class Role(StrEnum):
    """Role of a person in a call, as the key in a frame gives it."""

    CREATOR = "creator"
    """The person who calls."""
    CALLEE = "callee"
    """The person who is called."""
    SENDER = "sender"
    """The person whose device sent the news."""
    RECEIVER = "receiver"
    """The person whose device received the news."""
    NONE = "none"


_ROLES: Final = {
    "creator": Role.CREATOR,
    "caller": Role.CREATOR,
    "initiator": Role.CREATOR,
    "callee": Role.CALLEE,
    "called": Role.CALLEE,
    "sender": Role.SENDER,
    "author": Role.SENDER,
    "from": Role.SENDER,
    "recipient": Role.RECEIVER,
    "receiver": Role.RECEIVER,
    "to": Role.RECEIVER,
}
# Keys in one word, such as `callcreatoralt`, are searched for these.
_LONG_ROLES: Final = [word for word in _ROLES if len(word) > 4]

# Words of keys that hold a person, and leave the role open.
_PERSON_WORDS: Final = {
    "chat",
    "contact",
    "jid",
    "lid",
    "msisdn",
    "number",
    "participant",
    "peer",
    "person",
    "phone",
    "phonenumber",
    "pn",
    "remote",
    "remotejid",
    "self",
    "user",
}
# Keys under which bare digits are a phone number: they consist of these words alone. So
# `callerPn` holds a number, and `callerTimestamp` does not.
_PERSON_KEY: Final = re.compile(
    f"(?:{'|'.join([*_ROLES, *_PERSON_WORDS, 'alt', 'call'])})+"
)
# Keys within an object that describes one person, and keys of an object that does not.
_OWN_WORDS: Final = {"id", "jid", "lid", "number", "phone", "phonenumber", "pn", "user"}
_CALL_KEYS: Final = {"action", "callid", "event", "kind", "status"}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A person as a frame names them: by number, by LID, or by both."""

    number: str | None = None
    # The digits of the LID.
    lid: str | None = None
    # The number of the person's device, None where the frame shows none.
    device: int | None = None
    role: Role = Role.NONE


def normalize(value: object) -> str:
    """Return text without case and separators, empty where the value is no text."""
    if not isinstance(value, str):
        return ""
    return "".join(char for char in value.casefold() if char.isalnum())


def read_identity(
    value: object, role: Role = Role.NONE, *, bare: bool = True
) -> Identity | None:
    """Return the identity in a number, a JID or a LID, None where there is none.

    Digits without a server count as a number only where `bare` is true.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 0 < value < 10**20 else ""
    if not isinstance(value, str) or len(value) > _MAX_ID_SIZE:
        return None
    if match := _ID.fullmatch(value.strip()):
        if match[3].lower().endswith("lid"):
            return Identity(lid=match[1], device=_int(match[2]), role=role)
        return Identity(number=match[1], device=_int(match[2]), role=role)
    if bare and (match := _NUMBER.fullmatch(value.strip())):
        return Identity(number=match[1], device=_int(match[2]), role=role)
    return None


def is_group(value: object) -> bool:
    """Return whether a value is the id of a group, a channel or a list."""
    if not isinstance(value, str) or len(value) > 2 * _MAX_ID_SIZE:
        return False
    return _GROUP.fullmatch(value.strip()) is not None


def read_person(key: str, value: object, role: Role = Role.NONE) -> Identity | None:
    """Return the person in one field of a frame, None where the field holds none.

    The role is that of the object around the field, and the key may give another one.
    """
    words = _words_of(key)
    own_role = _role_of(words)
    bare = _PERSON_KEY.fullmatch("".join(words)) is not None
    identity = read_identity(value, own_role or role, bare=bare)
    if identity and "lid" in words and identity.lid is None:
        return Identity(lid=identity.number, device=identity.device, role=identity.role)
    return identity


def read_person_object(
    key: str, data: Mapping[str, Any], outer: Role = Role.NONE
) -> Identity | None:
    """Return the person that an object describes, None where it is no such object.

    The object stands under a key that means a person, or it holds one number and one
    LID, as `{"jid": …, "lid": …}` does. Without a role of its own, the object has that
    of the object around it.
    """
    words = _words_of(key)
    role = _role_of(words) or outer
    found: list[Identity] = []
    for name, value in list(data.items())[:_MAX_FIELDS]:
        if normalize(name) in _CALL_KEYS:
            return None
        if isinstance(value, dict | list) or not (person := read_person(name, value)):
            continue
        if not set(_words_of(name)) <= _OWN_WORDS:
            # The object holds several people, or the role of one.
            return None
        found.append(person)
    numbers = {person.number for person in found if person.number}
    lids = {person.lid for person in found if person.lid}
    if len(numbers) > 1 or len(lids) > 1 or not found:
        return None
    if role is Role.NONE and not set(words) & _PERSON_WORDS and not (numbers and lids):
        return None
    devices = [person.device for person in found if person.device is not None]
    return Identity(
        number=next(iter(numbers), None),
        lid=next(iter(lids), None),
        device=devices[0] if devices else None,
        role=role,
    )


def role_of(key: str) -> Role | None:
    """Return the role that a key gives, None where it gives none."""
    return _role_of(_words_of(key))


def _words_of(key: str) -> list[str]:
    """Return the words of a key in small letters."""
    return [word.lower() for word in _WORD.findall(key[:_MAX_ID_SIZE])]


def _role_of(words: list[str]) -> Role | None:
    """Return the role that the words of a key give, None where they give none."""
    for word in words:
        if word in _ROLES:
            return _ROLES[word]
    joined = "".join(words)
    if not _PERSON_KEY.fullmatch(joined):
        return None
    # A key in small letters is one word, such as `callcreatoralt`.
    if joined.startswith("from"):
        return Role.SENDER
    return next((_ROLES[word] for word in _LONG_ROLES if word in joined), None)


def _int(digits: str | None) -> int | None:
    """Return digits as a number, None where there are none."""
    return None if digits is None else int(digits)
