"""Items that are reserved, and puts that are under way."""

from __future__ import annotations

import collections
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from polyproc import _frames
from polyproc._errors import ConnectionLost, Error, Reason, ShutDown, is_end_of_session
from polyproc._methods import Method
from polyproc._object import OWNER, NotCopied, time_of
from polyproc._pending import Pending
from polyproc._queue_items import Carrier, how_many
from polyproc._weak import Watch
from polyproc.v1 import object_pb2, queue_pb2

if TYPE_CHECKING:
    from polyproc._dead_letters import DeadLetter
    from polyproc._item_options import ItemOptions
    from polyproc._queue import Queue
    from polyproc._session import Session

T = TypeVar("T")

_ACKNOWLEDGE = Method(
    "QueueService/Acknowledge",
    queue_pb2.QueueAcknowledgeRequest,
    queue_pb2.QueueAcknowledgeResponse,
)
_REJECT = Method("QueueService/Reject", queue_pb2.QueueRejectRequest, queue_pb2.QueueRejectResponse)
PUT = Method("QueueService/Put", queue_pb2.QueuePutRequest, queue_pb2.QueuePutResponse)


class Delivery(Carrier[T], NotCopied):
    """An item that is reserved until it is acknowledged, for the session that reserved it.

    In a `with` statement it is acknowledged at the end, or rejected when an exception leaves it,
    unless it was settled before: by `acknowledge`, `reject`, `release` or `give_up`. A second one
    of these is an error. One that nobody has any more, and that was not settled, is rejected by the
    next call of this client.
    """

    __slots__ = ("__weakref__", "_message", "_queue", "_watch")

    def __init__(
        self, origin: Queue[T], message: queue_pb2.QueueGetResponse | queue_pb2.QueueDelivery
    ) -> None:
        super().__init__(origin._read, message.item)
        self._queue = origin
        self._message = message
        self._watch = _Watch.on(self)

    @property
    def attempt(self) -> int:
        """How often the item was handed out and not released, this time included."""
        return self._message.attempt

    @property
    def options(self) -> ItemOptions:
        """As the item was put; of an instant, the delay or the time to live that it was."""
        from polyproc._item_options import ItemOptions

        return ItemOptions._of(self._message.options)

    @property
    def key(self) -> str:
        """The item's key; empty when it has none."""
        return self._message.options.key

    @property
    def dead_letter(self) -> DeadLetter | None:
        """How the item became a dead letter; None when it is none."""
        from polyproc._dead_letters import DeadLetter

        message = self._message
        return DeadLetter._of(message.dead_letter) if message.HasField("dead_letter") else None

    @property
    def reservation(self) -> int:
        """The number of the reservation."""
        return self._message.reservation

    def acknowledge(self) -> None:
        """The item is done with.

        Raises:
            Error: With the reason RESERVATION_ENDED: somebody else has the item, or will have it;
                or it was settled before.
        """
        self._settle(_ACKNOWLEDGE, self._acknowledgement())

    def reject(self) -> None:
        """The item goes back to its place for another attempt; after the last to the dead letters.

        Raises:
            Error: With the reason RESERVATION_ENDED: it is back already.
        """
        self._settle(_REJECT, self._rejection())

    def release(self) -> None:
        """The item goes back as if it had not been handed out: nobody has begun with it.

        Raises:
            Error: With the reason RESERVATION_ENDED: it is back already.
        """
        self._settle(_REJECT, self._rejection(release=True))

    def give_up(self) -> None:
        """The item goes to the dead letters, or away where there are none.

        Raises:
            Error: With the reason RESERVATION_ENDED: it is back already.
        """
        self._settle(_REJECT, self._rejection(give_up=True))

    def _acknowledgement(self) -> queue_pb2.QueueAcknowledgeRequest:
        return queue_pb2.QueueAcknowledgeRequest(
            queue=self._queue.name, reservation=self._message.reservation
        )

    def _rejection(
        self, release: bool = False, give_up: bool = False
    ) -> queue_pb2.QueueRejectRequest:
        return queue_pb2.QueueRejectRequest(
            queue=self._queue.name,
            reservation=self._message.reservation,
            release=release,
            give_up=give_up,
        )

    def _settle(self, method: Method[Any, Any], request: Any, is_end: bool = False) -> None:
        """Ends the reservation.

        Args:
            method: by what.
            request: what that is told.
            is_end: whether this is the end of a block, in which it may have been settled.
        """
        try:
            if self._watch.end():
                self._queue._call(method, request)
            elif not is_end:
                raise Error(
                    f"Expected an item that is reserved, but reservation {self.reservation} of"
                    f" {self._queue.name!r} was settled before, or was told to have ended",
                    Reason.RESERVATION_ENDED,
                    "FAILED_PRECONDITION",
                    {"object": self._queue.name, "state": "ENDED"},
                )
        except BaseException as e:
            if not (isinstance(e, Error) and e.reason == Reason.RESERVATION_ENDED):
                self._watch = _Watch.on(self)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._settle(_ACKNOWLEDGE, self._acknowledgement(), is_end=True)
            return
        try:
            self._settle(_REJECT, self._rejection(), is_end=True)
        except Error as e:
            # The item is back, or will be: what is to be heard of is the error.
            error.add_note(f"The item could not be rejected: {e}")

    def __repr__(self) -> str:
        return f"<Delivery {self.reservation} of {self._queue.name!r}, attempt {self.attempt}>"


class _Watch(Watch[Delivery[Any]]):
    """Has a delivery rejected that nobody has any more, or released where nobody has begun with it.

    It has not the queue, by which it would keep the client, and so itself.
    """

    __slots__ = ("_ref", "_reservation", "release")

    _ref: object_pb2.Ref
    _reservation: int
    release: bool

    @classmethod
    def on(cls, delivery: Delivery[Any]) -> _Watch:
        """Begins; also anew, for one whose settling failed."""
        client = delivery._queue._client
        watch = cls(delivery, client._released.append)
        watch._ref = delivery._queue._ref
        watch._reservation = delivery.reservation
        watch.release = False
        watch.begin(client._watches)
        return watch

    def __call__(self) -> tuple[bytes, bytes, bytes]:  # type: ignore[override]
        """The call that sends the item back, for whoever makes it."""
        self.end()
        request = queue_pb2.QueueRejectRequest(
            queue=self._ref.name, reservation=self._reservation, release=self.release
        )
        # Without a guard, which may have ended: nobody works on the item any more.
        fields = OWNER.field + _frames.incarnation_field(self._ref.incarnation)
        return _REJECT.fields, request.SerializeToString(), fields


class Consumer(NotCopied, Generic[T]):
    """Reserves items as they come, for a `for` statement.

    It ends when the queue was shut down and is empty. `close`, and the end of a `with` statement,
    releases what it has reserved ahead. Several threads may ask one consumer.
    """

    __slots__ = ("_ahead", "_reserve")

    def __init__(
        self, origin: Queue[T], prefetch: int, timeout: float | None, reserved_for: float | None
    ) -> None:
        if how_many(prefetch, "prefetch") < 1:
            raise ValueError(f"Expected to reserve at least 1 item, but prefetch is {prefetch}")
        ahead: collections.deque[Delivery[T]] = collections.deque()
        self._ahead = ahead

        def reserve() -> list[Delivery[T]]:
            return origin.reserve_many(prefetch, timeout=timeout, reserved_for=reserved_for)

        self._reserve: Callable[[], list[Delivery[T]]] | None = reserve

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Delivery[T]:
        while True:
            try:
                delivery = self._ahead.popleft()
            except IndexError:
                pass
            else:
                delivery._watch.release = False
                return delivery
            reserve = self._reserve
            if reserve is None:
                raise StopIteration
            try:
                more = reserve()
            except ShutDown:
                raise StopIteration from None
            if not more:
                raise StopIteration
            for delivery in more:
                delivery._watch.release = True
            self._ahead.extend(more)
            if self._reserve is None:  # It was closed meanwhile.
                self._give_back()
                raise StopIteration

    def close(self) -> None:
        """Releases what was reserved ahead, and ends. What it has handed out stays reserved.

        A thread that waits for an item meanwhile goes on to wait; what it is given goes back.

        Raises:
            Error: Something could not be released, such as by a guard that failed. Whoever closes
                it again tries that again.
        """
        self._reserve = None
        self._give_back()

    def _give_back(self) -> None:
        """Releases all that can be released, and raises the first error of the others."""
        ahead = self._ahead
        kept: list[Delivery[T]] = []
        failure: Error | None = None
        try:
            while ahead:
                try:
                    delivery = ahead.popleft()
                except IndexError:  # Another thread was faster.
                    break
                kept.append(delivery)
                try:
                    delivery.release()
                except Error as e:
                    if e.reason == Reason.RESERVATION_ENDED or _is_over(e):
                        kept.pop()  # It is back already, or will be.
                        continue
                    failure = failure or e
                    if isinstance(e, ConnectionLost):
                        break
                else:
                    kept.pop()
        finally:
            ahead.extend(kept)
        if failure is not None:
            try:
                raise failure
            finally:
                del failure  # Its traceback has this frame.

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _is_over(error: Error) -> bool:
    """Whether there is no session any more, which reservations end with."""
    return is_end_of_session(error) or error.reason == Reason.CLOSED


class PendingPut(NotCopied):
    """A put that was sent, and for which nobody waits yet."""

    __slots__ = ("_pending", "_session")

    def __init__(self, session: Session, pending: Pending) -> None:
        self._session = session
        self._pending = pending

    def result(self, timeout: float | None = None) -> bool:
        """Waits until the item is put.

        Args:
            timeout: for how many seconds at most; None: for ever.

        Returns:
            Whether it was put: False for a duplicate.

        Raises:
            TimeoutError: It is not put yet; one may ask again.
            ShutDown: The queue was shut down.
        """
        seconds = None if timeout is None else time_of(timeout)
        return PUT.read(self._session.result(self._pending, seconds)).accepted


class UnheardPut(Pending):
    """A put that was sent, and of which nobody hears unless it is refused."""

    failure: Exception | None = None
    is_unheard = True
    is_told = False
    """Whether somebody was told that it is refused."""

    def __init__(
        self,
        method: bytes,
        request: bytes,
        extra: bytes,
        refused: Callable[[UnheardPut], object],
    ) -> None:
        """With the parts of `_frames.call`, and who is told of a refusal, perhaps twice."""
        self.method = method
        self.request = request
        self.extra = extra
        self.owner = OWNER.field
        self.refused = refused

    @property
    def error(self) -> Exception | None:
        """Why it is not put; None where it is, or nothing is known yet."""
        return self.failure

    @error.setter
    def error(self, failure: Exception | None) -> None:
        self.failure = failure
        if failure is not None and not _is_own_end(failure):
            self.refused(self)

    def listener(self, waiting: list[Pending]) -> Pending | None:
        """Who is told of a refusal: whoever put, else who waits for an item of the queue."""
        for of in (self.is_by_thread_of, self.is_of_queue_of):
            for each in waiting:
                if of(each):
                    return each
        return None

    def is_by_thread_of(self, other: Pending) -> bool:
        """Whether a call is made by the thread that has put."""
        return other.extra.startswith(self.owner)

    def is_of_queue_of(self, other: Pending) -> bool:
        """Whether a call that waits is of the same queue."""
        queue: Queue[Any] = other.handle
        return self.request.startswith(queue._get_request)


def _is_own_end(failure: Exception) -> bool:
    """Whether this process has closed the client, which tells of it, or is a child of that one."""
    return type(failure) is Error and failure.reason == Reason.CLOSED
