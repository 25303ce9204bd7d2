"""The tasks of a pool, as its program has them: what it submits to the daemon, and collects."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, NamedTuple

from polyproc._errors import ConnectionLost, Error, Reason, SessionLost, TaskFailed
from polyproc._frames import field, tag
from polyproc._job import first_of, packed_task
from polyproc._pool import Pool
from polyproc.multiprocessing._outcomes import TASKS, outcome_of
from polyproc.v1 import object_pb2, pool_pb2

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._pending import Pending
    from polyproc._session import Session

CALL = field(pool_pb2.PoolCall.FUNCTION_FIELD_NUMBER, b"python") + tag(
    pool_pb2.PoolCall.PAYLOAD_FIELD_NUMBER
)
"""The beginning of each call, by hand: the one function that the workers of such a pool have, and
the tag of the payload, in which is what to call."""


_UNSENT = 500
"""So many tasks wait here at most."""

_AHEAD = 1500
"""So many wait in the daemon, or run, at most: a worker takes up to its share at once."""

_PAGE_TASKS = 250
_UNANSWERED = 2
"""So many pages are on their way at a time: where there is no room, the daemon does not answer."""

_PAGE_BYTES = 1 << 20

_BYTES = 32 << 20
"""So many bytes of tasks that have no result are there at most, or one task."""

_ONE_IS_AT_FAULT = frozenset({Reason.VALUE_TOO_LARGE, Reason.MESSAGE_TOO_LONG})

_FAILED_STARTS = 4
"""So many processes, or twice as many as the pool has, may end one after the other unready."""

Place = tuple[int, int]
"""Of a task: the number of its result, and the task's number among those of it."""

_Refused = tuple[Place, Exception]


class _Placed(NamedTuple):
    """A task, and where it belongs."""

    place: Place
    task: bytes
    """As `packed_task` has written it."""

    @property
    def size(self) -> int:
        """How many bytes it takes in a request."""
        return len(self.task)


class _Posted(NamedTuple):
    """Tasks on their way to the daemon, which answers with the number of the first."""

    session: Session
    pending: Pending
    page: list[_Placed]

    def await_answer(self) -> None:
        """Waits for the answer, whatever it is."""
        with contextlib.suppress(Error):
            self.session.result(self.pending)

    def first(self) -> int:
        """The number of the first task; where there is an answer."""
        return first_of(self.session.result(self.pending))


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
        """Is told of a task that the daemon did not take."""
        self._job = self.pool.job()
        self._most = min(_PAGE_TASKS, client._session_now().opened.limits.page_size or _PAGE_TASKS)
        self._lock = threading.RLock()
        self._has_room = threading.Condition(self._lock)
        """For who puts."""
        self._has_work = threading.Condition(self._lock)
        """For the thread that sends."""
        self._has_sent = threading.Condition(self._lock)
        """For who gets."""
        self._unsent: deque[_Placed] = deque()
        self._singly = 0
        """How many of those are to be sent one by one, as one of them is too large."""
        self._posted: deque[_Posted] = deque()
        """What the daemon has not answered, or nobody has looked at the answer."""
        self._sent: dict[int, _Placed] = {}
        self._early: dict[int, pool_pb2.PoolResult] = {}
        """Results that came before it was known which task has the number."""
        self._left = 0
        """How many tasks have no result."""
        self._bytes = 0
        """How many bytes these have."""
        self._came: deque[tuple[Place, pool_pb2.PoolResult]] = deque()
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
        placed = _Placed((job, i), packed_task(CALL + TASKS.pack((function, args, keywords))))
        with self._lock:
            while self._is_full(placed.size) and self.why is None:
                self._has_room.wait()
            if self.why is not None:
                raise self.why
            self._bytes += placed.size
            self._left += 1
            is_alone = self._left == 1
            if not is_alone:
                self._unsent.append(placed)
                self._has_work.notify()
        if is_alone:  # Nobody has to be woken for what somebody waits for.
            try:
                self._post([placed])
            except Exception as e:
                self.end(e)
                raise

    def _is_full(self, size: int) -> bool:
        return len(self._unsent) >= _UNSENT or 0 < self._bytes > _BYTES - size

    def _complete(self) -> None:
        with self._lock:
            self._is_complete = True
            self._wake_all()

    def _wake_all(self) -> None:
        for each in (self._has_room, self._has_work, self._has_sent):
            each.notify_all()

    def end(self, why: Exception) -> None:
        """Ends all of it: tasks that have no result get none any more, and workers no tasks."""
        with self._lock:
            if self.why is None:
                self.why = why
            self._wake_all()
        self.delete()

    def delete(self) -> None:
        """Deletes the daemon's pool, so that workers end."""
        with self._lock:
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
            asks = self._await_submitted()
            if asks is None:
                return None
            try:
                if asks:
                    self._ask()
            except Error as e:
                self.end(e)
                return None
            self._settle()
        if self.why is not None:
            return None  # What comes is that it was ended.
        place, result = self._came.popleft()
        return place, outcome_of(result, self.pool._client._handle)

    def _await_submitted(self) -> bool | None:
        """Waits until the daemon may have results, or there is something here.

        Returns:
            Whether the daemon is to be asked; None: no result can come any more.
        """
        with self._lock:
            while self.why is None:
                if self._came or (self._early and self._posted):
                    return False
                if not self._early and (self._sent or self._posted):
                    return True
                if self._is_complete and not self._left:
                    return None
                self._has_sent.wait()
        return None

    def _ask(self) -> None:
        """Waits for results; where the daemon had no task yet, for its answer to the next ones."""
        results = self._job._take_results()
        with self._lock:
            for result in results:
                self._early[result.task] = result
            unknown = self._posted[0] if self._posted and not results else None
        if unknown is not None:
            unknown.await_answer()

    def _settle(self) -> None:
        """Finds the tasks that results are of, which each ends."""
        while (unknown := self._match()) is not None:
            unknown.await_answer()  # After an outage that of a later call may be there before.

    def _match(self) -> _Posted | None:
        """Finds those that are known; which answer says what others are of."""
        self._look()
        with self._lock:
            for number in [each for each in self._early if each in self._sent]:
                self._come(self._sent.pop(number), self._early.pop(number))
            is_open = self.why is None and self._early and self._posted
            return self._posted[0] if is_open else None

    def _come(self, placed: _Placed, result: pool_pb2.PoolResult) -> None:
        self._end_task(placed)
        self._came.append((placed.place, result))
        self._has_sent.notify()

    def _end_task(self, placed: _Placed) -> None:
        self._left -= 1
        self._bytes -= placed.size
        if len(self._unsent) < _UNSENT:
            self._has_room.notify()

    # What was submitted, and its answers: by whichever thread looks.

    def _post(self, page: list[_Placed]) -> None:
        """Submits tasks, and waits for no answer."""
        refused = []
        try:
            session, pending = self._job._post_submit(placed.task for placed in page)
        except Error as e:
            if e.reason not in _ONE_IS_AT_FAULT:
                raise
            with self._lock:
                refused = self._divide(page, e)
        else:
            with self._lock:
                self._posted.append(_Posted(session, pending, page))
                self._has_sent.notify()
        self._tell(refused)

    def _look(self) -> None:
        """Looks at the answers that are there: tasks have numbers then, or are refused."""
        refused: list[_Refused] = []
        why: Exception | None = None
        with self._lock:
            while self._posted and self._posted[0].pending.done:
                posted = self._posted.popleft()
                try:
                    self._number(posted.first(), posted.page)
                except Error as e:
                    if e.reason not in _ONE_IS_AT_FAULT:
                        why = e
                        break
                    refused += self._divide(posted.page, e)
        self._tell(refused)
        if why is not None:
            self.end(why)

    def _divide(self, page: list[_Placed], why: Exception) -> list[_Refused]:
        """Has tasks be sent one by one where all of them, or one, were too large.

        Returns:
            The one that was sent alone; its result is told without the lock.
        """
        if len(page) == 1:
            self._end_task(page[0])
            self._has_sent.notify()  # It may have been the last one.
            return [(page[0].place, why)]
        self._singly += len(page)
        self._unsent.extendleft(reversed(page))
        self._has_work.notify()
        return []

    def _tell(self, refused: list[_Refused]) -> None:
        for place, error in refused:
            self.refused(place, error)

    def _number(self, first: int, page: list[_Placed]) -> None:
        for number, placed in enumerate(page, first):
            result = self._early.pop(number, None)
            if result is None:
                self._sent[number] = placed
            else:
                self._come(placed, result)

    # The thread that sends.

    def _send(self) -> None:
        try:
            while (step := self._next_step()) is not None:
                if isinstance(step, _Posted):
                    step.await_answer()
                else:
                    self._post(step)
            if self.why is None:
                self.pool.shutdown()
        except Exception as e:  # Whoever waits is told, whatever it is.
            self.end(e)

    def _next_step(self) -> _Posted | list[_Placed] | None:
        """Waits until there is something to send, or to wait for; None where nothing comes."""
        self._look()
        with self._lock:
            while self.why is None:
                if self._unsent and len(self._posted) < _UNANSWERED:
                    return self._page()
                if self._posted:
                    return self._posted[0]  # It may be refused, of which nobody else would hear.
                if self._is_complete and not self._unsent:
                    return None
                self._has_work.wait()
        return None

    def _page(self) -> list[_Placed]:
        """What is to be sent next; with the lock."""
        most = 1 if self._singly else self._most
        page: list[_Placed] = []
        size = 0
        while self._unsent and len(page) < most:
            size += self._unsent[0].size
            if page and size > _PAGE_BYTES:
                break
            page.append(self._unsent.popleft())
        self._singly = max(0, self._singly - len(page))
        self._has_room.notify()
        return page
