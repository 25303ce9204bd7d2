"""In what the pools of `multiprocessing` and the executors of `concurrent.futures` differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Manner:
    """How the processes of a pool are, and what they make of what goes wrong in a task."""

    daemonic: bool
    """Whether they are, so that they have no children."""

    ended_by: tuple[type[BaseException], ...]
    """What ends them where a task raises it. All else is the failure of that task."""

    wraps: bool
    """Whether a `MaybeEncodingError` says why what came of a task could not be pickled; else it is
    that error itself."""


POOL = Manner(daemonic=True, ended_by=(SystemExit, KeyboardInterrupt), wraps=True)
EXECUTOR = Manner(daemonic=False, ended_by=(), wraps=False)
