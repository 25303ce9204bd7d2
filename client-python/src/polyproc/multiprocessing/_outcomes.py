"""What came of a pool's task: how a worker says it, and how the program reads it."""

from __future__ import annotations

import multiprocessing.pool
import traceback
from typing import Any

from polyproc._errors import TaskFailed, UnexpectedValue, WorkerLost
from polyproc._failures import fill_failure
from polyproc._pickled import PickleCodec
from polyproc._values import LEVELS, Resolver
from polyproc.multiprocessing._anything import MultiprocessingPickler
from polyproc.v1 import pool_pb2

_standard: Any = multiprocessing.pool

TASKS = PickleCodec(MultiprocessingPickler)
"""How tasks and results are written."""

_SUCCEEDED = pool_pb2.POOL_OUTCOME_SUCCEEDED
_FAILED = pool_pb2.POOL_OUTCOME_FAILED
_LOST = pool_pb2.POOL_OUTCOME_WORKER_LOST


def returned(run: int, value: Any) -> pool_pb2.PoolCompletion:
    """What a worker says of a task that returned a value."""
    completion = pool_pb2.PoolCompletion(run=run)
    try:
        TASKS.fill(completion.value, value, LEVELS)
    except Exception as e:
        return raised(run, _standard.MaybeEncodingError(e, value), with_traceback=False)
    return completion


def raised(
    run: int, error: BaseException, *, with_traceback: bool = True
) -> pool_pb2.PoolCompletion:
    """What a worker says of a task that raised an exception."""
    completion = pool_pb2.PoolCompletion(run=run)
    stack = "".join(traceback.format_exception(error)) if with_traceback else ""
    fill_failure(completion.failure, error, stack)
    try:
        TASKS.fill(completion.failure.payload, error, LEVELS)
    except Exception as e:
        return raised(run, _standard.MaybeEncodingError(e, error), with_traceback=False)
    return completion


def outcome_of(result: pool_pb2.PoolResult, resolve: Resolver) -> tuple[bool, Any]:
    """Whether a task succeeded, and what it returned, or what is to be raised."""
    if result.outcome == _SUCCEEDED:
        try:
            return True, TASKS.read(result.value, resolve)
        except BaseException as e:  # Whatever it is, it is not to end the thread that reads.
            return False, cause_of(e)
    failure = result.failure
    if result.outcome == _LOST:
        return False, WorkerLost._of_result(result)
    if result.outcome != _FAILED:
        return False, TaskFailed._of(failure)
    error = _rebuilt(failure, resolve)
    if failure.stack:
        error.__cause__ = _standard.RemoteTraceback(f'\n"""\n{failure.stack}"""')
    return False, error


def _rebuilt(failure: pool_pb2.PoolFailure, resolve: Resolver) -> BaseException:
    """The exception that was raised; where that cannot be made again, one that tells of it."""
    try:
        error = TASKS.read(failure.payload, resolve)
    except BaseException:
        return TaskFailed._of(failure)
    return error if isinstance(error, BaseException) else TaskFailed._of(failure)


def cause_of(error: BaseException) -> BaseException:
    """What was raised as a pickle was read; any other exception itself."""
    if isinstance(error, UnexpectedValue) and error.__cause__ is not None:
        return error.__cause__
    return error
