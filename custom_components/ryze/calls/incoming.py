"""Incoming calls: their ids, and the report of each one."""

from collections import deque

from homeassistant.core import Context

from ..api import CallUpdateKind
from .call import Call, CallEvent, CallType
from .memory import MEMORY_CALLS
from .news import News
from .reporter import CallListener
from .store import RyzeStore


class IncomingCalls:
    """The incoming calls of an instance, each of which is reported once.

    They are kept apart from our calls, so that many incoming calls do not push ours out
    of the memory.
    """

    def __init__(self, report: CallListener, store: RyzeStore) -> None:
        """Initialize."""
        self._report = report
        self._store = store
        self._ids: deque[str] = deque(maxlen=MEMORY_CALLS)
        # The ids of the calls that were reported.
        self._reported: deque[str] = deque(maxlen=MEMORY_CALLS)

    def __contains__(self, call_id: object) -> bool:
        """Return whether an id is that of an incoming call."""
        return call_id in self._ids

    def receive(self, news: News) -> None:
        """Note that an id is that of an incoming call, and report the call's offer."""
        update = news.update
        if update.call_id and update.call_id not in self._ids:
            self._ids.append(update.call_id)
        if update.kind is not CallUpdateKind.OFFER or update.group:
            return
        if update.call_id in self._reported:
            return
        if update.call_id:
            self._reported.append(update.call_id)
        book = self._store.lids
        numbers = map(book.number_of, news.callers(book))
        call = Call(
            type=CallType.INCOMING,
            number=next((number for number in numbers if number), None),
            call_id=update.call_id,
            observed=True,
            context=Context(),
        )
        self._report(CallEvent.RECEIVED, call)
