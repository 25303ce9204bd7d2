"""What this process has put, and has not heard of yet; and what it has in hand at its end."""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing.process
import os
import sys
import weakref
from _thread import get_ident
from multiprocessing import util
from typing import TYPE_CHECKING, NoReturn

from polyproc import _client
from polyproc._deliveries import UnheardPut
from polyproc._errors import Error, Reason
from polyproc._pending import PutRefused
from polyproc._weak import alive
from polyproc.multiprocessing import _children

if TYPE_CHECKING:
    from polyproc._queue import Queue as SharedQueue

_PRIORITY = -5
"""That of the standard library's wait for the threads that feed queues."""


class Puts:
    """Of one queue, by one process: a put does not wait, and what is refused is heard of later."""

    def __init__(self) -> None:
        self.refusals: list[UnheardPut] = []
        """Those that nobody was told of."""
        self.is_awaited = True
        """Whether the process waits at its end until all is put."""

    def refused(self, put: UnheardPut) -> None:
        """Called in the middle of any call: it only takes note."""
        if not put.is_told and put not in self.refusals:
            self.refusals.append(put)
            _refused[id(self)] = self

    def tell(self, first: UnheardPut | None = None) -> NoReturn:
        """Raises one of the refusals, which are all told by that: the first, unless it is named."""
        refusals, self.refusals = self.refusals, []
        _refused.pop(id(self), None)
        if first is not None and first not in refusals:
            refusals.insert(0, first)
        for put in refusals:
            put.is_told = True
        why = (first or refusals[0]).failure
        assert why is not None
        why.add_note(
            f"This came of {len(refusals)} puts before, which did not wait; this call was not made."
        )
        raise why from None


def tell(refused: PutRefused) -> NoReturn:
    """Raises, in the place of a call that was given up, why a put was refused."""
    puts: Puts = refused.put.refused.__self__  # type: ignore[attr-defined]
    puts.tell(refused.put)


class Hand:
    """What a process has got of a joinable queue, by number, until it says `task_done`."""

    def __init__(self, queue: SharedQueue[object]) -> None:
        self._queue = queue
        self.numbers: list[tuple[int, int]] = []
        """The thread that got it, and the number; the oldest first."""
        _hands[id(self)] = self

    def note(self, number: int) -> None:
        """Notes what this thread has got; where that goes back, its number is of no use."""
        self.numbers.append((get_ident(), number))

    def take(self, thread: int) -> int:
        """The number of what is finished next: the oldest of a thread, else of all; 0: of none."""
        numbers = self.numbers
        for got in numbers:
            if got[0] == thread:
                with contextlib.suppress(ValueError):  # Another thread was faster.
                    numbers.remove(got)
                    return got[1]
        try:
            return numbers.pop(0)[1]
        except IndexError:
            return 0

    def finish(self) -> None:
        """Finishes all of it."""
        while self.numbers:
            try:
                self._queue._finish(self.numbers.pop(0)[1])
            except Error as e:
                if e.reason != Reason.RESERVATION_ENDED:
                    return


_refused: dict[int, Puts] = {}
_hands: weakref.WeakValueDictionary[int, Hand] = weakref.WeakValueDictionary()


def await_puts(puts: Puts | None = None) -> None:
    """Waits until all is put, of one queue or of all; what nobody waits for goes on alone."""
    for client in alive(_client.clients):
        session = client._session
        if session is None or session.is_over:
            continue
        for pending in session._undone():
            if not isinstance(pending, UnheardPut):
                continue
            of: Puts = pending.refused.__self__  # type: ignore[attr-defined]
            if puts is not None and of is not puts:
                continue
            if puts is None and not of.is_awaited:
                pending.stays = True
                continue
            with contextlib.suppress(Error):  # Which is among the refusals.
                session.result(pending)


def _at_end() -> None:
    """The end of the process, while its children may go on to take what it has put."""
    await_puts()
    failures = [put.failure for puts in list(_refused.values()) for put in puts.refusals]
    if failures:
        import traceback

        for failure in failures:
            traceback.print_exception(failure)
    if not _fails():
        for hand in alive(_hands):
            hand.finish()


def _fails() -> bool:
    """Whether the process ends with another exit code than 0, as nobody has caught an exception."""
    error = sys.exc_info()[1]  # Until Python 3.12 a child is told to end while it is on its way.
    if isinstance(error, SystemExit):
        return error.code not in (None, 0)
    if error is not None or _children.exit_code != 0:
        return True
    return multiprocessing.process.parent_process() is None and _main_has_failed()


def _main_has_failed() -> bool:
    """Whether an exception has ended the main program, and not only a line of a prompt."""
    traceback = getattr(sys, "last_traceback", None)
    if traceback is None:
        return False
    frame = traceback.tb_frame
    if frame.f_back is not None:  # Whoever called that has caught it, such as `code.interact`.
        return False
    is_prompted = frame.f_code.co_filename == "<stdin>" or _is_inspected()
    return not (is_prompted and hasattr(sys, "ps1"))


def _is_inspected() -> bool:
    """Whether a prompt comes after the main program, whose end is that of the process then."""
    asks_by_environment = not sys.flags.ignore_environment and os.environ.get("PYTHONINSPECT")
    return bool(sys.flags.inspect or asks_by_environment)


def _begin(_: object = None) -> None:
    util.Finalize(None, _at_end, exitpriority=_PRIORITY)


def _after_fork_in_child() -> None:
    for puts in _refused.values():
        puts.refusals = []
    _refused.clear()
    for hand in alive(_hands):
        hand.numbers.clear()


_begin()
util.register_after_fork(_begin, _begin)
# Once more, so that it is before the end of the clients, which is registered by now.
atexit.register(util._exit_function)  # type: ignore[attr-defined]
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
