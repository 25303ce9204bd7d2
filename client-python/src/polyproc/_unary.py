"""Calls of their own: what a session is opened by, and what makes its connections."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from polyproc._errors import ConnectionLost, Error, from_trailers
from polyproc._http2 import Connection, StreamEnded
from polyproc._io import Io

HANDSHAKE_SECONDS = 10.0


class Dialer(Protocol):
    """Knows the daemon's address."""

    authority: str
    scheme: str
    is_watched: bool
    """Whether the daemon sees this process by its connection."""

    def dial(self, seconds: float) -> tuple[Io, list[tuple[str, str | bytes]]]:
        """Connects, and answers the connection and the metadata of every call on it.

        Raises:
            OSError: There is no daemon, or none that can be trusted.
        """


def why_ended(end: StreamEnded) -> Error:
    """Why a stream ended; also where its end was said to be a success."""
    return from_trailers(end.trailers.items()) or ConnectionLost(
        "Expected the daemon to go on, but it ended the stream"
    )


def await_once(connection: Connection, lock: threading.Lock, until: float) -> None:
    """Reads once, and sends what there is room for."""
    with lock:
        stuck = not connection.flush()
    if stuck:
        connection.await_room(1.0)
        connection.take_data()
    else:
        connection.await_data()
    if not connection.messages:
        connection.raise_end()
        if time.monotonic() > until:
            raise OSError(
                "Expected the daemon to answer within"
                f" {HANDSHAKE_SECONDS:.0f} s, but it says nothing"
            )


def unary(
    connection: Connection,
    lock: threading.Lock,
    path: str,
    metadata: list[tuple[str, str | bytes]],
    request: bytes,
    seconds: float = HANDSHAKE_SECONDS,
) -> bytes:
    """Makes a call of its own on a connection that nobody else uses at the moment.

    Raises:
        Error: It was refused.
        OSError: The connection broke.
    """
    until = time.monotonic() + seconds
    with lock:
        connection.open(path, metadata)
        connection.send(request, end=True)
    response: bytes | None = None
    try:
        while True:
            await_once(connection, lock, until)
            if connection.messages:
                response = connection.messages.popleft()
                connection.raise_end()
    except StreamEnded as e:
        error = from_trailers(e.trailers.items())
        if error is not None:
            raise error from None
        if response is None:
            raise why_ended(e) from None
        return response
