"""A test that hangs ends."""

import signal
import subprocess
import sys
from pathlib import Path

_HANGS = """
import signal, sys
sys.path.insert(0, {folder!r})
from watchdog import Watchdog

watchdog = Watchdog({seconds})
watchdog.pat()
{then}
"""


def _run(seconds: float, then: str) -> int:
    folder = str(Path(__file__).parent)
    program = _HANGS.format(folder=folder, seconds=seconds, then=then)
    return subprocess.run([sys.executable, "-c", program], timeout=60).returncode


def test_should_end_what_hangs() -> None:
    assert _run(0.2, "signal.pause()") == -signal.SIGABRT


def test_should_leave_alone_what_goes_on() -> None:
    assert _run(60, "watchdog.pat(); watchdog.close()") == 0
