"""Queues: items that any number of programs put and get."""

from __future__ import annotations

import collections
import itertools
import queue
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Self, TypedDict, TypeVar, Unpack

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from polyproc._errors import Error, Reason, ShutDown, UnexpectedValue
from polyproc._methods import Method
from polyproc._object import OWNER, Handle, seconds
from polyproc._party import Party
from polyproc._values import PLAIN, Codec, Ref, Value, reader, writer
from polyproc.v1 import object_pb2, queue_pb2

if TYPE_CHECKING:
    from polyproc._client import Polyproc
    from polyproc._session import Pending, Session

T = TypeVar("T")

Order = Literal["fifo", "lifo", "priority"]
End = Literal["head", "tail"]

_CREATE = Method("QueueService/Create", queue_pb2.QueueCreateRequest, queue_pb2.QueueCreateResponse)
_PUT = Method("QueueService/Put", queue_pb2.QueuePutRequest, queue_pb2.QueuePutResponse)
_GET = Method("QueueService/Get", queue_pb2.QueueGetRequest, queue_pb2.QueueGetResponse)
_ACKNOWLEDGE = Method(
    "QueueService/Acknowledge",
    queue_pb2.QueueAcknowledgeRequest,
    queue_pb2.QueueAcknowledgeResponse,
)
_REJECT = Method("QueueService/Reject", queue_pb2.QueueRejectRequest, queue_pb2.QueueRejectResponse)
_PUT_MANY = Method(
    "QueueService/PutMany", queue_pb2.QueuePutManyRequest, queue_pb2.QueuePutManyResponse
)
_GET_MANY = Method(
    "QueueService/GetMany", queue_pb2.QueueGetManyRequest, queue_pb2.QueueGetManyResponse
)
_PEEK = Method("QueueService/Peek", queue_pb2.QueuePeekRequest, queue_pb2.QueuePeekResponse)
_CONTAINS = Method(
    "QueueService/Contains", queue_pb2.QueueContainsRequest, queue_pb2.QueueContainsResponse
)
_REMOVE = Method("QueueService/Remove", queue_pb2.QueueRemoveRequest, queue_pb2.QueueRemoveResponse)
_LIST = Method("QueueService/List", queue_pb2.QueueListRequest, queue_pb2.QueueListResponse)
_SIZE = Method("QueueService/Size", queue_pb2.QueueSizeRequest, queue_pb2.QueueSizeResponse)
_CLEAR = Method("QueueService/Clear", queue_pb2.QueueClearRequest, queue_pb2.QueueClearResponse)
_SHUTDOWN = Method(
    "QueueService/Shutdown", queue_pb2.QueueShutdownRequest, queue_pb2.QueueShutdownResponse
)
_DELETE = Method("QueueService/Delete", queue_pb2.QueueDeleteRequest, queue_pb2.QueueDeleteResponse)
_TASK_DONE = Method(
    "QueueService/TaskDone", queue_pb2.QueueTaskDoneRequest, queue_pb2.QueueTaskDoneResponse
)
_JOIN = Method("QueueService/Join", queue_pb2.QueueJoinRequest, queue_pb2.QueueJoinResponse)
_PAUSE = Method("QueueService/Pause", queue_pb2.QueuePauseRequest, queue_pb2.QueuePauseResponse)
_RESUME = Method("QueueService/Resume", queue_pb2.QueueResumeRequest, queue_pb2.QueueResumeResponse)
_REDRIVE = Method(
    "QueueService/Redrive", queue_pb2.QueueRedriveRequest, queue_pb2.QueueRedriveResponse
)

_ORDERS = {
    "fifo": queue_pb2.QUEUE_ORDER_UNSPECIFIED,
    "lifo": queue_pb2.QUEUE_ORDER_LIFO,
    "priority": queue_pb2.QUEUE_ORDER_PRIORITY,
}
_UNFINISHED: dict[object, queue_pb2.QueueUnfinished] = {
    False: queue_pb2.QUEUE_UNFINISHED_UNSPECIFIED,
    True: queue_pb2.QUEUE_UNFINISHED_RETURN,
    "return": queue_pb2.QUEUE_UNFINISHED_RETURN,
    "done": queue_pb2.QUEUE_UNFINISHED_DONE,
}
_ENDS: dict[str | None, queue_pb2.QueueEnd] = {
    None: queue_pb2.QUEUE_END_UNSPECIFIED,
    "head": queue_pb2.QUEUE_END_HEAD,
    "tail": queue_pb2.QUEUE_END_TAIL,
}
_CAUSES: dict[int, Literal["attempts", "given up", "expired"]] = {
    queue_pb2.QUEUE_DEAD_LETTER_CAUSE_ATTEMPTS: "attempts",
    queue_pb2.QUEUE_DEAD_LETTER_CAUSE_GIVEN_UP: "given up",
    queue_pb2.QUEUE_DEAD_LETTER_CAUSE_EXPIRED: "expired",
}
_PAGE_BYTES = 4_000_000
"""So large a `put_many` makes its requests, unless a single item is larger."""


class ItemKeywords(TypedDict, total=False):
    """The fields of `ItemOptions`, as keywords of `Queue.put`."""

    priority: int
    delay: float
    time_to_live: float | None
    key: str
    unique_key: str
    weight: int
    at: datetime | None
    expires_at: datetime | None


class QueueKeywords(TypedDict, total=False):
    """The shape of a queue, as keywords of `Polyproc.queue`."""

    order: Order
    joinable: bool | Literal["return", "done"]
    max_attempts: int
    dead_letters: Queue[Any] | str | None
    dead_letter_expired: bool
    unique_window: float | None
    fair: bool
    max_out_per_key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOptions:
    """How a queue treats an item. All of it may be left out."""

    priority: int = 0
    """Lower ones are got first; of a queue whose order is "priority" alone."""

    delay: float = 0.0
    """For how many seconds nobody can get it."""

    time_to_live: float | None = None
    """For how many seconds it can be got, from when it first can; None: for ever."""

    key: str = ""
    """What it belongs to, for `max_out_per_key` and turns."""

    unique_key: str = ""
    """Refuses a second item of the same text while this one is there or out, and for the queue's
    `unique_window`."""

    weight: int = 0
    """How many items of its key are got in the turn of that; of a queue that is fair alone."""

    at: datetime | None = None
    """Nobody can get it before, instead of `delay`. Each put makes a delay of it by this machine's
    clock. An instant that is past means at once."""

    expires_at: datetime | None = None
    """It can be got until then, instead of `time_to_live`, likewise."""

    def _fill(self, message: queue_pb2.QueueItemOptions, now: float) -> None:
        """Writes them for a put at that time."""
        message.SetInParent()
        message.priority = self.priority
        message.key = self.key
        message.unique_key = self.unique_key
        message.weight = self.weight
        delay = self.delay
        if self.at is not None:
            if delay:
                raise ValueError("Expected a delay or an instant, but got both delay and at")
            delay = max(0.0, _instant("at", self.at) - now)
        if delay:
            message.delay.CopyFrom(seconds(delay))
        left = self.time_to_live
        if self.expires_at is not None:
            if left is not None:
                raise ValueError(
                    "Expected a time to live or an instant, but got both time_to_live and"
                    " expires_at"
                )
            left = _instant("expires_at", self.expires_at) - now - delay
            if left <= 0:
                raise ValueError(
                    "Expected an item to expire after it can first be got, but it is to expire at"
                    f" {self.expires_at}, and is put with a delay of {delay:g} s"
                )
        if left is not None:
            message.time_to_live.CopyFrom(seconds(left))

    @classmethod
    def _of(cls, message: queue_pb2.QueueItemOptions) -> ItemOptions:
        return cls(
            priority=message.priority,
            delay=_length(message.delay),
            time_to_live=_length(message.time_to_live)
            if message.HasField("time_to_live")
            else None,
            key=message.key,
            unique_key=message.unique_key,
            weight=message.weight,
        )


_NO_OPTIONS = ItemOptions()


def _instant(what: str, instant: datetime) -> float:
    if instant.tzinfo is None:
        raise ValueError(
            f"Expected a datetime with a time zone, as datetime.now(timezone.utc), but {what} is"
            f" {instant}"
        )
    return instant.timestamp()


def _length(duration: Duration) -> float:
    return duration.seconds + duration.nanos / 1e9


def _utc(timestamp: Timestamp) -> datetime:
    return timestamp.ToDatetime(UTC)


def _name_of(origin: Queue[Any] | str | None) -> str:
    return origin.name if isinstance(origin, Queue) else origin or ""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """How an item became a dead letter."""

    origin: Ref
    """The queue that it comes from."""

    attempts: int
    """How often it was handed out there, and not released."""

    cause: Literal["attempts", "given up", "expired"]
    """Why: its attempts were used up, who had it gave it up, or its time to live was over."""

    first: datetime
    """When it could first be got."""

    last: datetime
    """When it became a dead letter."""

    last_consumer: Party | None
    """Who had it last; None when nobody did."""


def _dead_letter(message: queue_pb2.QueueDeadLetter) -> DeadLetter:
    return DeadLetter(
        Ref.of(message.origin),
        message.attempts,
        _CAUSES.get(message.cause, "given up"),
        _utc(message.first),
        _utc(message.last),
        Party.of(message.last_consumer) if message.HasField("last_consumer") else None,
    )


@dataclass(frozen=True, slots=True)
class QueueTotals:
    """How often something happened since a queue was created."""

    puts: int
    """Items that came: put, moved back, or as dead letters."""

    gets: int
    """Items that were handed out, each as often as it was."""

    returns: int
    """Items that came back."""

    dead_letters: int
    """Items that became dead letters, in another queue."""

    expired: int
    """Items whose time to live was over."""

    duplicates: int
    """Items that were not put, as their unique keys were taken."""


@dataclass(frozen=True, slots=True)
class QueueInfo:
    """What is in a queue, and who waits, at one instant."""

    size: int
    """Items that can be got."""

    reserved: int
    """Items that are reserved."""

    delayed: int
    """Items whose delay is not over."""

    in_hand: int
    """Items that were got and are not finished, and would come back."""

    unfinished: int
    """Items that are not finished, of a queue that can be joined."""

    capacity: int
    """How many items it holds at most."""

    waiting_gets: int
    """Gets that wait."""

    waiting_puts: int
    """Puts that wait."""

    waiting_joins: int
    """Joins that wait."""

    is_shut_down: bool
    """Whether it was shut down."""

    is_paused: bool
    """Whether it is paused."""

    oldest_item_age: float | None
    """For how many seconds the oldest item has been there to be got; None when there is none."""

    oldest_reservation_age: float | None
    """For how many seconds the oldest item that is out has been so; None when there is none."""

    totals: QueueTotals
    """What happened since it was created."""


class PutManyFull(queue.Full):
    """There was not room for all items in time."""

    def __init__(self, put: int) -> None:
        super().__init__(put)
        self.put = put
        """How many of the items, from the first on, are in the queue nevertheless."""


class _Carrier(Generic[T]):
    """Something with an item in it, which may be one that the codec does not read."""

    __slots__ = ("_failure", "_item")

    _item: T

    def __init__(self, read: Callable[[Value], T], value: Value) -> None:
        self._failure: Exception | None = None
        try:
            self._item = read(value)
        except Exception as e:
            self._failure = e

    @property
    def item(self) -> T:
        """The item.

        Raises:
            UnexpectedValue: It is not what the queue's codec reads.
        """
        if self._failure is not None:
            raise self._failure
        return self._item


class QueuedItem(_Carrier[T]):
    """An item that is in a queue, as it was when one looked: nothing keeps others from it."""

    __slots__ = ("_details", "place")

    place: int
    """Its place in the queue, which is never another item's."""

    def __init__(
        self,
        read: Callable[[Value], T],
        value: Value,
        place: int,
        details: queue_pb2.QueueItemDetails,
    ) -> None:
        super().__init__(read, value)
        self.place = place
        self._details = details

    @property
    def options(self) -> ItemOptions:
        """As it was put."""
        return ItemOptions._of(self._details.options)

    @property
    def attempts(self) -> int:
        """How often it was handed out, and not released."""
        return self._details.attempts

    @property
    def first(self) -> datetime:
        """When it can first be got, or could."""
        return _utc(self._details.first)

    @property
    def expires(self) -> datetime | None:
        """When its time to live is over; None when that is not limited."""
        return _utc(self._details.expires) if self._details.HasField("expires") else None

    @property
    def dead_letter(self) -> DeadLetter | None:
        """How it became a dead letter; None when it is none."""
        return (
            _dead_letter(self._details.dead_letter)
            if self._details.HasField("dead_letter")
            else None
        )

    def __repr__(self) -> str:
        return f"<QueuedItem at {self.place}>"


class Delivery(_Carrier[T]):
    """An item that is reserved until it is acknowledged, for the session that reserved it.

    In a `with` statement it is acknowledged at the end, or rejected when an exception leaves it,
    unless one of both was done already. What comes after the first of them does nothing.
    """

    __slots__ = ("_message", "_open", "_queue")

    def __init__(
        self, origin: Queue[T], message: queue_pb2.QueueGetResponse | queue_pb2.QueueDelivery
    ) -> None:
        super().__init__(origin._read, message.item)
        self._queue = origin
        self._message = message
        self._open = [True]

    @property
    def attempt(self) -> int:
        """How often the item was handed out and not released, this time included."""
        return self._message.attempt

    @property
    def options(self) -> ItemOptions:
        """As the item was put; of an instant, the delay or the time to live that it was."""
        return ItemOptions._of(self._message.options)

    @property
    def key(self) -> str:
        """The item's key; empty when it has none."""
        return self._message.options.key

    @property
    def dead_letter(self) -> DeadLetter | None:
        """How the item became a dead letter; None when it is none."""
        message = self._message
        return _dead_letter(message.dead_letter) if message.HasField("dead_letter") else None

    @property
    def reservation(self) -> int:
        """The number of the reservation."""
        return self._message.reservation

    def acknowledge(self) -> None:
        """The item is done with.

        Raises:
            Error: With the reason RESERVATION_ENDED: somebody else has the item, or will have it.
        """
        self._settle(
            _ACKNOWLEDGE,
            queue_pb2.QueueAcknowledgeRequest(
                queue=self._queue.name, reservation=self._message.reservation
            ),
        )

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

    def _rejection(
        self, release: bool = False, give_up: bool = False
    ) -> queue_pb2.QueueRejectRequest:
        return queue_pb2.QueueRejectRequest(
            queue=self._queue.name,
            reservation=self._message.reservation,
            release=release,
            give_up=give_up,
        )

    def _settle(self, method: Method[Any, Any], request: Any) -> None:
        """Ends the reservation, unless somebody does already."""
        try:
            self._open.pop()
        except IndexError:
            return
        try:
            self._queue._call(method, request)
        except BaseException as e:
            if not (isinstance(e, Error) and e.reason == Reason.RESERVATION_ENDED):
                self._open.append(True)
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
            self.acknowledge()
            return
        try:
            self.reject()
        except Error as e:
            # The item is back, or will be: what is to be heard of is the error.
            error.add_note(f"The item could not be rejected: {e}")

    def __repr__(self) -> str:
        return f"<Delivery {self.reservation} of {self._queue.name!r}, attempt {self.attempt}>"


class Consumer(Generic[T]):
    """Reserves items as they come, for a `for` statement.

    It ends when the queue was shut down and is empty. `close`, and the end of a `with` statement,
    releases what it has reserved ahead. Several threads may ask one consumer.
    """

    __slots__ = ("__weakref__", "_ahead", "_finalizer", "_reserve")

    def __init__(
        self, origin: Queue[T], prefetch: int, timeout: float | None, reserved_for: float | None
    ) -> None:
        if prefetch < 1:
            raise ValueError(f"Expected to reserve at least 1 item, but prefetch is {prefetch}")
        ahead: collections.deque[Delivery[T]] = collections.deque()
        self._ahead = ahead

        def reserve() -> list[Delivery[T]]:
            return origin.reserve_many(prefetch, timeout, reserved_for=reserved_for)

        self._reserve: Callable[[], list[Delivery[T]]] | None = reserve
        self._finalizer = weakref.finalize(self, _release_later, origin, ahead)
        self._finalizer.atexit = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Delivery[T]:
        while True:
            try:
                return self._ahead.popleft()
            except IndexError:
                pass
            reserve = self._reserve
            if reserve is None:
                raise StopIteration
            try:
                more = reserve()
            except ShutDown:
                raise StopIteration from None
            if not more:
                raise StopIteration
            self._ahead.extend(more)

    def close(self) -> None:
        """Releases what was reserved ahead, and ends. What it has handed out stays reserved."""
        self._reserve = None
        try:
            while True:
                self._ahead.popleft().release()
        except IndexError:
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _release_later(origin: Queue[T], ahead: collections.deque[Delivery[T]]) -> None:
    """Has the client release what a consumer left behind that nobody has any more.

    It may be collected at any point of this very client's code, which is why nothing is sent here.
    """
    for delivery in ahead:
        origin._client._released.append(
            (_REJECT.fields, delivery._rejection(release=True).SerializeToString(), origin._fields)
        )


class PendingPut:
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
        return _PUT.parse(self._session.result(self._pending, timeout)).accepted


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of dead letters that were to be moved."""

    moved: int
    """How many were moved."""

    stayed: int
    """How many were looked at and stayed, as their queues do not take them."""


class DeadLetters(Generic[T]):
    """The dead letters that are in a queue. To look at them takes nothing."""

    __slots__ = ("_origin", "_queue")

    def __init__(self, holder: Queue[T], origin: str) -> None:
        self._queue = holder
        self._origin = origin

    def __iter__(self) -> Iterator[QueuedItem[T]]:
        """From head to tail; asks for a page when it gets there."""
        for item in self._queue.items():
            letter = item.dead_letter
            if letter is not None and self._origin in ("", letter.origin.name):
                yield item

    def redrive(
        self,
        letters: Iterable[QueuedItem[T]] | None = None,
        *,
        most: int | None = None,
        to: Queue[Any] | str | None = None,
    ) -> Redriven:
        """Moves dead letters back to where they come from, where they begin anew.

        Args:
            letters: which, as far as they are there still; None: all, from the head on.
            most: how many of all at most.
            to: another queue, or its name, that they go to; as where theirs was made anew.
        """
        if letters is None:
            return self._redrive_all(most, _name_of(to))
        if most is not None:
            raise ValueError("Expected letters or a number of them, but got both letters and most")
        moved = stayed = 0
        places = [letter.place for letter in letters]
        page = self._queue._limits().page_size
        for begin in range(0, len(places), page):
            request = queue_pb2.QueueRedriveRequest(
                queue=self._queue.name,
                destination=_name_of(to),
                places=places[begin : begin + page],
            )
            response = self._queue._call(_REDRIVE, request)
            moved += response.moved
            stayed += response.stayed
        return Redriven(moved, stayed)

    def _redrive_all(self, most: int | None, destination: str) -> Redriven:
        if most is not None and most < 1:
            raise ValueError(f"Expected to move at least 1, but most is {most}")
        moved = stayed = 0
        page = self._queue._limits().page_size
        request = queue_pb2.QueueRedriveRequest(
            queue=self._queue.name, origin=self._origin, destination=destination
        )
        while True:
            request.max = page if most is None else min(page, most - moved)
            response = self._queue._call(_REDRIVE, request)
            moved += response.moved
            stayed += response.stayed
            request.page_token = response.next_page_token
            if not request.page_token or moved == most:
                return Redriven(moved, stayed)


class Queue(Handle, Generic[T]):
    """A queue, as `queue.Queue`, shared by all programs.

    Items are handed out once, in the queue's order; who waits longest is served first. What a
    program has got without hearing of it when it dies goes back, and so does what it has reserved.
    """

    __slots__ = ("_capacity", "_codec", "_get_request", "_read", "_write")

    _KIND: ClassVar[int] = object_pb2.OBJECT_KIND_QUEUE

    def __init__(
        self,
        client: Polyproc,
        ref: object_pb2.Ref,
        codec: Codec[T] = PLAIN,
    ) -> None:
        super().__init__(client, ref)
        self._codec = codec
        self._write = writer(codec)
        self._read = reader(codec, client._handle)
        self._get_request = queue_pb2.QueueGetRequest(queue=ref.name)
        self._capacity = 0

    @classmethod
    def _create(
        cls,
        client: Polyproc,
        name: str | None,
        maxsize: int,
        codec: Codec[T],
        order: Order,
        joinable: bool | Literal["return", "done"],
        max_attempts: int,
        dead_letters: Queue[Any] | str | None,
        dead_letter_expired: bool,
        unique_window: float | None,
        fair: bool,
        max_out_per_key: int,
    ) -> Queue[T]:
        if order not in _ORDERS:
            raise ValueError(f"Expected one of {', '.join(_ORDERS)}, but order is {order!r}")
        if joinable not in _UNFINISHED:
            raise ValueError(f"Expected a bool, 'return' or 'done', but joinable is {joinable!r}")
        request = queue_pb2.QueueCreateRequest(
            queue=name or "",
            maxsize=max(0, maxsize),
            lifetime=object_pb2.LIFETIME_PERSISTENT if name else object_pb2.LIFETIME_REFERENCED,
            max_attempts=max_attempts,
            dead_letter_queue=_name_of(dead_letters),
            order=_ORDERS[order],
            unfinished=_UNFINISHED[joinable],
            max_out_per_key=max_out_per_key,
            fair=fair,
            dead_letter_expired=dead_letter_expired,
        )
        if unique_window is not None:
            request.unique_window.CopyFrom(seconds(unique_window))
        made = cls(client, client._call(_CREATE, request).ref, codec)
        made._capacity = request.maxsize or made._limits().queue_items
        return made

    # Putting.

    def put(
        self,
        item: T,
        block: bool = True,
        timeout: float | None = None,
        *,
        end: End | None = None,
        **options: Unpack[ItemKeywords],
    ) -> bool:
        """Puts an item; waits for room.

        Args:
            item: what to put.
            block: whether to wait for room.
            timeout: for how many seconds at most; None: for ever.
            end: "head" or "tail", instead of where the queue's order says.
            options: how it is treated: the fields of `ItemOptions`.

        Returns:
            Whether it was put: False when its `unique_key` is taken.

        Raises:
            queue.Full: There was no room in time.
            ShutDown: The queue was shut down.
            TypeError: There is no value for the item.
        """
        request = self._put_request(item, end, options)
        if not block:
            request.timeout.SetInParent()
        elif timeout is not None:
            request.timeout.CopyFrom(_time(timeout))
        response = self._call(_PUT, request)
        if not response.accepted and not response.duplicate:
            raise queue.Full
        return response.accepted

    def put_nowait(
        self, item: T, *, end: End | None = None, **options: Unpack[ItemKeywords]
    ) -> bool:
        """Puts an item if there is room, as `put` with `block=False`."""
        return self.put(item, False, end=end, **options)

    def put_async(
        self, item: T, *, end: End | None = None, **options: Unpack[ItemKeywords]
    ) -> PendingPut:
        """Puts an item, and does not wait until it is put: `result` of what is returned does.

        Items are put in the order of the calls of a thread. While the queue is full they wait at
        the daemon; when many do, this waits, too. What comes of it is heard by `result` alone.
        """
        return PendingPut(*self._post(_PUT, self._put_request(item, end, options)))

    def _put_request(
        self, item: T, end: End | None, options: ItemKeywords
    ) -> queue_pb2.QueuePutRequest:
        request = queue_pb2.QueuePutRequest(queue=self._ref.name)
        self._write(request.item, item)
        if options:
            ItemOptions(**options)._fill(request.options, time.time())
        if end is not None:
            request.end = _end(end)
        return request

    def put_many(
        self,
        items: Iterable[T],
        block: bool = True,
        timeout: float | None = None,
        *,
        end: End | None = None,
        options: ItemOptions | Callable[[T], ItemOptions] | None = None,
    ) -> list[int]:
        """Puts items, in calls of about a thousand: those of one call all at once, or none.

        Args:
            items: what to put; of an iterator, a thousand at a time.
            block: whether to wait for room.
            timeout: for how many seconds at most; None: for ever.
            end: "head" or "tail", instead of where the queue's order says. At the head the last of
                a thousand is the first to be got.
            options: how they are treated: all alike, or what a function says of each.

        Returns:
            The positions of those that were not put, as their unique keys are taken.

        Raises:
            PutManyFull: There was not room for all in time. It is a `queue.Full`, and says how many
                were put.
            ShutDown: The queue was shut down; those of calls before are in it.
        """
        until = None if timeout is None else time.monotonic() + _checked(timeout)
        duplicates: list[int] = []
        put = 0
        for request in self._put_pages(items, end, options):
            if not block:
                request.timeout.SetInParent()
            elif until is not None:
                request.timeout.CopyFrom(seconds(until - time.monotonic()))
            response = self._call(_PUT_MANY, request)
            if not response.accepted:
                raise PutManyFull(put)
            if response.duplicates:
                duplicates.extend(put + position for position in response.duplicates)
            put += len(request.items)
        return duplicates

    def _put_pages(
        self,
        items: Iterable[T],
        end: End | None,
        options: ItemOptions | Callable[[T], ItemOptions] | None,
    ) -> Iterator[queue_pb2.QueuePutManyRequest]:
        limits = self._limits()
        if not self._capacity:
            self._capacity = self.info().capacity
        most = min(limits.page_size, self._capacity)
        write = self._write
        rest = iter(items)
        now = time.time()
        while page := list(itertools.islice(rest, most)):
            request = queue_pb2.QueuePutManyRequest(queue=self._ref.name, end=_end(end))
            add = request.items.add
            for item in page:
                write(add(), item)
            if callable(options):
                for item in page:
                    options(item)._fill(request.options.add(), now)
            elif options is not None:
                options._fill(request.options.add(), now)
            yield from _within(request, min(limits.request_bytes, _PAGE_BYTES))

    # Getting.

    def get(self, block: bool = True, timeout: float | None = None, *, end: End | None = None) -> T:
        """Takes an item; waits for one.

        Args:
            block: whether to wait for one.
            timeout: for how many seconds at most; None: for ever.
            end: "head" or "tail"; by default the head.

        Raises:
            queue.Empty: There was none in time.
            ShutDown: The queue was shut down, and is empty.
            UnexpectedValue: The item is not what the codec reads. It is taken nevertheless, and is
                the error's `value`.
        """
        if block and timeout is None and end is None:
            response = self._call(_GET, self._get_request)
        else:
            response = self._call(_GET, self._getting(block, timeout, end))
            if not response.HasField("item"):
                raise queue.Empty
        try:
            return self._read(response.item)
        except UnexpectedValue as e:
            raise e.taken(response.item) from e.__cause__

    def get_nowait(self, *, end: End | None = None) -> T:
        """Takes an item if there is one, as `get` with `block=False`."""
        return self.get(False, end=end)

    def get_many(
        self,
        most: int | None = None,
        block: bool = True,
        timeout: float | None = None,
        *,
        end: End | None = None,
    ) -> list[T]:
        """Takes items that are there; waits for the first.

        Args:
            most: how many at most; None: as many as one call answers, about a thousand.
            block: whether to wait for the first.
            timeout: for how many seconds at most; None: for ever.
            end: "head" or "tail"; by default the head.

        Returns:
            The items; none when none came in time.

        Raises:
            ShutDown: The queue was shut down, and is empty.
            UnexpectedValue: An item is not what the codec reads. All are taken nevertheless, and
                are the list that is the error's `value`.
        """
        request = self._getting_many(most, block, timeout, end)
        deliveries = self._call(_GET_MANY, request).deliveries
        read = self._read
        try:
            return [read(delivery.item) for delivery in deliveries]
        except UnexpectedValue as e:
            whole = Value()
            whole.list.values.extend(delivery.item for delivery in deliveries)
            raise e.taken(whole) from e.__cause__

    def _getting(
        self, block: bool, timeout: float | None, end: End | None
    ) -> queue_pb2.QueueGetRequest:
        request = queue_pb2.QueueGetRequest(queue=self._ref.name, end=_end(end))
        if not block:
            request.timeout.SetInParent()
        elif timeout is not None:
            request.timeout.CopyFrom(_time(timeout))
        return request

    def _getting_many(
        self, most: int | None, block: bool, timeout: float | None, end: End | None
    ) -> queue_pb2.QueueGetManyRequest:
        if most is not None and most < 1:
            raise ValueError(f"Expected to get at least 1 item, but most is {most}")
        page = self._limits().page_size
        request = queue_pb2.QueueGetManyRequest(
            queue=self._ref.name, max=page if most is None else min(most, page), end=_end(end)
        )
        if not block:
            request.timeout.SetInParent()
        elif timeout is not None:
            request.timeout.CopyFrom(_time(timeout))
        return request

    # Reserving.

    def reserve(
        self,
        timeout: float | None = None,
        *,
        reserved_for: float | None = None,
        end: End | None = None,
    ) -> Delivery[T]:
        """Reserves an item until it is acknowledged; waits for one.

        It goes back when the session ends, be it by `kill -9`. In a `with` statement it is
        acknowledged at the end, and rejected when an exception leaves that.

        Args:
            timeout: for how many seconds to wait at most; None: for ever; 0: not at all.
            reserved_for: after how many seconds it goes back in any case, as from a program that
                hangs; None: never.
            end: "head" or "tail"; by default the head.

        Raises:
            queue.Empty: There was none in time.
            ShutDown: The queue was shut down, and is empty.
        """
        request = self._getting(True, timeout, end)
        request.reserve = True
        if reserved_for is not None:
            request.reservation_timeout.CopyFrom(seconds(reserved_for))
        response = self._call(_GET, request)
        if not response.HasField("item"):
            raise queue.Empty
        return Delivery(self, response)

    def reserve_many(
        self,
        most: int | None = None,
        timeout: float | None = None,
        *,
        reserved_for: float | None = None,
        end: End | None = None,
    ) -> list[Delivery[T]]:
        """Reserves items that are there, each for itself; waits for the first.

        Args:
            most: how many at most; None: as many as one call answers, about a thousand.
            timeout: for how many seconds to wait at most; None: for ever; 0: not at all.
            reserved_for: after how many seconds they go back in any case; None: never.
            end: "head" or "tail"; by default the head.

        Returns:
            The items; none when none came in time.

        Raises:
            ShutDown: The queue was shut down, and is empty.
        """
        request = self._getting_many(most, True, timeout, end)
        request.reserve = True
        if reserved_for is not None:
            request.reservation_timeout.CopyFrom(seconds(reserved_for))
        return [Delivery(self, each) for each in self._call(_GET_MANY, request).deliveries]

    def consume(
        self,
        prefetch: int = 1,
        timeout: float | None = None,
        *,
        reserved_for: float | None = None,
    ) -> Consumer[T]:
        """Reserves items as they come, for a `for` statement; each is settled by whoever has it.

            for job in jobs.consume():
                with job:
                    print(job.item)

        What is reserved ahead counts as handed out: it comes back with its attempt one higher when
        the program dies. Where one item may take its program with it, leave `prefetch` at 1.

        Args:
            prefetch: how many items to reserve at once. Above 1, `close` the consumer, or have it
                in a `with` statement, when a `for` statement may be left before its end.
            timeout: ends when none came for so many seconds; None: waits for ever.
            reserved_for: after how many seconds each goes back in any case; None: never.

        Returns:
            The items, until the queue was shut down and is empty.
        """
        return Consumer(self, prefetch, timeout, reserved_for)

    # Looking.

    def peek(self, *, end: End | None = None) -> T:
        """The item that the next `get` takes, which stays there.

        Raises:
            queue.Empty: There is none.
        """
        request = queue_pb2.QueuePeekRequest(queue=self._ref.name, end=_end(end))
        response = self._call(_PEEK, request)
        if not response.HasField("item"):
            raise queue.Empty
        return self._read(response.item)

    def items(self) -> Iterator[QueuedItem[T]]:
        """The items from head to tail, which stay there, and behind them those that are delayed.

        It asks for a page when it gets there; what is put or got meanwhile may be missed.
        """
        request = queue_pb2.QueueListRequest(
            queue=self._ref.name, return_places=True, return_details=True
        )
        while True:
            response = self._call(_LIST, request)
            for value, place, details in zip(
                response.items, response.places, response.details, strict=True
            ):
                yield QueuedItem(self._read, value, place, details)
            request.page_token = response.next_page_token
            if not request.page_token:
                return

    def contains(self, item: T) -> bool:
        """Whether an equal item is there, delayed ones included."""
        request = queue_pb2.QueueContainsRequest(queue=self._ref.name)
        self._write(request.item, item)
        return self._call(_CONTAINS, request).contains

    def qsize(self) -> int:
        """How many items can be got."""
        return self.info().size

    def empty(self) -> bool:
        """Whether there is nothing to be got, at this instant."""
        return self.info().size == 0

    def full(self) -> bool:
        """Whether there is no room, at this instant."""
        info = self.info()
        return info.size + info.delayed >= info.capacity

    def info(self) -> QueueInfo:
        """What is in it, who waits, and what happened so far."""
        found = self._call(_SIZE, queue_pb2.QueueSizeRequest(queue=self._ref.name))
        totals = found.totals
        return QueueInfo(
            size=found.size,
            reserved=found.reserved,
            delayed=found.delayed,
            in_hand=found.in_hand,
            unfinished=found.unfinished,
            capacity=found.capacity,
            waiting_gets=found.waiting_gets,
            waiting_puts=found.waiting_puts,
            waiting_joins=found.waiting_joins,
            is_shut_down=found.closed,
            is_paused=found.paused,
            oldest_item_age=_length(found.oldest_item_age)
            if found.HasField("oldest_item_age")
            else None,
            oldest_reservation_age=_length(found.oldest_reservation_age)
            if found.HasField("oldest_reservation_age")
            else None,
            totals=QueueTotals(
                totals.puts,
                totals.gets,
                totals.returns,
                totals.dead_letters,
                totals.expired,
                totals.duplicates,
            ),
        )

    # Removing.

    def remove(self, item: T | QueuedItem[T]) -> bool:
        """Removes the first equal item, or that very one which `items` has shown.

        Returns:
            Whether it was there.
        """
        request = queue_pb2.QueueRemoveRequest(queue=self._ref.name)
        if isinstance(item, QueuedItem):
            request.place = item.place
        else:
            self._write(request.item, item)
        return self._call(_REMOVE, request).removed

    def clear(self) -> int:
        """Removes all items, delayed ones too; reserved ones stay reserved.

        Returns:
            How many there were.
        """
        return self._call(_CLEAR, queue_pb2.QueueClearRequest(queue=self._ref.name)).removed

    def dead_letters(self, origin: Queue[Any] | str | None = None) -> DeadLetters[T]:
        """Those items of this queue that are dead letters of others.

        Args:
            origin: the queue, or its name, that they come from; None: any.
        """
        return DeadLetters(self, _name_of(origin))

    # Being joined.

    def task_done(self) -> None:
        """Says that an item is finished: the oldest that this thread has got.

        Else the oldest that this program has got, then that anybody has.

        Raises:
            TaskDoneTooOften: No item is unfinished. It is a `ValueError`.
            Error: With the reason NOT_JOINABLE: the queue was not created with `joinable`.
        """
        self._call(_TASK_DONE, queue_pb2.QueueTaskDoneRequest(queue=self._ref.name))

    def join(self, timeout: float | None = None) -> bool:
        """Waits until all items are finished.

        Args:
            timeout: for how many seconds at most; None: for ever.

        Returns:
            Whether they were in time.

        Raises:
            Error: With the reason NOT_JOINABLE: the queue was not created with `joinable`.
        """
        request = queue_pb2.QueueJoinRequest(queue=self._ref.name)
        if timeout is not None:
            request.timeout.CopyFrom(seconds(timeout))
        return self._call(_JOIN, request).joined

    # For everybody.

    def shutdown(self, immediate: bool = False) -> None:
        """Shuts the queue down for good: puts are refused at once, gets once it is empty.

        Args:
            immediate: whether to remove what is there, and what would come back.
        """
        self._call(
            _SHUTDOWN,
            queue_pb2.QueueShutdownRequest(queue=self._ref.name, immediate=immediate),
        )

    def pause(self) -> None:
        """Has gets wait until `resume`. Puts go on, and so do delays and times to live."""
        self._call(_PAUSE, queue_pb2.QueuePauseRequest(queue=self._ref.name))

    def resume(self) -> None:
        """Lets items be got again."""
        self._call(_RESUME, queue_pb2.QueueResumeRequest(queue=self._ref.name))

    def delete(self) -> None:
        """Deletes the queue with all its items. Calls that wait for it fail."""
        self._call(_DELETE, queue_pb2.QueueDeleteRequest(queue=self._ref.name))

    def _limits(self) -> Any:
        return self._client._session_now().opened.limits

    @property
    def _fields(self) -> bytes:
        return OWNER.field + self._call_fields


def _checked(timeout: float) -> float:
    if timeout < 0:
        raise ValueError("'timeout' must be a non-negative number")
    return timeout


def _time(timeout: float) -> Duration:
    return seconds(_checked(timeout))


def _end(end: End | None) -> queue_pb2.QueueEnd:
    found = _ENDS.get(end)
    if found is None:
        raise ValueError(f"Expected 'head', 'tail' or None, but end is {end!r}")
    return found


def _within(
    request: queue_pb2.QueuePutManyRequest, most: int
) -> Iterator[queue_pb2.QueuePutManyRequest]:
    """The request, or several where it is too large for one."""
    count = len(request.items)
    if count == 1 or request.ByteSize() <= most:
        yield request
        return
    half = count // 2
    for begin, end in ((0, half), (half, count)):
        part = queue_pb2.QueuePutManyRequest(queue=request.queue, end=request.end)
        part.items.extend(request.items[begin:end])
        part.options.extend(
            request.options[begin:end] if len(request.options) == count else request.options
        )
        yield from _within(part, most)
