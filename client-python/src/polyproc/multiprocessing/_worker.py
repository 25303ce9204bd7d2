"""What a process of a pool does: it takes tasks, runs them, and says what came of them."""

from __future__ import annotations

import contextlib
import multiprocessing.pool
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from multiprocessing import util
from typing import Any, TypeVar

from polyproc._errors import Error, Reason
from polyproc._pool import Pool
from polyproc.multiprocessing._outcomes import TASKS, cause_of, raised, returned
from polyproc.v1 import pool_pb2

_standard: Any = multiprocessing.pool

T = TypeVar("T")

_MOST = 16
"""So many tasks are taken at once, where they are quick: each waits for those before it."""

_QUICK_SECONDS = 0.005
"""Tasks that take longer together are taken one by one; what is left of them is given back."""

_TOO_LARGE = frozenset({Reason.VALUE_TOO_LARGE, Reason.MEMORY_FULL})


class Source:
    """Where a worker takes its tasks: a pool, which may be gone when the worker is there."""

    def __init__(self, pool: Pool | None) -> None:
        self.pool = pool

    def __reduce__(self) -> tuple[object, ...]:
        assert self.pool is not None
        return _source, self.pool.__reduce__()


def _source(read: Callable[..., Any], arguments: tuple[object, ...]) -> Source:
    try:
        return Source(read(*arguments))
    except Error:
        return Source(None)


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
    begun = 0
    most = 1
    done: list[pool_pb2.PoolCompletion] = []
    while maxtasks is None or begun < maxtasks:
        if maxtasks is not None:
            most = min(most, maxtasks - begun)
        try:
            taken = _said(done, pool, partial(pool._take, most=most))
        except Error as e:
            util.debug(f"worker got {e} -- exiting")
            return
        if taken.retire and not taken.runs:
            util.debug("worker has to retire -- exiting")
            done = []
            break
        since = time.monotonic()
        done = _run_all(taken.runs, pool)
        begun += sum(not completion.returned for completion in done)
        is_quick = time.monotonic() - since < _QUICK_SECONDS
        most = min(2 * most, _MOST) if is_quick else 1
    if done:
        with contextlib.suppress(Error):
            _said(done, pool, pool._complete)
    util.debug(f"worker exiting after {begun} tasks")


def _run_all(runs: Iterable[pool_pb2.PoolRun], pool: Pool) -> list[pool_pb2.PoolCompletion]:
    """What came of tasks; of those behind one that took long that others are to run them."""
    done: list[pool_pb2.PoolCompletion] = []
    until = time.monotonic() + _QUICK_SECONDS
    for run in runs:
        if done and time.monotonic() > until:
            done.append(pool_pb2.PoolCompletion(run=run.run, returned=True))
        else:
            done.append(_run(run, pool))
    return done


def _run(run: pool_pb2.PoolRun, pool: Pool) -> pool_pb2.PoolCompletion:
    try:
        function, args, keywords = TASKS.read(run.call.payload, pool._client._handle)
        value = function(*args, **keywords)
    except Exception as e:
        return raised(run.run, cause_of(e))
    return returned(run.run, value)


def _said(
    done: list[pool_pb2.PoolCompletion],
    pool: Pool,
    say: Callable[[list[pool_pb2.PoolCompletion]], T],
) -> T:
    """Says what came of tasks; each by itself where all of it, or one of them, is too large."""
    try:
        return say(done)
    except Error as e:
        if not done or e.reason not in _TOO_LARGE:
            raise
    for completion in done:
        _complete_alone(completion, pool)
    return say([])


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
