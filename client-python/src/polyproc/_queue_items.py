"""What queues are told of their items, and what they know of them."""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Generic, Literal, TypedDict, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from polyproc._errors import UnexpectedValue
from polyproc._object import length, seconds
from polyproc._party import Party
from polyproc._values import Ref, Value
from polyproc.v1 import queue_pb2

T = TypeVar("T")

_CAUSES: dict[int, Literal["attempts", "given up", "expired"]] = {
    queue_pb2.QUEUE_DEAD_LETTER_CAUSE_ATTEMPTS: "attempts",
    queue_pb2.QUEUE_DEAD_LETTER_CAUSE_GIVEN_UP: "given up",
    queue_pb2.QUEUE_DEAD_LETTER_CAUSE_EXPIRED: "expired",
}


class ItemKeywords(TypedDict, total=False):
    """The fields of `ItemOptions`, as keywords of `Queue.put`."""

    priority: int
    delay: float
    time_to_live: float | None
    key: str
    unique_key: str
    weight: int
    at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOptions:
    """How a queue treats an item. All of it may be left out."""

    priority: int = 0
    """Lower ones are got first; of a queue whose order is "priority" alone."""

    delay: float = 0.0
    """For how many seconds nobody can get it."""

    time_to_live: float | None = None
    """For how many seconds it can be got, from when it first can; None: for ever."""

    key: str = ""
    """What it belongs to, for `max_out_per_key` and turns."""

    unique_key: str = ""
    """Refuses a second item of the same text while this one is there or out, and for the queue's
    `unique_window`."""

    weight: int = 0
    """How many items of its key are got in the turn of that; of a queue that is fair alone."""

    at: datetime | None = None
    """Nobody can get it before, instead of `delay`. Each put makes a delay of it by this machine's
    clock. An instant that is past means at once."""

    expires_at: datetime | None = None
    """It can be got until then, instead of `time_to_live`, likewise."""

    def __post_init__(self) -> None:
        for what, instant in (("at", self.at), ("expires_at", self.expires_at)):
            if instant is not None and not isinstance(instant, datetime):
                raise TypeError(f"Expected a datetime, but {what} is {instant!r}")

    def _fill(self, message: queue_pb2.QueueItemOptions, now: float) -> None:
        """Writes them for a put at that time."""
        message.SetInParent()
        message.priority = self.priority
        message.key = self.key
        message.unique_key = self.unique_key
        message.weight = self.weight
        delay = self.delay
        if self.at is not None:
            if delay != 0:
                raise ValueError("Expected a delay or an instant, but got both delay and at")
            delay = max(0.0, _instant("at", self.at) - now)
        if delay != 0:
            message.delay.CopyFrom(seconds(delay))
        left = self.time_to_live
        if self.expires_at is not None:
            if left is not None:
                raise ValueError(
                    "Expected a time to live or an instant, but got both time_to_live and"
                    " expires_at"
                )
            left = _instant("expires_at", self.expires_at) - now - delay
            if left <= 0:
                raise ValueError(
                    "Expected an item to expire after it can first be got, but it is to expire at"
                    f" {self.expires_at}, and is put with a delay of {delay:g} s"
                )
        if left is not None:
            message.time_to_live.CopyFrom(seconds(left))

    @classmethod
    def _of(cls, message: queue_pb2.QueueItemOptions) -> ItemOptions:
        return cls(
            priority=message.priority,
            delay=length(message.delay),
            time_to_live=length(message.time_to_live) if message.HasField("time_to_live") else None,
            key=message.key,
            unique_key=message.unique_key,
            weight=message.weight,
        )


_KEYWORDS = tuple(field.name for field in fields(ItemOptions))


def keywords_of(options: ItemKeywords) -> ItemOptions:
    """The options that are told by keywords.

    Raises:
        TypeError: One of them is none.
    """
    unknown = [name for name in options if name not in _KEYWORDS]
    if unknown:
        raise TypeError(
            f"Expected keywords of an item ({', '.join(_KEYWORDS)}), but got {', '.join(unknown)}"
        )
    return ItemOptions(**options)


def filled(options: ItemOptions, message: queue_pb2.QueueItemOptions, now: float) -> None:
    """Writes options for a put at that time.

    Raises:
        TypeError: They are something else.
    """
    if not isinstance(options, ItemOptions):
        raise TypeError(
            "Expected ItemOptions, or a function that answers them for an item, but got"
            f" {options!r}"
        )
    options._fill(message, now)


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


def _instant(what: str, instant: datetime) -> float:
    if instant.tzinfo is None:
        raise ValueError(
            f"Expected a datetime with a time zone, as datetime.now(timezone.utc), but {what} is"
            f" {instant}"
        )
    return instant.timestamp()


def utc(timestamp: Timestamp) -> datetime:
    return timestamp.ToDatetime(UTC)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """How an item became a dead letter."""

    origin: Ref
    """The queue that it comes from."""

    attempts: int
    """How often it was handed out there, and not released."""

    cause: Literal["attempts", "given up", "expired"]
    """Why: its attempts were used up, who had it gave it up, or its time to live was over."""

    first: datetime
    """When it could first be got."""

    last: datetime
    """When it became a dead letter."""

    last_consumer: Party | None
    """Who had it last; None when nobody did."""

    def __repr__(self) -> str:
        return (
            f"<DeadLetter of {self.origin.name!r}: {self.cause}, attempts {self.attempts},"
            f" {self.last.isoformat(' ', 'seconds')}>"
        )

    @classmethod
    def _of(cls, message: queue_pb2.QueueDeadLetter) -> DeadLetter:
        return cls(
            Ref.of(message.origin),
            message.attempts,
            _CAUSES.get(message.cause, "given up"),
            utc(message.first),
            utc(message.last),
            Party.of(message.last_consumer) if message.HasField("last_consumer") else None,
        )


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
