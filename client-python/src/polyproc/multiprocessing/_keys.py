"""Keys of a manager's dicts: any object that hashes and pickles, found by an equal one."""

from __future__ import annotations

import io
import pickle
from enum import Enum
from numbers import Real
from typing import Any

from polyproc._pickled import PickleCodec
from polyproc._values import OwnCodec, Resolver, fill
from polyproc.multiprocessing._anything import _SCALARS, ANYTHING, _Pickler
from polyproc.v1 import value_pb2


class _KeyPickler(_Pickler):
    """Writes equal objects in equal bytes: also where the one holds an object twice."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fast = True


class KeyCodec(OwnCodec[Any]):
    """As `ANYTHING`, but that the daemon, which compares values, finds a key that is equal.

    Numbers of NumPy are plain numbers. All that is pickled is found by an object of the same class
    and content; an `IntEnum` is not found by its number.
    """

    has_plain_text = True

    def __init__(self) -> None:
        self._pickles = PickleCodec(_KeyPickler)

    def fill(self, value: value_pb2.Value, obj: Any, levels: int, /) -> None:
        if _is_plain(obj):
            try:
                fill(value, obj, levels)
                return
            except (TypeError, ValueError):  # Half a surrogate pair; what nests too deep.
                value.Clear()
        self._pickles.fill(value, _in_order(obj), levels)

    def read(self, value: value_pb2.Value, resolve: Resolver | None, /) -> Any:
        return ANYTHING.read(value, resolve)

    def __repr__(self) -> str:
        return "polyproc.multiprocessing.KEYS"

    def __reduce__(self) -> str:
        return "KEYS"


def _is_plain(key: Any) -> bool:
    kind = type(key)
    if kind in _SCALARS:
        return True
    if kind is tuple:
        return all(map(_is_plain, key))
    if isinstance(key, (int, float)):
        return kind.__module__ == "numpy"
    return isinstance(key, Real) and not isinstance(key, Enum)


class _InOrder:
    """Is pickled as a frozenset, whose elements are in the order of their bytes."""

    def __init__(self, elements: frozenset[Any]) -> None:
        self.elements = elements

    def __reduce__(self) -> tuple[object, ...]:
        return frozenset, (sorted(map(_in_order, self.elements), key=_bytes),)


def _in_order(key: Any) -> Any:
    kind = type(key)
    if kind is frozenset:
        return _InOrder(key)
    return tuple(map(_in_order, key)) if kind is tuple else key


def _bytes(key: Any) -> bytes:
    file = io.BytesIO()
    _KeyPickler(file, pickle.HIGHEST_PROTOCOL).dump(key)
    return file.getvalue()


KEYS = KeyCodec()
