"""What the handles of all objects have in common."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import threading
from collections.abc import Callable
from datetime import timedelta
from numbers import Real
from typing import TYPE_CHECKING, NoReturn, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from polyproc import _frames
from polyproc._errors import Error, UnexpectedValue
from polyproc._kinds import CLASSES
from polyproc._methods import DELETE, Method
from polyproc._surely import is_refusal
from polyproc._weak import Watch
from polyproc.v1 import admin_pb2, object_pb2

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._pending import Pending
    from polyproc._session import Session

T = TypeVar("T")
Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

LOOK_SECONDS = 5.0
"""For so long whoever was interrupted waits to be told what came of it."""

_owners = itertools.count(1)


_LONGEST_WAIT = 3650 * 86_400
"""In seconds: so long a time daemons take."""


class _Owner(threading.local):
    """The thread, as the daemon knows it: `Call.owner`. No two threads of a process have one."""

    def __init__(self) -> None:
        number = f"#{next(_owners)}"
        thread = threading.current_thread().name.encode("utf-8", "replace").decode()
        self.name = thread[: 255 - len(number)] + number
        self.field = _frames.owner_field(self.name)


OWNER = _Owner()


def time_of(timeout: float) -> float:
    """A time, which is told in seconds.

    Raises:
        TypeError: It is told otherwise, such as by a timedelta or a text.
        ValueError: It is not a number.
    """
    if isinstance(timeout, (float, int, Real)) or _is_decimal(timeout):
        if timeout != timeout:
            raise ValueError("Expected a number of seconds, or None to wait for ever, but got nan")
        return timeout
    remedy = "; call its total_seconds()" if isinstance(timeout, timedelta) else ""
    raise TypeError(f"Expected seconds, a number, but got {timeout!r}{remedy}")


def _is_decimal(timeout: object) -> bool:
    from decimal import Decimal

    return isinstance(timeout, Decimal)


def seconds(timeout: float) -> Duration:
    """A duration of the contract. What is below 0 is 0, as the standard library has it.

    Args:
        timeout: in seconds.

    Raises:
        TypeError: It is told otherwise, as by a timedelta.
        ValueError: It is not a number, or infinite.
    """
    time_of(timeout)
    if timeout != timeout or timeout in (float("inf"), float("-inf")):
        raise ValueError(
            f"Expected a number of seconds, or None to wait for ever, but got {timeout}"
        )
    nanos = max(0, round(timeout * 1_000_000_000))
    return Duration(seconds=nanos // 1_000_000_000, nanos=nanos % 1_000_000_000)


def time_to_wait(timeout: float) -> Duration:
    """`seconds` of a wait: one of more than ten years, as of `threading.TIMEOUT_MAX`, is of ten."""
    is_longer = _LONGEST_WAIT < time_of(timeout) < float("inf")
    return seconds(_LONGEST_WAIT if is_longer else timeout)


def length(duration: Duration) -> float:
    """A duration of the contract in seconds."""
    return duration.seconds + duration.nanos / 1e9


def named(name: str | None) -> str:
    """A name as a request has it, "" for none.

    Raises:
        TypeError: It is something else, as where that was to come first.
        ValueError: It is empty, as a setting may be that is missing.
    """
    if name is not None and not isinstance(name, str):
        raise TypeError(
            f"Expected a str or None as the name, but it is {name!r}; say by its keyword what else"
            " was meant"
        )
    if name == "":
        raise ValueError("Expected a name, or None for an object without one, but it is empty")
    return name or ""


def name_needed(name: str) -> str:
    """A name, where there must be one.

    Raises:
        TypeError: It is something else.
        ValueError: It is empty.
    """
    if not isinstance(name, str):
        raise TypeError(f"Expected a str as the name, but it is {name!r}")
    if not name:
        raise ValueError("Expected the name of what is there, but got none")
    return name


def name_of_lock(lock: str | None) -> str:
    """The name of a lock as a request has it, "" for none.

    Raises:
        TypeError: It is something else, such as the lock itself.
        ValueError: It is empty.
    """
    if lock is not None and not isinstance(lock, str):
        raise TypeError(f"Expected the name of a lock, a str, but lock is {lock!r}")
    if lock == "":
        raise ValueError("Expected the name of a lock, or None, but it is empty")
    return lock or ""


class ReferencedName(str):
    """A name of an object that lives for as long as one without a name does."""

    __slots__ = ()


def lifetime(name: str | None) -> object_pb2.Lifetime:
    """How long an object lives that is made under a name, or under none."""
    if name and not isinstance(name, ReferencedName):
        return object_pb2.LIFETIME_PERSISTENT
    return object_pb2.LIFETIME_REFERENCED


class NotCopied:
    """Something that is of one session alone, so that a copy of it would be of no use."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "Expected something that can be pickled or copied, but this is a"
            f" {type(self).__name__}, which is of one session alone"
        )


pickled: list[Handle] | None = None
"""Where those are noted that are pickled, while somebody wants to know."""


class Handle:
    """An object of the daemon, as a program has it.

    Handles of one object are equal, also those of several clients and processes; what they are
    equal by is name, kind and incarnation. Thread-safe, and usable after a fork.

    A handle can be pickled, and is one of a client of the process that unpickles it: of one that is
    open and connected to the same address, else of one that is made then. What it was made with
    (codec, lease, guard) goes along, but no token. The object must be there still; one without a
    name is while somebody has a handle of it.

    Of a handle in a value, such as an item, only the object travels. It is read as a handle of the
    client that reads, with its guard, and otherwise as made without settings: of plain data.
    """

    __slots__ = ("__weakref__", "_call_fields", "_client", "_ref")

    def __init__(self, client: Client, ref: object_pb2.Ref, is_retained: bool = True) -> None:
        self._client = client
        self._ref = ref
        self._call_fields = client._guard_field + _frames.incarnation_field(ref.incarnation)
        if is_retained:
            client._retain(self, ref)

    @property
    def name(self) -> str:
        """The object's name."""
        return self._ref.name

    def delete(self) -> None:
        """Deletes the object with all it holds, for everybody; its name is free then.

        Calls that wait for it are told `OBJECT_DELETED`, as are later ones by handles of it. To let
        go of one without a name nothing is needed.

        Raises:
            Error: It is gone already.
            ValueError: It is a lock per key, which is there only while it is used.
        """
        if not self._ref.incarnation:
            raise ValueError(
                f"Expected an object that stays until it is deleted, but {self!r} is a lock per key"
            )
        self._call(DELETE, admin_pb2.AdminDeleteRequest(object=self._ref.name))

    def _polyproc_ref_(self) -> object_pb2.Ref:
        """What stands for it in a value."""
        return self._ref

    def _settings(self) -> tuple[object, ...]:
        """What its class takes beside client, ref and whether it is retained, for pickle."""
        return ()

    def __reduce__(self) -> tuple[object, ...]:
        from polyproc._connect import unpickled

        if pickled is not None:
            pickled.append(self)
        client = self._client
        address = str(client._dialer.address)
        ref = self._ref.SerializeToString()
        return unpickled, (address, ref, client._guard_field, self._settings())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Handle):
            return NotImplemented
        return (
            self._ref.name == other._ref.name
            and self._ref.kind == other._ref.kind
            and self._ref.incarnation == other._ref.incarnation
        )

    def __hash__(self) -> int:
        return hash((self._ref.name, self._ref.kind, self._ref.incarnation))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._ref.name!r}>"

    def _post(self, method: bytes, request: bytes) -> tuple[Session, Pending]:
        """`_call_bytes` that does not wait: for what may be heard of later, such as `put_async`."""
        session = self._client._session_now()
        return session, session.post(method, request, OWNER.field + self._call_fields)

    def _call(self, method: Method[Q, R], request: Q) -> R:
        """Calls a method of this very object, in this thread's name, and waits for the answer.

        The usual one. Where a signal's exception ends the wait, the call is taken back; take
        another for what loses by that, or is called very often.
        """
        client = self._client
        session = client._session
        if session is None or session._over is not None or client._released:
            session = client._session_now()
        return method.read(
            session.call(
                method.fields, request.SerializeToString(), OWNER.field + self._call_fields
            )
        )

    def _call_reading(self, method: bytes, request: bytes, read: Callable[[bytes], T]) -> T:
        """`_call` of what takes something away: it goes back where what reads it is interrupted.

        Take it where nothing but the answer has what was taken, such as an item. To lose nothing to
        a signal's exception, make no call between this and the end.
        """
        client = self._client
        session = client._session
        if session is None or session._over is not None or client._released:
            session = client._session_now()
        return session.call(method, request, OWNER.field + self._call_fields, read=read)

    def _call_bytes(self, method: bytes, request: bytes) -> bytes:
        """`_call` of a request that is serialized already, by the method's fields.

        Take it where a program calls so often that messages of protobuf cost too much.
        """
        client = self._client
        session = client._session
        if session is None or session._over is not None or client._released:
            session = client._session_now()
        return session.call(method, request, OWNER.field + self._call_fields)

    def _call_standing(self, method: bytes, request: bytes, owner: bytes) -> bytes:
        """A call that stands, also where the exception of a signal ends the wait for its answer.

        Take it for what gives something back, such as a release: to take that back loses it.
        """
        client = self._client
        session = client._session
        if session is None or session._over is not None or client._released:
            session = client._session_now()
        try:
            return session.call(method, request, owner + self._call_fields, True)
        except BaseException as e:
            if not is_refusal(e):
                with contextlib.suppress(Error):
                    session.flush(LOOK_SECONDS)
            raise


def class_of(kind: int) -> type[Handle]:
    """The class of the handles of a kind of object.

    Raises:
        UnexpectedValue: This client knows no such kind.
    """
    where = CLASSES.get(kind)
    if where is None:
        raise UnexpectedValue(
            "Expected a shared object of a kind that this client knows, but it is of kind"
            f" {kind}; is the daemon newer?"
        )
    module, name = where
    found: type[Handle] = getattr(importlib.import_module(module), name)
    return found


class Retained(Watch[Handle]):
    """A handle, by which the client's session has its object."""

    __slots__ = ("ref",)

    ref: object_pb2.Ref

    @classmethod
    def by(cls, client: Client, handle: Handle, ref: object_pb2.Ref) -> Retained:
        """Has a client let go of an object once its handle is gone."""
        retained = cls(handle, client._released.append)
        retained.ref = ref
        retained.begin(client._watches)
        return retained
