"""The tasks of a pool, as its program has them: what it submits to the daemon, and collects."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING, Any

from polyproc._errors import ConnectionLost, Error, Reason, SessionLost, TaskFailed
from polyproc._pool import Pool
from polyproc._values import LEVELS
from polyproc.multiprocessing._outcomes import TASKS, outcome_of
from polyproc.v1 import object_pb2, pool_pb2

if TYPE_CHECKING:
    from polyproc._client import Client

FUNCTION = "python"
"""The one function that the workers of such a pool have: what to call is in the payload."""

_AHEAD = 500
"""So many tasks wait here at most, and as many in the daemon."""

_PAGE_TASKS = 250
_PAGE_BYTES = 1 << 20

_BYTES = 32 << 20
"""So many bytes of tasks that have no result are there at most, or one task."""

_ONE_IS_AT_FAULT = frozenset({Reason.VALUE_TOO_LARGE, Reason.MESSAGE_TOO_LONG})

_FAILED_STARTS = 4
"""So many processes, or twice as many as the pool has, may end one after the other unready."""

Place = tuple[int, int]
"""Of a task: the number of its result, and the task's number among those of it."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A task, and where it belongs."""

    place: Place
    task: pool_pb2.PoolTask
    size: int


def _unheard(_place: Place, error: Exception) -> None:
    raise error


class Tasks:
    """Tasks on their way to a pool's workers, and what came of them.

    Thread-safe: one thread puts, one gets, any ends it. What was put is sent by a thread of its
    own, all that is there at once, so that who puts is held up only where much waits.

    Args:
        client: of the program; the pool ends with its session.
        attempts: how often a task is run at most.
    """

    def __init__(self, client: Client, attempts: int) -> None:
        self.pool = Pool._create(
            client,
            None,
            attempts=attempts,
            max_tasks=_AHEAD,
            lives=object_pb2.LIFETIME_SESSION,
        )
        self._attempts = attempts
        self.refused: Callable[[Place, Exception], object] = _unheard
        """Is told of a task that the daemon did not take, in the thread that sends."""
        self._job = self.pool.job()
        self._most = min(_PAGE_TASKS, client._session_now().opened.limits.page_size or _PAGE_TASKS)
        self._changed = threading.Condition()
        self._unsent: deque[_Placed] = deque()
        self._submits = threading.Lock()
        """Held by who submits: numbers are the daemon's, which it gives in the order of calls."""
        self._sent: dict[int, _Placed] = {}
        self._bytes = 0
        self._next = 1
        self._came: deque[pool_pb2.PoolResult] = deque()
        self._is_complete = False
        self._is_deleted = False
        self.why: Exception | None = None
        """Why it was ended before all was done; None: it was not."""
        self._readies, self.says_ready = connection.Pipe(duplex=False)
        """By the second one a process says its id, when it is ready for tasks."""
        self._ready: set[int] = set()
        self._unready = 0
        """How many processes have ended one after the other before they were ready."""
        self.thread = threading.Thread(target=self._send, name="polyproc-pool-tasks", daemon=True)
        """Which sends."""
        self.thread.start()

    def put(self, task: Any) -> None:
        """Submits a task; None: none comes any more.

        Raises:
            Exception: It cannot be pickled; or the pool has ended.
        """
        if task is None:
            self._complete()
            return
        job, i, function, args, keywords = task
        message = pool_pb2.PoolTask()
        message.call.function = FUNCTION
        TASKS.fill(message.call.payload, (function, args, keywords), LEVELS)
        placed = _Placed((job, i), message, message.ByteSize())
        with self._changed:
            while self._is_full(placed.size) and self.why is None:
                self._changed.wait()
            if self.why is not None:
                raise self.why
            self._bytes += placed.size
            is_alone = not (self._sent or self._unsent) and self._submits.acquire(blocking=False)
            if not is_alone:
                self._unsent.append(placed)
                self._changed.notify_all()
        if is_alone:  # Nobody has to be woken for what somebody waits for.
            try:
                self._submit([placed])
            except Exception as e:
                self.end(e)
                raise
            finally:
                self._submits.release()

    def _is_full(self, size: int) -> bool:
        return len(self._unsent) >= _AHEAD or 0 < self._bytes > _BYTES - size

    def _complete(self) -> None:
        with self._changed:
            self._is_complete = True
            self._changed.notify_all()

    def end(self, why: Exception) -> None:
        """Ends all of it: tasks that have no result get none any more, and workers no tasks."""
        with self._changed:
            if self.why is None:
                self.why = why
            self._changed.notify_all()
        self.delete()

    def delete(self) -> None:
        """Deletes the daemon's pool, so that workers end."""
        with self._changed:
            is_there = not self._is_deleted
            self._is_deleted = True
        if is_there and not isinstance(self.why, (ConnectionLost, SessionLost)):
            with contextlib.suppress(Error):
                self.pool.delete()

    def may_go_on(self, ended: Iterable[Any], processes: int) -> bool:
        """Whether processes are to be started in the place of some that have ended.

        Where they end again and again before they are ready for a task, as of an initializer that
        fails, all is ended.
        """
        while self._readies.poll():
            self._ready.add(int(self._readies.recv_bytes()))
        for process in ended:
            self._unready = 0 if process.pid in self._ready else self._unready + 1
            self._ready.discard(process.pid)
        if self._unready > max(_FAILED_STARTS, 2 * processes):
            self.end(
                TaskFailed(
                    "Expected the processes of the pool to run tasks, but"
                    f" {self._unready} of them ended one after the other before they were ready"
                    f" for one; the last had the exit code {process.exitcode}, and what it wrote to"
                    " its standard error may say why"
                )
            )
        return self.why is None

    def get(self) -> tuple[Place, Any] | None:
        """The next result: of which task, and (whether it succeeded, what it returned or raised).

        None: none can come any more.
        """
        while not self._came:
            with self._changed:
                while not self._sent and self.why is None:
                    if self._is_complete and not self._unsent:
                        return None
                    self._changed.wait()
                if self.why is not None:
                    return None
            try:
                self._came.extend(self._job._take_results())
            except Error as e:
                self.end(e)
                return None
        result = self._came.popleft()
        with self._changed:
            if self.why is not None:
                return None  # What comes is that it was ended.
            placed = self._sent.pop(result.task)
            self._bytes -= placed.size
            self._changed.notify_all()
        return placed.place, outcome_of(result, self.pool._client._handle)

    # The thread that sends.

    def _send(self) -> None:
        try:
            while self._await_unsent():
                with self._submits:
                    self._submit(self._page())
            if self.why is None:
                self.pool.shutdown()
        except Exception as e:  # Whoever waits is told, whatever it is.
            self.end(e)

    def _await_unsent(self) -> bool:
        """Waits until there is something to send; False where nothing comes any more."""
        with self._changed:
            while not self._unsent and not self._is_complete and self.why is None:
                self._changed.wait()
            return bool(self._unsent) and self.why is None

    def _page(self) -> list[_Placed]:
        """What is to be sent next."""
        page: list[_Placed] = []
        size = 0
        with self._changed:
            while self._unsent and len(page) < self._most:
                size += self._unsent[0].size
                if page and size > _PAGE_BYTES:
                    break
                page.append(self._unsent.popleft())
            self._changed.notify_all()
        return page

    def _submit(self, page: list[_Placed]) -> None:
        """Submits tasks; each by itself where all of them, or one, are too large."""
        with self._changed:
            for placed in page:
                self._sent[self._next] = placed  # A result may be there before the answer.
                self._next += 1
            self._changed.notify_all()
        try:
            self._job._submit(placed.task for placed in page)
            return
        except Error as e:
            with self._changed:
                for _ in page:
                    self._next -= 1
                    del self._sent[self._next]
            if e.reason not in _ONE_IS_AT_FAULT:
                raise
            refusal = e
        if len(page) == 1:
            with self._changed:
                self._bytes -= page[0].size
                self._changed.notify_all()
            self.refused(page[0].place, refusal)
        else:
            for placed in page:
                self._submit([placed])
