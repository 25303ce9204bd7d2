"""Proxies of what is waited for: queues, events, locks and barriers of managers."""

from __future__ import annotations

import multiprocessing.managers
import queue
import threading
import time
from typing import Any, ClassVar

from polyproc._errors import Error, NotHeld
from polyproc.multiprocessing._anything import ANYTHING
from polyproc.multiprocessing._proxies import DaemonProxy, as_there, raising, rebuilt

_standard: Any = multiprocessing.managers


def _bounded(timeout: Any) -> Any:
    """A time as the daemon takes it: one that is no number, or below 0, is none.

    One that is longer than `threading` waits is not refused: it is waited for as long as can be.
    """
    return None if timeout is None else max(0, min(timeout, threading.TIMEOUT_MAX))


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
                self._put(item, True, _bounded(timeout))
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
            return self._get(True, _bounded(timeout))
        except Error as e:
            raise as_there(e) from None

    def put_nowait(self, item: Any) -> None:
        self.put(item, False)

    def get_nowait(self) -> Any:
        return self.get(False)

    @raising
    def qsize(self) -> int:
        return int(self._handle.qsize())

    @raising
    def empty(self) -> bool:
        return bool(self._handle.empty())

    @raising
    def full(self) -> bool:
        return self._maxsize > 0 and bool(self._handle.full())

    @raising
    def task_done(self) -> None:
        self._handle.task_done()

    @raising
    def join(self) -> None:
        self._handle.join()

    @raising
    def shutdown(self, immediate: Any = False) -> None:
        self._handle.shutdown(bool(immediate))

    def _referent(self) -> Any:
        return queue.Queue(self._maxsize)

    def __reduce__(self) -> tuple[object, ...]:
        return rebuilt, (self._typeid, self._handle, self._maxsize)


def _like(name: str, exposed: Any) -> Any:
    """The standard library's class of proxies that show these methods."""
    return _standard.MakeProxyType(name, exposed)


def _queue_proxy(typeid: str) -> type[DaemonProxy]:
    there = _like(
        f"AutoProxy[{typeid}]",
        _standard.public_methods(queue.Queue()),
    )

    class Proxy(_QueueProxy, there, typeid=typeid):  # type: ignore[misc,valid-type]
        pass

    return Proxy


_queue_proxy("Queue")
_queue_proxy("JoinableQueue")


class _EventProxy(DaemonProxy, _standard.EventProxy, typeid="Event"):  # type: ignore[misc]
    @raising
    def is_set(self) -> bool:
        return bool(self._handle.is_set())

    @raising
    def set(self) -> None:
        self._handle.set()

    @raising
    def clear(self) -> None:
        self._handle.clear()

    @raising
    def wait(self, timeout: Any = None) -> bool:
        return bool(self._handle.wait(_bounded(timeout)))

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
            if timeout is not None:
                threading.Lock().acquire(blocking, timeout)  # Which refuses what is no time.
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

    @raising
    def locked(self) -> bool:
        return bool(self._handle.locked())

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
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
        _ = time.monotonic() + timeout  # Which refuses what is no number.
        try:
            return bool(self._acquire(True, _bounded(timeout)))
        except Error as e:
            raise as_there(e) from None

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

    @raising
    def wait(self, timeout: Any = None) -> bool:
        return bool(self._handle.wait(_bounded(timeout)))

    @raising
    def notify(self, n: Any = 1) -> None:
        self._handle.notify(n)

    @raising
    def notify_all(self) -> None:
        self._handle.notify_all()

    def _referent(self) -> Any:
        return threading.Condition(self._lock._referent())

    def __reduce__(self) -> tuple[object, ...]:
        return rebuilt, (self._typeid, self._handle, self._lock)


class _BarrierProxy(DaemonProxy, _standard.BarrierProxy, typeid="Barrier"):  # type: ignore[misc]
    def __init__(self, handle: Any, action: Any, timeout: Any) -> None:
        self._settings = self._made_with = (action, timeout)
        super().__init__(handle)

    @raising
    def wait(self, timeout: Any = None) -> int:
        handle = self._handle
        seconds = self._made_with[1] if timeout is None else timeout
        return int(handle.parties - 1 - handle.wait(_bounded(seconds)))

    @raising
    def abort(self) -> None:
        self._handle.abort()

    @raising
    def reset(self) -> None:
        self._handle.reset()

    parties = property(raising(lambda self: self._handle.parties))
    n_waiting = property(raising(lambda self: self._handle.n_waiting))
    broken = property(raising(lambda self: self._handle.broken))

    def _callmethod(self, methodname: str, args: Any = (), kwds: Any = {}) -> Any:  # noqa: B006
        if methodname == "__getattribute__":
            return getattr(self, *args)
        return super()._callmethod(methodname, args, kwds)

    def _referent(self) -> Any:
        return threading.Barrier(self.parties)

    def __reduce__(self) -> tuple[object, ...]:
        return rebuilt, (self._typeid, self._handle, *self._made_with)
