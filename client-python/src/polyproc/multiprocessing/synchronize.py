"""Locks, semaphores, conditions, events and barriers, as in `multiprocessing.synchronize`.

What a process that is killed has acquired is given back, and whoever it kept waiting goes on.
"""

from __future__ import annotations

import errno
import math
import multiprocessing.process as process
import multiprocessing.synchronize as _standard
import operator
import os
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from polyproc._barrier import Barrier as SharedBarrier
from polyproc._condition import Condition as SharedCondition
from polyproc._errors import BrokenBarrier, NotHeld, OverReleased, Reason
from polyproc._event import Event as SharedEvent
from polyproc._hold import waiting
from polyproc._lock import Lock as SharedLock
from polyproc._semaphore import _TIMEOUT as _SEMAPHORE_TIMEOUT
from polyproc._semaphore import Semaphore as SharedSemaphore
from polyproc.multiprocessing import _runtime
from polyproc.multiprocessing._no_memory import made
from polyproc.multiprocessing._standard import rest_of

__all__ = ["BoundedSemaphore", "Condition", "Event", "Lock", "RLock", "Semaphore"]

T = TypeVar("T")

_theirs: Any = _standard

_MOST_PERMITS: int = _theirs.SEM_VALUE_MAX
_HAS_LOCKED = hasattr(_standard.SemLock, "locked")
_OVER_RELEASED = "semaphore or lock released too many times"
_ANOTHERS = frozenset({Reason.STALE_TOKEN, Reason.NOT_OWNER})


def _limited(timeout: float | None) -> float | None:
    """A time to wait: 0 where it is negative, and None where it has no end.

    Raises:
        TypeError: It is no number.
    """
    if timeout is None:
        return None
    told = math.copysign(timeout, timeout)
    return None if told == math.inf else max(0.0, told)


class _Shared:
    """An object of the daemon: equal to all that are handles of the same.

    It is pickled as its like of the standard library: with as many parts of a state, to which a
    derived class adds what it has.
    """

    _handle: Any

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Shared):
            return NotImplemented
        return bool(self._handle == other._handle)

    def __hash__(self) -> int:
        return hash(self._handle)


class SemLock(_Shared):
    """What locks and semaphores have in common. There are none of this class itself."""

    _kind: int
    _maxvalue: int

    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError(
            "SemLock is a semaphore of the kernel, which no other language shares; use Lock, RLock,"
            " Semaphore or BoundedSemaphore"
        )

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Acquires it, and waits for it.

        Args:
            block: False: acquires it only if that can be now, whatever the timeout.
            timeout: for how many seconds to wait at most; negative: 0; None: for ever.

        Returns:
            Whether it did.
        """
        raise NotImplementedError

    def release(self) -> None:
        """Releases it."""
        raise NotImplementedError

    def _get_value(self) -> int:
        """How often it can be acquired now."""
        raise NotImplementedError

    def _is_zero(self) -> bool:
        """Whether it cannot be acquired now."""
        return self._get_value() == 0

    @property
    def _semlock(self) -> _Inside:
        return _Inside(self)

    def _use(self, handle: Any, maxvalue: int) -> None:
        handle._stays = False  # The next call confirms what was acquired, or an orderly end.
        self._handle = handle
        self._maxvalue = maxvalue

    def __getstate__(self) -> Any:
        return self._handle, self._kind, self._maxvalue, None

    def __setstate__(self, state: Any) -> None:
        handle, _, maxvalue, _ = state
        self._use(handle, maxvalue)

    def __enter__(self) -> bool:
        raise NotImplementedError

    def __exit__(self, *_: object) -> None:
        self.release()

    if _HAS_LOCKED:

        def locked(self) -> bool:
            """Whether it cannot be acquired now."""
            return self._is_zero()


class _Inside:
    """A `_semlock`, for programs that look into that of the standard library.

    It has the methods as they are here, so that those of a derived class may call them.
    """

    def __init__(self, lock: SemLock) -> None:
        self._lock = lock
        self._class: type[SemLock] = next(c for c in type(lock).__mro__ if c.__module__ == __name__)
        self.kind = lock._kind
        self.maxvalue = lock._maxvalue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._class, name).__get__(self._lock)

    def __enter__(self) -> bool:
        return self._class.__enter__(self._lock)

    def __exit__(self, *_: object) -> None:
        self._class.__exit__(self._lock)


class Semaphore(SemLock):
    """A semaphore, as `multiprocessing.Semaphore`.

    What a process has acquired when it ends is given back. Where there were none at first, what is
    acquired is not: permits stand for what happened then, and have been used up.
    """

    _kind = _theirs.SEMAPHORE
    _handle: SharedSemaphore

    def __init__(self, value: int = 1, *, ctx: Any) -> None:
        self._make(value, _MOST_PERMITS)

    def _make(self, value: int, maxvalue: int) -> None:
        permits = operator.index(value)
        if not -_MOST_PERMITS <= permits <= _MOST_PERMITS:
            raise OverflowError("Python int too large to convert to C int")
        if permits < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        handle = made(
            _runtime.client().semaphore,
            None,
            permits,
            max_permits=max(1, maxvalue),
            on_owner_end="release" if permits else "keep",
        )
        self._use(handle, maxvalue)

    def _use(self, handle: SharedSemaphore, maxvalue: int) -> None:
        super()._use(handle, maxvalue)
        self._acquiring = handle._acquiring(1, False).SerializeToString()

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        handle = self._handle
        request = self._acquiring
        if not block:
            request += _SEMAPHORE_AT_ONCE
        elif timeout is not None:
            request += waiting(_SEMAPHORE_TIMEOUT, True, _limited(timeout))
        return handle._acquire(request, 1, handle._acquired) is not None

    def __enter__(self) -> bool:
        handle = self._handle
        return handle._acquire(self._acquiring, 1, handle._acquired) is not None

    def release(self) -> None:
        """Releases it; whoever waits longest has it next.

        Raises:
            ValueError: There would be more than there may be.
        """
        try:
            if not self._maxvalue:
                raise ValueError(_OVER_RELEASED)
            self._handle._release(1, 0)
        except OverReleased:
            raise ValueError(_OVER_RELEASED) from None

    def get_value(self) -> int:
        """How often it can be acquired now."""
        return self._handle.get_value()

    def _get_value(self) -> int:
        return self._handle.get_value()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}(value={self._shown()})>"

    def _shown(self) -> object:
        try:
            return self._get_value()
        except Exception:
            return "unknown"


class BoundedSemaphore(Semaphore):
    """A semaphore that has never more than at first, as `multiprocessing.BoundedSemaphore`."""

    def __init__(self, value: int = 1, *, ctx: Any) -> None:
        self._make(value, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}(value={self._shown()}, maxvalue={self._maxvalue})>"


class _Mutex(SemLock):
    """What is held by one thread of one process."""

    _handle: SharedLock

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        handle = self._handle
        request = handle._acquiring
        if not block:
            request += _LOCK_AT_ONCE
        elif timeout is not None:
            request += waiting(SharedLock._TIMEOUT, True, _limited(timeout))
        return handle._take(request) is not None

    def __enter__(self) -> bool:
        handle = self._handle
        handle._take(handle._acquiring)
        return True

    def _get_value(self) -> int:
        return int(not self._handle.locked())

    def _is_mine(self) -> bool:
        """Whether this thread has acquired it."""
        return self._handle._held() is not None

    def _count(self) -> int:
        """How often a thread of this process has acquired it."""
        held = self._handle._known()
        return 0 if held is None else held.count

    def _owner(self) -> tuple[str, object]:
        """Who holds it, and how often, in words."""
        try:
            if self._is_mine():
                name, thread = process.current_process().name, threading.current_thread().name
                return name if thread == "MainThread" else f"{name}|{thread}", self._count()
            if self._get_value() == 1:
                return "None", 0
            return "SomeOtherThread" if self._count() > 0 else "SomeOtherProcess", "nonzero"
        except Exception:
            return "unknown", "unknown"


class Lock(_Mutex):
    """A lock, as `multiprocessing.Lock`: any thread of any process may release it."""

    _kind = _theirs.SEMAPHORE

    def __init__(self, *, ctx: Any) -> None:
        self._use(made(_runtime.client().lock), 1)

    def release(self) -> None:
        """Releases it, whoever holds it; whoever waits longest has it next.

        Raises:
            ValueError: Nobody holds it.
        """
        handle = self._handle
        held = handle._client._tenures().get(handle._key)
        try:
            handle.release()
        except NotHeld as e:
            if held is not None and e.reason in _ANOTHERS and held.session is _session(handle):
                # Another process has released what this one had acquired, and another has it now.
                self._release_of_others()
                return
            raise ValueError(_OVER_RELEASED) from e

    def _release_of_others(self) -> None:
        try:
            self._handle._release_of_others(None)
        except NotHeld as e:
            raise ValueError(_OVER_RELEASED) from e

    def __repr__(self) -> str:
        return f"<{type(self).__name__}(owner={self._owner()[0]})>"


class RLock(_Mutex):
    """A lock that its thread may acquire again, as `multiprocessing.RLock`."""

    _kind = _theirs.RECURSIVE_MUTEX

    def __init__(self, *, ctx: Any) -> None:
        self._use(made(_runtime.client().lock, reentrant=True), 1)

    def release(self) -> None:
        """Releases it, once for each time that it was acquired.

        Raises:
            AssertionError: This thread does not hold it.
        """
        try:
            self._handle.release()
        except NotHeld as e:
            raise AssertionError("attempt to release recursive lock not owned by thread") from e

    def __repr__(self) -> str:
        owner, count = self._owner()
        return f"<{type(self).__name__}({owner}, {count})>"


_LOCK_AT_ONCE = waiting(SharedLock._TIMEOUT, False, None)
_SEMAPHORE_AT_ONCE = waiting(_SEMAPHORE_TIMEOUT, False, None)


def _session(handle: SharedLock) -> object:
    return handle._client._session


class Condition(_Shared):
    """A condition of a lock, as `multiprocessing.Condition`.

    A notification of a process that is killed before it is back goes on to the next that waits.
    """

    _handle: SharedCondition

    def __init__(self, lock: Any = None, *, ctx: Any) -> None:
        lock = lock or RLock(ctx=ctx)
        if not isinstance(lock, _Mutex):
            for method in ("acquire", "release"):
                getattr(lock, method)  # What is no lock at all is an AttributeError, as there.
            raise TypeError(
                "Expected the lock of a condition to be a Lock or an RLock of"
                f" polyproc.multiprocessing, but it is {lock!r}"
            )
        handle = lock._handle
        self._use(lock, made(SharedCondition._create, handle._client, None, handle))

    def __getstate__(self) -> Any:
        return self._lock, self._handle, None, None

    def __setstate__(self, state: Any) -> None:
        lock, handle, _, _ = state
        self._use(lock, handle)

    def _use(self, lock: _Mutex, handle: SharedCondition) -> None:
        handle._known = lock._handle
        self._handle = handle
        self._lock = lock
        self.acquire = lock.acquire
        self.release = lock.release

    def __enter__(self) -> bool:
        return self._lock.__enter__()

    def __exit__(self, *_: object) -> None:
        self._lock.__exit__()

    def wait(self, timeout: float | None = None) -> bool:
        """Gives the lock up, waits for a notification, and has the lock again when it returns.

        Args:
            timeout: for how many seconds at most; None: for ever.

        Returns:
            Whether it was notified in time.

        Raises:
            AssertionError: This thread does not hold the lock.
        """
        try:
            return self._handle.wait(_limited(timeout))
        except NotHeld as e:
            raise AssertionError("must acquire() condition before using wait()") from e

    def wait_for(self, predicate: Callable[[], T], timeout: float | None = None) -> T:
        """Waits until what a function answers is true.

        Args:
            predicate: called under the lock.
            timeout: for how many seconds at most, over all waits; None: for ever.

        Returns:
            What it answered last.
        """
        result = predicate()
        if result:
            return result
        until = None if timeout is None else time.monotonic() + timeout
        while not result:
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                break
            self.wait(left)
            result = predicate()
        return result

    def notify(self, n: int = 1) -> None:
        """Wakes those that wait longest.

        Args:
            n: how many at most.

        Raises:
            AssertionError: This thread does not hold the lock.
        """
        try:
            if n < _MOST_PERMITS:
                self._handle.notify(n)
            else:
                self._handle.notify_all()
        except NotHeld as e:
            raise AssertionError("lock is not owned") from e

    def notify_all(self) -> None:
        """Wakes all that wait; see `notify`."""
        self.notify(_MOST_PERMITS)

    def __repr__(self) -> str:
        try:
            waiters: object = len(self._handle.waiters())
        except Exception:
            waiters = "unknown"
        return f"<{type(self).__name__}({self._lock}, {waiters})>"


class Event(_Shared):
    """A flag that processes wait for, as `multiprocessing.Event`."""

    _handle: SharedEvent

    def __init__(self, *, ctx: Any) -> None:
        self._handle = made(_runtime.client().event)

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._handle.is_set()

    def set(self) -> None:
        """Sets it: all that wait go on."""
        self._handle.set()

    def clear(self) -> None:
        """Clears it."""
        self._handle.clear()

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until it is set.

        Args:
            timeout: for how many seconds at most; None: for ever.

        Returns:
            Whether it was set in time.
        """
        return self._handle.wait(_limited(timeout))

    def __repr__(self) -> str:
        try:
            state = "set" if self.is_set() else "unset"
        except Exception:
            state = "unknown"
        return f"<{type(self).__qualname__} at {id(self):#x} {state}>"


class Barrier(_Shared, threading.Barrier):
    """Processes that wait for each other, as `multiprocessing.Barrier`.

    One that is killed while it waits, or while it runs the action, breaks it for the others.
    """

    _handle: SharedBarrier

    def __init__(
        self,
        parties: int,
        action: Callable[[], object] | None = None,
        timeout: float | None = None,
        *,
        ctx: Any,
    ) -> None:
        client = _runtime.client()
        # As many as can wait: so many never come, as there none ever passes a barrier for 0.
        needed = client._session_now().opened.limits.waiters
        if 1 <= parties < needed and parties == int(parties):
            needed = int(parties)
        handle = made(client.barrier, None, needed, action or None)
        self._use(parties, action, timeout, handle)

    def _use(
        self,
        parties: int,
        action: Callable[[], object] | None,
        timeout: float | None,
        handle: SharedBarrier,
    ) -> None:
        handle._action = action or None
        handle._shape = parties, bool(action)
        self._handle = handle
        self._parties = parties
        self._action = action
        self._timeout = timeout

    def __getstate__(self) -> Any:
        return self._parties, self._action, self._timeout, self._handle, None

    def __setstate__(self, state: Any) -> None:
        self._use(*state[:4])

    def wait(self, timeout: float | None = None) -> int:
        """Waits until all parties have come, and the action is done.

        Args:
            timeout: for how many seconds to wait for the others; None: as it was made.

        Returns:
            0 for the first that came, `parties` - 1 for the last.

        Raises:
            threading.BrokenBarrierError: It is broken, or was by this wait, whose time was up.
        """
        try:
            left = self._handle.wait(_limited(self._timeout if timeout is None else timeout))
        except BrokenBarrier as e:
            raise threading.BrokenBarrierError from e
        return int(self._parties) - 1 - left

    def reset(self) -> None:
        """Begins anew, broken or not: who waits is raised a BrokenBarrierError."""
        self._handle.reset()

    def abort(self) -> None:
        """Breaks it: who waits, and who comes, is raised a BrokenBarrierError, until `reset`."""
        self._handle.abort()

    @property
    def n_waiting(self) -> int:
        """How many wait."""
        return self._handle.n_waiting

    @property
    def broken(self) -> bool:
        """Whether it is broken."""
        return self._handle.broken


globals().update(rest_of(_standard, globals()))
