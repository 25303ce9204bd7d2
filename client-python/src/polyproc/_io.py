"""The bytes of a connection: a plain socket, or by `_tls_io` one with TLS."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import sys
import time
from typing import Protocol

from polyproc._signals import raise_of_handler

TICK_SECONDS = 5.0
"""So long `Connection.await_data` blocks at most."""

RECEIVE_BYTES = 1 << 18

_LOOKS = 20
"""So often a reader looks whether something has come before it sleeps: to be woken, where there is
another processor, takes longer than most replies do."""

_REST = 64
"""For so many waits nobody looks after it was of no use, as where processors are busy."""

_NOTHING = 0xFF
"""With this no frame begins that `Connection` takes: it would be far too long."""


class BrokenConnection(ConnectionError):
    """The connection is of no more use; what was sent on it may or may not have arrived."""


class Io(Protocol):
    """The bytes of a connection."""

    def send(self, data: bytes | memoryview) -> int:
        """Sends what there is room for, and answers how many bytes; never blocks."""

    def receive_now(self) -> bytes | None:
        """What has come, b"" at the end, None where nothing has; never blocks."""

    def receive(self) -> bytes | None:
        """The same, and waits for it for `TICK_SECONDS`."""

    @property
    def has_taken_nothing(self) -> bool:
        """Whether an exception in `receive`, at the begin of a frame, has come before any data."""

    def await_room(self, seconds: float, or_data: bool) -> None:
        """Waits until there is room to send, or else, where it is asked for, something has come."""

    def await_data(self, seconds: float) -> None:
        """Waits until something has come."""

    def fileno(self) -> int:
        """The descriptor, below 0 where it was closed."""

    def shut_down(self) -> None:
        """Ends the connection: whoever waits for it is woken."""

    def leave(self) -> None:
        """In a forked child: closes its descriptor, by as little code as there can be."""

    def close(self) -> None:
        """Closes this process's descriptor, without a word to the other side."""


class SocketIo:
    """What is the same with TLS and without."""

    _sock: socket.socket

    def await_room(self, seconds: float, or_data: bool) -> None:
        poll(self._sock, select.POLLOUT | (select.POLLIN if or_data else 0), seconds)

    def await_data(self, seconds: float) -> None:
        poll(self._sock, select.POLLIN, seconds)

    def fileno(self) -> int:
        return self._sock.fileno()

    def shut_down(self) -> None:
        shut_down(self._sock)

    def leave(self) -> None:
        try:
            socket.SocketType.close(self._sock)
        except OSError:  # Others have closed the descriptor, as daemons close all.
            return

    def close(self) -> None:
        close(self._sock)


class PlainIo(SocketIo):
    """A socket as it is."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        sock.setblocking(True)
        seconds, rest = divmod(TICK_SECONDS, 1)
        sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(seconds), int(rest * 1e6))
        )
        self._receive = sock.recv_into
        # One buffer for all: to ask the system for so much memory each time takes 20 µs and more.
        self._received = bytearray(RECEIVE_BYTES)
        self._view = memoryview(self._received)
        self._send = sock.send
        self._rest = 0 if _has_processors() else sys.maxsize
        """So many waits block at once, as to look often has been of no use."""

    def send(self, data: bytes | memoryview) -> int:
        try:
            return self._send(data, socket.MSG_DONTWAIT)
        except BlockingIOError as e:
            raise_of_handler(e)
            return 0

    def receive_now(self) -> bytes | None:
        try:
            size = self._receive(self._received, 0, socket.MSG_DONTWAIT)
        except BlockingIOError as e:
            raise_of_handler(e)
            return None
        return bytes(self._view[:size])

    def receive(self) -> bytes | None:
        self._received[0] = _NOTHING
        if self._rest > 0:
            self._rest -= 1
        else:
            for _ in range(_LOOKS):
                try:
                    return bytes(
                        self._view[: self._receive(self._received, 0, socket.MSG_DONTWAIT)]
                    )
                except BlockingIOError as e:
                    raise_of_handler(e)
            self._rest = _REST
        try:
            return bytes(self._view[: self._receive(self._received)])
        except BlockingIOError as e:
            raise_of_handler(e)
            return None

    @property
    def has_taken_nothing(self) -> bool:
        return self._received[0] == _NOTHING


def left_of(until: float | None) -> float:
    """For how many seconds to wait in one go, until then of the monotonic clock; None: no end."""
    return TICK_SECONDS if until is None else max(0.0, min(TICK_SECONDS, until - time.monotonic()))


def poll(sock: socket.socket, events: int, seconds: float) -> None:
    waiting = select.poll()
    try:
        waiting.register(sock, events)
    except ValueError:
        raise BrokenConnection("Expected an open connection, but it was closed") from None
    waiting.poll(seconds * 1000)


def close(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # Others have closed the descriptor, as daemons close all.
        sock.close()


def _has_processors() -> bool:
    """Whether the daemon may run while this thread looks for its reply."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) > 1
    return (os.cpu_count() or 1) > 1


def shut_down(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # The other side was first.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
