"""The client as users have it: makes the handles of a daemon's objects."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from polyproc._client import CHILD_SECONDS
from polyproc._existing import FindsExisting
from polyproc._hold import Hold, Key, Tenure
from polyproc._object import Handle, Retained
from polyproc._session import Session
from polyproc._values import PLAIN, Codec
from polyproc.v1 import object_pb2

if TYPE_CHECKING:
    from polyproc._admin import Admin
    from polyproc._array import Array
    from polyproc._barrier import Barrier
    from polyproc._child import ChildSession
    from polyproc._condition import Condition
    from polyproc._dict import Dict
    from polyproc._event import Event
    from polyproc._latch import Latch
    from polyproc._list import List
    from polyproc._lock import HeldLocks, Lock, OnOwnerEnd
    from polyproc._namespace import Namespace
    from polyproc._pipe import PipeEnd
    from polyproc._pool import Pool, PoolKeywords
    from polyproc._process import Process, ProcessInfo
    from polyproc._queue import Order, Queue, QueueKeywords
    from polyproc._rwlock import RWLock
    from polyproc._semaphore import Semaphore
    from polyproc._shared_memory import SharedArray
    from polyproc._value import Value

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class Polyproc(FindsExisting):
    """A client of a daemon. One is enough for a program: any number of threads may use it.

    After a fork the child's copy opens a session of its own with the first call. `close` ends the
    session, and with it all that it holds; so does the end of the program.
    """

    def _guarded(self, guard_field: bytes) -> Polyproc:
        return _Guarded(self, guard_field) if guard_field else self

    @property
    def admin(self) -> Admin:
        """What operators see and do: objects, sessions, who waits, limits."""
        from polyproc._admin import Admin

        return Admin(self)

    def guarded_by(self, hold: Hold) -> Polyproc:
        """The same client, whose calls take effect only while a lock is held.

        That is for a program that may be stopped for longer than it holds the lock, by a lease or
        because its session was given up: what it calls afterwards is refused, with the reason
        `GUARD_FAILED`. It is for the objects that are made by what is answered. A wait at a
        condition ends the hold that is meant: ask again afterwards.

        Args:
            hold: what `with lock as hold` gives, or `lock.hold()`.
        """
        return _Guarded(self, hold._guard())

    def lock_all(self, locks: Iterable[Lock], timeout: float | None = None) -> HeldLocks:
        """Acquires several locks at once, all or none, and waits for them.

        Calls of this kind never wait for each other for ever, whatever the order of the locks. The
        locks are of this client and of one kind: all locks per key of one shape, or none; all with
        one lease, or none.

        Args:
            locks: up to 64, each once.
            timeout: for how many seconds to wait at most; None: for ever.

        Returns:
            What a `with` statement releases.

        Raises:
            TimeoutError: The time was up. None is held.
        """
        from polyproc._lock import acquire_all

        return acquire_all(self, list(locks), timeout)

    # The objects.

    def array(
        self,
        name: str | None,
        type: object,  # noqa: A002
        size_or_initializer: object,
        *,
        lock: str | None = None,
        wrap: bool = False,
    ) -> Array:
        """An array of elements of a fixed size that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            type: of its elements: a type code of `array`, such as "d", a type of `ctypes` or NumPy,
                or an `ElementType`.
            size_or_initializer: how many elements, which are 0; or what they are at first, of which
                an array that is there takes no notice.
            lock: the name of the lock that guards it; by default its own name and "/lock".
            wrap: whether whole numbers that are out of range wrap, as in `ctypes`; else they are an
                OverflowError.

        Raises:
            TypeError: There is no such type, or an element is of another.
            ValueError: There is no such type, or the length is below 0.
        """
        from polyproc._array import Array

        return Array._create(self, name, type, size_or_initializer, lock, wrap)

    def barrier(
        self,
        name: str | None,
        parties: int,
        action: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> Barrier:
        """A barrier that is there, or is made. It stays with its round, and broken, if it is.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            parties: how many wait for each other.
            action: what this program runs when one of its threads comes last, before all go on. All
                programs give one, or none does.
            timeout: for how many seconds its `wait` waits unless told otherwise; None: for ever.

        Raises:
            ValueError: There is no party.
        """
        from polyproc._barrier import Barrier

        return Barrier._create(self, name, parties, action, timeout)

    def bounded_semaphore(
        self,
        name: str | None = None,
        permits: int = 1,
        *,
        owned: bool = False,
        on_owner_end: OnOwnerEnd = "release",
        lease: float | None = None,
    ) -> Semaphore:
        """A `semaphore` that never has more permits than at first, as `BoundedSemaphore`."""
        return self.semaphore(
            name,
            permits,
            max_permits=permits,
            owned=owned,
            on_owner_end=on_owner_end,
            lease=lease,
        )

    def condition(self, name: str | None = None, lock: Lock | None = None) -> Condition:
        """A condition that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            lock: of which lock; None: of a new one without a name, which is reentrant. A lock per
                key has none.
        """
        from polyproc._condition import Condition

        return Condition._create(self, name, lock)

    @overload
    def dict(self, name: str | None = None) -> Dict[Any, Any]: ...
    @overload
    def dict(self, name: str | None = None, *, codec: Codec[V]) -> Dict[Any, V]: ...
    @overload
    def dict(self, name: str | None = None, *, key_codec: Codec[K]) -> Dict[K, Any]: ...
    @overload
    def dict(
        self, name: str | None = None, *, codec: Codec[V], key_codec: Codec[K]
    ) -> Dict[K, V]: ...
    def dict(
        self, name: str | None = None, *, codec: Codec[Any] = PLAIN, key_codec: Codec[Any] = PLAIN
    ) -> Dict[Any, Any]:
        """A dict that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            codec: how its values are written; by default as plain Python data.
            key_codec: how its keys are written.
        """
        from polyproc._dict import Dict

        return Dict._create(self, name, codec, key_codec)

    def event(self, name: str | None = None) -> Event:
        """An event that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
        """
        from polyproc._event import Event

        return Event._create(self, name)

    def key_lock(
        self,
        name: str,
        *,
        reentrant: bool = False,
        on_owner_end: OnOwnerEnd = "release",
        lease: float | None = None,
    ) -> Lock:
        """A lock for a key, such as `f"order-{number}"`.

        It is there only while somebody holds or waits for it, so that there may be one for each of
        any number of keys. To ask for it costs no call.

        Args:
            name: its name.
            reentrant: as of `lock`.
            on_owner_end: as of `lock`.
            lease: as of `lock`.
        """
        from polyproc._lock import Lock

        return Lock._of_key(self, name, reentrant, on_owner_end, lease)

    def latch(self, name: str | None, count: int) -> Latch:
        """A latch that is there, or is made. One that is open stays so: name it after its run.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            count: from where it counts down.

        Raises:
            ValueError: It would count from below 0.
        """
        from polyproc._latch import Latch

        return Latch._create(self, name, count)

    @overload
    def list(self, name: str | None = None) -> List[Any]: ...
    @overload
    def list(self, name: str | None = None, *, codec: Codec[V]) -> List[V]: ...
    def list(self, name: str | None = None, *, codec: Codec[Any] = PLAIN) -> List[Any]:
        """A list that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            codec: how its elements are written; by default as plain Python data.
        """
        from polyproc._list import List

        return List._create(self, name, codec)

    def lock(
        self,
        name: str | None = None,
        *,
        reentrant: bool = False,
        on_owner_end: OnOwnerEnd = "release",
        lease: float | None = None,
    ) -> Lock:
        """A lock that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            reentrant: whether its holder may acquire it again, as `threading.RLock`.
            on_owner_end: what becomes of it when its holder's program ends. "release": the next in
                line has it; "keep": it stays held until somebody releases it; "break": whoever
                waits, and whoever comes, is told `LOCK_BROKEN`.
            lease: after how many seconds each hold by this handle ends by itself; None: never.
        """
        from polyproc._lock import Lock

        return Lock._create(self, name, reentrant, on_owner_end, lease)

    def namespace(self, name: str | None = None, *, codec: Codec[Any] = PLAIN) -> Namespace:
        """A namespace that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            codec: how its attributes are written; by default as plain Python data.
        """
        from polyproc._namespace import Namespace

        return Namespace._create(self, name, codec)

    @overload
    def pipe(
        self, name: str | None = None, duplex: bool = True, *, maxsize: int = 0
    ) -> tuple[PipeEnd[Any], PipeEnd[Any]]: ...
    @overload
    def pipe(
        self, name: str | None = None, duplex: bool = True, *, codec: Codec[T], maxsize: int = 0
    ) -> tuple[PipeEnd[T], PipeEnd[T]]: ...
    def pipe(
        self,
        name: str | None = None,
        duplex: bool = True,
        *,
        codec: Codec[Any] = PLAIN,
        maxsize: int = 0,
    ) -> tuple[PipeEnd[Any], PipeEnd[Any]]:
        """Both ends of a pipe that is there, or is made, as `multiprocessing.Pipe`.

        An end is closed when nobody has it any more: no handle, no program that lives, no stored
        value. So whoever hands an end on closes its own handle of it.

        Args:
            name: its name; its ends are objects of that name with "/1" and "/2" behind it.
            duplex: whether both ends send; else the first receives, and the second sends.
            codec: what messages are.
            maxsize: how many messages wait at an end before a `send` waits; 0: very many.

        Raises:
            Error: With the reason OBJECT_EXISTS: it has another shape, or an end is closed.
        """
        from polyproc._pipe import PipeEnd

        return PipeEnd._create(self, name, duplex, maxsize, codec)

    @overload
    def pool(self, name: str | None = None, **shape: Unpack[PoolKeywords]) -> Pool[Any]: ...
    @overload
    def pool(
        self, name: str | None = None, *, codec: Codec[T], **shape: Unpack[PoolKeywords]
    ) -> Pool[T]: ...
    def pool(
        self,
        name: str | None = None,
        *,
        workers: int = 0,
        command: Sequence[str | os.PathLike[str]] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        codec: Codec[Any] = PLAIN,
        initializer: str | None = None,
        initargs: Sequence[Any] = (),
        start_timeout: float | None = None,
        attempts: int = 0,
        task_timeout: float | None = None,
        tasks_per_worker: int = 0,
        idle_timeout: float | None = None,
        max_tasks: int = 0,
        max_runs_per_key: int = 0,
        grace: float | None = None,
        max_failed_starts: int = 0,
    ) -> Pool[Any]:
        """A pool that is there, or is made: tasks, and workers in any language that run them.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            workers: how many workers the daemon keeps, by the command; 0: none, they come by
                themselves, or by `Pool.resize`.
            command: the program of a worker, as of `process`: one that runs `polyproc.Worker`, or a
                worker in another language.
            env: variables on top of the daemon's own environment.
            cwd: the folder that workers begin in; by default the daemon's.
            codec: what arguments and results are; by default plain data, which every language
                reads.
            initializer: the name of the function that a worker calls before its first task.
            initargs: what that is called with.
            start_timeout: for how many seconds a worker may take from its start until it asks for a
                task; None: a minute.
            attempts: how often a task is run at most; 0: 3 times.
            task_timeout: for how many seconds a run may take; None: for ever.
            tasks_per_worker: after how many tasks a worker is replaced; 0: never.
            idle_timeout: for how many seconds a worker waits for a task before it ends; they are
                started as tasks come then. None: they stay.
            max_tasks: how many tasks wait at most before a `submit` waits; 0: very many.
            max_runs_per_key: how many tasks of one `key` run at the same time; 0: any number.
            grace: for how many seconds a run may go on that was cancelled; None: 5.
            max_failed_starts: how many starts of workers may fail one after the other before the
                pool is broken; 0: twice the workers, and 4 at least.

        Raises:
            Error: With the reason OBJECT_EXISTS: it has another shape; `existing_pool` takes it as
                it is. Or with the reason INVALID_ARGUMENT: there are workers without a command.
        """
        from polyproc._pool import Pool

        return Pool._create(
            self,
            name,
            codec,
            workers=workers,
            command=command,
            env=env,
            cwd=cwd,
            initializer=initializer,
            initargs=initargs,
            start_timeout=start_timeout,
            attempts=attempts,
            task_timeout=task_timeout,
            tasks_per_worker=tasks_per_worker,
            idle_timeout=idle_timeout,
            max_tasks=max_tasks,
            max_runs_per_key=max_runs_per_key,
            grace=grace,
            max_failed_starts=max_failed_starts,
        )

    def process(
        self,
        command: Sequence[str | os.PathLike[str]],
        *,
        name: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        daemonic: bool = False,
        stdin: bytes | str = b"",
    ) -> Process:
        """Has the daemon start a process on its own machine, and waits until it runs.

        The process ends with the daemon. It is told how to connect back: in it,
        `polyproc.connect()` finds the daemon, and what that session holds is free the moment the
        process ends.

        Args:
            command: the program, by its path or by a name in the daemon's `PATH`, and arguments.
            name: its name, by which `existing_process` finds it; by default a generated one.
            env: variables on top of the daemon's own environment.
            cwd: the folder that it begins in; by default the daemon's.
            daemonic: whether it ends with this client's session: SIGTERM, and 5 s later SIGKILL.
            stdin: what it reads from its standard input; a text goes in UTF-8.

        Raises:
            StartFailed: There is no such program or folder, or it may not be used.
            Error: With the reason OBJECT_EXISTS: the name is taken, also by one that has ended.
            ValueError: There is no program.
        """
        from polyproc._process import Process

        return Process._start(self, command, name, env, cwd, daemonic, stdin)

    def processes(self) -> Iterator[ProcessInfo]:
        """All processes that are listed, also ended ones, in the order of their start."""
        from polyproc._process import Process

        return Process._list(self)

    @overload
    def queue(
        self, name: str | None = None, maxsize: int = 0, **shape: Unpack[QueueKeywords]
    ) -> Queue[Any]: ...
    @overload
    def queue(
        self,
        name: str | None = None,
        maxsize: int = 0,
        *,
        codec: Codec[T],
        **shape: Unpack[QueueKeywords],
    ) -> Queue[T]: ...
    def queue(
        self,
        name: str | None = None,
        maxsize: int = 0,
        *,
        codec: Codec[Any] = PLAIN,
        order: Order = "fifo",
        joinable: bool | Literal["return", "done"] = False,
        max_attempts: int = 0,
        dead_letters: Queue[Any] | str | None = None,
        dead_letter_expired: bool = False,
        unique_window: float | None = None,
        fair: bool = False,
        max_out_per_key: int = 0,
    ) -> Queue[Any]:
        """A queue that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            maxsize: how many items it holds at most, delayed ones included and reserved ones not;
                0: as many as the daemon allows.
            codec: what its items are; by default plain data, which every language reads.
            order: "fifo", "lifo" or "priority": by the `priority` of items, the lowest first.
            joinable: whether it counts unfinished items, for `task_done` and `join`. What a program
                has got and not finished comes back when it dies; with "done" it is finished then.
            max_attempts: how often an item is handed out before it becomes a dead letter; 0: any
                number. Needs `dead_letters`.
            dead_letters: the queue, or its name, that gets what came back too often or is given up.
            dead_letter_expired: whether it also gets items whose time to live is over.
            unique_window: for how many seconds a `unique_key` stays taken whatever becomes of its
                item; None: while that is there or out.
            fair: whether the keys of items take turns.
            max_out_per_key: how many items of one key may be out at the same time; 0: any number.

        Raises:
            Error: With the reason OBJECT_EXISTS: it has another shape; `existing_queue` takes it as
                it is.
        """
        from polyproc._queue import Queue

        return Queue._create(
            self,
            name,
            maxsize,
            codec,
            order,
            joinable,
            max_attempts,
            dead_letters,
            dead_letter_expired,
            unique_window,
            fair,
            max_out_per_key,
        )

    def rwlock(
        self,
        name: str | None = None,
        *,
        on_owner_end: OnOwnerEnd = "release",
        lease: float | None = None,
    ) -> RWLock:
        """A read-write lock that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            on_owner_end: what becomes of it when the program ends that writes; as of `lock`.
            lease: as of `lock`.
        """
        from polyproc._rwlock import RWLock

        return RWLock._create(self, name, on_owner_end, lease)

    def semaphore(
        self,
        name: str | None = None,
        permits: int = 1,
        *,
        max_permits: int | None = None,
        owned: bool = False,
        on_owner_end: OnOwnerEnd = "release",
        lease: float | None = None,
    ) -> Semaphore:
        """A semaphore that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            permits: how many it has at first.
            max_permits: how many it has at most; None: as many as there can be.
            owned: whether only the program that acquired permits may release them.
            on_owner_end: what becomes of what a program has acquired when it ends. "release": it is
                given back; "keep": it is gone, as one wants of permits that stand for work;
                "break": whoever waits, and whoever comes, is told `SEMAPHORE_BROKEN`.
            lease: after how many seconds what `hold` has acquired is given back by itself.

        Raises:
            ValueError: It would have fewer permits than 0.
        """
        from polyproc._semaphore import Semaphore

        return Semaphore._create(self, name, permits, max_permits, owned, on_owner_end, lease)

    def shared_array(
        self,
        name: str | None,
        type: object,  # noqa: A002
        length: int,
        *,
        lock: str | None = None,
    ) -> SharedArray:
        """An array in the memory of all programs of this machine that is there, or is made.

        The client must be on the daemon's Unix socket.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            type: of its elements, as of `array`.
            length: how many elements, each 0 where it is new.
            lock: the name of the lock that guards it; by default its own name and "/lock".

        Raises:
            Error: It cannot be made, or not be mapped here.
        """
        from polyproc._shared_memory import SharedArray

        return SharedArray._create(self, name, type, length, lock)

    def value(
        self,
        name: str | None = None,
        type: object = "q",  # noqa: A002
        initial: object = None,
        *,
        lock: str | None = None,
        wrap: bool = False,
    ) -> Value:
        """A number or a character of a fixed size that is there, or is made.

        Args:
            name: its name; without one it lives for as long as somebody has it.
            type: of its content, as of `array`; by default a whole number of 64 bits.
            initial: its content where it is new; by default 0.
            lock: the name of the lock that guards it; by default its own name and "/lock".
            wrap: whether whole numbers that are out of range wrap, as in `ctypes`; else they are an
                OverflowError.

        Raises:
            TypeError: There is no such type, or the initial content is of another.
            ValueError: There is no such type.
        """
        from polyproc._value import Value

        return Value._create(self, name, type, initial, lock, wrap)


class _Guarded(Polyproc):
    """A client whose calls take effect only while a lock is held; it shares the session."""

    def __init__(self, client: Polyproc, guard_field: bytes) -> None:
        self._whole: Polyproc = client._whole if isinstance(client, _Guarded) else client
        self._dialer = client._dialer
        self._name = client._name
        self._guard_field = guard_field
        self._released = self._whole._released
        self._watches = self._whole._watches
        self._session = None  # Handles ask for that of the whole.

    def _session_now(self) -> Session:
        return self._whole._session_now()

    def _retain(self, handle: Handle, ref: object_pb2.Ref) -> Retained:
        return self._whole._retain(handle, ref)

    def _let_go(self, handle: Handle, ref: object_pb2.Ref) -> None:
        self._whole._let_go(handle, ref)

    def _tenures(self) -> dict[Key, Tenure]:
        return self._whole._tenures()

    def for_child(self, *handles: Handle, time_to_live: float = CHILD_SECONDS) -> ChildSession:
        """As of the client itself: a session has no guard."""
        return self._whole.for_child(*handles, time_to_live=time_to_live)

    def attach(self, child: ChildSession) -> None:
        """As of the client itself."""
        self._whole.attach(child)

    def close(self, timeout: float = 5.0) -> None:
        """Does nothing: the client is closed by itself."""
