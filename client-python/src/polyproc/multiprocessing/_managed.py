"""Makes what a manager has: the daemon's objects, each behind a proxy."""

from __future__ import annotations

import array
import multiprocessing.managers as _standard
import queue
import threading
from collections.abc import Callable
from typing import Any

from polyproc._lock import Lock
from polyproc._object import ReferencedName
from polyproc._polyproc import Polyproc
from polyproc.multiprocessing._anything import ANYTHING
from polyproc.multiprocessing._keys import KEYS
from polyproc.multiprocessing._proxies import PROXIES, DaemonProxy

Maker = Callable[..., DaemonProxy]

# Each makes an object of the standard library first: it refuses what that refuses, in its words.


def _dict(client: Polyproc, name: str, /, *args: Any, **kwds: Any) -> DaemonProxy:
    content = dict(*args, **kwds)
    handle = client.dict(name, codec=ANYTHING, key_codec=KEYS)
    if content:
        handle._set_all(content.items())
    return PROXIES["dict"](handle)


def _list(client: Polyproc, name: str, /, *args: Any, **kwds: Any) -> DaemonProxy:
    content = list(*args, **kwds)
    handle = client.list(name, codec=ANYTHING)
    if content:
        handle.extend(content)
    return PROXIES["list"](handle)


def _namespace(client: Polyproc, name: str, /, **kwds: Any) -> DaemonProxy:
    handle = client.namespace(name, codec=ANYTHING)
    for attribute, value in kwds.items():
        handle[attribute] = value
    return PROXIES["Namespace"](handle)


def _value(
    client: Polyproc,
    name: str,
    /,
    typecode: Any,
    value: Any,
    lock: Any = True,  # noqa: ARG001
) -> DaemonProxy:
    handle = client.namespace(name, codec=ANYTHING)
    handle["typecode"] = typecode
    handle["value"] = value
    return PROXIES["Value"](handle)


def _array(
    client: Polyproc,
    name: str,
    /,
    typecode: Any,
    sequence: Any,
    lock: Any = True,  # noqa: ARG001
) -> DaemonProxy:
    content = array.array(typecode, sequence)
    elements: Any = content.tounicode() if typecode in "uw" else content
    return PROXIES["Array"](client.array(name, typecode, elements), typecode)  # type: ignore[call-arg]


def _queue(typeid: str) -> Maker:
    def make(client: Polyproc, name: str, /, *args: Any, **kwds: Any) -> DaemonProxy:
        maxsize = queue.Queue(*args, **kwds).maxsize  # type: ignore[var-annotated]
        handle = client.queue(name, max(0, maxsize), codec=ANYTHING, joinable="done")
        return PROXIES[typeid](handle, maxsize)  # type: ignore[call-arg]

    return make


def _event(client: Polyproc, name: str, /) -> DaemonProxy:
    return PROXIES["Event"](client.event(name))


def _lock(client: Polyproc, name: str, /) -> DaemonProxy:
    return PROXIES["Lock"](client.lock(name))


def _rlock(client: Polyproc, name: str, /) -> DaemonProxy:
    return PROXIES["RLock"](client.lock(name, reentrant=True))


def _semaphore(client: Polyproc, name: str, /, value: Any = 1) -> DaemonProxy:
    threading.Semaphore(value)
    return PROXIES["Semaphore"](client.semaphore(name, value))


def _bounded_semaphore(client: Polyproc, name: str, /, value: Any = 1) -> DaemonProxy:
    threading.BoundedSemaphore(value)
    if value == 0:
        raise NotImplementedError("Expected a bounded semaphore of at least 1, but the bound is 0")
    return PROXIES["BoundedSemaphore"](client.bounded_semaphore(name, value))


def _condition(client: Polyproc, name: str, /, lock: Any = None) -> DaemonProxy:
    of = _rlock(client, ReferencedName(name + "/lock")) if lock is None else lock
    handle = getattr(of, "_handle", None)
    if not isinstance(handle, Lock):
        raise NotImplementedError(
            f"Expected a condition of a Lock or an RLock of a manager, but of {lock!r}"
        )
    return PROXIES["Condition"](client.condition(name, handle), of)  # type: ignore[call-arg]


def _barrier(
    client: Polyproc, name: str, /, parties: Any, action: Any = None, timeout: Any = None
) -> DaemonProxy:
    threading.Barrier(parties, action, timeout)
    handle = client.barrier(name, parties, action, timeout)
    return PROXIES["Barrier"](handle, action, timeout)  # type: ignore[call-arg]


def _pool(client: Polyproc, name: str, /, *args: Any, **kwds: Any) -> DaemonProxy:
    raise NotImplementedError("Expected an object of a manager, but pools come later")


MAKERS: dict[str, Maker] = {
    "Queue": _queue("Queue"),
    "JoinableQueue": _queue("JoinableQueue"),
    "Event": _event,
    "Lock": _lock,
    "RLock": _rlock,
    "Semaphore": _semaphore,
    "BoundedSemaphore": _bounded_semaphore,
    "Condition": _condition,
    "Barrier": _barrier,
    "Pool": _pool,
    "list": _list,
    "dict": _dict,
    "Value": _value,
    "Array": _array,
    "Namespace": _namespace,
}
"""What makes each, by what a manager calls it."""

_NEW = {
    typeid: method
    for typeid, method in vars(_standard.SyncManager).items()
    if typeid in _standard.SyncManager._registry and typeid not in MAKERS  # type: ignore[attr-defined]
}


def standard_methods() -> dict[str, Any]:
    """What this version's managers have beside: they make it in a process of their own."""
    return dict(_NEW)
