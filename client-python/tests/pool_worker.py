"""A worker of a pool, for the tests of pools.

usage: pool_worker.py [pickle] [ahead=N] [ever]

By `ever` it takes tasks ahead however slow the machine is.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import polyproc
from polyproc import _work_loop

_OPTIONS = dict(word.partition("=")[::2] for word in sys.argv[1:])
if "ever" in _OPTIONS:
    _work_loop._QUICK_SECONDS = 3600.0

worker = polyproc.Worker(
    codec=polyproc.PICKLE if "pickle" in _OPTIONS else polyproc.PLAIN,
    ahead=int(_OPTIONS.get("ahead", 0)),
)

_begun: list[Any] = []


class Odd(Exception):
    """An exception of this program alone."""


class Base(BaseException):
    """One that is no `Exception`."""


@worker.task
def begin(*words: Any) -> None:
    if words[0] == "fail":
        raise LookupError("no beginning")
    if words[0] == "hang":
        time.sleep(3600)
    _begun.extend(words)


@worker.task
def begun() -> list[Any]:
    return _begun


@worker.task
def square(x: int) -> int:
    return x * x


@worker.task
def nap(x: int) -> int:
    time.sleep(0.05)
    return x


@worker.task("join")
def join_words(*words: str) -> str:
    return "-".join(words)


@worker.task
def pid() -> int:
    return os.getpid()


@worker.task
def fail(word: str) -> NoReturn:
    raise ValueError(word)


@worker.task
def fail_oddly(word: str) -> NoReturn:
    raise Odd(word)


@worker.task
def raise_base(name: str) -> NoReturn:
    kinds = (Base, GeneratorExit, KeyboardInterrupt, SystemExit, asyncio.CancelledError)
    raise next(kind for kind in kinds if kind.__name__ == name)("word")


@worker.task
def leave(code: int) -> NoReturn:
    sys.exit(code)


@worker.task
def unwritable() -> object:
    return object()


class Wordless(Exception):
    """Neither pickle nor a text can be made of it."""

    def __reduce__(self) -> NoReturn:
        raise Base("no pickle")

    def __repr__(self) -> NoReturn:
        raise Base("no text")

    __str__ = __repr__


@worker.task
def wordless() -> Wordless:
    return Wordless()


@worker.task
def fail_wordlessly() -> NoReturn:
    raise Wordless


@worker.task
def deep() -> list[Any]:
    found: list[Any] = []
    for _ in range(100_000):
        found = [found]
    return found


@worker.task
def large(size: int) -> bytes:
    return bytes(size)


@worker.task
def say(word: str) -> str:
    print(word, file=sys.stderr, flush=True)
    return word


@worker.task
def die() -> NoReturn:
    print("about to die", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


@worker.task
def die_of_three(x: int) -> int:
    if x == 3:
        die()
    return x


@worker.task
def die_once(file: str) -> int:
    """Dies in the first attempt, which leaves a word for the next."""
    if polyproc.task().attempt == 1:
        polyproc.task().heartbeat({"at": 7})
        Path(file).touch()
        die()
    return int(polyproc.task().details["at"])


@worker.task
def touch(file: str) -> str:
    """Says by a file that it runs."""
    Path(file).touch()
    return file


@worker.task
def wait_for(begun_file: str, file: str) -> str:
    """Says by a file that it runs, and waits for another one."""
    Path(begun_file).touch()
    while not Path(file).exists():
        time.sleep(0.01)
    return "done"


@worker.task
def stop_once() -> str:
    """Its worker is stopped in the first attempt, and does not go on."""
    if polyproc.task().attempt == 1:
        os.kill(os.getpid(), signal.SIGSTOP)
    return "done"


@worker.task
def hang(file: str) -> NoReturn:
    Path(file).touch()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(3600)


@worker.task
def sleep_long(file: str) -> None:
    """It can be ended by a signal."""
    Path(file).touch()
    try:
        time.sleep(3600)
    finally:
        Path(file).with_suffix(".ended").touch()


@worker.task
def signal_twice(number: int, file: str) -> None:
    try:
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        time.sleep(3600)
    finally:
        Path(file).with_suffix(".ended").touch()


@worker.task
def until_cancelled(file: str) -> str:
    running = polyproc.task()
    assert not running.cancelled
    Path(file).touch()
    assert running.wait_cancelled()
    assert running.cancelled
    Path(file).with_suffix(".told").touch()
    return "told"


@worker.task(retry_on=OSError)
def succeed_at_last(attempts: int) -> int:
    if polyproc.task().attempt < attempts:
        raise OSError("not yet")
    return polyproc.task().attempt


@worker.task
def describe() -> list[Any]:
    running = polyproc.task()
    return [running.job, running.number, running.attempt, running.function, running.details]


if __name__ == "__main__":
    worker.run()
