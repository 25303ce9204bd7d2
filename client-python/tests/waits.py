"""Waits that end, whatever becomes of what is waited for."""

import os
import select
import threading
import time

MOST_SECONDS = 30.0
"""More than anything takes that a test waits for."""


def finish(*threads: threading.Thread) -> None:
    """Wait until all have ended."""
    for thread in threads:
        thread.join(MOST_SECONDS)
        assert not thread.is_alive(), f"Expected {thread.name} to end, but it runs"


def exit_code_of(pid: int) -> int:
    """That of a child that was forked, once it has ended; of one that a signal ended, below 0."""
    ended: list[int] = []
    waiter = threading.Thread(target=lambda: ended.append(os.waitpid(pid, 0)[1]), daemon=True)
    waiter.start()
    finish(waiter)
    return os.waitstatus_to_exitcode(ended[0])


class Lines:
    """The lines that come on a descriptor, for each of which nobody waits for ever."""

    def __init__(self, descriptor: int) -> None:
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self._descriptor = descriptor
        self._rest = b""

    def next(self) -> str:
        """The next one with its end; what there is of it, or nothing, where no more comes."""
        end = time.monotonic() + MOST_SECONDS
        while b"\n" not in self._rest:
            left = max(0.0, end - time.monotonic())
            assert self._poll.poll(left * 1000), f"Expected a line, but there is {self._rest!r}"
            more = os.read(self._descriptor, 1 << 16)
            if not more:
                line, self._rest = self._rest, b""
                return line.decode()
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode() + "\n"
