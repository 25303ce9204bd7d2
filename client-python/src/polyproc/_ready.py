"""Descriptors for what waits by `select`: they can be read when there is something to receive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polyproc import _frames
from polyproc._errors import ConnectionLost, Error
from polyproc._methods import Method
from polyproc._side import SideConnection
from polyproc._signals import raise_of_handler
from polyproc.v1 import pipe_pb2

if TYPE_CHECKING:
    from polyproc._client import Client

POLL = Method("PipeService/Poll", pipe_pb2.PipePollRequest, pipe_pb2.PipePollResponse)


class Ready:
    """A Poll that the daemon holds until there is something, on a connection of its own.

    The descriptor of that can be read from then on, until `renew` polls anew. So that it can be
    read only then, `renew` waits until all else has come that the daemon says on the connection:
    it takes two ways to the daemon, but nothing where there is still nothing. A forked child has
    none of it, and makes its own.

    Args:
        client: of which daemon.
        end: the name of the end.
        call_fields: of Call, see `_frames`.
    """

    def __init__(self, client: Client, end: str, call_fields: bytes) -> None:
        self._client = client
        self._held = pipe_pb2.PipePollRequest(end=end)
        self._look = pipe_pb2.PipePollRequest(end=end)
        self._look.timeout.SetInParent()
        self._metadata = _frames.as_metadata(call_fields)
        self._side: SideConnection | None = None
        self._has_looked = False
        """Whether there was something already, so that no Poll is held."""

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
        """Polls anew where there was something: it may have been received since.

        Raises:
            OSError: The connection broke; its descriptor can be read.
        """
        side = self._side
        if side is None or side.fileno() < 0:
            return
        if side.hear():
            _take(side)
        elif not self._has_looked:
            return
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
        side.begin(POLL, self._look, self._metadata)
        self._has_looked = _take(side)
        if not self._has_looked:
            side.begin(POLL, self._held, self._metadata)
            side.settle()
            if not side.hear():
                return
        side.leave_a_word()


def _take(side: SideConnection) -> bool:
    """Takes the answer to a Poll: whether there is something. A refusal is to be told, too."""
    try:
        response = side.take()
        while side.take() is not None:
            pass
    except ConnectionLost:
        raise
    except Error:
        return True
    return response is None or POLL.read(response).ready
