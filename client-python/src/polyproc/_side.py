"""Connections beside that of the session: for calls of another session, and for server streams."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Iterable
from types import TracebackType
from typing import Self, TypeVar

from google.protobuf.message import Message

from polyproc._errors import ConnectionLost, Error, from_trailers
from polyproc._http2 import SILENT_TICKS, Connection, StreamEnded
from polyproc._io import left_of
from polyproc._methods import Method
from polyproc._signals import raise_of_handler
from polyproc._unary import Dialer, unary
from polyproc._weak import alive

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

_DIAL_SECONDS = 10.0


_open: weakref.WeakValueDictionary[int, SideConnection]


class SideConnection:
    """A connection of its own, of one thread at a time. A forked child has none of it.

    Raises:
        ConnectionLost: There is no daemon, or none that can be trusted.
    """

    def __init__(self, dialer: Dialer) -> None:
        self._lock = threading.Lock()
        try:
            io, self._metadata = dialer.dial(_DIAL_SECONDS)
            try:
                self._connection = Connection(io, self._lock, dialer.authority, dialer.scheme)
            except BaseException:
                io.close()
                raise
        except Error:
            raise
        except (OSError, ValueError) as e:  # ValueError: of a token's file, or one of TLS.
            raise_of_handler(e)
            raise ConnectionLost(str(e)) from e
        _open[id(self)] = self

    def call(self, method: Method[Q, R], request: Q, session: str = "") -> R:
        """Makes a call, and waits for its response.

        Args:
            method: which.
            request: its request.
            session: the id of the session that it is of; "": of none.

        Raises:
            Error: It was refused.
            ConnectionLost: The connection broke; the call may have taken effect.
        """
        metadata = [*self._metadata]
        if session:
            metadata.append(("polyproc-session", session))
        message = request.SerializeToString()
        try:
            return method.read(unary(self._connection, self._lock, method.path, metadata, message))
        except Error:
            raise
        except OSError as e:
            raise_of_handler(e)
            raise ConnectionLost(str(e)) from e

    def begin(
        self, method: Method[Q, R], request: Q, metadata: Iterable[tuple[str, str | bytes]]
    ) -> None:
        """Makes a call whose responses are a stream, which `take` gives one by one.

        Raises:
            OSError: The connection broke.
        """
        self._begin(method.path, request.SerializeToString(), metadata)

    def _begin(
        self, path: str, request: bytes, metadata: Iterable[tuple[str, str | bytes]]
    ) -> None:
        with self._lock:
            self._connection.open(path, [*self._metadata, *metadata])
            self._connection.send(request, end=True)

    def exchange(
        self,
        path: str,
        request: bytes,
        metadata: Iterable[tuple[str, str | bytes]],
        until: float | None = None,
    ) -> bytes:
        """Makes a call, which the daemon may hold for as long as its request says.

        Args:
            path: the method's.
            request: its request, serialized.
            metadata: beside that of all calls.
            until: of the monotonic clock: when to wait no longer; None: never.

        Returns:
            The response, serialized.

        Raises:
            Error: It was refused.
            ConnectionLost: The connection broke; the call may have taken effect.
            TimeoutError: The time was up. The connection is of no more use.
        """
        try:
            self._begin(path, request, metadata)
            response = self.take(until)
            while self.take(until) is not None:
                pass
        except (Error, TimeoutError):
            raise
        except OSError as e:
            raise_of_handler(e)
            raise ConnectionLost(str(e)) from e
        if response is None:
            raise ConnectionLost("Expected a response, but the daemon ended the call without one")
        return response

    def take(self, until: float | None = None) -> bytes | None:
        """Waits for the next message of the stream; None: it has ended.

        Raises:
            Error: It was refused.
            OSError: The connection broke.
            TimeoutError: The time was up.
        """
        connection = self._connection
        try:
            while not connection.messages:
                connection.raise_end()
                with self._lock:
                    stuck = not connection.flush()
                if stuck:
                    connection.await_room()
                    connection.take_data()
                elif until is not None:
                    if not connection.await_data(left_of(until)) and time.monotonic() >= until:
                        raise TimeoutError("Expected the daemon to answer in time, but it does not")
                elif not connection.await_data() and not connection.messages:
                    self._listen()
            return connection.messages.popleft()
        except StreamEnded as e:
            error = from_trailers(e.trailers.items())
            if error is not None:
                raise error from None
            return None

    def fileno(self) -> int:
        """The descriptor, below 0 where it was closed."""
        return self._connection.fileno()

    def settle(self) -> None:
        """Waits until all has come that the daemon says before it answers what was begun.

        From then on the descriptor can be read once the answer is there, and not before.

        Raises:
            OSError: The connection broke.
        """
        connection = self._connection
        pongs = connection.pongs
        with self._lock:
            connection.ping()
        while connection.pongs == pongs:
            if not connection.await_data():
                self._listen()

    def leave_a_word(self) -> None:
        """Asks for a word, waits until it is there, and does not read it: the descriptor can be."""
        with self._lock:
            self._connection.ping()
        self._connection.await_unread()

    def hear(self) -> bool:
        """Whether something has come of what was begun: a message, or the end.

        Raises:
            OSError: The connection broke.
        """
        connection = self._connection
        while connection.take_data():
            pass
        return bool(connection.messages) or connection.has_ended

    def _listen(self) -> None:
        """Nothing came for a while."""
        if self._connection.silent_ticks > SILENT_TICKS:
            raise ConnectionLost("Expected the daemon to answer, but it says nothing")
        with self._lock:
            self._connection.ping()

    def close(self) -> None:
        """Closes it without a word: the daemon sees it. To close it twice does no harm."""
        _open.pop(id(self), None)
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.close()


_open = weakref.WeakValueDictionary()


def _after_fork_in_child() -> None:
    if _open:
        for connection in alive(_open):
            connection.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
