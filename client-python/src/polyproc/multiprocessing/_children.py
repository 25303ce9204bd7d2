"""What a program hands over to its child processes: all shared objects that it has at their start.

A session of the child's is opened before it starts, and has them from then on, whatever becomes of
the parent. The child's first call takes them over.
"""

from __future__ import annotations

import multiprocessing.process
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from polyproc._client import Client, clients
from polyproc._errors import Error
from polyproc._weak import alive

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from polyproc._child import ChildSession

_starting = threading.RLock()
"""Held while a process is started: what a client hands over is for that one."""

_handed: list[tuple[Any, list[ChildSession]]] = []
"""What was handed over to processes that may live, each with what the standard library starts."""


class _TakenOver:
    """Stands behind all that is pickled for a process: what was handed over is its own by then."""

    def __init__(self, sessions: list[ChildSession]) -> None:
        self.sessions = sessions

    def __reduce__(self) -> tuple[object, ...]:
        return _close, (self.sessions,)


def started(process: BaseProcess, start: Callable[[BaseProcess], Any]) -> Any:
    """Starts a process, which has from then on what this one has.

    Args:
        process: which was not started.
        start: of the standard library.
    """
    with _starting:
        _close_of_ended()
        sessions = _hand_over()
        try:
            if sessions:
                process.__dict__[_NAME] = _TakenOver(sessions)
            popen = start(process)
        except BaseException:
            _close(sessions)
            raise
        finally:
            process.__dict__.pop(_NAME, None)
            for client in alive(clients):
                client._to_inherit = None
        if sessions:
            _handed.append((popen, sessions))
        return popen


_NAME = "_polyproc_handed"


def _hand_over() -> list[ChildSession]:
    sessions: list[ChildSession] = []
    try:
        for client in alive(clients):
            handles = client._handles()
            if handles and not client._closed:
                client._to_inherit = client.for_child(*handles)
                sessions.append(client._to_inherit)
    except Error:
        pass  # Its daemon is gone, or an object is: the child is told so by its own calls.
    return sessions


def join(process: BaseProcess, timeout: float | None = None) -> None:
    """Waits until the process ends, or a time is up; its `exitcode` tells which."""
    multiprocessing.process.BaseProcess.join(process, timeout)
    _close_of_ended()


def bootstrap(process: BaseProcess, parent_sentinel: int | None = None) -> int:
    """Runs a process, in it, and notes its exit code for what is done at its end."""
    global exit_code
    run: Callable[..., int] = multiprocessing.process.BaseProcess._bootstrap  # type: ignore[attr-defined]
    exit_code = run(process, parent_sentinel=parent_sentinel)
    return exit_code


exit_code = 0
"""Of this process, once that is known: from Python 3.13 on before what is done at its end."""


def _close_of_ended() -> None:
    """Ends the sessions that no child has taken over, of those that have ended."""
    if not _handed:
        return
    with _starting:
        ended = [each for each in _handed if each[0].returncode is not None]
        for each in ended:
            _handed.remove(each)
            _close(each[1])


def _close(sessions: list[ChildSession]) -> None:
    for session in sessions:
        try:
            session.close()
        except Error:
            pass  # There is no daemon any more, and so no session.


def _after_fork_in_child() -> None:
    global _starting
    _starting = threading.RLock()
    _handed.clear()
