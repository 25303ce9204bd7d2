"""Queues, locks, dicts and shared memory for processes in every language, at one daemon."""

from polyproc._absent import ABSENT, Absent
from polyproc._address import Tls
from polyproc._array import Array
from polyproc._barrier import Barrier, BarrierBreak
from polyproc._client import Polyproc, connect
from polyproc._condition import Condition
from polyproc._dict import Dict
from polyproc._elements import ElementType
from polyproc._errors import (
    BrokenBarrier,
    ConnectionLost,
    Error,
    HalfChanged,
    NotANumber,
    NotComparable,
    NotHeld,
    OutOfRange,
    OverReleased,
    Reason,
    SessionLost,
    UnexpectedValue,
)
from polyproc._event import Event
from polyproc._hold import Hold
from polyproc._latch import Latch
from polyproc._list import List
from polyproc._lock import HeldLocks, Lock
from polyproc._namespace import Namespace
from polyproc._party import Holder, Party, Waiter
from polyproc._rwlock import ReadLock, RWLock, WriteLock
from polyproc._semaphore import Permits, Semaphore
from polyproc._shared_memory import SharedArray, Writing
from polyproc._value import Value

__all__ = [
    "ABSENT",
    "Absent",
    "Array",
    "Barrier",
    "BarrierBreak",
    "BrokenBarrier",
    "Condition",
    "ConnectionLost",
    "Dict",
    "ElementType",
    "Error",
    "Event",
    "HalfChanged",
    "HeldLocks",
    "Hold",
    "Holder",
    "Latch",
    "List",
    "Lock",
    "Namespace",
    "NotANumber",
    "NotComparable",
    "NotHeld",
    "OutOfRange",
    "OverReleased",
    "Party",
    "Permits",
    "Polyproc",
    "RWLock",
    "ReadLock",
    "Reason",
    "Semaphore",
    "SessionLost",
    "SharedArray",
    "Tls",
    "UnexpectedValue",
    "Value",
    "Waiter",
    "WriteLock",
    "Writing",
    "connect",
]
