"""The client by which a program's shared objects are called: connected when the first is made."""

from __future__ import annotations

import os
import threading

from polyproc._address import UnreachableError
from polyproc._connect import connect
from polyproc._errors import ConnectionLost
from polyproc._polyproc import Polyproc
from polyproc._private import PrivateDaemon, private

_ADDRESS = "POLYPROC_ADDRESS"

_client: Polyproc | None = None
_private: PrivateDaemon | None = None
_connecting = threading.RLock()


def client() -> Polyproc:
    """The client of this process.

    It is of the daemon that `POLYPROC_ADDRESS` names, else of the one at the default socket, else
    of one that is started for this program.

    Raises:
        ConnectionLost: There is no daemon at `POLYPROC_ADDRESS`, or none that can be trusted.
        DaemonStartFailed: There is none at the default socket, and none could be started.
    """
    known = _client
    return _connect() if known is None or known._closed else known


def _connect() -> Polyproc:
    global _client
    with _connecting:
        if _client is None or _client._closed:
            _client = _found() or _started()
        return _client


def _found() -> Polyproc | None:
    """A client of a daemon that is there; None: there is none, and none was asked for."""
    try:
        return connect()
    except ConnectionLost as e:
        cause = e.__cause__
        if os.environ.get(_ADDRESS, "").strip():
            raise
        if not (isinstance(cause, UnreachableError) and cause.absent):
            raise
        return None


def _started() -> Polyproc:
    """A client of a daemon that ends with the last process of this program.

    The programs that this one starts, in whatever language, find it in their environment.
    """
    global _private
    _private = private()
    os.environ[_ADDRESS] = _private.address
    return connect(_private.address)


def _after_fork_in_child() -> None:
    global _connecting
    _connecting = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
