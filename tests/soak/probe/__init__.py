"""Looks into the Home Assistant that it runs in, for what the integration keeps.

It goes by the garbage collector and by names, and imports nothing of the integration:
what a reload was to leave behind would be found as well.
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
    """Register the action that looks."""

    async def look(call: ServiceCall) -> ServiceResponse:
        before = _count(_ours())
        # Whatever is left after this is held by somebody.
        gc.collect()
        ours = _ours()
        return _look(hass, ours) | {"cyclic": dict(before - _count(ours))}

    hass.services.async_register(
        DOMAIN, "look", look, supports_response=SupportsResponse.ONLY
    )
    return True


def _look(hass: HomeAssistant, ours: list[Any]) -> dict[str, Any]:
    """Return what there is: of the whole process, and of the integration."""
    tasks = asyncio.all_tasks(hass.loop)
    # What is kept on purpose is told of by itself.
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
    """Return whether a class is the integration's."""
    module = kind.__dict__.get("__module__")
    return isinstance(module, str) and module.startswith(WATCHED)


def _count(items: Iterable[object]) -> Counter[str]:
    """Return how many objects there are of each class."""
    return Counter(type(item).__qualname__ for item in items)


def _those(ours: list[Any], name: str) -> list[Any]:
    """Return the objects of a class."""
    return [item for item in ours if type(item).__qualname__ == name]


def _is_our_task(task: asyncio.Task[Any]) -> bool:
    """Return whether the integration's code runs in a task."""
    code = getattr(task.get_coro(), "cr_code", None)
    path = "" if code is None else code.co_filename
    return task.get_name().startswith("ryze") or f"/{WATCHED[-4:]}/" in path


def _timers(loop: asyncio.AbstractEventLoop) -> int:
    """Return how many timers run."""
    handles: Iterable[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]
    return sum(not handle.cancelled() for handle in handles)


def _listeners(hass: HomeAssistant) -> int:
    """Return how many listen to the bus and to signals."""
    signals = hass.data.get("dispatcher", {})
    return sum(hass.bus.async_listeners().values()) + sum(map(len, signals.values()))


def _removed(hass: HomeAssistant) -> int:
    """Return of how many removed entities and devices Home Assistant keeps a memory."""
    return len(er.async_get(hass).deleted_entities) + len(
        dr.async_get(hass).deleted_devices
    )


def _calls(hass: HomeAssistant, ours: list[Any]) -> list[Any]:
    """Return the calls that somebody remembers on purpose, each once."""
    calls = []
    for tracker in _those(ours, "CallTracker"):
        followed = [*tracker._calls.values(), *tracker._requests, *tracker._doubtful]
        calls += [item.call for item in followed]
    for escalation in _those(ours, "Escalation"):
        calls += escalation._calls
    calls += [owner._last for owner in _those(ours, "CallReporter") if owner._last]
    return list({id(call): call for call in calls}.values())


def _kept(ours: list[Any]) -> dict[str, int]:
    """Return how much the integration remembers."""
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
