"""Queues, locks, dicts and shared memory for processes in every language, at one daemon."""

import importlib
from typing import TYPE_CHECKING, Any

from polyproc._version import __version__

if TYPE_CHECKING:
    from polyproc._absent import ABSENT, Absent
    from polyproc._admin import (
        Admin,
        Limits,
        ObjectDescription,
        ObjectSummary,
        ServerInfo,
        ServerStatus,
        SessionSummary,
        Usage,
        Wait,
    )
    from polyproc._array import Array
    from polyproc._barrier import Barrier
    from polyproc._child import ChildSession
    from polyproc._codecs import codec_of
    from polyproc._condition import Condition
    from polyproc._connect import connect
    from polyproc._dead_letters import DeadLetter, DeadLetters, Redriven
    from polyproc._deliveries import Consumer, Delivery, PendingPut
    from polyproc._dict import Dict
    from polyproc._elements import ElementType
    from polyproc._errors import (
        BrokenBarrier,
        BrokenPipe,
        ConnectionLost,
        DaemonStartFailed,
        Error,
        HalfChanged,
        MessageTooLong,
        MissedOutput,
        NotANumber,
        NotComparable,
        NotHeld,
        Outcome,
        OutOfRange,
        OverReleased,
        Reason,
        SessionLost,
        ShutDown,
        StartFailed,
        TaskDoneTooOften,
        TaskFailed,
        UnexpectedValue,
        WorkerLost,
        WrongDirection,
    )
    from polyproc._event import Event
    from polyproc._hold import Hold
    from polyproc._item_options import ItemOptions
    from polyproc._job import Cancelled, Job, PoolFull, Results
    from polyproc._kinds import Kind
    from polyproc._latch import Latch
    from polyproc._list import List
    from polyproc._lock import HeldLocks, Lock
    from polyproc._mapped import Mapped
    from polyproc._namespace import Namespace
    from polyproc._party import BarrierBreak, Holder, Party, Waiter
    from polyproc._pending_tasks import PendingTask
    from polyproc._pickled import PICKLE
    from polyproc._pipe import PipeEnd
    from polyproc._polyproc import Polyproc
    from polyproc._pool import Pool
    from polyproc._pool_info import JobInfo, PoolInfo, PoolTotals, PoolWorker
    from polyproc._private import PrivateDaemon, private
    from polyproc._process import OutputPiece, Process, ProcessInfo
    from polyproc._queue import PutManyFull, Queue
    from polyproc._queue_info import QueueInfo, QueueTotals
    from polyproc._queue_items import QueuedItem
    from polyproc._running_task import RunningTask, task
    from polyproc._rwlock import ReadLock, RWLock, WriteLock
    from polyproc._semaphore import Permits, Semaphore
    from polyproc._shared_memory import SharedArray, Writing
    from polyproc._tasks import Task, TaskResult
    from polyproc._tls import Tls
    from polyproc._value import Value
    from polyproc._values import PLAIN, Codec, Opaque, Ref
    from polyproc._worker import Worker

__all__ = [
    "ABSENT",
    "PICKLE",
    "PLAIN",
    "Absent",
    "Admin",
    "Array",
    "Barrier",
    "BarrierBreak",
    "BrokenBarrier",
    "BrokenPipe",
    "Cancelled",
    "ChildSession",
    "Codec",
    "Condition",
    "ConnectionLost",
    "Consumer",
    "DaemonStartFailed",
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
    "Job",
    "JobInfo",
    "Kind",
    "Latch",
    "Limits",
    "List",
    "Lock",
    "Mapped",
    "MessageTooLong",
    "MissedOutput",
    "Namespace",
    "NotANumber",
    "NotComparable",
    "NotHeld",
    "ObjectDescription",
    "ObjectSummary",
    "Opaque",
    "OutOfRange",
    "Outcome",
    "OutputPiece",
    "OverReleased",
    "Party",
    "PendingPut",
    "PendingTask",
    "Permits",
    "PipeEnd",
    "Polyproc",
    "Pool",
    "PoolFull",
    "PoolInfo",
    "PoolTotals",
    "PoolWorker",
    "PrivateDaemon",
    "Process",
    "ProcessInfo",
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
    "Results",
    "RunningTask",
    "Semaphore",
    "ServerInfo",
    "ServerStatus",
    "SessionLost",
    "SessionSummary",
    "SharedArray",
    "ShutDown",
    "StartFailed",
    "Task",
    "TaskDoneTooOften",
    "TaskFailed",
    "TaskResult",
    "Tls",
    "UnexpectedValue",
    "Usage",
    "Value",
    "Wait",
    "Waiter",
    "Worker",
    "WorkerLost",
    "WriteLock",
    "Writing",
    "WrongDirection",
    "__version__",
    "codec_of",
    "connect",
    "private",
    "task",
]

_PLACES = {
    name: module
    for module, names in {
        "_absent": (
            "ABSENT",
            "Absent",
        ),
        "_admin": (
            "Admin",
            "Limits",
            "ObjectDescription",
            "ObjectSummary",
            "ServerInfo",
            "ServerStatus",
            "SessionSummary",
            "Usage",
            "Wait",
        ),
        "_array": ("Array",),
        "_barrier": ("Barrier",),
        "_child": ("ChildSession",),
        "_codecs": ("codec_of",),
        "_condition": ("Condition",),
        "_connect": ("connect",),
        "_dead_letters": (
            "DeadLetter",
            "DeadLetters",
            "Redriven",
        ),
        "_deliveries": (
            "Consumer",
            "Delivery",
            "PendingPut",
        ),
        "_dict": ("Dict",),
        "_elements": ("ElementType",),
        "_errors": (
            "BrokenBarrier",
            "BrokenPipe",
            "ConnectionLost",
            "DaemonStartFailed",
            "Error",
            "HalfChanged",
            "MessageTooLong",
            "MissedOutput",
            "NotANumber",
            "NotComparable",
            "NotHeld",
            "OutOfRange",
            "Outcome",
            "OverReleased",
            "Reason",
            "SessionLost",
            "ShutDown",
            "StartFailed",
            "TaskDoneTooOften",
            "TaskFailed",
            "UnexpectedValue",
            "WorkerLost",
            "WrongDirection",
        ),
        "_event": ("Event",),
        "_hold": ("Hold",),
        "_item_options": ("ItemOptions",),
        "_job": (
            "Cancelled",
            "Job",
            "PoolFull",
            "Results",
        ),
        "_kinds": ("Kind",),
        "_latch": ("Latch",),
        "_list": ("List",),
        "_lock": (
            "HeldLocks",
            "Lock",
        ),
        "_mapped": ("Mapped",),
        "_namespace": ("Namespace",),
        "_party": (
            "BarrierBreak",
            "Holder",
            "Party",
            "Waiter",
        ),
        "_pending_tasks": ("PendingTask",),
        "_pickled": ("PICKLE",),
        "_pipe": ("PipeEnd",),
        "_polyproc": ("Polyproc",),
        "_pool": ("Pool",),
        "_pool_info": (
            "JobInfo",
            "PoolInfo",
            "PoolTotals",
            "PoolWorker",
        ),
        "_private": (
            "PrivateDaemon",
            "private",
        ),
        "_process": (
            "OutputPiece",
            "Process",
            "ProcessInfo",
        ),
        "_queue": (
            "PutManyFull",
            "Queue",
        ),
        "_queue_info": (
            "QueueInfo",
            "QueueTotals",
        ),
        "_queue_items": ("QueuedItem",),
        "_running_task": (
            "RunningTask",
            "task",
        ),
        "_rwlock": (
            "ReadLock",
            "RWLock",
            "WriteLock",
        ),
        "_semaphore": (
            "Permits",
            "Semaphore",
        ),
        "_shared_memory": (
            "SharedArray",
            "Writing",
        ),
        "_tasks": (
            "Task",
            "TaskResult",
        ),
        "_tls": ("Tls",),
        "_value": ("Value",),
        "_values": (
            "PLAIN",
            "Codec",
            "Opaque",
            "Ref",
        ),
        "_worker": ("Worker",),
    }.items()
    for name in names
}
"""Where each name is, which is loaded when it is first used: programs use a few of them."""


def __getattr__(name: str) -> Any:
    module = _PLACES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
