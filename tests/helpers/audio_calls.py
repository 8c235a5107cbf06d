"""Audio calls: placing them, and checking that one is refused."""

from contextlib import suppress
import gc
import json
from pathlib import Path
from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import MARIA
import custom_components.ryze
from custom_components.ryze.const import DOMAIN
from tests.simulator import Simulator

_TEXTS = Path(custom_components.ryze.__file__).parent / "translations" / "en.json"
MESSAGES: dict[str, dict[str, str]] = json.loads(_TEXTS.read_text())["exceptions"]


def sound(size: int = 1000) -> bytes:
    """Return bytes that the simulator takes for MP3, no two pieces of them alike."""
    counted = b"".join(f"{number:08}".encode() for number in range(size // 8 + 1))
    return (b"ID3" + counted)[:size]


async def call(hass: HomeAssistant, **data: Any) -> list[dict[str, Any]]:
    """Place audio calls, to Maria by default, and return the rows of the response."""
    answer = await hass.services.async_call(
        DOMAIN,
        "audio_call",
        {"number": MARIA} | data,
        blocking=True,
        return_response=True,
    )
    assert answer
    rows: list[dict[str, Any]] = answer["calls"]  # type: ignore[assignment]
    return rows


async def refused(
    hass: HomeAssistant,
    simulator: Simulator,
    key: str,
    kind: type[HomeAssistantError] = ServiceValidationError,
    /,
    **data: Any,
) -> HomeAssistantError:
    """Place an audio call that must fail before anything is sent."""
    requests = len(simulator.requests)
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, **data)
    error = caught.value
    assert (type(error), error.translation_key) == (kind, key)
    assert error.translation_domain == DOMAIN
    # The text has all its placeholders filled in; Home Assistant drops the last dot.
    text = MESSAGES[key]["message"].format(**error.translation_placeholders or {})
    assert str(error) == text.removesuffix(".")
    assert simulator.calls == []
    assert len(simulator.requests) == requests
    return error


def open_files(folder: Path) -> list[str]:
    """Return the open files of this process in a folder, unlinked ones included."""
    gc.collect()
    targets = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            targets.append(str(descriptor.readlink()))
    return [target for target in targets if target.startswith(str(folder))]
