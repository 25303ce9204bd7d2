"""Queues, locks, dicts and shared memory for processes in every language, at one daemon."""

from polyproc._address import Tls
from polyproc._client import Polyproc, connect
from polyproc._errors import (
    BrokenPipe,
    ConnectionLost,
    Error,
    MessageTooLong,
    Reason,
    SessionLost,
    ShutDown,
    TaskDoneTooOften,
    UnexpectedValue,
    WrongDirection,
)
from polyproc._event import Event
from polyproc._party import Party
from polyproc._pipe import PipeEnd
from polyproc._queue import (
    Consumer,
    DeadLetter,
    DeadLetters,
    Delivery,
    ItemOptions,
    PendingPut,
    PutManyFull,
    Queue,
    QueuedItem,
    QueueInfo,
    QueueTotals,
    Redriven,
)

__all__ = [
    "BrokenPipe",
    "ConnectionLost",
    "Consumer",
    "DeadLetter",
    "DeadLetters",
    "Delivery",
    "Error",
    "Event",
    "ItemOptions",
    "MessageTooLong",
    "Party",
    "PendingPut",
    "PipeEnd",
    "Polyproc",
    "PutManyFull",
    "Queue",
    "QueueInfo",
    "QueueTotals",
    "QueuedItem",
    "Reason",
    "Redriven",
    "SessionLost",
    "ShutDown",
    "TaskDoneTooOften",
    "Tls",
    "UnexpectedValue",
    "WrongDirection",
    "connect",
]
