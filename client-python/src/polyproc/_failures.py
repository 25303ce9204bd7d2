"""What a worker says of an exception, for programs of any language."""

from __future__ import annotations

import traceback
from types import TracebackType

from polyproc._signals import Stop, is_of_handler
from polyproc.v1 import pool_pb2


def fill_failure(failure: pool_pb2.PoolFailure, error: BaseException, stack: str) -> None:
    """Says type, message and stack of an exception; not what makes it again."""
    kind = type(error)
    failure.type = _readable(f"{kind.__module__}.{kind.__qualname__}")
    failure.message = _readable(_text(error))
    failure.stack = _readable(stack)


def stack_of(error: BaseException) -> str:
    """Where an exception was raised, without the frame that called what raised it."""
    trace = error.__traceback__
    own = trace.tb_next if trace is not None else None
    return _formatted(error, own or trace)


def whole_stack_of(error: BaseException) -> str:
    """Where an exception was raised."""
    return _formatted(error, error.__traceback__)


def _formatted(error: BaseException, trace: TracebackType | None) -> str:
    try:
        return "".join(traceback.format_exception(type(error), error, trace))
    except BaseException as e:  # Of what the exception itself says.
        _raise_stop(e)
        return "".join(traceback.format_tb(trace))


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as e:
        _raise_stop(e)
        return f"<no text, as str() raised {type(e).__name__}>"


def _raise_stop(error: BaseException) -> None:
    if isinstance(error, Stop) or is_of_handler(error):
        raise error


def _readable(text: str) -> str:
    """What a message takes: no half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode()
