"""What an object of the drop-in is to the package `polyproc`, and by that to other languages."""

from __future__ import annotations

from typing import Any

from polyproc._object import Handle

__all__ = ["handle_of"]

_PLACES = ("_queue", "_handle", "_end")


def handle_of(obj: Any) -> Handle:
    """Returns the package's handle of a shared object, such as a `polyproc.Queue` of a `Queue`.

    Its `name` is the object's in every language; the object lives as long as somebody has it. What
    is in memory, `Value` and `Array`, is found by `sharedctypes.shared_array`.

    Args:
        obj: a queue, a lock, a semaphore, a condition, an event, a barrier, an end of a pipe, or
            what a manager has made.

    Raises:
        TypeError: It is something else, such as a `SimpleQueue`, which is a pipe and no queue.
    """
    for place in _PLACES:
        found = getattr(obj, "__dict__", {}).get(place)
        if isinstance(found, Handle):
            return found
    raise TypeError(f"Expected a shared object of polyproc.multiprocessing, but got {obj!r}")
