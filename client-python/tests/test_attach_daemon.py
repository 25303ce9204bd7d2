"""What a client of Attach may rely on, by the test vectors of all languages.

The scripted client is the package's own connection, and nothing else of it: so that is tested too.
"""

from __future__ import annotations

import collections
import contextlib
import threading
import time
from typing import Any

import pytest

import polyproc
from daemons import Daemon
from ledger import CANCEL, GET, PUT
from peers import SECONDS
from polyproc._address import Address
from polyproc._dialer import Dialer
from polyproc._errors import Error, from_status, from_trailers
from polyproc._http2 import Connection, StreamEnded
from polyproc._methods import Method
from polyproc._unary import unary
from polyproc.v1 import error_pb2, queue_pb2, session_pb2
from raw import Raw, until
from vectors import vectors

_VECTORS = vectors("daemon.json", "DaemonVectors").vectors
_END = Method("SessionService/End", session_pb2.SessionEndRequest, session_pb2.SessionEndResponse)
_OPEN = Method(
    "SessionService/Open", session_pb2.SessionOpenRequest, session_pb2.SessionOpenResponse
)
_ATTACH = "/polyproc.v1.SessionService/Attach"


class VectorStream:
    """A stream of Attach over a connection of its own."""

    def __init__(self, address: str, session: str, attachment: int, queue: str) -> None:
        self._lock = threading.Lock()
        self._connection, metadata = _dialed(address, self._lock)
        self._replies: collections.deque[session_pb2.Reply] = collections.deque()
        self._queue = queue
        self.has_attached = False
        self._is_cut = False
        self.end: Error | None = None
        with self._lock:
            self._connection.open(_ATTACH, metadata)
        self._send(session_pb2.SessionAttachRequest(session=session, attachment=attachment))

    def _send(self, request: session_pb2.SessionAttachRequest) -> None:
        with self._lock:
            self._connection.send(request.SerializeToString())

    def send(self, sent: Any) -> None:
        request = session_pb2.SessionAttachRequest(received_below=sent.received_below)
        request.received.extend(sent.received)
        for each in sent.calls:
            call = request.calls.add(sequence=each.sequence)
            if each.HasField("put"):
                call.method_number = PUT.number
                put = queue_pb2.QueuePutRequest(queue=self._queue)
                put.item.text = each.put
                call.request = put.SerializeToString()
            elif each.HasField("get"):
                call.method_number = GET.number
                call.request = queue_pb2.QueueGetRequest(queue=self._queue).SerializeToString()
            else:
                assert each.HasField("undo")
                call.method_number = CANCEL.number
                cancel = session_pb2.SessionCancelRequest(sequence=each.undo, undo=True)
                call.request = cancel.SerializeToString()
        self._send(request)

    def read(self, seconds: float) -> None:
        """Reads what has come, or comes within so many seconds."""
        if self.end is not None:
            return
        try:
            self._connection.await_data(seconds)
            while self._connection.messages:
                message = self._connection.messages.popleft()
                response = session_pb2.SessionAttachResponse.FromString(message)
                self.has_attached = self.has_attached or response.attached
                self._replies += response.replies
            self._connection.raise_end()
        except StreamEnded as e:
            self.end = from_trailers(e.trailers.items())

    def next(self) -> session_pb2.Reply:
        end = time.monotonic() + SECONDS
        while not self._replies:
            assert self.end is None
            assert time.monotonic() < end
            self.read(SECONDS)
        return self._replies.popleft()

    def rest(self) -> list[session_pb2.Reply]:
        """What has come besides."""
        if not self._is_cut:
            self.read(0)
        return list(self._replies)

    def cut(self) -> None:
        self._is_cut = True
        self._connection.abandon()


def _dialed(address: str, lock: threading.Lock) -> tuple[Connection, list[tuple[str, str | bytes]]]:
    dialer = Dialer(Address.parse(address), None, None)
    io, metadata = dialer.dial(SECONDS)
    return Connection(io, lock, dialer.authority, dialer.scheme), metadata


class Script:
    """A new session, a new queue, and somebody else who looks."""

    def __init__(self, address: str, observer: Raw) -> None:
        self._address = address
        self._observer = observer
        self._queue = observer.queue()
        request = session_pb2.SessionOpenRequest(client="a vector")
        request.time_to_live.seconds = 300
        opened = self._unary(_OPEN.path, request.SerializeToString())
        self._session = _OPEN.read(opened).session
        self._streams: dict[int, VectorStream] = {}

    def _unary(self, path: str, request: bytes, *more: tuple[str, str | bytes]) -> bytes:
        lock = threading.Lock()
        connection, metadata = _dialed(self._address, lock)
        try:
            return unary(connection, lock, path, [*metadata, *more], request)
        finally:
            connection.close()

    def play(self, step: Any) -> None:
        kind = step.WhichOneof("step")
        getattr(self, f"_{kind}")(getattr(step, kind))

    def _attach(self, attachment: int) -> None:
        self._streams[attachment] = VectorStream(
            self._address, self._session, attachment, self._queue
        )

    def _expect_attached(self, attachment: int) -> None:
        stream = self._streams[attachment]
        while not stream.has_attached:
            assert stream.end is None
            stream.read(SECONDS)

    def _send(self, sent: Any) -> None:
        self._streams[sent.attachment].send(sent)

    def _expect_replies(self, expected: Any) -> None:
        for reply in expected.replies:
            came = self._streams[expected.attachment].next()
            assert came.sequence == reply.sequence
            kind = reply.WhichOneof("outcome")
            if kind == "reason":
                assert came.HasField("error")
                assert _reason(came) == error_pb2.ErrorReason.Name(reply.reason)
                continue
            assert came.HasField("response")
            if kind == "item":
                assert GET.read(came.response).item.text == reply.item
            elif kind == "cancelled":
                assert CANCEL.read(came.response).outcome == reply.cancelled
            else:
                assert PUT.read(came.response).accepted

    def _cut(self, attachment: int) -> None:
        self._streams[attachment].cut()

    def _expect_end(self, expected: Any) -> None:
        stream = self._streams[expected.attachment]
        end = time.monotonic() + SECONDS
        while stream.end is None:
            assert time.monotonic() < end
            stream.read(SECONDS)
        assert f"ERROR_REASON_{stream.end.reason}" == error_pb2.ErrorReason.Name(expected.reason)

    def _expect_waiting_gets(self, gets: int) -> None:
        until(lambda: self._observer.sizes(self._queue)[1] == gets)

    def _expect_items(self, expected: Any) -> None:
        assert self._observer.texts(self._queue) == list(expected.texts)

    def _put(self, text: str) -> None:
        self._observer.put(self._queue, text)

    def _end_session(self, _: Any) -> None:
        self._unary(_END.path, b"", ("polyproc-session", self._session))

    def expect_nothing(self) -> None:
        for stream in self._streams.values():
            assert stream.rest() == []

    def close(self) -> None:
        for stream in self._streams.values():
            stream.cut()


def _reason(reply: session_pb2.Reply) -> str:
    return f"ERROR_REASON_{from_status(reply.error.SerializeToString()).reason}"


@pytest.mark.parametrize("vector", _VECTORS, ids=[vector.name for vector in _VECTORS])
def test_does_what_the_vector_says(
    daemon: Daemon, polyproc_client: polyproc.Polyproc, vector: Any
) -> None:
    with contextlib.closing(Script(daemon.address, Raw(polyproc_client))) as script:
        for step in vector.steps:
            script.play(step)
        script.expect_nothing()


def test_names_are_unique() -> None:
    names = [vector.name for vector in _VECTORS]
    assert names
    assert len(names) == len(set(names))
