"""Exceptions at every point where the interpreter may run the handler of a signal.

CPython runs handlers where it looks whether there is something to do beside the program: at the
entry of a Python function, after a call of a C function or of a class, and where a loop goes back.
A trace function, which sees each instruction of the package, sends this thread a signal right
before one that ends with such a look, so that the handler, which raises, runs at that place. Where
it runs in the trace function instead, as an interpreter looked earlier or not at all, the signal is
sent again for the next look: an exception in a trace function would end the tracing.
"""

from __future__ import annotations

import ctypes
import dis
import functools
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Generic, NamedTuple, TypeVar

import polyproc
from extents import PYTHONS, SHARE

T = TypeVar("T")

_PACKAGE = str(Path(polyproc.__file__).parent) + "/_"


_ENTRY = dis.opmap["RESUME"]


class Interrupted(BaseException):
    """What comes at a point."""


_SIGNAL = signal.SIGUSR2


class _Thread(int):
    """This thread, which can be struck by a signal.

    To get an attribute is no call: the interpreter does not look after it. So the trace function is
    over when it does.
    """

    is_struck = property(
        functools.partial(
            ctypes.CDLL(None).pthread_kill, ctypes.c_ulong(threading.get_ident()), int(_SIGNAL)
        )
    )


class _Code(NamedTuple):
    """What there is to know of a function's instructions."""

    code: CodeType
    looks: frozenset[int]
    """Those that end with a look: their own, or that of the call of a class."""
    returns: frozenset[int]

    @classmethod
    def of(cls, code: CodeType) -> _Code:
        ends = ("CALL", "RETURN") if code.co_name == "__init__" else "CALL"
        instructions = list(dis.get_instructions(code))
        return cls(
            code,
            frozenset(
                each.offset
                for each in instructions
                if each.opname.startswith(ends)
                or ("JUMP_BACKWARD" in each.opname and "NO_INTERRUPT" not in each.opname)
            ),
            frozenset(each.offset for each in instructions if each.opname.startswith("RETURN")),
        )


_codes: dict[int, _Code] = {}
"""By the ids of the codes: to hash a code takes as long as its function has instructions."""


class Run(Generic[T]):
    """What came of an action that was interrupted at some of its points, which count from 1."""

    def __init__(
        self, action: Callable[[], T], *points: int, kind: type[BaseException] = Interrupted
    ) -> None:
        self.passed = 0
        """How many points it has passed."""
        self.entered: dict[str, int] = {}
        """Which of its points is a function's first entry, by its qualified name."""
        self.places: list[str] = []
        """Where it was interrupted."""
        self.results: list[T] = []
        """What it returned, if it did."""
        self.raised: BaseException | None = None
        self._points = frozenset(points)
        self._is_due = False
        self._thread = _Thread()

        is_over = False

        def strike(_number: int, frame: FrameType | None) -> None:
            assert frame is not None
            if is_over:
                return
            if frame.f_code in _TRACING:
                self._is_due = True
                return
            self.places.append(_place(frame))
            raise kind

        handler = signal.signal(_SIGNAL, strike)
        before = sys.gettrace()
        try:
            sys.settrace(self._enter)
            self.results.append(action())
            is_over = True
        except BaseException as e:
            is_over = True
            self.raised = e
            if not isinstance(e, kind):
                raise
        finally:
            was_traced = sys.gettrace() == self._enter
            sys.settrace(before)
            signal.signal(_SIGNAL, handler)
        assert was_traced, self

    def _enter(self, frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        code = frame.f_code
        if not code.co_filename.startswith(_PACKAGE):
            return None
        if id(code) not in _codes:
            _codes[id(code)] = _Code.of(code)
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        self.entered.setdefault(code.co_qualname, self.passed + 1)
        # Called last: not to be traced itself, it makes no call after it has asked.
        if self._is_next(True):
            self._thread.is_struck  # noqa: B018
        return self._step

    def _step(self, frame: FrameType, event: str, _: object) -> Callable[..., Any]:
        at = frame.f_lasti
        code = _codes[id(frame.f_code)]
        wanted = "return" if at in code.returns else "opcode"
        if self._is_next(event == wanted and at in code.looks):
            self._thread.is_struck  # noqa: B018
        return self._step

    def _is_next(self, is_point: bool) -> bool:
        is_due = self._is_due
        self._is_due = False
        if not is_point:
            return is_due
        self.passed += 1
        return is_due or self.passed in self._points

    def __repr__(self) -> str:
        return f"<Run interrupted at {', '.join(self.places)}>"


_TRACING = frozenset(f.__code__ for f in (Run._enter, Run._step, Run._is_next))


def _place(frame: FrameType) -> str:
    code = frame.f_code
    name = f"{Path(code.co_filename).name}:{frame.f_lineno} {code.co_qualname}"
    is_entry = code.co_code[frame.f_lasti] == _ENTRY
    return f"{name} entry" if is_entry else f"{name} +{frame.f_lasti}"


def everywhere(
    action: Callable[[], T], kind: type[BaseException] = Interrupted, step: int = 1
) -> Iterator[Run[T]]:
    """Runs it again and again, each time interrupted a step later, until it has no point left.

    Each Python takes its share of the points.
    """
    yield Run(action, kind=kind)  # What is done once is done.
    point = 1 + SHARE * step
    step *= PYTHONS
    while True:
        run = Run(action, point, kind=kind)
        yield run
        if run.passed < point:
            return
        point += step


def twice(
    action: Callable[[], T],
    often: int = 200,
    seed: int = 20,
    kind: type[BaseException] = Interrupted,
) -> Iterator[Run[T]]:
    """Runs it so often, each time interrupted at two points, the second in what the first causes.

    Each Python takes its share of that.

    Args:
        action: what is run.
        often: how often.
        seed: of the points, which are random; it is printed.
        kind: what is raised.
    """
    seed += SHARE
    print(f"Pairs of points by seed {seed}")
    chosen = random.Random(seed)
    yield Run(action, kind=kind)
    whole = Run(action, kind=kind)
    most = whole.passed
    yield whole
    for _ in range(often // PYTHONS):
        first = chosen.randint(1, most)
        yield Run(action, first, first + chosen.randint(1, 150), kind=kind)


def then_everywhere(
    action: Callable[[], T],
    kind: type[BaseException] = Interrupted,
    step: int = 1,
    within: str | None = None,
) -> Iterator[Run[T]]:
    """Runs it again and again, each time interrupted twice, the second time a step later.

    Each Python takes its share of the points.

    Args:
        action: what is run.
        kind: what is raised.
        step: of how many points.
        within: the qualified name of the function at whose entry it is interrupted first; None: it
            is in the middle.
    """
    yield Run(action, kind=kind)
    whole = Run(action, kind=kind)
    yield whole
    first = whole.passed // 2 if within is None else whole.entered[within]
    second = first + 1 + SHARE * step
    step *= PYTHONS
    while True:
        run = Run(action, first, second, kind=kind)
        yield run
        if run.passed < second:
            return
        second += step
