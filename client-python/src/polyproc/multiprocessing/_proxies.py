"""What proxies of a manager's objects have in common, which are the daemon's.

Each is of the standard library's class of its name, so that `isinstance` holds and programs may
derive from that class for what a process of their own serves. Its methods, results and exceptions
are those that there are there, where the object is one of `threading`, `queue` or built in.
"""

from __future__ import annotations

import errno
import functools
import multiprocessing.managers
import queue
import threading
from collections.abc import Callable
from multiprocessing.managers import RemoteError, Token
from multiprocessing.reduction import ForkingPickler
from traceback import format_exc
from typing import Any, ClassVar, TypeVar

from polyproc._errors import (
    BrokenBarrier,
    Error,
    NotHeld,
    OverReleased,
    Reason,
    ShutDown,
    TaskDoneTooOften,
    UnexpectedValue,
    is_end_of_session,
)
from polyproc._signals import is_of_handler

_standard: Any = multiprocessing.managers

F = TypeVar("F", bound=Callable[..., Any])

_GONE = frozenset({Reason.OBJECT_DELETED, Reason.OBJECT_NOT_FOUND})


class ManagerShutDown(ConnectionRefusedError, BrokenPipeError, EOFError):
    """The manager was shut down, and its objects are gone.

    The standard library raises any of these, as it happens.
    """

    def __init__(self) -> None:
        super().__init__(errno.ECONNREFUSED, "Connection refused, as the manager was shut down")

    def __reduce__(self) -> tuple[object, ...]:
        return ManagerShutDown, ()


def as_there(error: Error) -> BaseException:
    """What the standard library's objects raise where the daemon's refuse."""
    if is_of_handler(error):
        return error
    if isinstance(error, UnexpectedValue):
        return error.__cause__ or error
    if error.reason in _GONE:
        return ManagerShutDown()
    if isinstance(error, NotHeld):
        return RuntimeError(str(error))
    if isinstance(error, OverReleased):
        return ValueError("Semaphore released too many times")
    if isinstance(error, TaskDoneTooOften):
        return ValueError("task_done() called too many times")
    if isinstance(error, BrokenBarrier):
        return threading.BrokenBarrierError()
    if isinstance(error, ShutDown) and hasattr(queue, "ShutDown"):
        closed: BaseException = queue.ShutDown()
        return closed
    if is_end_of_session(error):
        return ConnectionResetError(errno.ECONNRESET, str(error))
    return error


def raising(method: F) -> F:
    """Has a method raise what is raised there. What is called often does so by itself."""

    @functools.wraps(method)
    def call(*args: Any, **kwds: Any) -> Any:
        try:
            return method(*args, **kwds)
        except Error as e:
            raise as_there(e) from None

    return call  # type: ignore[return-value]


class DaemonProxy(_standard.BaseProxy):  # type: ignore[misc]
    """What the proxies of all the daemon's objects have in common. The handle is what pickles."""

    _typeid: ClassVar[str]
    _exposed_: tuple[str, ...]
    _settings: tuple[object, ...] | None = None
    """What the handle is made with, which it does not know where it was in a value."""

    _manager = None
    _serializer = "pickle"

    def __init_subclass__(cls, typeid: str = "", **kwds: Any) -> None:
        super().__init_subclass__(**kwds)
        if not typeid:
            return
        cls._typeid = typeid
        PROXIES[typeid] = cls
        there = next(base for base in cls.__mro__ if not issubclass(base, DaemonProxy))
        cls.__name__ = cls.__qualname__ = there.__name__
        cls.__module__ = there.__module__
        names = {name for base in there.__mro__ for name in vars(base)}
        for own in cls.__mro__[: cls.__mro__.index(DaemonProxy)]:
            if issubclass(own, DaemonProxy):
                _forget_newer(own, names)

    def __init__(self, handle: Any) -> None:
        settings = self._settings
        if settings is not None and handle._settings() != settings:
            # It keeps the object that it has.
            type(handle).__init__(handle, handle._client, handle._ref, False, *settings)
        self._handle = handle

    # What programs use of proxies beside their methods.

    @property
    def _id(self) -> str:
        return str(self._handle._ref.name)

    @property
    def _token(self) -> Token:
        return Token(self._typeid, str(self._handle._client._dialer.address), self._id)

    def _callmethod(self, methodname: str, args: Any = (), kwds: Any = {}) -> Any:  # noqa: B006
        """Calls a method by its name."""
        if methodname == "#GETVALUE":
            return self._copied()
        if methodname in ("__repr__", "__str__"):
            return repr(self._referent())
        if methodname not in self._exposed_:
            raise RemoteError(
                f"AttributeError: method {methodname!r} of {type(self._referent())!r} object is not"
                f" in exposed={self._exposed_!r}\n"
            )
        for base in type(self).__mro__:
            if not issubclass(base, DaemonProxy):
                break
            if methodname in vars(base):
                return vars(base)[methodname](self, *args, **kwds)
        raise NotImplementedError(
            f"Expected a method that the daemon has for {self._typeid!r}, but {methodname!r} is"
            " newer than this version of Polyproc"
        )

    def _referent(self) -> Any:
        """An object of this process that is as the daemon's is now."""
        raise NotImplementedError

    def _copied(self) -> Any:
        referent = self._referent()
        try:
            return ForkingPickler.loads(ForkingPickler.dumps(referent))
        except Exception:
            raise RemoteError(f"Unserializable message: {format_exc()}\n") from None

    def __reduce__(self) -> tuple[object, ...]:
        return rebuilt, (self._typeid, self._handle)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DaemonProxy):
            return NotImplemented
        return bool(self._handle == other._handle)

    def __hash__(self) -> int:
        return hash(self._handle)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object, typeid {self._typeid!r} at {id(self):#x}>"


def _forget_newer(own: type[DaemonProxy], names: set[str]) -> None:
    """Has a class of proxies lack the methods that this version of Python does not have there."""
    for name, thing in list(vars(own).items()):
        is_internal = name.startswith("_") and not name.startswith("__")
        if callable(thing) and name not in names and not is_internal:
            delattr(own, name)


PROXIES: dict[str, type[DaemonProxy]] = {}
"""By what a manager calls their objects."""


def rebuilt(typeid: str, handle: Any, *others: Any) -> DaemonProxy:
    """A proxy of what a handle is of, with what else it is made with; pickles call it."""
    from polyproc.multiprocessing import _data_proxies, _waiting_proxies  # noqa: F401

    return PROXIES[typeid](handle, *others)
