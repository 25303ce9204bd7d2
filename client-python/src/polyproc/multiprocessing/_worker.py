"""What a process of a pool does: it takes tasks, runs them, and says what came of them."""

from __future__ import annotations

import multiprocessing.pool
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import util
from multiprocessing.connection import Connection
from typing import Any

from polyproc._errors import ConnectionLost, Error, Reason, SessionLost
from polyproc._pool import Pool
from polyproc.multiprocessing._batch import Batch
from polyproc.multiprocessing._outcomes import TASKS, cause_of, raised, returned
from polyproc.v1 import pool_pb2

_standard: Any = multiprocessing.pool

_MOST = 16
"""So many tasks are taken at once, where they are quick."""

_QUICK_SECONDS = 0.005
"""Where those that were taken take longer together, the next is taken alone."""

_GONE = frozenset({Reason.OBJECT_DELETED, Reason.OBJECT_NOT_FOUND})
_TOO_LARGE = frozenset({Reason.VALUE_TOO_LARGE, Reason.MEMORY_FULL})


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
) -> None:
    """Runs tasks until the pool is shut down or gone, or until it has run as many as it may."""
    pool = source.pool
    if pool is None:
        return
    if initializer is not None:
        initializer(*initargs)
    with source.says_ready as said:
        said.send_bytes(b"%d" % os.getpid())
    batch = Batch(partial(_say, pool))
    begun = 0
    most = 1
    try:
        while maxtasks is None or begun < maxtasks:
            if maxtasks is not None:
                most = min(most, maxtasks - begun)
            taken = _take(pool, batch.take_done(), most)
            if taken.retire and not taken.runs:
                util.debug("worker has to retire -- exiting")
                break
            since = time.monotonic()
            batch.put(taken.runs)
            while (run := batch.begin()) is not None:
                begun += 1
                batch.end(_run(run, pool))
            is_quick = time.monotonic() - since < _QUICK_SECONDS
            most = min(2 * most, _MOST) if is_quick else 1
        _say(pool, batch.take_done())
    except Error as e:
        if not isinstance(e, (ConnectionLost, SessionLost)) and e.reason not in _GONE:
            raise
        util.debug(f"worker got {e} -- exiting")
    util.debug(f"worker exiting after {begun} tasks")


def _take(pool: Pool, done: list[pool_pb2.PoolCompletion], most: int) -> pool_pb2.PoolTakeResponse:
    """Says what came of tasks, and takes further ones."""
    try:
        return pool._take(done, most)
    except Error as e:
        if not done or e.reason not in _TOO_LARGE:
            raise
    _say(pool, done)
    return pool._take((), most)


def _say(pool: Pool, done: list[pool_pb2.PoolCompletion]) -> None:
    """Says what came of tasks; each by itself where all of it, or one of them, is too large."""
    if not done:
        return
    try:
        pool._complete(done)
    except Error as e:
        if e.reason not in _TOO_LARGE:
            raise
        for completion in done:
            _complete_alone(completion, pool)


def _run(run: pool_pb2.PoolRun, pool: Pool) -> pool_pb2.PoolCompletion:
    try:
        function, args, keywords = TASKS.read(run.call.payload, pool._client._handle)
        value = function(*args, **keywords)
    except Exception as e:
        return raised(run.run, cause_of(e))
    return returned(run.run, value)


def _complete_alone(completion: pool_pb2.PoolCompletion, pool: Pool) -> None:
    try:
        pool._complete([completion])
    except Error as e:
        if e.reason not in _TOO_LARGE:
            raise
        pool._complete([_unsent(completion, e)])


def _unsent(completion: pool_pb2.PoolCompletion, error: Error) -> pool_pb2.PoolCompletion:
    size = f"{completion.ByteSize()} bytes"
    return raised(completion.run, _standard.MaybeEncodingError(error, size), with_traceback=False)
