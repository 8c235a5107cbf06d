"""Answers of RyzeAPI: statuses, headers and bodies."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import json
import time
from typing import Any, Final

from hypothesis import strategies as st

from .documents import CALL_ID, DOCUMENTS, KEYS, LONG, TOKENS, VALUES, cut, make_object
from custom_components.ryze.api import Audio, RyzeClient
from tests.helpers.const import MARIA


def _object_of(fields: dict[str, str]) -> str:
    """Return the text of an object with plain keys."""
    return make_object([(json.dumps(key), value) for key, value in fields.items()])


STATUSES: Final = st.one_of(
    st.sampled_from([200] * 6 + [201, 204, 404, 429, 503]),
    st.sampled_from([200, 226, 301, 307, 400, 401, 402, 403, 404, 409, 418, 422, 429]),
    st.integers(200, 999),
)

_NUMBERS: Final = st.one_of(
    st.sampled_from(
        ["0", "0", "1", "10", "-1", "60", "x", "", "0x1", "1_0", "٣", "1.5"]
    ),
    st.integers().map(str),
    st.sampled_from([19, 20, 400, 4300, 4301]).map(lambda digits: "9" * digits),
)
_RESETS: Final = st.one_of(
    st.integers(-5000, 5000).map(lambda seconds: str(int(time.time()) + seconds)),
    _NUMBERS,
)


def _date(days: int, zone: str) -> str:
    """Return a date that may be far away, in a zone that may not exist."""
    date = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=days)
    return format_datetime(date).replace("+0000", zone)


_DATES: Final = st.one_of(
    st.builds(
        _date,
        st.one_of(st.just(0), st.integers(-739_900, 2_900_000)),
        st.sampled_from(["GMT", "-0000", "+0000", "+9999", "-9999", "+99999999", "x"]),
    ),
    st.sampled_from(
        [
            "",
            "0",
            "Mon",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "1 Jan 0001 00:00:00",
            "Sun, 31 Dec 9999 23:59:59 -2359",
            "1 Jan 1 0:0:0 +2359",
            ",,,,",
            ":",
            "Thu, 99 Nov 99999999999 99:99:99 GMT",
            "Thu Nov 01 2026 1.2.3 x y z",
        ]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
# Values without line breaks, because a header is one line.
HEADERS: Final = st.fixed_dictionaries(
    {},
    optional={
        "X-RateLimit-Remaining": _NUMBERS,
        "X-RateLimit-Reset": _RESETS,
        "Date": _DATES,
    },
)

_ERRORS: Final = st.one_of(
    st.sampled_from(
        ['{"message": "Instance is not connected"}', '{"message": "x"}', "null", "{}"]
    ),
    VALUES,
)
_NAMES: Final = st.one_of(
    st.sampled_from(['"home"', '"office"', '"a/../b?c#d"', '".."', '"\\ud800"', "1"]),
    TOKENS.map(json.dumps),
    VALUES,
)
_JIDS: Final = st.one_of(st.just(f'"{MARIA}@s.whatsapp.net"'), VALUES)
_WEBSOCKET: Final = st.fixed_dictionaries(
    {
        "enabled": st.sampled_from(["true", "false", "1"]),
        "events": st.one_of(
            st.sampled_from(["[]", '["call.update", "instance.state"]', '["x", 1]']),
            VALUES,
        ),
    }
).map(_object_of)
_INSTANCES: Final = st.fixed_dictionaries(
    {"name": _NAMES},
    optional={
        "id": st.one_of(st.just('"id-home"'), VALUES),
        "connection": st.one_of(
            st.builds(
                lambda state, jid: _object_of({"state": state, "numberJid": jid}),
                st.one_of(st.sampled_from(['"connected"', '"banned"']), VALUES),
                _JIDS,
            ),
            VALUES,
        ),
        "status": VALUES,
        "profile": VALUES,
        "websocket": st.one_of(_WEBSOCKET, VALUES),
    },
).map(_object_of)


# Bodies in which each request can find its fields.
_PLAUSIBLE: Final = st.builds(
    lambda fields, odd: make_object(
        odd[:1] + [(json.dumps(key), value) for key, value in fields.items()] + odd[1:]
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "success": st.sampled_from(["true", "true", "false", "null"]),
            "callId": st.one_of(st.just(f'"{CALL_ID}"'), VALUES, LONG),
            "error": _ERRORS,
            "instances": st.one_of(
                st.lists(_INSTANCES, max_size=3).map(
                    lambda items: "[" + ", ".join(items) + "]"
                ),
                VALUES,
            ),
            "websocket": st.one_of(_WEBSOCKET, VALUES),
            "profile": st.one_of(
                _JIDS.map(lambda jid: _object_of({"jid": jid})), VALUES
            ),
            "status": st.one_of(st.just('"ok"'), VALUES),
            "checks": VALUES,
        },
    ),
    st.lists(st.tuples(KEYS, VALUES), max_size=2),
)
BODIES: Final = st.one_of(
    _PLAUSIBLE,
    _PLAUSIBLE,
    _PLAUSIBLE,
    DOCUMENTS,
    st.builds(cut, _PLAUSIBLE, st.integers(0, 2**16)),
).map(lambda text: text.encode(errors="surrogatepass")) | st.binary(max_size=30)


# The shortest bytes that count as audio.
AUDIO: Final = b"ID3"

type Ask = Callable[[RyzeClient], Awaitable[Any]]


def requests(give_up: Any) -> dict[str, Ask]:
    """Return every request of a client, by the name of its route."""
    return {
        "list": lambda client: client.instances(),
        "reconnect": lambda client: client.reconnect("home"),
        "account": lambda client: client.account("home", MARIA),
        "get_websocket": lambda client: client.enable_live_updates("home"),
        "fake": lambda client: client.fake_call("home", MARIA, 1, give_up),
        "audio": lambda client: client.audio_call(
            "home", MARIA, Audio.from_bytes(AUDIO), give_up
        ),
    }
