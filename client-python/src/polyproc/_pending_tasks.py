"""Tasks that a program has submitted, each of whose results somebody asks for by itself."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic

from polyproc._any_result import T
from polyproc._errors import Error, Reason, TaskFailed
from polyproc._job import Job, PoolFull
from polyproc._object import NotCopied, time_of
from polyproc._tasks import Task, TaskResult
from polyproc.v1 import pool_pb2

if TYPE_CHECKING:
    from polyproc._pool import Pool


_LEFT = 256
"""So many results that nobody wants are collected at a time."""


class PendingTasks(Generic[T]):
    """The tasks of one job, and their results until they are asked for.

    Of the threads that wait one collects for all: each takes what is its own.
    """

    def __init__(self, job: Job[T]) -> None:
        self._job = job
        self._pid = os.getpid()
        self._changed = threading.Condition()
        self._came: dict[int, pool_pb2.PoolResult] = {}
        self._is_collecting = False
        self._left: deque[int] = deque()
        """The numbers of tasks for whose results nobody will ask."""
        self._unwanted: set[int] = set()
        """Those of them whose results have not come."""

    def is_of_this_process(self) -> bool:
        """Whether it is not that of a parent, which asks for its results itself."""
        return self._pid == os.getpid()

    def submit(self, task: Task, timeout: float | None, pool: Pool[T]) -> PendingTask[T]:
        """Submits a task; the pool lives for as long as somebody has the result."""
        message = task._message(self._job._write)
        if len(self._left) >= _LEFT:
            self._collect_left()
        number = self._job._submit([message], timeout)
        if not number:
            raise PoolFull([])
        return PendingTask(self, number, pool)

    def leave(self, number: int) -> None:
        """Nobody asks for a result any more. Called wherever garbage is collected."""
        self._left.append(number)

    def _collect_left(self) -> None:
        with self._changed:
            if self._is_collecting:
                return
            self._is_collecting = True
        try:
            self._collect(0.0)
        finally:
            self._stop_collecting()

    def wait(self, number: int, timeout: float | None) -> pool_pb2.PoolResult | None:
        """Waits for a result; None: it has not come in time.

        Raises:
            Error: It cannot come any more.
        """
        if not self.is_of_this_process():
            raise RuntimeError(
                "Expected the process that has submitted the task to ask for its result, but this"
                " is a child of that"
            )
        until = None if timeout is None else time.monotonic() + time_of(timeout)
        is_finished = False
        while True:
            with self._changed:
                result = self._came.pop(number, None)
                if result is not None:
                    return result
                if is_finished:
                    raise Error(
                        f"Expected task {number} of {self._job.name!r} to have a result, but it is"
                        " gone; has somebody else taken it?",
                        Reason.OBJECT_NOT_FOUND,
                        "NOT_FOUND",
                    )
                left = None if until is None else until - time.monotonic()
                if self._is_collecting:
                    if left is not None and left <= 0:
                        return None
                    self._changed.wait(left)
                    continue
                self._is_collecting = True
            try:
                is_finished = self._collect(None if left is None else max(0.0, left))
            finally:
                self._stop_collecting()
            if left is not None and left <= 0 and not is_finished:
                with self._changed:
                    return self._came.pop(number, None)

    def _stop_collecting(self) -> None:
        with self._changed:
            self._is_collecting = False
            self._changed.notify_all()

    def _collect(self, timeout: float | None) -> bool:
        """Takes what comes; whether nothing can come any more."""
        request = pool_pb2.PoolResultsRequest(job=self._job.name, take=True)
        response = self._job._collect(request, timeout, self._note)
        while self._left:
            self._unwanted.add(self._left.popleft())
        for number in [number for number in self._unwanted if number in self._came]:
            del self._came[number]
            self._unwanted.discard(number)
        return response.finished

    def _note(self, results: Iterable[pool_pb2.PoolResult]) -> None:
        self._came.update({result.task: result for result in results})

    def cancel(self, number: int) -> bool:
        """Cancels a task; whether it had no result."""
        return sum(self._job.cancel(number)) > 0

    def result_of(self, result: pool_pb2.PoolResult) -> TaskResult[T]:
        return TaskResult(result, self._job._read)


class PendingTask(NotCopied, Generic[T]):
    """A task that was submitted, and its result once that is there. Thread-safe.

    It is run also where nobody has this any more.
    """

    __slots__ = ("_lock", "_pool", "_result", "_tasks", "task")

    task: int
    """The task's number."""

    def __init__(self, tasks: PendingTasks[T], number: int, pool: Pool[Any]) -> None:
        self._tasks = tasks
        self._pool = pool
        self._result: TaskResult[T] | None = None
        self._lock = threading.Lock()
        self.task = number

    def result(self, timeout: float | None = None) -> T:
        """What the task returned; waits for that.

        Args:
            timeout: for how many seconds at most; None: for ever.

        Raises:
            TimeoutError: It is not done yet; one may ask again.
            TaskFailed: It failed, was cancelled, or has killed its workers, as `outcome` of the
                error says.
            UnexpectedValue: What it returned is not what the codec reads.
        """
        return self._wait(timeout).value

    def exception(self, timeout: float | None = None) -> TaskFailed | None:
        """Why the task failed; None: it did not. Waits for that as `result`."""
        return self._wait(timeout).error

    def done(self) -> bool:
        """Whether it has its result."""
        try:
            self._wait(0.0)
        except TimeoutError:
            return False
        return True

    def cancel(self) -> bool:
        """Cancels the task. Where it runs, its worker is told, and may be done all the same.

        Returns:
            Whether it had no result yet.
        """
        return self._result is None and self._tasks.cancel(self.task)

    def _wait(self, timeout: float | None) -> TaskResult[T]:
        until = None if timeout is None else time.monotonic() + time_of(timeout)
        if not self._lock.acquire(timeout=-1 if timeout is None else max(0.0, timeout)):
            raise _late(self.task, timeout)
        try:
            if self._result is None:
                left = None if until is None else max(0.0, until - time.monotonic())
                found = self._tasks.wait(self.task, left)
                if found is None:
                    raise _late(self.task, timeout)
                self._result = self._tasks.result_of(found)
            return self._result
        finally:
            self._lock.release()

    def __del__(self) -> None:
        if getattr(self, "_result", None) is None and hasattr(self, "task"):
            self._tasks.leave(self.task)

    def __repr__(self) -> str:
        result = self._result
        return f"<PendingTask {self.task}: {'not asked' if result is None else result.outcome}>"


def _late(number: int, timeout: float | None) -> TimeoutError:
    return TimeoutError(f"Expected task {number} to be done within {timeout:g} s, but it is not")
