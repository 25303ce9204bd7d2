"""Indices of lists and arrays, as Python has them."""

from __future__ import annotations

from operator import index as to_index
from typing import Any

from polyproc._errors import Error, Reason

_LEAST, _MOST = -(2**63), 2**63 - 1


def position(number: object, what: str = "list") -> int:
    """An index of one element.

    Raises:
        TypeError: It is no whole number.
        IndexError: No element is that far out.
    """
    try:
        at = to_index(number)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(
            f"{what} indices must be integers or slices, not {type(number).__name__}"
        ) from None
    if not _LEAST <= at <= _MOST:
        raise IndexError("cannot fit 'int' into an index-sized integer")
    return at


def bounded(number: Any) -> int:
    """An index of a slice, which may lie beyond the ends."""
    return max(_LEAST, min(to_index(number), _MOST))


def out_of_range(error: Error, message: str) -> Exception:
    """What an error is where the standard library says IndexError."""
    return IndexError(message) if error.reason == Reason.INDEX_OUT_OF_RANGE else error
