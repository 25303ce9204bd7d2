"""Descriptors for what waits by `select`: they can be read when an object has something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message

from polyproc import _frames
from polyproc._errors import ConnectionLost, Error
from polyproc._side import SideConnection
from polyproc._signals import raise_of_handler

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._methods import Method


class Ready:
    """A call that the daemon holds until there is something, on a connection of its own.

    Its descriptor can be read from then on, until `renew` makes the call anew. So that it can be
    read only then, `renew` waits until all else has come that the daemon says on the connection:
    it takes two ways to the daemon, and nothing where there is still nothing. A forked child has
    none of it, and makes its own.

    Args:
        client: of which daemon.
        method: which is called.
        request: how, where it is to be held.
        call_fields: of Call, see `_frames`.
    """

    def __init__(
        self, client: Client, method: Method[Any, Any], request: Message, call_fields: bytes
    ) -> None:
        self._client = client
        self._method = method
        self._request = request
        self._metadata = _frames.as_metadata(call_fields)
        self._side: SideConnection | None = None

    def fileno(self) -> int:
        """The descriptor, which is another one after a fork, or when the connection broke.

        Raises:
            ConnectionLost: There is no daemon.
        """
        try:
            self.renew()
        except OSError as e:
            raise_of_handler(e)
            self.close()
        side = self._side
        if side is None or side.fileno() < 0:
            side = self._connect()
        return side.fileno()

    def renew(self) -> None:
        """Makes the call anew where it was answered: something was taken since, perhaps.

        Raises:
            OSError: The connection broke; its descriptor can be read.
        """
        side = self._side
        if side is not None and side.fileno() >= 0 and side.hear():
            _await_end(side)
            self._begin(side)

    def close(self) -> None:
        """Gives the call up. To close it twice does no harm."""
        side, self._side = self._side, None
        if side is not None:
            side.close()

    def _connect(self) -> SideConnection:
        side = SideConnection(self._client._dialer)
        try:
            self._begin(side)
        except OSError as e:
            side.close()
            raise_of_handler(e)
            raise ConnectionLost(str(e)) from e
        except BaseException:
            side.close()
            raise
        self._side = side
        return side

    def _begin(self, side: SideConnection) -> None:
        side.begin(self._method, self._request, self._metadata)
        side.settle()
        if side.hear():
            side.ping()  # Whose answer is what can be read in the place of what has been.


def _await_end(side: SideConnection) -> None:
    """Of a call that was answered; a refusal is an answer, too."""
    try:
        while side.take() is not None:
            pass
    except ConnectionLost:
        raise
    except Error:
        pass
