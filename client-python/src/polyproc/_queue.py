"""Queues: items that any number of programs put and get."""

from __future__ import annotations

import itertools
import queue
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, Never, TypedDict, TypeVar, Unpack

from google.protobuf.duration_pb2 import Duration

from polyproc import _frames
from polyproc._deliveries import PUT, Consumer, Delivery, PendingPut, UnheardPut
from polyproc._errors import UnexpectedValue
from polyproc._methods import Method
from polyproc._object import (
    OWNER,
    Handle,
    lifetime,
    named,
    seconds,
    time_of,
    time_to_wait,
)
from polyproc._packed import packer, unpacker
from polyproc._pages import paged
from polyproc._queue_items import QueuedItem, how_many, name_of
from polyproc._values import PLAIN, Codec, Value, reader, writer
from polyproc.v1 import object_pb2, queue_pb2

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._dead_letters import DeadLetters
    from polyproc._item_options import ItemKeywords, ItemOptions
    from polyproc._queue_info import QueueInfo

T = TypeVar("T")

Order = Literal["fifo", "lifo", "priority"]
End = Literal["head", "tail"]

_CREATE = Method("QueueService/Create", queue_pb2.QueueCreateRequest, queue_pb2.QueueCreateResponse)
_GET = Method("QueueService/Get", queue_pb2.QueueGetRequest, queue_pb2.QueueGetResponse)
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
_TASK_DONE = Method(
    "QueueService/TaskDone", queue_pb2.QueueTaskDoneRequest, queue_pb2.QueueTaskDoneResponse
)
_JOIN = Method("QueueService/Join", queue_pb2.QueueJoinRequest, queue_pb2.QueueJoinResponse)
_PAUSE = Method("QueueService/Pause", queue_pb2.QueuePauseRequest, queue_pb2.QueuePauseResponse)
_RESUME = Method("QueueService/Resume", queue_pb2.QueueResumeRequest, queue_pb2.QueueResumeResponse)

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
_ACCEPTED = queue_pb2.QueuePutResponse(accepted=True).SerializeToString()
_PAGE_BYTES = 4_000_000
"""So large a `put_many` makes its requests, unless a single item is larger."""


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


class PutManyFull(queue.Full):
    """There was not room for all items in time."""

    def __init__(self, put: int) -> None:
        super().__init__(put)
        self.put = put
        """How many of the items, from the first on, are in the queue nevertheless."""


class Queue(Handle, Generic[T]):
    """A queue, as `queue.Queue`, shared by all programs.

    Items are handed out once, in the queue's order; who waits longest is served first. What a
    program has got without hearing of it when it dies goes back, and so does what it has reserved.
    """

    __slots__ = (
        "_capacity",
        "_codec",
        "_get_request",
        "_hears",
        "_pack",
        "_putting",
        "_read",
        "_unpack",
        "_write",
    )

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        codec: Codec[T] = PLAIN,
    ) -> None:
        super().__init__(client, ref, is_retained)
        self._take_codec(codec)
        self._get_request = _frames.field(1, ref.name.encode())
        self._putting = self._get_request + b"\x12"
        self._capacity = 0
        self._hears = False
        """Whether its calls that wait raise `PutRefused`, for puts that nobody hears of."""

    def _take_codec(self, codec: Codec[Any]) -> None:
        """From now on: a handle that came within a value is of plain data."""
        self._codec = codec
        self._write = writer(codec)
        self._read: Callable[[Value], T] = reader(codec, self._client._handle)
        self._pack = packer(codec)
        self._unpack = unpacker(codec)

    @classmethod
    def _create(
        cls,
        client: Client,
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
            queue=named(name),
            maxsize=max(0, maxsize),
            lifetime=lifetime(name),
            max_attempts=max_attempts,
            dead_letter_queue=name_of(dead_letters),
            order=_ORDERS[order],
            unfinished=_UNFINISHED[joinable],
            max_out_per_key=max_out_per_key,
            fair=fair,
            dead_letter_expired=dead_letter_expired,
        )
        if unique_window is not None:
            request.unique_window.CopyFrom(seconds(unique_window))
        made = cls(client, client._call(_CREATE, request).ref, codec=codec)
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
        if block is not True and not _waits(block):
            request += _frames.field(3, b"")
        elif timeout is not None:
            request += _frames.field(3, _time(timeout).SerializeToString())
        answer = self._call_bytes(PUT.fields, request)
        if answer == _ACCEPTED:
            return True
        response = PUT.read(answer)
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
        return PendingPut(*self._post(PUT.fields, self._put_request(item, end, options)))

    def _put_unheard(self, item: T, refused: Callable[[UnheardPut], object]) -> None:
        """Puts an item as `put_async`; nobody asks for its result.

        Args:
            item: what to put.
            refused: told where it is not put, by whatever thread hears of it, in the middle of a
                call: it may make none.
        """
        session = self._client._session_now()
        session._post(
            UnheardPut(
                PUT.fields,
                self._putting + self._pack(item),
                OWNER.field + self._call_fields,
                refused,
            )
        )

    def _put_request(self, item: T, end: End | None, options: ItemKeywords) -> bytes:
        request = self._putting + self._pack(item)
        if options or end is not None:
            more = queue_pb2.QueuePutRequest(end=_end(end))
            if options:
                from polyproc._item_options import keywords_of

                keywords_of(options)._fill(more.options, time.time())
            request += more.SerializeToString()
        return request

    def put_many(
        self,
        items: Iterable[T],
        block: bool = True,
        timeout: float | None = None,
        *,
        end: End | None = None,
        options: ItemOptions | Callable[[T], ItemOptions] | None = None,
        **others: Never,
    ) -> list[int]:
        """Puts items, in calls of about a thousand: those of one call all at once, or none.

        Args:
            items: what to put; of an iterator, a thousand at a time.
            block: whether to wait for room.
            timeout: for how many seconds at most; None: for ever.
            end: "head" or "tail", instead of where the queue's order says. At the head the last of
                a thousand is the first to be got.
            options: how they are treated: all alike, or what a function says of each.
            others: none; what `put` has keywords for is said by `options`.

        Returns:
            The positions of those that were not put, as their unique keys are taken.

        Raises:
            PutManyFull: There was not room for all in time. It is a `queue.Full`, and says how many
                were put.
            ShutDown: The queue was shut down; those of calls before are in it.
            ValueError: What `options` say makes no sense, or an item's `expires_at` was past before
                its call was made; likewise.
        """
        if others:
            raise TypeError(
                "Expected options=ItemOptions(...) to say how items are treated, but got"
                f" {', '.join(others)} as of put"
            )
        waits = _waits(block)
        until = None if timeout is None or not waits else time.monotonic() + _checked(timeout)
        duplicates: list[int] = []
        put = 0
        for request in self._put_pages(items, end, options):
            if not waits:
                request.timeout.SetInParent()
            elif until is not None:
                request.timeout.CopyFrom(time_to_wait(until - time.monotonic()))
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
            self._capacity = self._size().capacity
        most = min(limits.page_size, self._capacity)
        write = self._write
        rest = iter(items)
        while page := list(itertools.islice(rest, most)):
            request = queue_pb2.QueuePutManyRequest(queue=self._ref.name, end=_end(end))
            add = request.items.add
            for item in page:
                write(add(), item)
            treated: list[ItemOptions] = []
            if callable(options):
                treated = [options(item) for item in page]
            elif options is not None:
                treated = [options]
            if treated:
                _treat(request, treated)
            begin = 0
            for part in _within(request, min(limits.request_bytes, _PAGE_BYTES)):
                end_of_part = begin + len(part.items)
                if begin and treated:  # Those before may have waited for room.
                    _treat(part, treated[begin:end_of_part] if callable(options) else treated)
                begin = end_of_part
                yield part

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
        if block is True and timeout is None and end is None:
            request = self._get_request
        else:
            request = self._getting(block, timeout, end).SerializeToString()
        item, failure = self._call_reading(_GET.fields, request, self._item_of)
        if failure is not None:
            try:
                raise failure
            finally:
                del failure  # Its traceback has this frame.
        return item  # type: ignore[no-any-return] # A cast would be a call.

    def _item_of(self, response: bytes) -> tuple[Any, Exception | None]:
        item = self._unpack(response)
        if item is not None:
            return item, None
        got = _GET.read(response)
        if not got.HasField("item"):
            return None, queue.Empty()
        try:
            return self._read(got.item), None
        except UnexpectedValue as e:
            return None, e.taken(got.item)

    def _get_numbered(
        self, block: bool, timeout: float | None, note: Callable[[int], object]
    ) -> tuple[T | None, Exception | None]:
        """Takes an item as `get`, and notes by which number it is in hand, of a joinable queue.

        Args:
            block: as of `get`.
            timeout: as of `get`.
            note: takes the number; where an exception comes after that, the item may go back.

        Returns:
            The item, and why it cannot be read, though it was taken.
        """
        if block and timeout is None:
            request = self._get_request
        else:
            request = self._getting(block, timeout, None).SerializeToString()
        return self._call_reading(_GET.fields, request, partial(self._numbered_item_of, note))

    def _numbered_item_of(
        self, note: Callable[[int], object], response: bytes
    ) -> tuple[Any, Exception | None]:
        got = _GET.read(response)
        if not got.HasField("item"):
            return None, queue.Empty()
        try:
            item, failure = self._read(got.item), None
        except UnexpectedValue as e:
            item, failure = None, e.taken(got.item)
        if got.reservation:
            note(got.reservation)
        return item, failure

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
        request = self._getting_many(most, block, timeout, end).SerializeToString()
        items, failure = self._call_reading(_GET_MANY.fields, request, self._items_of)
        if failure is not None:
            try:
                raise failure
            finally:
                del failure  # Its traceback has this frame.
        return items

    def _items_of(self, response: bytes) -> tuple[list[T], Exception | None]:
        deliveries = _GET_MANY.read(response).deliveries
        read = self._read
        try:
            return [read(delivery.item) for delivery in deliveries], None
        except UnexpectedValue as e:
            whole = Value()
            whole.list.values.extend(delivery.item for delivery in deliveries)
            return [], e.taken(whole)

    def _getting(
        self, block: bool, timeout: float | None, end: End | None
    ) -> queue_pb2.QueueGetRequest:
        request = queue_pb2.QueueGetRequest(queue=self._ref.name, end=_end(end))
        if not _waits(block):
            request.timeout.SetInParent()
        elif timeout is not None:
            request.timeout.CopyFrom(_time(timeout))
        return request

    def _getting_many(
        self, most: int | None, block: bool, timeout: float | None, end: End | None
    ) -> queue_pb2.QueueGetManyRequest:
        if most is not None and how_many(most) < 1:
            raise ValueError(f"Expected to get at least 1 item, but most is {most}")
        page = self._limits().page_size
        request = queue_pb2.QueueGetManyRequest(
            queue=self._ref.name, max=page if most is None else min(most, page), end=_end(end)
        )
        if not _waits(block):
            request.timeout.SetInParent()
        elif timeout is not None:
            request.timeout.CopyFrom(_time(timeout))
        return request

    # Reserving.

    def reserve(
        self,
        block: bool = True,
        timeout: float | None = None,
        *,
        reserved_for: float | None = None,
        end: End | None = None,
    ) -> Delivery[T]:
        """Reserves an item until it is acknowledged; waits for one.

        It goes back when the session ends, be it by `kill -9`. In a `with` statement it is
        acknowledged at the end, and rejected when an exception leaves that.

        Args:
            block: whether to wait for one.
            timeout: for how many seconds at most; None: for ever.
            reserved_for: after how many seconds it goes back in any case, as from a program that
                hangs; None: never.
            end: "head" or "tail"; by default the head.

        Raises:
            queue.Empty: There was none in time.
            ShutDown: The queue was shut down, and is empty.
        """
        request = self._getting(block, timeout, end)
        request.reserve = True
        if reserved_for is not None:
            request.reservation_timeout.CopyFrom(seconds(reserved_for))
        delivery = self._call_reading(_GET.fields, request.SerializeToString(), self._delivery_of)
        if delivery is None:
            raise queue.Empty
        return delivery

    def _delivery_of(self, response: bytes) -> Delivery[T] | None:
        got = _GET.read(response)
        return Delivery(self, got) if got.HasField("item") else None

    def reserve_many(
        self,
        most: int | None = None,
        block: bool = True,
        timeout: float | None = None,
        *,
        reserved_for: float | None = None,
        end: End | None = None,
    ) -> list[Delivery[T]]:
        """Reserves items that are there, each for itself; waits for the first.

        Args:
            most: how many at most; None: as many as one call answers, about a thousand.
            block: whether to wait for the first.
            timeout: for how many seconds at most; None: for ever.
            reserved_for: after how many seconds they go back in any case; None: never.
            end: "head" or "tail"; by default the head.

        Returns:
            The items; none when none came in time.

        Raises:
            ShutDown: The queue was shut down, and is empty.
        """
        request = self._getting_many(most, block, timeout, end)
        request.reserve = True
        if reserved_for is not None:
            request.reservation_timeout.CopyFrom(seconds(reserved_for))
        return self._call_reading(
            _GET_MANY.fields, request.SerializeToString(), self._deliveries_of
        )

    def _deliveries_of(self, response: bytes) -> list[Delivery[T]]:
        return [Delivery(self, each) for each in _GET_MANY.read(response).deliveries]

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
        for response in paged(self, _LIST, request):
            for value, place, details in zip(
                response.items, response.places, response.details, strict=True
            ):
                yield QueuedItem(self._read, value, place, details)

    def contains(self, item: T) -> bool:
        """Whether an equal item is there, delayed ones included."""
        request = queue_pb2.QueueContainsRequest(queue=self._ref.name)
        self._write(request.item, item)
        return self._call(_CONTAINS, request).contains

    def qsize(self) -> int:
        """How many items can be got."""
        return self._size().size

    def empty(self) -> bool:
        """Whether there is nothing to be got, at this instant."""
        return self._size().size == 0

    def full(self) -> bool:
        """Whether there is no room, at this instant."""
        info = self._size()
        return info.size + info.delayed >= info.capacity

    def info(self) -> QueueInfo:
        """What is in it, who waits, and what happened so far."""
        from polyproc._queue_info import QueueInfo

        return QueueInfo._of(self._size())

    def _size(self) -> queue_pb2.QueueSizeResponse:
        return self._call(_SIZE, queue_pb2.QueueSizeRequest(queue=self._ref.name))

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
        """The dead letters that are in this queue, which other queues have sent here.

        So it is asked of the queue that gets them, which the others name as `dead_letters`. Of a
        queue that sends letters, and gets none, it shows none.

        Args:
            origin: the queue, or its name, that they come from; None: any.
        """
        from polyproc._dead_letters import DeadLetters

        return DeadLetters(self, name_of(origin))

    # Being joined.

    def task_done(self) -> None:
        """Says that an item is finished: the oldest that this thread has got.

        Else the oldest that this program has got, then that anybody has.

        Raises:
            TaskDoneTooOften: No item is unfinished. It is a `ValueError`.
            Error: With the reason NOT_JOINABLE: the queue was not created with `joinable`.
        """
        self._finish(0)

    def _finish(self, number: int) -> None:
        """`task_done`, of the item that is in hand by a number; 0: of whichever is the oldest."""
        request = queue_pb2.QueueTaskDoneRequest(queue=self._ref.name, reservation=number)
        self._call(_TASK_DONE, request)

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
            request.timeout.CopyFrom(time_to_wait(timeout))
        return self._call_reading(_JOIN.fields, request.SerializeToString(), self._joined)

    def _joined(self, response: bytes) -> bool:
        return _JOIN.read(response).joined

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

    def _limits(self) -> Any:
        return self._client._session_now().opened.limits

    def _settings(self) -> tuple[object, ...]:
        return (self._codec,)


def _waits(block: object) -> bool:
    """Whether a call waits; what says so is a bool, or a number that means one, but no time."""
    if isinstance(block, float) or block not in (0, 1):
        raise TypeError(f"Expected a bool, but block is {block!r}; is it meant to be the timeout?")
    return bool(block)


def _checked(timeout: float) -> float:
    if time_of(timeout) < 0:
        raise ValueError("'timeout' must be a non-negative number")
    return timeout


def _time(timeout: float) -> Duration:
    return time_to_wait(_checked(timeout))


def _end(end: End | None) -> queue_pb2.QueueEnd:
    found = _ENDS.get(end)
    if found is None:
        raise ValueError(f"Expected 'head', 'tail' or None, but end is {end!r}")
    return found


def _treat(request: queue_pb2.QueuePutManyRequest, options: Sequence[ItemOptions]) -> None:
    """Says how the items are treated, for a put at this very time."""
    from polyproc._item_options import filled

    del request.options[:]
    now = time.time()
    for each in options:
        filled(each, request.options.add(), now)


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
