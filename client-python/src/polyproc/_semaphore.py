"""Semaphores: a number of permits."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from polyproc._errors import Error, NotHeld, OverReleased, Reason, as_standard
from polyproc._hold import lease_of, not_copied, note, of_parent, waiting
from polyproc._lock import OnOwnerEnd, on_owner_end_of
from polyproc._methods import Method
from polyproc._object import LOOK_SECONDS, OWNER, Handle, lifetime, named
from polyproc._pending import Pending
from polyproc._signals import raise_of_handler
from polyproc._surely import is_refusal, silently
from polyproc.v1 import object_pb2
from polyproc.v1 import semaphore_pb2 as pb2

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._party import Holder, Waiter

_CREATE = Method("SemaphoreService/Create", pb2.SemaphoreCreateRequest, pb2.SemaphoreCreateResponse)
_ACQUIRE = Method(
    "SemaphoreService/Acquire", pb2.SemaphoreAcquireRequest, pb2.SemaphoreAcquireResponse
)
_RELEASE = Method(
    "SemaphoreService/Release", pb2.SemaphoreReleaseRequest, pb2.SemaphoreReleaseResponse
)
_DRAIN = Method("SemaphoreService/Drain", pb2.SemaphoreDrainRequest, pb2.SemaphoreDrainResponse)
_GET = Method("SemaphoreService/Get", pb2.SemaphoreGetRequest, pb2.SemaphoreGetResponse)

_TIMEOUT = 3


class Semaphore(Handle):
    """A number of permits that programs share, with the methods of `threading.Semaphore`.

    Who waits is served in the order of arrival; one that wants many is not overtaken by one that
    wants few. What a program has acquired is given back when it dies, unless the semaphore was made
    to do otherwise.
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
        """Whether what is acquired may outlive who did, as `Locking._stays`."""

    @classmethod
    def _create(
        cls,
        client: Client,
        name: str | None,
        permits: int,
        max_permits: int | None,
        owned: bool,
        on_owner_end: OnOwnerEnd,
        lease: float | None,
    ) -> Semaphore:
        lease_of(lease)
        if permits < 0:
            raise ValueError("semaphore initial value must be >= 0")
        request = pb2.SemaphoreCreateRequest(
            semaphore=named(name),
            permits=permits,
            max_permits=max_permits or 0,
            kind=pb2.SEMAPHORE_KIND_OWNED if owned else pb2.SEMAPHORE_KIND_PLAIN,
            on_owner_end=on_owner_end_of(on_owner_end),
            lifetime=lifetime(name),
        )
        return cls(
            client, client._call(_CREATE, request).ref, True, lease, on_owner_end != "release"
        )

    def _settings(self) -> tuple[object, ...]:
        return self._lease, self._stays

    def acquire(
        self, blocking: bool = True, timeout: float | None = None, permits: int = 1
    ) -> bool:
        """Acquires permits, all at once, and waits for them.

        Args:
            blocking: False: acquires them only if they are there, and nobody waits for some.
            timeout: for how many seconds to wait at most; None or -1: for ever.
            permits: how many.

        Returns:
            Whether it did. What was acquired is the program's: any of its threads may release it.
        """
        self._require_no_lease()
        request = self._acquiring(permits, False).SerializeToString()
        if not blocking or timeout is not None:
            request += waiting(_TIMEOUT, blocking, timeout)
        return self._acquire(request, permits, self._acquired) is not None

    def release(self, n: int = 1) -> None:
        """Releases permits; those in line are served.

        They are taken off what this program has acquired, the oldest first; unless the semaphore is
        an owned one then off what others have, and what nobody has acquired is added. What `hold`
        has acquired is released by its `Permits` alone.

        Args:
            n: how many.

        Raises:
            OverReleased: A ValueError: there would be more than there may be.
            NotHeld: A RuntimeError: this program has fewer of an owned one.
        """
        self._require_no_lease()
        self._release(n, 0)

    def get_value(self) -> int:
        """How many permits are there now."""
        return self._get().permits

    def drain(self) -> int:
        """Acquires all permits that are there, unless somebody waits; answers how many."""
        self._require_no_lease()
        request = pb2.SemaphoreDrainRequest(semaphore=self.name).SerializeToString()
        drained = self._call_reading(_DRAIN.fields, request, _DRAIN.read).permits
        if self._stays and drained:
            self._confirm(drained, 0)
        return drained

    def hold(self, permits: int = 1, timeout: float | None = None) -> Permits:
        """Acquires permits, which no other release takes off: `with semaphore.hold() as permits:`.

        Args:
            permits: how many.
            timeout: for how many seconds to wait at most; None: for ever.

        Raises:
            TimeoutError: The time was up.
        """
        acquiring = self._acquiring(permits, True)
        if self._lease is not None:
            acquiring.lease.ParseFromString(lease_of(self._lease))
        request = acquiring.SerializeToString()
        if timeout is not None:
            request += waiting(_TIMEOUT, True, max(0.0, timeout))
        held = self._acquire(request, permits, partial(self._held, permits))
        if held is None:
            raise TimeoutError(
                f"Expected {permits} permits of {self!r} within {timeout:g} s, but there are fewer"
            )
        return held

    def holders(self) -> list[Holder]:
        """Who has permits, the oldest first; the first of them where they are many."""
        from polyproc._party import Holder

        return [Holder.of(holder) for holder in self._get().holders]

    def waiters(self) -> list[Waiter]:
        """Who waits for permits, in line; the first of them where they are many."""
        from polyproc._party import Waiter

        return Waiter.all_of(self._get().waiters)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        thrown: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        try:
            self.release()
        except BaseException as e:
            note(thrown, e)

    def _acquiring(self, permits: int, by_token: bool) -> pb2.SemaphoreAcquireRequest:
        return pb2.SemaphoreAcquireRequest(
            semaphore=self.name, permits=_some(permits), by_token=by_token
        )

    def _acquire(
        self, request: bytes, permits: int, read: Callable[[bytes], Permits | None]
    ) -> Permits | None:
        """Acquires permits; None: not in time. They go back where it is interrupted."""
        held = self._call_reading(_ACQUIRE.fields, request, read)
        if self._stays and held is not None:
            self._confirm(permits, held.token)
        return held

    def _acquired(self, response: bytes) -> Permits | None:
        return self._held(0, response)

    def _confirm(self, permits: int, token: int) -> None:
        """Has the daemon know that what it granted has come; where that is interrupted, it goes."""
        try:
            self._client._confirm()
        except BaseException:
            once: list[Pending] = []
            try:
                silently(self._give_back, permits, token, once)
            except BaseException:
                silently(self._give_back, permits, token, once)
            raise

    def _give_back(self, permits: int, token: int, once: list[Pending]) -> None:
        """Releases them, once though it is begun again: without a token each would count."""
        if not once:
            request = self._releasing(permits, token).SerializeToString()
            once.append(Pending(_RELEASE.fields, request, OWNER.field + self._call_fields))
        session = self._client._session_now()
        session.see_to(once[0])
        session.flush(LOOK_SECONDS)

    def _held(self, permits: int, response: bytes) -> Permits | None:
        answer = _ACQUIRE.read(response)
        if not answer.acquired:
            return None
        return Permits(self, permits, answer.token, answer.previous_owner_died)

    def _release(self, permits: int, token: int) -> None:
        request = self._releasing(permits, token)
        try:
            self._call_standing(_RELEASE.fields, request.SerializeToString(), OWNER.field)
        except Error as e:
            raise_of_handler(e)
            if e.reason == Reason.OVER_RELEASED:
                raise as_standard(e, OverReleased, "Semaphore released too many times") from e
            if e.reason in (Reason.NOT_HELD, Reason.STALE_TOKEN):
                raise as_standard(e, NotHeld) from e
            raise

    def _releasing(self, permits: int, token: int) -> pb2.SemaphoreReleaseRequest:
        return pb2.SemaphoreReleaseRequest(semaphore=self.name, permits=_some(permits), token=token)

    def _get(self) -> pb2.SemaphoreGetResponse:
        return self._call(_GET, pb2.SemaphoreGetRequest(semaphore=self.name))

    def _require_no_lease(self) -> None:
        if self._lease is not None:
            raise RuntimeError(
                f"Expected permits of {self!r}, which have a lease, to be acquired by hold(), but"
                " this is a call without their token: it would not know when they are gone"
            )


class Permits:
    """What one `hold` has acquired of a semaphore. Any thread may release it."""

    __slots__ = ("_is_over", "_process", "_semaphore", "count", "previous_owner_died", "token")

    count: int
    """How many permits."""
    token: int
    """Higher than those of all acquisitions of all semaphores and locks before."""
    previous_owner_died: bool
    """Whether permits came back without a word since the acquisition before.

    A program ended, or a lease ran out: what they stood for may be half done.
    """

    def __init__(
        self, semaphore: Semaphore, count: int, token: int, previous_owner_died: bool
    ) -> None:
        self._semaphore = semaphore
        self._is_over = False
        self._process = os.getpid()
        self.count = count
        self.token = token
        self.previous_owner_died = previous_owner_died

    def release(self) -> None:
        """Releases them; once, however often it is called.

        Raises:
            NotHeld: A RuntimeError: they are not held any more; their lease ran out.
        """
        if self._is_over:
            return
        self._is_over = True
        try:
            if self._process != os.getpid():
                raise of_parent()
            self._semaphore._release(self.count, self.token)
        except BaseException as e:
            try:
                silently(self._release_unless_refused, e)
            except BaseException:
                silently(self._release_unless_refused, e)
            raise

    def _release_unless_refused(self, thrown: BaseException) -> None:
        """By the token it counts once, however often it is said."""
        if self._process == os.getpid() and not is_refusal(thrown):
            self._semaphore._release(self.count, self.token)

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
                silently(self.release)
            except BaseException:
                silently(self.release)
            note(thrown, e)

    def __reduce__(self) -> NoReturn:
        raise not_copied(self)

    def __repr__(self) -> str:
        state = "released" if self._is_over else "held"
        return f"<Permits of {self._semaphore!r}, {self.count}, {state}>"


def _some(permits: int) -> int:
    if permits < 1:
        raise ValueError("n must be one or more")
    return permits
