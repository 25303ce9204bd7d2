"""Pipes: two ends that send each other messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar

from polyproc._errors import (
    Error,
    Reason,
    UnexpectedValue,
    WrongDirection,
    as_standard,
    is_end_of_session,
)
from polyproc._methods import DESCRIBE, Method
from polyproc._object import Handle, named, time_to_wait
from polyproc._ready import POLL, Ready
from polyproc._values import PLAIN, Codec, Value, describe, reader, writer
from polyproc.v1 import admin_pb2, object_pb2, pipe_pb2

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from polyproc._client import Client

T = TypeVar("T")
R = TypeVar("R")

_CREATE = Method("PipeService/Create", pipe_pb2.PipeCreateRequest, pipe_pb2.PipeCreateResponse)
_SEND = Method("PipeService/Send", pipe_pb2.PipeSendRequest, pipe_pb2.PipeSendResponse)
_RECEIVE = Method("PipeService/Receive", pipe_pb2.PipeReceiveRequest, pipe_pb2.PipeReceiveResponse)


class PipeEnd(Handle, Generic[T]):
    """One end of a pipe, as `multiprocessing.connection.Connection`.

    Messages arrive whole, once, and in the order in which they were sent. Any number of threads and
    programs may use an end at once. It can be put into whatever takes a value, and be stored.

    An end is closed when nobody has it any more: when its last handle is closed, or is collected,
    or the program that had it ends, be it by `kill -9`. The other end then receives what was sent
    before, and after that an `EOFError`.
    """

    __slots__ = ("_codec", "_directions", "_read", "_retained", "_write")

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        codec: Codec[T] = PLAIN,
        directions: tuple[bool, bool] | None = None,
    ) -> None:
        super().__init__(client, ref, is_retained=False)
        self._retained = client._retain(self, ref)
        self._take_codec(codec)
        self._directions = directions

    def _take_codec(self, codec: Codec[Any]) -> None:
        """From now on: a handle that came within a value is of plain data."""
        self._codec = codec
        self._write = writer(codec)
        self._read: Callable[[Value], T] = reader(codec, self._client._handle)

    @classmethod
    def _create(
        cls, client: Client, name: str | None, duplex: bool, maxsize: int, codec: Codec[T]
    ) -> tuple[PipeEnd[T], PipeEnd[T]]:
        request = pipe_pb2.PipeCreateRequest(
            pipe=named(name), one_way=not duplex, maxsize=max(0, maxsize)
        )
        made = client._call(_CREATE, request)
        return (
            cls(client, made.first, True, codec, (True, duplex)),
            cls(client, made.second, True, codec, (duplex, True)),
        )

    # Sending.

    def send(self, obj: T, timeout: float | None = None) -> None:
        """Sends a message; waits for room.

        Args:
            obj: what the pipe's codec takes; by default plain data.
            timeout: for how many seconds to wait at most; None: for ever.

        Raises:
            BrokenPipe: The other end is closed. It is a `BrokenPipeError`.
            OSError: The handle is closed, or the end only receives.
            TimeoutError: There was no room in time.
        """
        request = pipe_pb2.PipeSendRequest(end=self._open_name())
        self._write(request.message, obj)
        self._send(request, timeout)

    def send_bytes(
        self,
        buf: Buffer,
        offset: int = 0,
        size: int | None = None,
        timeout: float | None = None,
    ) -> None:
        """Sends bytes, or a part of them, as a message of the kind bytes; waits for room.

        Args:
            buf: what has the bytes.
            offset: where they begin.
            size: how many they are; None: to the end.
            timeout: for how many seconds to wait at most; None: for ever.

        Raises:
            BrokenPipe: The other end is closed. It is a `BrokenPipeError`.
            OSError: The handle is closed, or the end only receives.
            TimeoutError: There was no room in time.
        """
        request = pipe_pb2.PipeSendRequest(end=self._open_name())
        request.message.bytes = _part(memoryview(buf).cast("B"), offset, size)
        self._send(request, timeout)

    def _send(self, request: pipe_pb2.PipeSendRequest, timeout: float | None) -> None:
        if timeout is not None:
            request.timeout.CopyFrom(time_to_wait(timeout))
        try:
            response = self._call(_SEND, request)
        except WrongDirection as e:
            raise as_standard(e, WrongDirection, "connection is read-only") from None
        if not response.accepted:
            raise TimeoutError("Expected room for the message in time, but there was none")

    # Receiving.

    def recv(self, timeout: float | None = None) -> T:
        """Receives a message; waits for one.

        Args:
            timeout: for how many seconds to wait at most; None: for ever.

        Raises:
            EOFError: The other end is closed, and nothing is left.
            OSError: The handle is closed, or the end only sends.
            TimeoutError: There was no message in time.
            UnexpectedValue: The message is not what the pipe's codec reads. It is taken
                nevertheless, and is the error's `value`.
        """
        return self._receive(timeout, 0, self._read)

    def recv_bytes(self, maxlength: int | None = None, timeout: float | None = None) -> bytes:
        """Receives a message of the kind bytes; waits for one.

        Args:
            maxlength: how long it may be, at least 1; None: of any length.
            timeout: for how many seconds to wait at most; None: for ever.

        Raises:
            EOFError: The other end is closed, and nothing is left.
            MessageTooLong: It is longer, and stays. It is an `OSError`.
            OSError: The handle is closed, or the end only sends.
            TimeoutError: There was no message in time.
            UnexpectedValue: The message is no bytes. It is taken nevertheless, and is the error's
                `value`.
        """
        if maxlength is not None and maxlength < 0:
            raise ValueError("negative maxlength")
        if maxlength == 0:
            raise ValueError("Expected a maxlength of at least 1 byte, but it is 0")
        return self._receive(timeout, maxlength or 0, _bytes)

    def recv_bytes_into(self, buf: Buffer, offset: int = 0, timeout: float | None = None) -> int:
        """Receives a message of the kind bytes into a buffer; waits for one.

        Args:
            buf: what takes the bytes.
            offset: from which byte of it on.
            timeout: for how many seconds to wait at most; None: for ever.

        Returns:
            How many bytes they were.

        Raises:
            EOFError: The other end is closed, and nothing is left.
            multiprocessing.BufferTooShort: They do not fit. They are taken nevertheless, and are
                the error's `args[0]`.
            OSError: The handle is closed, or the end only sends.
            TimeoutError: There was no message in time.
        """
        with memoryview(buf).cast("B") as view:
            if offset < 0:
                raise ValueError("negative offset")
            if offset > len(view):
                raise ValueError("offset too large")
            message = self._receive(timeout, 0, _bytes)
            if len(message) > len(view) - offset:
                from multiprocessing import BufferTooShort

                raise BufferTooShort(message)
            view[offset : offset + len(message)] = message
            return len(message)

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether there is something to receive: a message, or the end of the file.

        Args:
            timeout: for how many seconds to wait for it at most; None: for ever.

        Raises:
            OSError: The handle is closed, or the end only sends.
        """
        request = pipe_pb2.PipePollRequest(end=self._open_name())
        if timeout is not None:
            request.timeout.CopyFrom(time_to_wait(timeout))
        try:
            return self._call(POLL, request).ready
        except WrongDirection as e:
            raise as_standard(e, WrongDirection, "connection is write-only") from None

    def _receive(self, timeout: float | None, most: int, read: Callable[[Value], R]) -> R:
        request = pipe_pb2.PipeReceiveRequest(end=self._open_name(), max_length=most)
        if timeout is not None:
            request.timeout.CopyFrom(time_to_wait(timeout))

        def message_of(response: bytes) -> tuple[Any, Exception | None]:
            return _message_of(_RECEIVE.read(response), read)

        try:
            message, failure = self._call_reading(
                _RECEIVE.fields, request.SerializeToString(), message_of
            )
        except WrongDirection as e:
            raise as_standard(e, WrongDirection, "connection is write-only") from None
        if failure is not None:
            try:
                raise failure
            finally:
                del failure  # Its traceback has this frame.
        return message  # type: ignore[no-any-return]

    def _poll_async(self) -> Callable[[], bool]:
        """`poll` of several ends at once: it does not wait for its answer, what it returns does."""
        request = pipe_pb2.PipePollRequest(end=self._open_name())
        request.timeout.SetInParent()
        session, pending = self._post(POLL.fields, request.SerializeToString())
        return lambda: POLL.read(session.result(pending)).ready

    def _ready(self) -> Ready:
        """A descriptor that can be read while there is something to receive."""
        return Ready(self._client, self._open_name(), self._call_fields)

    # What it is.

    @property
    def readable(self) -> bool:
        """Whether it receives; of an end that came as a value the daemon is asked, once."""
        return self._known_directions()[0]

    @property
    def writable(self) -> bool:
        """Whether it sends; of an end that came as a value the daemon is asked, once."""
        return self._known_directions()[1]

    def _known_directions(self) -> tuple[bool, bool]:
        if self._directions is None:
            request = admin_pb2.AdminDescribeRequest(object=self._open_name())
            found = self._call(DESCRIBE, request).object.shape
            shape = {field.field: field.value for field in found}
            is_duplex = shape.get("one_way") != "true"
            is_first = shape.get("number") == "1"
            self._directions = (is_duplex or is_first, is_duplex or not is_first)
        return self._directions

    def fileno(self) -> NoReturn:
        """There is no file: messages come by the daemon. Wait by `poll`.

        Raises:
            io.UnsupportedOperation: Always. It is an `OSError`.
        """
        from io import UnsupportedOperation

        raise UnsupportedOperation("fileno")

    # Closing.

    @property
    def closed(self) -> bool:
        """Whether this handle was closed."""
        return not self._retained.goes_on

    def close(self) -> None:
        """Lets go of this handle. To close it twice does no harm."""
        if not self._retained.end():
            return
        try:
            self._client._let_go(self, self._ref)
        except Error as e:
            if not is_end_of_session(e) and e.reason != Reason.CLOSED:
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _settings(self) -> tuple[object, ...]:
        return (self._codec, self._directions)

    def _open_name(self) -> str:
        if not self._retained.goes_on:
            raise OSError("handle is closed")
        return self._ref.name


def _message_of(
    received: pipe_pb2.PipeReceiveResponse, read: Callable[[Value], R]
) -> tuple[R | None, Exception | None]:
    if not received.HasField("message"):
        if received.end_of_file:
            return None, EOFError()
        return None, TimeoutError("Expected a message in time, but there was none")
    try:
        return read(received.message), None
    except UnexpectedValue as e:
        return None, e.taken(received.message)


def _part(view: memoryview, offset: int, size: int | None) -> bytes:
    n = len(view)
    if offset < 0:
        raise ValueError("offset is negative")
    if n < offset:
        raise ValueError("buffer length < offset")
    if size is None:
        size = n - offset
    elif size < 0:
        raise ValueError("size is negative")
    elif offset + size > n:
        raise ValueError("buffer length < offset + size")
    return bytes(view[offset : offset + size])


def _bytes(message: Value) -> bytes:
    if message.WhichOneof("kind") != "bytes":
        raise UnexpectedValue.of("bytes", describe(message), message)
    return message.bytes
