"""Queues, locks, dicts and shared memory for processes in every language, at one daemon."""

from polyproc._address import Tls
from polyproc._barrier import Barrier, BarrierBreak
from polyproc._client import Polyproc, connect
from polyproc._condition import Condition
from polyproc._dead_letters import DeadLetters, Redriven
from polyproc._deliveries import Consumer, Delivery, PendingPut
from polyproc._errors import (
    BrokenBarrier,
    BrokenPipe,
    ConnectionLost,
    Error,
    MessageTooLong,
    NotHeld,
    OverReleased,
    Reason,
    SessionLost,
    ShutDown,
    TaskDoneTooOften,
    UnexpectedValue,
    WrongDirection,
)
from polyproc._event import Event
from polyproc._hold import Hold
from polyproc._latch import Latch
from polyproc._lock import HeldLocks, Lock
from polyproc._party import Holder, Party, Waiter
from polyproc._pipe import PipeEnd
from polyproc._queue import PutManyFull, Queue
from polyproc._queue_info import QueueInfo, QueueTotals
from polyproc._queue_items import DeadLetter, ItemOptions, QueuedItem
from polyproc._rwlock import ReadLock, RWLock, WriteLock
from polyproc._semaphore import Permits, Semaphore

__all__ = [
    "Barrier",
    "BarrierBreak",
    "BrokenBarrier",
    "BrokenPipe",
    "Condition",
    "ConnectionLost",
    "Consumer",
    "DeadLetter",
    "DeadLetters",
    "Delivery",
    "Error",
    "Event",
    "HeldLocks",
    "Hold",
    "Holder",
    "ItemOptions",
    "Latch",
    "Lock",
    "MessageTooLong",
    "NotHeld",
    "OverReleased",
    "Party",
    "PendingPut",
    "Permits",
    "PipeEnd",
    "Polyproc",
    "PutManyFull",
    "Queue",
    "QueueInfo",
    "QueueTotals",
    "QueuedItem",
    "RWLock",
    "ReadLock",
    "Reason",
    "Redriven",
    "Semaphore",
    "SessionLost",
    "ShutDown",
    "TaskDoneTooOften",
    "Tls",
    "UnexpectedValue",
    "Waiter",
    "WriteLock",
    "WrongDirection",
    "connect",
]
