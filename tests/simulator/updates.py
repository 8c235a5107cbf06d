"""Changes of calls, translated into `call.update` frames."""

import asyncio
from collections import deque
from collections.abc import Iterable
import time
from typing import TYPE_CHECKING

from .frames import Update, foreign_frame
from .model import CallState, CallType, Durations, OutgoingUpdates, UpdateKind
from .records import Call, Instance
from .shapes import call_data

if TYPE_CHECKING:
    from .server import Simulator

SETTLE = 0.03
"""Seconds between a frame and an HTTP answer.

Both use different connections, so a client could otherwise see them in either order.
"""
_LINKED_DEVICE = 3


class CallUpdates:
    """The reports about calls to the clients of live updates."""

    def __init__(self, simulator: Simulator) -> None:
        """Report the calls of a simulator."""
        self._simulator = simulator
        self._held: dict[str, list[dict[str, object]]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._late: deque[tuple[asyncio.TimerHandle, str, dict[str, object]]] = deque()
        self._foreign: tuple[tuple[str, str, int] | None, str] = (None, "")
        """The last foreign frame, since large ones take long to build, with its key."""
        simulator.call_listeners.append(self._on_change)
        simulator.linked_listeners.append(self._on_linked_decline)

    def release(self, call: Call) -> None:
        """Send the held updates of a call soon after the answer to its request."""
        if call.id in self._held:
            loop = asyncio.get_running_loop()
            self._timers[call.id] = loop.call_later(SETTLE, self._release, call)
        else:
            call.held = False

    def stop(self) -> None:
        """Drop all held and late updates."""
        for timer in (*self._timers.values(), *(item[0] for item in self._late)):
            timer.cancel()
        self._late.clear()
        self._timers.clear()
        self._held.clear()

    def _release(self, call: Call) -> None:
        call.held = False
        self._timers.pop(call.id, None)
        for data in self._held.pop(call.id, ()):
            self._emit(call, data)

    def _on_change(self, call: Call) -> None:
        self._report(call, self._kinds(call))

    def _on_linked_decline(self, call: Call) -> None:
        self._report(call, (UpdateKind.REJECTED,), device=_LINKED_DEVICE)

    def _report(
        self, call: Call, kinds: Iterable[UpdateKind], *, device: int | None = None
    ) -> None:
        """Send updates about a call, all from one device of the other party."""
        instance = self._simulator.instances.get(call.instance)
        if instance is None or instance.state != "connected":
            # WhatsApp reports nothing to an instance that is not connected.
            return
        choices = self._simulator.choices
        for kind in kinds:
            if not self._is_sent(call, kind):
                continue
            update = self._update(call, kind, instance, device)
            data = call_data(choices.shape, update)
            for _ in range(choices.duplicates):
                self._emit(call, data)

    def _update(
        self, call: Call, kind: UpdateKind, instance: Instance, device: int | None
    ) -> Update:
        choices = self._simulator.choices
        is_end = kind is UpdateKind.TERMINATED
        return Update(
            kind=kind,
            call_id=call.event_id,
            number=call.number,
            own_number=instance.number,
            outgoing=call.type is not CallType.INCOMING,
            at=_time_of(call, kind),
            people=choices.people,
            device=choices.phone_device if device is None else device,
            name=self._simulator.phone(call.number).name or "",
            own_name=instance.profile_name,
            word=choices.words.get(kind, ""),
            reason=_reason(call) if is_end and choices.reasons else None,
            duration=self._duration(call) if is_end else None,
            group=call.group or None,
            direction_field=choices.direction_field,
        )

    def _emit(self, call: Call, data: dict[str, object]) -> None:
        if not call.held:
            self._send(call.instance, data)
        elif self._simulator.live.clients(call.instance):
            # Without clients the updates are dropped at once, because RyzeAPI stores no
            # events.
            self._held.setdefault(call.id, []).append(data)

    def _send(self, name: str, data: dict[str, object]) -> None:
        """Send an update to an instance's clients, at once or late."""
        late = self._simulator.choices.late
        if not late and not self._late:
            self._send_now(name, data)
            return
        loop = asyncio.get_running_loop()
        due = loop.time() + late
        if self._late:
            due = max(due, self._late[-1][0].when())
        timer = loop.call_at(due, self._send_late)
        self._late.append((timer, name, data))

    def _send_late(self) -> None:
        # Timers of the same moment end in any order, so each sends the oldest update.
        _, name, data = self._late.popleft()
        self._send_now(name, data)

    def _send_now(self, name: str, data: dict[str, object]) -> None:
        live, size = self._simulator.live, self._simulator.choices.foreign_size
        if size and live.clients(name):
            instance = self._simulator.instances[name]
            key = (name, instance.token, size)
            if self._foreign[0] != key:
                text = foreign_frame(instance, self._simulator.url, size)
                self._foreign = (key, text)
            live.send(name, self._foreign[1])
        live.emit(name, "call.update", data)

    def _kinds(self, call: Call) -> list[UpdateKind]:
        """Return the kinds of update for the present state of a call."""
        choices = self._simulator.choices
        outgoing = call.type is not CallType.INCOMING
        noise = [UpdateKind.NOTIFICATION] if choices.noise else []
        unanswered = (
            UpdateKind.UNANSWERED if choices.unanswered_word else UpdateKind.TERMINATED
        )
        match call.state:
            case CallState.RINGING if call.group:
                return [UpdateKind.NOTIFICATION]
            case CallState.RINGING if not outgoing:
                return [*noise, UpdateKind.OFFER]
            case CallState.RINGING if call.ring:
                kinds = [*noise, UpdateKind.OFFER] if choices.echo else noise
                if choices.preaccept:
                    kinds.append(UpdateKind.PREACCEPT)
                if choices.signals:
                    kinds.append(UpdateKind.RINGING)
                return kinds
            case CallState.ANSWERED:
                kinds = [] if choices.out_of_order else [UpdateKind.ACCEPTED]
                if choices.noise:
                    kinds.append(UpdateKind.LATENCY)
                if choices.signals:
                    kinds.append(UpdateKind.TRANSPORT)
                return kinds
            case CallState.DECLINED:
                if choices.rejected_terminated or choices.ends_only:
                    return [UpdateKind.REJECTED, UpdateKind.TERMINATED]
                return [UpdateKind.REJECTED]
            case CallState.UNANSWERED if choices.unanswered_terminated or not outgoing:
                return [unanswered]
            case CallState.ENDED if choices.out_of_order:
                return [UpdateKind.TERMINATED, UpdateKind.ACCEPTED]
            case CallState.ENDED:
                return [UpdateKind.TERMINATED]
        return []

    def _is_sent(self, call: Call, kind: UpdateKind) -> bool:
        """Return whether updates of a kind about a call are sent at all."""
        choices = self._simulator.choices
        if kind in choices.missing:
            return False
        if choices.ends_only and kind in (UpdateKind.ACCEPTED, UpdateKind.REJECTED):
            return False
        if (
            call.type is CallType.INCOMING
            or choices.outgoing_updates is OutgoingUpdates.ALL
        ):
            return True
        offers = choices.outgoing_updates is OutgoingUpdates.OFFER_ONLY
        return offers and kind is UpdateKind.OFFER

    def _duration(self, call: Call) -> int | None:
        """Return the duration that the end of a call tells."""
        choices = self._simulator.choices
        if choices.durations is Durations.NONE:
            return None
        ended_at = call.ended_at or time.time()
        seconds = 0.0
        if call.answered_at is not None and not call.elsewhere:
            seconds = ended_at - call.answered_at
        elif (
            choices.ring_duration
            and call.duration
            and call.state is CallState.UNANSWERED
        ):
            seconds = ended_at - call.started_at
        if call.duration:
            # The time of a fake call is scaled; a late timer must not prolong its ring.
            seconds = min(seconds / self._simulator.second, call.duration)
        if choices.durations is Durations.MILLISECONDS:
            return round(seconds * 1000)
        # A talk of less than a second counts as a second, because 0 means no talk.
        return max(1, round(seconds)) if seconds else 0


def _reason(call: Call) -> str:
    """Return the reason for the end of a call."""
    if call.elsewhere:
        return "accepted_elsewhere"
    reasons = {CallState.UNANSWERED: "timeout", CallState.DECLINED: "declined"}
    return reasons.get(call.state, "")


def _time_of(call: Call, kind: UpdateKind) -> float:
    """Return the time of an event, which is in the past for an event out of order."""
    if kind is UpdateKind.ACCEPTED and call.answered_at is not None:
        return call.answered_at
    return time.time()
