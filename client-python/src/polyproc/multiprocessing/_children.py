"""What a program hands over to its child processes: the shared objects that they are given.

A forked child has all that its parent has, another one what was pickled for it. A session that
lives in the child has them from its start on, whatever becomes of the parent, until the child has
a session of its own; see `_handover`.
"""

from __future__ import annotations

import multiprocessing.context
import multiprocessing.process
import os
import threading
from collections.abc import Callable, Iterable
from multiprocessing import reduction
from typing import TYPE_CHECKING, Any

from polyproc import _object
from polyproc._client import clients
from polyproc._errors import Error
from polyproc._forks import renew_in_child
from polyproc._handover import Giver, Handover, Kept
from polyproc._weak import alive
from polyproc.multiprocessing import _runtime

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from polyproc._client import Client
    from polyproc._dialer import Dialer

_starting = threading.RLock()
"""Held while a process is started: what is forked or pickled meanwhile is for that one."""

_PASSED = "_polyproc_passed"


def start(self: BaseProcess) -> None:
    """Starts the process, which has from then on what it is given."""
    method: Any = self._start_method  # type: ignore[attr-defined]
    if method is None:
        method = multiprocessing.context._default_context.get_start_method()
    with _starting:
        _runtime.settle()
        if method == "fork":
            _fork(self)
        else:
            _spawn(self)


def _fork(process: BaseProcess) -> None:
    givers: list[tuple[Client, Giver, Kept]] = []
    try:
        for client in alive(clients):
            handles = client._handles()
            if handles and not client._closed:
                givers.append((client, Giver(), client._to_keep(handles)))
                client._to_inherit = givers[-1][1]
        multiprocessing.process.BaseProcess.start(process)
        for client, giver, kept in givers:
            giver.give(_kept(client, process, kept))
    finally:
        for client, giver, _ in givers:
            client._to_inherit = None
            giver.close()


def _spawn(process: BaseProcess) -> None:
    handles: list[_object.Handle] = []
    passed = _Passed(handles)
    _object.pickled = handles
    process.__dict__[_PASSED] = passed  # Comes last in its pickle.
    try:
        multiprocessing.process.BaseProcess.start(process)
        _object.pickled = None
        if passed.giver is not None:
            passed.giver.give(
                kept
                for client, its in _by_client(handles)
                for kept in _kept(client, process, client._to_keep(its))
            )
    finally:
        _object.pickled = None
        process.__dict__.pop(_PASSED, None)
        if passed.giver is not None:
            passed.giver.close()


def _by_client(handles: Iterable[_object.Handle]) -> list[tuple[Client, list[_object.Handle]]]:
    found: dict[str, tuple[Client, list[_object.Handle]]] = {}
    for handle in handles:
        client = handle._client
        found.setdefault(str(client._dialer.address), (client, []))[1].append(handle)
    return list(found.values())


def _kept(client: Client, process: BaseProcess, kept: Kept) -> list[tuple[Dialer, str]]:
    pid = process.pid
    assert pid is not None
    try:
        return [(client._dialer, client._keep_for(pid, kept))]
    except Error:
        return []  # The child is told so by its own calls.


class _Passed:
    """Stands behind all that is pickled for a process: what was handed over is its own by then."""

    def __init__(self, handles: list[_object.Handle]) -> None:
        self._handles = handles
        self.giver: Giver | None = None

    def __reduce__(self) -> tuple[object, ...]:
        program = os.environ.get(_runtime.PROGRAM, "")
        if not self._handles:
            return _nothing_arrived, (program,)
        self.giver = Giver()
        return _arrived, (program, reduction.DupFd(self.giver.number))


def bootstrap(process: BaseProcess, parent_sentinel: int | None = None) -> int:
    """Runs a process, in it, and notes its exit code for what is done at its end."""
    global exit_code
    run: Callable[..., int] = multiprocessing.process.BaseProcess._bootstrap  # type: ignore[attr-defined]
    exit_code = run(process, parent_sentinel=parent_sentinel)
    return exit_code


exit_code = 0
"""Of this process, once that is known: from Python 3.13 on before what is done at its end."""


def _arrived(program: str, descriptor: Any) -> None:
    _nothing_arrived(program)
    Handover(descriptor.detach()).end(client._dialer for client in alive(clients))


def _nothing_arrived(program: str) -> None:
    """The server of forks may be older than what the program has settled."""
    if program:
        os.environ.setdefault(_runtime.PROGRAM, program)


renew_in_child(globals(), "_starting", threading.RLock)
renew_in_child(vars(_object), "pickled", type(None))
