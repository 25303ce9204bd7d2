"""Processes, contexts, exit codes: rows of 1.1 and 1.8."""

from __future__ import annotations

import sys
from typing import Any

from bodies import alone, outcome


def _say(queue: Any, word: str) -> None:
    queue.put((word, "Alice"))


def hello(mp: Any) -> Any:
    queue = mp.Queue()
    process = mp.Process(target=_say, args=(queue, "Hello"))
    process.start()
    word = queue.get()
    process.join()
    return word, process.exitcode


def _exit(code: Any) -> None:
    sys.exit(code)


def exit_codes(mp: Any) -> Any:
    codes = []
    for code in (0, 3, None):
        process = mp.Process(target=_exit, args=(code,))
        process.start()
        process.join()
        codes.append(process.exitcode)
    return codes


@alone
def join_before_start(mp: Any) -> Any:
    return outcome(mp.Process(target=print).join)
