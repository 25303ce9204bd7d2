"""Queues, locks, dicts and shared memory for processes in every language, at one daemon."""

from polyproc._address import Tls
from polyproc._admin import (
    Admin,
    Kind,
    Limits,
    ObjectDescription,
    ObjectSummary,
    ServerInfo,
    ServerStatus,
    SessionSummary,
    Usage,
    Wait,
)
from polyproc._barrier import Barrier, BarrierBreak
from polyproc._child import ChildSession
from polyproc._client import Polyproc, connect
from polyproc._condition import Condition
from polyproc._errors import (
    BrokenBarrier,
    ConnectionLost,
    Error,
    MissedOutput,
    NotHeld,
    OverReleased,
    Reason,
    SessionLost,
    StartFailed,
    UnexpectedValue,
)
from polyproc._event import Event
from polyproc._hold import Hold
from polyproc._latch import Latch
from polyproc._lock import HeldLocks, Lock
from polyproc._party import Holder, Party, Waiter
from polyproc._process import OutputPiece, Process, ProcessInfo
from polyproc._rwlock import ReadLock, RWLock, WriteLock
from polyproc._semaphore import Permits, Semaphore

__all__ = [
    "Admin",
    "Barrier",
    "BarrierBreak",
    "BrokenBarrier",
    "ChildSession",
    "Condition",
    "ConnectionLost",
    "Error",
    "Event",
    "HeldLocks",
    "Hold",
    "Holder",
    "Kind",
    "Latch",
    "Limits",
    "Lock",
    "MissedOutput",
    "NotHeld",
    "ObjectDescription",
    "ObjectSummary",
    "OutputPiece",
    "OverReleased",
    "Party",
    "Permits",
    "Polyproc",
    "Process",
    "ProcessInfo",
    "RWLock",
    "ReadLock",
    "Reason",
    "Semaphore",
    "ServerInfo",
    "ServerStatus",
    "SessionLost",
    "SessionSummary",
    "StartFailed",
    "Tls",
    "UnexpectedValue",
    "Usage",
    "Wait",
    "Waiter",
    "WriteLock",
    "connect",
]
