"""What a process of a pool does: it takes tasks, runs them, and says what came of them."""

from __future__ import annotations

import multiprocessing.pool
from collections.abc import Callable, Sequence
from multiprocessing import util
from typing import Any

from polyproc._errors import Error, Reason
from polyproc._pool import Pool
from polyproc.multiprocessing._outcomes import TASKS, cause_of, raised, returned
from polyproc.v1 import pool_pb2

_standard: Any = multiprocessing.pool

_TOO_LARGE = frozenset({Reason.VALUE_TOO_LARGE, Reason.MEMORY_FULL})


def worker(
    pool: Pool,
    initializer: Callable[..., object] | None,
    initargs: Sequence[Any],
    maxtasks: int | None,
) -> None:
    """Runs tasks until the pool is shut down or gone, or until it has run as many as it may."""
    if initializer is not None:
        initializer(*initargs)
    done = 0
    last: pool_pb2.PoolCompletion | None = None
    while maxtasks is None or done < maxtasks:
        try:
            taken = _take(pool, last)
        except Error as e:
            util.debug(f"worker got {e} -- exiting")
            return
        last = None
        if taken.retire and not taken.runs:
            util.debug("worker has to retire -- exiting")
            break
        for run in taken.runs:
            last = _run(run, pool)
            done += 1
    if last is not None:
        _complete(pool, last)
    util.debug(f"worker exiting after {done} tasks")


def _run(run: pool_pb2.PoolRun, pool: Pool) -> pool_pb2.PoolCompletion:
    try:
        function, args, keywords = TASKS.read(run.call.payload, pool._client._handle)
        value = function(*args, **keywords)
    except Exception as e:
        return raised(run.run, cause_of(e))
    return returned(run.run, value)


def _take(pool: Pool, last: pool_pb2.PoolCompletion | None) -> pool_pb2.PoolTakeResponse:
    if last is None:
        return pool._take()
    try:
        return pool._take([last])
    except Error as e:
        if e.reason not in _TOO_LARGE:
            raise
        return pool._take([_unsent(last, e)])


def _complete(pool: Pool, last: pool_pb2.PoolCompletion) -> None:
    try:
        pool._complete([last])
    except Error as e:
        if e.reason in _TOO_LARGE:
            pool._complete([_unsent(last, e)])


def _unsent(completion: pool_pb2.PoolCompletion, error: Error) -> pool_pb2.PoolCompletion:
    size = f"{completion.ByteSize()} bytes"
    return raised(completion.run, _standard.MaybeEncodingError(error, size), with_traceback=False)
