"""What pools and jobs count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from polyproc._errors import TaskFailed
from polyproc._party import Party
from polyproc.v1 import pool_pb2


@dataclass(frozen=True, slots=True)
class PoolTotals:
    """How often something happened since a pool was created."""

    submitted: int
    """Tasks that were submitted."""

    runs: int
    """Runs that began."""

    succeeded: int
    """Tasks that succeeded."""

    failed: int
    """Tasks that had another result."""

    retries: int
    """Runs that were not the last of their task."""

    workers_started: int
    """Workers that the daemon started."""

    workers_lost: int
    """Workers that ended while they ran tasks."""


@dataclass(frozen=True, slots=True)
class PoolWorker:
    """A worker of a pool."""

    party: Party | None
    """Its session; None while its process has opened none."""

    process: str
    """The name of its process, by which `Polyproc.existing_process` finds it; empty where the
    daemon did not start it."""

    is_ready: bool
    """Whether it has taken tasks, or asked for some."""

    is_retiring: bool
    """Whether it gets no more tasks."""

    running: int
    """How many tasks it runs."""

    taken: int
    """How many tasks it was given so far."""

    since: datetime
    """Since when it is there."""

    @classmethod
    def _of(cls, worker: pool_pb2.PoolWorker) -> PoolWorker:
        return cls(
            party=Party.of(worker.party) if worker.HasField("party") else None,
            process=worker.process.name,
            is_ready=worker.ready,
            is_retiring=worker.retiring,
            running=worker.running,
            taken=worker.taken,
            since=worker.since.ToDatetime(UTC),
        )


@dataclass(frozen=True, slots=True)
class PoolInfo:
    """What is in a pool, and who works for it, at one instant."""

    waiting: int
    """Tasks that wait."""

    running: int
    """Tasks that run."""

    capacity: int
    """How many tasks wait at most."""

    workers_kept: int
    """How many workers the daemon is to keep."""

    workers: tuple[PoolWorker, ...]
    """Its workers, the oldest first, about a thousand at most."""

    waiting_takes: int
    """Workers that wait for a task."""

    waiting_submits: int
    """Calls that wait until there is room for their tasks."""

    is_paused: bool
    """Whether it hands out no tasks."""

    is_shut_down: bool
    """Whether it was shut down."""

    broken: str
    """Why it is broken; empty: it is not."""

    failure: TaskFailed | None
    """How a worker failed to start last, also where it is not broken; None: none has."""

    totals: PoolTotals
    """What happened since it was created."""

    @classmethod
    def _of(cls, found: pool_pb2.PoolGetResponse) -> PoolInfo:
        totals = found.totals
        return cls(
            waiting=found.waiting,
            running=found.running,
            capacity=found.capacity,
            workers_kept=found.workers,
            workers=tuple(map(PoolWorker._of, found.present_workers)),
            waiting_takes=found.waiting_takes,
            waiting_submits=found.waiting_submits,
            is_paused=found.paused,
            is_shut_down=found.closed,
            broken=found.broken,
            failure=TaskFailed._of(found.failure) if found.HasField("failure") else None,
            totals=PoolTotals(
                totals.submitted,
                totals.runs,
                totals.succeeded,
                totals.failed,
                totals.retries,
                totals.workers_started,
                totals.workers_lost,
            ),
        )


@dataclass(frozen=True, slots=True)
class JobInfo:
    """How far a job is, at one instant."""

    pool: str
    """The name of its pool."""

    submitted: int
    """Tasks that were submitted."""

    waiting: int
    """Tasks that wait."""

    running: int
    """Tasks that run."""

    results: int
    """Results that are there."""

    succeeded: int
    """Tasks that succeeded."""

    failed: int
    """Tasks that had another result."""

    waiting_results: int
    """Calls that wait for results."""

    @classmethod
    def _of(cls, found: pool_pb2.PoolGetJobResponse) -> JobInfo:
        return cls(
            pool=found.pool,
            submitted=found.submitted,
            waiting=found.waiting,
            running=found.running,
            results=found.results,
            succeeded=found.succeeded,
            failed=found.failed,
            waiting_results=found.waiting_results,
        )
