"""What a program hands over to a child as it starts one: nothing ends before the child has it."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Iterable, Sequence

from polyproc import _own_process
from polyproc._dialer import Dialer
from polyproc._errors import ConnectionLost, Error, is_end_of_session
from polyproc._methods import RETAIN, Method
from polyproc._object import Handle
from polyproc._side import SideConnection
from polyproc.v1 import object_pb2, session_pb2

_OPEN = Method(
    "SessionService/Open", session_pb2.SessionOpenRequest, session_pb2.SessionOpenResponse
)
_END = Method("SessionService/End", session_pb2.SessionEndRequest, session_pb2.SessionEndResponse)

UNWATCHED_SECONDS = 600
"""For so long a child that the daemon does not see may take until its first call."""

_PAGE = 1000
_MESSAGE_BYTES = 4096
"""What goes through a pipe in one piece."""


class Keeper:
    """Opens sessions that live in a child of this process, and have what is handed over to it.

    They end with the child, also by `kill -9`, or where the child says that it has everything. What
    is opened goes over one connection, which stays. Of one thread at a time.
    """

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._connection: SideConnection | None = None
        self._unclosed: weakref.finalize[..., Keeper] | None = None

    def keep(self, pid: int, request: session_pb2.SessionOpenRequest, of: Iterable[Handle]) -> str:
        """Opens one.

        Args:
            pid: of a child that was started.
            request: how it is opened, but for its process.
            of: what is handed over. What is gone by now is left out.

        Returns:
            Its id, a secret; "" where the child has ended.

        Raises:
            Error: There is no daemon, or it refuses.
        """
        request.process.CopyFrom(_own_process.describe_child(pid, self._dialer.is_watched))
        # What goes by its name needs nobody who retains it.
        refs = [handle._ref for handle in of if handle._ref.incarnation]
        if self._connection is not None:
            with contextlib.suppress(ConnectionLost):  # One that is old may have broken.
                return self._keep(self._connection, request, refs)
            self.close()
        self._connection = SideConnection(self._dialer)
        self._unclosed = weakref.finalize(self, self._connection.close)
        return self._keep(self._connection, request, refs)

    def _keep(
        self,
        connection: SideConnection,
        request: session_pb2.SessionOpenRequest,
        refs: Sequence[object_pb2.Ref],
    ) -> str:
        opened = connection.call(_OPEN, request)
        if opened.incompatibility:  # It does not end with the child, who may be gone by now.
            connection.call(_END, session_pb2.SessionEndRequest(), opened.session)
            if not request.HasField("process") or not _own_process.is_alive(request.process.pid):
                return ""
            request.ClearField("process")
            request.time_to_live.FromSeconds(UNWATCHED_SECONDS)
            opened = connection.call(_OPEN, request)
        with contextlib.suppress(_Ended):
            _retain_all(connection, opened.session, refs)
        return opened.session

    def close(self) -> None:
        """Closes the connection; the sessions go on."""
        if self._unclosed is not None:
            self._unclosed()
            self._connection = self._unclosed = None


class _Ended(Exception):
    """The session has ended, with the child, or as that has all of it."""


def _retain_all(connection: SideConnection, session: str, refs: Sequence[object_pb2.Ref]) -> None:
    """Retains objects, but for those that are gone."""
    for begin in range(0, len(refs), _PAGE):
        page = refs[begin : begin + _PAGE]
        if not _retain(connection, session, page):
            for ref in page:
                _retain(connection, session, [ref])


def _retain(connection: SideConnection, session: str, refs: Sequence[object_pb2.Ref]) -> bool:
    """Retains objects; False: one of them is gone, and so none is retained."""
    try:
        connection.call(RETAIN, session_pb2.SessionRetainRequest(refs=refs), session)
    except ConnectionLost:
        raise
    except Error as e:
        if is_end_of_session(e):
            raise _Ended from None
        return False
    return True


class Giver:
    """A parent's end of a pipe, by which its child learns which sessions were opened for it."""

    def __init__(self) -> None:
        self.number, self._end = os.pipe()
        self._thread = threading.get_ident()
        _givers.add(self)

    def give(self, sessions: Iterable[tuple[Dialer, str]]) -> None:
        """Tells the child, once."""
        told = "\n".join(f"{session} {dialer.address}" for dialer, session in sessions if session)
        with contextlib.suppress(BrokenPipeError):
            os.write(self._end, told.encode())

    def close(self) -> None:
        """Closes both ends. A child that was told nothing is told so by that."""
        _givers.discard(self)
        os.close(self.number)
        os.close(self._end)

    def after_fork(self) -> None:
        """In a forked child, whether it was meant or not: nobody else is to hold the end open."""
        os.close(self._end)
        if not self.is_mine():
            os.close(self.number)

    def is_mine(self) -> bool:
        """Whether this process was forked by the thread that made it."""
        return self._thread == threading.get_ident()


_givers: set[Giver] = set()


class Handover:
    """The sessions that a parent has opened for this process, by the child's end of the pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def end(self, dialers: Iterable[Dialer]) -> None:
        """Ends those at these daemons: this process has by itself what they have.

        It waits until the parent has opened them, or is dead.
        """
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            told = os.read(descriptor, _MESSAGE_BYTES).decode()
            os.close(descriptor)
        except OSError:  # This process has closed it with all others, as daemons do.
            return
        known = {str(dialer.address): dialer for dialer in dialers}
        for line in told.splitlines():
            session, address = line.split(" ", 1)
            if address in known:
                with contextlib.suppress(Error), SideConnection(known[address]) as connection:
                    connection.call(_END, session_pb2.SessionEndRequest(), session)

    def close(self) -> None:
        """In a child of this process, which they are not for."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _after_fork_in_child() -> None:
    for giver in _givers:
        giver.after_fork()
    _givers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
