"""An integration that counts the objects of ours in its own Home Assistant.

The probe finds objects through the garbage collector and by class names. So it also
finds objects that a reload should have freed.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
import gc
from typing import Any, Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
)
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.typing import ConfigType

DOMAIN: Final = "soak_probe"
WATCHED: Final = "custom_components.ryze"

CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the action that counts."""

    async def look(call: ServiceCall) -> ServiceResponse:
        before = _count(_ours())
        # Only objects that something still refers to are left after this.
        gc.collect()
        ours = _ours()
        return _look(hass, ours) | {"cyclic": dict(before - _count(ours))}

    hass.services.async_register(
        DOMAIN, "look", look, supports_response=SupportsResponse.ONLY
    )
    return True


def _look(hass: HomeAssistant, ours: list[Any]) -> dict[str, Any]:
    """Return the counts of the process and of the integration."""
    tasks = asyncio.all_tasks(hass.loop)
    # Calls that the integration remembers on purpose have counts of their own.
    calls = _calls(hass, ours)
    errors = [call.error for call in calls if call.error]
    objects = _count(ours) - _count([*calls, *errors])
    return {
        "counts": {
            "tasks": len(tasks),
            "timers": _timers(hass.loop),
            "listeners": _listeners(hass),
            "python_objects": len(gc.get_objects()),
            "removed_entities": _removed(hass),
            "ryze_objects": objects.total(),
            "ryze_tasks": sum(map(_is_our_task, tasks)),
            **_kept(ours),
        },
        "objects": dict(objects),
        "tasks": dict(Counter(t.get_name() for t in tasks if _is_our_task(t))),
    }


def _ours() -> list[Any]:
    """Return all objects of the integration's classes."""
    return [item for item in gc.get_objects() if _is_ours(type(item))]


def _is_ours(kind: type) -> bool:
    """Return whether a class belongs to the integration."""
    module = kind.__dict__.get("__module__")
    return isinstance(module, str) and module.startswith(WATCHED)


def _count(items: Iterable[object]) -> Counter[str]:
    """Return the number of objects per class."""
    return Counter(type(item).__qualname__ for item in items)


def _those(ours: list[Any], name: str) -> list[Any]:
    """Return the objects of a class."""
    return [item for item in ours if type(item).__qualname__ == name]


def _is_our_task(task: asyncio.Task[Any]) -> bool:
    """Return whether a task runs the integration's code."""
    code = getattr(task.get_coro(), "cr_code", None)
    path = "" if code is None else code.co_filename
    return task.get_name().startswith("ryze") or f"/{WATCHED[-4:]}/" in path


def _timers(loop: asyncio.AbstractEventLoop) -> int:
    """Return the number of running timers."""
    handles: Iterable[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]
    return sum(not handle.cancelled() for handle in handles)


def _listeners(hass: HomeAssistant) -> int:
    """Return the number of listeners to the bus and to signals."""
    signals = hass.data.get("dispatcher", {})
    return sum(hass.bus.async_listeners().values()) + sum(map(len, signals.values()))


def _removed(hass: HomeAssistant) -> int:
    """Return the number of removed entities and devices still in the registries."""
    return len(er.async_get(hass).deleted_entities) + len(
        dr.async_get(hass).deleted_devices
    )


def _calls(hass: HomeAssistant, ours: list[Any]) -> list[Any]:
    """Return the calls that the integration remembers on purpose, each once."""
    calls = []
    for tracker in _those(ours, "CallTracker"):
        followed = [*tracker._calls.values(), *tracker._requests, *tracker._doubtful]
        calls += [item.call for item in followed]
    for escalation in _those(ours, "Escalation"):
        calls += escalation._calls
    calls += [owner._last for owner in _those(ours, "CallReporter") if owner._last]
    return list({id(call): call for call in calls}.values())


def _kept(ours: list[Any]) -> dict[str, int]:
    """Return the sizes of the integration's memory."""
    trackers = _those(ours, "CallTracker")
    escalations = _those(ours, "RyzeEscalations")
    return {
        "remembered_calls": sum(len(tracker._calls) for tracker in trackers),
        "doubtful_calls": sum(len(tracker._doubtful) for tracker in trackers),
        "requests": sum(len(tracker._requests) for tracker in trackers),
        "early_updates": sum(len(tracker._early) for tracker in trackers),
        "escalations": sum(len(item._running) for item in escalations),
        "subscribers": sum(
            len(item._listeners)
            for item in (*_those(ours, "CallReporter"), *escalations)
        ),
    }
