"""Makes connections to the daemon at an address."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from polyproc._address import Address, find_token, sendable_token
from polyproc._io import Io, PlainIo

if TYPE_CHECKING:
    from polyproc._tls import Tls


class Dialer:
    """The daemon at an address. What the environment says it asks anew for each connection."""

    def __init__(self, address: Address, tls: Tls | None, given_token: str | None) -> None:
        """Takes the settings; reads nothing yet."""
        self.address = address
        self.authority = address.authority
        self.scheme = "https" if address.tls else "http"
        self.is_watched = address.is_socket
        """Whether the daemon sees this process by its connection."""
        self._tls = tls
        self._token = None if given_token is None else sendable_token(given_token, "token")

    def dial(self, seconds: float) -> tuple[Io, list[tuple[str, str | bytes]]]:
        """Connects.

        Args:
            seconds: how long it may take.

        Returns:
            The connection, and the metadata of every call on it.

        Raises:
            OSError: There is no daemon, or none that can be trusted.
            ValueError: A setting makes no sense.
        """
        shown = find_token(self.address) if self._token is None else self._token
        metadata: list[tuple[str, str | bytes]] = []
        if shown is not None:
            metadata.append(("authorization", f"Bearer {shown}"))
        sock = self.address.connect(seconds, self._tls)
        try:
            io = _tls_io(sock) if self.address.tls else PlainIo(sock)
        except BaseException:
            sock.close()
            raise
        return io, metadata


def _tls_io(sock: socket.socket) -> Io:
    """Loads what few programs need: `ssl` takes as long as some hundred calls."""
    import ssl

    from polyproc._tls_io import TlsIo

    assert isinstance(sock, ssl.SSLSocket)
    return TlsIo(sock)
