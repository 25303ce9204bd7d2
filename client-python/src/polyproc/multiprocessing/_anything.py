"""Any object that pickles: as plain data, which every language reads, where it is exactly that."""

from __future__ import annotations

import copyreg
import pickle
from collections.abc import Callable
from functools import partial
from multiprocessing.reduction import ForkingPickler
from types import FunctionType
from typing import Any

from polyproc._pickled import CONTENT_TYPE, PickleCodec, RefPickler
from polyproc._values import OwnCodec, Resolver, decode, fill
from polyproc.v1 import object_pb2, value_pb2

_SCALARS = frozenset({str, int, bytes, float, bool, type(None)})

_MOST_ELEMENTS = 100_000
_MOST_AGAIN = 100_000
"""Elements that a value repeats at most: each is written as often as it is there."""

_BY_NAME = frozenset({type, FunctionType})
"""What pickle writes by its name, whatever is registered for it."""

PROXIES: set[type] = set()
"""The classes of a manager's proxies that every language reads as the object itself, a ref."""

INSTEAD: dict[Any, Callable[[Any], Any]] = {}
"""What is called instead of a function that the standard library has registered for its pickles."""


class MultiprocessingPickler(RefPickler, ForkingPickler):
    """As `multiprocessing` pickles: connections, sockets and methods too.

    It may be used again, and knows what was registered since: no table is copied, as there.
    """

    dispatch_table: Any = ForkingPickler._extra_reducers  # type: ignore[attr-defined]

    def __init__(self, file: Any, protocol: int) -> None:
        pickle.Pickler.__init__(self, file, protocol)

    def reducer_override(self, obj: Any) -> Any:
        kind = type(obj)
        if kind in PROXIES:
            return NotImplemented
        registered = self.dispatch_table.get(kind)
        if registered is not None:
            if registered in INSTEAD:
                return INSTEAD[registered](obj)
        elif kind in copyreg.dispatch_table and kind not in _BY_NAME:
            return copyreg.dispatch_table[kind](obj)
        return super().reducer_override(obj)


class AnythingCodec(OwnCodec[Any]):
    """Objects as `multiprocessing` has them: what is read is equal, and of the same type.

    None, bool, int, float, str, bytes, and the lists, tuples and dicts of these are plain data, and
    so are a manager's dicts, lists and namespaces. All else is a pickle: what has another class,
    also one that is derived from those, what holds a list or a dict twice, or itself, and text with
    half a surrogate pair. So is what has more than 100,000 elements, which a pickle has in much
    less time and room, and what holds large tuples so often that a pickle, which has them once, is
    much smaller.
    """

    has_plain_text = True

    def __init__(self) -> None:
        self._pickles = PickleCodec(MultiprocessingPickler)

    def fill(self, value: value_pb2.Value, obj: Any, levels: int, /) -> None:
        if type(obj) in _SCALARS or _is_plain(obj, _Seen(), levels):
            try:
                fill(value, obj, levels)
                return
            except ValueError:  # Half a surrogate pair; what nests too deep; keys that are one.
                value.Clear()
        self._pickles.fill(value, obj, levels)

    def read(self, value: value_pb2.Value, resolve: Resolver | None, /) -> Any:
        if value.WhichOneof("kind") == "opaque" and value.opaque.content_type == CONTENT_TYPE:
            return self._pickles.read(value, resolve)
        return decode(value, None if resolve is None else partial(_proxy, resolve))

    def __repr__(self) -> str:
        return "polyproc.multiprocessing.ANYTHING"

    def __reduce__(self) -> str:
        return "ANYTHING"


def _proxy(resolve: Resolver, ref: object_pb2.Ref) -> object:
    """What a ref is read as: a manager's proxy, where it is of one of its kinds, else a handle."""
    from polyproc.multiprocessing._data_proxies import proxy_of

    return proxy_of(resolve(ref))


class _Seen(set[int]):
    """Which lists, dicts and tuples there were, by their `id`."""

    again = _MOST_AGAIN
    """How many elements of tuples that there were may come again."""
    left = _MOST_ELEMENTS
    """How many elements there may be still."""


def _is_plain(obj: Any, seen: _Seen, levels: int) -> bool:
    """Whether a value of it is read as it was: nothing of another type, no list or dict twice."""
    kind = type(obj)
    if kind in _SCALARS or kind in PROXIES:
        return True
    if kind is not list and kind is not tuple and kind is not dict:
        return False
    seen.left -= len(obj)
    if levels <= 0 or seen.left < 0:
        return False
    if id(obj) in seen:
        if kind is not tuple:
            return False
        seen.again -= len(obj)
        if seen.again < 0:
            return False
    seen.add(id(obj))
    if kind is dict:
        return all(
            type(key) in _SCALARS or _is_plain(key, seen, levels - 3) for key in obj
        ) and all(type(of) in _SCALARS or _is_plain(of, seen, levels - 3) for of in obj.values())
    return all(type(of) in _SCALARS or _is_plain(of, seen, levels - 2) for of in obj)


ANYTHING = AnythingCodec()
