"""Contexts, as in `multiprocessing.context`: the same processes, and shared objects of a daemon.

The default start method is the standard library's own, so that both have one and the same.
"""

from __future__ import annotations

import multiprocessing.context as _standard
import sys
from typing import Any

from polyproc.multiprocessing import _children
from polyproc.multiprocessing._standard import rest_of


class BaseContext(_standard.BaseContext):
    """What a context makes. Each imports what it needs when it is called."""

    def get_context(self, method: str | None = None) -> Any:
        """Returns the context of a start method; None: this one."""
        if method is None:
            return self
        found = _concrete_contexts.get(method)
        if found is None:
            raise ValueError(f"cannot find context for {method!r}")
        found._check_available()
        return found

    def Manager(self) -> Any:  # noqa: N802
        """Returns a manager, whose objects are the daemon's."""
        from polyproc.multiprocessing.managers import SyncManager

        manager = SyncManager(ctx=self.get_context())
        manager.start()
        return manager

    def Pipe(self, duplex: bool = True) -> Any:  # noqa: N802
        """Returns two connection objects connected by a pipe."""
        from polyproc.multiprocessing.connection import Pipe

        return Pipe(duplex)

    def Lock(self) -> Any:  # noqa: N802
        """Returns a non-recursive lock object."""
        from polyproc.multiprocessing.synchronize import Lock

        return Lock(ctx=self.get_context())

    def RLock(self) -> Any:  # noqa: N802
        """Returns a recursive lock object."""
        from polyproc.multiprocessing.synchronize import RLock

        return RLock(ctx=self.get_context())

    def Condition(self, lock: Any = None) -> Any:  # noqa: N802
        """Returns a condition object."""
        from polyproc.multiprocessing.synchronize import Condition

        return Condition(lock, ctx=self.get_context())

    def Semaphore(self, value: int = 1) -> Any:  # noqa: N802
        """Returns a semaphore object."""
        from polyproc.multiprocessing.synchronize import Semaphore

        return Semaphore(value, ctx=self.get_context())

    def BoundedSemaphore(self, value: int = 1) -> Any:  # noqa: N802
        """Returns a bounded semaphore object."""
        from polyproc.multiprocessing.synchronize import BoundedSemaphore

        return BoundedSemaphore(value, ctx=self.get_context())

    def Event(self) -> Any:  # noqa: N802
        """Returns an event object."""
        from polyproc.multiprocessing.synchronize import Event

        return Event(ctx=self.get_context())

    def Barrier(self, parties: int, action: Any = None, timeout: float | None = None) -> Any:  # noqa: N802
        """Returns a barrier object."""
        from polyproc.multiprocessing.synchronize import Barrier

        return Barrier(parties, action, timeout, ctx=self.get_context())

    def Queue(self, maxsize: int = 0) -> Any:  # noqa: N802
        """Returns a queue object."""
        from polyproc.multiprocessing.queues import Queue

        return Queue(maxsize, ctx=self.get_context())

    def JoinableQueue(self, maxsize: int = 0) -> Any:  # noqa: N802
        """Returns a queue object, whose items are counted until they are done."""
        from polyproc.multiprocessing.queues import JoinableQueue

        return JoinableQueue(maxsize, ctx=self.get_context())

    def SimpleQueue(self) -> Any:  # noqa: N802
        """Returns a queue object."""
        from polyproc.multiprocessing.queues import SimpleQueue

        return SimpleQueue(ctx=self.get_context())

    def Pool(  # noqa: N802
        self,
        processes: int | None = None,
        initializer: Any = None,
        initargs: Any = (),
        maxtasksperchild: int | None = None,
        *,
        attempts: int | None = None,
    ) -> Any:
        """Returns a process pool object; it runs a task so often where the processes die."""
        from polyproc.multiprocessing.pool import Pool

        return Pool(
            processes,
            initializer,
            initargs,
            maxtasksperchild,
            context=self.get_context(),
            attempts=attempts,
        )

    def RawValue(self, typecode_or_type: Any, *args: Any) -> Any:  # noqa: N802
        """Returns a shared object."""
        from polyproc.multiprocessing.sharedctypes import RawValue

        return RawValue(typecode_or_type, *args)

    def RawArray(self, typecode_or_type: Any, size_or_initializer: Any) -> Any:  # noqa: N802
        """Returns a shared array."""
        from polyproc.multiprocessing.sharedctypes import RawArray

        return RawArray(typecode_or_type, size_or_initializer)

    def Value(self, typecode_or_type: Any, *args: Any, lock: Any = True) -> Any:  # noqa: N802
        """Returns a synchronized shared object."""
        from polyproc.multiprocessing.sharedctypes import Value

        return Value(typecode_or_type, *args, lock=lock, ctx=self.get_context())

    def Array(self, typecode_or_type: Any, size_or_initializer: Any, *, lock: Any = True) -> Any:  # noqa: N802
        """Returns a synchronized shared array."""
        from polyproc.multiprocessing.sharedctypes import Array

        return Array(typecode_or_type, size_or_initializer, lock=lock, ctx=self.get_context())


def _context_of(standard: _standard.BaseContext) -> Any:
    """The context of a start method, and its class of processes; both are named as there."""
    standard_process: Any = standard.Process  # type: ignore[attr-defined]

    class Process(standard_process):  # type: ignore[misc]
        start = _children.start
        _bootstrap = _children.bootstrap

    class Context(BaseContext, type(standard)):  # type: ignore[misc]
        pass

    Context.Process = Process
    for own, theirs in ((Process, standard_process), (Context, type(standard))):
        own.__name__ = own.__qualname__ = theirs.__name__
        own.__module__ = __name__
        own.__doc__ = theirs.__doc__
        globals()[theirs.__name__] = own
    return Context()


_concrete_contexts: dict[str, Any] = {
    method: _context_of(standard)
    for method, standard in _standard._concrete_contexts.items()  # type: ignore[attr-defined]
}


class Process(_standard.Process):
    """A process by the default start method."""

    start = _children.start
    _bootstrap = _children.bootstrap


class DefaultContext(BaseContext, _standard.DefaultContext):
    """The context of the standard library's default start method."""

    Process = Process

    def get_context(self, method: str | None = None) -> Any:
        """Returns the context of a start method; None: of the default one."""
        return super().get_context(self.get_start_method() if method is None else method)

    def set_start_method(self, method: str | None, force: bool = False) -> None:
        """Sets the start method, once, for the standard library's `multiprocessing` as well."""
        _standard._default_context.set_start_method(method, force)

    def get_all_start_methods(self) -> Any:
        """Returns a list of the supported start methods, default first."""
        return _standard._default_context.get_all_start_methods()

    def get_start_method(self, allow_none: bool = False) -> Any:
        """Returns the start method that was set, or is the default."""
        return _standard._default_context.get_start_method(allow_none)


_default_context = DefaultContext(
    _concrete_contexts[_standard._default_context._default_context._name]  # type: ignore[attr-defined]
)

globals().update(rest_of(sys.modules[_standard.__name__], globals()))
