"""A function that is called for each element of an iterable, by the workers of a pool."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Self

from polyproc._any_result import T
from polyproc._errors import ConnectionLost, Error, TaskFailed, UnexpectedValue
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
        "_asked",
        "_at",
        "_came",
        "_elements",
        "_given",
        "_is_in_doubt",
        "_is_lost",
        "_job",
        "_make",
        "_ordered",
        "_pool",
        "_pool_write",
        "_submitted",
    )

    def __init__(
        self,
        pool: Pool[T],
        make: Callable[[Any], Task],
        elements: Iterable[Any],
        ordered: bool,
        ahead: int,
    ) -> None:
        if ahead < 1:
            raise ValueError(f"Expected to submit at least 1 task ahead, but ahead is {ahead}")
        self._pool = pool
        self._job: Job[T] | None = Job._create(pool, None)
        self._make = make
        self._elements: Iterator[Any] | None = iter(elements)
        self._pool_write = self._job._write
        self._ordered = ordered
        self._ahead = ahead
        self._submitted = self._given = 0
        self._asked: list[Any] = []
        """Elements that were asked for, and are not submitted."""
        self._is_in_doubt = False
        """Whether it was interrupted as it submitted."""
        self._is_lost = False
        """Whether there was no daemon when it asked last."""
        self._came: list[pool_pb2.PoolResult] = []
        self._at = 0
        """How many of them were given out."""

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
        if self._at == len(self._came):
            until = None if timeout is None else time.monotonic() + time_of(timeout)
            self._is_lost = False
            try:
                self._wait(job, until)
            except ConnectionLost:
                self._is_lost = True
                raise
        result = self._came[self._at]
        if result.outcome != _SUCCEEDED:
            failure = failure_of(result, job._read)
            self._at += 1
            self._given += 1
            raise failure
        try:
            value: T = value_of(result, job._read)
        except UnexpectedValue:
            self._at += 1
            self._given += 1
            raise
        self._at += 1
        self._given += 1
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
        while True:
            self._submit(job)
            may_submit = self._elements is not None or bool(self._asked)
            under_way = self._submitted - self._given
            if not under_way:
                if not may_submit:
                    self.close()
                    raise StopIteration
                continue
            left = None if until is None else max(0.0, until - time.monotonic())
            waits = not may_submit or under_way >= self._ahead
            request = pool_pb2.PoolResultsRequest(job=job.name, take=True, ordered=self._ordered)
            came, _ = job._collect(request, left if waits else 0.0)
            self._came = came
            self._at = 0
            if came:
                return
            if left == 0.0:
                raise TimeoutError("Expected a result in time, but none came")

    def _submit(self, job: Job[T]) -> None:
        """Submits the next tasks: as many as may be, but it does not ask for elements for long."""
        if self._is_in_doubt:
            self._look(job)
        room = self._ahead - (self._submitted - self._given)
        if room <= 0:
            return
        most = min(room, job._page())
        end = time.monotonic() + _ASK_SECONDS
        while self._elements is not None and len(self._asked) < most:
            before = len(self._asked)
            self._asked.extend(itertools.islice(self._elements, 1))  # In one step.
            if len(self._asked) == before:
                self._elements = None
            if time.monotonic() >= end:
                break
        while self._asked:
            part = next(job._pages(map(self._message, self._asked)))
            rest = self._asked[len(part) :]
            submitted = self._submitted + len(part)
            self._is_in_doubt = True
            job._submit(part)
            self._asked = rest
            self._submitted = submitted
            self._is_in_doubt = False

    def _message(self, element: Any) -> pool_pb2.PoolTask:
        try:
            task: pool_pb2.PoolTask = self._make(element)._message(self._pool_write)
        except Exception as e:
            raise_of_handler(e)
            self._asked = [each for each in self._asked if each is not element]
            raise
        return task

    def _look(self, job: Job[T]) -> None:
        """Asks whether what was submitted last came to the daemon."""
        submitted = job._get().submitted
        rest = self._asked[submitted - self._submitted :]
        self._asked = rest
        self._submitted = submitted
        self._is_in_doubt = False

    def close(self) -> None:
        """Cancels what is not done, and ends. To close it twice does no harm.

        Where the daemon was just sought in vain, it is not sought once more: what is not done is
        cancelled with the client's next call, or goes with its session.
        """
        job, self._job = self._job, None
        is_lost = self._is_lost and self._pool._client._is_cut_off()
        self._elements = None
        self._asked = []
        self._came = []
        self._at = 0
        if job is not None and not is_lost:
            try:
                job.delete()
            except Error as e:
                raise_of_handler(e)  # Else it is gone already, or goes with its session.

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
