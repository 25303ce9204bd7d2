"""Latches: a count that goes down to 0, and whoever waits for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polyproc._methods import Method
from polyproc._object import Handle, lifetime, named, time_to_wait
from polyproc.v1 import latch_pb2

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._party import Waiter

_CREATE = Method("LatchService/Create", latch_pb2.LatchCreateRequest, latch_pb2.LatchCreateResponse)
_COUNT_DOWN = Method(
    "LatchService/CountDown", latch_pb2.LatchCountDownRequest, latch_pb2.LatchCountDownResponse
)
_WAIT = Method("LatchService/Wait", latch_pb2.LatchWaitRequest, latch_pb2.LatchWaitResponse)
_GET = Method("LatchService/Get", latch_pb2.LatchGetRequest, latch_pb2.LatchGetResponse)


class Latch(Handle):
    """A count that goes down, and whoever waits until it is 0.

    At 0 all that wait go on, and nobody waits any more. A program that dies before it has counted
    down is missed by those that wait: so wait for a time.
    """

    __slots__ = ()

    @classmethod
    def _create(cls, client: Client, name: str | None, count: int) -> Latch:
        if count < 0:
            raise ValueError(f"Expected a count from 0 up, but it is {count}")
        request = latch_pb2.LatchCreateRequest(
            latch=named(name), count=count, lifetime=lifetime(name)
        )
        return cls(client, client._call(_CREATE, request).ref)

    def count_down(self, n: int = 1) -> int:
        """Takes from the count, down to 0, where it stays.

        Args:
            n: how much.

        Returns:
            The count.

        Raises:
            ValueError: It is less than 1.
        """
        if n < 1:
            raise ValueError(f"Expected to count down by at least 1, but it is {n}")
        return self._call(_COUNT_DOWN, latch_pb2.LatchCountDownRequest(latch=self.name, by=n)).count

    @property
    def count(self) -> int:
        """The count now; a call."""
        return self._get().count

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until the count is 0.

        Args:
            timeout: for how many seconds at most; None: for ever.

        Returns:
            Whether it was 0 in time.
        """
        request = latch_pb2.LatchWaitRequest(latch=self.name)
        if timeout is not None:
            request.timeout.CopyFrom(time_to_wait(timeout))
        return self._call(_WAIT, request).open

    def waiters(self) -> list[Waiter]:
        """Who waits, in line; the first of them where they are many."""
        from polyproc._party import Waiter

        return Waiter.all_of(self._get().waiters)

    def _get(self) -> latch_pb2.LatchGetResponse:
        return self._call(_GET, latch_pb2.LatchGetRequest(latch=self.name))
