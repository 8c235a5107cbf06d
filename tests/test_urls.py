"""Tests of the check of RyzeAPI's address."""

import pytest

from custom_components.ryze.urls import normalize_url


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://ryzeapi.cloud", "https://ryzeapi.cloud"),
        (" https://RYZEAPI.cloud/ ", "https://ryzeapi.cloud"),
        ("https://example.com:8443/ryze/", "https://example.com:8443/ryze"),
        ("http://localhost:8124", "http://localhost:8124"),
        ("http://127.0.0.1:8124", "http://127.0.0.1:8124"),
        ("http://192.168.1.5", "http://192.168.1.5"),
        ("http://10.0.0.1", "http://10.0.0.1"),
        ("http://[::1]:80", "http://[::1]"),
        ("http://[fd00::1]:8080", "http://[fd00::1]:8080"),
    ],
)
def test_urls(typed: str, url: str) -> None:
    """Encrypted addresses, and unencrypted ones within the house, are accepted."""
    assert normalize_url(typed) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ryzeapi.cloud",
        "//ryzeapi.cloud",
        "https://",
        "ftp://ryzeapi.cloud",
        "wss://ryzeapi.cloud",
        "http://ryzeapi.cloud",
        "http://8.8.8.8",
        "http://0.0.0.0",
        "http://169.254.169.254",
        "http://localhost.example.com",
        "http://192.168.1.5.example.com",
        "http://[2001:db8::1]",
        "https://user:secret@ryzeapi.cloud",
        "https://ryzeapi.cloud?token=x",
        "https://ryzeapi.cloud/#x",
        "https://[::1",
        "https://ryzeapi.cloud:port",
        "https://ryzeapi .cloud",
        "https://ryzeapi.cloud/a b",
        "https://ryzeapi.cloud\x0c?\ud800",
        "https://ryzeapi.cloud\u00af",
    ],
)
def test_no_urls(typed: str) -> None:
    """Addresses that would send the token unencrypted or nowhere are refused."""
    with pytest.raises(ValueError, match=r".+"):
        normalize_url(typed)
