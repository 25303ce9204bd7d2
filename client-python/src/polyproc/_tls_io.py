"""The bytes of a connection through TLS."""

from __future__ import annotations

import select
import ssl
import threading

from polyproc import _io
from polyproc._io import RECEIVE_BYTES, SocketIo, poll


class TlsIo(SocketIo):
    """A socket with TLS. What its two sides want may cross, so it is polled."""

    def __init__(self, sock: ssl.SSLSocket) -> None:
        self._sock: ssl.SSLSocket = sock
        self._using = threading.Lock()  # OpenSSL's connections are for one thread at a time
        self.has_taken_nothing = False
        sock.setblocking(False)

    def send(self, data: bytes | memoryview) -> int:
        with self._using:
            try:
                return self._sock.send(data)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return 0

    def receive_now(self) -> bytes | None:
        with self._using:
            try:
                return self._sock.recv(RECEIVE_BYTES)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return None
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                return b""

    def receive(self) -> bytes | None:
        data = self.receive_now()
        if data is None:
            self.has_taken_nothing = True
            poll(self._sock, select.POLLIN, _io.TICK_SECONDS)
            self.has_taken_nothing = False
            data = self.receive_now()
        return data
