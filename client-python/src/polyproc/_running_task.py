"""The task that a worker runs, as its function sees it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from polyproc._absent import ABSENT, Absent
from polyproc._errors import Error, Reason, is_end_of_session
from polyproc._methods import Method
from polyproc._object import NotCopied, time_to_wait
from polyproc._pool import Pool
from polyproc._signals import raise_of_handler
from polyproc._values import reader, writer
from polyproc.v1 import pool_pb2

_HEARTBEAT = Method(
    "PoolService/Heartbeat", pool_pb2.PoolHeartbeatRequest, pool_pb2.PoolHeartbeatResponse
)

RUNNING: ContextVar[RunningTask] = ContextVar("polyproc.task")
"""That of this thread."""

_OVER = frozenset({Reason.RUN_ENDED, Reason.OBJECT_DELETED, Reason.OBJECT_NOT_FOUND})


def task() -> RunningTask:
    """The task that this thread runs, in a function that a `Worker` has called.

    A function that starts threads hands it on to them.

    Raises:
        RuntimeError: It runs none.
    """
    running = RUNNING.get(None)
    if running is None:
        raise RuntimeError(
            "Expected to be called by a worker, for a task, but this thread runs none"
        )
    return running


class RunningTask(NotCopied):
    """A task that is run: which it is, whether it is cancelled, and how far it is.

    Any thread may use it.
    """

    __slots__ = ("_pool", "_run", "_was_told")

    def __init__(self, pool: Pool[Any], run: pool_pb2.PoolRun) -> None:
        self._pool = pool
        self._run = run
        self._was_told = False
        """Whether somebody was told that it is cancelled."""

    @property
    def function(self) -> str:
        """The name of the function."""
        return self._run.call.function

    @property
    def job(self) -> str:
        """The name of its job."""
        return self._run.job

    @property
    def number(self) -> int:
        """Its number in the job."""
        return self._run.task

    @property
    def attempt(self) -> int:
        """How often it was handed out, this time included."""
        return self._run.attempt

    @property
    def details(self) -> Any:
        """What the last `heartbeat` of the attempt before has said; None: nothing.

        Raises:
            UnexpectedValue: It is not what the worker's codec reads.
        """
        if not self._run.HasField("details"):
            return None
        return reader(self._pool._codec, self._pool._client._handle)(self._run.details)

    @property
    def cancelled(self) -> bool:
        """Whether it is cancelled, or over: nobody wants its result any more.

        Each time the daemon is asked. Where that was so, what the function returns or raises is not
        the task's result: that is CANCELLED. Who goes on is ended when the pool's `grace` is over,
        where the daemon has started the worker.
        """
        return self._beat(ABSENT, 0.0)

    def heartbeat(self, details: Any = ABSENT) -> bool:
        """Says that the task goes on, and how far it is.

        Args:
            details: what its next attempt finds as `details`, and what whoever looks sees; by
                default as before.

        Returns:
            Whether it is cancelled, as `cancelled`.
        """
        return self._beat(details, 0.0)

    def wait_cancelled(self, timeout: float | None = None) -> bool:
        """Waits until it is cancelled: for a thread that ends what another one does.

        Args:
            timeout: for how many seconds at most; None: for ever, or until the task is done.

        Returns:
            Whether it is, or over.
        """
        return self._beat(ABSENT, timeout)

    def _beat(self, details: Any | Absent, timeout: float | None) -> bool:
        pool = self._pool
        request = pool_pb2.PoolHeartbeatRequest(pool=pool.name, run=self._run.run)
        if details is not ABSENT:
            writer(pool._codec)(request.details, details)
        if timeout is not None:
            request.timeout.CopyFrom(time_to_wait(timeout))
        try:
            is_cancelled = pool._call(_HEARTBEAT, request).cancelled
        except Error as e:
            raise_of_handler(e)
            if e.reason not in _OVER and not is_end_of_session(e):
                raise
            is_cancelled = True
        self._was_told = self._was_told or is_cancelled
        return is_cancelled

    def __repr__(self) -> str:
        return f"<RunningTask {self.number} of {self.job!r}, attempt {self.attempt}>"
