"""Web addresses of audio: whether RyzeAPI can fetch from one."""

from contextlib import suppress
from ipaddress import ip_address
import re
from typing import Final

from yarl import URL

from homeassistant.core import async_get_hass_or_none

from ..errors import refusal
from ..urls import parse_url

# Endings of names that no public server has.
_PRIVATE_SUFFIXES: Final = (
    ".corp",
    ".example",
    ".fritz.box",
    ".home",
    ".home.arpa",
    ".internal",
    ".homelab",
    ".intra",
    ".intranet",
    ".invalid",
    ".lan",
    ".local",
    ".localdomain",
    ".localhost",
    ".onion",
    ".private",
    ".speedport.ip",
    ".test",
    ".ts.net",
)
# Browsers take a name that ends with a number for an IPv4 address in an odd notation.
_ODD_ADDRESS: Final = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)", re.ASCII)


def web_address(value: object) -> str:
    """Validate a web address, and return it unchanged."""
    url = URL()
    if isinstance(value, str):
        with suppress(ValueError):
            # Half of a character can be neither sent nor stored.
            value.encode()
            url = parse_url(value)
    if url.scheme not in ("http", "https") or not url.host:
        raise refusal("invalid_media_url")
    return str(value).strip()


def public_address(value: object) -> str:
    """Validate a web address that RyzeAPI can reach, and return it unchanged."""
    url = web_address(value)
    if is_private(url):
        raise refusal("private_media_url")
    return url


def is_private(url: str) -> bool:
    """Return whether only the house can reach a URL."""
    host = _host(url)
    try:
        return not ip_address(host).is_global
    except ValueError:
        return (
            "." not in host
            or f".{host}".endswith(_PRIVATE_SUFFIXES)
            or _ODD_ADDRESS.fullmatch(host) is not None
            or _is_internal(host)
        )


def _is_internal(host: str) -> bool:
    """Return whether Home Assistant has the host within the house alone."""
    if (hass := async_get_hass_or_none()) is None:
        return False
    internal, external = hass.config.internal_url, hass.config.external_url
    return host == _host(internal or "") != _host(external or "")


def _host(url: str) -> str:
    """Return the host of a URL, without the dot that may end it."""
    return (URL(url).host or "").rstrip(".").lower()
