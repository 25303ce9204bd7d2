"""`concurrent.futures` for processes that may die: no task is lost with the one that runs it.

    from polyproc.futures import ProcessPoolExecutor

It has the contract of `concurrent.futures.ProcessPoolExecutor`, and stands on the pool of
`polyproc.multiprocessing`. A process that dies is replaced, and what it ran is run again; a task
that kills all that run it has a `TaskLost`, and the others go on.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, _base
from concurrent.futures.process import BrokenProcessPool, _RemoteTraceback
from multiprocessing import parent_process, util
from multiprocessing.pool import RemoteTraceback  # type: ignore[attr-defined]
from typing import Any, TypeVar

from polyproc._errors import TaskFailed, WorkerLost

__all__ = ["BrokenProcessPool", "ProcessPoolExecutor", "TaskLost"]

R = TypeVar("R")

_MOST_MORE = 64
"""So many tasks at most beside those that are run wait for a process, and cannot be cancelled."""

_MORE_SECONDS = 0.05
"""For no longer than so they wait, as long as tasks take what those before have taken."""

_BEFORE_POOLS = 20
"""The priority of what is done at the end of a child: before its pools are terminated."""


class TaskLost(WorkerLost, BrokenProcessPool):
    """The processes that ran a task died, as often as it may be run; the others were not touched.

    It is a `BrokenProcessPool`, as programs expect one of a process that dies; but the executor
    goes on.
    """

    @classmethod
    def _like(cls, error: WorkerLost) -> TaskLost:
        lost = cls(str(error), error.reason, error.code, error.metadata)
        lost.__dict__.update(error.__dict__)
        return lost


class ProcessPoolExecutor(Executor):
    """Calls functions in processes, as `concurrent.futures.ProcessPoolExecutor`.

    Args:
        max_workers: how many processes; None: as many as there are processors.
        mp_context: how processes are started: a context of `polyproc.multiprocessing`, or one of
            `multiprocessing`, of which the start method counts.
        initializer: what each process calls first. Where it fails again and again, the executor is
            broken.
        initargs: what that is called with.
        max_tasks_per_child: after how many tasks a process is replaced; None: never. Not with the
            start method fork.
        attempts: how often a task is run at most, where the processes that run it die.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: Any = None,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        max_tasks_per_child: int | None = None,
        attempts: int = 3,
    ) -> None:
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._mp_context = _context(mp_context, max_tasks_per_child)
        if max_tasks_per_child is not None:
            if not isinstance(max_tasks_per_child, int):
                raise TypeError("max_tasks_per_child must be an integer")
            if max_tasks_per_child <= 0:
                raise ValueError("max_tasks_per_child must be >= 1")
            if self._mp_context.get_start_method() == "fork":
                raise ValueError(
                    "max_tasks_per_child is incompatible with the 'fork' multiprocessing start"
                    " method; supply a different mp_context."
                )
        if attempts < 1:
            raise ValueError(f"Expected at least 1 attempt, but attempts is {attempts}")
        self._max_workers = max_workers or len(os.sched_getaffinity(0))
        self._calls = _Calls(
            self._max_workers,
            {
                "initializer": None if initializer is None else _initialize,
                "initargs": (initializer, initargs),
                "maxtasksperchild": max_tasks_per_child,
                "context": self._mp_context,
                "attempts": attempts,
            },
        )
        weakref.finalize(self, self._calls.shutdown).atexit = False

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        """Has a function called in a process.

        Raises:
            RuntimeError: The executor was shut down, or the program ends.
            BrokenProcessPool: No process can be started any more.
        """
        try:
            return self._calls.submit(fn, args, kwargs)
        finally:
            del fn, args, kwargs  # The session may keep the frames of the call that came first.

    def map(
        self,
        fn: Callable[..., R],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[R]:
        """Calls a function for the elements of iterables, as `map`, in processes.

        Args:
            fn: the function.
            iterables: which are read at once, unless there is a `buffersize`.
            timeout: for how many seconds to wait for all results at most; None: for ever.
            chunksize: how many calls go to a process at a time.
            buffersize: how many of these are submitted whose results were not asked for; None: all.

        Raises:
            TimeoutError: Of the iterator: not all results came in time.
        """
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        if buffersize is not None and not isinstance(buffersize, int):
            raise TypeError("buffersize must be an integer or None")
        if buffersize is not None and buffersize < 1:
            raise ValueError("buffersize must be None or > 0")
        until = None if timeout is None else time.monotonic() + timeout
        calls = zip(*iterables, strict=False)
        chunks = iter(lambda: list(itertools.islice(calls, chunksize)), [])
        futures = deque(
            self.submit(_run_chunk, fn, chunk) for chunk in itertools.islice(chunks, buffersize)
        )
        more = chunks if buffersize is not None else iter(())
        return _results(weakref.ref(self), fn, futures, more, until)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Takes in no more calls; what is there is done, and the processes end.

        Args:
            wait: whether to wait for that.
            cancel_futures: whether what has not begun is cancelled.

        Raises:
            RuntimeError: It is to wait in a callback of a future, which is waited for, too.
        """
        self._calls.shutdown(cancel_futures)
        if wait:
            self._calls.join()

    def terminate_workers(self) -> None:
        """Ends the processes at once, by `Process.terminate`, and shuts down.

        Calls that are under way raise `BrokenProcessPool`, those that wait are cancelled.
        """
        self._calls.end("terminate")

    def kill_workers(self) -> None:
        """As `terminate_workers`, by `Process.kill`."""
        self._calls.end("kill")

    @property
    def _processes(self) -> dict[int, Any]:
        """Its processes, by their numbers, as many look at those of the standard library's."""
        return {process.pid: process for process in self._calls.processes()}

    @property
    def _broken(self) -> str | bool:
        return self._calls.broken or False


class _Calls:
    """The calls of an executor, which live on without it. Any thread may use them."""

    def __init__(self, workers: int, shape: Mapping[str, Any]) -> None:
        self._workers = workers
        self._most = workers + 1
        """How many may be under way."""
        self._came = 0
        """How many have come since it was last looked at how long they take."""
        self._looked = time.monotonic()
        self._shape = shape
        self._lock = threading.RLock()  # Garbage is collected within it.
        self._waiting: deque[tuple[Future[Any], Any]] = deque()
        self._running: dict[int, Future[Any]] = {}
        self._numbers = itertools.count()
        self._pool: Any = None
        self._is_shut_down = False
        self._done = threading.Event()
        """Whether it was shut down, and has nothing to do."""
        self.broken = ""
        """Why no process can be started any more; empty: they can."""

    def submit(
        self, function: Callable[..., R], args: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Future[R]:
        future: Future[R] = Future()
        with self._lock:
            if self.broken:
                raise BrokenProcessPool(self.broken)
            if self._is_shut_down:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if _program_ends:
                raise RuntimeError("cannot schedule new futures after interpreter shutdown")
            if self._pool is None:
                self._pool = self._start()
            self._waiting.append((future, (function, args, keywords)))
        del function, args, keywords
        self._go_on()
        return future

    def _start(self) -> Any:
        from polyproc.multiprocessing.pool import PoolOfExecutor

        pool = PoolOfExecutor(self._workers, **self._shape)
        _all.add(self)
        if parent_process() is not None:  # Whose end is another one than that of a program.
            util.Finalize(None, _at_exit, exitpriority=_BEFORE_POOLS)
        return pool

    def processes(self) -> list[Any]:
        pool = self._pool
        return [] if pool is None else list(pool._pool)

    def _go_on(self) -> None:
        """Hands on as many calls as may be under way; closes the pool behind the last."""
        refused: list[tuple[int, ValueError]] = []
        with self._lock:
            while self._waiting and len(self._running) < self._most and not self.broken:
                future, call = self._waiting.popleft()
                if not future.set_running_or_notify_cancel():
                    continue
                number = next(self._numbers)
                self._running[number] = future
                try:
                    self._hand_on(number, call)
                except ValueError as e:  # The pool is not running any more.
                    refused.append((number, e))
                del future, call
            if self._is_shut_down and not self._waiting and not self._running:
                if self._pool is not None:
                    self._pool.close()
                self._done.set()
        for number, error in refused:
            self._ended(number, None, error)

    def _look(self) -> None:
        """Has more tasks under way where they take so little that the way to a process counts."""
        self._came += 1
        if self._came < self._most:
            return
        now = time.monotonic()
        is_short = now - self._looked < _MORE_SECONDS
        more = self._most - self._workers
        more = min(_MOST_MORE, 2 * more) if is_short else max(1, more // 2)
        self._most = self._workers + more
        self._came, self._looked = 0, now

    def _hand_on(self, number: int, call: Any) -> None:
        def returned(value: Any) -> None:
            self._ended(number, value, None)

        def raised(error: BaseException) -> None:
            self._ended(number, None, error)

        self._pool.apply_async(*call, callback=returned, error_callback=raised)

    def _ended(self, number: int, value: Any, error: BaseException | None) -> None:
        with self._lock:
            future = self._running.pop(number, None)
            self._look()
            why = self._pool._inqueue.why
            if why is not None and error is not None and not self._is_shut_down:
                self.broken = self.broken or str(why)
        if error is not None:
            error = self._in_words_of_futures(error)
        self._go_on()
        if self.broken:
            self._give_up()
        if future is None:
            return
        try:
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)
        finally:
            del future, value, error

    def _in_words_of_futures(self, error: BaseException) -> BaseException:
        if self.broken and (error is self._pool._inqueue.why or isinstance(error, ValueError)):
            broken = BrokenProcessPool(self.broken)
            broken.__cause__ = error
            return broken
        if isinstance(error.__cause__, RemoteTraceback):  # It was raised by the task.
            error.__cause__ = _RemoteTraceback(error.__cause__.tb)
        elif isinstance(error, WorkerLost):
            return TaskLost._like(error)
        return error

    def _give_up(self) -> None:
        """Whatever waits hears why it is not run."""
        with self._lock:
            waiting = list(self._waiting)
            self._waiting.clear()
        for future, _ in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(BrokenProcessPool(self.broken))

    def shutdown(self, cancel_futures: bool = False) -> None:
        """Takes in no more calls, and lets go of the processes behind the last."""
        with self._lock:
            self._is_shut_down = True
            cancelled = list(self._waiting) if cancel_futures else []
            if cancel_futures:
                self._waiting.clear()
        for future, _ in cancelled:
            future.cancel()
            future.set_running_or_notify_cancel()
        self._go_on()

    def join(self) -> None:
        """Waits until all is done, and the processes have ended.

        Raises:
            RuntimeError: In a callback of a future.
        """
        if self._pool is not None:
            self._pool.require_other_thread()
        self._done.wait()
        if self._pool is not None:
            self._pool.join()

    def end(self, by: str) -> None:
        """Ends the processes, and all that is under way.

        Args:
            by: the method of a process.
        """
        with self._lock:
            self._is_shut_down = True
            running = list(self._running.values())
            self._running.clear()
        self.shutdown(True)
        pool = self._pool
        if pool is None:
            return
        why = f"the workers of the executor were ended, by {by}_workers()"
        processes = list(pool._pool)
        pool._inqueue.end(TaskFailed(f"Expected the task to be run, but {why}"))
        for process in processes:
            getattr(process, by)()
        for future in running:
            future.set_exception(BrokenProcessPool(why))
        # It waits for the processes, of which one may take its time.
        threading.Thread(target=pool.terminate, daemon=True).start()


def _context(given: Any, max_tasks_per_child: int | None) -> Any:
    """The context of the drop-in that is meant."""
    from polyproc.multiprocessing import get_context

    if given is None:
        return get_context("spawn" if max_tasks_per_child is not None else None)
    if type(given).__module__.startswith("polyproc."):
        return given
    return get_context(given.get_start_method())


def _results(
    executor: weakref.ref[ProcessPoolExecutor],
    function: Callable[..., R],
    futures: deque[Future[list[R]]],
    chunks: Iterator[Sequence[tuple[Any, ...]]],
    until: float | None,
) -> Iterator[R]:
    try:
        while futures:
            for chunk in itertools.islice(chunks, 1):
                its = executor()
                if its is not None:
                    futures.append(its.submit(_run_chunk, function, chunk))
                del its
            left = None if until is None else until - time.monotonic()
            found = _taken(futures.popleft(), left)
            found.reverse()
            while found:
                yield found.pop()
    finally:
        for future in futures:
            future.cancel()


def _taken(future: Future[R], seconds: float | None) -> R:
    """The result of a future, which is cancelled where it does not come."""
    try:
        return future.result(seconds)
    finally:
        future.cancel()
        del future


# What processes call.


def _run_chunk(function: Callable[..., R], chunk: Iterable[tuple[Any, ...]]) -> list[R]:
    return [function(*args) for args in chunk]


def _initialize(initializer: Callable[..., object], initargs: Sequence[Any]) -> None:
    try:
        initializer(*initargs)
    except BaseException:
        _base.LOGGER.critical("Exception in initializer:", exc_info=True)
        raise SystemExit(1) from None


# The end of the program.

_all: weakref.WeakSet[_Calls] = weakref.WeakSet()
"""Those that have processes."""
_program_ends = False


def _at_exit() -> None:
    """What was submitted is done, as in the standard library."""
    global _program_ends
    _program_ends = True
    for calls in list(_all):
        calls.shutdown()
    for calls in list(_all):
        calls.join()


def _after_fork_in_child() -> None:
    _all.clear()  # They are the parent's.


threading._register_atexit(_at_exit)  # type: ignore[attr-defined]
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
