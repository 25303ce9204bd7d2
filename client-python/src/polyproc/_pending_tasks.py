"""Tasks that a program has submitted, each of whose results somebody asks for by itself."""

from __future__ import annotations

import copy
import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Generic

from polyproc._any_result import T
from polyproc._errors import ConnectionLost, Error, Reason, TaskFailed
from polyproc._job import Job, PoolFull, came_by_number
from polyproc._object import NotCopied, time_of
from polyproc._signals import is_of_handler
from polyproc._surely import surely
from polyproc._tasks import Task, TaskResult
from polyproc.v1 import pool_pb2

if TYPE_CHECKING:
    from polyproc._pool import Pool


_LOOK_SECONDS = 1.0
"""For so long a thread waits for another one that collects, before it looks itself."""

_LEFT = 256
"""So many results that nobody wants are collected at a time."""


class _Turn:
    """That a thread collects for all that wait; its gate is open when that is over."""

    __slots__ = ("gate", "is_over", "lost", "thread")

    def __init__(self) -> None:
        self.lost: ConnectionLost | None = None
        """That there was no daemon: those that wait have sought it as long."""
        self.thread = threading.get_ident()
        self.is_over = False
        self.gate = threading.Lock()
        self.gate.acquire()


class PendingTasks(Generic[T]):
    """The tasks of one job, and their results until they are asked for.

    Of the threads that wait one collects for all: each finds what is its own.
    """

    def __init__(self, job: Job[T]) -> None:
        self._job = job
        self._pid = os.getpid()
        self._came: dict[int, pool_pb2.PoolResult] = {}
        self._turn: dict[int, _Turn] = {}
        """The turn that there is, under 0: so that one comes first, in one step."""
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
            self._in_turn(0.0)
        number = self._job._submit([message], timeout)
        if not number:
            raise PoolFull([])
        return PendingTask(self, number, pool)

    def leave(self, number: int) -> None:
        """Nobody asks for a result any more. Called wherever garbage is collected."""
        self._left.append(number)

    def wait(self, pending: PendingTask[T], timeout: float | None) -> TaskResult[T] | None:
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
            result = self._find(pending)
            if result is not None:
                return result
            if is_finished:
                raise Error(
                    f"Expected task {pending.task} of {self._job.name!r} to have a result, but it"
                    " is gone; has somebody else taken it?",
                    Reason.OBJECT_NOT_FOUND,
                    "NOT_FOUND",
                )
            left = None if until is None else max(0.0, until - time.monotonic())
            other = self._in_turn(left)
            if isinstance(other, bool):
                is_finished = other
            elif other.gate.acquire(
                timeout=_LOOK_SECONDS if left is None else min(left, _LOOK_SECONDS)
            ):
                other.gate.release()  # Others may wait for it.
                if other.lost is not None and self._find(pending) is None:
                    raise copy.copy(other.lost)
            if left == 0.0 and not is_finished:
                return self._find(pending)

    def _find(self, pending: PendingTask[T]) -> TaskResult[T] | None:
        """The result that has come."""
        found = self._came.get(pending.task)
        if found is not None and pending._result is None:
            pending._result = TaskResult(found, self._job._read)
        if pending._result is not None:
            self._came.pop(pending.task, None)
        return pending._result

    def _in_turn(self, timeout: float | None) -> bool | _Turn:
        """Collects, where no other thread does.

        Returns:
            Whether nothing can come any more; or the other's turn.
        """
        turn = _Turn()
        try:
            first = self._turn.setdefault(0, turn)
            if first is not turn and first.thread != turn.thread:
                return first
            return self._collect(timeout)  # Also in the handler of a signal, beside its thread.
        except ConnectionLost as e:
            if not is_of_handler(e):
                turn.lost = e
            raise
        finally:
            try:
                surely(self._end, turn)
            except BaseException:
                surely(self._end, turn)
                raise

    def _end(self, turn: _Turn) -> None:
        if self._turn.get(0) is turn:
            del self._turn[0]
        if not turn.is_over:
            turn.is_over = True
            turn.gate.release()

    def _collect(self, timeout: float | None) -> bool:
        """Takes what comes; whether nothing can come any more."""
        request = pool_pb2.PoolResultsRequest(job=self._job.name, take=True)
        came, is_finished = self._job._collect_by(request, timeout, came_by_number)
        self._came.update(came)
        while self._left:
            self._unwanted.add(self._left.popleft())
        for number in [number for number in self._unwanted if number in self._came]:
            self._came.pop(number, None)
            self._unwanted.discard(number)
        return is_finished

    def cancel(self, number: int) -> bool:
        """Cancels a task; whether it had no result."""
        return sum(self._job.cancel(number)) > 0


class PendingTask(NotCopied, Generic[T]):
    """A task that was submitted, and its result once that is there. Thread-safe.

    It is run also where nobody has this any more.
    """

    __slots__ = ("_pool", "_result", "_tasks", "task")

    task: int
    """The task's number."""

    def __init__(self, tasks: PendingTasks[T], number: int, pool: Pool[Any]) -> None:
        self._tasks = tasks
        self._pool = pool
        self._result: TaskResult[T] | None = None
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
        result = self._result
        if result is None:
            result = self._tasks.wait(self, timeout)
        if result is None:
            raise TimeoutError(
                f"Expected task {self.task} to be done within {timeout:g} s, but it is not"
            )
        return result

    def __del__(self) -> None:
        if getattr(self, "_result", None) is None and hasattr(self, "task"):
            self._tasks.leave(self.task)

    def __repr__(self) -> str:
        result = self._result
        return f"<PendingTask {self.task}: {'not asked' if result is None else result.outcome}>"
