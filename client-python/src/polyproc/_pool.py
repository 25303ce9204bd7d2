"""Pools: tasks that are submitted to jobs, and the workers that take them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from polyproc._methods import Method
from polyproc._object import Handle, lifetime, named, seconds, time_to_wait
from polyproc.v1 import object_pb2, pool_pb2

if TYPE_CHECKING:
    from polyproc._client import Client

_CREATE = Method("PoolService/Create", pool_pb2.PoolCreateRequest, pool_pb2.PoolCreateResponse)
_CREATE_JOB = Method(
    "PoolService/CreateJob", pool_pb2.PoolCreateJobRequest, pool_pb2.PoolCreateJobResponse
)
_SUBMIT = Method("PoolService/Submit", pool_pb2.PoolSubmitRequest, pool_pb2.PoolSubmitResponse)
_TAKE = Method("PoolService/Take", pool_pb2.PoolTakeRequest, pool_pb2.PoolTakeResponse)
_COMPLETE = Method(
    "PoolService/Complete", pool_pb2.PoolCompleteRequest, pool_pb2.PoolCompleteResponse
)
_RESULTS = Method("PoolService/Results", pool_pb2.PoolResultsRequest, pool_pb2.PoolResultsResponse)
_GET = Method("PoolService/Get", pool_pb2.PoolGetRequest, pool_pb2.PoolGetResponse)
_GET_JOB = Method("PoolService/GetJob", pool_pb2.PoolGetJobRequest, pool_pb2.PoolGetJobResponse)
_SHUTDOWN = Method(
    "PoolService/Shutdown", pool_pb2.PoolShutdownRequest, pool_pb2.PoolShutdownResponse
)


class Pool(Handle):
    """Tasks that wait for workers, which may be of any language.

    A worker that dies gives back what it ran: another one runs it, as often as `attempts` allows.
    """

    __slots__ = ()

    @classmethod
    def _create(
        cls,
        client: Client,
        name: str | None,
        *,
        attempts: int = 0,
        task_timeout: float | None = None,
        max_tasks: int = 0,
        lives: object_pb2.Lifetime | None = None,
    ) -> Pool:
        request = pool_pb2.PoolCreateRequest(
            pool=named(name),
            lifetime=lifetime(name) if lives is None else lives,
            attempts=attempts,
            max_tasks=max_tasks,
        )
        if task_timeout is not None:
            request.task_timeout.CopyFrom(seconds(task_timeout))
        return cls(client, client._call(_CREATE, request).ref)

    def job(self, name: str | None = None) -> Job:
        """A job of the pool, that is there or is made.

        Args:
            name: by which others find it; None for one that lives as long as somebody has it.
        """
        request = pool_pb2.PoolCreateJobRequest(
            pool=self.name, job=named(name), lifetime=lifetime(name)
        )
        return Job(self._client, self._call(_CREATE_JOB, request).ref)

    def _take(
        self,
        completions: Iterable[pool_pb2.PoolCompletion] = (),
        most: int = 1,
        timeout: float | None = None,
    ) -> pool_pb2.PoolTakeResponse:
        """The next tasks to run, one after the other, once what came of the ones before is said.

        Where a signal's exception ends the wait, tasks that were granted go back, and what was
        completed stays completed.
        """
        request = pool_pb2.PoolTakeRequest(
            pool=self.name, completions=completions, max=most, ahead=most - 1
        )
        if timeout is not None:
            request.timeout.CopyFrom(time_to_wait(timeout))
        return self._call(_TAKE, request)

    def _complete(self, completions: Iterable[pool_pb2.PoolCompletion]) -> list[int]:
        """Says what came of tasks; the runs of which nobody wants to know any more."""
        request = pool_pb2.PoolCompleteRequest(pool=self.name, completions=completions)
        return list(self._call(_COMPLETE, request).ended)

    def shutdown(self, immediate: bool = False) -> None:
        """Takes in no more tasks, for good; what is there is run, and workers end after that.

        Args:
            immediate: whether what waits and what runs is cancelled.
        """
        self._call(_SHUTDOWN, pool_pb2.PoolShutdownRequest(pool=self.name, immediate=immediate))

    def _get(self) -> pool_pb2.PoolGetResponse:
        return self._call(_GET, pool_pb2.PoolGetRequest(pool=self.name))


class Job(Handle):
    """Tasks that belong together, and their results, whoever submits and whoever collects."""

    __slots__ = ()

    def _submit(self, tasks: Iterable[pool_pb2.PoolTask]) -> int:
        """Submits tasks, all or none, and waits for room.

        Returns:
            The number of the first one; the others follow.
        """
        request = pool_pb2.PoolSubmitRequest(job=self.name, tasks=tasks)
        return self._call(_SUBMIT, request).first

    def _take_results(self, timeout: float | None = None) -> list[pool_pb2.PoolResult]:
        """Results, which are taken away; none where none can come, or none came in time."""
        request = pool_pb2.PoolResultsRequest(job=self.name, take=True)
        if timeout is not None:
            request.timeout.CopyFrom(time_to_wait(timeout))
        return list(
            self._call_reading(_RESULTS.fields, request.SerializeToString(), _RESULTS.read).results
        )

    def _get(self) -> pool_pb2.PoolGetJobResponse:
        return self._call(_GET_JOB, pool_pb2.PoolGetJobRequest(job=self.name))
