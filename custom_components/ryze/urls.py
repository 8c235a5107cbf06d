"""Addresses: what people type, and what may be sent a token."""

from ipaddress import ip_address

from yarl import URL

from homeassistant.util.network import is_loopback, is_private


def parse_url(value: str) -> URL:
    """Return a URL, or raise ValueError where it is none."""
    try:
        url = URL(value.strip())
    except IndexError as err:
        # What yarl makes of http://[::1]@, say.
        raise ValueError("No address") from err
    # Raises as well, where it cannot be read.
    _ = url.host
    return url


def normalize_url(value: str) -> str:
    """Return the base URL of an API, or raise ValueError where it is none.

    The token travels in each request, so in clear text only where it does not leave
    the house.
    """
    url = parse_url(value)
    # Some characters become blanks only when they are read.
    if any(" " in text or not text.isprintable() for text in (value.strip(), str(url))):
        raise ValueError("Not an address as people write it")
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("Not a web address")
    if url.user or url.password or url.query_string or url.fragment:
        raise ValueError("More than the base of an address")
    if url.scheme == "http" and url.host != "localhost":
        # Raises ValueError for a name: where it leads may change.
        address = ip_address(url.host)
        if not (is_loopback(address) or is_private(address)):
            raise ValueError("Unencrypted over the internet")
    return str(url).rstrip("/")
