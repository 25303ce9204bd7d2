"""Objects that are known, and not kept."""

from __future__ import annotations

import weakref
from typing import Any, TypeVar

T = TypeVar("T")


class Watch(weakref.ref[T]):
    """Tells a client of an object that nobody has any more.

    Python code that runs as something is collected may be interrupted by the handler of a signal,
    whose exception is lost there, and so is what was to be done. So this is a weak reference, which
    C alone hands to the client. That keeps it meanwhile: one that is gone itself does nothing.
    """

    __slots__ = ("_all",)

    _all: dict[int, Watch[Any]]

    def begin(self, watches: dict[int, Watch[Any]]) -> None:
        """From now on, among all of a client."""
        self._all = watches
        watches[id(self)] = self

    @property
    def goes_on(self) -> bool:
        """Whether nobody has ended it."""
        return id(self) in self._all

    def end(self) -> bool:
        """Whether it went on until now."""
        return self._all.pop(id(self), None) is not None


def alive(known: weakref.WeakValueDictionary[Any, T]) -> list[T]:
    """Those that are there still, in the order in which they came.

    Other threads may add to them meanwhile, in which `values` would fail.
    """
    return [it for ref in known.valuerefs() if (it := ref()) is not None]
