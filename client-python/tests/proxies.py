"""Something between client and daemon, which cuts connections, or looks at what is said on them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from peers import SECONDS, listening


class Link:
    """A connection through a proxy: what came each way, and where it is cut."""

    def __init__(self, client: socket.socket, daemon: socket.socket, cut_after: int | None) -> None:
        self.said = bytearray()
        self.answered = bytearray()
        self._left = cut_after
        self._sockets = (client, daemon)
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._carry, args=way, daemon=True)
            for way in ((client, daemon, self.said), (daemon, client, self.answered))
        ]
        for thread in self._threads:
            thread.start()

    def _carry(self, begin: socket.socket, end: socket.socket, seen: bytearray) -> None:
        with contextlib.suppress(OSError):
            while data := begin.recv(1 << 16):
                with self._lock:
                    if self._left is not None:
                        data = data[: self._left]
                        self._left -= len(data)
                    seen += data
                end.sendall(data)
                if self._left == 0:
                    break
        self.cut()

    def cut(self) -> None:
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        self.cut()
        for thread in self._threads:
            thread.join(SECONDS)
        for each in self._sockets:
            each.close()


class Proxy:
    """Carries the connections of clients to a daemon."""

    def __init__(self, listener: socket.socket, address: str, daemon: str) -> None:
        self.address = address
        self.links: list[Link] = []
        self.cut_next_after: int | None = None
        """The next connection is cut once so many bytes have gone through it, both ways."""
        self._listener = listener
        self.daemon = daemon
        """The path of the daemon's socket."""
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            daemon = socket.socket(socket.AF_UNIX)
            try:
                daemon.connect(self.daemon)
            except OSError:
                client.close()
                daemon.close()
                continue
            cut_after, self.cut_next_after = self.cut_next_after, None
            self.links.append(Link(client, daemon, cut_after))

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(SECONDS)
        for link in self.links:
            link.join()


@contextlib.contextmanager
def proxied(address: str) -> Iterator[Proxy]:
    """A proxy of a daemon on a Unix socket."""
    with listening() as (listener, own):
        proxy = Proxy(listener, own, address.removeprefix("unix:"))
        try:
            yield proxy
        finally:
            proxy.close()
