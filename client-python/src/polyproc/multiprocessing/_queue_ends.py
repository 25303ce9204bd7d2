"""What stands for the pipe of a queue, which programs look at though it is private."""

from __future__ import annotations

from io import UnsupportedOperation
from queue import Empty
from typing import TYPE_CHECKING, Any, NoReturn

from polyproc._pending import PutRefused
from polyproc.multiprocessing._puts import tell

if TYPE_CHECKING:
    from polyproc.multiprocessing.queues import Queue


class _QueueEnd:
    def __init__(self, queue: Queue) -> None:
        self._of = queue

    @property
    def closed(self) -> bool:
        """Whether this process has closed the queue."""
        return self._of._closed

    def close(self) -> None:
        """Closes the queue, for this process."""
        self._of.close()

    def fileno(self) -> NoReturn:
        """There is none: the daemon tells of an item only to who takes it.

        Raises:
            io.UnsupportedOperation: Always. It is an `OSError`.
        """
        raise UnsupportedOperation(
            "fileno: a queue of a daemon is no file; wait by get(), or take a SimpleQueue or a Pipe"
        )


class QueueReader(_QueueEnd):
    """`Queue._reader`."""

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether there is an item; waits for one."""
        queue = self._of._queue
        if timeout is not None and timeout <= 0:
            return not queue.empty()
        try:
            queue.reserve(timeout=timeout).release()
        except Empty:
            return False
        except PutRefused as e:
            tell(e)
        return True

    def recv(self) -> Any:
        """Takes an item."""
        return self._of.get()


class QueueWriter(_QueueEnd):
    """`Queue._writer`."""

    def send(self, obj: Any) -> None:
        """Puts an item."""
        self._of.put(obj)
