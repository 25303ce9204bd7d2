"""Proxies of a manager's objects, which are the daemon's.

Each is of the standard library's class of its name, so that `isinstance` holds and programs may
derive from that class for what a process of their own serves. Its methods, results and exceptions
are those that there are there, where the object is one of `threading`, `queue` or built in.
"""

from __future__ import annotations

import array
import errno
import functools
import multiprocessing.managers as _standard
import queue
import threading
from collections.abc import Callable, Iterator
from multiprocessing.managers import RemoteError, Token
from multiprocessing.reduction import ForkingPickler
from traceback import format_exc
from typing import Any, ClassVar, TypeVar

from polyproc._absent import ABSENT
from polyproc._errors import (
    BrokenBarrier,
    Error,
    NotComparable,
    NotHeld,
    OverReleased,
    Reason,
    ShutDown,
    TaskDoneTooOften,
    UnexpectedValue,
    is_end_of_session,
)
from polyproc._list import List
from polyproc._signals import is_of_handler
from polyproc._values import LEVELS, OwnCodec, Resolver
from polyproc.multiprocessing._anything import ANYTHING, _is_plain
from polyproc.multiprocessing._keys import KEYS
from polyproc.v1 import value_pb2

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


def _raising(method: F) -> F:
    """Has a method raise what is raised there. What is called often does so by itself."""

    @functools.wraps(method)
    def call(*args: Any, **kwds: Any) -> Any:
        try:
            return method(*args, **kwds)
        except Error as e:
            raise as_there(e) from None

    return call  # type: ignore[return-value]


class DaemonProxy(_standard.BaseProxy):
    """What the proxies of all the daemon's objects have in common. The handle is what pickles."""

    _typeid: ClassVar[str]
    _exposed_: tuple[str, ...]
    _settings: ClassVar[tuple[object, ...] | None] = None
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
            for name, thing in list(vars(own).items()):
                if issubclass(own, DaemonProxy) and callable(thing) and name not in names:
                    if name.startswith("_") and not name.startswith("__"):
                        continue
                    # What this version of Python does not have there.
                    delattr(own, name)

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
            return ForkingPickler.loads(ForkingPickler.dumps(referent))  # type: ignore[attr-defined]
        except Exception:
            raise RemoteError(f"Unserializable message: {format_exc()}\n") from None

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self._typeid, self._handle)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DaemonProxy):
            return NotImplemented
        return bool(self._handle == other._handle)

    def __hash__(self) -> int:
        return hash(self._handle)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object, typeid {self._typeid!r} at {id(self):#x}>"


PROXIES: dict[str, type[DaemonProxy]] = {}
"""By what a manager calls their objects."""


def _rebuilt(typeid: str, handle: Any, *others: Any) -> DaemonProxy:
    return PROXIES[typeid](handle, *others)


# Containers.


class _DictProxy(DaemonProxy, _standard.DictProxy, typeid="dict"):  # type: ignore[type-arg,misc]
    _settings = (ANYTHING, KEYS)

    def __init__(self, handle: Any) -> None:
        super().__init__(handle)
        self._find = handle._find
        self._set = handle.__setitem__

    def __getitem__(self, key: Any) -> Any:
        try:
            found = self._find(key)
        except Error as e:
            raise as_there(e) from None
        if found is ABSENT:
            raise KeyError(key)
        return found

    def get(self, key: Any, default: Any = None, /) -> Any:
        try:
            found = self._find(key)
        except Error as e:
            raise as_there(e) from None
        return default if found is ABSENT else found

    def __setitem__(self, key: Any, value: Any) -> None:
        try:
            self._set(key, value)
        except Error as e:
            raise as_there(e) from None

    @_raising
    def __delitem__(self, key: Any) -> None:
        del self._handle[key]

    @_raising
    def __contains__(self, key: Any) -> bool:
        return key in self._handle

    @_raising
    def __len__(self) -> int:
        return len(self._handle)

    def __iter__(self) -> Iterator[Any]:
        return _each(iter(self._handle))

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self.keys())

    @_raising
    def keys(self) -> list[Any]:
        return list(self._handle)

    @_raising
    def values(self) -> list[Any]:
        return list(self._handle._iter_values())

    @_raising
    def items(self) -> list[tuple[Any, Any]]:
        return list(self._handle._iter_items())

    @_raising
    def copy(self) -> dict[Any, Any]:
        found: dict[Any, Any] = self._handle.copy()
        return found

    @_raising
    def clear(self) -> None:
        self._handle.clear()

    @_raising
    def pop(self, key: Any, default: Any = ABSENT, /) -> Any:
        return self._handle.pop(key, default)

    @_raising
    def popitem(self) -> tuple[Any, Any]:
        found: tuple[Any, Any] = self._handle.popitem()
        return found

    @_raising
    def setdefault(self, key: Any, default: Any = None, /) -> Any:
        return self._handle.setdefault(key, default)

    @_raising
    def update(self, *args: Any, **kwds: Any) -> None:
        self._handle._set_all(dict(*args, **kwds).items())

    # From Python 3.14 on.

    def fromkeys(self, iterable: Any, value: Any = None, /) -> dict[Any, Any]:
        return dict.fromkeys(iterable, value)

    def __or__(self, other: Any) -> Any:
        return self.copy() | other

    def __ror__(self, other: Any) -> Any:
        return other | self.copy()

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    def _referent(self) -> Any:
        return self.copy()

    _copied = _referent


def _each(elements: Iterator[Any]) -> Iterator[Any]:
    try:
        yield from elements
    except Error as e:
        raise as_there(e) from None


class _AsItIs(OwnCodec[value_pb2.Value]):
    """Values that are not read, so that they are written back as they were."""

    def fill(self, value: value_pb2.Value, obj: value_pb2.Value, levels: int, /) -> None:
        value.CopyFrom(obj)

    def read(self, value: value_pb2.Value, resolve: Resolver | None, /) -> value_pb2.Value:
        return value


_AS_IT_IS = _AsItIs()


class _ListProxy(DaemonProxy, _standard.ListProxy, typeid="list"):  # type: ignore[type-arg,misc]
    _settings = (ANYTHING,)

    def __init__(self, handle: Any) -> None:
        super().__init__(handle)
        self._append = handle.append
        self._get = handle.__getitem__
        self._set = handle.__setitem__

    def __getitem__(self, index: Any) -> Any:
        try:
            return self._get(index)
        except Error as e:
            raise as_there(e) from None

    def __setitem__(self, index: Any, value: Any) -> None:
        try:
            self._set(index, value)
        except Error as e:
            raise as_there(e) from None

    def append(self, value: Any, /) -> None:
        try:
            self._append(value)
        except Error as e:
            raise as_there(e) from None

    @_raising
    def __delitem__(self, index: Any) -> None:
        del self._handle[index]

    @_raising
    def __len__(self) -> int:
        return len(self._handle)

    @_raising
    def __contains__(self, value: Any) -> bool:
        if _is_plain(value, set(), LEVELS):
            return value in self._handle
        return value in self._handle.copy()

    @_raising
    def count(self, value: Any, /) -> int:
        if _is_plain(value, set(), LEVELS):
            return int(self._handle.count(value))
        return int(self._handle.copy().count(value))

    @_raising
    def index(self, value: Any, start: Any = 0, stop: Any = None, /) -> int:
        if not _is_plain(value, set(), LEVELS):
            return int(self._handle.copy().index(value, *((start, stop) if stop else (start,))))
        try:
            return int(self._handle.index(value, start, stop))
        except ValueError:
            return [].index(value)  # Which says so in the words of this version of Python.

    @_raising
    def remove(self, value: Any, /) -> None:
        if _is_plain(value, set(), LEVELS):
            self._handle.remove(value)
            return
        values = self._values()
        while True:
            before = values.copy()
            index = self._read(before).index(value) if value in self._read(before) else -1
            if index < 0:
                [].remove(value)
            if values.compare_and_delete(index, before[index]):
                return

    @_raising
    def insert(self, index: Any, value: Any, /) -> None:
        self._handle.insert(index, value)

    @_raising
    def pop(self, index: Any = None, /) -> Any:
        return self._handle.pop(index)

    @_raising
    def extend(self, values: Any, /) -> None:
        self._handle.extend(values[:] if isinstance(values, _ListProxy) else values)

    @_raising
    def reverse(self) -> None:
        self._handle.reverse()

    @_raising
    def clear(self) -> None:
        self._handle.clear()

    @_raising
    def copy(self) -> list[Any]:
        found: list[Any] = self._handle.copy()
        return found

    @_raising
    def sort(self, *, key: Any = None, reverse: Any = False) -> None:
        """Sorts the list: by the daemon in one step, where it knows an order of its values.

        By a key, or of objects, it is read, sorted here, and written back.

        Raises:
            ValueError: Another program has changed it meanwhile.
        """
        if key is None:
            try:
                self._handle.sort(reverse=bool(reverse))
                return
            except NotComparable:
                pass
            except Error as e:
                if e.reason != Reason.LIMIT_REACHED:
                    raise
        values = self._values()
        before = values.copy()
        objects = self._read(before)
        objects_by = objects if key is None else list(map(key, objects))
        order = sorted(range(len(before)), key=objects_by.__getitem__, reverse=bool(reverse))
        if values.copy() != before:
            raise ValueError("list modified during sort")
        values[: len(before)] = [before[index] for index in order]

    def _values(self) -> List[value_pb2.Value]:
        handle = self._handle
        return List(handle._client, handle._ref, False, _AS_IT_IS)

    def _read(self, values: list[value_pb2.Value]) -> list[Any]:
        return list(map(self._handle._read, values))

    def __add__(self, other: Any) -> Any:
        return self[:] + other

    def __mul__(self, times: Any) -> Any:
        return self[:] * times

    __rmul__ = __mul__

    def __iadd__(self, values: Any) -> Any:
        self.extend(values)
        return self

    @_raising
    def __imul__(self, times: Any) -> Any:
        self._handle *= times
        return self

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self[:])

    def _referent(self) -> Any:
        return self[:]

    _copied = _referent


class _ArrayProxy(DaemonProxy, _standard.ArrayProxy, typeid="Array"):  # type: ignore[misc]
    """An `array.array`; that its length may change is not served."""

    def __init__(self, handle: Any, typecode: str) -> None:
        super().__init__(handle)
        self._typecode = typecode

    @_raising
    def __len__(self) -> int:
        return len(self._handle)

    @_raising
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return array.array(self._typecode, self._handle[index])
        _require_index(index)
        return self._handle[index]

    @_raising
    def __setitem__(self, index: Any, value: Any) -> None:
        if not isinstance(index, slice):
            _require_index(index)
            self._handle[index] = array.array(self._typecode, [value])[0]
            return
        there = self._handle[index]
        changed = array.array(self._typecode, there)
        changed[:] = value  # Which refuses what is no array of this type.
        if len(changed) != len(there):
            raise NotImplementedError(
                f"Expected {len(there)} elements in place of as many, but there are {len(changed)}:"
                " an array of the daemon keeps its length"
            )
        self._handle[index] = changed

    def _referent(self) -> Any:
        return self[:]

    _copied = _referent

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self._typeid, self._handle, self._typecode)


def _require_index(index: Any) -> None:
    if not hasattr(index, "__index__"):
        array.array("b")[index]  # Which says so in the words of this version of Python.


class _NamespaceProxy(DaemonProxy, _standard.NamespaceProxy, typeid="Namespace"):  # type: ignore[misc]
    _settings = (ANYTHING,)

    def __getattr__(self, key: str) -> Any:
        if key[0] == "_":
            return object.__getattribute__(self, key)
        try:
            found = self._handle._find(key)
        except Error as e:
            raise as_there(e) from None
        if found is ABSENT:
            return getattr(_standard.Namespace(), key)  # Which raises.
        return found

    def __setattr__(self, key: str, value: Any) -> None:
        if key[0] == "_":
            object.__setattr__(self, key, value)
            return
        try:
            self._handle[key] = value
        except Error as e:
            raise as_there(e) from None

    @_raising
    def __delattr__(self, key: str) -> None:
        if key[0] == "_":
            object.__delattr__(self, key)
        elif not self._handle._remove(key):
            delattr(_standard.Namespace(), key)

    def _callmethod(self, methodname: str, args: Any = (), kwds: Any = {}) -> Any:  # noqa: B006
        if methodname == "__getattribute__":
            return self.__getattr__(*args)
        return super()._callmethod(methodname, args, kwds)

    @_raising
    def _referent(self) -> Any:
        return _standard.Namespace(**self._handle.attributes())

    _copied = _referent


class _ValueProxy(DaemonProxy, _standard.ValueProxy, typeid="Value"):  # type: ignore[type-arg,misc]
    """Any object: the attribute "value" of a namespace, which has its "typecode", too."""

    _settings = (ANYTHING,)

    def __init__(self, handle: Any) -> None:
        super().__init__(handle)
        self._find = handle._find
        self._set = handle.__setitem__

    def get(self) -> Any:
        try:
            return self._find("value")
        except Error as e:
            raise as_there(e) from None

    def set(self, value: Any) -> None:
        try:
            self._set("value", value)
        except Error as e:
            raise as_there(e) from None

    value = property(get, set)

    @_raising
    def _referent(self) -> Any:
        there = self._handle.attributes()
        return _standard.Value(there["typecode"], there["value"])  # type: ignore[attr-defined]

    _copied = _referent


# What is waited for.


class _QueueProxy(DaemonProxy):
    _settings = (ANYTHING,)

    def __init__(self, handle: Any, maxsize: int = 0) -> None:
        super().__init__(handle)
        self._maxsize = maxsize
        self._put = handle.put
        self._get = handle.get

    def put(self, item: Any, block: Any = True, timeout: Any = None) -> None:
        try:
            if self._maxsize <= 0 or (block and timeout is None):
                self._put(item)
            elif not block:
                self._put(item, False)
            elif timeout < 0:
                raise ValueError("'timeout' must be a non-negative number")
            else:
                self._put(item, True, timeout)
        except Error as e:
            raise as_there(e) from None

    def get(self, block: Any = True, timeout: Any = None) -> Any:
        try:
            if block and timeout is None:
                return self._get()
            if not block:
                return self._get(False)
            if timeout < 0:
                raise ValueError("'timeout' must be a non-negative number")
            return self._get(True, timeout)
        except Error as e:
            raise as_there(e) from None

    def put_nowait(self, item: Any) -> None:
        self.put(item, False)

    def get_nowait(self) -> Any:
        return self.get(False)

    @_raising
    def qsize(self) -> int:
        return int(self._handle.qsize())

    @_raising
    def empty(self) -> bool:
        return bool(self._handle.empty())

    @_raising
    def full(self) -> bool:
        return self._maxsize > 0 and bool(self._handle.full())

    @_raising
    def task_done(self) -> None:
        self._handle.task_done()

    @_raising
    def join(self) -> None:
        self._handle.join()

    @_raising
    def shutdown(self, immediate: Any = False) -> None:
        self._handle.shutdown(bool(immediate))

    def _referent(self) -> Any:
        return queue.Queue(self._maxsize)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self._typeid, self._handle, self._maxsize)


def _like(name: str, exposed: Any) -> Any:
    """The standard library's class of proxies that show these methods."""
    return _standard.MakeProxyType(name, exposed)  # type: ignore[attr-defined]


def _queue_proxy(typeid: str) -> type[DaemonProxy]:
    there = _like(
        f"AutoProxy[{typeid}]",
        _standard.public_methods(queue.Queue()),  # type: ignore[attr-defined]
    )

    class Proxy(_QueueProxy, there, typeid=typeid):  # type: ignore[misc]
        pass

    return Proxy


_queue_proxy("Queue")
_queue_proxy("JoinableQueue")


class _EventProxy(DaemonProxy, _standard.EventProxy, typeid="Event"):  # type: ignore[misc]
    @_raising
    def is_set(self) -> bool:
        return bool(self._handle.is_set())

    @_raising
    def set(self) -> None:
        self._handle.set()

    @_raising
    def clear(self) -> None:
        self._handle.clear()

    @_raising
    def wait(self, timeout: Any = None) -> bool:
        return bool(self._handle.wait(timeout))

    def _referent(self) -> Any:
        event = threading.Event()
        if self.is_set():
            event.set()
        return event


class _Acquirer(DaemonProxy):
    """Locks, as those of `threading`."""

    _not_held: ClassVar[str] = "release unlocked lock"

    def __init__(self, handle: Any) -> None:
        super().__init__(handle)
        self._acquire = handle.acquire
        self._release = handle.release

    def acquire(self, blocking: Any = True, timeout: Any = None) -> bool:
        try:
            if blocking and timeout is None:
                return bool(self._acquire())
            return bool(self._acquire(bool(blocking), timeout))
        except Error as e:
            raise as_there(e) from None

    def release(self) -> None:
        try:
            self._release()
        except NotHeld:
            raise RuntimeError(self._not_held) from None
        except Error as e:
            raise as_there(e) from None

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        self.release()


_LOCK = (None, b"", False)
"""Of a lock that is released when its holder ends."""


class _LockProxy(_Acquirer, _standard.AcquirerProxy, typeid="Lock"):  # type: ignore[misc]
    _settings = _LOCK

    def _referent(self) -> Any:
        return _locked(threading.Lock(), self._handle)


class _RLockProxy(_Acquirer, _standard.AcquirerProxy, typeid="RLock"):  # type: ignore[misc]
    _settings = _LOCK
    _not_held = "cannot release un-acquired lock"

    def _referent(self) -> Any:
        return _locked(threading.RLock(), self._handle)


def _locked(lock: Any, handle: Any) -> Any:
    if handle.locked():
        lock.acquire()
    return lock


class _SemaphoreProxy(_Acquirer, _standard.AcquirerProxy, typeid="Semaphore"):  # type: ignore[misc]
    _settings = (None, False)

    def acquire(self, blocking: Any = True, timeout: Any = None) -> bool:
        if timeout is None:
            return super().acquire(blocking)
        if not blocking:
            raise ValueError("can't specify timeout for non-blocking acquire")
        return super().acquire(True, max(0, timeout))

    def _referent(self) -> Any:
        return threading.Semaphore(self._handle.get_value())


class _BoundedSemaphoreProxy(_SemaphoreProxy, typeid="BoundedSemaphore"):
    def _referent(self) -> Any:
        return threading.BoundedSemaphore(self._handle.get_value())


class _ConditionProxy(_Acquirer, _standard.ConditionProxy, typeid="Condition"):  # type: ignore[misc]
    def __init__(self, handle: Any, lock: _Acquirer) -> None:
        super().__init__(handle)
        self._lock = lock
        handle._known = lock._handle
        self._acquire = lock.acquire
        self._release = lock.release

    def acquire(self, blocking: Any = True, timeout: Any = None) -> bool:
        return bool(self._acquire(blocking, timeout))

    def release(self) -> None:
        self._release()

    @_raising
    def wait(self, timeout: Any = None) -> bool:
        return bool(self._handle.wait(timeout))

    @_raising
    def notify(self, n: Any = 1) -> None:
        self._handle.notify(n)

    @_raising
    def notify_all(self) -> None:
        self._handle.notify_all()

    def _referent(self) -> Any:
        return threading.Condition(self._lock._referent())

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self._typeid, self._handle, self._lock)


class _BarrierProxy(DaemonProxy, _standard.BarrierProxy, typeid="Barrier"):  # type: ignore[misc]
    def __init__(self, handle: Any, action: Any, timeout: Any) -> None:
        self._settings = (action, timeout)  # type: ignore[misc]
        super().__init__(handle)

    @_raising
    def wait(self, timeout: Any = None) -> int:
        handle = self._handle
        return int(handle.parties - 1 - handle.wait(timeout))

    @_raising
    def abort(self) -> None:
        self._handle.abort()

    @_raising
    def reset(self) -> None:
        self._handle.reset()

    parties = property(_raising(lambda self: self._handle.parties))
    n_waiting = property(_raising(lambda self: self._handle.n_waiting))
    broken = property(_raising(lambda self: self._handle.broken))

    def _callmethod(self, methodname: str, args: Any = (), kwds: Any = {}) -> Any:  # noqa: B006
        if methodname == "__getattribute__":
            return getattr(self, *args)
        return super()._callmethod(methodname, args, kwds)

    def _referent(self) -> Any:
        return threading.Barrier(self.parties)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self._typeid, self._handle, *self._settings)  # type: ignore[misc]
