"""What a program hands over to a child as it starts one: nothing ends before the child has it."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from polyproc import _own_process
from polyproc._dialer import Dialer
from polyproc._errors import ConnectionLost, Error, Reason, is_end_of_session
from polyproc._methods import END, RETAIN, Method
from polyproc._side import SideConnection
from polyproc._signals import raise_of_handler
from polyproc.v1 import object_pb2, session_pb2

if TYPE_CHECKING:
    from polyproc._session import Session

T = TypeVar("T")

_OPEN = Method(
    "SessionService/Open", session_pb2.SessionOpenRequest, session_pb2.SessionOpenResponse
)

UNWATCHED_SECONDS = 600
"""For so long a child that the daemon does not see may take until its first call."""

_RETAINED = session_pb2.CONTRACT_REVISION_11
"""Daemons of this revision know `retained` of Open."""

_GONE = frozenset({Reason.OBJECT_DELETED, Reason.OBJECT_NOT_FOUND})

_PAGE = 1000
_MESSAGE_BYTES = 4096
"""What goes through a pipe in one piece."""


class Kept:
    """What is handed over to a child that is about to be started, and how.

    Made before the child is there: after a fork a parent, too, copies the memory of all that it
    touches.
    """

    def __init__(
        self, request: session_pb2.SessionOpenRequest, refs: Sequence[object_pb2.Ref]
    ) -> None:
        self.request = request
        """How its session is opened, but for its process."""
        self.refs = refs
        of_all = session_pb2.SessionOpenRequest(retained=refs)
        of_all.MergeFrom(request)
        self.at_once = of_all.SerializeToString()
        """The same, with what it retains."""
        self._ids = list(map(id, refs))

    def has(self, refs: Iterable[object_pb2.Ref]) -> bool:
        """Whether it is of these very refs, which are not changed."""
        return self._ids == list(map(id, refs))


class Keeper:
    """Opens sessions that live in a child of this process, and have what is handed over to it.

    They end with the child, also by `kill -9`, or where the child says that it has everything. One
    is opened by one command of the client's session. Where that is not to be had, or something is
    gone that was to be handed over, what is asked goes over a connection of its own, which stays.
    Of one thread at a time.
    """

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._connection: SideConnection | None = None
        self._unclosed: weakref.finalize[..., Keeper] | None = None

    def keep(self, pid: int, kept: Kept, session: Session | None) -> str:
        """Opens one.

        Args:
            pid: of a child that was started.
            kept: what is handed over. What is gone by now is left out.
            session: the client's, where it has one.

        Returns:
            Its id, a secret; "" where the child has ended.

        Raises:
            Error: There is no daemon, or it refuses.
        """
        process = _own_process.describe_child(pid, self._dialer.is_watched)
        if session is not None and session.serves(_RETAINED) and len(kept.refs) <= session.page:
            opened = self._by_command(session, kept, process)
            if opened is not None and not opened.incompatibility:
                return opened.session
            if opened is not None:  # It does not end with the child, who may be gone by now.
                self._beside(lambda connection: _end(connection, opened.session))
        return self._beside(lambda connection: self._keep(connection, kept, process))

    def _by_command(
        self, session: Session, kept: Kept, process: bytes
    ) -> session_pb2.SessionOpenResponse | None:
        """Opens one with all; None: something is gone.

        It stays open where a handler interrupts this: the child is there.
        """
        try:
            return _OPEN.read(session.call(_OPEN.fields, kept.at_once + process, stands=True))
        except Error as e:
            if e.reason in _GONE:
                return None
            raise

    def _beside(self, ask: Callable[[SideConnection], T]) -> T:
        if self._connection is not None:
            with contextlib.suppress(ConnectionLost):  # One that is old may have broken.
                return ask(self._connection)
            self.close()
        self._connection = SideConnection(self._dialer)
        self._unclosed = weakref.finalize(self, self._connection.close)
        return ask(self._connection)

    def _keep(self, connection: SideConnection, kept: Kept, process: bytes) -> str:
        request = session_pb2.SessionOpenRequest.FromString(process)
        request.MergeFrom(kept.request)
        opened = connection.call(_OPEN, request)
        if opened.incompatibility:
            _end(connection, opened.session)
            if not request.HasField("process") or not _own_process.is_alive(request.process.pid):
                return ""
            request.ClearField("process")
            request.time_to_live.FromSeconds(UNWATCHED_SECONDS)
            opened = connection.call(_OPEN, request)
        with contextlib.suppress(_Ended):
            _retain_all(connection, opened.session, kept.refs)
        return opened.session

    def close(self) -> None:
        """Closes the connection; the sessions go on."""
        if self._unclosed is not None:
            self._unclosed()
            self._connection = self._unclosed = None


def _end(connection: SideConnection, session: str) -> None:
    connection.call(END, session_pb2.SessionEndRequest(), session)


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
        told = [f"{session} {dialer.address}" for dialer, session in sessions if session]
        try:
            os.write(self._end, "\n".join(told).encode())
        except BrokenPipeError as e:  # The child has ended.
            raise_of_handler(e)

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
                    connection.call(END, session_pb2.SessionEndRequest(), session)

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
