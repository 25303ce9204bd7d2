"""What a client of Attach owes, by the test vectors of all languages: with a scripted daemon."""

from __future__ import annotations

import base64
import collections
import contextlib
import queue
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import FrameType
from typing import Any

import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

import polyproc
from ledger import GET, PUT, Ledger, OfAttachment
from peers import SECONDS, Peer, Stream, Until, listening
from polyproc._methods import Method
from polyproc.v1 import admin_pb2, error_pb2, options_pb2, queue_pb2, session_pb2
from vectors import vectors

_KEEP_ALIVE = Method(
    "SessionService/KeepAlive",
    session_pb2.SessionKeepAliveRequest,
    session_pb2.SessionKeepAliveResponse,
)
_END = Method("SessionService/End", session_pb2.SessionEndRequest, session_pb2.SessionEndResponse)
_VECTORS = vectors("client.json", "ClientVectors").vectors


class GivenUp(Exception):
    """What a caller gives a call up by: the handler of a signal raises it."""


class Attachment:
    """The daemon's side of one stream of Attach. Its state is under the daemon's lock."""

    def __init__(self, daemon: ScriptedDaemon, stream: Stream) -> None:
        self.stream = stream
        self.state = OfAttachment()
        self.arrived: collections.deque[str] = collections.deque()
        self.cancels: dict[str, int] = {}
        self.accepts = False
        self._daemon = daemon
        self._has_begun = False

    def on_frame(self, frame: session_pb2.SessionAttachRequest) -> None:
        ledger = self._daemon.ledger
        if self._has_begun:
            ledger.next(frame)
        else:
            ledger.first(frame)
        named, others = ledger.arrive(self.state, frame)
        if self.accepts:
            self.send(*(_accepted(ledger.numbers[name]) for name in named))
        else:
            self.arrived.extend(named)
        for call in others:
            cancelled = ledger.cancelled(call)
            if cancelled is not None:
                self.cancels[cancelled] = call.sequence
            elif call.method_number == _KEEP_ALIVE.number:
                self.send(_reply(call.sequence, session_pb2.SessionKeepAliveResponse()))
            elif call.method_number == _END.number:
                self.send(_reply(call.sequence, session_pb2.SessionEndResponse()))
            else:
                self.send(_refusal(call.sequence, error_pb2.ERROR_REASON_UNKNOWN_METHOD))
        if not self._has_begun:
            self._has_begun = True
            self._daemon.on_attachment(self)

    def take(self) -> None:
        self.stream.send(session_pb2.SessionAttachResponse(attached=True).SerializeToString())

    def send(self, *replies: session_pb2.Reply) -> None:
        """Sends a frame of replies."""
        if replies and not self.stream.peer.is_gone:
            for reply in replies:
                self._daemon.ledger.reply(reply.sequence)
            self.stream.send(session_pb2.SessionAttachResponse(replies=replies).SerializeToString())

    def answer_cancel(self, name: str, outcome: Any) -> None:
        self._daemon.ledger.settle(name)
        response = session_pb2.SessionCancelResponse(outcome=outcome)
        self.send(_reply(self.cancels.pop(name), response))

    def end(self, reason: int) -> None:
        status = _status(reason)
        encoded = base64.b64encode(status.SerializeToString()).decode().rstrip("=")
        self.stream.end(
            ("grpc-status", str(status.code)),
            ("grpc-message", status.message),
            ("grpc-status-details-bin", encoded),
        )


class ScriptedDaemon(Until):
    """A daemon with one session, which does what a script says."""

    def __init__(self, listener: socket.socket, window: int) -> None:
        super().__init__()
        self.window = window or 4096
        self.ledger = Ledger("the-session", self.window)
        self.attaching: collections.deque[Attachment] = collections.deque()
        self._listener = listener
        self._is_connecting = True
        self._lock = threading.RLock()
        self.changed = threading.Condition(self._lock)
        self._peers: list[Peer] = []
        self._attachments: dict[Stream, Attachment] = {}
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._peers.append(Peer(sock, self._lock, self._on_message))

    def _on_message(self, stream: Stream, message: bytes) -> None:
        if stream.path == "/polyproc.v1.SessionService/Open":
            opened = session_pb2.SessionOpenResponse(session="the-session", number=1)
            opened.time_to_live.seconds = 300
            opened.server.contract_revision = max(session_pb2.ContractRevision.values())
            opened.limits.window_calls = self.window
            stream.send(opened.SerializeToString())
            stream.end()
        elif stream.path == "/polyproc.v1.AdminService/ServerInfo":
            stream.send(admin_pb2.AdminServerInfoResponse().SerializeToString())
            stream.end()
        else:
            assert stream.path == "/polyproc.v1.SessionService/Attach"
            attachment = self._attachments.setdefault(stream, Attachment(self, stream))
            attachment.on_frame(session_pb2.SessionAttachRequest.FromString(message))
        self.changed.notify_all()

    def on_attachment(self, attachment: Attachment) -> None:
        if self._is_connecting:
            attachment.take()  # for whoever connects waits for that
        self.attaching.append(attachment)

    def connected(self) -> Attachment:
        self._is_connecting = False
        return self.next_attaching()

    def next_attaching(self) -> Attachment:
        """The next one whose client is still there. Under the lock."""
        while True:
            self.until(lambda: self.attaching, "the client to attach")
            attachment = self.attaching.popleft()
            if not attachment.stream.peer.is_gone:
                return attachment

    def cut(self) -> None:
        for peer in self._peers:
            peer.cut()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(SECONDS)
        self.cut()
        for peer in self._peers:
            peer.join()


def _reply(number: int, response: Message) -> session_pb2.Reply:
    return session_pb2.Reply(sequence=number, response=response.SerializeToString())


def _accepted(number: int) -> session_pb2.Reply:
    return _reply(number, queue_pb2.QueuePutResponse(accepted=True))


def _refusal(number: int, reason: int) -> session_pb2.Reply:
    return session_pb2.Reply(sequence=number, error=_status(reason))


def _status(reason: int) -> status_pb2.Status:
    """As the daemon makes it."""
    described = error_pb2.ErrorReason.DESCRIPTOR.values_by_number[reason]
    code: Any = options_pb2.code
    status = status_pb2.Status(
        code=described.GetOptions().Extensions[code],
        message=f"Expected something else, but the script says {described.name}",
    )
    name = described.name.removeprefix("ERROR_REASON_")
    status.details.add().Pack(error_details_pb2.ErrorInfo(domain="polyproc.dev", reason=name))
    return status


class Script:
    """A client and its daemon. Steps are played by a thread: signals come to the main one."""

    def __init__(self, daemon: ScriptedDaemon, address: str, vector: Any) -> None:
        self.daemon = daemon
        self.main: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lost: queue.SimpleQueue[polyproc.SessionLost] = queue.SimpleQueue()
        self._results: dict[str, Future[str | None]] = {}
        self._cancelling = ""
        # Only the main thread can be torn away by a signal.
        self._given_up_later = {s.cancel for s in vector.steps if s.HasField("cancel")}
        self._client = polyproc.connect(address, on_session_lost=self._lost.put)
        self._session = self._client._session_now()
        self._numbered: queue.SimpleQueue[None] = queue.SimpleQueue()
        sends = self._session._send

        def send_and_tell(*args: Any) -> None:
            sends(*args)
            self._numbered.put(None)

        self._session._send = send_and_tell  # type: ignore[assignment,method-assign]
        with daemon.changed:
            self._attachment = daemon.connected()

    def play(self, step: Any) -> None:
        kind = step.WhichOneof("step")
        getattr(self, f"_{kind}")(getattr(step, kind))
        with self.daemon.changed:
            assert not self.daemon.ledger.broken

    def _put(self, name: str) -> None:
        self._make(name, lambda: self._call_put(name))

    def _call_put(self, name: str) -> None:
        request = queue_pb2.QueuePutRequest(queue="vectors")
        request.item.text = name
        response = self._session.call(PUT.fields, request.SerializeToString())
        assert PUT.read(response).accepted

    def _get(self, name: str) -> None:
        with self.daemon.changed:
            self.daemon.ledger.gets.append(name)
        request = queue_pb2.QueueGetRequest(queue="vectors").SerializeToString()
        self._make(name, lambda: GET.read(self._session.call(GET.fields, request)).item.text)

    def _make(self, name: str, call: Callable[[], str | None]) -> None:
        """Has a thread call; goes on as soon as the call has its number."""
        result: Future[str | None] = Future()
        self._results[name] = result

        def run() -> None:
            try:
                result.set_result(call())
            except BaseException as e:
                result.set_exception(e)

        if name in self._given_up_later:
            self.main.put(run)
        else:
            threading.Thread(target=run, daemon=True).start()
        self._numbered.get(timeout=SECONDS)

    def _cancel(self, name: str) -> None:
        with self.daemon.changed:
            self.daemon.ledger.given_up.add(name)
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGUSR1)

    def _expect_calls(self, expected: Any) -> None:
        calls = list(expected.calls)
        with self.daemon.changed:
            arrived = self._attachment.arrived
            self.daemon.until(lambda: len(arrived) >= len(calls), f"the calls {calls}")
            assert [arrived.popleft() for _ in calls] == calls

    def _reply(self, replies: Any) -> None:
        with self.daemon.changed:
            numbers = self.daemon.ledger.numbers
            frame = []
            for reply in replies.replies:
                number = numbers[reply.call]
                kind = reply.WhichOneof("outcome")
                if kind == "item":
                    response = queue_pb2.QueueGetResponse(attempt=1)
                    response.item.text = reply.item
                    frame.append(_reply(number, response))
                elif kind == "reason":
                    frame.append(_refusal(number, reply.reason))
                else:
                    frame.append(_accepted(number))
            self._attachment.send(*frame)

    def _expect_confirmed(self, expected: Any) -> None:
        # With the next frame, whatever it is; a session that is not watched says a word of itself.
        self._session.beat()
        with self.daemon.changed:
            numbers = {self.daemon.ledger.numbers[name] for name in expected.calls}
            confirmed = self._attachment.state.confirmed
            self.daemon.until(lambda: numbers <= confirmed, f"{expected.calls} to be confirmed")

    def _expect_cancel(self, name: str) -> None:
        with self.daemon.changed:
            self._cancelling = name
            cancels = self._attachment.cancels
            self.daemon.until(lambda: name in cancels, f"a Cancel of {name}")

    def _answer_cancel(self, outcome: Any) -> None:
        with self.daemon.changed:
            self._attachment.answer_cancel(self._cancelling, outcome)

    def _expect_result(self, expected: Any) -> None:
        result = self._results[expected.call]
        if expected.HasField("reason"):
            error = result.exception(SECONDS)
            assert isinstance(error, polyproc.Error)
            name = error_pb2.ErrorReason.Name(expected.reason)
            assert f"ERROR_REASON_{error.reason}" == name
        else:
            item = expected.item if expected.HasField("item") else None
            assert result.result(SECONDS) == item

    def _expect_cancelled(self, name: str) -> None:
        assert isinstance(self._results[name].exception(SECONDS), GivenUp)

    def _cut(self, _: Any) -> None:
        with self.daemon.changed:
            self.daemon.cut()

    def _end_stream(self, reason: int) -> None:
        with self.daemon.changed:
            self._attachment.end(reason)

    def _expect_attach(self, _: Any) -> None:
        with self.daemon.changed:
            self._attachment = self.daemon.next_attaching()
            self._attachment.take()

    def _refuse_attach(self, reason: int) -> None:
        with self.daemon.changed:
            self._attachment = self.daemon.next_attaching()
            self._attachment.end(reason)

    def _expect_lost(self, reason: int) -> None:
        lost = self._lost.get(timeout=SECONDS)
        assert f"ERROR_REASON_{lost.reason}" == error_pb2.ErrorReason.Name(reason)

    def _burst(self, puts: int) -> None:
        with self.daemon.changed:
            self._attachment.accepts = True
        half = puts // 2
        threads = [
            threading.Thread(target=self._call_put, args=(f"burst {i}",)) for i in range(half)
        ]
        for thread in threads:
            thread.start()
        posted = []
        for i in range(half, puts):
            request = queue_pb2.QueuePutRequest(queue="vectors")
            request.item.text = f"burst {i}"
            posted.append(self._session.post(PUT.fields, request.SerializeToString()))
        for pending in posted:
            assert PUT.read(self._session.result(pending, SECONDS)).accepted
        for thread in threads:
            thread.join(SECONDS)
            assert not thread.is_alive()
        while not self._numbered.empty():
            self._numbered.get()
        with self.daemon.changed:
            self._attachment.accepts = False
            assert sum(name.startswith("burst") for name in self.daemon.ledger.numbers) == puts

    def expect_nothing(self) -> None:
        """The client's last call, by which it ends its session, comes after all else."""
        self._client.close()
        with self.daemon.changed:
            assert not self.daemon.ledger.broken
            assert not self._attachment.arrived
            assert not self.daemon.attaching
        assert self._lost.empty()

    def close(self) -> None:
        self._client.close()


@contextlib.contextmanager
def _giving_up() -> Iterator[None]:
    def give_up(_: int, __: FrameType | None) -> None:
        raise GivenUp

    before = signal.signal(signal.SIGUSR1, give_up)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("vector", _VECTORS, ids=[vector.name for vector in _VECTORS])
def test_does_what_the_vector_says(vector: Any) -> None:
    with listening() as (listener, address), _giving_up(), contextlib.ExitStack() as opened:
        daemon = ScriptedDaemon(listener, vector.window_calls)
        opened.callback(daemon.close)
        script = Script(daemon, address, vector)
        opened.callback(script.close)
        wrong: list[BaseException] = []

        def play() -> None:
            played = 0
            try:
                for step in vector.steps:
                    played += 1
                    script.play(step)
                script.expect_nothing()
            except BaseException as e:
                e.add_note(f"step {played}")
                wrong.append(e)
            finally:
                script.main.put(None)

        thread = threading.Thread(target=play)
        thread.start()
        while (run := script.main.get()) is not None:
            run()
        thread.join()
        if wrong:
            raise wrong[0]


def test_names_are_unique() -> None:
    names = [vector.name for vector in _VECTORS]
    assert names
    assert len(names) == len(set(names))
