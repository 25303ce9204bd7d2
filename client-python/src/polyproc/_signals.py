"""What tells the exceptions of signals' handlers from others."""

from __future__ import annotations


class Stop(BaseException):
    """Ends what a worker does, where a signal has come."""


def is_of_handler(error: BaseException) -> bool:
    """Whether the handler of a signal raised an exception, in the middle of other code.

    Python hands a handler the frame that it interrupts, as nobody else does.
    """
    trace = error.__traceback__
    while trace is not None:
        interrupted, trace = trace.tb_frame, trace.tb_next
        if trace is None:
            break
        for value in trace.tb_frame.f_locals.values():
            if value is interrupted:
                return True
            if type(value) is tuple and any(each is interrupted for each in value):
                return True
    return False


def raise_of_handler(error: BaseException) -> None:
    """Raises an exception again that the handler of a signal has raised."""
    if is_of_handler(error):
        raise error
