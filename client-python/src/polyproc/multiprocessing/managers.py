"""Managers, as in `multiprocessing.managers`, whose objects are the daemon's.

What a program registers itself, and what this version of Python has that the daemon has not, is
served by a process of its own, by the standard library's means; that is started where there is such
a class, or an address or an initializer was given.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import multiprocessing.managers
import os
import secrets
import threading
from collections.abc import Callable
from multiprocessing import util
from multiprocessing.context import ProcessError
from multiprocessing.managers import BaseProxy, Token
from typing import Any

from polyproc._errors import Error
from polyproc._forks import renew_in_child
from polyproc._object import ReferencedName
from polyproc.multiprocessing import _runtime
from polyproc.multiprocessing._managed import made, methods, registry, without_process
from polyproc.multiprocessing._standard import rest_of

_standard: Any = multiprocessing.managers
State = _standard.State

__all__ = ["BaseManager", "BaseProxy", "SharedMemoryManager", "SyncManager", "Token"]


class BaseManager(_standard.BaseManager):  # type: ignore[misc]
    """A manager whose objects a process of the program serves: the standard library's own."""

    def __init__(
        self,
        address: Any = None,
        authkey: bytes | None = None,
        serializer: str = "pickle",
        ctx: Any = None,
        *,
        shutdown_timeout: float = 1.0,
    ) -> None:
        if ctx is None:
            from polyproc.multiprocessing.context import _default_context

            ctx = _default_context.get_context()
        super().__init__(address, authkey, serializer, ctx, shutdown_timeout=shutdown_timeout)


class _DaemonManager(BaseManager):
    """A manager that has a process of its own only where the daemon does not do."""

    _served: dict[str, Any] = {}  # noqa: RUF012
    """What needs no process, as it was registered."""

    def __init__(self, *args: Any, **kwds: Any) -> None:
        super().__init__(*args, **kwds)
        self._has_process = False
        self._is_server_elsewhere = False
        self._is_over = threading.Event()
        self._starter = os.getpid()

    def start(self, initializer: Callable[..., object] | None = None, initargs: Any = ()) -> None:
        """Starts it.

        Args:
            initializer: called in the process that serves the classes of the program.
            initargs: with what.

        Raises:
            ProcessError: It was started before.
        """
        own = any(self._served.get(typeid) is not entry for typeid, entry in self._registry.items())
        if self._state.value != State.INITIAL or own or self._address or initializer:
            self._start_process(initializer, initargs)
        else:
            # It counts as a process, so that the names of those to come are what they are there.
            self._ctx.Process()
        _runtime.client()  # All processes of the program are to have one daemon.
        self._starter = os.getpid()
        self._state.value = State.STARTED

    def _start_process(self, initializer: Any = None, initargs: Any = ()) -> None:
        super().start(initializer, initargs)
        self._has_process = True
        self._end_process = self.__dict__.pop("shutdown")

    def connect(self) -> None:
        """Connects to a manager that is there, by its `address`."""
        if self._address != str(_runtime.client()._dialer.address):
            super().connect()
            self._is_server_elsewhere = True
        self._state.value = State.STARTED

    @property
    def address(self) -> Any:
        """Where another manager connects to."""
        if self._address is None and self._state.value == State.STARTED:
            return str(_runtime.client()._dialer.address)
        return self._address

    def _create(self, typeid: str, /, *args: Any, **kwds: Any) -> Any:
        if self._state.value == State.STARTED and not (
            self._has_process or self._is_server_elsewhere
        ):
            self._state.value = State.INITIAL
            self._start_process()
        return super()._create(typeid, *args, **kwds)

    def join(self, timeout: float | None = None) -> None:
        """Waits until it is shut down, or a time is up."""
        assert self._starter == os.getpid(), "can only join a child process"
        if self._has_process:
            super().join(timeout)
        else:
            self._is_over.wait(timeout)

    def shutdown(self) -> None:
        """Ends it, and deletes what it has made, whoever has it. To do so twice does no harm.

        In a forked child it does nothing.
        """
        if self._state.value == State.INITIAL:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute 'shutdown'")
        if self._starter != os.getpid() or self._state.value == State.SHUTDOWN:
            return
        self._state.value = State.SHUTDOWN
        try:
            self._delete_all()
        finally:
            self._is_over.set()
            if self._has_process:
                self._end_process()

    def _delete_all(self) -> None:
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        """All but what only the process can use that has started it."""
        return {name: thing for name, thing in vars(self).items() if name not in _STARTERS_OWN}


_STARTERS_OWN = frozenset({"_end_process", "_is_over", "_process"})


class SyncManager(_DaemonManager):
    """A manager whose objects are the daemon's: dicts, lists, queues, locks and others.

    They live for as long as somebody has them, a process or a stored value, or until `shutdown`.
    """

    _registry = registry()
    _served = without_process(_registry)

    def __init__(self, *args: Any, **kwds: Any) -> None:
        super().__init__(*args, **kwds)
        self._prefix = f"manager-{os.getpid()}-{secrets.token_hex(4)}/"

    def _made(self, typeid: str, args: Any, kwds: Any) -> Any:
        assert self._state.value == State.STARTED, "server not yet started"
        name = ReferencedName(f"{self._prefix}{typeid}-{_process}-{next(_numbers)}")
        return made(_runtime.client(), typeid, name, args, kwds)

    def _delete_all(self) -> None:
        with contextlib.suppress(Error):
            admin = _runtime.client().admin
            for each in list(admin.objects(prefix=self._prefix)):
                with contextlib.suppress(Error):
                    admin.delete(each.name)

    def _number_of_objects(self) -> int:
        """How many objects there are that it has made."""
        return len(self._objects()) + (super()._number_of_objects() if self._has_process else 0)

    def _debug_info(self) -> str:
        """A line for each object that it has made."""
        lines = [f"  {each.name}:       {each.summary}" for each in self._objects()]
        return "\n".join([*lines, *([super()._debug_info()] if self._has_process else [])])

    def _objects(self) -> list[Any]:
        return list(_runtime.client().admin.objects(prefix=self._prefix))


for _typeid, _method in methods().items():
    setattr(SyncManager, _typeid, _method)

_numbers = itertools.count(1)
_process = secrets.token_hex(4)
"""Tells the names that this process gives from those of others that have the manager by a fork."""


renew_in_child(globals(), "_process", lambda: secrets.token_hex(4))


class SharedMemoryManager(_DaemonManager):
    """A manager of shared memory, which is gone for all when it is shut down, or ends."""

    _Server = _standard.SharedMemoryServer

    def __init__(self, *args: Any, **kwds: Any) -> None:
        super().__init__(*args, **kwds)
        self._segments: list[str] = []

    def start(self, initializer: Callable[..., object] | None = None, initargs: Any = ()) -> None:
        """Starts it; see `SyncManager.start`."""
        super().start(initializer, initargs)
        self._at_end = util.Finalize(self, _unlink_all, (self._segments,), exitpriority=0)

    def get_server(self) -> Any:
        """A server of the classes that the program has registered."""
        if self._state.value == State.STARTED:
            raise ProcessError("Already started SharedMemoryServer")
        if self._state.value == State.SHUTDOWN:
            raise ProcessError("SharedMemoryManager has shut down")
        return self._Server(self._registry, self._address, self._authkey, self._serializer)

    def SharedMemory(self, size: int) -> Any:  # noqa: N802
        """A new block of shared memory of so many bytes."""
        from polyproc.multiprocessing.shared_memory import SharedMemory

        self._require_started()
        memory = SharedMemory(None, create=True, size=size)
        self._segments.append(memory.name)
        return memory

    def ShareableList(self, sequence: Any) -> Any:  # noqa: N802
        """A new `ShareableList` of what a sequence has."""
        from polyproc.multiprocessing.shared_memory import ShareableList

        self._require_started()
        shared = ShareableList(sequence)
        self._segments.append(shared.shm.name)
        return shared

    def _require_started(self) -> None:
        if self._state.value == State.INITIAL:
            self._Client(None)  # Which refuses that there is no address yet.
        if self._state.value == State.SHUTDOWN:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def _delete_all(self) -> None:
        self._at_end()


def _unlink_all(names: list[str]) -> None:
    from polyproc.multiprocessing.shared_memory import SharedMemory

    while names:
        with contextlib.suppress(FileNotFoundError):  # Somebody has unlinked it.
            memory = SharedMemory(names.pop())
            memory.close()
            memory.unlink()


globals().update(rest_of(_standard, globals()))
