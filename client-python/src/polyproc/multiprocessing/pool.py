"""Pools, as in `multiprocessing.pool`: no task is lost with the process that runs it.

Results, iterators and errors are the standard library's; the tasks are the daemon's. One whose
worker dies is run again by another, and where its attempts are used up its result is a
`polyproc.WorkerLost`. Whatever happens, every result comes or raises: also where a callback raises,
an exception cannot be made again, workers cannot start, or the pool is terminated.

Pools of threads are the standard library's own.
"""

from __future__ import annotations

import contextlib
import multiprocessing.pool
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import connection as _connection
from multiprocessing import util
from typing import TYPE_CHECKING, Any

from polyproc._errors import TaskFailed
from polyproc.multiprocessing import _manner, _runtime
from polyproc.multiprocessing._manner import Manner
from polyproc.multiprocessing._no_memory import made
from polyproc.multiprocessing._standard import in_module, rest_of
from polyproc.multiprocessing._tasks import Place, Tasks
from polyproc.multiprocessing._worker import Source, work

if TYPE_CHECKING:
    from multiprocessing.pool import ThreadPool

_standard: Any = multiprocessing.pool

__all__ = ["Pool", "ThreadPool"]

_ATTEMPTS = 3


def get_context(method: str | None = None) -> Any:
    """The context of a start method."""
    from polyproc.multiprocessing.context import _default_context

    return _default_context.get_context(method)


class Pool(_standard.Pool):  # type: ignore[misc]
    """A pool of processes, as `multiprocessing.Pool`, that loses no task.

    Args:
        processes: how many; None: as many as there are processors.
        initializer: what each calls first. Where it fails again and again, the pool is ended by
            that: results raise it.
        initargs: what that is called with.
        maxtasksperchild: after how many tasks a process is replaced; None: never.
        context: how processes are started.
        attempts: how often a task is run at most, where the processes that run it die; None: 3
            times.
    """

    _manner = _manner.POOL

    def __init__(
        self,
        processes: int | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: Sequence[Any] = (),
        maxtasksperchild: int | None = None,
        context: Any = None,
        *,
        attempts: int | None = None,
    ) -> None:
        self._attempts = _ATTEMPTS if attempts is None else attempts
        if self._attempts < 1:
            raise ValueError("Number of attempts must be at least 1")
        context = _Inside(context or get_context(), self._manner)
        try:
            _init(self, processes, initializer, initargs, maxtasksperchild, context)
        except BaseException as e:
            if "_inqueue" in vars(self):
                self._inqueue.end(TaskFailed(f"Expected a pool, but it could not be made: {e!r}"))
            raise
        self._cache.telling = threading.Lock()
        self._inqueue.refused = partial(_refuse, self._cache)  # And nothing that has the pool.

    def _setup_queues(self) -> None:
        tasks = made(Tasks, _runtime.client(), self._attempts)
        self._inqueue = self._outqueue = tasks
        self._quick_put = tasks.put
        self._quick_get = tasks.get

    def _map_async(
        self,
        func: Any,
        iterable: Any,
        mapper: Any,
        chunksize: int | None = None,
        callback: Any = None,
        error_callback: Any = None,
    ) -> Any:
        """As there, where there may be no process for a while."""
        self._check_running()
        if chunksize is None:
            iterable = iterable if hasattr(iterable, "__len__") else list(iterable)
            chunksize = -(-len(iterable) // (4 * self._processes))
        return super()._map_async(func, iterable, mapper, chunksize, callback, error_callback)

    def _guarded_task_generation(self, result_job: int, func: Any, iterable: Any) -> Any:
        """The tasks of an input; one that raises what ends a program is told of at its place."""
        i = -1
        try:
            for task in super()._guarded_task_generation(result_job, func, iterable):
                i = task[1]
                yield task
        except GeneratorExit:
            raise
        except BaseException as e:
            error = TaskFailed(f"Expected an input of tasks, but it raised {e!r}")
            yield (result_job, i + 1, _standard._helper_reraises_exception, (error,), {})

    def join(self) -> None:
        """Waits until the processes have ended, as there; but a callback does not wait for itself.

        Raises:
            ValueError: It was not closed.
            RuntimeError: A thread of the pool calls, such as in a callback.
        """
        if self._state != _standard.RUN:
            self.require_other_thread()
        super().join()

    def require_other_thread(self) -> None:
        """Requires a thread that is none of the pool's own, which would wait for itself."""
        own = (self._worker_handler, self._task_handler, self._result_handler, self._inqueue.thread)
        if threading.current_thread() in own:
            raise RuntimeError("cannot join current thread")

    def _get_sentinels(self) -> list[Any]:
        return [self._change_notifier._reader]

    # The threads, of which each has all that it needs as arguments: a pool that nobody has ends.

    @staticmethod
    def _repopulate_pool_static(
        ctx: _Inside,
        Process: Any,  # noqa: N803
        processes: int,
        pool: list[Any],
        inqueue: Tasks,
        _outqueue: Tasks,
        initializer: Any,
        initargs: Any,
        maxtasksperchild: int | None,
        _wrap_exception: bool,
    ) -> None:
        """Starts processes until there are as many as there are to be."""
        for _ in range(processes - len(pool)):
            process = Process(
                ctx,
                target=work,
                args=(
                    Source(inqueue.pool, inqueue.says_ready),
                    initializer,
                    initargs,
                    maxtasksperchild,
                    ctx.manner,
                ),
            )
            process.name = process.name.replace("Process", "PoolWorker")
            process.daemon = ctx.manner.daemonic
            process.start()
            pool.append(process)
            util.debug("added worker")

    @staticmethod
    def _maintain_pool(
        ctx: _Inside,
        Process: Any,  # noqa: N803
        processes: int,
        pool: list[Any],
        inqueue: Tasks,
        *others: Any,
    ) -> None:
        """Starts processes in the place of those that have ended, unless they all fail."""
        ended = [process for process in pool if process.exitcode is not None]
        if not ended:
            return
        for process in ended:
            process.join()
            pool.remove(process)
        if not inqueue.may_go_on(ended, processes):
            return
        try:
            Pool._repopulate_pool_static(ctx, Process, processes, pool, inqueue, *others)
        except Exception as e:
            inqueue.end(e)

    @staticmethod
    def _handle_tasks(
        taskqueue: Any,
        put: Callable[[Any], None],
        outqueue: Tasks,
        _pool: Any,
        cache: dict[int, Any],
    ) -> None:
        """Puts what comes; of an input that never ends no more once the pool has ended."""
        thread: Any = threading.current_thread()
        for tasks, set_length in iter(taskqueue.get, None):
            task = None
            for task in tasks:
                if thread._state != _standard.RUN or outqueue.why is not None:
                    break
                try:
                    put(task)
                except BaseException as e:  # Whatever it is, this thread has to go on.
                    _refuse(cache, task[:2], e)
            else:
                if set_length:
                    set_length(task[1] + 1 if task else 0)
                task = tasks = None
                continue
            task = tasks = None
            if thread._state != _standard.RUN:
                break
            _give_all_up(cache, outqueue)
        put(None)

    @staticmethod
    def _handle_results(outqueue: Tasks, get: Callable[[], Any], cache: dict[int, Any]) -> None:
        while (came := get()) is not None:
            _tell(cache, *came)
            came = None  # What it has may be waited for to go.
        _give_all_up(cache, outqueue)
        outqueue.delete()

    @staticmethod
    def _help_stuff_finish(inqueue: Tasks, task_handler: Any, size: int) -> None:
        """Nothing to help: what is there was ended before."""

    @classmethod
    def _terminate_pool(
        cls,
        taskqueue: Any,
        inqueue: Tasks,
        outqueue: Tasks,
        pool: list[Any],
        change_notifier: Any,
        worker_handler: Any,
        task_handler: Any,
        result_handler: Any,
        cache: dict[int, Any],
    ) -> None:
        """Ends the tasks that are there, so that no thread waits any more; then as there."""
        task_handler._state = _standard.TERMINATE
        inqueue.end(TaskFailed("Expected the task to be run, but the pool was terminated"))
        if not result_handler.is_alive():
            _give_all_up(cache, inqueue)
        super()._terminate_pool(
            taskqueue,
            inqueue,
            outqueue,
            pool,
            change_notifier,
            worker_handler,
            task_handler,
            result_handler,
            {},  # Of results that nobody tells of, and there are none.
        )


class PoolOfExecutor(Pool):
    """A pool whose processes are as those of `concurrent.futures`."""

    _manner = _manner.EXECUTOR


class _Inside:
    """A context whose simple queues are of this process alone: they wake the pool's threads."""

    def __init__(self, context: Any, manner: Manner) -> None:
        self._context = context
        self.manner = manner

    def SimpleQueue(self) -> _Notifier:  # noqa: N802
        return _Notifier()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


class _Notifier:
    def __init__(self) -> None:
        self._reader, self._writer = _connection.Pipe(duplex=False)

    def put(self, _: None) -> None:
        self._writer.send_bytes(b"")

    def get(self) -> None:
        self._reader.recv_bytes()

    def empty(self) -> bool:
        return not self._reader.poll()


class _Last(deque[Any]):
    """The last items of an iterator, and its end."""

    def popleft(self) -> Any:
        return super().popleft() if self else (False, StopIteration())


def _tell(cache: Any, place: Place, outcome: tuple[bool, Any], *, is_all: bool = False) -> None:
    """Hands a result on; what its callback raises is printed, and loses no result.

    Args:
        cache: the pool's results, by their numbers.
        place: of which result, and of which of its tasks.
        outcome: what came of that.
        is_all: whether nothing comes of its other tasks any more.
    """
    number, i = place
    result = cache.get(number)
    if result is None:
        return
    if not isinstance(result, _standard.IMapIterator):
        with cache.telling:
            if isinstance(result, _standard.MapResult):
                result._number_left = 1 if is_all else result._number_left
                if result._number_left > 1:
                    result._set(i, outcome)
                    return
            if hasattr(result, "_is_told"):  # By another thread, which may be in its callback.
                return
            result._is_told = True
    try:
        result._set(i, outcome)
    except BaseException as e:  # Also of a callback that would exit: this thread has to go on.
        _forget(cache, number)
        result._event.set()
        result._pool = None
        threading.excepthook(
            threading.ExceptHookArgs((type(e), e, e.__traceback__, threading.current_thread()))
        )


def _forget(cache: Any, number: int) -> None:
    """Forgets a result; who waits for the last one to go is woken by that, and not by `pop`."""
    with contextlib.suppress(KeyError):
        del cache[number]


def _refuse(cache: dict[int, Any], place: Place, error: BaseException) -> None:
    _tell(cache, place, (False, error))


def _give_all_up(cache: dict[int, Any], tasks: Tasks) -> None:
    """Has results raise why they do not come."""
    why = tasks.why or TaskFailed("Expected the task to be run, but the pool has ended")
    for number, result in list(cache.items()):
        if isinstance(result, _standard.IMapIterator):
            with result._cond:
                result._items = _Last([*result._items, (False, why)])
                result._pool = None
                result._cond.notify_all()
            _forget(cache, number)
        else:
            _tell(cache, (number, 0), (False, why), is_all=True)


globals().update(rest_of(_standard, globals()))
_init = in_module(_standard.Pool.__init__, globals())
