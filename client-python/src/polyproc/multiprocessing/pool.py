"""Pools, as in `multiprocessing.pool`: those of threads are the standard library's own."""

from __future__ import annotations

import multiprocessing.pool as _standard
from typing import TYPE_CHECKING, Any, NoReturn

from polyproc.multiprocessing._standard import rest_of

if TYPE_CHECKING:
    from multiprocessing.pool import ThreadPool

__all__ = ["Pool", "ThreadPool"]


class Pool(_standard.Pool):
    """A pool of processes, of which there is none yet."""

    def __new__(
        cls,
        processes: int | None = None,
        initializer: Any = None,
        initargs: Any = (),
        maxtasksperchild: int | None = None,
        context: Any = None,
    ) -> NoReturn:
        """Raises NotImplementedError."""
        raise NotImplementedError(
            "Pools come with a later version of polyproc; until then take"
            " concurrent.futures.ProcessPoolExecutor, or the Pool of the standard library's own"
            " multiprocessing"
        )


globals().update(rest_of(_standard, globals()))
