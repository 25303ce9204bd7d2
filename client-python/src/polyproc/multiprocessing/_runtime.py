"""The client by which a program's shared objects are called: connected when the first is made."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from polyproc._address import Address, UnreachableError, address_in
from polyproc._connect import connect
from polyproc._errors import ConnectionLost, Error, Reason
from polyproc._forks import renew_in_child
from polyproc._polyproc import Polyproc

if TYPE_CHECKING:
    from polyproc._private import PrivateDaemon

_ADDRESS = "POLYPROC_ADDRESS"
PROGRAM = "POLYPROC_PROGRAM"
"""The folder in which the daemon of this program is, or will be: its processes meet there."""

_ENDING_SECONDS = 5.0
"""For so long at most a daemon may end whose last process has ended."""

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
            settle()
            folder = os.environ.get(PROGRAM)
            _client = connect() if folder is None or not _is_own(folder) else _of_program(folder)
        return _client


def settle() -> None:
    """Settles which daemon is this program's, before a child might do so by itself.

    Nothing is started or connected to by that.
    """
    if _client is not None and not _client._closed:
        return  # Its daemon is.
    folder = os.environ.get(PROGRAM)
    if folder is None and not os.environ.get(_ADDRESS, "").strip() and not _is_default_there():
        from polyproc._private import new_folder

        os.environ[PROGRAM] = new_folder()


def _is_own(folder: str) -> bool:
    """Whether the program's own daemon is meant, and no other was named."""
    named = os.environ.get(_ADDRESS, "").strip()
    return not named or named == address_in(folder)


def _is_default_there() -> bool:
    """Whether somebody listens at the default socket."""
    try:
        Address.default().connect(1.0, None).close()
    except UnreachableError as e:
        return not e.absent
    except (OSError, ValueError):
        pass  # Whoever connects is told why.
    return True


def _of_program(folder: str) -> Polyproc:
    """A client of a daemon that ends with the last process of this program.

    The programs that this one starts, in whatever language, find it in their environment.
    """
    global _private
    address = address_in(folder)
    with _alone(folder):
        found = _found(address)
        if found is None:
            from polyproc._private import private_in

            _private = private_in(folder)
            found = connect(address)
        os.environ[_ADDRESS] = address
        return found


def _found(address: str) -> Polyproc | None:
    """A client of a daemon that is there; None: there is none, or it has just ended."""
    until = time.monotonic() + _ENDING_SECONDS
    while True:
        try:
            return connect(address)
        except Error as e:
            cause = e.__cause__
            if isinstance(cause, UnreachableError) and cause.absent:
                return None
            if not isinstance(e, ConnectionLost) and e.reason != Reason.SHUTTING_DOWN:
                raise
            if time.monotonic() > until:
                raise
        time.sleep(0.01)


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[None]:
    """While no other process of this program looks for its daemon, or starts it."""
    while True:
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o700)  # noqa: PTH102 # pathlib would ask for the mode of umask.
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_still(descriptor, folder):  # A daemon that ends takes its folder along.
                yield
                return
        finally:
            os.close(descriptor)


def _is_still(descriptor: int, folder: str) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(folder))  # noqa: PTH116
    except FileNotFoundError:
        return False


renew_in_child(globals(), "_connecting", threading.RLock)
