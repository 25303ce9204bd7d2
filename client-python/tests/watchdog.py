"""Ends a run in which a test hangs, with what its threads are at.

It is a process of its own: a thread that waits for that would be there at every fork.
"""

import os
import subprocess
import sys

_PROGRAM = """
import os, select, signal, sys

parent, limit = int(sys.argv[1]), float(sys.argv[2])
while select.select([0], [], [], limit)[0]:
    if not os.read(0, 4096):
        sys.exit()
if os.getppid() == parent:
    os.kill(parent, signal.SIGABRT)
"""


class Watchdog:
    """Sends SIGABRT when no test has begun for too long; pytest shows all threads then."""

    def __init__(self, seconds: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(os.getpid()), str(seconds)],
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the tests.
        )

    def pat(self) -> None:
        """Tell it that another test begins."""
        assert self._process.stdin is not None
        self._process.stdin.write(b".")
        self._process.stdin.flush()

    def close(self) -> None:
        """Watch no more."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.terminate()  # A process that was forked may have the pipe, too.
        self._process.wait(10)
