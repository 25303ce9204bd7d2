"""Programs that tests start, stop and kill; and waits for what others do."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from daemons import Daemon
from waits import MOST_SECONDS as MOST_SECONDS
from waits import Lines, finish

_BEGIN = """
import sys
import polyproc

client = polyproc.connect(sys.argv[1])

def say(word):
    print(word, flush=True)

def told():
    return sys.stdin.readline().strip()

"""


class Child:
    """A program that has `client`, and `say` and `told` to talk to its test."""

    def __init__(self, daemon: Daemon, program: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BEGIN + program, daemon.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._said = Lines(self._stdout.fileno())

    def hears(self) -> str:
        """What it says next; nothing: it has ended."""
        return self._said.next().strip()

    def tell(self, word: str) -> None:
        self._stdin.write(f"{word}\n".encode())
        self._stdin.flush()

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it as `kill -9` does, and wait until it is gone."""
        self._process.kill()
        self._process.wait(MOST_SECONDS)

    def ends(self) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait(MOST_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _thrown: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.kill()
        self._stdin.close()
        self._stdout.close()


def until(is_so: Callable[[], object], *told: object) -> None:
    """Ask again and again, each time by a call, until it is so; what is told explains a failure."""
    end = time.monotonic() + MOST_SECONDS
    while not is_so():
        assert time.monotonic() < end, ("It never was so.", *told)


def is_running(pid: int) -> bool:
    """Whether a process has not ended, whether it was waited for or not."""
    try:
        return b") Z" not in Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def young_garbage() -> Iterator[None]:
    """Have the collector look only at what is made in the block, which takes it far less time."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class Interrupt(Exception):
    """What the handler of a signal raises."""


class Alarm:
    """Has SIGALRM raise an exception in the main thread."""

    def __init__(self, thrown: BaseException | type[BaseException]) -> None:
        self._thrown = thrown
        self._is_set = False

    def set(self, seconds: float) -> None:
        """Raise one after so long."""
        self._is_set = True
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def clear(self) -> None:
        """Raise none; also where the signal is on its way, by another thread."""
        self._is_set = False
        signal.setitimer(signal.ITIMER_REAL, 0)

    def ring(self, _number: int, _frame: object) -> None:
        if self._is_set:
            self._is_set = False
            raise self._thrown


@contextmanager
def interrupting(
    thrown: BaseException | type[BaseException] = Interrupt,
) -> Iterator[Alarm]:
    alarm = Alarm(thrown)
    before = signal.signal(signal.SIGALRM, alarm.ring)
    try:
        yield alarm
    finally:
        alarm.clear()
        signal.signal(signal.SIGALRM, before)


@contextmanager
def interrupted_once(is_so: Callable[[], object]) -> Iterator[None]:
    """Have the block interrupted by Ctrl-C once something is so."""

    def watch() -> None:
        until(is_so)
        os.kill(os.getpid(), signal.SIGINT)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        finish(watcher)


class Threads:
    """Threads whose failures are those of the test."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._failures: list[BaseException] = []

    def start(self, work: Callable[[], object]) -> None:
        def run() -> None:
            try:
                work()
            except BaseException as e:
                self._failures.append(e)

        thread = threading.Thread(target=run)
        self._threads.append(thread)
        thread.start()

    def join(self) -> None:
        """Wait for all, and raise what the first that failed has raised."""
        finish(*self._threads)
        if self._failures:
            raise self._failures[0]


@contextmanager
def running(mp: Any, target: Callable[..., object], *args: Any) -> Iterator[BaseProcess]:
    """A process of the drop-in, which is killed where it has not ended."""
    process = mp.Process(target=target, args=args)
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            process.kill()
        process.join(MOST_SECONDS)
        process.close()


def kill(process: BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(MOST_SECONDS)
    assert process.exitcode == -signal.SIGKILL
