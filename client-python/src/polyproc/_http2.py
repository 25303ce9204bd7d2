"""An HTTP/2 connection with one gRPC stream at a time (RFC 9113, and gRPC over HTTP2).

It is made for a process that forks, takes signals and has no thread to spare: nothing here blocks
but `Connection.await_data`, and whoever is interrupted in between throws the connection away and
makes another one. Where a frame is described by a number of bytes, that is without its head of 9.
"""

from __future__ import annotations

import collections
import struct
import threading
from collections.abc import Iterable
from typing import NoReturn

from polyproc import _hpack, _io
from polyproc._io import BrokenConnection, Io

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE = range(9)
CONTINUATION = 9

END_STREAM = 0x1
ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
WITH_PRIORITY = 0x20

_SIZES = {RST_STREAM: 4, PING: 8, WINDOW_UPDATE: 4}
_OF_STREAM = frozenset({DATA, HEADERS, RST_STREAM, CONTINUATION})
_OF_CONNECTION = frozenset({SETTINGS, PING, GOAWAY})
_CONTENT_TYPE = "application/grpc"

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

_HEADER_TABLE_SIZE, _ENABLE_PUSH, _INITIAL_WINDOW, _MAX_FRAME = 1, 2, 4, 5
_MOST_WINDOW = (1 << 31) - 1
_DEFAULT_WINDOW = 65_535
_DEFAULT_MAX_FRAME = 16_384
_GIVE_BACK = 1 << 30
_MOST_BUFFERS = 64
SILENT_TICKS = 3
"""A daemon that says nothing for so many ticks, asked for a word meanwhile, is out of reach."""

Headers = Iterable[tuple[str, str | bytes]]


class StreamEnded(Exception):
    """The stream has ended; its trailers say how."""

    def __init__(self, trailers: dict[str, str]) -> None:
        super().__init__(trailers)
        self.trailers = trailers


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A whole frame."""
    return b"%b%c%c%b%b" % (
        len(payload).to_bytes(3, "big"),
        kind,
        flags,
        stream.to_bytes(4, "big"),
        payload,
    )


def _literal(name: str, value: str | bytes) -> bytes:
    """A header that neither side puts into a table, without Huffman's code."""
    encoded = value if isinstance(value, bytes) else value.encode("ascii")
    return b"\x00" + _text(name.encode("ascii")) + _text(encoded)


def _text(text: bytes) -> bytes:
    """The length as an integer of 7 bits (RFC 7541, 5.1), and the bytes."""
    n = len(text)
    if n < 127:
        return b"%c%b" % (n, text)
    head = bytearray((127,))
    n -= 127
    while n > 127:
        head.append(n & 127 | 128)
        n >>= 7
    head.append(n)
    return bytes(head) + text


class Connection:
    """An HTTP/2 connection, of which one stream is used at a time.

    Messages go out by `send`, under the caller's `lock`, as far as there is room; `flush` sends the
    rest. One thread at a time reads, without the lock, by `await_data`. All errors of the
    transport are `BrokenConnection` or another `OSError`.
    """

    def __init__(self, io: Io, lock: threading.Lock, authority: str, scheme: str) -> None:
        self._io = io
        self._lock = lock
        self._authority = authority
        self._scheme = scheme
        self._next_stream = 1
        self.stream = 0
        self._ended = True
        # What has come.
        self._arrived = bytearray()
        self._message = bytearray()
        self.messages: collections.deque[bytes] = collections.deque()
        self._headers: dict[str, str] = {}
        self._header_block = bytearray()
        self._header_flags = -1
        self._header_stream = 0
        self._plain = b""
        """The stream, as a frame has it, while whole messages of it may come."""
        self._last_stream = _MOST_WINDOW
        self._end: dict[str, str] | None = None
        self.has_ended = False
        """Whether the stream is over."""
        self._consumed = 0
        self.silent_ticks = 0
        """How often in a row `await_data` has heard nothing."""
        self.pongs = 0
        """How many words that `ping` asks for have come."""
        self.is_interrupted = False
        """Whether somebody reads at this moment; or began to, and was torn away by an exception."""
        self.is_read = False
        """Whether somebody reads, who closes it at the end where it `is_abandoned` by then."""
        self.is_abandoned = False
        # What goes out: pieces that are framed already, then messages that wait for a window.
        self._out: collections.deque[memoryview] = collections.deque()
        self._waiting: collections.deque[memoryview] = collections.deque()
        self._ends_after: bool = False
        self.unsent = False
        """Whether something waits to be sent."""
        self._sending = False
        self._window = _DEFAULT_WINDOW
        self._stream_window = _DEFAULT_WINDOW
        self._initial_window = _DEFAULT_WINDOW
        self._max_frame = _DEFAULT_MAX_FRAME
        self._head = b""
        settings = struct.pack(
            "!HIHIHI", _HEADER_TABLE_SIZE, 0, _ENABLE_PUSH, 0, _INITIAL_WINDOW, _MOST_WINDOW
        )
        self._put(
            PREFACE
            + frame(SETTINGS, 0, 0, settings)
            + frame(WINDOW_UPDATE, 0, 0, (_MOST_WINDOW - _DEFAULT_WINDOW).to_bytes(4, "big"))
        )

    # Sending: all of it under the lock, but for the first words of a connection.

    def open(self, path: str, metadata: Headers = ()) -> None:
        """Begins a call of a method; the stream before it is forgotten.

        Args:
            path: such as "/polyproc.v1.QueueService/Put".
            metadata: names in lower case, and values.
        """
        if self._next_stream > self._last_stream:
            raise BrokenConnection("Expected the connection to stay, but the daemon goes away")
        self.stream = self._next_stream
        self._next_stream += 2
        self._stream_window = self._initial_window
        self._ended = False
        self._end = None
        self.has_ended = False
        self._ends_after = False
        self._waiting.clear()
        self._message.clear()
        self.messages.clear()
        self._headers = {}
        if self._consumed:  # which the new stream knows nothing of
            self._put(frame(WINDOW_UPDATE, 0, 0, self._consumed.to_bytes(4, "big")))
            self._consumed = 0
        self._plain = b""
        self._head = b"\x00\x00" + self.stream.to_bytes(4, "big")
        block = b"\x83" + (b"\x87" if self._scheme == "https" else b"\x86")
        block += _literal(":path", path) + _literal(":authority", self._authority)
        block += _literal("te", "trailers") + _literal("content-type", "application/grpc")
        for name, value in metadata:
            block += _literal(name, value)
        out = bytearray()
        for begin in range(0, len(block), _DEFAULT_MAX_FRAME):
            part = block[begin : begin + _DEFAULT_MAX_FRAME]
            last = END_HEADERS if begin + _DEFAULT_MAX_FRAME >= len(block) else 0
            out += frame(CONTINUATION if begin else HEADERS, last, self.stream, part)
        self._put(bytes(out))

    def send(self, message: bytes, end: bool = False) -> None:
        """Sends a message as far as there is room; the rest goes with `flush`.

        Args:
            message: a serialized message, without gRPC's prefix.
            end: it is the last one of this side.
        """
        size = len(message) + 5
        if (
            not self.unsent
            and not end
            and size <= self._max_frame
            and size <= self._window
            and size <= self._stream_window
        ):
            if self._sending:
                self._begin_sending()
            self._sending = True
            self._window -= size
            self._stream_window -= size
            data = b"%b%b\x00%b%b" % (
                size.to_bytes(3, "big"),
                self._head,
                (size - 5).to_bytes(4, "big"),
                message,
            )
            sent = self._io.send(data)
            if sent < len(data):
                self._out.append(memoryview(data)[sent:])
                self.unsent = True
            self._sending = False
            return
        self._waiting.append(memoryview(b"\x00" + len(message).to_bytes(4, "big") + message))
        self._ends_after = end
        self.flush()

    def reset(self) -> None:
        """Gives the stream up, so that its end does not have to be awaited."""
        if not self._ended:
            self._ended = True
            self._waiting.clear()
            self._put(frame(RST_STREAM, 0, self.stream, (8).to_bytes(4, "big")))

    def ping(self) -> None:
        """Asks for a word."""
        self._put(frame(PING, 0, 0, b"polyproc"))

    def flush(self) -> bool:
        """Sends what there is room for.

        Returns:
            False where the socket has no room for the rest, so that `await_room` helps; True where
            nothing is left, or what is left waits for the other side's window.
        """
        if not self._out and not self._waiting:
            return True
        self._begin_sending()
        done = self._flush()
        self.unsent = bool(self._out or self._waiting)
        self._sending = False
        return done

    def _flush(self) -> bool:
        while True:
            self._frame_messages()
            if not self._out:
                return True
            piece = self._out[0]
            sent = self._io.send(piece)
            if sent < len(piece):
                self._out[0] = piece[sent:]
                return False
            self._out.popleft()

    def _begin_sending(self) -> None:
        """Marks that a frame may be half sent, should an exception tear us away."""
        if self._sending:
            raise BrokenConnection("Expected to send whole frames, but was interrupted in one")
        self._sending = True

    @property
    def backlog(self) -> int:
        """How many bytes there was no room for yet; also without the lock, as others send on."""
        return sum(map(len, [*self._out, *self._waiting]))

    @property
    def is_stuck(self) -> bool:
        """Whether something waits until the socket has room, and for nothing else."""
        return bool(self._out)

    def await_room(self, seconds: float = _io.TICK_SECONDS, or_data: bool = True) -> None:
        """Waits until the socket has room, or something has come; without the lock."""
        self._io.await_room(seconds, or_data)

    def _frame_messages(self) -> None:
        """Makes frames of messages, as far as windows go, a socket's worth at a time."""
        while self._waiting and len(self._out) < _MOST_BUFFERS:
            message = self._waiting[0]
            size = min(len(message), self._max_frame, self._window, self._stream_window)
            if size <= 0:
                return
            last = size == len(message)
            if last:
                self._waiting.popleft()
            else:
                self._waiting[0] = message[size:]
            flags = END_STREAM if last and self._ends_after and not self._waiting else 0
            self._window -= size
            self._stream_window -= size
            self._out.append(memoryview(frame(DATA, flags, self.stream, message[:size].tobytes())))

    def _put(self, data: bytes) -> None:
        """Sends frames that no window holds up, after what was framed before."""
        self._begin_sending()
        self._out.append(memoryview(data))
        self._flush()
        self.unsent = bool(self._out or self._waiting)
        self._sending = False

    # Receiving: one thread at a time.

    def await_data(self, seconds: float | None = None) -> bool:
        """Waits for something to come, for so long at most, and reads it.

        Args:
            seconds: how long; by default `TICK_SECONDS`, which takes one call of the system less.

        Returns:
            Whether something came. Whole messages are in `messages` then.
        """
        if seconds is None:
            came = self._take(self._io.receive())
            if not came:
                self.silent_ticks += 1
            return came
        if self.take_data():
            return True
        self._io.await_data(seconds)
        return self.take_data()

    def await_unread(self) -> None:
        """Waits until something has come, for `TICK_SECONDS` at most, and does not read it."""
        self._io.await_data(_io.TICK_SECONDS)

    @property
    def is_whole(self) -> bool:
        """Whether nothing of what came was lost to an exception that tore a reader away."""
        return not self.is_interrupted or (not self._arrived and self._io.has_taken_nothing)

    def take_data(self) -> bool:
        """Reads what has come, as `await_data` does, and waits for nothing."""
        return self._take(self._io.receive_now())

    def raise_end(self) -> None:
        """Raises `StreamEnded` where the stream is over."""
        if self._end is not None:
            raise StreamEnded(self._end)

    def _take(self, data: bytes | None) -> bool:
        if data is None:
            return False
        size = len(data)
        if not size:
            raise BrokenConnection("Expected the connection to stay, but the daemon closed it")
        self.silent_ticks = 0
        # Nearly always it is one frame with one message.
        if (
            size >= 14
            and data[3] == DATA
            and not data[4]
            and not self._arrived
            and not self._message
            and size == 9 + int.from_bytes(data[:3], "big")
            and size == 14 + int.from_bytes(data[10:14], "big")
            and not data[9]
            and data[5:9] == self._plain
        ):
            self.messages.append(data[14:])
            self._consumed += size - 9
            if self._consumed > _GIVE_BACK:
                self._give_back()
            return True
        self._arrived += data
        self._take_frames()
        return True

    def _take_frames(self) -> None:
        arrived = self._arrived
        begin = 0
        try:
            while len(arrived) - begin >= 9:
                size = int.from_bytes(arrived[begin : begin + 3], "big")
                if size > _DEFAULT_MAX_FRAME:
                    self._wrong(f"a frame of {size} bytes")
                end = begin + 9 + size
                if len(arrived) < end:
                    return
                # Nearly always each is a frame with one message.
                if (
                    size >= 5
                    and arrived[begin + 3] == DATA
                    and not arrived[begin + 4]
                    and not self._message
                    and not arrived[begin + 9]
                    and size == 5 + int.from_bytes(arrived[begin + 10 : begin + 14], "big")
                    and arrived[begin + 5 : begin + 9] == self._plain
                ):
                    self.messages.append(bytes(arrived[begin + 14 : end]))
                    begin = end
                    self._consumed += size
                    if self._consumed > _GIVE_BACK:
                        self._give_back()
                    continue
                kind, flags = arrived[begin + 3], arrived[begin + 4]
                stream = int.from_bytes(arrived[begin + 5 : begin + 9], "big") & _MOST_WINDOW
                payload = bytes(arrived[begin + 9 : end])
                begin = end
                self._on_frame(kind, flags, stream, payload)
        finally:
            del arrived[:begin]

    def _on_frame(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if self._header_flags >= 0 and (kind != CONTINUATION or stream != self._header_stream):
            self._wrong("headers that are cut off")
        if len(payload) != _SIZES.get(kind, len(payload)):
            self._wrong(f"a frame of kind {kind} with {len(payload)} bytes")
        if kind in _OF_STREAM and (stream > self.stream or not stream & 1):
            self._wrong(f"a frame of kind {kind} of the stream {stream}")
        if kind in _OF_CONNECTION and stream:
            self._wrong(f"a frame of kind {kind} of a stream")
        if kind == DATA:
            self._on_data(flags, stream, payload)
        elif kind == HEADERS:
            payload = self._unpadded(flags, payload)
            if flags & WITH_PRIORITY:
                if len(payload) < 5:
                    self._wrong("a priority that is cut off")
                payload = payload[5:]
            self._header_block[:] = payload
            self._header_flags = flags
            self._header_stream = stream
            self._plain = b""
            if flags & END_HEADERS:
                self._on_headers(stream)
        elif kind == CONTINUATION:
            if self._header_flags < 0:
                self._wrong("a continuation of no headers")
            self._header_block += payload
            if len(self._header_block) > 1 << 20:
                self._wrong("headers without end")
            if flags & END_HEADERS:
                self._on_headers(stream)
        elif kind == SETTINGS:
            self._on_settings(flags, payload)
        elif kind == PING:
            if flags & ACK:
                self.pongs += 1
            else:
                if len(self._out) > _MOST_BUFFERS:
                    self._wrong("more pings than it reads answers to")
                with self._lock:
                    self._put(frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE:
            self._on_window(stream, payload)
        elif kind == RST_STREAM:
            if stream == self.stream and not self._ended:
                self._finish(_reset_trailers(int.from_bytes(payload, "big")))
        elif kind == GOAWAY:
            self._on_farewell(payload)
        elif kind == PUSH_PROMISE:
            self._wrong("a promise to push")

    def _on_data(self, flags: int, stream: int, payload: bytes) -> None:
        if stream == self.stream:
            self._consumed += len(payload)
            if self._consumed > _GIVE_BACK:
                self._give_back()
        elif payload:
            with self._lock:
                self._put(frame(WINDOW_UPDATE, 0, 0, len(payload).to_bytes(4, "big")))
        data = self._unpadded(flags, payload)
        if stream != self.stream or self._ended:
            return  # of one that was given up
        if not self._headers:
            self._wrong("data without headers")
        message = self._message
        message += data
        begin = 0
        while len(message) - begin >= 5:
            size = int.from_bytes(message[begin + 1 : begin + 5], "big")
            if message[begin]:
                self._wrong("a compressed message")
            if len(message) - begin < 5 + size:
                break
            self.messages.append(bytes(message[begin + 5 : begin + 5 + size]))
            begin += 5 + size
        del message[:begin]
        if flags & END_STREAM:
            self._finish({})

    def _on_headers(self, stream: int) -> None:
        flags, self._header_flags = self._header_flags, -1
        try:
            decoded = _hpack.decode(bytes(self._header_block))
        except _hpack.MalformedHeaders as e:
            self._wrong(f"headers that cannot be read ({e})")
        self._header_block.clear()
        if stream != self.stream or self._ended:
            return
        headers = dict(decoded)
        ends = flags & END_STREAM
        if self._headers:
            if not ends:
                self._wrong("headers amid data")
        else:
            status = headers.get(":status", "")
            if not status:
                self._wrong("headers without a status")
            if status.startswith("1") and not ends:
                return
            if status != "200" or not headers.get("content-type", "").startswith(_CONTENT_TYPE):
                ends = END_STREAM  # Whatever comes then is no message.
        self._headers |= headers
        if ends:
            self._finish(self._headers)
        else:
            self._plain = stream.to_bytes(4, "big")

    def _finish(self, end: dict[str, str]) -> None:
        """The stream has ended."""
        if self._message and end.get("grpc-status", "0") == "0":
            self._wrong("a message that is cut off")
        self._ended = True
        self._plain = b""
        self._end = end
        self.has_ended = True

    def _on_settings(self, flags: int, payload: bytes) -> None:
        if len(payload) % 6 or (flags & ACK and payload):
            self._wrong(f"settings of {len(payload)} bytes")
        if flags & ACK:
            return
        with self._lock:
            self._heed(payload)
            self._put(frame(SETTINGS, ACK, 0))
            self.flush()

    def _heed(self, settings: bytes) -> None:
        for key, value in struct.iter_unpack("!HI", settings):
            if key == _INITIAL_WINDOW:
                self._stream_window += value - self._initial_window
                self._initial_window = value
                self._require_window(max(value, self._stream_window))
            elif key == _MAX_FRAME:
                if not _DEFAULT_MAX_FRAME <= value < 1 << 24:
                    self._wrong(f"a largest frame of {value} bytes")
                self._max_frame = value

    def _on_window(self, stream: int, payload: bytes) -> None:
        more = int.from_bytes(payload, "big") & _MOST_WINDOW
        if not more:
            self._wrong("a window that does not grow")
        with self._lock:
            if stream == 0:
                self._window += more
                self._require_window(self._window)
            elif stream == self.stream:
                self._stream_window += more
                self._require_window(self._stream_window)
            self.flush()

    def _give_back(self) -> None:
        """Gives the other side its windows back, now and then."""
        size = self._consumed.to_bytes(4, "big")
        self._consumed = 0
        with self._lock:
            self._put(frame(WINDOW_UPDATE, 0, 0, size))
            if not self._ended:
                self._put(frame(WINDOW_UPDATE, 0, self.stream, size))

    def _require_window(self, size: int) -> None:
        if size > _MOST_WINDOW:
            self._wrong(f"a window of {size} bytes")

    def _on_farewell(self, payload: bytes) -> None:
        if len(payload) < 8:
            self._wrong("a farewell that is cut off")
        last, code = struct.unpack_from("!II", payload)
        self._last_stream = last & _MOST_WINDOW
        if self._last_stream < self.stream or code:
            raise BrokenConnection(
                "Expected the connection to stay, but the daemon goes away"
                f" ({code}: {payload[8:200].decode('ascii', 'replace')})"
            )

    def _unpadded(self, flags: int, payload: bytes) -> bytes:
        if not flags & PADDED:
            return payload
        if not payload or payload[0] >= len(payload):
            self._wrong("padding that is longer than its frame")
        return payload[1 : len(payload) - payload[0]]

    def _wrong(self, what: str) -> NoReturn:
        raise BrokenConnection(f"Expected HTTP/2 as gRPC speaks it, but there came {what}")

    def fileno(self) -> int:
        """The descriptor, below 0 where it was closed."""
        return self._io.fileno()

    def close(self) -> None:
        """Closes this process's descriptor, without a word: the daemon sees it by itself."""
        self._io.close()

    def leave(self) -> None:
        """In a forked child: leaves the connection to its parent."""
        self._io.leave()

    def shut_down(self) -> None:
        """Ends the connection, and leaves the descriptor to whoever reads, who is woken."""
        self._io.shut_down()

    def abandon(self) -> None:
        """Ends the connection: whoever waits for it is woken.

        Where somebody reads, that one closes the descriptor: its number might else be that of
        another file when it is read by.
        """
        self._io.shut_down()
        self.is_abandoned = True
        if not self.is_read:
            self._io.close()


# gRPC over HTTP2, "HTTP2 Transport Mapping: Errors".
_OF_RESET = {7: "14", 8: "1", 0xB: "8", 0xC: "7"}


def _reset_trailers(code: int) -> dict[str, str]:
    return {
        "grpc-status": _OF_RESET.get(code, "13"),
        "grpc-message": f"Expected the call to be answered, but the daemon reset it ({code})",
    }
