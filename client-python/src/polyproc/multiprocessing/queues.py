"""Queues, as in `multiprocessing.queues`."""

from __future__ import annotations

import multiprocessing.queues as _standard
import queue
import time
from queue import Empty, Full
from typing import Any

from polyproc._errors import TaskDoneTooOften, UnexpectedValue
from polyproc._queue import Queue as SharedQueue
from polyproc.multiprocessing import _runtime
from polyproc.multiprocessing._anything import ANYTHING
from polyproc.multiprocessing._standard import rest_of

__all__ = ["JoinableQueue", "Queue", "SimpleQueue"]


class Queue:
    """A queue, as `multiprocessing.Queue`."""

    def __init__(self, maxsize: int = 0, *, ctx: Any) -> None:
        self._maxsize = maxsize
        self._closed = False
        self._queue = self._made(maxsize)

    def _made(self, maxsize: int) -> SharedQueue[Any]:
        return _runtime.client().queue(maxsize=max(0, maxsize), codec=ANYTHING)

    def put(self, obj: Any, block: bool = True, timeout: float | None = None) -> None:
        if self._closed:
            raise ValueError(f"Queue {self!r} is closed")
        if self._maxsize <= 0:
            self._queue.put_async(obj)
        elif block and timeout is None:
            self._queue.put(obj)
        elif not block or timeout <= 0:
            self._queue.put_nowait(obj)
        else:
            self._queue.put(obj, timeout=timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        if self._closed:
            raise ValueError(f"Queue {self!r} is closed")
        try:
            if block and timeout is None:
                return self._queue.get()
            if not block or timeout <= 0:
                return self._queue.get_nowait()
            return self._queue.get(timeout=timeout)
        except UnexpectedValue as e:
            raise e.__cause__ or e from None


globals().update(rest_of(_standard, globals()))
