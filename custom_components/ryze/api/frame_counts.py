"""Statistics of received frames, for diagnostics."""

from collections import Counter
from typing import Any, Final

from .frames import Frame, UnknownFrame

# Limit for the kinds of unread frames whose shape is kept.
MAX_KINDS: Final = 20


class FrameCounts(Counter[str]):
    """Counts frames by kind, and keeps the shape of the first unread frame of a kind."""

    def __init__(self) -> None:
        """Start with no frames."""
        super().__init__()
        self.shapes: dict[str, Any] = {}

    def add(self, frame: Frame) -> None:
        """Count a frame."""
        if not isinstance(frame, UnknownFrame):
            self["other" if frame is None else type(frame).__name__] += 1
            return
        self[frame.kind] += 1
        if self[frame.kind] == 1 and len(self.shapes) < MAX_KINDS:
            self.shapes[frame.kind] = frame.shape
