"""Queues, locks, dicts and shared memory for processes in every language, at one daemon."""

from polyproc._absent import ABSENT, Absent
from polyproc._address import Tls
from polyproc._client import Polyproc, connect
from polyproc._dict import Dict
from polyproc._errors import (
    ConnectionLost,
    Error,
    NotANumber,
    NotComparable,
    OutOfRange,
    Reason,
    SessionLost,
    UnexpectedValue,
)
from polyproc._event import Event
from polyproc._list import List
from polyproc._namespace import Namespace

__all__ = [
    "ABSENT",
    "Absent",
    "ConnectionLost",
    "Dict",
    "Error",
    "Event",
    "List",
    "Namespace",
    "NotANumber",
    "NotComparable",
    "OutOfRange",
    "Polyproc",
    "Reason",
    "SessionLost",
    "Tls",
    "UnexpectedValue",
    "connect",
]
