"""Calls of a session beside its stream, for who is in the middle of another call of it."""

from __future__ import annotations

import time
from collections.abc import Iterable

from polyproc import _frames
from polyproc._errors import ConnectionLost, Error
from polyproc._methods import END, path_of
from polyproc._pending import Pending
from polyproc._side import SideConnection
from polyproc._signals import raise_of_handler
from polyproc._unary import Dialer


class Aside:
    """Makes calls of a session as unary ones, each time over a connection of its own."""

    def __init__(self, dialer: Dialer, session: str) -> None:
        self._dialer = dialer
        self._session = session

    def call(self, pending: Pending) -> bytes:
        """Makes a call, once, and waits for its response.

        Raises:
            Error: It was refused, or there is no daemon.
        """
        with SideConnection(self._dialer) as side:
            return self._exchange(side, pending, None)

    def repeat(self, posted: Iterable[Pending], until: float) -> int:
        """Sends what was sent already, by its number, in order: each counts once.

        Returns:
            Of how many it was heard that they are done, or refused, in time.

        Raises:
            Error: There is no daemon.
        """
        done = 0
        with SideConnection(self._dialer) as side:
            for pending in posted:
                try:
                    self._exchange(side, pending, until)
                except (ConnectionLost, TimeoutError) as e:
                    raise_of_handler(e)
                    break
                except Error as e:  # It is heard of by who asks for the result.
                    raise_of_handler(e)
                done += 1
        return done

    def end(self, seconds: float) -> None:
        """Ends the session.

        Raises:
            Error: It has ended, or there is no daemon.
            TimeoutError: The daemon does not answer.
        """
        with SideConnection(self._dialer) as side:
            self._exchange(side, Pending(END.fields, b"", b""), time.monotonic() + seconds)

    def _exchange(self, side: SideConnection, pending: Pending, until: float | None) -> bytes:
        path = path_of(_frames.method_number(pending.method))
        metadata: list[tuple[str, str | bytes]] = [("polyproc-session", self._session)]
        if pending.sequence:
            metadata.append(("polyproc-sequence", str(pending.sequence)))
        metadata += _frames.as_metadata(pending.extra)
        return side.exchange(path, pending.request, metadata, until)
