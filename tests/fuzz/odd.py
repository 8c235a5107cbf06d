"""Values from YAML, templates and forms, plausible and absurd."""

from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from .documents import PEOPLE, TOKENS

# A template can produce a lone surrogate, and JSON cannot hold one.
_TEXT: Final = st.one_of(
    st.text(max_size=15),
    st.text("\ud800\x00\u202e\r\n ,@+0x19%'\"{}", max_size=8),
    PEOPLE,
    TOKENS,
    st.sampled_from(["", " ", "on", "none", "all", "nan", "1e3", "null", "A" * 5000]),
)
_SCALARS: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-2, 700),
    st.floats(),
    st.sampled_from([10**20, -(10**20), 10**400, 2**63, 1e308]),
    _TEXT,
    st.binary(max_size=8),
    st.sampled_from([date(2026, 11, 1), datetime(1, 1, 1, tzinfo=UTC), timedelta(-1)]),
)
ODD: Final[st.SearchStrategy[Any]] = st.recursive(
    _SCALARS,
    lambda values: st.one_of(
        st.lists(values, max_size=3),
        st.dictionaries(st.one_of(_TEXT, st.integers(), st.none()), values, max_size=3),
        st.tuples(values),
    ),
    max_leaves=5,
)
TEXT: Final = _TEXT

_HOSTS: Final = st.one_of(
    st.sampled_from(
        [
            "example.com",
            "127.0.0.1",
            "[::1]",
            "[fe80::1%eth0]",
            "192.168.1.2",
            "0",
            "0x7f000001",
            "localhost",
            "nas.local.",
            "a" * 64 + ".com",
            "xn--a",
            "söng.example",
            "[::",
            "user:pass@example.com",
            "example.com:99999",
            "",
            "\uff11\uff12\uff17.0.0.1",
            "1.2.3",
            "\u2100.com",
            "..",
            "a..b",
            "-",
        ]
    ),
    st.text(max_size=8),
)
URLS: Final = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["http://", "https://", "HTTP:", "//", "ftp://", " https://", ""]),
    _HOSTS,
    st.sampled_from(
        ["", ":80", ":0", ":x", ":-1", "/", "/a b", "/%", "/%zz", "\r\nx: y"]
    ),
    st.one_of(st.sampled_from(["", "?a=1", "#x", "?\ud800"]), st.text(max_size=6)),
)
MEDIA_IDS: Final = st.one_of(
    URLS,
    _TEXT,
    st.builds(
        "media-source://{}".format,
        st.one_of(
            st.sampled_from(
                [
                    "shelf/item",
                    "shelf",
                    "shelf/nothing",
                    "tts/",
                    "tts/parrot",
                    "",
                    "tts/parrot?message=Hi",
                    "tts/parrot?message=Hi&options=[",
                    "tts?message=%ff",
                    "media_source/local/../x",
                    "media_source//",
                    "camera/x",
                    "shelf/\ud800",
                    "tts/x?cache=maybe&message=a",
                ]
            ),
            st.text(max_size=10),
        ),
    ),
    st.builds(
        "{}{}".format,
        st.sampled_from(
            ["/", "/etc/", "/proc/self/", "/dev/", "../", "~/", "/" * 5000]
        ),
        st.sampled_from(["passwd", "mem", "zero", "a.mp3", "\x00.mp3", "a" * 300, ""]),
    ),
)


def _as_base64(data: bytes, prefix: str, ending: str, every: int) -> str:
    """Return base64 as a person may paste it, with line breaks and a prefix."""
    text = b64encode(data).decode()
    lines = [text[start : start + every] for start in range(0, len(text), every)]
    return prefix + "\r\n ".join(lines) + ending


BASE64: Final = st.one_of(
    st.builds(
        _as_base64,
        st.one_of(st.binary(max_size=20), st.just(bytes(200_000))),
        st.sampled_from(
            [
                "",
                "data:audio/mpeg;base64,",
                "data:,",
                "DATA: x ;\nBase64,",
                "data:;base64",
            ]
        ),
        st.sampled_from(["", "=", "==", "\n", "=A", ",", "\ud800", "AA=="]),
        st.integers(1, 80),
    ),
    _TEXT,
)
