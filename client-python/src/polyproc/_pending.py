"""Calls of a session that are under way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from polyproc import _frames

if TYPE_CHECKING:
    from polyproc._deliveries import UnheardPut


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
    read: Callable[[bytes], Any] | None = None
    """What its caller reads the response by: until it has done so, what was taken may go back."""
    is_unheard = False
    """Whether it is an `UnheardPut`."""
    is_interrupted = False
    """Whether its caller is to give it up, as its error says why."""
    gate: threading.Lock | None = None
    of: Pending | None = None
    """Where it is a Cancel: of which call."""
    sent_on = 0
    """Where it is a Cancel: the number of the attachment that it was last sent on, whole."""
    sought_until = 0.0
    """Where it was given up, or is seen through: how long a connection is sought for that."""
    cancel: Pending | None = None
    """Where it was given up: its Cancel, once that is among the calls."""
    watchers: dict[Pending, None] | None = None
    """Where it was posted: what stands for the threads that wait for it."""

    def __init__(self, method: bytes, request: bytes, extra: bytes) -> None:
        """With the parts of `_frames.call`."""
        self.method = method
        self.request = request
        self.extra = extra

    @property
    def hears(self) -> bool:
        """Whether its caller waits, and wants to be told meanwhile of a put that is refused."""
        is_over = self.done or self.given_up
        return not is_over and getattr(self.handle, "_hears", False)

    @property
    def handle(self) -> Any:
        """Whose method reads the response, else `None`."""
        read = self.read.func if isinstance(self.read, partial) else self.read
        return getattr(read, "__self__", None)

    def call(self) -> bytes:
        """Its field of a frame."""
        return _frames.call(_frames.varint(self.sequence), self.method, self.request, self.extra)


class PutRefused(Exception):
    """A call is given up, as a put is refused of which nobody has heard."""

    def __init__(self, put: UnheardPut) -> None:
        super().__init__(put)
        self.put = put
