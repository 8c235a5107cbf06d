"""URLs: reading them, and checking that a token may be sent to one."""

from ipaddress import ip_address

from yarl import URL

from homeassistant.util.network import is_loopback, is_private


def parse_url(value: str) -> URL:
    """Return a URL; raises ValueError where the text is none."""
    try:
        url = URL(value.strip())
    except IndexError as err:
        # yarl raises this for http://[::1]@.
        raise ValueError("No address") from err
    # Reading the host raises ValueError where it cannot be read.
    _ = url.host
    return url


def normalize_url(value: str) -> str:
    """Return the base URL of an API; raises ValueError where the text is none.

    Each request carries the token, so plain HTTP is allowed only within the house.
    """
    url = parse_url(value)
    # Some characters become blanks only in the parsed URL.
    if any(" " in text or not text.isprintable() for text in (value.strip(), str(url))):
        raise ValueError("Not an address as people write it")
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("Not a web address")
    if url.user or url.password or url.query_string or url.fragment:
        raise ValueError("More than the base of an address")
    if url.scheme == "http" and url.host != "localhost":
        # A name raises ValueError, because its address may change.
        address = ip_address(url.host)
        if not (is_loopback(address) or is_private(address)):
            raise ValueError("Unencrypted over the internet")
    return str(url).rstrip("/")
