"""Connections, as in `multiprocessing.connection`: pipes are a daemon's.

`Listener`, `Client` and all else are the standard library's own. `wait`, `select`, `selectors`
and asyncio take the ends of pipes, as these have a `fileno`, together with sockets, files and
sentinels.
"""

from __future__ import annotations

import contextlib
import errno
import io
import multiprocessing.connection as _standard
import os
import sys
from collections.abc import Callable, Iterable
from multiprocessing import BufferTooShort
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any, NoReturn

from polyproc._errors import BrokenPipe, Error, UnexpectedValue
from polyproc._pickled import CONTENT_TYPE
from polyproc._values import Resolver, Value
from polyproc.multiprocessing import _runtime
from polyproc.multiprocessing._anything import ANYTHING, AnythingCodec
from polyproc.multiprocessing._newer import refuse_newer
from polyproc.multiprocessing._no_memory import made
from polyproc.multiprocessing._standard import rest_of

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from polyproc._pipe import PipeEnd
    from polyproc._ready import Ready

__all__ = _standard.__all__


class PipeConnection(_standard.Connection):
    """An end of a pipe, as `multiprocessing.connection.Connection`, which it derives from.

    Any number of processes and threads may use one end at once. Messages of `send_bytes` are bytes
    for every language. As in the standard library, `recv` unpickles such a message where it is a
    pickle, and `recv_bytes` answers what was sent by `send` as a pickle.
    """

    def __init__(self, end: PipeEnd[Any], readable: bool, writable: bool) -> None:
        """Takes an end that it alone has."""
        self._end = end
        self._readable = readable
        self._writable = writable
        self._ready: Ready | None = None

    def __reduce__(self) -> tuple[object, ...]:
        self._check_closed()
        return _rebuilt, (self._end, self._readable, self._writable)

    if TYPE_CHECKING:  # Of the base, whose stubs do not have them.

        def _check_readable(self) -> None: ...
        def _check_writable(self) -> None: ...
        def _bad_message_length(self) -> NoReturn: ...

    def _check_closed(self) -> None:
        if self._end.closed:
            raise OSError("handle is closed")

    @property
    def closed(self) -> bool:
        """Whether this connection is closed."""
        return self._end.closed

    @property
    def _handle(self) -> int | None:
        return None if self._end.closed else self.fileno()

    def fileno(self) -> int:
        """A descriptor that can be read when there is something to receive, and for nothing else.

        It is a connection of its own, by which the daemon says so, from the first call on: each
        message takes about two ways to the daemon more from then on. A forked child has another.

        Raises:
            OSError: The connection is closed, or only sends.
        """
        self._check_closed()
        self._check_readable()
        ready = self._ready
        if ready is None:
            ready = self._ready = self._end._ready()
        return ready.fileno()

    def _renew(self, ready: Ready) -> None:
        """Something was taken: the descriptor can be read only where there is more."""
        with contextlib.suppress(OSError):  # It can be read, and who does so is told.
            ready.renew()

    def close(self) -> None:
        """Closes this connection; the end, where nobody else has it."""
        ready, self._ready = self._ready, None
        if ready is not None:
            ready.close()
        self._end.close()

    def __del__(self) -> None:
        end = self.__dict__.pop("_end", None)
        if end is None:
            return
        ready = self._ready
        if ready is not None:
            ready.close()
        client = end._client
        del end
        session = client._session
        if session is not None and session._over is None and client._released:
            with contextlib.suppress(Error, OSError):  # There is no daemon any more.
                client._session_now()  # The other side is told at once; nothing is waited for.

    def send_bytes(self, buf: Buffer, offset: int = 0, size: int | None = None) -> None:
        """Sends bytes, or a part of them, as a message."""
        self._check_closed()
        self._check_writable()
        super().send_bytes(buf, offset, size)

    def _send_bytes(self, buf: memoryview) -> None:
        try:
            self._end.send_bytes(bytes(buf))
        except BrokenPipe:
            _broken()

    def send(self, obj: Any) -> None:
        """Sends an object that pickles."""
        if self._end.closed or not self._writable:
            self._check_closed()
            self._check_writable()
        try:
            self._end.send(obj)
        except BrokenPipe:
            _broken()

    def recv(self) -> Any:
        """Receives an object; waits for one.

        Raises:
            EOFError: The other end is closed, and nothing is left.
            Exception: It cannot be unpickled; it is taken nevertheless.
        """
        if self._end.closed or not self._readable:
            self._check_closed()
            self._check_readable()
        try:
            return self._end.recv()
        except UnexpectedValue as e:
            raise e.__cause__ or e from None
        finally:
            if self._ready is not None:
                self._renew(self._ready)

    def recv_bytes(self, maxlength: int | None = None) -> bytes:
        """Receives a message as bytes; waits for one.

        Args:
            maxlength: how long it may be. After a longer one nothing can be received by this
                connection any more, as in the standard library.

        Raises:
            EOFError: The other end is closed, and nothing is left.
            OSError: The message is longer.
        """
        self._check_closed()
        self._check_readable()
        if maxlength is not None and maxlength < 0:
            raise ValueError("negative maxlength")
        message = self._receive_bytes()
        if maxlength is not None and len(message) > maxlength:
            self._bad_message_length()
        return message

    def _receive_bytes(self) -> bytes:
        try:
            return self._end._receive(None, 0, _bytes_of)
        finally:
            if self._ready is not None:
                self._renew(self._ready)

    def recv_bytes_into(self, buf: Buffer, offset: int = 0) -> int:
        """Receives a message as bytes into a buffer, and answers how many they were.

        Raises:
            BufferTooShort: They do not fit, and are its `args[0]`.
            EOFError: The other end is closed, and nothing is left.
        """
        self._check_closed()
        self._check_readable()
        with memoryview(buf) as m:
            itemsize = m.itemsize
            bytesize = itemsize * len(m)
            if offset < 0:
                raise ValueError("negative offset")
            if offset > bytesize:
                raise ValueError("offset too large")
            message = self._receive_bytes()
            size = len(message)
            if bytesize < offset + size:
                raise BufferTooShort(message)
            io.BytesIO(message).readinto(m[offset // itemsize : (offset + size) // itemsize])
            return size

    def _ask(self) -> Callable[[], bool]:
        """Asks whether there is something to receive; what it answers waits for the answer."""
        self._check_closed()
        self._check_readable()
        return self._end._poll_async()

    def _poll(self, timeout: float | None) -> bool:
        return self._end.poll(timeout)

    def __eq__(self, other: object) -> bool:
        return self._end == other._end if isinstance(other, PipeConnection) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._end)


class _MessageCodec(AnythingCodec):
    """`ANYTHING`, but bytes which are a pickle are pickled once more, so that they stay bytes."""

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        if type(obj) is bytes and _is_pickle(obj):
            self._pickles.fill(value, obj, levels)
        else:
            super().fill(value, obj, levels)

    def read(self, value: Value, resolve: Resolver | None, /) -> Any:
        if value.WhichOneof("kind") == "bytes" and _is_pickle(value.bytes):
            pickled = Value()
            pickled.opaque.content_type = CONTENT_TYPE
            pickled.opaque.data = value.bytes
            return self._pickles.read(pickled, None)
        return super().read(value, resolve)

    def __repr__(self) -> str:
        return "polyproc.multiprocessing.connection.MESSAGES"

    def __reduce__(self) -> str:
        return "MESSAGES"


MESSAGES = _MessageCodec()


def _is_pickle(message: bytes) -> bool:
    """Whether bytes begin and end as a pickle of protocol 2 or newer does."""
    return message[:1] == b"\x80" and message[-1:] == b"."


def _bytes_of(message: Value) -> bytes:
    """A message as `recv_bytes` answers it: what was sent by `send` as a pickle."""
    if message.WhichOneof("kind") == "bytes":
        return message.bytes
    if message.WhichOneof("kind") == "opaque" and message.opaque.content_type == CONTENT_TYPE:
        return message.opaque.data  # Unread: whoever asks for bytes does not want to run code.
    return bytes(ForkingPickler.dumps(ANYTHING.read(message, None)))


def _broken() -> NoReturn:
    raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from None


def _rebuilt(end: PipeEnd[Any], readable: bool, writable: bool) -> PipeConnection:
    end._take_codec(MESSAGES)
    end._directions = readable, writable
    return PipeConnection(end, readable, writable)


def Pipe(duplex: bool = True) -> tuple[PipeConnection, PipeConnection]:  # noqa: N802
    """Both ends of a pipe; where it is not duplex, the first receives, and the second sends."""
    first, second = made(_runtime.client().pipe, duplex=bool(duplex), codec=MESSAGES)
    return PipeConnection(first, True, duplex), PipeConnection(second, duplex, True)


def wait(object_list: Iterable[Any], timeout: float | None = None) -> list[Any]:
    """Waits until something can be read of one of several, and answers all of these, in order.

    The daemon is asked for all ends of pipes at once, by one call. Where there is nothing to wait
    for but what is to come, they are waited for by their descriptors, which stay for the next time.

    Args:
        object_list: ends of pipes, connections, sockets, files, sentinels of processes.
        timeout: for how many seconds at most; None: for ever.
    """
    objects = list(object_list)
    ends = [each for each in objects if isinstance(each, PipeConnection)]
    if not ends:
        return _standard.wait(objects, timeout)
    asked = [each._ask() for each in ends]
    ready = {id(end) for end, answer in zip(ends, asked, strict=True) if answer()}
    others = [each for each in objects if not isinstance(each, PipeConnection)]
    if not ready and (timeout is None or timeout > 0):
        return _standard.wait(objects, timeout)
    ready_others = _standard.wait(others, 0)
    return [each for each in objects if id(each) in ready or each in ready_others]


refuse_newer(
    PipeConnection, frozenset({"poll", "_bad_message_length", "_check_readable", "_check_writable"})
)

globals().update(rest_of(sys.modules[_standard.__name__], globals()))
