"""Keys of a manager's dicts: any object that hashes and pickles, found by an equal one."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from decimal import Decimal
from numbers import Complex, Rational, Real
from typing import Any

from polyproc._pickled import PickleCodec
from polyproc._values import OwnCodec, Resolver, fill
from polyproc.multiprocessing._anything import _SCALARS, ANYTHING, MultiprocessingPickler
from polyproc.v1 import value_pb2


class _KeyPickler(MultiprocessingPickler):
    """Writes equal objects in equal bytes: also where the one holds an object twice."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fast = True


class KeyCodec(OwnCodec[Any]):
    """As `ANYTHING`, but that the daemon, which compares values, finds a key that is equal.

    A number or a text of another class, such as a member of an `IntEnum`, is the plain number or
    text that it is equal to, and is read as that: whoever uses the one or the other means one key.
    So is a `Decimal` or a `Fraction` that is whole, and a complex number that is real. One that is
    not whole stays what it is, also where a float is equal: it could not be added to the others.
    All else is pickled, and found by an object of the same class and content.
    """

    has_plain_text = True

    def __init__(self) -> None:
        self._pickles = PickleCodec(_KeyPickler)

    def fill(self, value: value_pb2.Value, obj: Any, levels: int, /) -> None:
        key = obj if type(obj) in _SCALARS else _plain(obj)
        if type(key) in _SCALARS or _is_plain(key):
            try:
                fill(value, key, levels)
                return
            except ValueError:  # Half a surrogate pair; what nests too deep.
                value.Clear()
        self._pickles.fill(value, _one_of_equal(key), levels)

    def read(self, value: value_pb2.Value, resolve: Resolver | None, /) -> Any:
        return ANYTHING.read(value, resolve)

    def __repr__(self) -> str:
        return "polyproc.multiprocessing.KEYS"

    def __reduce__(self) -> str:
        return "KEYS"


def _exactly(number: Decimal) -> Any:
    """The whole number that one is; itself where it is none, or has no end of digits."""
    return int(number) if number.is_finite() and number.adjusted() < _MOST_DIGITS else number


_MOST_DIGITS = 10_000

_PLAIN: list[tuple[type, Callable[[Any], Any]]] = [
    (str, str.__str__),
    (bytes, bytes.__bytes__),
    (Rational, int),
    (Decimal, _exactly),
    (Real, float),
    (Complex, lambda number: number.real + 0.0),
]
"""Classes, the first of which counts, and how to make plain data of what may be equal to some."""


def _plain(key: Any) -> Any:
    """The plain data that a key is equal to, also in tuples; else the key itself."""
    kind = type(key)
    if kind in _SCALARS:
        return key
    if kind is tuple:
        return tuple(map(_plain, key))
    for of, make in _PLAIN:
        if isinstance(key, of):
            plain = make(key)
            return plain if plain == key and hash(plain) == hash(key) else key
    return key


def _is_plain(key: Any) -> bool:
    return type(key) in _SCALARS or (type(key) is tuple and all(map(_is_plain, key)))


def _one_of_equal(key: Any) -> Any:
    """Which of the equal keys is pickled: numbers, and what tuples and frozensets have of them."""
    kind = type(key)
    if kind is tuple:
        return tuple(map(_one_of_equal, key))
    if kind is frozenset:
        return _InOrder(key)
    if kind is bool or (kind is float and key.is_integer()):
        return int(key)
    if kind is Decimal and key.is_finite():
        return _shortest(key)
    return complex(key.real + 0.0, key.imag + 0.0) if kind is complex else key


def _shortest(number: Decimal) -> Decimal:
    """The same without zeros at its end; by no context, which would round it."""
    sign, digits, exponent = number.as_tuple()
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return Decimal((sign, digits[: len(digits) - zeros], int(exponent) + zeros))


class _InOrder:
    """Is pickled as a frozenset, whose elements are in the order of their bytes."""

    def __init__(self, elements: frozenset[Any]) -> None:
        self.elements = elements

    def __reduce__(self) -> tuple[object, ...]:
        return frozenset, (
            sorted((_one_of_equal(_plain(each)) for each in self.elements), key=_bytes),
        )


def _bytes(key: Any) -> bytes:
    file = io.BytesIO()
    _KeyPickler(file, pickle.HIGHEST_PROTOCOL).dump(key)
    return file.getvalue()


KEYS = KeyCodec()
