"""The life of each call, from the request to its end."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from homeassistant.core import Context, HomeAssistant, callback

from ..api import (
    CallUpdate,
    CallUpdateKind,
    RyzeError,
    RyzeOutcomeUnknownError,
    RyzeServerError,
)
from .call import Call, CallEvent, CallType, Outcome
from .memory import MEMORY_CALLS, CallMemory
from .news import News, is_same
from .store import RyzeStore

# An offer that comes before the answer to a request may be somebody calling us; told
# later than this, it would open a gate to nobody.
OFFER_HOLD: Final = 5.0
# So long an update may still tell what became of a request without an answer.
DOUBT: Final = 60.0
# The end of a call may overtake the news that it was answered.
REORDER: Final = 1.0
# A fake call without news so long after its ringing was not answered.
INFERENCE_MARGIN: Final = 10.0

# More is no news of the few numbers that are called at the same time.
EARLY_UPDATES: Final = 100

# Once this is known, nothing else can be true.
_FINAL: Final = (Outcome.ANSWERED, Outcome.REJECTED)


# Without an event where only what is known of the call has changed.
type CallListener = Callable[[CallEvent | None, Call], None]


class CallTracker:
    """Follows calls, and tells of each thing that happens to them once.

    It outlives the reloads of its entry: phones go on ringing meanwhile.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize."""
        self._loop = hass.loop
        self._fire: CallListener = lambda *_: None
        self._store: RyzeStore | None = None
        self._calls = CallMemory()
        self._requests: list[Call] = []
        self._doubtful: list[Call] = []
        self._early: list[News] = []
        # Not among the others, which many strangers would make us forget.
        self._incoming: deque[str] = deque(maxlen=MEMORY_CALLS)
        self._live_since: float | None = None
        self._closed = False

    @property
    def reports_outcomes(self) -> bool:
        """Return whether this instance has ever told the outcome of a call."""
        return self._store is not None and self._store.reports_outcomes

    @property
    def _ringing(self) -> list[Call]:
        """Return the calls that have no outcome yet, for all their errors."""
        open_ended = (Outcome.PLACED, Outcome.FAILED)
        return [c for c in self._calls.values() if c.outcome in open_ended]

    @property
    def _guessed(self) -> list[Call]:
        """Return the calls whose id may be another's, while that matters."""
        since = self._loop.time() - DOUBT
        return [
            c for c in self._calls.values() if c.id_guessed and c.changed_at > since
        ]

    @callback
    def async_attach(self, fire: CallListener, store: RyzeStore) -> None:
        """Go on with an entry that is loaded."""
        self._fire = fire
        self._store = store

    @callback
    def async_detach(self) -> None:
        """Go on without an entry: what is told until it is back goes the old way."""
        self._store = None
        self._live_since = None

    @callback
    def async_recall(self, calls: Iterable[Call]) -> None:
        """Follow calls of before a restart."""
        for call in calls:
            # Of that clock nothing is left.
            call.begun_at = self._loop.time()
            self._calls.remember(call, self._loop.time())

    @callback
    def async_get(self, call_id: str) -> Call | None:
        """Return a call that is not forgotten yet."""
        return self._calls.get(call_id)

    @callback
    def async_set_live(self, live: bool) -> None:
        """Note since when updates come through without a gap."""
        if live != (self._live_since is not None):
            self._live_since = self._loop.time() if live else None

    @callback
    def async_shutdown(self) -> None:
        """End all waiting and all timers, for good."""
        self._closed = True
        self._store = None
        for call in self._calls.values():
            call.let_go()

    # Requests.

    @callback
    def async_begin(self, call: Call) -> None:
        """Note that a number is being called right now."""
        call.begun_at = self._loop.time()
        self._requests.append(call)

    @callback
    def async_placed(self, call: Call, call_id: str) -> None:
        """Note RyzeAPI's answer, and what is known of the call already."""
        self._requests.remove(call)
        call.call_id = call_id
        self._calls.remember(call, self._loop.time())
        call.outcome = Outcome.PLACED
        call.observed = True
        self._fire(CallEvent.PLACED, call)
        if call.duration is not None and not self._closed:
            call.timer = self._loop.call_later(
                call.duration + INFERENCE_MARGIN, self._infer, call
            )
        elif self._closed:
            call.settled.set()
        self._handle_early()

    @callback
    def async_failed(self, call: Call, error: RyzeError) -> None:
        """Note that there is no call id, for whatever reason."""
        self._requests.remove(call)
        call.outcome = Outcome.FAILED
        call.error = error
        call.observed = error.reported
        call.changed_at = self._loop.time()
        self._forget_doubts()
        if isinstance(error, (RyzeOutcomeUnknownError, RyzeServerError)):
            self._doubtful.append(call)
        self._fire(CallEvent.FAILED, call)
        self._handle_early()

    # Updates.

    @callback
    def async_handle_update(self, update: CallUpdate, own_number: str | None) -> None:
        """Take news of a call."""
        self._handle(News(update, own_number, self._loop.time()))

    def _handle(self, news: News) -> None:
        """Find the call that an update is about."""
        update = news.update
        if update.kind is CallUpdateKind.OTHER:
            return
        # An id from the answer to a request is ours, whatever it looked like before.
        if call := self._calls.get(update.call_id or ""):
            self._apply(call, update.kind)
        elif update.call_id in self._incoming:
            return
        elif update.outgoing is not False and news.is_about(self._requests):
            if len(self._early) < EARLY_UPDATES:
                self._early.append(news)
        elif call := self._settle_doubt(news):
            self._apply(call, update.kind)
        elif update.kind is CallUpdateKind.OFFER:
            self._receive(news)

    def _handle_early(self) -> None:
        """Look again at the updates that waited for an answer."""
        waiting, self._early = self._early, []
        for news in waiting:
            self._handle(news)

    def _forget_doubts(self) -> None:
        """Forget calls without an answer of which there will be no news any more."""
        now = self._loop.time()
        self._doubtful = [
            call for call in self._doubtful if now - call.changed_at < DOUBT
        ]

    def _settle_doubt(self, news: News) -> Call | None:
        """Return the call without an answer whose fate an update tells."""
        update = news.update
        self._forget_doubts()
        if not update.call_id or not news.people or update.outgoing is False:
            return None
        offer = update.kind is CallUpdateKind.OFFER
        for call in news.is_about(self._doubtful):
            if offer and update.caller and is_same(update.caller, call.number):
                # Who was called calls back.
                continue
            self._doubtful.remove(call)
            call.call_id = update.call_id
            call.id_guessed = True
            self._calls.remember(call, self._loop.time())
            return call
        return None

    def _is_surely_incoming(self, news: News) -> bool:
        """Return whether somebody calls us, and not we somebody: a gate may open."""
        update = news.update
        if update.outgoing or self._loop.time() - news.at > OFFER_HOLD:
            return False
        if update.caller and is_same(update.caller, news.own_number):
            return False
        if update.outgoing is False:
            return True
        # Nothing says so. Then it must not be able to be a call of ours, whose id
        # RyzeAPI may tell otherwise here than in its answer.
        if news.is_about(self._requests + self._doubtful + self._guessed):
            return False
        return self.reports_outcomes or not news.is_about(self._ringing)

    def _receive(self, news: News) -> None:
        """Tell that somebody calls, unless that is in doubt."""
        surely = self._is_surely_incoming(news)
        update = news.update
        others = (n for n in update.numbers if not is_same(n, news.own_number))
        call = Call(
            type=CallType.INCOMING,
            number=update.caller or next(others, None),
            call_id=update.call_id,
            observed=True,
            context=Context(),
        )
        if call.call_id:
            # What follows is not about a call of ours.
            self._incoming.append(call.call_id)
        if surely:
            self._fire(CallEvent.RECEIVED, call)

    def _apply(self, call: Call, kind: CallUpdateKind) -> None:
        """Note what an update says of a call; what is known already is passed over."""
        if kind is CallUpdateKind.OFFER:
            return
        if self._store and not call.id_guessed:
            self._store.async_note_outcome()
        match kind:
            case CallUpdateKind.ACCEPTED if call.outcome not in _FINAL:
                self._settle(call, Outcome.ANSWERED, CallEvent.ANSWERED)
                if call.ended:
                    self._fire(CallEvent.ENDED, call)
            case CallUpdateKind.REJECTED if call.outcome not in _FINAL:
                self._settle(call, Outcome.REJECTED, CallEvent.REJECTED)
            case CallUpdateKind.TERMINATED if not call.ended:
                call.ended = True
                if call.outcome is Outcome.ANSWERED:
                    self._fire(CallEvent.ENDED, call)
                elif call.outcome is not Outcome.REJECTED:
                    self._later(call, REORDER, self._end_unanswered)

    def _end_unanswered(self, call: Call) -> None:
        """Note that a call ended, and that no answer was heard of."""
        if call.outcome is Outcome.UNANSWERED:
            # It was concluded already, and now is certain.
            call.observed = True
            return
        if self._may_have_missed_news(call):
            self._give_up(call)
        else:
            self._settle(call, Outcome.UNANSWERED, CallEvent.UNANSWERED)

    def _may_have_missed_news(self, call: Call) -> bool:
        """Return whether updates may have been lost since a call was asked for."""
        return self._live_since is None or self._live_since > call.begun_at

    def _give_up(self, call: Call) -> None:
        """Note that nobody knows what became of a call, which is no event."""
        call.outcome = Outcome.UNKNOWN
        call.observed = False
        call.error = None
        call.settled.set()
        self._fire(None, call)

    def _infer(self, call: Call) -> None:
        """Conclude from silence what became of a fake call, if that is possible."""
        if self._may_have_missed_news(call) or not self.reports_outcomes:
            self._give_up(call)
            return
        self._settle(call, Outcome.UNANSWERED, CallEvent.UNANSWERED, observed=False)

    def _settle(
        self, call: Call, outcome: Outcome, event: CallEvent, *, observed: bool = True
    ) -> None:
        """Note and tell the outcome of a call."""
        if call.timer:
            call.timer.cancel()
            call.timer = None
        call.outcome = outcome
        call.observed = observed
        call.error = None
        call.changed_at = self._loop.time()
        call.settled.set()
        self._fire(event, call)

    def _later(self, call: Call, delay: float, action: Callable[[Call], None]) -> None:
        """Set the one timer that a call has."""
        if call.timer:
            call.timer.cancel()
        call.timer = (
            None if self._closed else self._loop.call_later(delay, action, call)
        )
