"""Makes what a manager has: the daemon's objects, each behind a proxy."""

from __future__ import annotations

import multiprocessing.managers
from collections.abc import Callable
from multiprocessing.managers import RemoteError
from traceback import format_exc
from typing import Any

from polyproc._lock import Lock, OnOwnerEnd
from polyproc._object import ReferencedName
from polyproc._polyproc import Polyproc
from polyproc.multiprocessing._anything import ANYTHING
from polyproc.multiprocessing._keys import KEYS
from polyproc.multiprocessing._proxies import DaemonProxy, rebuilt

_standard: Any = multiprocessing.managers

Maker = Callable[[Polyproc, str, Any], DaemonProxy]
"""Makes an object by a client, under a name, that is as one of the standard library."""


def _dict(client: Polyproc, name: str, like: Any) -> DaemonProxy:
    handle = client.dict(name, codec=ANYTHING, key_codec=KEYS)
    if like:
        handle._set_all(like.items())
    return rebuilt("dict", handle)


def _list(client: Polyproc, name: str, like: Any) -> DaemonProxy:
    handle = client.list(name, codec=ANYTHING)
    if like:
        handle.extend(like)
    return rebuilt("list", handle)


def _namespace(client: Polyproc, name: str, like: Any) -> DaemonProxy:
    handle = client.namespace(name, codec=ANYTHING)
    for attribute, value in vars(like).items():
        handle[attribute] = value
    return rebuilt("Namespace", handle)


def _value(client: Polyproc, name: str, like: Any) -> DaemonProxy:
    handle = client.namespace(name, codec=ANYTHING)
    handle["typecode"] = like._typecode
    handle["value"] = like.value
    return rebuilt("Value", handle)


def _array(client: Polyproc, name: str, like: Any) -> DaemonProxy:
    elements = like.tounicode() if like.typecode in "uw" else like
    return rebuilt("Array", client.array(name, like.typecode, elements), like.typecode)


def _queue(typeid: str) -> Maker:
    def make(client: Polyproc, name: str, like: Any) -> DaemonProxy:
        maxsize = like.maxsize
        handle = client.queue(name, max(0, maxsize), codec=ANYTHING, joinable="done")
        return rebuilt(typeid, handle, maxsize)

    return make


def _event(client: Polyproc, name: str, like: Any) -> DaemonProxy:  # noqa: ARG001
    return rebuilt("Event", client.event(name))


def _lock(client: Polyproc, name: str, like: Any) -> DaemonProxy:  # noqa: ARG001
    return rebuilt("Lock", client.lock(name))


def _rlock(client: Polyproc, name: str, like: Any) -> DaemonProxy:  # noqa: ARG001
    return rebuilt("RLock", client.lock(name, reentrant=True))


def _semaphore(client: Polyproc, name: str, like: Any) -> DaemonProxy:
    # Permits of one that begins with none are signals, which nobody holds.
    on_owner_end: OnOwnerEnd = "release" if like._value else "keep"
    return rebuilt("Semaphore", client.semaphore(name, like._value, on_owner_end=on_owner_end))


def _bounded_semaphore(client: Polyproc, name: str, like: Any) -> DaemonProxy:
    if like._value == 0:
        raise NotImplementedError("Expected a bounded semaphore of at least 1, but the bound is 0")
    return rebuilt("BoundedSemaphore", client.bounded_semaphore(name, like._value))


def _condition(client: Polyproc, name: str, like: Any) -> DaemonProxy:
    lock = like._lock
    if not isinstance(lock, _standard.BaseProxy):
        lock = _rlock(client, ReferencedName(name + "/lock"), None)
    handle = getattr(lock, "_handle", None)
    if not isinstance(handle, Lock):
        raise NotImplementedError(
            f"Expected a condition of a Lock or an RLock of a manager, but it is of {lock!r}"
        )
    return rebuilt("Condition", client.condition(name, handle), lock)


def _barrier(client: Polyproc, name: str, like: Any) -> DaemonProxy:
    action, timeout = like._action, like._timeout
    return rebuilt("Barrier", client.barrier(name, like.parties, action, timeout), action, timeout)


_MAKERS: dict[str, Maker] = {
    "Queue": _queue("Queue"),
    "JoinableQueue": _queue("JoinableQueue"),
    "Event": _event,
    "Lock": _lock,
    "RLock": _rlock,
    "Semaphore": _semaphore,
    "BoundedSemaphore": _bounded_semaphore,
    "Condition": _condition,
    "Barrier": _barrier,
    "list": _list,
    "dict": _dict,
    "Value": _value,
    "Array": _array,
    "Namespace": _namespace,
}
"""By what a manager calls it."""

_REGISTRY = _standard.SyncManager._registry


def made(client: Polyproc, typeid: str, name: str, args: Any, kwds: Any) -> DaemonProxy:
    """A new object of the daemon.

    Args:
        client: whose.
        typeid: what a manager calls it, such as "dict".
        name: its name.
        args: what it is made of, as of the standard library's.
        kwds: likewise.

    Raises:
        RemoteError: That would refuse it.
        NotImplementedError: The daemon has none.
    """
    try:
        like = _REGISTRY[typeid][0](*args, **kwds)
    except Exception:
        raise RemoteError(format_exc()) from None
    return _MAKERS[typeid](client, name, like)


def _method(typeid: str) -> Any:
    def create(self: Any, /, *args: Any, **kwds: Any) -> Any:
        return self._made(typeid, args, kwds)

    create.__name__ = typeid
    create.__qualname__ = f"SyncManager.{typeid}"
    create.__doc__ = _REGISTRY[typeid][0].__doc__
    return create


def _pool(*args: Any, **kwds: Any) -> Any:
    """A pool in the process of a manager."""
    from polyproc.multiprocessing.pool import Pool

    return Pool(*args, **kwds)


def registry() -> dict[str, Any]:
    """What a manager has, by the names of its methods: the standard library's, with our pools."""
    return {**_REGISTRY, "Pool": (_pool, *_REGISTRY["Pool"][1:])}


def without_process(registered: dict[str, Any]) -> dict[str, Any]:
    """What a manager starts no process for, of what it has, until somebody asks for it."""
    return {
        typeid: entry
        for typeid, entry in registered.items()
        if typeid in _MAKERS or typeid == "Pool" or typeid not in vars(_standard.SyncManager)
    }


def methods() -> dict[str, Any]:
    """The methods of a manager that make objects, by their names.

    What this version of Python has beside those of the daemon is the standard library's method,
    which has a process of the program serve the object.
    """
    return {
        typeid: _method(typeid) if typeid in _MAKERS else vars(_standard.SyncManager)[typeid]
        for typeid in _REGISTRY
        if typeid in vars(_standard.SyncManager)
    }
