"""What the standard library raises where there is no room for what is shared."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any, TypeVar

from polyproc._errors import Error, Reason

T = TypeVar("T")

_ERRNO: dict[str, int] = {
    Reason.NO_SPACE: errno.ENOSPC,
    Reason.LIMIT_REACHED: errno.ENOMEM,
    Reason.MEMORY_FULL: errno.ENOMEM,
    Reason.INVALID_ARGUMENT: errno.ENOMEM,  # More than can be mapped.
}


def as_standard(error: Error, *name: str) -> Error | OSError:
    """The OSError that a refusal to make something is; another refusal as it is.

    Args:
        error: its sentence is kept.
        name: of the memory, where it has one.
    """
    number = _ERRNO.get(error.reason)
    return error if number is None else OSError(number, str(error), *name)


def made(create: Callable[..., T], *args: Any, **keywords: Any) -> T:
    """A new object of the daemon.

    Raises:
        OSError: There is no room for it.
    """
    try:
        return create(*args, **keywords)
    except Error as e:
        raise as_standard(e) from e
