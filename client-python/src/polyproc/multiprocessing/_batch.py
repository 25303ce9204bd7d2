"""Tasks that a worker has taken at once, and what came of them so far."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from polyproc._errors import Error
from polyproc.v1 import pool_pb2

_PATIENCE = 0.05
"""For so many seconds what is done, and what is not begun, waits for the task that runs."""

Completions = list[pool_pb2.PoolCompletion]


class Batch:
    """The tasks that a worker has, of which it runs one.

    Where that takes long, what came of those before is said, and those behind it are given back, by
    a thread that is there from the first time on that several tasks were taken.

    Args:
        say: says what came of tasks.
    """

    def __init__(self, say: Callable[[Completions], object]) -> None:
        self._say = say
        self._changed = threading.Condition()
        self._left: deque[pool_pb2.PoolRun] = deque()
        self._done: Completions = []
        self._begun = 0
        """How many tasks were begun, ever."""
        self._watch: threading.Thread | None = None

    def put(self, runs: Iterable[pool_pb2.PoolRun]) -> None:
        """Has tasks that were taken."""
        with self._changed:
            self._left.extend(runs)
            if len(self._left) > 1:
                if self._watch is None:
                    self._watch = threading.Thread(
                        target=self._look, name="polyproc-pool-batch", daemon=True
                    )
                    self._watch.start()
                self._changed.notify()

    def begin(self) -> pool_pb2.PoolRun | None:
        """The task to run now; None: there is none any more."""
        with self._changed:
            if not self._left:
                return None
            self._begun += 1
            return self._left.popleft()

    def end(self, completion: pool_pb2.PoolCompletion) -> None:
        """Notes what came of the task that ran."""
        with self._changed:
            self._done.append(completion)

    def take_done(self) -> Completions:
        """What came of tasks, and is not said yet: the caller says it."""
        with self._changed:
            done, self._done = self._done, []
            return done

    def _look(self) -> None:
        seen = -1
        while True:
            with self._changed:
                while not (self._left or self._done):
                    self._changed.wait()
                is_slow = self._begun == seen
                seen = self._begun
                due = self._release() if is_slow else []
            if due:
                with contextlib.suppress(Error):  # Then the worker hears of it, too.
                    self._say(due)
            time.sleep(_PATIENCE)

    def _release(self) -> Completions:
        due, self._done = self._done, []
        due += [pool_pb2.PoolCompletion(run=run.run, returned=True) for run in self._left]
        self._left.clear()
        return due
