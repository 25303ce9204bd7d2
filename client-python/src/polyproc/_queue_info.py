"""What queues count."""

from __future__ import annotations

from dataclasses import dataclass

from polyproc._object import length
from polyproc.v1 import queue_pb2


@dataclass(frozen=True, slots=True)
class QueueTotals:
    """How often something happened since a queue was created."""

    puts: int
    """Items that came: put, moved back, or as dead letters."""

    gets: int
    """Items that were handed out, each as often as it was."""

    returns: int
    """Items that came back."""

    dead_letters: int
    """Items that became dead letters, in another queue."""

    expired: int
    """Items whose time to live was over."""

    duplicates: int
    """Items that were not put, as their unique keys were taken."""


@dataclass(frozen=True, slots=True)
class QueueInfo:
    """What is in a queue, and who waits, at one instant."""

    size: int
    """Items that can be got."""

    reserved: int
    """Items that are reserved."""

    delayed: int
    """Items whose delay is not over."""

    in_hand: int
    """Items that were got and are not finished, and would come back."""

    unfinished: int
    """Items that are not finished, of a queue that can be joined."""

    capacity: int
    """How many items it holds at most."""

    waiting_gets: int
    """Gets that wait."""

    waiting_puts: int
    """Puts that wait."""

    waiting_joins: int
    """Joins that wait."""

    is_shut_down: bool
    """Whether it was shut down."""

    is_paused: bool
    """Whether it is paused."""

    oldest_item_age: float | None
    """For how many seconds the oldest item has been there to be got; None when there is none."""

    oldest_reservation_age: float | None
    """For how many seconds the oldest item that is out has been so; None when there is none."""

    totals: QueueTotals
    """What happened since it was created."""

    @classmethod
    def _of(cls, found: queue_pb2.QueueSizeResponse) -> QueueInfo:
        totals = found.totals
        return cls(
            size=found.size,
            reserved=found.reserved,
            delayed=found.delayed,
            in_hand=found.in_hand,
            unfinished=found.unfinished,
            capacity=found.capacity,
            waiting_gets=found.waiting_gets,
            waiting_puts=found.waiting_puts,
            waiting_joins=found.waiting_joins,
            is_shut_down=found.closed,
            is_paused=found.paused,
            oldest_item_age=length(found.oldest_item_age)
            if found.HasField("oldest_item_age")
            else None,
            oldest_reservation_age=length(found.oldest_reservation_age)
            if found.HasField("oldest_reservation_age")
            else None,
            totals=QueueTotals(
                totals.puts,
                totals.gets,
                totals.returns,
                totals.dead_letters,
                totals.expired,
                totals.duplicates,
            ),
        )
