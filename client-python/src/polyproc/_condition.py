"""Conditions of locks."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from polyproc._errors import Error, NotHeld, Reason, as_standard, is_end_of_session
from polyproc._hold import Hold, Tenure, fall_asleep, lease_of, wake_up
from polyproc._lock import Lock
from polyproc._methods import Method
from polyproc._object import Handle, lifetime, named, time_to_wait
from polyproc._signals import is_of_handler, raise_of_handler
from polyproc._surely import is_refusal, silently
from polyproc.v1 import condition_pb2, object_pb2

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._party import Waiter

T = TypeVar("T")

_CREATE = Method(
    "ConditionService/Create",
    condition_pb2.ConditionCreateRequest,
    condition_pb2.ConditionCreateResponse,
)
_WAIT = Method(
    "ConditionService/Wait", condition_pb2.ConditionWaitRequest, condition_pb2.ConditionWaitResponse
)
_NOTIFY = Method(
    "ConditionService/Notify",
    condition_pb2.ConditionNotifyRequest,
    condition_pb2.ConditionNotifyResponse,
)
_GET = Method(
    "ConditionService/Get", condition_pb2.ConditionGetRequest, condition_pb2.ConditionGetResponse
)

_NOT_HELD = frozenset({Reason.NOT_HELD, Reason.NOT_OWNER, Reason.STALE_TOKEN})


class Condition(Handle):
    """A condition of a lock, with the methods of `threading.Condition`.

    No notification is lost: where a waiter is interrupted or killed before it is back, it goes on
    to the one that then waits longest. Who waits longest is woken first.
    """

    __slots__ = ("_known",)

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        lock: Lock | None = None,
    ) -> None:
        super().__init__(client, ref, is_retained)
        self._known = lock

    @classmethod
    def _create(cls, client: Client, name: str | None, lock: Lock | None) -> Condition:
        of = Lock._create(client, None, True, "release", None) if lock is None else lock
        if not of._ref.incarnation:
            raise ValueError(
                f"Expected a lock that stays for a condition, but {of!r} is one per key"
            )
        request = condition_pb2.ConditionCreateRequest(
            condition=named(name),
            lock=of.name,
            lock_incarnation=of._ref.incarnation,
            lifetime=lifetime(name),
        )
        return cls(client, client._call(_CREATE, request).ref, True, of)

    def _settings(self) -> tuple[object, ...]:
        return (self._known,)

    @property
    def lock(self) -> Lock:
        """Its lock."""
        known = self._known
        if known is None:
            ref = self._client._retained(self._get().lock)
            known = self._known = Lock(self._client, ref)
        return known

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """Acquires its lock; see `Lock.acquire`."""
        return self.lock.acquire(blocking, timeout)

    def release(self) -> None:
        """Releases its lock; see `Lock.release`."""
        self.lock.release()

    def locked(self) -> bool:
        """Whether its lock is held."""
        return self.lock.locked()

    def __enter__(self) -> Hold:
        return self.lock.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        thrown: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.lock.__exit__(kind, thrown, trace)

    def wait(self, timeout: float | None = None) -> bool:
        """Gives the lock up, waits for a notification, and has the lock again when it returns.

        It has it also where it raises, unless the lock is gone, or the daemon is. The time ends
        with the notification: the way back into the lock takes as long as others hold it. The
        thread's hold has another token afterwards.

        Args:
            timeout: for how many seconds at most; None: for ever.

        Returns:
            Whether it was notified in time. Look again at what it is waited for, in a loop.

        Raises:
            NotHeld: A RuntimeError: this thread does not hold the lock.
        """
        lock = self.lock
        tenure = self._tenure("wait on")
        request = condition_pb2.ConditionWaitRequest(condition=self.name, token=tenure.token)
        if timeout is not None:
            request.timeout.CopyFrom(time_to_wait(timeout))
        if lock._lease is not None:
            request.lease.ParseFromString(lease_of(lock._lease))
        try:
            tenure.forget()
            fall_asleep(tenure)
            answer = self._call(_WAIT, request)
            tenure.token = answer.token
            tenure.count = wake_up(tenure) or answer.holds
            tenure.previous_owner_died = answer.previous_owner_died
            tenure.keep()
            if lock._stays:
                self._client._confirm()
        except BaseException as e:
            # However long others have the lock, no signal ends this before, as none does for
            # `threading.Condition` of an `RLock`.
            try:
                silently(_restore_unless_refused, e, lock, tenure)
            except BaseException:
                silently(_restore_unless_refused, e, lock, tenure)
            _refuse(e)
            raise
        return answer.notified

    def wait_for(self, predicate: Callable[[], T], timeout: float | None = None) -> T:
        """Waits until what a function answers is true.

        Args:
            predicate: called under the lock.
            timeout: for how many seconds at most, over all waits; None: for ever.

        Returns:
            What it answered last.
        """
        until = None if timeout is None else time.monotonic() + timeout
        result = predicate()
        while not result:
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                break
            self.wait(left)
            result = predicate()
        return result

    def notify(self, n: int = 1) -> int:
        """Wakes those that wait longest; they go on, one by one, once the lock is released.

        Args:
            n: how many at most.

        Returns:
            How many it woke.

        Raises:
            NotHeld: A RuntimeError: this thread does not hold the lock.
        """
        token = self._tenure("notify on").token
        if n < 1:
            return 0
        return self._notify(
            condition_pb2.ConditionNotifyRequest(condition=self.name, count=n, token=token)
        )

    def notify_all(self) -> int:
        """Wakes all that wait; see `notify`."""
        token = self._tenure("notify on").token
        return self._notify(
            condition_pb2.ConditionNotifyRequest(condition=self.name, all=True, token=token)
        )

    def waiters(self) -> list[Waiter]:
        """Who waits for a notification, in line; the first of them where they are many."""
        from polyproc._party import Waiter

        return Waiter.all_of(self._get().waiters)

    def _notify(self, request: condition_pb2.ConditionNotifyRequest) -> int:
        try:
            return self._call(_NOTIFY, request).notified
        except Error as e:
            _refuse(e)
            raise

    def _get(self) -> condition_pb2.ConditionGetResponse:
        return self._call(_GET, condition_pb2.ConditionGetRequest(condition=self.name))

    def _tenure(self, what: str) -> Tenure:
        tenure = self.lock._held()
        if tenure is None:
            raise NotHeld(f"cannot {what} un-acquired lock", Reason.NOT_HELD, "FAILED_PRECONDITION")
        return tenure


def _refuse(error: BaseException) -> None:
    if isinstance(error, Error) and error.reason in _NOT_HELD and not is_of_handler(error):
        raise as_standard(error, NotHeld) from error


def _restore_unless_refused(thrown: BaseException, lock: Lock, tenure: Tenure) -> None:
    """After a wait that was given up or failed: the thread holds the lock as often as before.

    Where it cannot, as the lock is gone or broken, it holds nothing.
    """
    wake_up(tenure)
    if is_refusal(thrown) and (
        is_end_of_session(thrown) or thrown.code == "UNAVAILABLE" or thrown.reason in _NOT_HELD
    ):
        return
    try:
        _restore(lock, tenure)
    except (Error, TimeoutError) as e:
        raise_of_handler(e)
        tenure.forget()


def _restore(lock: Lock, tenure: Tenure) -> None:
    """Goes on where it was interrupted."""
    found = lock._found(tenure.owner)
    count = 0 if found is None else found[1]
    if found is not None and found[0] != tenure.token:
        tenure.token = found[0]
    while count < tenure.count:
        answer = lock._parse(lock._call_bytes(lock._ACQUIRE, lock._acquiring))
        tenure.token = answer.token
        tenure.previous_owner_died = answer.previous_owner_died
        count += 1
    tenure.keep()
