"""How queues treat an item. Loaded where a program says so."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TypedDict

from polyproc._object import length, seconds
from polyproc.v1 import queue_pb2


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


def _instant(what: str, instant: datetime) -> float:
    if instant.tzinfo is None:
        raise ValueError(
            f"Expected a datetime with a time zone, as datetime.now(timezone.utc), but {what} is"
            f" {instant}"
        )
    return instant.timestamp()
