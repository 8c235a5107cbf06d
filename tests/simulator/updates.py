"""Changes of calls, translated into `call.update` frames."""

import asyncio
import time
from typing import TYPE_CHECKING

from .frames import Update, call_data
from .model import Call, CallState, CallType, OutgoingUpdates, UpdateKind

if TYPE_CHECKING:
    from .server import Simulator

SETTLE = 0.03
"""Seconds between a frame and an HTTP answer.

Both use different connections, so a client could otherwise see them in either order.
"""


class CallUpdates:
    """The reports about calls to the clients of live updates."""

    def __init__(self, simulator: Simulator) -> None:
        """Report the calls of a simulator."""
        self._simulator = simulator
        self._held: dict[str, list[dict[str, object]]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        simulator.call_listeners.append(self._on_change)

    def release(self, call: Call) -> None:
        """Send the held updates of a call soon after the answer to its request."""
        if call.id in self._held:
            loop = asyncio.get_running_loop()
            self._timers[call.id] = loop.call_later(SETTLE, self._release, call)
        else:
            call.held = False

    def stop(self) -> None:
        """Drop all held updates."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._held.clear()

    def _release(self, call: Call) -> None:
        call.held = False
        self._timers.pop(call.id, None)
        for data in self._held.pop(call.id, ()):
            self._emit(call, data)

    def _on_change(self, call: Call) -> None:
        instance = self._simulator.instances.get(call.instance)
        if instance is None or instance.state != "connected":
            # WhatsApp reports nothing to an instance that is not connected.
            return
        choices = self._simulator.choices
        outgoing = call.type is not CallType.INCOMING
        for kind in self._kinds(call, outgoing=outgoing):
            update = Update(
                kind=kind,
                call_id=call.id[::-1]
                if outgoing and not choices.id_matches
                else call.id,
                number=call.number,
                own_number=instance.number,
                outgoing=outgoing,
                at=_time_of(call, kind),
                reason="timeout" if call.state is CallState.UNANSWERED else "",
                peer_as_lid=choices.peer_as_lid,
                direction_field=choices.direction_field,
            )
            data = call_data(choices.shape, update)
            for _ in range(choices.duplicates):
                self._emit(call, data)

    def _emit(self, call: Call, data: dict[str, object]) -> None:
        live = self._simulator.live
        if not call.held:
            live.emit(call.instance, "call.update", data)
        elif live.clients(call.instance):
            # Without clients the updates are dropped at once, because RyzeAPI stores no
            # events.
            self._held.setdefault(call.id, []).append(data)

    def _kinds(self, call: Call, *, outgoing: bool) -> list[UpdateKind]:
        """Return the kinds of update for the present state of a call."""
        choices = self._simulator.choices
        kinds: list[UpdateKind] = []
        noise = [UpdateKind.NOTIFICATION] if choices.noise else []
        match call.state:
            case CallState.RINGING if call.ring or not outgoing:
                kinds = [*noise, UpdateKind.OFFER]
            case CallState.ANSWERED:
                kinds = [] if choices.out_of_order else [UpdateKind.ACCEPTED]
                if choices.noise:
                    kinds.append(UpdateKind.LATENCY)
            case CallState.DECLINED:
                kinds = [UpdateKind.REJECTED]
                if choices.rejected_terminated:
                    kinds.append(UpdateKind.TERMINATED)
            case CallState.UNANSWERED if choices.unanswered_terminated or not outgoing:
                kinds = [UpdateKind.TERMINATED]
            case CallState.ENDED:
                kinds = [UpdateKind.TERMINATED]
                if choices.out_of_order:
                    kinds.append(UpdateKind.ACCEPTED)
        if not outgoing or choices.outgoing_updates is OutgoingUpdates.ALL:
            return kinds
        if choices.outgoing_updates is OutgoingUpdates.OFFER_ONLY:
            return [kind for kind in kinds if kind is UpdateKind.OFFER]
        return []


def _time_of(call: Call, kind: UpdateKind) -> float:
    """Return the time of an event, which is in the past for an event out of order."""
    if kind is UpdateKind.ACCEPTED and call.answered_at is not None:
        return call.answered_at
    return time.time()
