"""What a program hands over to its child, and what keeps it until the child is there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from polyproc._address import Address
from polyproc._dialer import Dialer as SettledDialer
from polyproc._errors import Error, is_end_of_session
from polyproc._methods import END, RETAIN, Method
from polyproc._object import Handle, class_of
from polyproc._side import SideConnection
from polyproc._unary import Dialer
from polyproc.v1 import object_pb2, session_pb2

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._session import Session

_OPEN = Method(
    "SessionService/Open", session_pb2.SessionOpenRequest, session_pb2.SessionOpenResponse
)

Part = tuple[bytes, bytes, tuple[object, ...]]
"""A handle that is handed over: its ref, the guard of its calls, and what its class takes."""


class ChildSession:
    """A session that has what a parent hands over to its child, until the child has it.

    `Polyproc.for_child` makes it in the parent. The child is given it, pickled or by a fork, and
    takes over what it has, once: by `polyproc.connect(child=...)`, or after a fork by
    `Polyproc.attach`. From then on `handles` are the child's handles, and the session is over: all
    is of the child's own session, which ends with the child's process.

    When no child comes, it ends with its time to live, or when it is closed. It is a context
    manager for a parent that waits for its child:

        with client.for_child(jobs) as child:
            process = multiprocessing.Process(target=work, args=(child,))
            process.start()
            process.join()

    A pickle of it is a secret: whoever has it can take it over.
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
        dialer: SettledDialer,
        handles: Sequence[Handle],
        request: session_pb2.SessionOpenRequest,
    ) -> ChildSession:
        for handle in handles:
            if not isinstance(handle, Handle):
                raise TypeError(f"Expected handles of objects, each for itself, but got {handle!r}")
        address = str(dialer.address)
        parts = tuple(
            (h._ref.SerializeToString(), h._client._guard_field, h._settings()) for h in handles
        )
        with SideConnection(dialer) as connection:
            opened = connection.call(_OPEN, request)
            child = cls(address, opened, parts)
            child._dialer = dialer
            try:
                for page in child._pages():
                    connection.call(RETAIN, page, opened.session)
            except BaseException:
                with contextlib.suppress(Error):
                    child.close()
                raise
        return child

    def _pages(self) -> Iterator[session_pb2.SessionRetainRequest]:
        """The requests that retain all of it, once."""
        refs = [object_pb2.Ref.FromString(ref) for ref, _, _ in self._parts]
        # What goes by its name needs nobody who retains it.
        refs = [ref for ref in refs if ref.incarnation]
        size = self._opened.limits.page_size or 1000
        for begin in range(0, len(refs), size):
            yield session_pb2.SessionRetainRequest(refs=refs[begin : begin + size])

    @property
    def number(self) -> int:
        """The session's number, by which `Polyproc.admin` shows it until the child is there."""
        return self._opened.number

    @property
    def handles(self) -> tuple[Handle, ...]:
        """What was handed over, in its order, as handles of the child's client.

        Raises:
            RuntimeError: This process has not taken it over.
        """
        if self._handles is None:
            raise RuntimeError(
                "Expected polyproc.connect(child=...) or attach first, which take it over"
            )
        return self._handles

    def _take_over(self, session: Session) -> None:
        """Retains all of it for the child's session, and ends this one.

        Raises:
            Error: It was taken over, or is over; or one of the objects was deleted.
            ConnectionLost: There is no daemon.
        """
        for page in self._pages():
            session.call(RETAIN.fields, page.SerializeToString())
        self._dialer = session._dialer
        self._end()

    def _make_handles(self, client: Client, there: Sequence[Handle]) -> list[Handle]:
        """Makes the handles, of which the client's session retains each once already.

        Args:
            client: whose handles they are.
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
        """Ends it, for a child that never came; to close one that was taken over does no harm.

        Raises:
            ConnectionLost: There is no daemon.
        """
        try:
            self._end()
        except Error as e:
            if not is_end_of_session(e):
                raise

    def _end(self) -> None:
        dialer = self._dialer or SettledDialer(Address.again(self._address), None, None)
        with SideConnection(dialer) as connection:
            connection.call(END, session_pb2.SessionEndRequest(), self._opened.session)

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
