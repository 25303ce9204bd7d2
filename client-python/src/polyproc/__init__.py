"""Queues, locks, dicts and shared memory for processes in every language, at one daemon."""

from polyproc._address import Tls
from polyproc._barrier import Barrier, BarrierBreak
from polyproc._client import Polyproc, connect
from polyproc._condition import Condition
from polyproc._errors import (
    BrokenBarrier,
    ConnectionLost,
    Error,
    NotHeld,
    OverReleased,
    Reason,
    SessionLost,
    UnexpectedValue,
)
from polyproc._event import Event
from polyproc._hold import Hold
from polyproc._latch import Latch
from polyproc._lock import HeldLocks, Lock
from polyproc._party import Holder, Party, Waiter
from polyproc._rwlock import ReadLock, RWLock, WriteLock
from polyproc._semaphore import Permits, Semaphore

__all__ = [
    "Barrier",
    "BarrierBreak",
    "BrokenBarrier",
    "Condition",
    "ConnectionLost",
    "Error",
    "Event",
    "HeldLocks",
    "Hold",
    "Holder",
    "Latch",
    "Lock",
    "NotHeld",
    "OverReleased",
    "Party",
    "Permits",
    "Polyproc",
    "RWLock",
    "ReadLock",
    "Reason",
    "Semaphore",
    "SessionLost",
    "Tls",
    "UnexpectedValue",
    "Waiter",
    "WriteLock",
    "connect",
]
