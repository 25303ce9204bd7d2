"""Tasks that a worker has taken at once, and what came of them so far."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from polyproc._errors import Error
from polyproc.v1 import pool_pb2

_PATIENCE_SECONDS = 0.05
"""Where a batch takes longer, what is done is said, and what is not begun is given back."""

Completions = list[pool_pb2.PoolCompletion]


class Batch:
    """The tasks that a worker has, of which it runs one.

    Where they take long, what came of those that are done is said, and those that are not begun are
    given back, by a thread that is there from the first time on that several tasks were taken.

    Args:
        say: says what came of tasks.
    """

    def __init__(self, say: Callable[[Completions], object]) -> None:
        self._say = say
        self._changed = threading.Condition()
        # Whoever runs tasks takes from one and adds to the other, each in one step: without lock.
        self._left: deque[pool_pb2.PoolRun] = deque()
        self._done: deque[pool_pb2.PoolCompletion] = deque()
        self._number = 0
        """How often tasks were taken."""
        self._watch: threading.Thread | None = None
        self._is_watched = False
        """Whether the thread looks every now and then; else it waits, as there was nothing new."""
        self._is_saying = False
        """Whether the thread says what came of tasks."""
        self._error: Error | None = None
        """Why it could not."""
        self._is_closed = False

    def put(self, runs: Iterable[pool_pb2.PoolRun]) -> None:
        """Has tasks that were taken."""
        with self._changed:
            self._number += 1
            self._left.extend(runs)
            if len(self._left) > 1 and not self._is_watched:
                self._is_watched = True
                if self._watch is None:
                    self._watch = threading.Thread(
                        target=self._look, name="polyproc-pool-batch", daemon=True
                    )
                    self._watch.start()
                else:
                    self._changed.notify_all()

    def begin(self) -> pool_pb2.PoolRun | None:
        """The task to run now; None: there is none any more."""
        try:
            return self._left.popleft()
        except IndexError:
            return None

    def end(self, completion: pool_pb2.PoolCompletion) -> None:
        """Notes what came of the task that ran."""
        self._done.append(completion)

    def give_back(self) -> None:
        """Notes that those that are not begun are not to be: they wait again."""
        with self._changed:
            self._return_left()

    def take_done(self) -> Completions:
        """What came of tasks, and is not said yet: the caller says it.

        Waits until nothing is being said, so that none of it is lost with a caller that ends then.

        Raises:
            Error: With which something could not be said since.
        """
        with self._changed:
            self._changed.wait_for(self._is_silent)
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            return self._taken()

    def put_done(self, done: Completions) -> None:
        """Notes what was taken to be said, and may not have been."""
        with self._changed:
            self._done.extendleft(reversed(done))

    def close(self) -> None:
        """Has the thread end: no more tasks are taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _is_silent(self) -> bool:
        return not self._is_saying

    def _has_to_look(self) -> bool:
        return self._is_watched or self._is_closed

    def _look(self) -> None:
        """Looks every now and then while tasks come, so that each that comes need wake nobody."""
        seen = 0
        while True:
            with self._changed:
                if self._is_closed:
                    return
                due: Completions = []
                if self._number == seen:
                    self._return_left()
                    due = self._taken()
                    self._is_saying = bool(due)
                    self._is_watched = bool(due)
                    if not due:
                        self._changed.wait_for(self._has_to_look)
                seen = self._number
            if due:
                self._say_aside(due)
            time.sleep(_PATIENCE_SECONDS)

    def _say_aside(self, due: Completions) -> None:
        error = None
        try:
            self._say(due)
        except Error as e:
            error = e
        finally:
            with self._changed:
                self._is_saying = False
                self._error = error
                self._changed.notify_all()

    def _return_left(self) -> None:
        while (run := self.begin()) is not None:
            self._done.append(pool_pb2.PoolCompletion(run=run.run, returned=True))

    def _taken(self) -> Completions:
        taken = []
        while self._done:
            taken.append(self._done.popleft())
        return taken
