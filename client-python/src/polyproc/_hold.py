"""How locks are acquired and released, and what a thread holds of them."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, NoReturn, Protocol, Self

from polyproc import _frames
from polyproc._errors import Error, NotHeld, Reason, as_standard
from polyproc._object import OWNER, seconds, time_of, time_to_wait
from polyproc._signals import is_of_handler, raise_of_handler
from polyproc._surely import is_refusal, silently
from polyproc.v1 import object_pb2

if TYPE_CHECKING:
    from polyproc._object import Handle

Key = tuple[str, int, int, bytes]
"""Which lock, by name and incarnation, how it is held, and, where several may, by whom."""

_ACQUIRED = b"\x08\x01\x10"
"""How it begins that a lock was acquired: true in field 1, and the tag of the token."""

_OVER = frozenset({Reason.NOT_HELD, Reason.NOT_OWNER, Reason.STALE_TOKEN})
_GONE = frozenset({Reason.OBJECT_NOT_FOUND, Reason.OBJECT_DELETED})


class Tenure:
    """What a thread holds of a lock, from the first acquisition to the last release.

    A client knows those of all its threads, the latest of each lock: whoever releases a lock that
    another thread has acquired releases that very hold.
    """

    __slots__ = (
        "claim",
        "count",
        "is_over",
        "key",
        "owner",
        "previous_owner_died",
        "session",
        "tenures",
        "token",
    )

    def __init__(
        self,
        tenures: dict[Key, Tenure],
        key: Key,
        owner: bytes,
        token: int,
        previous_owner_died: bool,
    ) -> None:
        self.tenures = tenures
        self.key = key
        self.claim = (id(tenures), key)
        """By what its thread knows it."""
        self.owner = owner
        self.token = token
        self.previous_owner_died = previous_owner_died
        self.count = 0
        self.is_over = False
        """Whether this program has released it; it may be over without."""
        self.session: object = None
        """By which it was acquired."""

    def keep(self) -> None:
        """It is held."""
        self.is_over = False
        self.tenures[self.key] = self

    def forget(self) -> None:
        """It is over."""
        self.is_over = True
        claims, claim = _CLAIMS.by_lock, self.claim
        if claims.get(claim) is self:
            claims.pop(claim, None)
        tenures, key = self.tenures, self.key
        if tenures.get(key) is self:
            tenures.pop(key, None)


class _Claims(threading.local):
    """What this thread has acquired and not released: also what it has lost without hearing."""

    def __init__(self) -> None:
        self.by_lock: dict[tuple[int, Key], Tenure] = {}
        self.asleep: dict[tuple[int, Key], int] = {}
        """Of locks that this thread has given up to wait at a condition: how often it has one again
        that a handler has released as often as it had acquired it; 0: not yet."""


_CLAIMS = _Claims()


def fall_asleep(tenure: Tenure) -> None:
    """Notes that this thread gives a lock up, to wait at a condition."""
    _CLAIMS.asleep[tenure.claim] = 0


def wake_up(tenure: Tenure) -> int:
    """Notes that the wait is over; answers how often a handler has left the lock to it, or 0."""
    return _CLAIMS.asleep.pop(tenure.claim, 0)


_MANY_CLAIMS = 1000


def _forget_released(claims: dict[tuple[int, Key], Tenure]) -> None:
    """Those that other threads have released."""
    for claim, tenure in list(claims.items()):
        if tenure.is_over:
            claims.pop(claim, None)


class Acquired(Protocol):
    """A response to who wants a lock."""

    acquired: bool
    token: int
    previous_owner_died: bool


def granted(response: bytes) -> int:
    """The token, where a response to who wants a lock is only that it was acquired, and by which.

    It is read by hand for speed; where it says more, it is 0, and protobuf is to read it.
    """
    if response[:3] != _ACQUIRED:
        return 0
    token, end = _frames.varint_at(response, 3)
    return token if end == len(response) else 0


def waiting(number: int, blocking: bool, timeout: float | None) -> bytes:
    """The field of a request that says how long to wait, as the standard library's locks take it.

    Raises:
        ValueError: It is not a time, or not for who does not wait.
    """
    if not blocking:
        if timeout is not None and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        return _frames.field(number, b"")
    if timeout is None or timeout == -1:
        return b""
    if time_of(timeout) < 0:
        raise ValueError("timeout value must be a non-negative number")
    return _frames.field(number, time_to_wait(timeout).SerializeToString())


def lease_of(lease: float | None) -> bytes:
    """The longest time of a hold, serialized.

    Raises:
        ValueError: It is no time above 0.
    """
    if lease is None:
        return b""
    if not time_of(lease) > 0:
        raise ValueError(f"Expected a lease of more than 0 seconds, but it is {lease}")
    return seconds(lease).SerializeToString()


class Locking:
    """What a lock and either way of a read-write lock have in common.

    Whoever acquires it is the thread: two threads of a program exclude each other.
    """

    __slots__ = ()

    _ACQUIRE: ClassVar[bytes]
    _RELEASE: ClassVar[bytes]
    _TIMEOUT: ClassVar[int]
    """The field of the request that acquires it."""

    _acquiring: bytes
    """A request that waits for ever."""
    _releasing: bytes
    """A request without a token."""
    _TOKEN: ClassVar[int]
    _stays: bool
    """Whether what is held may outlive its holder, so that the daemon must know who knew of it."""

    @property
    def _has_lease(self) -> bool:
        """Whether a hold may end by time."""
        raise NotImplementedError

    @property
    def _key(self) -> Key:
        """Under which the client knows what this thread holds."""
        raise NotImplementedError

    @property
    def _lock(self) -> Handle:
        """By what it is called."""
        raise NotImplementedError

    def _parse(self, response: bytes) -> Acquired:
        raise NotImplementedError

    def _left(self, response: bytes) -> int:
        """How often the owner still holds it, of the response to a release."""
        raise NotImplementedError

    def _found(self, owner: bytes) -> tuple[int, int] | None:
        """The token, and how often, as the daemon says that a thread of this program holds it."""
        raise NotImplementedError

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """Acquires it, and waits for it.

        Args:
            blocking: False: acquires it only if that can be now.
            timeout: for how many seconds to wait at most; None or -1: for ever.

        Returns:
            Whether it did. Release it by `release`, in this thread.
        """
        request = self._acquiring
        if not blocking or timeout is not None:
            request += waiting(self._TIMEOUT, blocking, timeout)
        return self._take(request) is not None

    def hold(self, timeout: float | None = None) -> Hold:
        """Acquires it, for a `with` statement that needs a time, or is handed to other threads.

        Args:
            timeout: for how many seconds to wait at most; None: for ever.

        Raises:
            TimeoutError: The time was up.
        """
        request = self._acquiring
        if timeout is not None:
            request += waiting(self._TIMEOUT, True, max(0.0, timeout))
        hold = self._take(request)
        if hold is None:
            raise TimeoutError(f"Expected {self!r} within {timeout:g} s, but it is held by others")
        return hold

    def release(self) -> None:
        """Releases it; the one that waits longest has it next.

        What this thread acquired is released by its token, so that no later hold can be meant. What
        another thread or program holds is released, too, as `threading.Lock` has it, unless the
        lock is reentrant or a read-write lock.

        Raises:
            NotHeld: A RuntimeError: it is not held, or not any more: its lease ran out.
        """
        tenure = left = None
        try:
            tenure = self._known()
            if tenure is not None and tenure.owner == OWNER.field:
                left = tenure.count - 1
                self._end(tenure, left)
                return
        except BaseException as e:
            try:
                self._end_unless_refused(e, tenure, left)
            except BaseException:
                self._end_unless_refused(e, tenure, left)
            raise
        lost = _CLAIMS.by_lock.pop((id(self._lock._client._tenures()), self._key), None)
        if lost is not None and not lost.is_over and self._may_be_lost(lost):
            raise NotHeld(
                "Expected to hold the lock still, but its lease or its session is over, and others"
                " may have had it since",
                Reason.NOT_HELD,
                "FAILED_PRECONDITION",
            )
        self._release_of_others(tenure)

    def _may_be_lost(self, tenure: Tenure) -> bool:
        """Whether what was acquired, and is not held, is so without anybody having released it."""
        return self._has_lease or tenure.session is not self._lock._client._session_now()

    def _release_of_others(self, tenure: Tenure | None) -> None:
        """Releases what another thread holds, or a program of which this one does not know."""
        request = self._releasing if tenure is None else self._named(tenure.token)
        try:
            self._lock._call_standing(self._RELEASE, request, OWNER.field)
            if tenure is not None:
                tenure.forget()
        except BaseException as e:
            if tenure is not None:
                try:
                    silently(self._forget_if_over, e, tenure)
                except BaseException:
                    silently(self._forget_if_over, e, tenure)
            if is_refusal(e):
                raise self._not_held(e) from e
            raise

    def _forget_if_over(self, thrown: BaseException, tenure: Tenure) -> None:
        """Forgets what another thread held, unless the daemon still knows it to be held."""
        if is_refusal(thrown):
            if thrown.reason != Reason.NOT_OWNER:
                tenure.forget()
            return
        try:
            found = self._found(tenure.owner)
        except Error as e:
            if e.reason not in _GONE or is_of_handler(e):
                raise
            found = None
        if found is None or found[0] != tenure.token:
            tenure.forget()

    def __enter__(self) -> Hold:
        hold = self._take(self._acquiring)
        assert hold is not None
        return hold

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        thrown: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        tenure = left = None
        try:
            tenure = self._lock._client._tenures().get(self._key)
            if tenure is None or tenure.owner != OWNER.field:
                tenure = None
                raise NotHeld("release unlocked lock", Reason.NOT_HELD, "FAILED_PRECONDITION")
            left = tenure.count - 1
            self._end(tenure, left)
        except BaseException as e:
            try:
                self._end_unless_refused(e, tenure, left)
            except BaseException:
                self._end_unless_refused(e, tenure, left)
            note(thrown, e)

    def _known(self) -> Tenure | None:
        """What this program holds."""
        return self._lock._client._tenures().get(self._key)

    def _held(self) -> Tenure | None:
        """What this thread holds."""
        tenure = self._known()
        return tenure if tenure is not None and tenure.owner == OWNER.field else None

    def _take(self, request: bytes) -> Hold | None:
        """Acquires it; None: not in time.

        From the answer on there is no point at which a signal's exception would leave it held, and
        not known to be: nothing is called between that it is noted and the end.
        """
        response = None
        try:
            lock = self._lock
            response = lock._call_bytes(self._ACQUIRE, request)
            token = granted(response)
            previous_owner_died = False
            if not token:
                answer = self._parse(response)
                if not answer.acquired:
                    return None
                token, previous_owner_died = answer.token, answer.previous_owner_died
            client = lock._client
            if self._stays:
                client._confirm()
            tenures = client._tenures()
            key = self._key
            tenure = latest = tenures.get(key)
            if tenure is None or tenure.token != token:
                tenure = self._new(tenures, key, token, previous_owner_died)
            hold = Hold(self, tenure)
            claims, claim = _CLAIMS.by_lock, tenure.claim
            if len(claims) > _MANY_CLAIMS:
                _forget_released(claims)
            tenure.count += 1
            claims[claim] = tenure
            if latest is None or latest.token <= tenure.token:
                tenures[key] = tenure
            return hold
        except BaseException as e:
            try:
                silently(self._let_go_unless_refused, e, response)
            except BaseException:
                silently(self._let_go_unless_refused, e, response)
            raise

    def _kept(self, tenures: dict[Key, Tenure], key: Key, answer: Acquired) -> Tenure:
        """To what an acquisition is added, in this thread's name."""
        known = tenures.get(key)
        if known is not None and known.token == answer.token:
            return known
        return self._new(tenures, key, answer.token, answer.previous_owner_died)

    def _new(
        self, tenures: dict[Key, Tenure], key: Key, token: int, previous_owner_died: bool
    ) -> Tenure:
        """What this thread holds from now on."""
        tenure = Tenure(tenures, key, OWNER.field, token, previous_owner_died)
        client = self._lock._client
        tenure.session = client._session or client._session_now()
        return tenure

    def _let_go_unless_refused(self, thrown: BaseException, response: bytes | None) -> None:
        if response is not None or not is_refusal(thrown):
            self._let_go()

    def _let_go(self) -> None:
        """Has the daemon have this thread hold it as often as is noted, and no oftener."""
        self._settle(OWNER.field, self._held())

    def _settle(self, owner: bytes, tenure: Tenure | None) -> None:
        found = self._found(owner)
        if found is None:
            return
        token, count = found
        if tenure is not None and tenure.token == token:
            count -= tenure.count
        for _ in range(count):
            self._lock._call_standing(self._RELEASE, self._named(token), owner)

    def _named(self, token: int) -> bytes:
        return b"%b%c%b" % (self._releasing, self._TOKEN << 3, _frames.varint(token))

    def _end(self, tenure: Tenure, left: int) -> None:
        """Releases one count of what is held, so that so many are left.

        Whoever calls it sees to `_end_anyway` where it is interrupted.
        """
        if tenure.tenures is not self._lock._client._tenures():
            raise of_parent()
        tenure.count = left
        if not left:
            tenure.forget()
        try:
            request = self._named(tenure.token)
            response = self._lock._call_standing(self._RELEASE, request, tenure.owner)
            holds = self._left(response) if response else 0
            # An acquisition that was interrupted may have counted all the same.
            while holds and not left and tenure.owner == OWNER.field:
                if tenure.claim in _CLAIMS.asleep:  # They are of the wait that we interrupt.
                    _CLAIMS.asleep[tenure.claim] = holds
                    break
                holds = self._left(self._lock._call_standing(self._RELEASE, request, tenure.owner))
        except Error as e:
            raise_of_handler(e)
            if e.reason in _OVER:
                tenure.forget()
                raise as_standard(e, NotHeld) from e
            if e.reason in _GONE:
                tenure.forget()
            else:
                tenure.count = left + 1
                tenure.keep()
            raise

    def _end_unless_refused(
        self, thrown: BaseException, tenure: Tenure | None, left: int | None
    ) -> None:
        if not is_refusal(thrown):
            self._end_anyway(tenure, left)

    def _end_anyway(self, tenure: Tenure | None, left: int | None) -> None:
        """Releases one count though a signal's exception came anywhere in the middle of that."""
        if tenure is None:
            tenure = self._held()
            if tenure is None:
                return
        if tenure.tenures is not self._lock._client._tenures():
            return
        tenure.count = tenure.count - 1 if left is None else left
        try:
            silently(self._end_as_noted, tenure)
        except BaseException:
            silently(self._end_as_noted, tenure)

    def _end_as_noted(self, tenure: Tenure) -> None:
        if not tenure.count:
            tenure.forget()
        self._settle(tenure.owner, tenure)

    def _not_held(self, error: Error) -> Error:
        """What is told who releases what it has not acquired."""
        if error.reason == Reason.STALE_TOKEN:
            return as_standard(error, NotHeld)
        if error.reason == Reason.NOT_HELD or (
            error.reason == Reason.OBJECT_NOT_FOUND and not self._key[1]
        ):
            return as_standard(error, NotHeld, "release unlocked lock")
        if error.reason == Reason.NOT_OWNER:
            return as_standard(error, NotHeld, "cannot release un-acquired lock")
        return error


class Hold:
    """What was acquired of a lock: its fencing token, and a `with` statement's end.

    Any thread may release it. After a wait at a condition it has another token.
    """

    __slots__ = ("_is_over", "_of", "_tenure")

    def __init__(self, of: Locking, tenure: Tenure) -> None:
        self._of = of
        self._tenure = tenure
        self._is_over = False

    @property
    def token(self) -> int:
        """The fencing token: higher than those of all acquisitions of all locks before."""
        return self._tenure.token

    @property
    def previous_owner_died(self) -> bool:
        """Whether the last holder ended, or outlived its lease, without releasing the lock.

        What the lock protects may be half done then.
        """
        return self._tenure.previous_owner_died

    def release(self) -> None:
        """Releases it; once, however often it is called.

        Raises:
            NotHeld: It ended before, by its lease or with its session: what was done without a
                guard may have met another holder's work.
        """
        if self._is_over:
            return
        tenure = self._tenure
        left = tenure.count - 1
        self._is_over = True
        try:
            self._of._end(tenure, left)
        except BaseException as e:
            try:
                self._of._end_unless_refused(e, tenure, left)
            except BaseException:
                self._of._end_unless_refused(e, tenure, left)
            raise

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
        return f"<Hold of {self._of!r}, {'released' if self._is_over else 'held'}>"

    def _guard(self) -> bytes:
        guard = object_pb2.Guard(lock=self._tenure.key[0], token=self._tenure.token)
        return _frames.guard_field(guard.SerializeToString())


def not_copied(held: object) -> TypeError:
    """What is told who would pickle or copy what was acquired, and would be released twice."""
    return TypeError(
        f"Expected {type(held).__name__} to stay with who acquired it, but it is pickled or copied;"
        " pass its token on, or the handle of what it is of"
    )


def of_parent() -> NotHeld:
    """What a forked child is told that would release what its parent holds."""
    return NotHeld(
        "Expected the process that acquired it to release it, but this is a child of that",
        Reason.NOT_OWNER,
        "FAILED_PRECONDITION",
    )


def note(thrown: BaseException | None, raised: BaseException) -> None:
    """Raises what a release has raised, unless that was refused after a block has thrown itself."""
    if thrown is None or not is_refusal(raised):
        raise raised
    thrown.add_note(f"And the release was refused: {raised}")
