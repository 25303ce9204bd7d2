"""Sessions that a program opens for its child, with what it hands over."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from polyproc._address import Address
from polyproc._dialer import Dialer
from polyproc._errors import Error, is_end_of_session
from polyproc._methods import Method
from polyproc._object import Handle, class_of
from polyproc._side import SideConnection
from polyproc.v1 import object_pb2, session_pb2

if TYPE_CHECKING:
    from polyproc._client import Polyproc

_OPEN = Method(
    "SessionService/Open", session_pb2.SessionOpenRequest, session_pb2.SessionOpenResponse
)
_RETAIN = Method(
    "SessionService/Retain", session_pb2.SessionRetainRequest, session_pb2.SessionRetainResponse
)
_END = Method("SessionService/End", session_pb2.SessionEndRequest, session_pb2.SessionEndResponse)

Part = tuple[bytes, bytes, tuple[object, ...]]
"""A handle that is handed over: its ref, the guard of its calls, and what its class takes."""


class ChildSession:
    """A session for a child process, which has what its parent hands over, whatever that does.

    `Polyproc.for_child` makes it in the parent. The child is given it, pickled or by a fork, and
    takes it over once: by `polyproc.connect(child=...)`, or after a fork by `Polyproc.attach`. From
    then on `handles` are the child's handles, and the session ends with the child's process.

    Until then, and when the child never takes it over, the session lives for its time to live, or
    until it is closed. It is a context manager for a parent that waits for its child:

        with client.for_child(jobs) as child:
            process = multiprocessing.Process(target=work, args=(child,))
            process.start()
            process.join()

    A pickle of it is a secret: whoever has it can use the session.
    """

    __slots__ = ("_address", "_dialer", "_handles", "_opened", "_parts")

    def __init__(
        self, address: str, opened: session_pb2.SessionOpenResponse, parts: tuple[Part, ...]
    ) -> None:
        """Use `Polyproc.for_child`."""
        self._address = address
        self._opened = opened
        self._parts = parts
        self._dialer: Dialer | None = None
        self._handles: tuple[Handle, ...] | None = None

    @classmethod
    def _open(
        cls,
        dialer: Dialer,
        handles: Sequence[Handle],
        request: session_pb2.SessionOpenRequest,
    ) -> ChildSession:
        address = str(dialer.address)
        for handle in handles:
            there = str(handle._client._dialer.address)
            if there != address:
                raise ValueError(
                    f"Expected objects of the daemon at {address}, but {handle!r} is at {there}"
                )
        parts = tuple(
            (h._ref.SerializeToString(), h._client._guard_field, h._settings()) for h in handles
        )
        # What goes by its name needs nobody who retains it.
        refs = [h._ref for h in handles if h._ref.incarnation]
        with SideConnection(dialer) as connection:
            opened = connection.call(_OPEN, request)
            child = cls(address, opened, parts)
            child._dialer = dialer
            size = opened.limits.page_size or 1000
            try:
                for begin in range(0, len(refs), size):
                    page = session_pb2.SessionRetainRequest(refs=refs[begin : begin + size])
                    connection.call(_RETAIN, page, opened.session)
            except BaseException:
                with contextlib.suppress(Error):
                    child.close()
                raise
        return child

    @property
    def number(self) -> int:
        """The session's number, by which `Polyproc.admin` shows it and ends it."""
        return self._opened.number

    @property
    def handles(self) -> tuple[Handle, ...]:
        """What was handed over, in its order, as handles of the child's client.

        Raises:
            RuntimeError: This process has not taken the session over.
        """
        if self._handles is None:
            raise RuntimeError(
                "Expected polyproc.connect(child=...) or attach first, which take the session over"
            )
        return self._handles

    def _take_over(self, client: Polyproc, there: Sequence[Handle]) -> list[Handle]:
        """Makes the handles, of which the session retains each once already.

        Args:
            client: whose session it is now.
            there: handles that the client had before, in a forked child. Those that are handed over
                are taken as they are.

        Returns:
            The others of them.
        """
        rest = list(there)
        taken: list[Handle] = []
        for ref, guard, settings in self._parts:
            meant = object_pb2.Ref.FromString(ref)
            found = next((h for h in rest if _is(h, meant, guard, settings)), None)
            if found is None:
                found = class_of(meant.kind)(client._guarded(guard), meant, True, *settings)
            else:
                rest = [h for h in rest if h is not found]
            taken.append(found)
        self._handles = tuple(taken)
        return rest

    def close(self) -> None:
        """Ends the session, for a child that never came, or is over; one that lives loses it.

        To close it twice does no harm.

        Raises:
            ConnectionLost: There is no daemon.
        """
        dialer = self._dialer or Dialer(Address.parse(self._address), None, None)
        try:
            with SideConnection(dialer) as connection:
                connection.call(_END, session_pb2.SessionEndRequest(), self._opened.session)
        except Error as e:
            if not is_end_of_session(e):
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[object, ...]:
        return _unpickled, (self._address, self._opened.SerializeToString(), self._parts)

    def __repr__(self) -> str:
        return f"<ChildSession {self.number} at {self._address}>"


def _is(handle: Handle, ref: object_pb2.Ref, guard: bytes, settings: tuple[object, ...]) -> bool:
    return (
        handle._ref == ref
        and handle._client._guard_field == guard
        and handle._settings() == settings
    )


def _unpickled(address: str, opened: bytes, parts: tuple[Part, ...]) -> ChildSession:
    return ChildSession(address, session_pb2.SessionOpenResponse.FromString(opened), parts)
