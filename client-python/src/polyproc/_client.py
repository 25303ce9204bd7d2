"""The client: connects to a daemon, and makes the handles of its objects."""

from __future__ import annotations

import atexit
import collections
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack, overload

from google.protobuf.message import Message

from polyproc._address import Address, Tls, UnreachableError
from polyproc._dialer import Dialer
from polyproc._errors import ConnectionLost, Error, SessionLost
from polyproc._methods import Method
from polyproc._object import Handle, class_of, released
from polyproc._session import Session
from polyproc._values import PLAIN, Codec
from polyproc.v1 import object_pb2, session_pb2

if TYPE_CHECKING:
    from polyproc._event import Event
    from polyproc._pipe import PipeEnd
    from polyproc._queue import Order, Queue, QueueKeywords

T = TypeVar("T")
Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

_WATCHED_SECONDS = 86_400
"""The time to live of a session whose process the daemon watches, so that nobody has to speak."""

_DROP = Method(
    "SessionService/Drop", session_pb2.SessionDropRequest, session_pb2.SessionDropResponse
)
_RETAIN = Method(
    "SessionService/Retain", session_pb2.SessionRetainRequest, session_pb2.SessionRetainResponse
)

_clients: weakref.WeakSet[Polyproc]


class Polyproc:
    """A client of a daemon. One is enough for a program: any number of threads may use it.

    After a fork the child's copy opens a session of its own with the first call. `close` ends the
    session, and with it all that it holds; so does the end of the program.
    """

    def __init__(
        self,
        dialer: Dialer,
        name: str,
        time_to_live: float | None,
        patience: float,
        on_session_lost: Callable[[SessionLost], object] | None,
    ) -> None:
        """Use `polyproc.connect`."""
        self._dialer = dialer
        self._name = name
        self._time_to_live = time_to_live
        self._patience = patience
        self._on_session_lost = on_session_lost
        self._guard_field = b""
        self._released: collections.deque[object_pb2.Ref | tuple[bytes, bytes, bytes]] = (
            collections.deque()
        )
        self._handles: weakref.WeakValueDictionary[int, Handle] = weakref.WeakValueDictionary()
        self._begin()
        self._session: Session | None = self._open()
        _clients.add(self)

    def _begin(self) -> None:
        """What belongs to this process alone."""
        self._opening = threading.Lock()
        self._closed = False

    # The session.

    def _open(self) -> Session:
        request = session_pb2.SessionOpenRequest(
            client=self._name,
            client_version="0.1.0",
            contract_revision=max(session_pb2.ContractRevision.values()),
            process=session_pb2.ClientProcess(pid=os.getpid()),
        )
        if self._time_to_live is not None:
            request.time_to_live.FromNanoseconds(round(self._time_to_live * 1e9))
        elif self._dialer.is_watched:
            request.time_to_live.seconds = _WATCHED_SECONDS
        return Session(self._dialer, request, None, self._patience, self._on_session_lost)

    def _session_now(self) -> Session:
        """The session to call by; a new one in the place of one that was lost."""
        session = self._session
        if session is None or session._over is not None:
            session = self._reopened()
        if self._released:
            self._drop(session)
        return session

    def _reopened(self) -> Session:
        with self._opening:
            session = self._session
            if session is None or (session._over is not None and not self._closed):
                handles = list(self._handles.values())
                session = self._session = self._open()
                self._retain_again(session, handles)
            return session

    def _retain_again(self, session: Session, handles: list[Handle]) -> None:
        refs = {(r.kind, r.name, r.incarnation): r for r in (h._ref for h in handles)}
        for ref in refs.values():
            request = session_pb2.SessionRetainRequest(refs=[ref])
            session.post(_RETAIN.fields, request.SerializeToString())

    def _retain(
        self, handle: Handle, ref: object_pb2.Ref
    ) -> weakref.finalize[[object_pb2.Ref], Handle]:
        self._handles[id(handle)] = handle
        return released(self, handle, ref)

    def _let_go(self, handle: Handle, ref: object_pb2.Ref) -> None:
        """Lets go of an object by one of its handles, and waits until that is done."""
        self._handles.pop(id(handle), None)
        request = session_pb2.SessionDropRequest()
        request.drops.add(ref=ref, count=1)
        self._call(_DROP, request)

    def _drop(self, session: Session) -> None:
        """Lets go of the objects whose handles are gone, and makes the calls that these have left.

        They are collected at any point of any code, where no call can be made.
        """
        request = session_pb2.SessionDropRequest()
        try:
            while len(request.drops) < 1000:
                left = self._released.popleft()
                if isinstance(left, tuple):
                    session.post(*left)
                else:
                    request.drops.add(ref=left, count=1)
        except IndexError:
            pass
        if request.drops:
            session.post(_DROP.fields, request.SerializeToString())

    def _call(self, method: Method[Q, R], request: Q, fields: bytes = b"") -> R:
        """Calls a method that is of no object."""
        return method.parse(
            self._session_now().call(method.fields, request.SerializeToString(), fields)
        )

    def close(self) -> None:
        """Ends the session: locks go to the next in line, reserved items back to their queues.

        Calls that wait in other threads fail, as do all that come after. To close it twice does no
        harm.
        """
        with self._opening:
            self._closed = True
            session = self._session
        if session is not None:
            session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Polyproc {self._name!r} at {self._dialer.address}>"

    def _handle(self, ref: object_pb2.Ref) -> object:
        """The handle of an object that a reply has handed out a ref of."""
        return class_of(ref.kind)(self, ref)

    # After a fork.

    def _forget(self) -> None:
        session, self._session = self._session, None
        closed = self._closed
        self._begin()
        self._closed = closed
        self._released.clear()
        if session is not None:
            session.forget()
            if closed:
                self._session = session

    # The objects.

    def event(self, name: str | None = None) -> Event:
        """An event that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
        """
        from polyproc._event import Event

        return Event._create(self, name)

    @overload
    def existing_queue(self, name: str) -> Queue[Any]: ...
    @overload
    def existing_queue(self, name: str, *, codec: Codec[T]) -> Queue[T]: ...
    def existing_queue(self, name: str, *, codec: Codec[Any] = PLAIN) -> Queue[Any]:
        """The queue of that name, whatever its shape; makes nothing.

        Args:
            name: its name.
            codec: what its items are to this handle.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._queue import Queue

        return Queue(self, self._existing(object_pb2.OBJECT_KIND_QUEUE, name), codec)

    def _existing(self, kind: object_pb2.ObjectKind, name: str) -> object_pb2.Ref:
        """The object of that name, which the session retains from now on."""
        request = session_pb2.SessionRetainRequest(refs=[object_pb2.Ref(kind=kind, name=name)])
        return self._call(_RETAIN, request).refs[0]

    @overload
    def pipe(
        self, name: str | None = None, duplex: bool = True, *, maxsize: int = 0
    ) -> tuple[PipeEnd[Any], PipeEnd[Any]]: ...
    @overload
    def pipe(
        self, name: str | None = None, duplex: bool = True, *, codec: Codec[T], maxsize: int = 0
    ) -> tuple[PipeEnd[T], PipeEnd[T]]: ...
    def pipe(
        self,
        name: str | None = None,
        duplex: bool = True,
        *,
        codec: Codec[Any] = PLAIN,
        maxsize: int = 0,
    ) -> tuple[PipeEnd[Any], PipeEnd[Any]]:
        """Both ends of a pipe that is there, or is made, as `multiprocessing.Pipe`.

        An end is closed when nobody has it any more: no handle, no program that lives, no stored
        value. So whoever hands an end on closes its own handle of it.

        Args:
            name: its name; its ends are objects of that name with "/1" and "/2" behind it.
            duplex: whether both ends send; else the first receives, and the second sends.
            codec: what messages are.
            maxsize: how many messages wait at an end before a `send` waits; 0: very many.

        Raises:
            Error: With the reason OBJECT_EXISTS: it has another shape, or an end is closed.
        """
        from polyproc._pipe import PipeEnd

        return PipeEnd._create(self, name, duplex, maxsize, codec)

    @overload
    def queue(
        self, name: str | None = None, maxsize: int = 0, **shape: Unpack[QueueKeywords]
    ) -> Queue[Any]: ...
    @overload
    def queue(
        self,
        name: str | None = None,
        maxsize: int = 0,
        *,
        codec: Codec[T],
        **shape: Unpack[QueueKeywords],
    ) -> Queue[T]: ...
    def queue(
        self,
        name: str | None = None,
        maxsize: int = 0,
        *,
        codec: Codec[Any] = PLAIN,
        order: Order = "fifo",
        joinable: bool | Literal["return", "done"] = False,
        max_attempts: int = 0,
        dead_letters: Queue[Any] | str | None = None,
        dead_letter_expired: bool = False,
        unique_window: float | None = None,
        fair: bool = False,
        max_out_per_key: int = 0,
    ) -> Queue[Any]:
        """A queue that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            maxsize: how many items it holds at most, delayed ones included and reserved ones not;
                0: as many as the daemon allows.
            codec: what its items are; by default plain data, which every language reads.
            order: "fifo", "lifo" or "priority": by the `priority` of items, the lowest first.
            joinable: whether it counts unfinished items, for `task_done` and `join`. What a program
                has got and not finished comes back when it dies; with "done" it is finished then.
            max_attempts: how often an item is handed out before it becomes a dead letter; 0: any
                number. Needs `dead_letters`.
            dead_letters: the queue, or its name, that gets what came back too often or is given up.
            dead_letter_expired: whether it also gets items whose time to live is over.
            unique_window: for how many seconds a `unique_key` stays taken whatever becomes of its
                item; None: while that is there or out.
            fair: whether the keys of items take turns.
            max_out_per_key: how many items of one key may be out at the same time; 0: any number.

        Raises:
            Error: With the reason OBJECT_EXISTS: it has another shape; `existing_queue` takes it as
                it is.
        """
        from polyproc._queue import Queue

        return Queue._create(
            self,
            name,
            maxsize,
            codec,
            order,
            joinable,
            max_attempts,
            dead_letters,
            dead_letter_expired,
            unique_window,
            fair,
            max_out_per_key,
        )


def connect(
    address: str | None = None,
    *,
    name: str | None = None,
    token: str | None = None,
    tls: Tls | None = None,
    time_to_live: float | None = None,
    wait: float = 0.0,
    patience: float = 10.0,
    on_session_lost: Callable[[SessionLost], object] | None = None,
) -> Polyproc:
    """Connects to a daemon, and opens a session.

    Args:
        address: `unix:/path`, `host:port` or `tls://host:port`. Without one it is what the variable
            `POLYPROC_ADDRESS` says, else the default socket.
        name: what lists of sessions, holders and waiters show; by default the program's.
        token: of a daemon on TCP; by default what `POLYPROC_TOKEN` says, or the file that
            `POLYPROC_TOKEN_FILE` names.
        tls: the files of a connection through TLS; by default those that the environment names.
        time_to_live: for how many seconds the session lives without a word. On a Unix socket the
            daemon watches this process, so nobody has to speak, and it is a day; else the daemon's
            default, and a thread speaks for the session.
        wait: for how many seconds to wait for a daemon that is being started.
        patience: for how many seconds calls wait for a daemon that is out of reach.
        on_session_lost: told once of each session that was lost, on the thread that noticed.

    Raises:
        ConnectionLost: There is no daemon, or none that can be trusted.
        Error: The daemon refuses.
        ValueError: A setting makes no sense.
    """
    where = Address.default() if address is None else Address.parse(address)
    dialer = Dialer(where, tls, token)
    shown = (name or Path(sys.argv[0] or "python").name)[:255]
    until = time.monotonic() + wait
    pause = 0.01
    while True:
        try:
            return Polyproc(dialer, shown, time_to_live, patience, on_session_lost)
        except Error:
            raise
        except OSError as e:
            if time.monotonic() >= until or (isinstance(e, UnreachableError) and not e.may_pass):
                raise ConnectionLost(str(e)) from e
        time.sleep(min(pause, max(0.0, until - time.monotonic())))
        pause = min(2 * pause, 0.5)


_clients = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for client in list(_clients):
        client._forget()


def _at_exit() -> None:
    for client in list(_clients):
        if client._session is not None:
            client.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(_at_exit)
