"""Jobs: tasks that belong together, and their results."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, TypeVar, Unpack

from polyproc._any_result import T
from polyproc._frames import field
from polyproc._methods import Method
from polyproc._object import Handle, NotCopied, lifetime, named, time_to_wait
from polyproc._pages import page_size, request_bytes
from polyproc._pool_info import JobInfo
from polyproc._tasks import Read, Task, TaskKeywords, TaskResult, Write
from polyproc._values import PLAIN, Codec, reader, writer
from polyproc.v1 import object_pb2, pool_pb2

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._pending import Pending
    from polyproc._pool import Pool
    from polyproc._session import Session


R = TypeVar("R")

_CREATE = Method(
    "PoolService/CreateJob", pool_pb2.PoolCreateJobRequest, pool_pb2.PoolCreateJobResponse
)
_SUBMIT = Method("PoolService/Submit", pool_pb2.PoolSubmitRequest, pool_pb2.PoolSubmitResponse)
_RESULTS = Method("PoolService/Results", pool_pb2.PoolResultsRequest, pool_pb2.PoolResultsResponse)
_CANCEL = Method("PoolService/Cancel", pool_pb2.PoolCancelRequest, pool_pb2.PoolCancelResponse)
_GET = Method("PoolService/GetJob", pool_pb2.PoolGetJobRequest, pool_pb2.PoolGetJobResponse)
_POOL = Method("PoolService/Get", pool_pb2.PoolGetRequest, pool_pb2.PoolGetResponse)

_TASKS = pool_pb2.PoolSubmitRequest.TASKS_FIELD_NUMBER
_TASK_CALL = pool_pb2.PoolTask.CALL_FIELD_NUMBER

_MOST_BYTES = 4_000_000
"""So large a request of many tasks is made, unless a single one is larger."""


class PoolFull(queue.Full):
    """There was not room for all tasks in time."""

    def __init__(self, submitted: list[int]) -> None:
        super().__init__(submitted)
        self.submitted = submitted
        """The numbers of those that were submitted nevertheless, from the first on."""

    def __str__(self) -> str:
        count = len(self.submitted)
        return "Expected room in the pool for all tasks in time, but it has as many as it may" + (
            f"; {count} of them were submitted" if count else ""
        )


class Cancelled(NamedTuple):
    """What came of cancelling tasks."""

    waiting: int
    """How many waited: they have their results."""

    running: int
    """How many run: their workers are told, and they end within the pool's `grace`."""


class Job(Handle, Generic[T]):
    """Tasks that belong together, and their results, whoever submits and whoever collects.

    Every task has exactly one result. A job with a name stays when the program ends, so that
    another one collects the rest.
    """

    __slots__ = ("_capacity", "_codec", "_pool", "_read", "_write")

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        codec: Codec[T] = PLAIN,
    ) -> None:
        super().__init__(client, ref, is_retained)
        self._codec = codec
        self._write: Write = writer(codec)
        self._read: Read = reader(codec, client._handle)
        self._pool: Pool[Any] | None = None
        """Which lives for as long as somebody has the job."""
        self._capacity = 0

    @classmethod
    def _create(cls, pool: Pool[T], name: str | None) -> Job[T]:
        request = pool_pb2.PoolCreateJobRequest(
            pool=pool.name, job=named(name), lifetime=lifetime(name)
        )
        return cls(pool._client, pool._client._call(_CREATE, request).ref, codec=pool._codec)

    # Submitting.

    def submit(
        self,
        function: str,
        *arguments: Any,
        timeout: float | None = None,
        **options: Unpack[TaskKeywords],
    ) -> int:
        """Submits a task; waits for room.

        Args:
            function: the name under which workers know it.
            arguments: what it is called with.
            timeout: for how many seconds to wait for room at most; None: for ever.
            options: how the task is treated: the fields of `Task`.

        Returns:
            Its number in the job.

        Raises:
            PoolFull: There was no room in time. It is a `queue.Full`.
            ShutDown: The pool was shut down.
            Error: With the reason POOL_BROKEN: its workers cannot start.
            TypeError: There is no value for an argument.
        """
        number = self._submit(
            [Task._of_call(function, arguments, options)._message(self._write)], timeout
        )
        if not number:
            raise PoolFull([])
        return number

    def submit_many(self, tasks: Iterable[Task], timeout: float | None = None) -> list[int]:
        """Submits tasks, in calls of about a thousand, those of one call all or none.

        Args:
            tasks: what to call; of an iterator, a thousand at a time.
            timeout: for how many seconds to wait for room at most; None: for ever.

        Returns:
            Their numbers in the job, which rise.

        Raises:
            PoolFull: There was not room for all in time. It is a `queue.Full`, and says which were
                submitted.
            ShutDown: The pool was shut down; those of calls before are submitted.
        """
        until = None if timeout is None else time.monotonic() + timeout
        numbers: list[int] = []
        write = self._write
        for page in self._pages(task._message(write) for task in tasks):
            first = self._submit(
                page, None if until is None else max(0.0, until - time.monotonic())
            )
            if not first:
                raise PoolFull(numbers)
            numbers.extend(range(first, first + len(page)))
        return numbers

    def _pages(self, messages: Iterator[pool_pb2.PoolTask]) -> Iterator[list[pool_pb2.PoolTask]]:
        """As many as one call takes at a time."""
        most = self._page()
        most_bytes = min(request_bytes(self._client), _MOST_BYTES)
        page: list[pool_pb2.PoolTask] = []
        size = 0
        for message in messages:
            more = message.ByteSize() + 8
            if page and (len(page) >= most or size + more > most_bytes):
                yield page
                page, size = [], 0
            page.append(message)
            size += more
        if page:
            yield page

    def _page(self) -> int:
        """How many tasks one call takes."""
        if not self._capacity:
            pool = self._get().pool
            found = self._client._call(_POOL, pool_pb2.PoolGetRequest(pool=pool))
            self._capacity = found.capacity or 1
        return min(page_size(self._client), self._capacity)

    def _submit(
        self,
        tasks: Iterable[pool_pb2.PoolTask],
        timeout: float | None = None,
    ) -> int:
        """Submits tasks, all or none, and waits for room; where that is interrupted, they are not.

        Args:
            tasks: as many as one call takes.
            timeout: for how many seconds at most; None: for ever.

        Returns:
            The number of the first one; the others follow. 0: there was no room in time.
        """
        request = pool_pb2.PoolSubmitRequest(job=self.name, tasks=tasks)
        if timeout is not None:
            request.timeout.CopyFrom(time_to_wait(timeout))
        return self._call_reading(_SUBMIT.fields, request.SerializeToString(), first_of)

    def _post_submit(self, tasks: Iterable[bytes]) -> tuple[Session, Pending]:
        """`_submit` that does not wait for its answer, which `first_of` reads.

        Args:
            tasks: as `packed_task` has written them.
        """
        request = pool_pb2.PoolSubmitRequest(job=self.name).SerializeToString()
        return self._post(_SUBMIT.fields, request + b"".join(tasks))

    # Collecting.

    def results(
        self,
        *,
        take: bool = True,
        ordered: bool = False,
        timeout: float | None = None,
        at_once: int | None = None,
        after: int = 0,
    ) -> Results[T]:
        """The results, for a `for` statement, until nothing can come any more.

        Several programs may collect from one job: each result is taken by one of them. One that was
        taken goes back when the program dies before its next call of the client.

        Args:
            take: whether they are taken away; else they stay until the job is deleted.
            ordered: whether in the order of the tasks' numbers, each when those before it have
                come; else as they come.
            timeout: for how many seconds to wait for one at most; None: for ever.
            at_once: how many are asked for in one call. By default 1 where they are taken, so that
                none is lost that was not given out, and else as many as one call answers. What was
                taken, and not given out, is lost with a program that dies.
            after: only those behind this number: of the task where they are `ordered`, else of
                `TaskResult.place`. Where they are taken, only with `ordered`.
        """
        return Results(self, take, ordered, timeout, at_once, after)

    def _take_results(self, timeout: float | None = None) -> list[pool_pb2.PoolResult]:
        """Results, which are taken away; none where none can come, or none came in time."""
        request = pool_pb2.PoolResultsRequest(job=self.name, take=True)
        results, _ = self._collect(request, timeout)
        return results

    def _collect(
        self, request: pool_pb2.PoolResultsRequest, timeout: float | None
    ) -> tuple[list[pool_pb2.PoolResult], bool]:
        """`_collect_by`: the results, and whether none can come behind these."""
        return self._collect_by(request, timeout, _came)

    def _collect_by(
        self,
        request: pool_pb2.PoolResultsRequest,
        timeout: float | None,
        read: Callable[[bytes], R],
    ) -> R:
        """Waits for results; where that is interrupted, they go back.

        To lose none to a signal's exception, make no call between this and the end.

        Args:
            request: which; its timeout is set here.
            timeout: for how many seconds at most; None: for ever.
            read: what makes the results of the answer that are returned.
        """
        if timeout is None:
            request.ClearField("timeout")
        else:
            request.timeout.CopyFrom(time_to_wait(timeout))
        return self._call_reading(_RESULTS.fields, request.SerializeToString(), read)

    # Looking, and cancelling.

    def cancel(self, *tasks: int) -> Cancelled:
        """Cancels tasks by their numbers; without one all that have no result.

        What waits has the result CANCELLED at once. Of what runs the workers are told, and when the
        pool's `grace` is over the run is, too: a worker that the daemon started is ended then, and
        replaced.
        """
        waiting = running = 0
        size = page_size(self._client)
        for begin in range(0, len(tasks), size) or (0,):
            request = pool_pb2.PoolCancelRequest(job=self.name, tasks=tasks[begin : begin + size])
            response = self._call(_CANCEL, request)
            waiting += response.cancelled
            running += response.running
        return Cancelled(waiting, running)

    def info(self) -> JobInfo:
        """How far it is."""
        return JobInfo._of(self._get())

    def _get(self) -> pool_pb2.PoolGetJobResponse:
        return self._call(_GET, pool_pb2.PoolGetJobRequest(job=self.name))

    def _settings(self) -> tuple[object, ...]:
        return (self._codec,)


def packed_task(call: bytes) -> bytes:
    """A task of nothing but its `PoolCall`, as a field of `PoolSubmitRequest`, by hand.

    A request of many is put together of them, so that each is written once.
    """
    return field(_TASKS, field(_TASK_CALL, call))


def first_of(answer: bytes) -> int:
    """The number of the first of the tasks that were submitted."""
    return _SUBMIT.read(answer).first


def _came(answer: bytes) -> tuple[list[pool_pb2.PoolResult], bool]:
    response = _RESULTS.read(answer)
    return list(response.results), response.finished


def came_by_number(answer: bytes) -> tuple[dict[int, pool_pb2.PoolResult], bool]:
    """The results of an answer by the numbers of their tasks, and whether none can come."""
    response = _RESULTS.read(answer)
    return {result.task: result for result in response.results}, response.finished


class Results(NotCopied, Generic[T]):
    """The results of a job, for a `for` statement; each says whether its task succeeded.

    It ends when no task of the job waits or runs, and all results were given out. Where there are
    further ones later, it goes on with them.
    """

    __slots__ = ("_at", "_came", "_job", "_request", "_timeout")

    def __init__(
        self,
        job: Job[T],
        take: bool,
        ordered: bool,
        timeout: float | None,
        at_once: int | None,
        after: int,
    ) -> None:
        if at_once is not None and at_once < 1:
            raise ValueError(f"Expected to ask for at least 1 result, but at_once is {at_once}")
        if after and take and not ordered:
            raise ValueError(
                "Expected after= only with ordered=True or take=False, as what is taken is gone"
            )
        self._job = job
        self._timeout = timeout
        self._came: list[pool_pb2.PoolResult] = []
        self._at = 0
        """How many of them were given out."""
        self._request = pool_pb2.PoolResultsRequest(
            job=job.name,
            take=take,
            ordered=ordered,
            after=after,
            max=at_once or (1 if take else 0),
        )

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> TaskResult[T]:
        return self.next(self._timeout)

    def next(self, timeout: float | None = None) -> TaskResult[T]:
        """The next result; waits for it.

        Args:
            timeout: for how many seconds at most; None: for ever.

        Raises:
            TimeoutError: None came in time. One may ask again.
            StopIteration: None can come any more.
        """
        if self._at == len(self._came):
            self._ask(timeout)
        found = self._came[self._at]
        result = TaskResult[T](found, self._job._read)
        if not self._request.take:
            self._request.after = found.task if self._request.ordered else found.place
        self._at += 1
        return result

    def _ask(self, timeout: float | None) -> None:
        """Waits for some."""
        came, is_finished = self._job._collect(self._request, timeout)
        self._came = came
        self._at = 0
        if not came:
            if is_finished:
                raise StopIteration
            raise TimeoutError(
                f"Expected a result of {self._job.name!r} within {timeout:g} s, but none came"
            )
