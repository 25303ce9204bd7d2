"""Pools: tasks that are submitted to jobs, and the workers that take them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypedDict, Unpack

from polyproc._any_result import T
from polyproc._job import Job
from polyproc._mapped import AHEAD, Mapped
from polyproc._methods import Method
from polyproc._object import Handle, lifetime, named, seconds, time_to_wait
from polyproc._pending_tasks import PendingTask, PendingTasks
from polyproc._pool_info import PoolInfo
from polyproc._tasks import Task, TaskKeywords, fill_call
from polyproc._values import PLAIN, Codec, writer
from polyproc.v1 import object_pb2, pool_pb2

if TYPE_CHECKING:
    from polyproc._client import Client


_CREATE = Method("PoolService/Create", pool_pb2.PoolCreateRequest, pool_pb2.PoolCreateResponse)
_TAKE = Method("PoolService/Take", pool_pb2.PoolTakeRequest, pool_pb2.PoolTakeResponse)
_COMPLETE = Method(
    "PoolService/Complete", pool_pb2.PoolCompleteRequest, pool_pb2.PoolCompleteResponse
)
_GET = Method("PoolService/Get", pool_pb2.PoolGetRequest, pool_pb2.PoolGetResponse)
_PAUSE = Method("PoolService/Pause", pool_pb2.PoolPauseRequest, pool_pb2.PoolPauseResponse)
_RESUME = Method("PoolService/Resume", pool_pb2.PoolResumeRequest, pool_pb2.PoolResumeResponse)
_QUIET = Method("PoolService/Quiet", pool_pb2.PoolQuietRequest, pool_pb2.PoolQuietResponse)
_RESIZE = Method("PoolService/Resize", pool_pb2.PoolResizeRequest, pool_pb2.PoolResizeResponse)
_JOIN = Method("PoolService/Join", pool_pb2.PoolJoinRequest, pool_pb2.PoolJoinResponse)
_SHUTDOWN = Method(
    "PoolService/Shutdown", pool_pb2.PoolShutdownRequest, pool_pb2.PoolShutdownResponse
)

_MAP_AHEAD = 10_000
"""So many tasks of a `map` are there at a time."""


class PoolKeywords(TypedDict, total=False):
    """The shape of a pool, as keywords of `Polyproc.pool`."""

    workers: int
    command: Sequence[str | os.PathLike[str]] | None
    env: Mapping[str, str] | None
    cwd: str | os.PathLike[str] | None
    initializer: str | None
    initargs: Sequence[Any]
    start_timeout: float | None
    attempts: int
    task_timeout: float | None
    tasks_per_worker: int
    idle_timeout: float | None
    max_tasks: int
    max_runs_per_key: int
    grace: float | None
    max_failed_starts: int


class Pool(Handle, Generic[T]):
    """Tasks that wait for workers, which may be of any language.

    A task is the name of a function, and arguments. A worker that dies gives back what it ran:
    another one runs it, as often as `attempts` allows, and every task has exactly one result.
    """

    __slots__ = ("_codec", "_pending")

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        codec: Codec[T] = PLAIN,
    ) -> None:
        super().__init__(client, ref, is_retained)
        self._codec = codec
        self._pending: PendingTasks[T] | None = None

    @classmethod
    def _create(
        cls,
        client: Client,
        name: str | None,
        codec: Codec[T] = PLAIN,
        *,
        lives: object_pb2.Lifetime | None = None,
        **shape: Unpack[PoolKeywords],
    ) -> Pool[T]:
        cwd = shape.get("cwd")
        request = pool_pb2.PoolCreateRequest(
            pool=named(name),
            lifetime=lifetime(name) if lives is None else lives,
            workers=shape.get("workers", 0),
            folder="" if cwd is None else str(Path(cwd).absolute()),
            attempts=shape.get("attempts", 0),
            tasks_per_worker=shape.get("tasks_per_worker", 0),
            max_tasks=shape.get("max_tasks", 0),
            max_runs_per_key=shape.get("max_runs_per_key", 0),
            max_failed_starts=shape.get("max_failed_starts", 0),
        )
        command = shape.get("command")
        if command is not None:
            if isinstance(command, str | bytes):
                raise TypeError(
                    f"Expected a list of the program and its arguments, but got {command!r}"
                )
            words = [os.fspath(word) for word in command]
            if not words:
                raise ValueError("Expected the program and its arguments, but the list is empty")
            request.command = words[0]
            request.arguments.extend(words[1:])
        for key, value in (shape.get("env") or {}).items():
            request.environment.add(name=key, value=value)
        initializer = shape.get("initializer")
        if initializer is not None:
            initargs = shape.get("initargs", ())
            fill_call(request.initializer, initializer, initargs, writer(codec))
        for field, time in (
            (request.start_timeout, shape.get("start_timeout")),
            (request.task_timeout, shape.get("task_timeout")),
            (request.idle_timeout, shape.get("idle_timeout")),
            (request.grace, shape.get("grace")),
        ):
            if time is not None:
                field.CopyFrom(seconds(time))
        return cls(client, client._call(_CREATE, request).ref, codec=codec)

    # Tasks.

    def job(self, name: str | None = None) -> Job[T]:
        """A job of the pool, that is there or is made.

        Args:
            name: by which others find it, also when this program has ended; None for one that lives
                as long as somebody has it.

        Raises:
            ShutDown: The pool was shut down.
            Error: With the reason POOL_BROKEN: its workers cannot start. Or with the reason
                OBJECT_EXISTS: the name is that of a job of another pool.
        """
        job = Job._create(self, name)
        job._pool = self
        return job

    def submit(
        self,
        function: str,
        *arguments: Any,
        timeout: float | None = None,
        **options: Unpack[TaskKeywords],
    ) -> PendingTask[T]:
        """Submits a task, whose result whoever called this asks for.

        The task goes when the program ends: `job` is for those that stay.

        Args:
            function: the name under which workers know it.
            arguments: what it is called with.
            timeout: for how many seconds to wait for room at most; None: for ever.
            options: how the task is treated: the fields of `Task`.

        Raises:
            PoolFull: There was no room in time. It is a `queue.Full`.
            ShutDown: The pool was shut down.
            Error: With the reason POOL_BROKEN: its workers cannot start.
            TypeError: There is no value for an argument.
        """
        return self._pending_now().submit(
            Task._of_call(function, arguments, options), timeout, self
        )

    def _pending_now(self) -> PendingTasks[T]:
        pending = self._pending
        if pending is None or not pending.is_of_this_process():
            pending = self._pending = PendingTasks(Job._create(self, None))
        return pending

    def map(
        self,
        function: str,
        iterable: Iterable[Any],
        *,
        timeout: float | None = None,
        **options: Unpack[TaskKeywords],
    ) -> list[T]:
        """Calls a function for each element, by as many workers as there are.

        Args:
            function: the name under which workers know it.
            iterable: what it is called with, one element each.
            timeout: for how many seconds to wait for all results at most; None: for ever.
            options: how the tasks are treated: the fields of `Task`.

        Returns:
            What it returned, in the order of the elements.

        Raises:
            TaskFailed: Of the first that failed, once all are done; `imap` gives the others.
            TimeoutError: They were not done in time. What is not done is cancelled.
        """
        return self._all(partial(_task_of_one, function, options), iterable, timeout)

    def starmap(
        self,
        function: str,
        iterable: Iterable[Sequence[Any]],
        *,
        timeout: float | None = None,
        **options: Unpack[TaskKeywords],
    ) -> list[T]:
        """As `map`, of a function that is called with all that is in an element."""
        return self._all(partial(_task, function, options), iterable, timeout)

    def _all(
        self, make: Callable[[Any], Task], elements: Iterable[Any], timeout: float | None
    ) -> list[T]:
        with Mapped(self, make, elements, True, _MAP_AHEAD) as results:
            return results.all(timeout)

    def imap(
        self,
        function: str,
        iterable: Iterable[Any],
        *,
        ahead: int = AHEAD,
        **options: Unpack[TaskKeywords],
    ) -> Mapped[T]:
        """As `map`, lazily: results in the order of the elements, each when those before have come.

        The elements are asked for by whoever asks for results, and no more of them than `ahead`.

        Args:
            function: the name under which workers know it.
            iterable: what it is called with, one element each.
            ahead: how many tasks are submitted at most whose results were not given out.
            options: how the tasks are treated: the fields of `Task`.

        Returns:
            What it returned, for a `for` statement. Of a task that failed it raises `TaskFailed`,
            and goes on. What is not done when nobody has it any more is cancelled.
        """
        return Mapped(self, partial(_task_of_one, function, options), iterable, True, ahead)

    def imap_unordered(
        self,
        function: str,
        iterable: Iterable[Any],
        *,
        ahead: int = AHEAD,
        **options: Unpack[TaskKeywords],
    ) -> Mapped[T]:
        """As `imap`, with results as they come."""
        return Mapped(self, partial(_task_of_one, function, options), iterable, False, ahead)

    # Workers.

    def _take(self, request: pool_pb2.PoolTakeRequest) -> pool_pb2.PoolTakeResponse:
        """The next tasks to run, once what came of the ones before is said.

        Where a signal's exception ends the wait, tasks that were granted go back, and what was
        completed stays completed.
        """
        return self._call(_TAKE, request)

    def _take_noting(
        self,
        request: pool_pb2.PoolTakeRequest,
        note: Callable[[pool_pb2.PoolTakeResponse], object],
    ) -> None:
        """Takes tasks; they go back where what notes them is interrupted."""

        def read(answer: bytes) -> None:
            note(_TAKE.read(answer))

        self._call_reading(_TAKE.fields, request.SerializeToString(), read)

    def _complete(self, completions: Iterable[pool_pb2.PoolCompletion]) -> list[int]:
        """Says what came of tasks; the runs of which nobody wants to know any more."""
        request = pool_pb2.PoolCompleteRequest(pool=self.name, completions=completions)
        return list(self._call(_COMPLETE, request).ended)

    # The pool.

    def pause(self) -> None:
        """Hands out no tasks until `resume`; what runs goes on."""
        self._call(_PAUSE, pool_pb2.PoolPauseRequest(pool=self.name))

    def resume(self) -> None:
        """Hands out tasks again."""
        self._call(_RESUME, pool_pb2.PoolResumeRequest(pool=self.name))

    def quiet(self) -> int:
        """Has the workers that are there take no more tasks, and end; those that come may.

        The daemon replaces those that it keeps: so a pool goes over to a new program.

        Returns:
            How many there are.
        """
        return self._call(_QUIET, pool_pb2.PoolQuietRequest(pool=self.name)).workers

    def resize(self, workers: int) -> None:
        """Changes how many workers the daemon keeps; those that are too many end, idle ones first.

        Raises:
            Error: With the reason INVALID_ARGUMENT: there is no command to start them by, or they
                are more than the daemon's limit of processes.
        """
        self._call(_RESIZE, pool_pb2.PoolResizeRequest(pool=self.name, workers=workers))

    def shutdown(self, immediate: bool = False) -> None:
        """Takes in no more tasks, for good; what is there is run, and workers end after that.

        Args:
            immediate: whether what waits and what runs is cancelled.
        """
        self._call(_SHUTDOWN, pool_pb2.PoolShutdownRequest(pool=self.name, immediate=immediate))

    def join(self, timeout: float | None = None) -> bool:
        """Waits until no task waits or runs; after `shutdown` also until the workers have ended.

        Of the workers those that the daemon has started. Results that nobody has taken do not hold
        it up.

        Args:
            timeout: for how many seconds at most; None: for ever.

        Returns:
            Whether that was so in time.
        """
        request = pool_pb2.PoolJoinRequest(pool=self.name)
        if timeout is not None:
            request.timeout.CopyFrom(time_to_wait(timeout))
        return self._call(_JOIN, request).joined

    def info(self) -> PoolInfo:
        """What is in it, and who works for it."""
        return PoolInfo._of(self._get())

    def _get(self) -> pool_pb2.PoolGetResponse:
        return self._call(_GET, pool_pb2.PoolGetRequest(pool=self.name))

    def _settings(self) -> tuple[object, ...]:
        return (self._codec,)


def _task(function: str, options: TaskKeywords, arguments: Sequence[Any]) -> Task:
    return Task._of_call(function, arguments, options)


def _task_of_one(function: str, options: TaskKeywords, argument: Any) -> Task:
    return Task._of_call(function, (argument,), options)
