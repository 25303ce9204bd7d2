"""What a client is beside the objects that it makes: its session, its forks, its children."""

from __future__ import annotations

import atexit
import collections
import contextlib
import copy
import itertools
import os
import sys
import threading
import warnings
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from google.protobuf.message import Message

from polyproc import _own_process
from polyproc._child_end import at_child_end
from polyproc._dialer import Dialer
from polyproc._errors import ConnectionLost, Error, SessionLost
from polyproc._handover import UNWATCHED_SECONDS, Giver, Handover, Keeper, Kept
from polyproc._hold import Key, Tenure
from polyproc._methods import RETAIN, Method
from polyproc._object import Handle, Retained, class_of, seconds, time_of
from polyproc._pending import Pending
from polyproc._session import Session, exit_quietly
from polyproc._signals import raise_of_handler
from polyproc._version import __version__
from polyproc._weak import Watch, alive
from polyproc.v1 import object_pb2, session_pb2

if TYPE_CHECKING:
    from polyproc._child import ChildSession

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

_WATCHED_SECONDS = 86_400
"""The time to live of a session whose process the daemon watches, so that nobody has to speak."""

CHILD_SECONDS = 600
"""For so long what is handed over waits for a child."""

_DROPS = 1000
"""So many objects are let go of in one call."""

_UNCLOSED_SECONDS = 1.0
"""For so long who collects garbage waits for what was posted by a client that nobody has."""

_DROP = Method(
    "SessionService/Drop", session_pb2.SessionDropRequest, session_pb2.SessionDropResponse
)
_KEEP_ALIVE = Method(
    "SessionService/KeepAlive",
    session_pb2.SessionKeepAliveRequest,
    session_pb2.SessionKeepAliveResponse,
)


clients: weakref.WeakValueDictionary[int, Client]
"""All of this process, by when they came."""

_numbers = itertools.count()


class Client(ABC):
    """A client of a daemon, see `Polyproc`, which makes the handles of its objects."""

    def __init__(
        self,
        dialer: Dialer,
        name: str,
        time_to_live: float | None,
        patience: float,
        on_session_lost: Callable[[SessionLost], object] | None,
        child: ChildSession | None = None,
    ) -> None:
        """Use `polyproc.connect`."""
        self._dialer = dialer
        self._name = name
        self._time_to_live = time_to_live
        self._patience = patience
        self._on_session_lost = on_session_lost
        self._guard_field = b""
        self._released: collections.deque[Watch[Any]] = collections.deque()
        """Of what nobody has any more."""
        self._watches: dict[int, Watch[Any]] = {}
        """Of handles and deliveries that somebody has, by identity."""
        self._closed = False
        self._session: Session | None = None
        self._parents: Session | None = None
        """In a forked child, that of its parent, which it takes time to free."""
        self._unclosed: weakref.finalize[..., Client] | None = None
        self._to_inherit: Giver | None = None
        """What tells a process that is forked now what was handed over to it."""
        self._inherited: Handover | None = None
        """What was handed over to this process, until it has a session of its own."""
        self._begin()
        self._use(self._open(child), None)
        clients[next(_numbers)] = self
        if child is not None:
            child._make_handles(self, ())

    def _begin(self) -> None:
        """What belongs to this process alone."""
        self._opening = threading.RLock()  # A handler may close while its thread opens.
        self._held: dict[Key, Tenure] = {}
        self._keeper: Keeper | None = None
        self._kept: Kept | None = None
        """What was handed over last."""

    # The session.

    def _use(self, session: Session, instead_of: Session | None) -> bool:
        """Calls by a session from now on; who drops the client without closing it ends that.

        Returns:
            False where the handler of a signal was faster, and calls by another one.
        """
        unclosed = weakref.finalize(self, _end_unclosed, session, self._held, repr(self))
        unclosed.atexit = False
        self._session = session if self._session is instead_of else self._session  # In one step.
        if self._session is not session:
            unclosed.detach()
            return False
        if self._unclosed is not None:
            self._unclosed.detach()
        self._unclosed = unclosed
        self._parents = None
        return True

    def _open(self, child: ChildSession | None = None) -> Session:
        """A new session, which has what a parent handed over."""
        session = self._open_alone()
        at_child_end(_at_exit)
        if child is not None:
            try:
                child._take_over(session)
            except BaseException:
                session.close()
                raise
        return session

    def _open_alone(self) -> Session:
        request = _open_request(self._name, self._time_to_live)
        if self._time_to_live is None and self._dialer.is_watched:
            request.time_to_live.seconds = _WATCHED_SECONDS
        request.process.CopyFrom(_own_process.describe())
        credential = _own_process.take_credential()
        if credential is None:
            return self._opened_by(request)
        request.process_credential = credential
        try:
            return self._opened_by(request)
        except BaseException as e:
            if not isinstance(e, Error) or e.metadata.get("field") != "process_credential":
                _own_process.return_credential(credential)
                raise
        # Used already, by a parent that passed its environment on: this process is not the one.
        request.process_credential = ""
        return self._opened_by(request)

    def _opened_by(self, request: session_pb2.SessionOpenRequest) -> Session:
        return Session(self._dialer, request, self._patience, self._on_session_lost)

    def _session_now(self) -> Session:
        """The session to call by; a new one in the place of one that was lost."""
        session = self._session
        if session is None or session._over is not None:
            session = self._reopened()
        if self._released and not session.is_nested():
            self._drop(session)
        return session

    def _is_cut_off(self) -> bool:
        """Whether its session has no connection: whoever calls seeks the daemon first."""
        session = self._session
        return session is not None and session.is_cut_off

    def _reopened(self) -> Session:
        with self._opening:
            session = self._session
            if session is None or (session._over is not None and not self._closed):
                self._forget_released()  # Of the session that was lost.
                handles = self._handles()
                try:
                    opened = self._open()
                except Error:
                    raise
                except OSError as e:
                    raise_of_handler(e)
                    raise ConnectionLost(str(e)) from e
                if not self._use(opened, session):
                    opened.close()
                    return self._session_now()
                session = opened
                if self._closed:
                    opened.close()
                else:
                    self._retain_again(session, handles)
                    self._end_inherited(session)
            return session

    def _end_inherited(self, session: Session) -> None:
        """Ends what the parent has opened for this process, once its own session has all of it."""
        inherited, self._inherited = self._inherited, None
        if inherited is not None:
            with contextlib.suppress(Error):
                session.flush()
                inherited.end([self._dialer])

    def _retain_again(self, session: Session, handles: Iterable[Handle]) -> None:
        """Once for each handle, as each lets go of it once."""
        for handle in handles:
            request = session_pb2.SessionRetainRequest(refs=[handle._ref])
            session.post(RETAIN.fields, request.SerializeToString())

    def _retain(self, handle: Handle, ref: object_pb2.Ref) -> Retained:
        return Retained.by(self, handle, ref)

    def _handles(self) -> list[Handle]:
        """Those that somebody has, in the order in which they were made."""
        watches = list(self._watches.values())
        found = [watch() for watch in watches if isinstance(watch, Retained)]
        return [handle for handle in found if handle is not None]

    def _let_go(self, handle: Handle, ref: object_pb2.Ref) -> None:
        """Lets go of an object by one of its handles, and waits until that is done."""
        request = session_pb2.SessionDropRequest()
        request.drops.add(ref=ref, count=1)
        self._call(_DROP, request)

    def _forget_released(self) -> None:
        """Of a session that is no more: that has ended all of it."""
        for each in list(self._released):
            each.end()
        self._released.clear()

    def _drop(self, session: Session) -> None:
        """Lets go of the objects whose handles are gone, and makes the calls that these have left.

        They are collected at any point of any code, where no call can be made.
        """
        left: list[Watch[Any]] = []
        made: list[tuple[Pending, list[Watch[Any]]]] = []
        try:
            with contextlib.suppress(IndexError):
                # All of it in C, where no handler's exception comes between.
                left.extend(itertools.islice(iter(self._released.popleft, None), _DROPS))
            drop = session_pb2.SessionDropRequest()
            dropped: list[Watch[Any]] = []
            for each in left:
                if isinstance(each, Retained):
                    each.end()
                    drop.drops.add(ref=each.ref, count=1)
                    dropped.append(each)
                else:
                    call: Any = each()
                    made.append((Pending(*call), [each]))
            if dropped:
                made.append((Pending(_DROP.fields, drop.SerializeToString(), b""), dropped))
            for pending, _ in made:
                session.see_to(pending)
        except BaseException:
            seen_to = {id(each) for pending, its in made if pending.sequence for each in its}
            self._released.extend(each for each in left if id(each) not in seen_to)
            raise

    def _call(self, method: Method[Q, R], request: Q, fields: bytes = b"") -> R:
        """Calls a method that is of no object."""
        return method.read(
            self._session_now().call(
                method.fields, request.SerializeToString(), self._guard_field + fields
            )
        )

    def _confirm(self) -> None:
        """Has the daemon know now, and not with the next call, that what it granted has come.

        At the end of this process it takes back what it does not know that of.
        """
        with contextlib.suppress(Error):
            self._session_now().call(_KEEP_ALIVE.fields, b"")

    def _tenures(self) -> dict[Key, Tenure]:
        """The locks that this program holds."""
        return self._held

    def close(self, timeout: float = 5.0) -> None:
        """Ends the session: locks go to the next in line, reserved items back to their queues.

        Calls that wait in other threads fail, as do all that come after. To close it twice does no
        harm.

        Args:
            timeout: for how many seconds to wait at most for what was posted, such as by
                `Queue.put_async`. What is not done then is taken back, and a RuntimeWarning says
                so.
        """
        with self._opening:
            self._closed = True
            session = self._session
            keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.close()
        if session is not None:
            session.close(time_of(timeout))

    def _end_at_exit(self) -> None:
        """Ends the session; what runs later still, such as a `__del__`, opens another one."""
        with self._opening:
            session, self._session = self._session, None
        if session is not None and self._unclosed is not None:
            self._unclosed.detach()
        if self._keeper is not None:
            self._keeper.close()
        if session is not None:
            session.close()
            if self._closed:
                self._session = session

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
        return self._call(RETAIN, session_pb2.SessionRetainRequest(refs=[ref])).refs[0]

    # After a fork.

    def _forget(self) -> None:
        session, self._session = self._session, None
        giver, self._to_inherit = self._to_inherit, None
        if self._inherited is not None:
            self._inherited.close()
            self._inherited = None
        if giver is not None and giver.is_mine():
            self._inherited = Handover(giver.number)
        self._opening = threading.RLock()
        if self._held:
            self._held = {}
        self._keeper = None
        if self._released:
            self._forget_released()
        if session is not None:
            self._parents = session
            session.forget()
            if self._closed:
                self._session = session

    # What a program does with its children.

    def for_child(self, *handles: Handle, time_to_live: float = CHILD_SECONDS) -> ChildSession:
        """Hands objects over to a child process that is about to be started.

        They are the child's from now on, whatever this program does with its own handles, so that
        there is no moment in which an object without a name has nobody. The child takes them over
        by `polyproc.connect(child=...)`, or after a fork by `attach`.

        Args:
            handles: what is handed over; the child finds it in `ChildSession.handles`.
            time_to_live: for how many seconds it waits for the child. What no child takes over is
                kept so long, unless `ChildSession.close` is called.

        Raises:
            Error: One of the objects is gone. Nothing is handed over then.
            ConnectionLost: There is no daemon.
        """
        from polyproc._child import ChildSession

        over = self._session_now()._over
        if over is not None:
            raise copy.copy(over)
        request = _open_request(f"for a child of {self._name}"[:255], time_to_live)
        return ChildSession._open(self._dialer, handles, request)

    def attach(self, child: ChildSession) -> None:
        """In a forked child, before its first call: takes over what was handed over to it.

        All handles of this client go on in the child, those that were handed over and others.

        Raises:
            RuntimeError: This process has a session already.
            Error: With the reason SESSION_NOT_FOUND: another child has taken it over, or its time
                is up. Or one of the objects was deleted.
            ConnectionLost: There is no daemon.
        """
        with self._opening:
            if self._session is not None:
                raise RuntimeError(
                    "Expected to attach in a forked child before its first call, but this process"
                    " has a session already"
                )
            there = self._handles()
            try:
                session = self._open(child)
            except Error:
                raise
            except OSError as e:
                raise_of_handler(e)
                raise ConnectionLost(str(e)) from e
            self._forget_released()  # Of the parent.
            self._use(session, None)
        self._retain_again(session, child._make_handles(self, there))

    def _to_keep(self, handles: Iterable[Handle]) -> Kept:
        """What is asked for, for a child that is about to be started.

        Args:
            handles: what is handed over to it. What is gone by then is left out.
        """
        # What goes by its name needs nobody who retains it.
        refs = [h._ref for h in handles if h._ref.incarnation]
        if self._kept is None or not self._kept.has(refs):
            lives = _WATCHED_SECONDS if self._dialer.is_watched else UNWATCHED_SECONDS
            self._kept = Kept(_open_request(f"for a child of {self._name}"[:255], lives), refs)
        return self._kept

    def _keep_for(self, pid: int, kept: Kept) -> str:
        """Opens a session that lives in a child process, and has what is handed over to it.

        Args:
            pid: of a child that was started.
            kept: how, of `_to_keep`.

        Returns:
            The session's id, by which the child may end it; "" where that has ended.

        Raises:
            Error: There is no daemon, or it refuses.
        """
        if self._keeper is None:
            self._keeper = Keeper(self._dialer)
        return self._keeper.keep(pid, kept, self._session)

    @abstractmethod
    def _guarded(self, guard_field: bytes) -> Client:
        """The same client, with the guard of a lock; itself without one."""


def _open_request(name: str, time_to_live: float | None) -> session_pb2.SessionOpenRequest:
    request = session_pb2.SessionOpenRequest(
        client=name,
        client_version=__version__,
        contract_revision=max(session_pb2.ContractRevision.values()),
    )
    if time_to_live is not None:
        request.time_to_live.CopyFrom(seconds(time_to_live))
    return request


clients = weakref.WeakValueDictionary()


_left_behind: list[Session] = []
"""Of clients that nobody has any more, though they hold locks: they end with the process."""


def _end_unclosed(session: Session, held: dict[Key, Tenure], shown: str) -> None:
    """Ends the session of a client that nobody has any more, as a file is closed then."""
    if session.is_over:
        return
    try:
        if held:
            _left_behind.append(session)
        else:
            session.close(_UNCLOSED_SECONDS)
    finally:
        warnings.warn(f"unclosed {shown}", ResourceWarning, stacklevel=2)


def _after_fork_in_child() -> None:
    theirs = alive(clients)
    if theirs:
        at_child_end(_at_exit)  # Not only when it calls, which its threads may do as it ends.
    for client in theirs:
        client._forget()
    for session in _left_behind:
        session.forget()
    _left_behind.clear()


def _at_exit() -> None:
    exit_quietly()
    for client in alive(clients):
        client._end_at_exit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(_at_exit)
if (_logging := sys.modules.get("logging")) is not None:
    # In there handlers log through queues, which need this client.
    atexit.unregister(_logging.shutdown)
    atexit.register(_logging.shutdown)
