"""The life of each call, from the request to its end."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..api import CallUpdate, CallUpdateKind, EndReason, RyzeError
from ..phone_numbers import is_same_person
from .call import Call, CallEvent, Outcome
from .incoming import IncomingCalls
from .lids import LidBook
from .memory import CallMemory, FollowedCall
from .news import News
from .outcomes import CallOutcomes
from .reporter import CallListener
from .store import RyzeStore
from .waiting import WaitingNews

# Seconds. News of an incoming call may wait this long for the answer to a request to the
# same person. An incoming call reported later is stale: a gate may open on it.
OFFER_HOLD: Final = 5.0
# Seconds in which news with an unknown LID wait until RyzeAPI tells whose it is.
LID_HOLD: Final = 10.0


class CallTracker:
    """Finds the call that each update is about, and follows it.

    The tracker lives on while its entry reloads, because phones go on ringing.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        report: CallListener,
        store: RyzeStore,
        ask_lid: Callable[[str], bool],
    ) -> None:
        """Initialize; `ask_lid` returns whether the LID of a number is being asked for."""
        self._loop = hass.loop
        self._report = report
        self._store = store
        self._ask_lid = ask_lid
        self._outcomes = CallOutcomes(hass, report, store)
        self._calls = CallMemory()
        self._requests: list[FollowedCall] = []
        # Calls without an answer to their request.
        self._doubtful: list[FollowedCall] = []
        # News that wait for the answer to a request, and news that wait for a LID.
        self._early = WaitingNews(hass.loop, OFFER_HOLD, self._read)
        self._hidden = WaitingNews(hass.loop, LID_HOLD, self._read)
        self._incoming = IncomingCalls(report, store)
        # Whether updates may come through.
        self._may_hear = False
        # How updates found their calls, for diagnostics.
        self.matches: Counter[str] = Counter()

    @property
    def _book(self) -> LidBook:
        """Return the known LIDs."""
        return self._store.lids

    @callback
    def async_recall(self, call: Call) -> None:
        """Follow a call that was placed before a restart."""
        followed = self._follow(call)
        # The event loop's clock starts anew with each process.
        age = (dt_util.utcnow() - call.at).total_seconds()
        followed.ringing_since -= max(age, 0)
        self._calls.remember(followed, self._loop.time())

    @callback
    def async_set_live(self, live: bool | None) -> None:
        """Note whether updates come through, and since when without a gap.

        As long as it is not known, silence has no meaning.
        """
        self._may_hear = live is not False
        live = live is True
        if live != (self._outcomes.live_since is not None):
            self._outcomes.live_since = self._loop.time() if live else None

    @callback
    def async_shutdown(self) -> None:
        """Cancel all timers and release all waiting actions, for good."""
        self._outcomes.closed = True
        self._early.clear()
        self._hidden.clear()
        for followed in self._calls.values():
            followed.let_go()

    # Requests.

    @callback
    def async_note_request(self, call: Call) -> FollowedCall:
        """Follow a call that is being requested."""
        followed = self._follow(call)
        self._requests.append(followed)
        return followed

    def _follow(self, call: Call) -> FollowedCall:
        """Return a new record of a call."""
        now = self._loop.time()
        return FollowedCall(call=call, begun_at=now, ringing_since=now, changed_at=now)

    @callback
    def async_note_placed(self, followed: FollowedCall, call_id: str) -> None:
        """Note the answer to a request, and read the updates that waited for it."""
        self._requests.remove(followed)
        call = followed.call
        call.call_id = call_id
        followed.ringing_since = self._loop.time()
        self._calls.remember(followed, self._loop.time())
        call.outcome = Outcome.PLACED
        call.observed = True
        self._report(CallEvent.PLACED, call)
        self._outcomes.expect(followed)
        self._learn_lid(followed)
        self._early.read_again()

    @callback
    def async_note_failed(self, followed: FollowedCall, error: RyzeError) -> None:
        """Note that a request failed, and read the updates that waited for its answer."""
        self._requests.remove(followed)
        call = followed.call
        call.outcome = Outcome.FAILED
        call.error = error
        call.observed = error.reported
        followed.changed_at = self._loop.time()
        if error.may_ring:
            self._doubtful.append(followed)
        self._report(CallEvent.FAILED, call)
        if error.may_ring:
            self._learn_lid(followed)
        self._early.read_again()
        self._forget_doubts()

    def _learn_lid(self, followed: FollowedCall) -> bool:
        """Ask for the LID of the person who is called; return whether it is asked for."""
        number = followed.call.number
        if not number or self._book.lid_of(number) or not self._may_hear:
            return False
        return self._ask_lid(number)

    # Updates.

    @callback
    def async_handle_update(self, update: CallUpdate) -> None:
        """Handle an update about a call."""
        for identity in update.people:
            if identity.number and identity.lid:
                self._store.async_learn_lid(identity.number, identity.lid)
        self._read(News(update, self._loop.time()))

    @callback
    def async_handle_lids(self) -> None:
        """Read the news again that waited for a LID."""
        self._hidden.read_again()

    def _read(self, news: News) -> None:
        """Find the call that an update is about, and apply the update."""
        if self._outcomes.closed:
            return
        update = news.update
        # The first rule: the call with this id.
        if followed := self._calls.find(update.call_id):
            self.matches["id"] += 1
            if followed.event_id is None and update.call_id:
                followed.event_id = update.call_id
            self._apply(followed, news, ours=True)
            return
        outgoing = news.outgoing(self._book)
        if update.call_id in self._incoming:
            outgoing = False
        if self._wait_for_answer(news, outgoing=outgoing):
            return
        if outgoing is False:
            self._receive(news)
        elif update.group or update.kind is CallUpdateKind.NOTICE:
            self.matches["group" if update.group else "notice"] += 1
        elif update.kind is CallUpdateKind.OFFER and outgoing is None:
            self._receive_open_offer(news)
        elif followed := self._candidate(news, outgoing=outgoing):
            self._adopt(followed, news)
            followed.id_guessed = outgoing is None
            self._apply(followed, news, ours=outgoing is True)
        elif not self._wait_for_lid(news):
            self.matches["nothing"] += 1

    def _apply(self, followed: FollowedCall, news: News, *, ours: bool) -> None:
        """Apply an update to its call."""
        device = news.device(followed, self._book)
        self._outcomes.apply(followed, news.update, device, ours=ours)

    # News that wait.

    def _wait_for_answer(self, news: News, *, outgoing: bool | None) -> bool:
        """Keep news that may be about a call that is being requested right now."""
        if news.update.kind in (CallUpdateKind.PROGRESS, CallUpdateKind.NOTICE):
            return False
        # An update that names nobody may have the id that the answer brings.
        unnamed = outgoing is not False and not news.others(self._book)
        if not any(
            unnamed or news.may_be_about(item, self._book) for item in self._requests
        ):
            return False
        if outgoing is False and self._early.is_over(news):
            return False
        # Other news wait for the answer, however long it takes. With a timer, they would
        # be read again without a pause once OFFER_HOLD is over.
        self._early.add(news, timed=outgoing is False)
        return True

    def _wait_for_lid(self, news: News) -> bool:
        """Keep news of a hidden person, while a call to that person may ring."""
        if self._hidden.is_over(news) or not news.hides(self._book):
            return False
        asked = [
            self._learn_lid(item)
            for item in self._ringing(news.at)
            if item.event_id is None and not self._book.lid_of(item.call.number)
        ]
        return any(asked) and self._hidden.add(news)

    # Calls of ours.

    def _ringing(self, at: float) -> list[FollowedCall]:
        """Return the calls that might ring at a time, the oldest first."""
        found = [
            item
            for item in (*self._calls.values(), *self._doubtful)
            if item.may_ring(at)
        ]
        return sorted(found, key=lambda item: item.begun_at)

    def _forget_doubts(self) -> None:
        """Drop requests without an answer that are too old for news."""
        now = self._loop.time()
        self._doubtful = [item for item in self._doubtful if item.may_ring(now)]

    def _candidate(self, news: News, *, outgoing: bool | None) -> FollowedCall | None:
        """Return the call whose id an update may bring, the oldest open one first."""
        update = news.update
        if update.call_id is None:
            return None
        if update.kind is CallUpdateKind.PROGRESS and outgoing is None:
            return None
        if update.reason is EndReason.ANSWERED_ELSEWHERE and outgoing is None:
            # This is also the end of an incoming call that somebody at home answered.
            return None
        found = [
            item
            for item in self._ringing(news.at)
            if item.event_id is None and news.is_about(item, self._book)
        ]
        return min(found, key=lambda item: not item.is_open, default=None)

    def _adopt(self, followed: FollowedCall, news: News) -> None:
        """Note the id under which updates tell of a call."""
        call_id = news.update.call_id
        assert call_id
        by_number = any(
            is_same_person(identity.number, followed.call.number)
            for identity in news.update.people
        )
        self.matches[f"adopted by {'number' if by_number else 'LID'}"] += 1
        if followed in self._doubtful:
            self._doubtful.remove(followed)
            followed.call.call_id = call_id
            self._calls.remember(followed, self._loop.time())
        self._calls.adopt(followed, call_id)

    # Incoming calls.

    def _receive_open_offer(self, news: News) -> None:
        """Report an offer without a direction, unless a call of ours may be its cause."""
        callers = news.callers(self._book)
        own_lid_unknown = self._book.own.lid is None
        for followed in (*self._requests, *self._ringing(news.at)):
            if followed.event_id is not None and not followed.id_guessed:
                # The offer of this call has another id.
                continue
            hidden = any(
                item.lid and self._book.number_of(item) is None for item in callers
            )
            if (
                not callers
                or news.may_be_about(followed, self._book)
                or (hidden and own_lid_unknown)
            ):
                self.matches["offer that may be ours"] += 1
                return
        self._receive(news)

    def _receive(self, news: News) -> None:
        """Count an update about an incoming call, and report the call's offer."""
        self.matches["incoming"] += 1
        self._incoming.receive(news)
