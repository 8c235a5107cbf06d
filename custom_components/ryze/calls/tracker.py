"""The life of each call, from the request to its end."""

from collections import deque
from collections.abc import Callable
from typing import Final

from homeassistant.core import Context, HomeAssistant, callback

from ..api import CallUpdate, CallUpdateKind, RyzeError
from ..phone_numbers import is_same_person
from .call import Call, CallEvent, CallType, Outcome
from .memory import MEMORY_CALLS, CallMemory, FollowedCall
from .news import News
from .reporter import CallListener
from .store import RyzeStore

# Seconds. An offer may wait for the answer to a request. An incoming call reported later
# than this is stale: an automation may open a gate on it.
OFFER_HOLD: Final = 5.0
# Seconds in which an update may still tell the fate of a request without an answer.
DOUBT: Final = 60.0
# Seconds. The news of a call's end may overtake the news of its answer.
REORDER: Final = 1.0
# Seconds after the ringing of a fake call, after which silence means "not answered".
INFERENCE_MARGIN: Final = 10.0

# Limit for updates that wait for an answer; a flood of foreign updates must not fill the
# memory.
EARLY_UPDATES: Final = 100

# No later update changes these outcomes.
_FINAL: Final = (Outcome.ANSWERED, Outcome.REJECTED)


class CallTracker:
    """Follows the calls of an instance, and reports each event of a call once.

    The tracker lives on while its entry reloads, because phones go on ringing.
    """

    def __init__(
        self, hass: HomeAssistant, report: CallListener, store: RyzeStore
    ) -> None:
        """Initialize."""
        self._loop = hass.loop
        self._report = report
        self._store = store
        self._calls = CallMemory()
        self._requests: list[FollowedCall] = []
        self._doubtful: list[FollowedCall] = []
        self._early: list[News] = []
        # Kept apart from our calls, so that many incoming calls do not push ours out of
        # the memory.
        self._incoming: deque[str] = deque(maxlen=MEMORY_CALLS)
        self._live_since: float | None = None
        self._closed = False

    @property
    def _ringing(self) -> list[FollowedCall]:
        """Return the calls that may still ring, including those whose request failed."""
        return [
            followed
            for followed in self._calls.values()
            if followed.call.outcome in (Outcome.PLACED, Outcome.FAILED)
        ]

    @property
    def _guessed(self) -> list[FollowedCall]:
        """Return the recent calls whose id may be another call's."""
        since = self._loop.time() - DOUBT
        return [
            followed
            for followed in self._calls.values()
            if followed.id_guessed and followed.changed_at > since
        ]

    @callback
    def async_recall(self, call: Call) -> None:
        """Follow a call that was placed before a restart."""
        # The event loop's clock starts anew with each process.
        now = self._loop.time()
        followed = FollowedCall(call=call, begun_at=now, changed_at=now)
        self._calls.remember(followed, now)

    @callback
    def async_set_live(self, live: bool) -> None:
        """Note whether updates come through, and since when without a gap."""
        if live != (self._live_since is not None):
            self._live_since = self._loop.time() if live else None

    @callback
    def async_shutdown(self) -> None:
        """Cancel all timers and release all waiting actions, for good."""
        self._closed = True
        for followed in self._calls.values():
            followed.let_go()

    # Requests.

    @callback
    def async_note_request(self, call: Call) -> FollowedCall:
        """Follow a call that is being requested."""
        now = self._loop.time()
        followed = FollowedCall(call=call, begun_at=now, changed_at=now)
        self._requests.append(followed)
        return followed

    @callback
    def async_note_placed(self, followed: FollowedCall, call_id: str) -> None:
        """Note the answer to a request, and read the updates that waited for it."""
        self._requests.remove(followed)
        call = followed.call
        call.call_id = call_id
        self._calls.remember(followed, self._loop.time())
        call.outcome = Outcome.PLACED
        call.observed = True
        self._report(CallEvent.PLACED, call)
        if self._closed:
            followed.settled.set()
        elif call.duration is not None:
            self._later(followed, call.duration + INFERENCE_MARGIN, self._infer)
        self._handle_early()

    @callback
    def async_note_failed(self, followed: FollowedCall, error: RyzeError) -> None:
        """Note that a request failed, and read the updates that waited for its answer."""
        self._requests.remove(followed)
        call = followed.call
        call.outcome = Outcome.FAILED
        call.error = error
        call.observed = error.reported
        followed.changed_at = self._loop.time()
        self._forget_doubts()
        if error.may_ring:
            self._doubtful.append(followed)
        self._report(CallEvent.FAILED, call)
        self._handle_early()

    # Updates.

    @callback
    def async_handle_update(self, update: CallUpdate, own_number: str | None) -> None:
        """Handle an update about a call."""
        self._handle(News(update, own_number, self._loop.time()))

    def _handle(self, news: News) -> None:
        """Find the call that an update is about, and apply the update."""
        update = news.update
        if update.kind is CallUpdateKind.OTHER:
            return
        # The id in an answer to a request is ours, whatever was concluded before.
        if followed := self._calls.get(update.call_id or ""):
            self._apply(followed, update.kind)
        elif update.call_id in self._incoming:
            return
        elif update.outgoing is not False and news.matching(self._requests):
            if len(self._early) < EARLY_UPDATES:
                self._early.append(news)
        elif followed := self._settle_doubt(news):
            self._apply(followed, update.kind)
        elif update.kind is CallUpdateKind.OFFER:
            self._receive(news)

    def _handle_early(self) -> None:
        """Handle the updates that waited for the answer to a request."""
        waiting, self._early = self._early, []
        for news in waiting:
            self._handle(news)

    def _forget_doubts(self) -> None:
        """Drop requests without an answer that are too old for news."""
        now = self._loop.time()
        self._doubtful = [
            followed for followed in self._doubtful if now - followed.changed_at < DOUBT
        ]

    def _settle_doubt(self, news: News) -> FollowedCall | None:
        """Return the call without an answer that an update is about, with its new id."""
        update = news.update
        self._forget_doubts()
        if not update.call_id or not news.person_keys or update.outgoing is False:
            return None
        offer = update.kind is CallUpdateKind.OFFER
        for followed in news.matching(self._doubtful):
            if offer and is_same_person(update.caller, followed.call.number):
                # The person who was called calls back.
                continue
            self._doubtful.remove(followed)
            followed.call.call_id = update.call_id
            followed.id_guessed = True
            self._calls.remember(followed, self._loop.time())
            return followed
        return None

    def _is_surely_incoming(self, news: News) -> bool:
        """Return whether an offer is certainly a call to us: a gate may open on it."""
        update = news.update
        if update.outgoing or self._loop.time() - news.at > OFFER_HOLD:
            return False
        if is_same_person(update.caller, news.own_number):
            return False
        if update.outgoing is False:
            return True
        # The direction is open. The offer counts as ours where it can belong to one of
        # our calls, because RyzeAPI may give another id here than in its answer.
        if news.matching(self._requests + self._doubtful + self._guessed):
            return False
        return self._store.reports_outcomes or not news.matching(self._ringing)

    def _receive(self, news: News) -> None:
        """Report an incoming call, unless it may be one of ours."""
        surely = self._is_surely_incoming(news)
        update = news.update
        others = (n for n in update.numbers if not is_same_person(n, news.own_number))
        call = Call(
            type=CallType.INCOMING,
            number=update.caller or next(others, None),
            call_id=update.call_id,
            observed=True,
            context=Context(),
        )
        if call.call_id:
            # Later updates with this id are not about a call of ours.
            self._incoming.append(call.call_id)
        if surely:
            self._report(CallEvent.RECEIVED, call)

    def _apply(self, followed: FollowedCall, kind: CallUpdateKind) -> None:
        """Apply an update to a call; repeated news change nothing."""
        call = followed.call
        if kind is CallUpdateKind.OFFER:
            return
        if not self._closed and not followed.id_guessed:
            self._store.async_note_outcome()
        match kind:
            case CallUpdateKind.ACCEPTED if call.outcome not in _FINAL:
                self._settle(followed, Outcome.ANSWERED, CallEvent.ANSWERED)
                if followed.ended:
                    self._report(CallEvent.ENDED, call)
            case CallUpdateKind.REJECTED if call.outcome not in _FINAL:
                self._settle(followed, Outcome.REJECTED, CallEvent.REJECTED)
            case CallUpdateKind.TERMINATED if not followed.ended:
                followed.ended = True
                if call.outcome is Outcome.ANSWERED:
                    self._report(CallEvent.ENDED, call)
                elif call.outcome is not Outcome.REJECTED:
                    self._later(followed, REORDER, self._end_unanswered)

    def _end_unanswered(self, followed: FollowedCall) -> None:
        """Note that a call ended without the news of an answer."""
        call = followed.call
        if call.outcome is Outcome.UNANSWERED:
            # The outcome was concluded before, and is certain now.
            call.observed = True
            self._report(None, call)
        elif self._may_have_missed_news(followed):
            self._give_up(followed)
        else:
            self._settle(followed, Outcome.UNANSWERED, CallEvent.UNANSWERED)

    def _may_have_missed_news(self, followed: FollowedCall) -> bool:
        """Return whether updates may have been lost since a call was requested."""
        return self._live_since is None or self._live_since > followed.begun_at

    def _give_up(self, followed: FollowedCall) -> None:
        """Note that the outcome of a call is unknown, which is no event."""
        call = followed.call
        call.outcome = Outcome.UNKNOWN
        call.observed = False
        call.error = None
        followed.settled.set()
        self._report(None, call)

    def _infer(self, followed: FollowedCall) -> None:
        """Conclude the outcome of a fake call from silence, where silence has meaning."""
        if self._may_have_missed_news(followed) or not self._store.reports_outcomes:
            self._give_up(followed)
            return
        self._settle(followed, Outcome.UNANSWERED, CallEvent.UNANSWERED, observed=False)

    def _settle(
        self,
        followed: FollowedCall,
        outcome: Outcome,
        event: CallEvent,
        *,
        observed: bool = True,
    ) -> None:
        """Note and report the outcome of a call."""
        if followed.timer:
            followed.timer.cancel()
            followed.timer = None
        call = followed.call
        call.outcome = outcome
        call.observed = observed
        call.error = None
        followed.changed_at = self._loop.time()
        followed.settled.set()
        self._report(event, call)

    def _later(
        self,
        followed: FollowedCall,
        delay: float,
        action: Callable[[FollowedCall], None],
    ) -> None:
        """Set the timer of a call, which replaces an earlier one."""
        if followed.timer:
            followed.timer.cancel()
        followed.timer = (
            None if self._closed else self._loop.call_later(delay, action, followed)
        )
