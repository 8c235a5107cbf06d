"""Requests to RyzeAPI from forms, with their errors as errors of the form."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant

from .api import Instance, RyzeAuthError, RyzeError, RyzeRateLimitError
from .const import CONF_INSTANCE
from .coordinator import async_create_client
from .errors import log_unexpected
from .urls import normalize_url


async def async_list_instances(
    hass: HomeAssistant, user_input: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Instance], dict[str, str]]:
    """Return the normalized data, the instances of their token, and the form's errors."""
    token: str = user_input[CONF_TOKEN].strip()
    data = {**user_input, CONF_TOKEN: token}
    try:
        data[CONF_URL] = normalize_url(user_input[CONF_URL])
    except ValueError:
        return data, [], {CONF_URL: "invalid_url"}
    # An HTTP header cannot carry other characters.
    if not (token.isascii() and token.isprintable()):
        return data, [], {CONF_TOKEN: "invalid_auth"}
    errors: dict[str, str] = {}
    instances: list[Instance] = []
    with _errors_of_form(errors, CONF_TOKEN):
        instances = await async_create_client(hass, data).instances()
    return data, instances, errors


async def async_enable_live_updates(
    hass: HomeAssistant, data: Mapping[str, Any]
) -> dict[str, str]:
    """Add our events to those of the instance in the data; return a form's errors."""
    errors: dict[str, str] = {}
    with _errors_of_form(errors, "base"):
        client = async_create_client(hass, data)
        await client.enable_live_updates(data[CONF_INSTANCE])
    return errors


@contextmanager
def _errors_of_form(errors: dict[str, str], token_field: str) -> Iterator[None]:
    """Turn an exception into the errors of a form."""
    try:
        yield
    except RyzeAuthError:
        errors[token_field] = "invalid_auth"
    except RyzeRateLimitError:
        errors["base"] = "rate_limited"
    except RyzeError:
        errors["base"] = "cannot_connect"
    except Exception as err:  # noqa: BLE001
        log_unexpected("in a flow", err)
        errors["base"] = "unknown"
