"""Queues, locks, dicts and shared memory for processes in every language, at one daemon."""

from polyproc._absent import ABSENT, Absent
from polyproc._address import Tls
from polyproc._array import Array
from polyproc._barrier import Barrier, BarrierBreak
from polyproc._client import Polyproc, connect
from polyproc._codecs import codec_of
from polyproc._condition import Condition
from polyproc._dead_letters import DeadLetters, Redriven
from polyproc._deliveries import Consumer, Delivery, PendingPut
from polyproc._dict import Dict
from polyproc._elements import ElementType
from polyproc._errors import (
    BrokenBarrier,
    BrokenPipe,
    ConnectionLost,
    Error,
    HalfChanged,
    MessageTooLong,
    NotANumber,
    NotComparable,
    NotHeld,
    OutOfRange,
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
from polyproc._list import List
from polyproc._lock import HeldLocks, Lock
from polyproc._namespace import Namespace
from polyproc._party import Holder, Party, Waiter
from polyproc._pickled import PICKLE
from polyproc._pipe import PipeEnd
from polyproc._private import PrivateDaemon, StartError, private
from polyproc._queue import PutManyFull, Queue
from polyproc._queue_info import QueueInfo, QueueTotals
from polyproc._queue_items import DeadLetter, ItemOptions, QueuedItem
from polyproc._rwlock import ReadLock, RWLock, WriteLock
from polyproc._semaphore import Permits, Semaphore
from polyproc._shared_memory import SharedArray, Writing
from polyproc._value import Value
from polyproc._values import PLAIN, Codec, Opaque, Ref

__all__ = [
    "ABSENT",
    "PICKLE",
    "PLAIN",
    "Absent",
    "Array",
    "Barrier",
    "BarrierBreak",
    "BrokenBarrier",
    "BrokenPipe",
    "Codec",
    "Condition",
    "ConnectionLost",
    "Consumer",
    "DeadLetter",
    "DeadLetters",
    "Delivery",
    "Dict",
    "ElementType",
    "Error",
    "Event",
    "HalfChanged",
    "HeldLocks",
    "Hold",
    "Holder",
    "ItemOptions",
    "Latch",
    "List",
    "Lock",
    "MessageTooLong",
    "Namespace",
    "NotANumber",
    "NotComparable",
    "NotHeld",
    "Opaque",
    "OutOfRange",
    "OverReleased",
    "Party",
    "PendingPut",
    "Permits",
    "PipeEnd",
    "Polyproc",
    "PrivateDaemon",
    "PutManyFull",
    "Queue",
    "QueueInfo",
    "QueueTotals",
    "QueuedItem",
    "RWLock",
    "ReadLock",
    "Reason",
    "Redriven",
    "Ref",
    "Semaphore",
    "SessionLost",
    "SharedArray",
    "ShutDown",
    "StartError",
    "TaskDoneTooOften",
    "Tls",
    "UnexpectedValue",
    "Value",
    "Waiter",
    "WriteLock",
    "Writing",
    "WrongDirection",
    "codec_of",
    "connect",
    "private",
]
