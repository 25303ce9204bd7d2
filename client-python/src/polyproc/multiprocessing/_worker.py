"""What a process of a pool does: it takes tasks, runs them, and says what came of them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from multiprocessing import util
from multiprocessing.connection import Connection
from typing import Any

from polyproc._errors import ConnectionLost, Error, Reason, SessionLost
from polyproc._pool import Pool
from polyproc._work_loop import WorkLoop
from polyproc.multiprocessing._manner import Manner
from polyproc.multiprocessing._outcomes import TASKS, cause_of, not_sent, raised, returned
from polyproc.v1 import pool_pb2

_MOST = 128
"""So many tasks are taken at once at most, where they are quick."""

_GONE = frozenset({Reason.OBJECT_DELETED, Reason.OBJECT_NOT_FOUND})


class Source:
    """Where a worker takes its tasks, and says that it is ready for them.

    Args:
        pool: the daemon's; None: it is gone.
        says_ready: takes its process id.
    """

    def __init__(self, pool: Pool | None, says_ready: Connection) -> None:
        self.pool = pool
        self.says_ready = says_ready

    def __reduce__(self) -> tuple[object, ...]:
        assert self.pool is not None
        return _source, (*self.pool.__reduce__(), self.says_ready)


def _source(
    read: Callable[..., Any], arguments: tuple[object, ...], says_ready: Connection
) -> Source:
    try:
        return Source(read(*arguments), says_ready)
    except Error:
        return Source(None, says_ready)


def work(
    source: Source,
    initializer: Callable[..., object] | None,
    initargs: Sequence[Any],
    maxtasks: int | None,
    manner: Manner,
) -> None:
    """Runs tasks until the pool is shut down or gone, or until it has run as many as it may."""
    pool = source.pool
    if pool is None:
        return
    if initializer is not None:
        initializer(*initargs)
    with source.says_ready as said, contextlib.suppress(BrokenPipeError):  # The program is gone.
        said.send_bytes(b"%d" % os.getpid())
    loop = _Loop(pool, maxtasks, manner)
    try:
        loop.go_on()
    except Error as e:
        if not isinstance(e, (ConnectionLost, SessionLost)) and e.reason not in _GONE:
            raise
        util.debug(f"worker got {e} -- exiting")
    util.debug(f"worker exiting after {loop.begun} tasks")


class _Loop(WorkLoop):
    """What it does with its tasks.

    Args:
        pool: whose.
        maxtasks: how many it runs at most; None: any number.
        manner: what it makes of what a task raises.
    """

    def __init__(self, pool: Pool, maxtasks: int | None, manner: Manner) -> None:
        super().__init__(pool, _MOST)
        self._maxtasks = maxtasks
        self._manner = manner
        self.begun = 0

    def _may_begin(self) -> int:
        return self._most if self._maxtasks is None else self._maxtasks - self.begun

    def _run(self, run: pool_pb2.PoolRun) -> pool_pb2.PoolCompletion:
        self.begun += 1
        try:
            function, args, keywords = TASKS.read(run.call.payload, self._pool._client._handle)
            value = function(*args, **keywords)
        except BaseException as e:
            if isinstance(e, self._manner.ended_by):
                raise
            return raised(run.run, cause_of(e), self._manner)
        return returned(run.run, value, self._manner)

    def _instead(
        self, completion: pool_pb2.PoolCompletion, refusal: Error
    ) -> pool_pb2.PoolCompletion:
        return not_sent(completion.run, refusal, f"{completion.ByteSize()} bytes")
