"""The telephone network: virtual phones, and the calls to and from them."""

import asyncio
from collections.abc import Callable
import secrets
import time

from .audio import estimate_seconds
from .model import Behaviour, CallState, CallType, Choices
from .records import Call, Phone

_GROUP = "120363040000000001@g.us"


class CallError(Exception):
    """An action that the state of a call does not allow."""


class PhoneNetwork:
    """Phones by number, and all calls so far."""

    def __init__(self) -> None:
        """Start without phones."""
        self.choices = Choices()
        self.default_behaviour = Behaviour.IGNORE
        self.ring_time = 45.0
        """Seconds of ringing of an audio call."""
        self.second = 1.0
        """Real seconds per second of a fake call's ringing; tests shorten it."""
        self.talk_time = 3.0
        """Seconds that a phone with the behaviour ANSWER listens to an audio call."""
        self.linked_after = 0.5
        """Seconds from the ring until a linked device declines."""
        self.phones: dict[str, Phone] = {}
        self.calls: list[Call] = []
        self.call_listeners: list[Callable[[Call], None]] = []
        """Called after every change of a call's state, and when a call begins."""
        self.linked_listeners: list[Callable[[Call], None]] = []
        """Called when a linked device declines a call that goes on ringing."""
        self.change_listeners: list[Callable[[], None]] = []
        """Called after every change that the page shows."""
        self._timers: dict[str, list[asyncio.TimerHandle]] = {}

    def phone(self, number: str) -> Phone:
        """Return the phone with a number, after adding it if necessary."""
        if number not in self.phones:
            self.add_phone(number, behaviour=self.default_behaviour)
        return self.phones[number]

    def add_phone(
        self,
        number: str,
        name: str | None = None,
        behaviour: Behaviour = Behaviour.MANUAL,
    ) -> Phone:
        """Add a phone, or change the phone with this number."""
        phone = self.phones.setdefault(number, Phone(number))
        phone.name = name or phone.name
        phone.behaviour = behaviour
        self.changed()
        return phone

    def rings(self, number: str) -> int:
        """Return the number of times that a phone rang."""
        phone = self.phones.get(number)
        return phone.rings if phone else 0

    def call(self, call_id: str) -> Call:
        """Return a call by its id."""
        for call in self.calls:
            if call.id == call_id:
                return call
        raise CallError("no such call")

    def place(
        self,
        instance: str,
        number: str,
        *,
        duration: int | None = None,
        audio: bytes | None = None,
        media_type: str | None = None,
        held: bool = False,
    ) -> Call:
        """Place a fake call if there is a duration, otherwise an audio call."""
        phone = self.phone(number)
        call = Call(
            id=_new_id(),
            instance=instance,
            number=number,
            type=CallType.AUDIO if duration is None else CallType.FAKE,
            ring_seconds=(
                self.ring_time if duration is None else duration * self.second
            ),
            duration=duration,
            audio=audio,
            media_type=media_type,
            held=held,
            event_id="" if self.choices.id_matches else secrets.token_hex(16).upper(),
        )
        self.calls.append(call)
        if phone.behaviour is not Behaviour.OFF:
            phone.rings += 1
            call.ring = phone.rings
            phone.calls.append(call)
        # The timers start in this order, so that a slow machine cannot reverse them.
        if phone.behaviour is Behaviour.ANSWER:
            self._later(call, phone.answer_after, self._answer)
        elif phone.behaviour is Behaviour.DECLINE:
            self._later(call, phone.answer_after, self._decline)
        if phone.linked_declines and call.ring:
            self._later(call, self.linked_after, self._linked_decline)
        self._later(call, call.ring_seconds, self._ring_out)
        self._tell(call)
        return call

    def call_in(
        self,
        number: str,
        instance: str = "home",
        *,
        seconds: float = 5.0,
        group: str = "",
    ) -> Call:
        """Let a phone call an instance until the time is up or the phone hangs up."""
        call = Call(
            id=_new_id(),
            instance=instance,
            number=number,
            type=CallType.INCOMING,
            ring_seconds=seconds,
            group=group,
        )
        self.calls.append(call)
        self.phone(number).calls.append(call)
        self._later(call, seconds, self._ring_out)
        self._tell(call)
        return call

    def group_call(
        self, number: str, instance: str = "home", *, seconds: float = 5.0
    ) -> Call:
        """Let a phone call a group, with the instance in it, for some seconds."""
        return self.call_in(number, instance, seconds=seconds, group=_GROUP)

    def answer(self, call_id: str) -> None:
        """Answer a ringing call."""
        call = self.call(call_id)
        if call.state is not CallState.RINGING or not call.ring:
            raise CallError("the phone does not ring")
        self._answer(call)

    def decline(self, call_id: str) -> None:
        """Decline a ringing call."""
        call = self.call(call_id)
        if call.state is not CallState.RINGING or not call.ring:
            raise CallError("the phone does not ring")
        self._decline(call)

    def hang_up(self, call_id: str) -> None:
        """End an answered call, or a call that the phone itself makes."""
        call = self.call(call_id)
        calling = call.type is CallType.INCOMING and not call.state.is_over
        if call.state is not CallState.ANSWERED and not calling:
            raise CallError("the call was not answered, or is over")
        self._ring_out(call)

    def answer_elsewhere(self, call: Call) -> None:
        """Answer an incoming call on another device of the instance's own account."""
        if call.type is not CallType.INCOMING or call.state.is_over:
            raise CallError("no incoming call in progress")
        call.elsewhere = True
        self._answer(call)
        self._ring_out(call)

    def drop_calls(self) -> None:
        """End all calls in progress."""
        for call in self.calls:
            if not call.state.is_over:
                self._ring_out(call)

    def changed(self) -> None:
        """Notify all listeners about a change."""
        for listener in tuple(self.change_listeners):
            listener()

    def _later(self, call: Call, delay: float, action: Callable[[Call], None]) -> None:
        timer = asyncio.get_running_loop().call_later(delay, action, call)
        self._timers.setdefault(call.id, []).append(timer)

    def _cancel_timers(self, call: Call) -> None:
        for timer in self._timers.pop(call.id, ()):
            timer.cancel()

    def _answer(self, call: Call) -> None:
        if call.state is not CallState.RINGING:
            return
        call.state = CallState.ANSWERED
        call.answered_at = time.time()
        call.rung.set()
        if call.type is CallType.AUDIO:
            self._cancel_timers(call)
            self._later(call, self._listening_seconds(call), self._ring_out)
        self._tell(call)

    def _listening_seconds(self, call: Call) -> float:
        if self.phone(call.number).behaviour is not Behaviour.MANUAL:
            return self.talk_time
        # The page reports the end of the audio. Without an open page, this time ends
        # the call.
        return estimate_seconds(call.audio or b"") + 10

    def _decline(self, call: Call) -> None:
        if call.state is CallState.RINGING:
            self._finish(call, CallState.DECLINED)

    def _linked_decline(self, call: Call) -> None:
        if call.state is CallState.RINGING:
            for listener in tuple(self.linked_listeners):
                listener(call)

    def _ring_out(self, call: Call) -> None:
        answered = call.state is CallState.ANSWERED
        self._finish(call, CallState.ENDED if answered else CallState.UNANSWERED)

    def _finish(self, call: Call, state: CallState) -> None:
        self._cancel_timers(call)
        call.state = state
        call.ended_at = time.time()
        call.rung.set()
        call.over.set()
        phone = self.phone(call.number)
        phone.calls = [other for other in phone.calls if other is not call]
        self._tell(call)

    def _tell(self, call: Call) -> None:
        for listener in tuple(self.call_listeners):
            listener(call)
        self.changed()


def _new_id() -> str:
    return secrets.token_hex(10).upper()
