"""Read-write locks: many read, or one writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from polyproc import _frames
from polyproc._errors import Error, Reason
from polyproc._hold import Acquired, Hold, Key, Locking, lease_of, waiting
from polyproc._lock import OnOwnerEnd, on_owner_end_of
from polyproc._methods import Method
from polyproc._object import LOOK_SECONDS, OWNER, Handle, lifetime, named
from polyproc._signals import raise_of_handler
from polyproc.v1 import object_pb2
from polyproc.v1 import read_write_lock_pb2 as pb2

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._party import Holder, Waiter

_CREATE = Method(
    "ReadWriteLockService/Create", pb2.ReadWriteLockCreateRequest, pb2.ReadWriteLockCreateResponse
)
_ACQUIRE = Method(
    "ReadWriteLockService/Acquire",
    pb2.ReadWriteLockAcquireRequest,
    pb2.ReadWriteLockAcquireResponse,
)
_RELEASE = Method(
    "ReadWriteLockService/Release",
    pb2.ReadWriteLockReleaseRequest,
    pb2.ReadWriteLockReleaseResponse,
)
_GET = Method("ReadWriteLockService/Get", pb2.ReadWriteLockGetRequest, pb2.ReadWriteLockGetResponse)


class RWLock(Handle):
    """A lock that many may hold to read, or one to write.

    Who waits is served in the order of arrival: a reader that comes behind a writer does not pass
    it. A thread may acquire again what it holds; one that writes may read as well, and reads on
    when it has stopped writing. One that reads and asks to write would wait for itself, and is
    refused with the reason `WOULD_DEADLOCK`.
    """

    __slots__ = ("_lease", "_stays")

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        lease: float | None = None,
        stays: bool = True,
    ) -> None:
        super().__init__(client, ref, is_retained)
        self._lease = lease
        self._stays = stays

    @classmethod
    def _create(
        cls, client: Client, name: str | None, on_owner_end: OnOwnerEnd, lease: float | None
    ) -> RWLock:
        lease_of(lease)
        request = pb2.ReadWriteLockCreateRequest(
            lock=named(name), on_owner_end=on_owner_end_of(on_owner_end), lifetime=lifetime(name)
        )
        return cls(
            client, client._call(_CREATE, request).ref, True, lease, on_owner_end != "release"
        )

    def _settings(self) -> tuple[object, ...]:
        return self._lease, self._stays

    @property
    def read(self) -> ReadLock:
        """It, to read: `with lock.read:`."""
        return ReadLock(self)

    @property
    def write(self) -> WriteLock:
        """It, to write: `with lock.write:`."""
        return WriteLock(self)

    def writer(self) -> Holder | None:
        """Who writes; None: nobody."""
        from polyproc._party import Holder

        seen = self._get()
        return Holder.of(seen.writer) if seen.HasField("writer") else None

    def readers(self) -> list[Holder]:
        """Who reads, the oldest first; the first of them where they are many."""
        from polyproc._party import Holder

        return [Holder.of(reader) for reader in self._get().readers]

    def waiters(self) -> list[Waiter]:
        """Who waits, in line; the first of them where they are many."""
        from polyproc._party import Waiter

        return Waiter.all_of(self._get().waiters)

    def _get(self) -> pb2.ReadWriteLockGetResponse:
        return self._call(_GET, pb2.ReadWriteLockGetRequest(lock=self.name))


class _Way(Locking):
    """A read-write lock, one way."""

    __slots__ = ("_acquiring", "_of", "_releasing", "_stays")

    _ACQUIRE = _ACQUIRE.fields
    _RELEASE = _RELEASE.fields
    _TIMEOUT = 3
    _TOKEN = 3
    _MODE: pb2.ReadWriteMode

    def __init__(self, of: RWLock) -> None:
        """Use `RWLock.read` and `RWLock.write`."""
        self._of = of
        self._stays = of._stays
        ref = of._ref
        acquiring = pb2.ReadWriteLockAcquireRequest(lock=ref.name, mode=self._MODE)
        if of._lease is not None:
            acquiring.lease.ParseFromString(lease_of(of._lease))
        self._acquiring = acquiring.SerializeToString()
        self._releasing = pb2.ReadWriteLockReleaseRequest(
            lock=ref.name, mode=self._MODE
        ).SerializeToString()

    @property
    def _lock(self) -> RWLock:
        return self._of

    @property
    def _has_lease(self) -> bool:
        return self._of._lease is not None

    @property
    def _key(self) -> Key:
        ref = self._of._ref
        return ref.name, ref.incarnation, self._MODE, OWNER.field

    def _take(self, request: bytes) -> Hold | None:
        try:
            return super()._take(request)
        except Error as e:
            raise_of_handler(e)
            if e.reason == Reason.WOULD_DEADLOCK and request != self._acquiring:
                return None  # Whoever says a time does not wait for ever.
            raise

    def _parse(self, response: bytes) -> Acquired:
        return _ACQUIRE.read(response)

    def _left(self, response: bytes) -> int:
        return _RELEASE.read(response).holds if response else 0

    def _found(self, owner: bytes) -> tuple[int, int] | None:
        """What the daemon says of a hold.

        Get tells no more than a page of the readers, and no counts. So it is acquired once more,
        which whoever holds it may at once, by the same token, and released, which tells the count.
        Where that is interrupted it may count once more, until this is asked again.
        """
        session = self._of._client._session_now()
        request = pb2.ReadWriteLockGetRequest(lock=self._of.name).SerializeToString()
        pending = session.post(_GET.fields, request, self._of._call_fields)
        seen = _GET.read(session.result(pending, LOOK_SECONDS))
        writes = self._MODE == pb2.READ_WRITE_MODE_WRITE
        holders = [seen.writer] if writes else seen.readers
        token = _token_of(holders, session.opened.number, owner)
        if seen.broken:
            return (token, 1) if token else None  # Nobody acquires it.
        if not token and (writes or seen.reading <= len(holders)):
            return None
        now = self._acquiring + waiting(self._TIMEOUT, False, None)
        answer = self._parse(session.call(self._ACQUIRE, now, owner + self._of._call_fields))
        if not answer.acquired:
            return None
        released = self._of._call_standing(self._RELEASE, self._named(answer.token), owner)
        left = self._left(released)
        return (answer.token, left) if left else None


def _token_of(holders: Iterable[object_pb2.Holder], session: int, owner: bytes) -> int:
    """The token by which a thread of a session holds it; 0: it is not among the holders."""
    for holder in holders:
        party = holder.party
        if party.session == session and _frames.owner_field(party.owner) == owner:
            return holder.token
    return 0


class ReadLock(_Way):
    """A read-write lock as one reads it, with the methods of `threading.RLock`."""

    __slots__ = ()

    _MODE = pb2.READ_WRITE_MODE_READ

    def locked(self) -> bool:
        """Whether anybody reads."""
        return self._of._get().reading > 0

    def __repr__(self) -> str:
        return f"<ReadLock {self._of.name!r}>"


class WriteLock(_Way):
    """A read-write lock as one writes it, with the methods of `threading.RLock`."""

    __slots__ = ()

    _MODE = pb2.READ_WRITE_MODE_WRITE

    def locked(self) -> bool:
        """Whether anybody writes."""
        return self._of._get().HasField("writer")

    def __repr__(self) -> str:
        return f"<WriteLock {self._of.name!r}>"
