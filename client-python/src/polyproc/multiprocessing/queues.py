"""Queues, as in `multiprocessing.queues`: of a daemon, which keeps what is in them.

They derive from the standard library's, so that they are instances of those, and have none of what
these are made of, but for a stand-in of `_reader` and `_writer`.
"""

from __future__ import annotations

import math
import multiprocessing.queues as _standard
import sys
from _thread import get_ident
from multiprocessing import util
from operator import index
from typing import TYPE_CHECKING, Any

from polyproc._errors import Error, Reason, TaskDoneTooOften, UnexpectedValue
from polyproc._pending import PutRefused
from polyproc.multiprocessing import _runtime
from polyproc.multiprocessing._anything import ANYTHING
from polyproc.multiprocessing._newer import refuse_newer
from polyproc.multiprocessing._no_memory import made
from polyproc.multiprocessing._puts import Hand, Puts, await_puts, tell
from polyproc.multiprocessing._queue_ends import QueueReader, QueueWriter
from polyproc.multiprocessing._standard import rest_of
from polyproc.multiprocessing.connection import Pipe

if TYPE_CHECKING:
    from polyproc._queue import Queue as SharedQueue

__all__ = _standard.__all__

_MOST = 2**31 - 1
"""SEM_VALUE_MAX, which stands for no bound."""

_FOR_EVER = 315_360_000.0
"""So long the daemon waits at most: 10 years."""


class Queue(_standard.Queue):  # type: ignore[type-arg]
    """A queue, as `multiprocessing.Queue`, of any number of processes, in any language.

    What is put is pickled at once, so that what cannot be raises here. A put on a queue without
    bounds does not wait until the daemon has it; where it is refused, as when it is too large, a
    `get` or `join` raises that which waits in this thread, or else in this process for this queue;
    else the next call, or the end of the process prints it. All is put by the orderly end of a
    process, by `join_thread`, and by the time that any later call is answered; by `os._exit` and
    `kill -9` the last puts may be lost, as in the standard library. An item is taken for good at
    the process's next call, or its orderly end; until then a `kill -9` brings it back.
    """

    _is_joinable = False

    def __init__(self, maxsize: int = 0, *, ctx: Any) -> None:
        client = _runtime.client()
        maxsize = index(_MOST if maxsize <= 0 else maxsize)
        bound = maxsize if maxsize < client._session_now().opened.limits.queue_items else 0
        queue = made(client.queue, maxsize=bound, codec=ANYTHING, joinable=self._is_joinable)
        self._set(queue, maxsize, bound > 0)

    def _set(self, queue: SharedQueue[Any], maxsize: int, is_bounded: bool) -> None:
        self._queue = queue
        queue._hears = True
        self._maxsize = maxsize
        self._is_bounded = is_bounded
        self._reset()
        util.register_after_fork(self, Queue._after_fork)

    def _reset(self, after_fork: bool = False) -> None:
        """What each process has of its own."""
        self._closed = False
        self._puts = Puts()

    def _after_fork(self) -> None:
        self._reset(after_fork=True)

    def __getstate__(self) -> Any:
        return self._queue, self._maxsize, self._is_bounded

    def __setstate__(self, state: Any) -> None:
        queue, maxsize, is_bounded = state
        queue._take_codec(ANYTHING)
        self._set(queue, maxsize, is_bounded)

    def put(self, obj: Any, block: bool = True, timeout: float | None = None) -> None:
        """Puts an item.

        Args:
            obj: what pickles.
            block: whether to wait for room.
            timeout: for how many seconds at most; None: for ever.

        Raises:
            queue.Full: There was no room in time.
            ValueError: This process has closed the queue.
            Error: What came of a put before.
        """
        if self._closed or self._puts.refusals:
            self._refuse()
        if not self._is_bounded:
            self._queue._put_unheard(obj, self._puts.refused)
        elif block and timeout is None:
            self._queue.put(obj)
        elif not block:
            self._queue.put(obj, False)
        else:
            self._queue.put(obj, True, _seconds(math.fabs(timeout) and timeout))  # type: ignore[arg-type]

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Takes an item.

        Args:
            block: whether to wait for one.
            timeout: for how many seconds at most; None: for ever.

        Raises:
            queue.Empty: There was none in time.
            ValueError: This process has closed the queue.
            Exception: It cannot be unpickled; it is taken nevertheless.
        """
        if self._closed or self._puts.refusals:
            self._refuse()
        try:
            if block and timeout is None:
                return self._queue.get()
            return self._queue.get(True, _left(block, timeout))
        except UnexpectedValue as e:
            raise e.__cause__ or e from None
        except PutRefused as e:
            tell(e)

    def _refuse(self) -> None:
        if self._closed:
            raise ValueError(f"Queue {self!r} is closed")
        self._puts.tell()

    def qsize(self) -> int:
        """How many items are in it."""
        return self._queue.qsize()

    def empty(self) -> bool:
        """Whether there is no item."""
        return self._queue.empty()

    def full(self) -> bool:
        """Whether there is no room."""
        return self._queue.full()

    def close(self) -> None:
        """No more puts and gets of this process; others go on."""
        self._closed = True

    def join_thread(self) -> None:
        """Waits until all is put that this process has put.

        Raises:
            AssertionError: It was not closed.
            Error: Something was refused.
        """
        assert self._closed, f"Queue {self!r} not closed"
        if self._puts.is_awaited:
            await_puts(self._puts)
        if self._puts.refusals:
            self._puts.tell()

    def cancel_join_thread(self) -> None:
        """The end of this process does not wait until all is put."""
        self._puts.is_awaited = False

    def _terminate_broken(self) -> None:
        self.close()

    @property
    def _reader(self) -> QueueReader:
        return QueueReader(self)

    @property
    def _writer(self) -> QueueWriter:
        return QueueWriter(self)

    def __eq__(self, other: object) -> bool:
        return self._queue == other._queue if isinstance(other, Queue) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._queue)


class JoinableQueue(Queue, _standard.JoinableQueue):  # type: ignore[type-arg]
    """A queue whose items are counted until they are done, as `multiprocessing.JoinableQueue`.

    What a process has got, and not said `task_done` of, is in its hand. Where it is killed, or ends
    by an exception, that comes back, and others do it, so that `join` ends. Where it ends in order
    it counts as done: such as what told it to stop.
    """

    _is_joinable = True

    def _reset(self, after_fork: bool = False) -> None:
        super()._reset(after_fork)
        self._hand = Hand(self._queue)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Takes an item, as `Queue.get`; `task_done` is to be said of it."""
        if self._closed or self._puts.refusals:
            self._refuse()
        if timeout is not None or not block:
            timeout = _left(block, timeout)
        try:
            item, failure = self._queue._get_numbered(True, timeout, self._hand.note)
        except PutRefused as e:
            tell(e)
        if failure is not None:
            try:
                raise failure.__cause__ or failure from None
            finally:
                del failure  # Its traceback has this frame.
        return item

    def task_done(self) -> None:
        """Says that an item is done that this process has got, else that any has.

        Raises:
            ValueError: All are done.
        """
        while True:
            number = self._hand.take(get_ident())
            try:
                self._queue._finish(number)
            except TaskDoneTooOften:
                raise ValueError("task_done() called too many times") from None
            except Error as e:
                if not number or e.reason != Reason.RESERVATION_ENDED:
                    raise
                # Another process has said it of that one.
            else:
                return

    def join(self) -> None:
        """Waits until all items are done.

        Raises:
            Error: What came of a put before.
        """
        try:
            self._queue.join()
        except PutRefused as e:
            tell(e)


class SimpleQueue(_standard.SimpleQueue):  # type: ignore[type-arg]
    """A queue of `put`, `get` and `empty` alone, as `multiprocessing.SimpleQueue`."""

    def __init__(self, *, ctx: Any) -> None:
        self._set(*Pipe(duplex=False))

    def _set(self, reader: Any, writer: Any) -> None:
        self._reader = reader
        self._writer = writer
        self._poll = reader.poll

    def __getstate__(self) -> Any:
        return self._reader, self._writer

    def __setstate__(self, state: Any) -> None:
        self._set(*state)

    def close(self) -> None:
        """No more puts and gets of this process; others go on."""
        self._reader.close()
        self._writer.close()

    def empty(self) -> bool:
        """Whether there is no item."""
        return not self._reader.poll()

    def get(self) -> Any:
        """Takes an item; waits for one."""
        return self._reader.recv()

    def put(self, obj: Any) -> None:
        """Puts an item."""
        self._writer.send(obj)

    def __eq__(self, other: object) -> bool:
        return self._reader == other._reader if isinstance(other, SimpleQueue) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._reader)


def _left(block: bool, timeout: float | None) -> float | None:
    """For how many seconds a get waits at most; None: for ever."""
    # As the standard library adds to it, so that the exceptions are the same.
    return _seconds(0.0 + timeout) if block else 0.0  # type: ignore[operator]


def _seconds(timeout: float) -> float | None:
    """A timeout as the daemon takes it; None: for ever."""
    return None if timeout > _FOR_EVER else max(0.0, timeout)


_KEPT = frozenset({"get_nowait", "put_nowait", "_on_queue_feeder_error"})
for _own in (Queue, JoinableQueue, SimpleQueue):
    refuse_newer(_own, _KEPT)

globals().update(rest_of(sys.modules[_standard.__name__], globals()))
