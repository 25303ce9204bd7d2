"""Objects that are known, and not kept."""

from __future__ import annotations

import weakref
from typing import Any, TypeVar

T = TypeVar("T")


def alive(known: weakref.WeakValueDictionary[Any, T]) -> list[T]:
    """Those that are there still, in the order in which they came.

    Other threads may add to them meanwhile, in which `values` would fail.
    """
    return [it for it in (ref() for ref in known.valuerefs()) if it is not None]
