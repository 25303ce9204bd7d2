"""What must be done, however often signals' handlers raise exceptions in the middle of it.

The entry of a function is a place where a handler may run, before any `try` of that function. So
whoever may be interrupted a second time says it twice:

    try:
        silently(action)
    except BaseException:
        silently(action)
    raise

The action may be begun several times, and counts once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeGuard, TypeVarTuple

from polyproc._errors import Error
from polyproc._signals import is_of_handler

A = TypeVarTuple("A")

_TRIES = 100
"""So often what is neither a failure nor of a handler is taken for an interruption."""


def is_refusal(error: BaseException) -> TypeGuard[Error]:
    """Whether the daemon refused, or was out of reach, and no handler raised what looks like it."""
    return isinstance(error, Error) and not is_of_handler(error)


def surely(action: Callable[[*A], object], *args: *A) -> None:
    """Does it, and then raises what interrupted it last.

    Raises:
        Error: It failed, as does an OSError: it is not tried again.
    """
    try:
        told = silently(action, *args)
    except BaseException:
        told = silently(action, *args)
    if told is not None:
        raise told


def silently(action: Callable[[*A], object], *args: *A) -> BaseException | None:
    """Does it, for who is about to raise an exception of its own.

    Returns:
        What interrupted it last; or what it failed with, after which it is not tried again.
    """
    told: BaseException | None = None
    strange = 0
    while True:
        try:
            try:
                action(*args)
                return told
            except Exception as e:
                told = e
                if not is_of_handler(e):
                    strange += 1
                    if isinstance(e, (Error, OSError)) or strange == _TRIES:
                        return e
        except BaseException as e:
            told = e
