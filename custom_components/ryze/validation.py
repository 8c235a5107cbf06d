"""What the flows have in common: trying what was entered, and the errors of forms."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from yarl import URL

from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant

from .api import Instance, RyzeAuthError, RyzeError, RyzeRateLimitError
from .const import CONF_INSTANCE
from .coordinator import async_create_client
from .errors import log_unexpected
from .urls import normalize_url


async def async_list_instances(
    hass: HomeAssistant, data: dict[str, Any]
) -> tuple[list[Instance], dict[str, str]]:
    """Return the instances of the token in the data, or the errors of a form.

    The URL in the data is normalized.
    """
    try:
        data[CONF_URL] = normalize_url(data[CONF_URL])
    except ValueError:
        return [], {CONF_URL: "invalid_url"}
    data[CONF_TOKEN] = data[CONF_TOKEN].strip()
    # No token looks so, and HTTP could not carry it.
    if not (data[CONF_TOKEN].isascii() and data[CONF_TOKEN].isprintable()):
        return [], {CONF_TOKEN: "invalid_auth"}
    errors: dict[str, str] = {}
    instances: list[Instance] = []
    with _errors_of_form(errors, CONF_TOKEN):
        instances = await async_create_client(hass, data).instances()
    return instances, errors


async def async_enable_live_updates(
    hass: HomeAssistant, data: Mapping[str, Any]
) -> dict[str, str]:
    """Have the instance in the data deliver our events, or return a form's errors."""
    errors: dict[str, str] = {}
    with _errors_of_form(errors, "base"):
        client = async_create_client(hass, data)
        await client.enable_live_updates(data[CONF_INSTANCE])
    return errors


@contextmanager
def _errors_of_form(errors: dict[str, str], token_field: str) -> Iterator[None]:
    """Turn what goes wrong into the errors of a form."""
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


def unique_ids(instance: Instance, url: str) -> list[str]:
    """Return what tells an instance from all others, the best last.

    Not every API gives an id, and one that gives none may do so one day.
    """
    by_name = f"{URL(url).host}/{instance.name}"
    return [by_name, instance.id] if instance.id else [by_name]
