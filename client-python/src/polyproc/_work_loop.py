"""What all workers do: they take tasks, run them, and say what came of them."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

from polyproc._batch import Batch, Completions
from polyproc._errors import Error
from polyproc._object import NotCopied
from polyproc._pages import page_size
from polyproc._pool import Pool
from polyproc._signals import raise_of_handler
from polyproc.v1 import pool_pb2

_QUICK_SECONDS = 0.005
"""As many are taken at once as take so long, at the pace of those before, and no more than twice as
many as these."""

_REFUSED = frozenset({"INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"})
"""What a result is refused with that is too large, or nests too deep."""


def is_of_result(error: Error) -> bool:
    """Whether a call may have been refused for what came of tasks, and not for the rest of it."""
    return error.code in _REFUSED


class WorkLoop(NotCopied, ABC):
    """Runs tasks of a pool, one after the other, in the thread that calls `go_on`.

    Args:
        pool: which.
        most: how many it takes at once at most, where they are quick.
    """

    def __init__(self, pool: Pool, most: int) -> None:
        self._pool = pool
        self._most = most
        self._batch = Batch(self._say)

    def go_on(self) -> None:
        """Runs tasks until the pool has none for this worker any more, or it may begin none."""
        try:
            self._take_and_run()
        finally:
            self._batch.close()
        self.finish()

    def finish(self) -> None:
        """Says what came of tasks, and is not said yet."""
        self._say(self._batch.take_done())

    @abstractmethod
    def _may_begin(self) -> int:
        """How many tasks it may begin at most; 0: it is to end."""

    @abstractmethod
    def _run(self, run: pool_pb2.PoolRun) -> pool_pb2.PoolCompletion | None:
        """Runs a task. Returns what came of it; None where that is said already."""

    @abstractmethod
    def _instead(
        self, completion: pool_pb2.PoolCompletion, refusal: Error
    ) -> pool_pb2.PoolCompletion:
        """What is said where the daemon does not take what came of a task."""

    def _take(self, request: pool_pb2.PoolTakeRequest) -> pool_pb2.PoolTakeResponse:
        return self._pool._take(request)

    def _complete(self, done: Completions) -> None:
        self._pool._complete(done)

    def _take_and_run(self) -> None:
        most = min(self._most, page_size(self._pool._client))
        size = 1
        while may_begin := self._may_begin():
            taken = self._take_or_say(min(size, may_begin))
            if taken.retire and not taken.runs:
                break
            count = len(taken.runs)
            since = time.monotonic()
            self._batch.put(taken.runs)
            self._run_all()
            seconds = time.monotonic() - since
            if seconds > _QUICK_SECONDS:
                size = max(1, int(count * _QUICK_SECONDS / seconds))
            elif count == size:
                size = min(2 * size, most)

    def _take_or_say(self, size: int) -> pool_pb2.PoolTakeResponse:
        """Says what came of tasks, and takes the next; none where the first was refused so."""
        done = self._batch.take_done()
        request = pool_pb2.PoolTakeRequest(
            pool=self._pool.name, max=size, ahead=size - 1, completions=done
        )
        try:
            return self._take(request)
        except Error as e:
            raise_of_handler(e)
            if not done or not is_of_result(e):
                raise
        except BaseException:
            self._batch.put_done(done)
            raise
        self._say(done)
        return pool_pb2.PoolTakeResponse()

    def _run_all(self) -> None:
        while self._may_begin():
            run = self._batch.begin()
            if run is None:
                return
            completion = self._run(run)
            if completion is not None:
                self._batch.end(completion)
        self._batch.give_back()

    def _say(self, done: Completions) -> None:
        """Says what came of tasks; each by itself where all of it, or one of them, is refused."""
        if not done:
            return
        try:
            self._complete(done)
            return
        except Error as e:
            raise_of_handler(e)
            if not is_of_result(e):
                raise
        for completion in done:
            self._say_alone(completion)

    def _say_alone(self, completion: pool_pb2.PoolCompletion) -> None:
        try:
            self._complete([completion])
        except Error as e:
            raise_of_handler(e)
            if completion.returned or not is_of_result(e):
                raise
            self._complete([self._instead(completion, e)])
