"""Connects this process: by itself, and where a handle comes that was pickled elsewhere."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from polyproc._address import Address, MissingTokenError, UnreachableError
from polyproc._client import Client, clients
from polyproc._dialer import Dialer
from polyproc._errors import ConnectionLost, Error, Reason, SessionLost
from polyproc._forks import renew_in_child
from polyproc._object import Handle, class_of, time_of
from polyproc._polyproc import Polyproc
from polyproc._signals import raise_of_handler
from polyproc._weak import alive
from polyproc.v1 import object_pb2

if TYPE_CHECKING:
    from polyproc._child import ChildSession
    from polyproc._tls import Tls


def connect(
    address: str | None = None,
    *,
    name: str | None = None,
    token: str | None = None,
    tls: Tls | None = None,
    time_to_live: float | None = None,
    wait: float = 0.0,
    patience: float = 10.0,
    on_session_lost: Callable[[SessionLost], object] | None = None,
    child: ChildSession | None = None,
) -> Polyproc:
    """Connects to a daemon, and opens a session.

    Args:
        address: `unix:/path`, `host:port` or `tls://host:port`. Without one it is what the variable
            `POLYPROC_ADDRESS` says, else the default socket.
        name: what lists of sessions, holders and waiters show; by default the program's.
        token: of a daemon on TCP; by default what `POLYPROC_TOKEN` says, or the file that
            `POLYPROC_TOKEN_FILE` names.
        tls: the files of a connection through TLS; by default those that the environment names.
        time_to_live: for how many seconds the session lives without a word. On a Unix socket the
            daemon watches this process, so nobody has to speak, and it is a day; else the daemon's
            default, and a thread speaks for the session.
        wait: for how many seconds to wait for a daemon that is being started, also in the place of
            one that is going.
        patience: for how many seconds calls wait for a daemon that is out of reach.
        on_session_lost: told once of each session that was lost, on the thread that noticed.
        child: what this program's parent hands over to it by `Polyproc.for_child`. The address is
            the parent's then, unless another one is given.

    Raises:
        ConnectionLost: There is no daemon, or none that can be trusted.
        Error: The daemon refuses.
        TypeError: A time is not told in seconds.
        ValueError: A setting makes no sense.
    """
    if address is not None:
        where = Address.parse(address)
    else:
        where = Address.default() if child is None else Address.again(child._address)
    for title, time_given in (("wait", wait), ("patience", patience)):
        if not time_of(time_given) >= 0:
            raise ValueError(f"Expected 0 seconds or more, but {title} is {time_given!r}")
    dialer = Dialer(where, tls, token)
    shown = (name or os.path.basename(sys.argv[0].rstrip("/")) or "python")[:255]  # noqa: PTH119
    until = time.monotonic() + wait
    pause = 0.01
    while True:
        try:
            return Polyproc(dialer, shown, time_to_live, patience, on_session_lost, child)
        except Error as e:
            raise_of_handler(e)
            if e.reason != Reason.SHUTTING_DOWN or time.monotonic() >= until:
                raise
        except OSError as e:
            raise_of_handler(e)
            if time.monotonic() >= until or (isinstance(e, UnreachableError) and not e.may_pass):
                raise ConnectionLost(str(e)) from e
        except MissingTokenError:  # The daemon may be about to write it.
            if time.monotonic() >= until:
                raise
        time.sleep(min(pause, max(0.0, until - time.monotonic())))
        pause = min(2 * pause, 0.5)


# What handles that were unpickled call by, where the program has connected to no such daemon.
_own: dict[str, Polyproc] = {}
_own_opening = threading.RLock()


def client_for(address: str) -> Client:
    """A client of this process that is open; one is made where there is none.

    Args:
        address: of the daemon, as `str` of an `Address` has it. A token, and the files of TLS, are
            those of the environment.
    """
    for client in alive(clients):  # The oldest first.
        if not client._closed and str(client._dialer.address) == address:
            return client
    with _own_opening:
        own = _own.get(address)
        if own is None or own._closed:
            own = _own[address] = connect(None if Address.again(address).usual else address)
        return own


def unpickled(address: str, ref: bytes, guard: bytes, settings: tuple[object, ...]) -> Handle:
    """A handle as it was pickled, by a client of this process."""
    client = client_for(address)
    client = client._guarded(guard)
    meant = object_pb2.Ref.FromString(ref)
    return class_of(meant.kind)(client, client._retained(meant), True, *settings)


renew_in_child(globals(), "_own_opening", threading.RLock)
