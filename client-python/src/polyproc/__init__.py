"""Queues, locks, dicts and shared memory for processes in every language, at one daemon."""

from polyproc._address import Tls
from polyproc._client import Polyproc, connect
from polyproc._errors import ConnectionLost, Error, Reason, SessionLost, UnexpectedValue
from polyproc._event import Event

__all__ = [
    "ConnectionLost",
    "Error",
    "Event",
    "Polyproc",
    "Reason",
    "SessionLost",
    "Tls",
    "UnexpectedValue",
    "connect",
]
