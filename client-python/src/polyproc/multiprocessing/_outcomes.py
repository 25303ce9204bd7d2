"""What came of a pool's task: how a worker says it, and how the program reads it."""

from __future__ import annotations

import contextlib
import multiprocessing.pool
from typing import Any

from polyproc._errors import TaskFailed, UnexpectedValue, WorkerLost
from polyproc._failures import fill_failure, whole_stack_of
from polyproc._pickled import PickleCodec
from polyproc._values import LEVELS, Resolver
from polyproc.multiprocessing._anything import MultiprocessingPickler
from polyproc.multiprocessing._manner import Manner
from polyproc.v1 import pool_pb2

_standard: Any = multiprocessing.pool

TASKS = PickleCodec(MultiprocessingPickler)
"""How tasks and results are written."""

_SUCCEEDED = pool_pb2.POOL_OUTCOME_SUCCEEDED
_FAILED = pool_pb2.POOL_OUTCOME_FAILED
_LOST = pool_pb2.POOL_OUTCOME_WORKER_LOST


def returned(run: int, value: Any, manner: Manner) -> pool_pb2.PoolCompletion:
    """What a worker says of a task that returned a value."""
    completion = pool_pb2.PoolCompletion(run=run)
    try:
        TASKS.fill(completion.value, value, LEVELS)
    except BaseException as e:
        return _not_pickled(run, e, value, manner)
    return completion


def raised(run: int, error: BaseException, manner: Manner) -> pool_pb2.PoolCompletion:
    """What a worker says of a task that raised an exception."""
    try:
        return _failed(run, error, whole_stack_of(error))
    except BaseException as e:
        return _not_pickled(run, e, error, manner)


def not_sent(run: int, why: BaseException, what: object) -> pool_pb2.PoolCompletion:
    """What a worker says where what came of a task cannot be sent."""
    return _failed(run, _standard.MaybeEncodingError(_Shown(why), _Shown(what)), "")


def _not_pickled(
    run: int, why: BaseException, what: object, manner: Manner
) -> pool_pb2.PoolCompletion:
    if isinstance(why, manner.ended_by):
        raise why
    if not manner.wraps:
        with contextlib.suppress(BaseException):  # It may be what cannot be pickled either.
            return _failed(run, why, whole_stack_of(why))
    return not_sent(run, why, what)


def _failed(run: int, error: BaseException, stack: str) -> pool_pb2.PoolCompletion:
    completion = pool_pb2.PoolCompletion(run=run)
    fill_failure(completion.failure, error, stack)
    TASKS.fill(completion.failure.payload, error, LEVELS)
    return completion


class _Shown:
    """Stands for a thing of which a text is made by `repr`, which may fail."""

    def __init__(self, thing: object) -> None:
        self._thing = thing

    def __repr__(self) -> str:
        try:
            return repr(self._thing)
        except BaseException as e:
            kind = type(self._thing)
            return (
                f"<{kind.__module__}.{kind.__qualname__} without a text, as repr() raised"
                f" {type(e).__name__}>"
            )


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
