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
    JOB = "JOB"
    LATCH = "LATCH"
    LIST = "LIST"
    LOCK = "LOCK"
    NAMESPACE = "NAMESPACE"
    PIPE_END = "PIPE_END"
    POOL = "POOL"
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


CLASSES: dict[int, tuple[str, str]] = {
    object_pb2.OBJECT_KIND_ARRAY: ("polyproc._array", "Array"),
    object_pb2.OBJECT_KIND_BARRIER: ("polyproc._barrier", "Barrier"),
    object_pb2.OBJECT_KIND_CONDITION: ("polyproc._condition", "Condition"),
    object_pb2.OBJECT_KIND_DICT: ("polyproc._dict", "Dict"),
    object_pb2.OBJECT_KIND_EVENT: ("polyproc._event", "Event"),
    object_pb2.OBJECT_KIND_JOB: ("polyproc._job", "Job"),
    object_pb2.OBJECT_KIND_LATCH: ("polyproc._latch", "Latch"),
    object_pb2.OBJECT_KIND_LIST: ("polyproc._list", "List"),
    object_pb2.OBJECT_KIND_LOCK: ("polyproc._lock", "Lock"),
    object_pb2.OBJECT_KIND_NAMESPACE: ("polyproc._namespace", "Namespace"),
    object_pb2.OBJECT_KIND_PIPE_END: ("polyproc._pipe", "PipeEnd"),
    object_pb2.OBJECT_KIND_POOL: ("polyproc._pool", "Pool"),
    object_pb2.OBJECT_KIND_PROCESS: ("polyproc._process", "Process"),
    object_pb2.OBJECT_KIND_QUEUE: ("polyproc._queue", "Queue"),
    object_pb2.OBJECT_KIND_READ_WRITE_LOCK: ("polyproc._rwlock", "RWLock"),
    object_pb2.OBJECT_KIND_SEMAPHORE: ("polyproc._semaphore", "Semaphore"),
    object_pb2.OBJECT_KIND_SHARED_MEMORY: ("polyproc._shared_memory", "SharedArray"),
    object_pb2.OBJECT_KIND_VALUE: ("polyproc._value", "Value"),
}
"""The classes of handles, by the kind of their objects: the module, loaded when needed,
and the name."""

_OF_CLASSES = {where: number for number, where in CLASSES.items()}


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


def kind_of_class(handles: type) -> int | None:
    """The contract's number of the kind of which a class has the handles; None: it has none."""
    for each in handles.__mro__:
        number = _OF_CLASSES.get((each.__module__, each.__qualname__))
        if number is not None:
            return number
    return None
