"""The other side of a connection, as the tests want it: HTTP/2 by h2, on a real socket."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

SECONDS = 20.0
"""For so long, at most, a test waits for what is to come at once."""


@contextlib.contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    """Listens on a Unix socket in a folder of its own; with the address of it."""
    with tempfile.TemporaryDirectory(prefix="polyproc-") as folder:
        path = Path(folder) / "socket"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            yield listener, f"unix:{path}"


class Until:
    """A place to wait for what other threads do."""

    def __init__(self) -> None:
        self.changed = threading.Condition()

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Waits; call it while `changed` is held."""
        if not self.changed.wait_for(holds, SECONDS):
            raise AssertionError(f"Expected {what}, but it does not come")


class OnMessage(Protocol):
    def __call__(self, stream: Stream, message: bytes, /) -> None: ...


class Stream:
    """The daemon's side of one call: what came, and what is answered."""

    def __init__(self, peer: Peer, number: int, headers: dict[str, str]) -> None:
        self.peer = peer
        self.number = number
        self.headers = headers
        self.path = headers[":path"]
        self.is_over = False
        self._arrived = bytearray()
        self._is_answered = False

    def take(self, data: bytes) -> list[bytes]:
        """The messages that are whole with these bytes."""
        self._arrived += data
        whole = []
        while len(self._arrived) >= 5:
            size = int.from_bytes(self._arrived[1:5], "big")
            if len(self._arrived) < 5 + size:
                break
            whole.append(bytes(self._arrived[5 : 5 + size]))
            del self._arrived[: 5 + size]
        return whole

    def send(self, *messages: bytes) -> None:
        """Sends messages in one frame of HTTP/2, where they fit."""
        self._headers()
        data = b"".join(b"\x00" + len(m).to_bytes(4, "big") + m for m in messages)
        for begin in range(0, len(data), 16_384):
            self.peer.h2.send_data(self.number, data[begin : begin + 16_384])
        self.peer.flush()

    def end(self, *trailers: tuple[str, str]) -> None:
        """Ends the call."""
        if self.is_over:
            return
        self._headers()
        self.is_over = True
        self.peer.h2.send_headers(self.number, trailers or [("grpc-status", "0")], end_stream=True)
        self.peer.flush()

    def _headers(self) -> None:
        if not self._is_answered:
            self._is_answered = True
            self.peer.h2.send_headers(
                self.number, [(":status", "200"), ("content-type", "application/grpc")]
            )


class Peer:
    """One connection of a client, answered by a thread; its state is under `lock`."""

    def __init__(self, sock: socket.socket, lock: threading.RLock, on_message: OnMessage) -> None:
        self.sock = sock
        self.lock = lock
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )
        self.streams: dict[int, Stream] = {}
        self.is_gone = False
        self._on_message = on_message
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.sendall(self.h2.data_to_send())

    def _serve(self) -> None:
        with self.lock:
            self.h2.initiate_connection()
            self.flush()
        while True:
            try:
                data = self.sock.recv(1 << 16)
            except OSError:
                data = b""
            with self.lock:
                if not data or self.is_gone:
                    self.is_gone = True
                    return
                for event in self.h2.receive_data(data):
                    self._on_event(event)
                self.flush()

    def _on_event(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            headers = {str(name): str(value) for name, value in event.headers}
            self.streams[event.stream_id] = Stream(self, event.stream_id, headers)
        elif isinstance(event, h2.events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            stream = self.streams[event.stream_id]
            for message in stream.take(event.data):
                self._on_message(stream, message)

    def cut(self) -> None:
        """Breaks the connection without a word."""
        self.is_gone = True
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        self._thread.join(SECONDS)
        self.sock.close()
