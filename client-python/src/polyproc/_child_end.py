"""What is done at the end of a child of `multiprocessing`, which skips what `atexit` knows."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import ModuleType

_LAST = -1000
"""The priority of what is done: after `multiprocessing` has seen to queues, managers and pools."""

_registered: set[Callable[[], None]] = set()


def at_child_end(action: Callable[[], None]) -> None:
    """Has an action run when this process ends, where it is such a child, and in its children.

    Elsewhere `atexit` does so. To say it again costs little, and is needed: the module may have
    been imported since.
    """
    util = sys.modules.get("multiprocessing.util")
    if util is None or action in _registered:
        return
    _registered.add(action)

    def begin(_: object) -> None:
        _register(util, action)

    util.register_after_fork(action, begin)  # Also runs where a child is spawned.
    _register(util, action)


def _register(util: ModuleType, action: Callable[[], None]) -> None:
    process = sys.modules["multiprocessing.process"]
    if process.parent_process() is not None:
        util.Finalize(None, _end, (action,), exitpriority=_LAST)


def _end(action: Callable[[], None]) -> None:
    """Waits for other threads first, as the interpreter does before what `atexit` knows."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    action()
