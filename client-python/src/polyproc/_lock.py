"""Locks, several of them at once, and locks per key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Literal, NoReturn, Self

from polyproc import _frames
from polyproc._errors import Error, Reason
from polyproc._hold import (
    Acquired,
    Hold,
    Key,
    Locking,
    Tenure,
    lease_of,
    not_copied,
    note,
)
from polyproc._methods import Method
from polyproc._object import LOOK_SECONDS, OWNER, Handle, lifetime, name_needed, named, time_to_wait
from polyproc._signals import raise_of_handler
from polyproc._surely import is_refusal, silently
from polyproc.v1 import lock_pb2, object_pb2

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._party import Holder, Waiter

_CREATE = Method("LockService/Create", lock_pb2.LockCreateRequest, lock_pb2.LockCreateResponse)
_ACQUIRE = Method("LockService/Acquire", lock_pb2.LockAcquireRequest, lock_pb2.LockAcquireResponse)
_ACQUIRE_ALL = Method(
    "LockService/AcquireAll", lock_pb2.LockAcquireAllRequest, lock_pb2.LockAcquireAllResponse
)
_RELEASE = Method("LockService/Release", lock_pb2.LockReleaseRequest, lock_pb2.LockReleaseResponse)
_GET = Method("LockService/Get", lock_pb2.LockGetRequest, lock_pb2.LockGetResponse)

OnOwnerEnd = Literal["release", "keep", "break"]
"""What becomes of what a program holds when it ends."""

_ON_OWNER_END = {
    "release": lock_pb2.ON_OWNER_END_RELEASE,
    "keep": lock_pb2.ON_OWNER_END_KEEP,
    "break": lock_pb2.ON_OWNER_END_BREAK,
}


def on_owner_end_of(word: OnOwnerEnd) -> lock_pb2.OnOwnerEnd:
    """The contract's number of a word.

    Raises:
        ValueError: It is none of them.
    """
    known = _ON_OWNER_END.get(word)
    if known is None:
        raise ValueError(
            f"Expected on_owner_end to be 'release', 'keep' or 'break', but it is {word!r}"
        )
    return known


class Lock(Handle, Locking):
    """A lock that crosses processes and languages, with the methods of `threading.Lock`.

    The holder is the thread. Who waits is served in the order of arrival. When the holder's program
    dies, the next in line has the lock at once, and `Hold.previous_owner_died` says so, unless the
    lock was made to do otherwise. It is not reentrant, unless it was made so.
    """

    __slots__ = ("_acquiring", "_key", "_lease", "_releasing", "_shape", "_stays")

    _ACQUIRE = _ACQUIRE.fields
    _RELEASE = _RELEASE.fields
    _TIMEOUT = 2
    _TOKEN = 2

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        lease: float | None = None,
        shape: bytes = b"",
        stays: bool = True,
    ) -> None:
        super().__init__(client, ref, is_retained and ref.incarnation != 0)
        self._lease = lease
        self._shape = shape
        self._stays = stays
        self._key: Key = (ref.name, ref.incarnation, 0, b"")
        acquiring = lock_pb2.LockAcquireRequest(lock=ref.name)
        if lease is not None:
            acquiring.lease.ParseFromString(lease_of(lease))
        if not ref.incarnation:
            acquiring.create.ParseFromString(shape)
            acquiring.create.lifetime = object_pb2.LIFETIME_WHILE_USED
        self._acquiring = acquiring.SerializeToString()
        self._releasing = lock_pb2.LockReleaseRequest(lock=ref.name).SerializeToString()

    @classmethod
    def _create(
        cls,
        client: Client,
        name: str | None,
        reentrant: bool,
        on_owner_end: OnOwnerEnd,
        lease: float | None,
    ) -> Lock:
        lease_of(lease)
        request = _shape(reentrant, on_owner_end)
        request.lock = named(name)
        request.lifetime = lifetime(name)
        return cls(
            client, client._call(_CREATE, request).ref, True, lease, b"", on_owner_end != "release"
        )

    @classmethod
    def _of_key(
        cls,
        client: Client,
        name: str,
        reentrant: bool,
        on_owner_end: OnOwnerEnd,
        lease: float | None,
    ) -> Lock:
        ref = object_pb2.Ref(kind=object_pb2.OBJECT_KIND_LOCK, name=name_needed(name))
        shape = _shape(reentrant, on_owner_end).SerializeToString()
        return cls(client, ref, False, lease, shape, on_owner_end != "release")

    def _settings(self) -> tuple[object, ...]:
        return self._lease, self._shape, self._stays

    def locked(self) -> bool:
        """Whether somebody holds it."""
        return self._get().held

    def holder(self) -> Holder | None:
        """Who holds it; None: nobody."""
        from polyproc._party import Holder

        seen = self._get()
        return Holder.of(seen.holder) if seen.held else None

    def waiters(self) -> list[Waiter]:
        """Who waits for it, in line."""
        from polyproc._party import Waiter

        return Waiter.all_of(self._get().waiters)

    @property
    def _lock(self) -> Handle:
        return self

    @property
    def _has_lease(self) -> bool:
        return self._lease is not None

    def _parse(self, response: bytes) -> Acquired:
        return _ACQUIRE.read(response)

    def _left(self, response: bytes) -> int:
        return _RELEASE.read(response).holds if response else 0

    def _get(self) -> lock_pb2.LockGetResponse:
        try:
            return self._call(_GET, lock_pb2.LockGetRequest(lock=self.name))
        except Error as e:
            raise_of_handler(e)
            if e.reason == Reason.OBJECT_NOT_FOUND and not self._ref.incarnation:
                return lock_pb2.LockGetResponse()
            raise

    def _found(self, owner: bytes) -> tuple[int, int] | None:
        session = self._client._session_now()
        request = lock_pb2.LockGetRequest(lock=self.name).SerializeToString()
        pending = session.post(_GET.fields, request, self._call_fields)
        seen = _GET.read(session.result(pending, LOOK_SECONDS))
        party = seen.holder.party
        if party.session == session.opened.number and _frames.owner_field(party.owner) == owner:
            return seen.token, seen.holds
        return None


def _shape(reentrant: bool, on_owner_end: OnOwnerEnd) -> lock_pb2.LockCreateRequest:
    return lock_pb2.LockCreateRequest(
        kind=lock_pb2.LOCK_KIND_REENTRANT if reentrant else lock_pb2.LOCK_KIND_PLAIN,
        on_owner_end=on_owner_end_of(on_owner_end),
    )


class HeldLocks:
    """What `Polyproc.lock_all` has acquired. Any thread may release it."""

    __slots__ = ("holds",)

    holds: tuple[Hold, ...]
    """The hold of each lock, in the order of the locks."""

    def __init__(self, holds: Iterable[Hold]) -> None:
        self.holds = tuple(holds)

    def release(self) -> None:
        """Releases all that were not released before, also where one of them is refused.

        Raises:
            NotHeld: One ended before, as `Hold.release` says; the first that did.
        """
        try:
            self._release()
        except BaseException:
            # What was released, or refused, is not released again.
            try:
                silently(self._release)
            except BaseException:
                silently(self._release)
            raise

    def _release(self) -> None:
        first: Error | None = None
        for hold in reversed(self.holds):
            try:
                hold.release()
            except Error as e:
                raise_of_handler(e)
                if first is None:
                    first = e
                else:
                    first.add_note(f"And another release was refused: {e}")
        if first is not None:
            raise first

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        thrown: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        try:
            self.release()
        except BaseException as e:
            try:
                silently(self._release)
            except BaseException:
                silently(self._release)
            note(thrown, e)

    def __reduce__(self) -> NoReturn:
        raise not_copied(self)

    def __repr__(self) -> str:
        return f"<HeldLocks {list(self.holds)}>"


def acquire_all(client: Client, locks: Sequence[Lock], timeout: float | None) -> HeldLocks:
    """Acquires locks of a client, all or none; see `Polyproc.lock_all`."""
    request = _all_of(client, locks)
    if timeout is not None:
        request.timeout.CopyFrom(time_to_wait(timeout))
    answer = None
    counts: list[tuple[Tenure, int]] = []
    try:
        answer = client._call(_ACQUIRE_ALL, request, OWNER.field)
        if answer.acquired:
            if any(lock._stays for lock in locks):
                client._confirm()
            tenures = client._tenures()
            kept = {
                lock._key: lock._kept(tenures, lock._key, held)
                for lock, held in zip(locks, answer.holds, strict=True)
            }
            counts = [(tenure, tenure.count) for tenure in kept.values()]
            result = HeldLocks([Hold(lock, kept[lock._key]) for lock in locks])
            for lock in locks:
                kept[lock._key].count += 1
            tenures |= kept  # Not by a function, after which an exception may come.
            return result
    except BaseException as e:
        try:
            silently(_let_all_go, e, answer, locks, counts)
        except BaseException:
            silently(_let_all_go, e, answer, locks, counts)
        raise
    raise TimeoutError(
        f"Expected {len(locks)} locks within {timeout:g} s, but some are held by others"
    )


def _let_all_go(
    thrown: BaseException,
    answer: lock_pb2.LockAcquireAllResponse | None,
    locks: Sequence[Lock],
    counts: Sequence[tuple[Tenure, int]],
) -> None:
    """Releases those that were acquired, and not noted to the end: they are held as before."""
    if answer is None and is_refusal(thrown):
        return
    for tenure, count in counts:
        tenure.count = count
    for lock in locks:
        lock._let_go()


def _all_of(client: Client, locks: Sequence[Lock]) -> lock_pb2.LockAcquireAllRequest:
    if not locks:
        raise ValueError("Expected locks to acquire, but there are none")
    first = locks[0]
    request = lock_pb2.LockAcquireAllRequest()
    for lock in locks:
        if lock._client._tenures() is not client._tenures():
            raise ValueError(f"Expected locks of this client, but {lock!r} is another one's")
        if bool(lock._ref.incarnation) != bool(first._ref.incarnation):
            raise ValueError(
                f"Expected locks that go together, but of {first!r} and {lock!r} one is a lock per"
                " key"
            )
        if (lock._lease, lock._shape) != (first._lease, first._shape):
            raise ValueError(
                f"Expected locks that go together, but {first!r} and {lock!r} have different leases"
                " or shapes"
            )
        request.locks.append(lock.name)
        if lock._ref.incarnation:
            request.incarnations.append(lock._ref.incarnation)
    if first._lease is not None:
        request.lease.ParseFromString(lease_of(first._lease))
    if not first._ref.incarnation:
        request.create.ParseFromString(first._shape)
        request.create.lifetime = object_pb2.LIFETIME_WHILE_USED
    return request
