"""Barriers: so many parties that wait for each other, again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from polyproc._errors import BrokenBarrier, Error, Reason, as_standard
from polyproc._methods import Method
from polyproc._object import LOOK_SECONDS, OWNER, Handle, lifetime, named, time_to_wait
from polyproc._signals import raise_of_handler
from polyproc._surely import is_refusal, silently
from polyproc.v1 import barrier_pb2 as pb2
from polyproc.v1 import object_pb2

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._party import BarrierBreak, Waiter

_CREATE = Method("BarrierService/Create", pb2.BarrierCreateRequest, pb2.BarrierCreateResponse)
_WAIT = Method("BarrierService/Wait", pb2.BarrierWaitRequest, pb2.BarrierWaitResponse)
_ACTION_DONE = Method(
    "BarrierService/ActionDone", pb2.BarrierActionDoneRequest, pb2.BarrierActionDoneResponse
)
_ABORT = Method("BarrierService/Abort", pb2.BarrierAbortRequest, pb2.BarrierAbortResponse)
_RESET = Method("BarrierService/Reset", pb2.BarrierResetRequest, pb2.BarrierResetResponse)
_GET = Method("BarrierService/Get", pb2.BarrierGetRequest, pb2.BarrierGetResponse)

_BROKEN = frozenset({Reason.BARRIER_BROKEN, Reason.NOT_HELD})
_CAUSE = "BARRIER_BREAK_CAUSE_"


class Barrier(Handle):
    """So many parties that wait for each other, with the methods of `threading.Barrier`.

    The parties are threads of any programs. A program that dies while it waits, or while it runs
    the action, breaks the barrier for all. One that dies before it comes is not known: a timeout is
    for that. A broken barrier stays so, for all programs, until it is mended or reset.
    """

    __slots__ = ("_action", "_shape", "_timeout")

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        action: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> None:
        super().__init__(client, ref, is_retained)
        self._action = action
        self._timeout = timeout
        self._shape: tuple[int, bool] | None = None
        """How many parties, and whether there is an action; None: not known yet."""

    @classmethod
    def _create(
        cls,
        client: Client,
        name: str | None,
        parties: int,
        action: Callable[[], object] | None,
        timeout: float | None,
    ) -> Barrier:
        if parties < 1:
            raise ValueError("parties must be > 0")
        request = pb2.BarrierCreateRequest(
            barrier=named(name),
            parties=parties,
            action=action is not None,
            lifetime=lifetime(name),
        )
        barrier = cls(client, client._call(_CREATE, request).ref, True, action, timeout)
        barrier._shape = parties, action is not None
        return barrier

    def _settings(self) -> tuple[object, ...]:
        return self._action, self._timeout

    def wait(self, timeout: float | None = None) -> int:
        """Waits until all parties have come, and the action is done.

        The party that comes last runs its program's action.

        Args:
            timeout: for how many seconds to wait for the others; None: as the handle was made. An
                action may take longer.

        Returns:
            `parties` - 1 for the first that came, 0 for the last.

        Raises:
            BrokenBarrier: A threading.BrokenBarrierError: it is broken, or was by this wait, whose
                time was up.
            RuntimeError: The barrier has an action, and this handle has none.
        """
        if self._known()[1] and self._action is None:
            raise RuntimeError(
                f"Expected an action for {self!r}, which has one, but this handle has none; give it"
                " one by client.existing_barrier(name, action)"
            )
        request = pb2.BarrierWaitRequest(barrier=self.name)
        seconds_left = self._timeout if timeout is None else timeout
        if seconds_left is not None:
            request.timeout.CopyFrom(time_to_wait(seconds_left))
        try:
            answer = self._call(_WAIT, request)
        except BaseException as e:
            try:
                silently(self._leave_unless_refused, e)
            except BaseException:
                silently(self._leave_unless_refused, e)
            if is_refusal(e) and e.reason == Reason.BARRIER_BROKEN:
                raise as_standard(e, BrokenBarrier) from e
            raise
        # Not in a method of its own: at the call of one a signal's exception may come, unseen.
        if answer.run_action:
            failed = True
            try:
                if self._action is not None:
                    self._action()
                failed = False
                self._report(answer.round, False)
            except BaseException as e:
                try:
                    refused = silently(self._report_unless_refused, e, answer.round, failed)
                except BaseException:
                    refused = silently(self._report_unless_refused, e, answer.round, failed)
                if failed and refused is not None and is_refusal(refused):
                    e.add_note(f"And the barrier could not be told: {refused}")
                raise
        if not answer.passed:
            raise BrokenBarrier(
                f"Expected all parties of {self!r} in time, but they have not come",
                Reason.BARRIER_BROKEN,
                "FAILED_PRECONDITION",
                {"cause": "TIMEOUT"},
            )
        return answer.index

    @property
    def parties(self) -> int:
        """How many parties there are."""
        return self._known()[0]

    @property
    def n_waiting(self) -> int:
        """How many have come, and wait; a call."""
        return self._get().waiting

    @property
    def broken(self) -> bool:
        """Whether it is broken; a call."""
        return self._get().broken

    def broken_by(self) -> BarrierBreak | None:
        """Why it is broken, by whom, and in which round; None: it is whole."""
        from polyproc._party import BarrierBreak, Party

        seen = self._get()
        if not seen.HasField("broken_by"):
            return None
        why = seen.broken_by
        cause = pb2.BarrierBreakCause.Name(why.cause).removeprefix(_CAUSE)
        return BarrierBreak(cause, Party.of(why.party), why.round)

    def mend(self) -> bool:
        """Makes a broken barrier whole, and changes nothing where it is.

        Each of the parties may call it and wait again: of several that do so the first makes it
        whole, and none sends another away.

        Returns:
            Whether this call did so.
        """
        seen = self._get()
        if not seen.broken:
            return False
        request = pb2.BarrierResetRequest(barrier=self.name, round=seen.broken_by.round)
        return self._call(_RESET, request).reset

    def reset(self) -> None:
        """Begins anew, broken or not: who waits is raised a BrokenBarrier. Rather `mend` it."""
        self._call(_RESET, pb2.BarrierResetRequest(barrier=self.name))

    def abort(self) -> None:
        """Breaks it: who waits, and who comes, is raised a BrokenBarrier, until it is mended."""
        self._call(_ABORT, pb2.BarrierAbortRequest(barrier=self.name))

    def waiters(self) -> list[Waiter]:
        """Who waits, in line; the first of them where they are many."""
        from polyproc._party import Waiter

        return Waiter.all_of(self._get().waiters)

    def _report(self, round_: int, failed: bool) -> None:
        request = pb2.BarrierActionDoneRequest(barrier=self.name, round=round_, failed=failed)
        try:
            self._call_standing(_ACTION_DONE.fields, request.SerializeToString(), OWNER.field)
        except Error as e:
            raise_of_handler(e)
            if e.reason in _BROKEN:
                raise as_standard(e, BrokenBarrier) from e
            raise

    def _report_unless_refused(self, thrown: BaseException, round_: int, failed: bool) -> None:
        if failed or not is_refusal(thrown):
            self._report(round_, failed)

    def _leave_unless_refused(self, thrown: BaseException) -> None:
        """Breaks the round whose action this thread was to run, unless it has reported."""
        if is_refusal(thrown):
            return
        session = self._client._session_now()
        try:
            request = pb2.BarrierGetRequest(barrier=self.name).SerializeToString()
            pending = session.post(_GET.fields, request, self._call_fields)
            seen = _GET.read(session.result(pending, LOOK_SECONDS))
            party = seen.runner.party
            if party.session == session.opened.number and party.owner == OWNER.name:
                self._report(seen.round - 1, True)
        except (Error, TimeoutError) as e:
            raise_of_handler(e)

    def _known(self) -> tuple[int, bool]:
        known = self._shape
        if known is None:
            seen = self._get()
            known = self._shape = seen.parties, seen.action
        return known

    def _get(self) -> pb2.BarrierGetResponse:
        return self._call(_GET, pb2.BarrierGetRequest(barrier=self.name))
