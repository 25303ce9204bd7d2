"""What queues are asked for, and the items that they tell of."""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from polyproc._errors import UnexpectedValue
from polyproc._object import Handle
from polyproc._values import Value
from polyproc.v1 import object_pb2, queue_pb2

if TYPE_CHECKING:
    from polyproc._dead_letters import DeadLetter
    from polyproc._item_options import ItemOptions
    from polyproc._queue import Queue

T = TypeVar("T")


def name_of(origin: Queue[Any] | str | None) -> str:
    """The name of a queue that may be said by its name; none where none is said.

    Raises:
        TypeError: It is neither a queue nor a name.
        ValueError: It is an empty name.
    """
    if origin == "":
        raise ValueError("Expected a queue, its name or None, but the name is empty")
    if origin is None or isinstance(origin, str):
        return origin or ""
    if not isinstance(origin, Handle) or origin._ref.kind != object_pb2.OBJECT_KIND_QUEUE:
        raise TypeError(f"Expected a queue, its name or None, but got {origin!r}")
    return origin.name


def how_many(most: int, name: str = "most") -> int:
    """A number of items.

    Raises:
        TypeError: It is none, such as a bool that says whether to wait.
    """
    if isinstance(most, bool) or not hasattr(most, "__index__"):
        raise TypeError(
            f"Expected a number of items, but {name} is {most!r}; what else is meant is said by its"
            " keyword"
        )
    return most


def utc(timestamp: Timestamp) -> datetime:
    return timestamp.ToDatetime(UTC)


class Carrier(Generic[T]):
    """Something with an item in it, which may be one that the codec does not read."""

    __slots__ = ("_failure", "_item")

    _item: T

    def __init__(self, read: Callable[[Value], T], value: Value) -> None:
        self._failure: UnexpectedValue | None = None
        try:
            self._item = read(value)
        except UnexpectedValue as e:
            self._failure = e

    @property
    def item(self) -> T:
        """The item.

        Raises:
            UnexpectedValue: It is not what the queue's codec reads.
        """
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        return self._item


class QueuedItem(Carrier[T]):
    """An item that is in a queue, as it was when one looked: nothing keeps others from it."""

    __slots__ = ("_details", "place")

    place: int
    """Its place in the queue, which is never another item's."""

    def __init__(
        self,
        read: Callable[[Value], T],
        value: Value,
        place: int,
        details: queue_pb2.QueueItemDetails,
    ) -> None:
        super().__init__(read, value)
        self.place = place
        self._details = details

    @property
    def options(self) -> ItemOptions:
        """As it was put."""
        from polyproc._item_options import ItemOptions

        return ItemOptions._of(self._details.options)

    @property
    def attempts(self) -> int:
        """How often it was handed out, and not released."""
        return self._details.attempts

    @property
    def first(self) -> datetime:
        """When it can first be got, or could."""
        return utc(self._details.first)

    @property
    def expires(self) -> datetime | None:
        """When its time to live is over; None when that is not limited."""
        return utc(self._details.expires) if self._details.HasField("expires") else None

    @property
    def dead_letter(self) -> DeadLetter | None:
        """How it became a dead letter; None when it is none."""
        from polyproc._dead_letters import DeadLetter

        return (
            DeadLetter._of(self._details.dead_letter)
            if self._details.HasField("dead_letter")
            else None
        )

    def __repr__(self) -> str:
        item = "cannot be read" if self._failure is not None else reprlib.repr(self._item)
        letter = self.dead_letter
        died = "" if letter is None else f", {letter!r}"
        return f"<QueuedItem {item} at {self.place}, attempts {self.attempts}{died}>"
