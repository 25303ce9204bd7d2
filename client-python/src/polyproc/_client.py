"""The client: connects to a daemon, and makes the handles of its objects."""

from __future__ import annotations

import atexit
import collections
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

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
    from polyproc._dict import Dict
    from polyproc._event import Event
    from polyproc._list import List
    from polyproc._namespace import Namespace

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)
K = TypeVar("K")
V = TypeVar("V")

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
        self._released: collections.deque[object_pb2.Ref] = collections.deque()
        self._handles: weakref.WeakValueDictionary[int, Handle] = weakref.WeakValueDictionary()
        self._closed = False
        self._begin()
        self._session: Session | None = self._open()
        _clients.add(self)

    def _begin(self) -> None:
        """What belongs to this process alone."""
        self._opening = threading.Lock()

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
                self._released.clear()  # Of the session that was lost.
                handles = list(self._handles.values())
                session = self._session = self._open()
                self._retain_again(session, handles)
            return session

    def _retain_again(self, session: Session, handles: Iterable[Handle]) -> None:
        """Once for each handle, as each lets go of it once."""
        for handle in handles:
            request = session_pb2.SessionRetainRequest(refs=[handle._ref])
            session.post(_RETAIN.number, request.SerializeToString())

    def _retain(self, handle: Handle, ref: object_pb2.Ref) -> None:
        self._handles[id(handle)] = handle
        released(self, handle, ref)

    def _drop(self, session: Session) -> None:
        """Lets go of the objects whose handles are gone."""
        request = session_pb2.SessionDropRequest()
        try:
            while len(request.drops) < 1000:
                request.drops.add(ref=self._released.popleft(), count=1)
        except IndexError:
            pass
        session.post(_DROP.number, request.SerializeToString())

    def _call(self, method: Method[Q, R], request: Q, fields: bytes = b"") -> R:
        """Calls a method that is of no object."""
        return method.parse(
            self._session_now().call(
                method.number, request.SerializeToString(), self._guard_field + fields
            )
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

    def _retained(self, ref: object_pb2.Ref) -> object_pb2.Ref:
        """Retains an object that is there for a handle that is about to be made.

        Raises:
            Error: It is not there.
        """
        if ref.kind == object_pb2.OBJECT_KIND_LOCK and not ref.incarnation:
            return ref  # It goes by its name, and is there while it is used.
        return self._call(_RETAIN, session_pb2.SessionRetainRequest(refs=[ref])).refs[0]

    # After a fork.

    def _forget(self) -> None:
        session, self._session = self._session, None
        self._begin()
        if session is not None:
            session.forget()
            if self._closed:
                self._session = session

    # The objects.

    @overload
    def dict(self, name: str | None = None) -> Dict[Any, Any]: ...
    @overload
    def dict(self, name: str | None = None, *, codec: Codec[V]) -> Dict[Any, V]: ...
    @overload
    def dict(self, name: str | None = None, *, key_codec: Codec[K]) -> Dict[K, Any]: ...
    @overload
    def dict(
        self, name: str | None = None, *, codec: Codec[V], key_codec: Codec[K]
    ) -> Dict[K, V]: ...
    def dict(
        self, name: str | None = None, *, codec: Codec[Any] = PLAIN, key_codec: Codec[Any] = PLAIN
    ) -> Dict[Any, Any]:
        """A dict that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            codec: how its values are written; by default as plain Python data.
            key_codec: how its keys are written.
        """
        from polyproc._dict import Dict

        return Dict._create(self, name, codec, key_codec)

    def event(self, name: str | None = None) -> Event:
        """An event that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
        """
        from polyproc._event import Event

        return Event._create(self, name)

    @overload
    def list(self, name: str | None = None) -> List[Any]: ...
    @overload
    def list(self, name: str | None = None, *, codec: Codec[V]) -> List[V]: ...
    def list(self, name: str | None = None, *, codec: Codec[Any] = PLAIN) -> List[Any]:
        """A list that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            codec: how its elements are written; by default as plain Python data.
        """
        from polyproc._list import List

        return List._create(self, name, codec)

    def namespace(self, name: str | None = None, *, codec: Codec[Any] = PLAIN) -> Namespace:
        """A namespace that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            codec: how its attributes are written; by default as plain Python data.
        """
        from polyproc._namespace import Namespace

        return Namespace._create(self, name, codec)


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

# What handles that were unpickled call by, where the program has connected to no such daemon.
_own: dict[str, Polyproc] = {}
_own_opening = threading.Lock()


def _client_for(address: str) -> Polyproc:
    """A client of this process that is open; one is made where there is none.

    Args:
        address: of the daemon, as `str` of an `Address` has it. A token, and the files of TLS, are
            those of the environment.
    """
    for client in list(_clients):
        if not client._closed and str(client._dialer.address) == address:
            return client
    with _own_opening:
        own = _own.get(address)
        if own is None or own._closed:
            usual = str(Address.default()) == address
            own = _own[address] = connect(None if usual else address)
        return own


def _unpickled(address: str, ref: bytes, guard: bytes, settings: tuple[object, ...]) -> Handle:
    """A handle as it was pickled, by a client of this process."""
    client = _client_for(address)
    if guard:
        client = _Guarded(client, guard)
    meant = object_pb2.Ref.FromString(ref)
    return class_of(meant.kind)(client, client._retained(meant), True, *settings)


class _Guarded(Polyproc):
    """A client whose calls take effect only while a lock is held; it shares the session."""

    def __init__(self, client: Polyproc, guard_field: bytes) -> None:
        self._whole: Polyproc = client._whole if isinstance(client, _Guarded) else client
        self._dialer = client._dialer
        self._name = client._name
        self._guard_field = guard_field

    def _session_now(self) -> Session:
        return self._whole._session_now()

    def _retain(self, handle: Handle, ref: object_pb2.Ref) -> None:
        self._whole._retain(handle, ref)

    def close(self) -> None:
        """Does nothing: the client is closed by itself."""


def _after_fork_in_child() -> None:
    global _own_opening
    _own_opening = threading.Lock()
    for client in list(_clients):
        client._forget()


def _at_exit() -> None:
    for client in list(_clients):
        if client._session is not None:
            client.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(_at_exit)
