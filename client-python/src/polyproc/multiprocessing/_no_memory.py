"""What the standard library raises where there is no room for what is shared."""

from __future__ import annotations

import errno

from polyproc._errors import Error, Reason

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
