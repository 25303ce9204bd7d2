"""What a worker says of an exception, for programs of any language."""

from __future__ import annotations

import traceback

from polyproc._signals import raise_of_handler
from polyproc.v1 import pool_pb2


def fill_failure(failure: pool_pb2.PoolFailure, error: BaseException, stack: str) -> None:
    """Says type, message and stack of an exception; not what makes it again."""
    kind = type(error)
    failure.type = f"{kind.__module__}.{kind.__qualname__}"
    failure.message = _readable(_text(error))
    failure.stack = _readable(stack)


def stack_of(error: BaseException) -> str:
    """Where an exception was raised, without the frame that called what raised it."""
    trace = error.__traceback__
    own = trace.tb_next if trace is not None else None
    return "".join(traceback.format_exception(type(error), error, own or trace))


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as e:
        raise_of_handler(e)
        return f"<no text, as str() raised {type(e).__name__}>"


def _readable(text: str) -> str:
    """What a message takes: no half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode()
