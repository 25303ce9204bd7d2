"""A function that is called for each element of an iterable, by the workers of a pool."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Generic, Self

from polyproc._any_result import T
from polyproc._errors import Error, TaskFailed, UnexpectedValue
from polyproc._job import Job
from polyproc._object import NotCopied, time_of
from polyproc._signals import raise_of_handler
from polyproc._tasks import Task, failure_of, value_of
from polyproc.v1 import pool_pb2

if TYPE_CHECKING:
    from polyproc._pool import Pool


AHEAD = 1000
"""So many tasks of an `imap` are submitted at most whose results were not given out."""

_ASK_SECONDS = 0.01
"""For so long elements are asked for before it is looked for results again."""

_SUCCEEDED = pool_pb2.POOL_OUTCOME_SUCCEEDED


class Mapped(NotCopied, Generic[T]):
    """What a function returned for each element, for a `for` statement.

    Of a task that failed it raises `TaskFailed`, and goes on with the next. `close`, the end of a
    `with` statement, and the end of the iterator itself cancel what is not done. It is for one
    thread at a time.
    """

    __slots__ = (
        "_ahead",
        "_came",
        "_given",
        "_job",
        "_ordered",
        "_page",
        "_pool",
        "_submitted",
        "_tasks",
    )

    def __init__(self, pool: Pool[T], tasks: Iterator[Task], ordered: bool, ahead: int) -> None:
        if ahead < 1:
            raise ValueError(f"Expected to submit at least 1 task ahead, but ahead is {ahead}")
        self._pool = pool
        self._job: Job[T] | None = Job._create(pool, None)
        self._tasks: Iterator[Task] | None = tasks
        self._ordered = ordered
        self._ahead = ahead
        self._submitted = self._given = 0
        self._page: list[pool_pb2.PoolTask] = []
        """Tasks that were made, and are not submitted."""
        self._came: deque[pool_pb2.PoolResult] = deque()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        return self.next()

    def next(self, timeout: float | None = None) -> T:
        """The next result; waits for it.

        Args:
            timeout: for how many seconds at most; None: for ever.

        Raises:
            TimeoutError: None came in time. One may ask again.
            StopIteration: There is none any more.
            TaskFailed: The task failed, was cancelled, or has killed its workers. The next call
                goes on.
            UnexpectedValue: What it returned is not what the codec reads. Likewise.
        """
        job = self._job
        if job is None:
            raise StopIteration
        if not self._came:
            self._wait(job, None if timeout is None else time.monotonic() + time_of(timeout))
        result = self._came.popleft()
        self._given += 1
        if result.outcome != _SUCCEEDED:
            raise failure_of(result, job._read)
        value: T = value_of(result, job._read)
        return value

    def all(self, timeout: float | None) -> list[T]:
        """All of them; raises of the first that failed, once all are done."""
        until = None if timeout is None else time.monotonic() + time_of(timeout)
        found: list[T] = []
        failure: Exception | None = None
        while True:
            try:
                found.append(self.next(None if until is None else until - time.monotonic()))
            except StopIteration:
                break
            except (TaskFailed, UnexpectedValue) as e:
                failure = failure or e
        if failure is None:
            return found
        try:
            raise failure
        finally:
            del failure  # Its traceback has this frame.

    def _wait(self, job: Job[T], until: float | None) -> None:
        """Waits until some have come.

        Raises:
            StopIteration: None can come.
            TimeoutError: None came in time.
        """
        while not self._came:
            self._submit(job)
            under_way = self._submitted - self._given
            if not under_way:
                if self._tasks is None and not self._page:
                    self.close()
                    raise StopIteration
                continue
            left = None if until is None else max(0.0, until - time.monotonic())
            may_submit = (self._tasks is not None or bool(self._page)) and under_way < self._ahead
            self._collect(job, 0.0 if may_submit else left)
            if not self._came and left == 0.0:
                raise TimeoutError("Expected a result in time, but none came")

    def _submit(self, job: Job[T]) -> None:
        """Submits the next tasks: as many as may be, but not for long."""
        tasks = self._tasks
        room = self._ahead - (self._submitted - self._given)
        if (tasks is None and not self._page) or room <= 0:
            return
        page = self._page
        most = min(room, job._page())
        end = time.monotonic() + _ASK_SECONDS
        write = job._write
        while tasks is not None and len(page) < most:
            task = next(tasks, None)
            if task is None:
                tasks = self._tasks = None
                break
            page.append(task._message(write))
            if time.monotonic() >= end:
                break
        for part in job._pages(iter(list(page))):
            job._submit(part, note=partial(self._note_submitted, len(part)))

    def _note_submitted(self, count: int) -> None:
        del self._page[:count]
        self._submitted += count

    def _collect(self, job: Job[T], timeout: float | None) -> None:
        request = pool_pb2.PoolResultsRequest(job=job.name, take=True, ordered=self._ordered)
        job._collect(request, timeout, self._came.extend)

    def close(self) -> None:
        """Cancels what is not done, and ends. To close it twice does no harm."""
        job, self._job = self._job, None
        self._tasks = None
        self._came.clear()
        if job is not None:
            try:
                job.delete()
            except Error as e:
                raise_of_handler(e)  # Else it is gone already, or goes with its session.

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
