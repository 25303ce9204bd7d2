"""Calls of a session that are under way."""

from __future__ import annotations

import threading

from polyproc import _frames


class Pending:
    """A call that was sent, or is about to be."""

    # Most of these are never set: they are here, and not in a constructor, for speed.
    sequence = 0
    done = False
    response = b""
    error: Exception | None = None
    given_up = False
    posted = False
    stays = False
    """Whether it is made in any case, also after an outage, and nobody hears what comes of it."""
    is_read_within = False
    """Whether its caller has it only once it has read the response: until then it may go back."""
    gate: threading.Lock | None = None
    of: Pending | None = None
    """Where it is a Cancel: of which call."""
    is_sent = False
    """Where it is a Cancel: whether it was sent on the connection that there was."""
    cancel: Pending | None = None
    """Where it was given up: its Cancel, once that is among the calls."""
    watchers: dict[Pending, None] | None = None
    """Where it was posted: what stands for the threads that wait for it."""

    def __init__(self, method: bytes, request: bytes, extra: bytes) -> None:
        """With the parts of `_frames.call`."""
        self.method = method
        self.request = request
        self.extra = extra

    def call(self) -> bytes:
        """Its field of a frame."""
        return _frames.call(_frames.varint(self.sequence), self.method, self.request, self.extra)
