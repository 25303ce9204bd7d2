"""The dead letters that are in a queue. Loaded where a program looks at them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from polyproc._methods import Method
from polyproc._pages import paged
from polyproc._party import Party
from polyproc._queue_items import QueuedItem, how_many, name_of, utc
from polyproc._values import Ref
from polyproc.v1 import queue_pb2

if TYPE_CHECKING:
    from polyproc._queue import Queue

T = TypeVar("T")

_REDRIVE = Method(
    "QueueService/Redrive", queue_pb2.QueueRedriveRequest, queue_pb2.QueueRedriveResponse
)

_CAUSES: dict[int, Literal["attempts", "given up", "expired"]] = {
    queue_pb2.QUEUE_DEAD_LETTER_CAUSE_ATTEMPTS: "attempts",
    queue_pb2.QUEUE_DEAD_LETTER_CAUSE_GIVEN_UP: "given up",
    queue_pb2.QUEUE_DEAD_LETTER_CAUSE_EXPIRED: "expired",
}


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


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of dead letters that were to be moved."""

    moved: int
    """How many were moved."""

    stayed: int
    """How many were looked at and stayed, as the queues that they were to go to do not take them.

    Such a queue was deleted, also where another one of its name was made since, was shut down, or
    has no room; or an item of the same `unique_key` is there.
    """


class DeadLetters(Generic[T]):
    """The dead letters that are in a queue. To look at them takes nothing."""

    __slots__ = ("_origin", "_queue")

    def __init__(self, holder: Queue[T], origin: str) -> None:
        self._queue = holder
        self._origin = origin

    def __iter__(self) -> Iterator[QueuedItem[T]]:
        """From head to tail; asks for a page when it gets there."""
        for item in self._queue.items():
            letter = item.dead_letter
            if letter is not None and self._origin in ("", letter.origin.name):
                yield item

    def redrive(
        self,
        letters: Iterable[QueuedItem[T]] | None = None,
        *,
        most: int | None = None,
        to: Queue[Any] | str | None = None,
    ) -> Redriven:
        """Moves dead letters back to where they come from, where they begin anew.

        Args:
            letters: which, as far as they are there still; None: all, from the head on.
            most: how many of all at most.
            to: another queue, or its name, that they go to; as where theirs was made anew.

        Returns:
            How many were moved. What stayed is where it was, and can be moved later, or to another
            queue: `Redriven.stayed` says why it may have stayed.

        Raises:
            TypeError: They are no letters, such as their items, or a single one without a list.
        """
        if letters is None:
            return self._redrive_all(most, name_of(to))
        if most is not None:
            raise ValueError("Expected letters or a number of them, but got both letters and most")
        moved = stayed = 0
        places = _places(letters)
        page = self._queue._limits().page_size
        for begin in range(0, len(places), page):
            request = queue_pb2.QueueRedriveRequest(
                queue=self._queue.name,
                destination=name_of(to),
                places=places[begin : begin + page],
            )
            response = self._queue._call(_REDRIVE, request)
            moved += response.moved
            stayed += response.stayed
        return Redriven(moved, stayed)

    def _redrive_all(self, most: int | None, destination: str) -> Redriven:
        if most is not None and how_many(most) < 1:
            raise ValueError(f"Expected to move at least 1, but most is {most}")
        moved = stayed = 0
        page = self._queue._limits().page_size
        request = queue_pb2.QueueRedriveRequest(
            queue=self._queue.name, origin=self._origin, destination=destination
        )
        request.max = page if most is None else min(page, most)
        for response in paged(self._queue, _REDRIVE, request):
            moved += response.moved
            stayed += response.stayed
            if moved == most:
                break
            if most is not None:
                request.max = min(page, most - moved)
        return Redriven(moved, stayed)


def _places(letters: Iterable[QueuedItem[Any]]) -> list[int]:
    if not isinstance(letters, Iterable):
        raise TypeError(f"Expected a list of letters, as dead_letters shows, but got {letters!r}")
    places: list[int] = []
    for letter in letters:
        if not isinstance(letter, QueuedItem):
            raise TypeError(f"Expected letters, as dead_letters shows, but got {letter!r}")
        places.append(letter.place)
    return places
