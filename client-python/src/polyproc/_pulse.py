"""What keeps a session alive whose process the daemon does not watch."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable

from polyproc._errors import Error


class Pulse(threading.Thread):
    """Keeps a session alive which the daemon cannot watch: one that came over TCP or TLS."""

    def __init__(self, beat: Callable[[], None], seconds: float) -> None:
        super().__init__(name="polyproc-pulse", daemon=True)
        self._beat = beat
        self._seconds = seconds
        self._stopped: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.start()

    def run(self) -> None:
        while True:
            try:
                self._stopped.get(timeout=self._seconds)
                return
            except queue.Empty:
                with contextlib.suppress(Error, OSError):
                    self._beat()

    def stop(self) -> None:
        """Does not wait for it; also in the middle of another one."""
        self._stopped.put(None)
