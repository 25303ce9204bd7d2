"""What every client of Attach owes in each frame, whatever a script is about.

proto/conformance/README.md, "Attach: what a client owes", numbers the rules.
"""

from __future__ import annotations

import collections
from dataclasses import dataclass, field

from polyproc._methods import Method
from polyproc.v1 import queue_pb2, session_pb2

PUT = Method("QueueService/Put", queue_pb2.QueuePutRequest, queue_pb2.QueuePutResponse)
GET = Method("QueueService/Get", queue_pb2.QueueGetRequest, queue_pb2.QueueGetResponse)
CANCEL = Method(
    "SessionService/Cancel", session_pb2.SessionCancelRequest, session_pb2.SessionCancelResponse
)


@dataclass
class OfAttachment:
    """What an attachment has brought so far."""

    last: int = 0
    came: set[int] = field(default_factory=set)
    confirmed: set[int] = field(default_factory=set)


class Ledger:
    """All calls of a session, over all its attachments, by number."""

    def __init__(self, session: str, window: int) -> None:
        self.broken: list[str] = []
        self.gets: collections.deque[str] = collections.deque()
        self.given_up: set[str] = set()
        self.numbers: dict[str, int] = {}
        self._session = session
        self._window = window
        self._names: dict[int, str] = {}
        self._sent: dict[int, session_pb2.Call] = {}
        self._replied: set[int] = set()
        self._confirmed: set[int] = set()
        self._attachment = 0

    def reply(self, number: int) -> None:
        """A reply is about to be sent."""
        if self._names.get(number) not in self.given_up:
            self._replied.add(number)

    def settle(self, name: str) -> None:
        """The Cancel of a call is about to be answered."""
        self._replied.add(self.numbers[name])

    def first(self, frame: session_pb2.SessionAttachRequest) -> None:
        """The first frame of an attachment has come."""
        self._require(frame.session == self._session, f"the first frame names {frame.session!r}")
        self._require(
            frame.attachment > self._attachment,
            f"attachment {frame.attachment} comes after {self._attachment}",
        )
        self._attachment = frame.attachment

    def next(self, frame: session_pb2.SessionAttachRequest) -> None:
        """Another frame has come."""
        self._require(
            not frame.session and not frame.attachment,
            "a later frame names a session or an attachment",
        )

    def arrive(
        self, attachment: OfAttachment, frame: session_pb2.SessionAttachRequest
    ) -> tuple[list[str], list[session_pb2.Call]]:
        """What a frame brought: the names of callers' calls that were not given up; and others."""
        self._confirm(attachment, frame)
        named, others = [], []
        for call in frame.calls:
            self._arrive(attachment, call)
            name = self._names.get(call.sequence)
            if name is None:
                others.append(call)
            elif name not in self.given_up:
                named.append(name)
        unconfirmed = len(self._sent) - len(self._confirmed)
        self._require(unconfirmed <= self._window, f"{unconfirmed} calls are not confirmed")
        return named, others

    def _confirm(self, attachment: OfAttachment, frame: session_pb2.SessionAttachRequest) -> None:
        numbers = {n for n in self._sent if n < frame.received_below}
        for span in frame.received:
            self._require(span.first <= span.last, f"a range from {span.first} to {span.last}")
            numbers |= {n for n in self._sent if span.first <= n <= span.last}
        for n in numbers:
            self._require(n in self._replied, f"call {n} ({self._names.get(n)}) is confirmed")
        self._confirmed |= numbers
        attachment.confirmed |= numbers

    def _arrive(self, attachment: OfAttachment, call: session_pb2.Call) -> None:
        n = call.sequence
        self._require(n > attachment.last, f"call {n} after {attachment.last}")
        attachment.last = n
        before = self._sent.get(n)
        attachment.came.add(n)
        if before is not None:
            self._require(
                before.SerializeToString(deterministic=True)
                == call.SerializeToString(deterministic=True),
                f"call {n} is another one when it is repeated",
            )
            self._require(n not in self._confirmed, f"call {n} is repeated and was confirmed")
            return
        self._require(n > max(self._sent, default=0), f"new call {n} is below an older one")
        for earlier, name in self._names.items():
            self._require(
                earlier in self._replied or name in self.given_up or earlier in attachment.came,
                f"new call {n} comes before the repeat of {name}",
            )
        self._sent[n] = call
        called = self._name(call)
        if called is not None:
            self._require(called not in self.numbers, f"call {called} has two numbers")
            self._names[n] = called
            self.numbers[called] = n

    def _name(self, call: session_pb2.Call) -> str | None:
        """The name of a caller's call; None for what the client calls by itself."""
        if call.method_number == PUT.number:
            return queue_pb2.QueuePutRequest.FromString(call.request).item.text
        if call.method_number != GET.number:
            return None
        self._require(bool(self.gets), "a get that nobody made")
        return self.gets.popleft()

    def cancelled(self, call: session_pb2.Call) -> str | None:
        """The name of the call that a Cancel takes back; None where it is no Cancel."""
        if call.method_number != CANCEL.number:
            return None
        cancel = session_pb2.SessionCancelRequest.FromString(call.request)
        self._require(cancel.undo, f"a Cancel of {cancel.sequence} without undo")
        name = self._names.get(cancel.sequence) or ""
        self._require(name in self.given_up, f"a Cancel of {cancel.sequence}, not given up")
        return name

    def _require(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.broken.append(sentence)
