"""The kinds of objects, and what they are called."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from polyproc.v1 import object_pb2

_PREFIX = "OBJECT_KIND_"


class Kind(StrEnum):
    """The kinds of objects, by the names that refs, lists and the metadata of errors have.

    Each is the text of its name, so that ``ref.kind == "QUEUE"`` and ``ref.kind == Kind.QUEUE`` are
    the same. A kind that only a newer daemon knows is its number as a text.
    """

    ARRAY = "ARRAY"
    BARRIER = "BARRIER"
    CONDITION = "CONDITION"
    DICT = "DICT"
    EVENT = "EVENT"
    LATCH = "LATCH"
    LIST = "LIST"
    LOCK = "LOCK"
    NAMESPACE = "NAMESPACE"
    PIPE_END = "PIPE_END"
    PROCESS = "PROCESS"
    QUEUE = "QUEUE"
    READ_WRITE_LOCK = "READ_WRITE_LOCK"
    SEMAPHORE = "SEMAPHORE"
    SHARED_MEMORY = "SHARED_MEMORY"
    VALUE = "VALUE"


_BY_NUMBER: dict[int, Kind] = {
    object_pb2.ObjectKind.Value(_PREFIX + kind.name): kind for kind in Kind
}
_NUMBERS: dict[str, int] = {kind.value: number for number, kind in _BY_NUMBER.items()}


def kind_of(number: int) -> str:
    """A `Kind` by the contract's number, or the number of a new kind."""
    return _BY_NUMBER.get(number) or str(number)


def kind_number(kind: str) -> Any:
    """The contract's number of a kind.

    Raises:
        ValueError: There is no such kind.
    """
    number = _NUMBERS.get(kind)
    if number is not None:
        return number
    if kind.isdecimal():
        return int(kind)
    raise ValueError(f"Expected a kind of objects, such as 'QUEUE', but it is {kind!r}")


def kind_in_words(number: int) -> str:
    """A kind as the daemon's sentences have it: "read write lock"."""
    return kind_of(number).lower().replace("_", " ")
