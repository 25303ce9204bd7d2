"""The connection, frame by frame: with h2 on the other side, and with what nobody should send."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
from collections.abc import Iterable, Iterator

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings
import hpack
import pytest

from polyproc._errors import from_trailers
from polyproc._http2 import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PADDED,
    PING,
    PREFACE,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    WITH_PRIORITY,
    Connection,
    StreamEnded,
    frame,
)
from polyproc._io import BrokenConnection, PlainIo

_HEADER_TABLE_SIZE, _INITIAL_WINDOW, _MAX_FRAME = 1, 4, 5
_MOST = (1 << 31) - 1
_TRAILERS = [("grpc-status", "0")]
_RESPONSE = [(":status", "200"), ("content-type", "application/grpc")]


def _grpc(message: bytes) -> bytes:
    return b"\x00" + len(message).to_bytes(4, "big") + message


def _block(*headers: tuple[str, str]) -> bytes:
    """Headers of which nothing goes into a table."""
    encoder = hpack.Encoder()
    encoder.header_table_size = 0
    return encoder.encode(headers)


class Wire:
    """A connection, and the bytes that it sends and receives."""

    def __init__(self) -> None:
        ours, self.other = socket.socketpair()
        self.lock = threading.Lock()
        self.connection = Connection(PlainIo(ours), self.lock, "localhost", "http")

    def sent(self) -> bytes:
        """What the connection has sent since it was asked last."""
        data = bytearray()
        with contextlib.suppress(BlockingIOError):
            while more := self.other.recv(1 << 20, socket.MSG_DONTWAIT):
                data += more
        return bytes(data)

    def arrive(self, *frames: bytes) -> None:
        self.other.sendall(b"".join(frames))
        self.connection.take_data()

    def trickle(self, data: bytes, size: int = 1) -> None:
        """So many bytes arrive at a time."""
        for begin in range(0, len(data), size):
            self.arrive(data[begin : begin + size])

    def read_on(self) -> None:
        while True:
            self.connection.await_data()

    def messages(self) -> list[bytes]:
        taken = list(self.connection.messages)
        self.connection.messages.clear()
        return taken

    def end(self) -> dict[str, str]:
        """How the stream has ended."""
        with pytest.raises(StreamEnded) as e:
            self.connection.raise_end()
        return e.value.trailers

    def open(self) -> None:
        with self.lock:
            self.connection.open("/polyproc.v1.SessionService/Attach")

    def send(self, message: bytes, end: bool = False) -> None:
        with self.lock:
            self.connection.send(message, end)

    def ping(self) -> None:
        with self.lock:
            self.connection.ping()

    def close(self) -> None:
        self.connection.close()
        self.other.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A connection with a stream, which nobody has answered yet."""
    wire = Wire()
    wire.open()
    yield wire
    wire.close()


class Served(Wire):
    """The same, where h2 is the other side; in one thread."""

    def __init__(self) -> None:
        super().__init__()
        self.server = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )
        self.server.initiate_connection()
        self.received = bytearray()
        self.requests: list[list[tuple[str, str]]] = []
        self.has_ended = False

    def exchange(self) -> list[h2.events.Event]:
        """Lets both sides take all that has come, until nothing more does."""
        events: list[h2.events.Event] = []
        while True:
            data = self.server.data_to_send()
            if data:
                self.other.sendall(data)
            came = self.connection.take_data()
            with self.lock:
                self.connection.flush()
            arrived = self.sent()
            if not data and not came and not arrived:
                return events
            for event in self.server.receive_data(arrived):
                events.append(event)
                self._on_event(event)

    def _on_event(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            self.requests.append([(str(name), str(value)) for name, value in event.headers or ()])
        elif isinstance(event, h2.events.DataReceived):
            self.received += event.data
        elif isinstance(event, h2.events.StreamEnded):
            self.has_ended = True


@pytest.fixture
def served() -> Iterator[Served]:
    served = Served()
    yield served
    served.close()


def _of(kind: type[h2.events.Event], events: Iterable[h2.events.Event]) -> list[h2.events.Event]:
    return [event for event in events if isinstance(event, kind)]


# What it says of itself.


def test_begins_with_the_preface_settings_and_a_wide_window() -> None:
    wire = Wire()
    settings = struct.pack("!HIHIHI", _HEADER_TABLE_SIZE, 0, 2, 0, _INITIAL_WINDOW, _MOST)
    more = (_MOST - 65_535).to_bytes(4, "big")
    first = PREFACE + frame(SETTINGS, 0, 0, settings) + frame(WINDOW_UPDATE, 0, 0, more)
    assert wire.sent() == first
    wire.close()


def test_is_taken_for_a_client_with_such_settings(served: Served) -> None:
    served.open()
    served.exchange()
    theirs = served.server.remote_settings
    assert theirs.header_table_size == 0
    assert theirs.enable_push == 0
    assert theirs.initial_window_size == _MOST
    assert served.server.local_flow_control_window(1) == _MOST


def test_sends_the_headers_of_a_call_and_its_metadata(served: Served) -> None:
    with served.lock:
        served.connection.open(
            "/polyproc.v1.QueueService/Put", [("authorization", "Bearer x"), ("b-bin", b"YWJj")]
        )
    served.exchange()
    assert served.requests == [
        [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", "/polyproc.v1.QueueService/Put"),
            (":authority", "localhost"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            ("authorization", "Bearer x"),
            ("b-bin", "YWJj"),
        ]
    ]


@pytest.mark.parametrize("length", [126, 127, 128, 254, 255, 16_300, 16_384, 40_000])
def test_sends_metadata_of_any_length(served: Served, length: int) -> None:
    served.server.local_settings.max_header_list_size = 1 << 20
    served.server.decoder.max_header_list_size = 1 << 20
    with served.lock:
        served.connection.open("/a/b", [("long", "x" * length)])
    served.send(b"then a message")
    served.exchange()
    assert served.requests[0][-1] == ("long", "x" * length)
    assert bytes(served.received) == _grpc(b"then a message")


def test_sends_messages_and_the_end(served: Served) -> None:
    served.open()
    served.send(b"one")
    served.send(b"")
    served.exchange()
    assert not served.has_ended
    served.send(b"three", end=True)
    served.exchange()
    assert bytes(served.received) == _grpc(b"one") + _grpc(b"") + _grpc(b"three")
    assert served.has_ended


def test_makes_one_call_after_the_other(served: Served) -> None:
    for stream in (1, 3, 5):
        served.open()
        served.send(b"request", end=True)
        served.exchange()
        served.server.send_headers(stream, _RESPONSE)
        served.server.send_data(stream, _grpc(b"response"))
        served.server.send_headers(stream, _TRAILERS, end_stream=True)
        served.exchange()
        assert served.messages() == [b"response"]
        assert served.end()["grpc-status"] == "0"
    assert len(served.requests) == 3


def test_resets_a_stream_that_it_gives_up_and_ignores_the_rest_of_it(served: Served) -> None:
    served.open()
    served.exchange()
    served.server.send_headers(1, _RESPONSE)
    served.server.send_data(1, _grpc(b"late"))
    with served.lock:
        served.connection.reset()
    (reset,) = _of(h2.events.StreamReset, served.exchange())
    assert isinstance(reset, h2.events.StreamReset)
    assert reset.error_code == h2.errors.ErrorCodes.CANCEL
    served.open()
    served.exchange()
    assert served.messages() == []
    served.server.send_headers(3, _RESPONSE)
    served.server.send_data(3, _grpc(b"new"))
    served.exchange()
    assert served.messages() == [b"new"]


# Windows and sizes.


@pytest.mark.parametrize("window", [0, 1, 5, 6, 17, 65_534])
def test_sends_no_more_than_the_window_of_the_stream(served: Served, window: int) -> None:
    served.server.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
    served.exchange()
    served.open()
    message = b"0123456789" * 7_000
    served.send(message, end=True)
    served.exchange()
    assert len(served.received) == window
    assert served.connection.unsent
    for _ in range(40):
        served.server.increment_flow_control_window(7, 1)
        served.exchange()
    assert len(served.received) == min(window + 280, 65_535)
    served.server.increment_flow_control_window(1 << 20, 1)
    served.server.increment_flow_control_window(1 << 20)
    served.exchange()
    assert bytes(served.received) == _grpc(message)
    assert served.has_ended
    assert not served.connection.unsent


def test_keeps_to_the_window_of_the_connection(served: Served) -> None:
    served.server.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: _MOST})
    served.exchange()
    served.open()
    served.send(bytes(100_000))
    served.exchange()
    assert len(served.received) == 65_535
    served.server.increment_flow_control_window(100_000)
    served.exchange()
    assert bytes(served.received) == _grpc(bytes(100_000))


def test_waits_while_a_window_is_below_zero(served: Served) -> None:
    served.open()
    served.send(bytes(59_995))
    served.exchange()
    assert len(served.received) == 60_000
    served.server.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 10_000})
    served.exchange()  # 5,535 were left; now -50,000
    served.send(bytes(95))
    served.exchange()
    assert len(served.received) == 60_000
    served.server.increment_flow_control_window(1 << 20)
    served.server.increment_flow_control_window(50_000, 1)
    served.exchange()
    assert len(served.received) == 60_000
    served.server.increment_flow_control_window(1, 1)
    served.exchange()
    assert len(served.received) == 60_001
    served.server.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 10_050})
    served.exchange()
    assert len(served.received) == 60_051
    served.server.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 65_535})
    served.exchange()
    assert bytes(served.received) == _grpc(bytes(59_995)) + _grpc(bytes(95))


def test_sends_frames_as_large_as_the_other_side_takes(served: Served) -> None:
    served.server.increment_flow_control_window(1 << 24)
    served.server.update_settings(
        {
            h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 24,
            h2.settings.SettingCodes.MAX_FRAME_SIZE: 50_000,
        }
    )
    served.exchange()
    served.open()
    served.send(bytes(120_000))
    sizes = [len(e.data) for e in _of(h2.events.DataReceived, served.exchange())]  # type: ignore[attr-defined]
    assert sizes == [50_000, 50_000, 20_005]


def test_gives_back_its_own_window_now_and_then(wire: Wire) -> None:
    wire.arrive(_OPENED)
    wire.sent()
    wire.connection._consumed = 1 << 30
    wire.arrive(frame(DATA, 0, 1, _grpc(b"x")))
    assert wire.messages() == [b"x"]
    more = ((1 << 30) + 6).to_bytes(4, "big")
    assert wire.sent() == frame(WINDOW_UPDATE, 0, 0, more) + frame(WINDOW_UPDATE, 0, 1, more)


@pytest.mark.parametrize("size", [1 << 20, 64 << 20])
def test_carries_large_messages_both_ways(size: int) -> None:
    wire = Wire()
    wire.open()
    message = random.Random(size).randbytes(1 << 16) * (size >> 16)
    echoed: list[bytes] = []

    def echo() -> None:
        _echo(wire.other)

    thread = threading.Thread(target=echo)
    thread.start()
    wire.send(message, end=True)
    connection = wire.connection
    while not echoed:
        with wire.lock:
            stuck = not connection.flush()
        if stuck:
            connection.await_room()
            connection.take_data()
        else:
            connection.await_data()
        echoed += wire.messages()
    assert echoed == [message]
    thread.join()
    wire.close()


def _echo(sock: socket.socket) -> None:
    """Sends the data of a stream back, once all of it is there."""
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    server.initiate_connection()
    server.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: _MOST})
    server.increment_flow_control_window(_MOST - 65_535)
    data = bytearray()
    has_ended = False
    while not has_ended:
        sock.sendall(server.data_to_send())
        for event in server.receive_data(sock.recv(1 << 18)):
            if isinstance(event, h2.events.DataReceived):
                data += event.data
            has_ended = has_ended or isinstance(event, h2.events.StreamEnded)
    server.send_headers(1, _RESPONSE)
    view = memoryview(data)
    for begin in range(0, len(data), 16_384):
        server.send_data(1, bytes(view[begin : begin + 16_384]))
        sock.sendall(server.data_to_send())


# What comes, cut and dressed up as HTTP/2 allows.


def _conversation() -> tuple[bytes, list[bytes]]:
    """All that a daemon may send, and the messages in it."""
    one, two, large = b"first", b"", bytes(range(256)) * 3
    block = _block(*_RESPONSE)
    both = _grpc(one) + _grpc(two)
    whole = _grpc(large)
    frames = [
        frame(SETTINGS, 0, 0, struct.pack("!HIHI", _HEADER_TABLE_SIZE, 4096, 0x99, 7)),
        frame(SETTINGS, ACK, 0),
        frame(HEADERS, PADDED | WITH_PRIORITY, 1, b"\x03" + bytes(5) + block[:2] + bytes(3)),
        frame(CONTINUATION, 0, 1, block[2:5]),
        frame(CONTINUATION, 0, 1),
        frame(CONTINUATION, END_HEADERS, 1, block[5:]),
        frame(PRIORITY, 0, 1, bytes(5)),
        frame(0x42, 0xFF, 1, b"a frame of the future"),
        frame(DATA, 0, 1, both),
        frame(PING, 0, 0, b"12345678"),
        frame(DATA, 0, 1, whole[:3]),
        frame(DATA, PADDED, 1, b"\x00"),
        frame(WINDOW_UPDATE, 0, 1, (1).to_bytes(4, "big")),
        frame(DATA, PADDED, 1, b"\x05" + whole[3:100] + bytes(5)),
        frame(WINDOW_UPDATE, 0, 0, (1).to_bytes(4, "big")),
        frame(DATA, 0, 1),
        frame(DATA, 0, 1, whole[100:] + _grpc(one)[:4]),
        frame(GOAWAY, 0, 0, struct.pack("!II", 1, 0) + b"bye"),
        frame(DATA, 0, 1, _grpc(one)[4:]),
        frame(HEADERS, END_HEADERS | END_STREAM, 1, _block(*_TRAILERS)),
    ]
    return b"".join(frames), [one, two, large, one]


def _played(parts: Iterable[bytes]) -> tuple[list[bytes], dict[str, str], bytes]:
    wire = Wire()
    wire.open()
    wire.sent()
    for part in parts:
        wire.arrive(part)
    try:
        return wire.messages(), wire.end(), wire.sent()
    finally:
        wire.close()


_ANSWERED = frame(SETTINGS, ACK, 0) + frame(PING, ACK, 0, b"12345678")


def test_takes_all_that_a_daemon_may_send() -> None:
    data, messages = _conversation()
    took, end, answered = _played([data])
    assert took == messages
    assert end == {":status": "200", "content-type": "application/grpc", "grpc-status": "0"}
    assert answered == _ANSWERED


def test_takes_it_byte_by_byte() -> None:
    data, messages = _conversation()
    took, end, answered = _played(data[i : i + 1] for i in range(len(data)))
    assert (took, end["grpc-status"], answered) == (messages, "0", _ANSWERED)


def test_takes_it_cut_anywhere() -> None:
    data, messages = _conversation()
    for cut in range(1, len(data)):
        took, end, answered = _played([data[:cut], data[cut:]])
        assert (took, end["grpc-status"], answered) == (messages, "0", _ANSWERED), cut


def test_says_that_it_broke_wherever_it_is_cut_off() -> None:
    data, messages = _conversation()
    last = len(data) - len(frame(HEADERS, 0, 1, _block(*_TRAILERS)))
    for cut in range(last):
        wire = Wire()
        wire.open()
        wire.other.sendall(data[:cut])
        wire.other.shutdown(socket.SHUT_WR)
        with pytest.raises(BrokenConnection, match="the daemon closed it"):
            wire.read_on()
        wire.connection.raise_end()
        took = wire.messages()
        assert took == messages[: len(took)]
        wire.close()


@pytest.mark.parametrize("count", [1, 2, 100])
def test_takes_many_messages_at_once(wire: Wire, count: int) -> None:
    messages = [b"%d" % n for n in range(count)]
    one = frame(DATA, 0, 1, b"".join(map(_grpc, messages)))
    each = b"".join(frame(DATA, 0, 1, _grpc(m)) for m in messages)
    wire.arrive(frame(HEADERS, END_HEADERS, 1, _block(*_RESPONSE)), one, each)
    assert wire.messages() == messages * 2


def test_answers_a_ping_and_asks_for_a_word(served: Served) -> None:
    served.open()
    served.exchange()
    served.server.ping(b"01234567")
    with served.lock:
        served.connection.ping()
    events = served.exchange()
    acks = _of(h2.events.PingAckReceived, events)
    assert [e.ping_data for e in acks] == [b"01234567"]  # type: ignore[attr-defined]
    assert [e.ping_data for e in _of(h2.events.PingReceived, events)] == [b"polyproc"]  # type: ignore[attr-defined]


# How a stream ends.


def test_says_what_the_trailers_say(wire: Wire) -> None:
    wire.arrive(
        frame(HEADERS, END_HEADERS, 1, _block(*_RESPONSE)),
        frame(
            HEADERS,
            END_HEADERS | END_STREAM,
            1,
            _block(("grpc-status", "9"), ("grpc-message", "Expected 100%25 of %C3%A4, but %zz")),
        ),
    )
    error = from_trailers(wire.end().items())
    assert error is not None
    assert (error.code, str(error)) == ("FAILED_PRECONDITION", "Expected 100% of ä, but %zz")


def test_says_what_headers_say_that_are_all_there_is(wire: Wire) -> None:
    flags = END_HEADERS | END_STREAM
    wire.arrive(frame(HEADERS, flags, 1, _block(*_RESPONSE, ("grpc-status", "5"))))
    error = from_trailers(wire.end().items())
    assert error is not None
    assert error.code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        ("404", "text/html", "UNIMPLEMENTED"),
        ("503", "text/plain", "UNAVAILABLE"),
        ("403", "application/grpc", "PERMISSION_DENIED"),
        ("200", "text/html", "UNKNOWN"),
    ],
)
def test_takes_no_message_from_what_is_no_grpc(
    wire: Wire, status: str, kind: str, code: str
) -> None:
    headers = _block((":status", status), ("content-type", kind))
    wire.arrive(
        frame(HEADERS, END_HEADERS, 1, headers),
        frame(DATA, END_STREAM, 1, _grpc(b"a page")),
    )
    assert wire.messages() == []
    error = from_trailers(wire.end().items())
    assert error is not None
    assert error.code == code


def test_passes_over_headers_that_come_before_the_response(wire: Wire) -> None:
    wire.arrive(
        frame(HEADERS, END_HEADERS, 1, _block((":status", "103"), ("link", "x"))),
        frame(HEADERS, END_HEADERS, 1, _block(*_RESPONSE)),
        frame(DATA, 0, 1, _grpc(b"x")),
    )
    assert wire.messages() == [b"x"]
    wire.connection.raise_end()


def test_says_that_data_may_end_a_stream(wire: Wire) -> None:
    wire.arrive(
        frame(HEADERS, END_HEADERS, 1, _block(*_RESPONSE)),
        frame(DATA, END_STREAM, 1, _grpc(b"x")),
    )
    assert wire.messages() == [b"x"]
    error = from_trailers(wire.end().items())
    assert error is not None
    assert error.code == "UNKNOWN"


@pytest.mark.parametrize(
    ("code", "status"),
    [(0, "INTERNAL"), (2, "INTERNAL"), (7, "UNAVAILABLE"), (8, "CANCELLED"),
     (11, "RESOURCE_EXHAUSTED"), (12, "PERMISSION_DENIED"), (999, "INTERNAL")],
)  # fmt: skip
def test_says_that_a_stream_was_reset(wire: Wire, code: int, status: str) -> None:
    wire.arrive(frame(RST_STREAM, 0, 1, code.to_bytes(4, "big")))
    error = from_trailers(wire.end().items())
    assert error is not None
    assert error.code == status


def test_lets_a_reset_change_nothing_once_a_stream_has_ended(wire: Wire) -> None:
    wire.arrive(
        frame(HEADERS, END_HEADERS, 1, _block(*_RESPONSE)),
        frame(HEADERS, END_HEADERS | END_STREAM, 1, _block(*_TRAILERS)),
        frame(RST_STREAM, 0, 1, bytes(4)),
    )
    assert wire.end()["grpc-status"] == "0"


def test_goes_on_while_the_daemon_goes_away_in_good_order(wire: Wire) -> None:
    wire.arrive(
        frame(GOAWAY, 0, 0, struct.pack("!II", _MOST, 0)),
        frame(GOAWAY, 0, 0, struct.pack("!II", 1, 0)),
        frame(HEADERS, END_HEADERS, 1, _block(*_RESPONSE)),
        frame(DATA, 0, 1, _grpc(b"still there")),
    )
    assert wire.messages() == [b"still there"]
    with pytest.raises(BrokenConnection), wire.lock:
        wire.connection.open("/a/b")  # a new call would be none any more


# What no daemon sends.

_OPENED = frame(HEADERS, END_HEADERS, 1, _block(*_RESPONSE))
_WRONG = {
    "another protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "a frame that is too long": frame(DATA, 0, 1, bytes(16_385)),
    "the daemon goes away for a reason": frame(GOAWAY, 0, 0, struct.pack("!II", _MOST, 11)),
    "the daemon does not know the stream": frame(GOAWAY, 0, 0, struct.pack("!II", 0, 0)),
    "a farewell that is cut off": frame(GOAWAY, 0, 0, bytes(7)),
    "a reset that is cut off": frame(RST_STREAM, 0, 1, bytes(3)),
    "a ping of seven bytes": frame(PING, 0, 0, bytes(7)),
    "settings that are cut off": frame(SETTINGS, 0, 0, bytes(7)),
    "settings of a stream": frame(SETTINGS, 0, 1, bytes(6)),
    "settings in their acknowledgement": frame(SETTINGS, ACK, 0, bytes(6)),
    "a tiny frame size": frame(SETTINGS, 0, 0, struct.pack("!HI", _MAX_FRAME, 16_383)),
    "no frame size": frame(SETTINGS, 0, 0, struct.pack("!HI", _MAX_FRAME, 0)),
    "a huge frame size": frame(SETTINGS, 0, 0, struct.pack("!HI", _MAX_FRAME, 1 << 24)),
    "a huge window": frame(SETTINGS, 0, 0, struct.pack("!HI", _INITIAL_WINDOW, 1 << 31)),
    "a window that does not grow": frame(WINDOW_UPDATE, 0, 1, bytes(4)),
    "a window of the connection that does not grow": frame(WINDOW_UPDATE, 0, 0, bytes(4)),
    "a window that is cut off": frame(WINDOW_UPDATE, 0, 1, bytes(3)),
    "a window that overflows": frame(WINDOW_UPDATE, 0, 1, _MOST.to_bytes(4, "big")),
    "the connection's window overflows": frame(WINDOW_UPDATE, 0, 0, _MOST.to_bytes(4, "big")),
    "a promise": frame(PUSH_PROMISE, END_HEADERS, 1, bytes(4)),
    "a continuation of nothing": frame(CONTINUATION, END_HEADERS, 1, b""),
    "headers that are cut off": frame(HEADERS, 0, 1, b"") + frame(PING, 0, 0, bytes(8)),
    "headers of two streams": frame(HEADERS, 0, 1) + frame(CONTINUATION, END_HEADERS, 3),
    "data amid headers": frame(HEADERS, 0, 1) + frame(DATA, 0, 1, _grpc(b"x")),
    "headers of no stream": frame(HEADERS, END_HEADERS, 0, _block(*_RESPONSE)),
    "headers that are no HPACK": frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff"),
    "headers that are no text": frame(HEADERS, END_HEADERS, 1, b"\x00\x01a\x01\xff"),
    "headers out of a table": frame(HEADERS, END_HEADERS, 1, b"\xbe"),
    "a table that nobody allowed": frame(HEADERS, END_HEADERS, 1, b"\x3f\xe1\x1f"),
    "headers without a status": frame(HEADERS, END_HEADERS, 1, _block(("a", "b"))),
    "padding of no headers": frame(HEADERS, END_HEADERS | PADDED, 1, b""),
    "padding beyond the headers": frame(HEADERS, END_HEADERS | PADDED, 1, b"\x09abc"),
    "a priority that is cut off": frame(HEADERS, END_HEADERS | WITH_PRIORITY, 1, b"abc"),
    "data of no stream": _OPENED + frame(DATA, 0, 0, _grpc(b"x")),
    "data of a stream that is to come": _OPENED + frame(DATA, 0, 7, _grpc(b"x")),
    "padding of no data": _OPENED + frame(DATA, PADDED, 1, b""),
    "padding beyond the data": _OPENED + frame(DATA, PADDED, 1, b"\x04abc"),
    "data without headers": frame(DATA, 0, 1, b"") + frame(DATA, 0, 1, _grpc(b"x")),
    "a compressed message": _OPENED + frame(DATA, 0, 1, b"\x01" + bytes(4)),
    "a message that is cut off": _OPENED + frame(DATA, END_STREAM, 1, _grpc(b"abc")[:-1]),
    "headers of the middle": _OPENED + frame(HEADERS, END_HEADERS, 1, _block(*_TRAILERS)),
}


@pytest.mark.parametrize("wrong", _WRONG.values(), ids=_WRONG.keys())
def test_breaks_at_what_no_daemon_sends(wire: Wire, wrong: bytes) -> None:
    with pytest.raises(BrokenConnection):
        wire.arrive(wrong)
    assert wire.messages() == []


@pytest.mark.parametrize("wrong", _WRONG.values(), ids=_WRONG.keys())
def test_breaks_at_it_byte_by_byte(wire: Wire, wrong: bytes) -> None:
    with pytest.raises(BrokenConnection):
        wire.trickle(wrong)
    assert wire.messages() == []


def test_keeps_no_headers_without_end(wire: Wire) -> None:
    more = frame(CONTINUATION, 0, 1, bytes(16_384))
    with pytest.raises(BrokenConnection, match="without end"):
        wire.trickle(frame(HEADERS, 0, 1) + more * 100, len(more))


def _survives(wire: Wire, data: bytes) -> None:
    """Whatever comes: messages, an end, or a connection that broke; and no wait."""
    wire.other.sendall(data)
    try:
        while wire.connection.take_data():
            wire.connection.raise_end()
    except (BrokenConnection, StreamEnded):
        pass
    wire.close()


def test_survives_noise() -> None:
    noise = random.Random(1)
    for _ in range(300):
        wire = Wire()
        wire.open()
        _survives(wire, noise.randbytes(noise.randrange(1, 300)))


def test_survives_frames_of_noise() -> None:
    noise = random.Random(2)
    for _ in range(1000):
        wire = Wire()
        wire.open()
        frames = [
            frame(
                noise.randrange(11),
                noise.randrange(256),
                noise.choice((0, 1, 1, 1, 2, 3)),
                noise.randbytes(noise.choice((0, 1, 4, 5, 6, 8, 12, 60))),
            )
            for _ in range(noise.randrange(1, 6))
        ]
        _survives(wire, b"".join(frames))


def test_survives_bits_that_fall_over() -> None:
    noise = random.Random(3)
    data, _ = _conversation()
    for _ in range(1000):
        wrong = bytearray(data)
        for _ in range(noise.randrange(1, 4)):
            wrong[noise.randrange(len(wrong))] ^= 1 << noise.randrange(8)
        wire = Wire()
        wire.open()
        _survives(wire, bytes(wrong))


# Exceptions in the middle of it.


class TornIo(PlainIo):
    """A socket of which a signal tears its sender away after three bytes."""

    def send(self, data: bytes | memoryview) -> int:
        super().send(data[:3])
        raise KeyboardInterrupt


def test_sends_nothing_more_once_a_frame_was_torn_apart(wire: Wire) -> None:
    wire.sent()
    connection = wire.connection
    connection._io.__class__ = TornIo
    with pytest.raises(KeyboardInterrupt):
        wire.send(b"x")
    connection._io.__class__ = PlainIo
    with pytest.raises(BrokenConnection):
        wire.send(b"y")
    with pytest.raises(BrokenConnection):
        wire.ping()
    assert len(wire.sent()) == 3
