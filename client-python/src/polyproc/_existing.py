"""Handles of objects that are there, whoever made them, and whatever their shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from polyproc._client import Client
from polyproc._hold import lease_of
from polyproc._methods import RETAIN
from polyproc._object import name_needed
from polyproc._values import PLAIN, Codec
from polyproc.v1 import object_pb2, session_pb2

if TYPE_CHECKING:
    from polyproc._array import Array
    from polyproc._barrier import Barrier
    from polyproc._condition import Condition
    from polyproc._dict import Dict
    from polyproc._event import Event
    from polyproc._job import Job
    from polyproc._latch import Latch
    from polyproc._list import List
    from polyproc._lock import Lock
    from polyproc._namespace import Namespace
    from polyproc._pipe import PipeEnd
    from polyproc._pool import Pool
    from polyproc._process import Process
    from polyproc._queue import Queue
    from polyproc._rwlock import RWLock
    from polyproc._semaphore import Semaphore
    from polyproc._shared_memory import SharedArray
    from polyproc._value import Value

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class FindsExisting(Client):
    """A client that finds what is there, by its name, and makes nothing.

    Each method is refused with the reason OBJECT_NOT_FOUND where nothing has the name, and with
    WRONG_KIND where something else has it.
    """

    def _existing(self, name: str, kind: object_pb2.ObjectKind) -> object_pb2.Ref:
        return self._all_existing(object_pb2.Ref(kind=kind, name=name_needed(name)))[0]

    def _all_existing(self, *refs: object_pb2.Ref) -> list[object_pb2.Ref]:
        """Retains objects for handles that are about to be made, all or none."""
        return list(self._call(RETAIN, session_pb2.SessionRetainRequest(refs=refs)).refs)

    def existing_array(self, name: str, *, wrap: bool = False) -> Array:
        """The array of that name, with the type and the length that it has.

        Args:
            name: its name.
            wrap: whether whole numbers that are out of range wrap, by this handle.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._array import Array

        return Array(self, self._existing(name, object_pb2.OBJECT_KIND_ARRAY), wrap=wrap)

    def existing_barrier(
        self, name: str, action: Callable[[], object] | None = None, timeout: float | None = None
    ) -> Barrier:
        """The barrier of that name, for as many parties as it has.

        Args:
            name: its name.
            action: what this program runs when one of its threads comes last, where the barrier was
                made with one.
            timeout: for how many seconds its `wait` waits unless told otherwise; None: for ever.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._barrier import Barrier

        ref = self._existing(name, object_pb2.OBJECT_KIND_BARRIER)
        return Barrier(self, ref, True, action, timeout)

    def existing_condition(self, name: str) -> Condition:
        """The condition of that name, of the lock that it has.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._condition import Condition

        return Condition(self, self._existing(name, object_pb2.OBJECT_KIND_CONDITION))

    @overload
    def existing_dict(self, name: str) -> Dict[Any, Any]: ...
    @overload
    def existing_dict(self, name: str, *, codec: Codec[V]) -> Dict[Any, V]: ...
    @overload
    def existing_dict(self, name: str, *, key_codec: Codec[K]) -> Dict[K, Any]: ...
    @overload
    def existing_dict(self, name: str, *, codec: Codec[V], key_codec: Codec[K]) -> Dict[K, V]: ...
    def existing_dict(
        self, name: str, *, codec: Codec[Any] = PLAIN, key_codec: Codec[Any] = PLAIN
    ) -> Dict[Any, Any]:
        """The dict of that name.

        Args:
            name: its name.
            codec: how its values are written, by this handle.
            key_codec: how its keys are written.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._dict import Dict

        ref = self._existing(name, object_pb2.OBJECT_KIND_DICT)
        return Dict(self, ref, True, codec, key_codec)

    def existing_event(self, name: str) -> Event:
        """The event of that name.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._event import Event

        return Event(self, self._existing(name, object_pb2.OBJECT_KIND_EVENT))

    @overload
    def existing_job(self, name: str) -> Job[Any]: ...
    @overload
    def existing_job(self, name: str, *, codec: Codec[T]) -> Job[T]: ...
    def existing_job(self, name: str, *, codec: Codec[Any] = PLAIN) -> Job[Any]:
        """The job of that name, whoever made it, with the results that nobody has taken.

        Args:
            name: its name.
            codec: what arguments and results are, by this handle.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._job import Job

        return Job(self, self._existing(name, object_pb2.OBJECT_KIND_JOB), codec=codec)

    def existing_latch(self, name: str) -> Latch:
        """The latch of that name, with the count that it has.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._latch import Latch

        return Latch(self, self._existing(name, object_pb2.OBJECT_KIND_LATCH))

    @overload
    def existing_list(self, name: str) -> List[Any]: ...
    @overload
    def existing_list(self, name: str, *, codec: Codec[T]) -> List[T]: ...
    def existing_list(self, name: str, *, codec: Codec[Any] = PLAIN) -> List[Any]:
        """The list of that name.

        Args:
            name: its name.
            codec: how its elements are written, by this handle.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._list import List

        return List(self, self._existing(name, object_pb2.OBJECT_KIND_LIST), True, codec)

    def existing_lock(self, name: str, *, lease: float | None = None) -> Lock:
        """The lock of that name, whatever its shape; one per key is there while it is used.

        Args:
            name: its name.
            lease: after how many seconds each hold by this handle ends by itself; None: never.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._lock import Lock

        lease_of(lease)
        return Lock(self, self._existing(name, object_pb2.OBJECT_KIND_LOCK), True, lease)

    def existing_namespace(self, name: str, *, codec: Codec[Any] = PLAIN) -> Namespace:
        """The namespace of that name.

        Args:
            name: its name.
            codec: how its attributes are written, by this handle.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._namespace import Namespace

        ref = self._existing(name, object_pb2.OBJECT_KIND_NAMESPACE)
        return Namespace(self, ref, True, codec)

    @overload
    def existing_pipe(self, name: str) -> tuple[PipeEnd[Any], PipeEnd[Any]]: ...
    @overload
    def existing_pipe(self, name: str, *, codec: Codec[T]) -> tuple[PipeEnd[T], PipeEnd[T]]: ...
    def existing_pipe(
        self, name: str, *, codec: Codec[Any] = PLAIN
    ) -> tuple[PipeEnd[Any], PipeEnd[Any]]:
        """Both ends of the pipe of that name, as `Polyproc.pipe` has them.

        Args:
            name: its name.
            codec: what messages are, by these handles.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND, also where an end is closed; or WRONG_KIND.
        """
        from polyproc._pipe import PipeEnd

        kind = object_pb2.OBJECT_KIND_PIPE_END
        first, second = self._all_existing(
            *(object_pb2.Ref(kind=kind, name=f"{name_needed(name)}/{end}") for end in (1, 2))
        )
        return PipeEnd(self, first, True, codec), PipeEnd(self, second, True, codec)

    @overload
    def existing_pool(self, name: str) -> Pool[Any]: ...
    @overload
    def existing_pool(self, name: str, *, codec: Codec[T]) -> Pool[T]: ...
    def existing_pool(self, name: str, *, codec: Codec[Any] = PLAIN) -> Pool[Any]:
        """The pool of that name, whatever its shape.

        Args:
            name: its name.
            codec: what arguments and results are, by this handle.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._pool import Pool

        return Pool(self, self._existing(name, object_pb2.OBJECT_KIND_POOL), codec=codec)

    def existing_process(self, name: str) -> Process:
        """The process of a name, which was started before, and may have ended.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._process import Process

        return Process._find(self, name_needed(name))

    @overload
    def existing_queue(self, name: str) -> Queue[Any]: ...
    @overload
    def existing_queue(self, name: str, *, codec: Codec[T]) -> Queue[T]: ...
    def existing_queue(self, name: str, *, codec: Codec[Any] = PLAIN) -> Queue[Any]:
        """The queue of that name, whatever its shape.

        Args:
            name: its name.
            codec: what its items are, by this handle.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._queue import Queue

        return Queue(self, self._existing(name, object_pb2.OBJECT_KIND_QUEUE), codec=codec)

    def existing_rwlock(self, name: str, *, lease: float | None = None) -> RWLock:
        """The read-write lock of that name, whatever its shape.

        Args:
            name: its name.
            lease: as of `existing_lock`.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._rwlock import RWLock

        lease_of(lease)
        ref = self._existing(name, object_pb2.OBJECT_KIND_READ_WRITE_LOCK)
        return RWLock(self, ref, True, lease)

    def existing_semaphore(self, name: str, *, lease: float | None = None) -> Semaphore:
        """The semaphore of that name, with the permits that it has.

        Args:
            name: its name.
            lease: after how many seconds what `hold` has acquired is given back by itself.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._semaphore import Semaphore

        lease_of(lease)
        return Semaphore(self, self._existing(name, object_pb2.OBJECT_KIND_SEMAPHORE), True, lease)

    def existing_shared_array(self, name: str) -> SharedArray:
        """The shared array of that name, with the type and the length that it has.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND; or it cannot be mapped here.
        """
        from polyproc._shared_memory import SharedArray

        found = SharedArray(self, self._existing(name, object_pb2.OBJECT_KIND_SHARED_MEMORY))
        found._mapped()
        return found

    def existing_value(self, name: str, *, wrap: bool = False) -> Value:
        """The value of that name, with the type that it has.

        Args:
            name: its name.
            wrap: as of `existing_array`.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND.
        """
        from polyproc._value import Value

        return Value(self, self._existing(name, object_pb2.OBJECT_KIND_VALUE), wrap=wrap)
