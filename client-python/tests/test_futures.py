"""`polyproc.futures`, which has the contract of `concurrent.futures`."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.pool import MaybeEncodingError  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any

import pytest

import polyproc
from children import is_running, until
from daemons import Daemon
from extents import methods
from polyproc.futures import ProcessPoolExecutor, TaskLost
from polyproc.multiprocessing import _runtime

SECONDS = 30.0

Make = Callable[..., ProcessPoolExecutor]


@pytest.fixture
def make(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes executors, which are shut down with the test."""
    monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
    made: list[ProcessPoolExecutor] = []

    def executor(workers: int = 2, **shape: Any) -> ProcessPoolExecutor:
        made.append(ProcessPoolExecutor(workers, **shape))
        return made[-1]

    yield executor
    for each in made:
        each.shutdown(cancel_futures=True)
    made.clear()
    gc.collect()
    _runtime.client().close()


def _square(x: int) -> int:
    return x * x


def _die_once(folder: str, x: int) -> int:
    try:
        (Path(folder) / str(x)).touch(exist_ok=False)
    except FileExistsError:
        return x
    os.kill(os.getpid(), signal.SIGKILL)
    return -1


def _die_of(x: int) -> int:
    if x == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def _fail(word: str) -> None:
    raise LookupError(word)


def _wait_for(begun: str, file: str) -> str:
    Path(begun).touch()
    while not Path(file).exists():
        time.sleep(0.01)
    return "done"


def _keywords(*args: int, **keywords: int) -> tuple[Any, Any]:
    return args, keywords


_state: list[int] = []


def _begin(x: int) -> None:
    _state.append(x)


def _begun() -> list[int]:
    return _state


def _cannot_begin() -> None:
    raise LookupError("no beginning")


def test_calls_functions_in_processes(make: Make) -> None:
    executor = make()
    assert executor.submit(_square, 3).result(SECONDS) == 9
    assert executor.submit(_keywords, 1, self=2, fn=3).result(SECONDS) == (
        (1,),
        {"self": 2, "fn": 3},
    )
    assert executor.submit(os.getpid).result(SECONDS) != os.getpid()
    assert list(executor.map(_square, range(50))) == [x * x for x in range(50)]
    assert list(executor.map(pow, range(9), range(8), chunksize=3)) == [x**x for x in range(8)]
    with pytest.raises(LookupError, match="word") as raised:
        executor.submit(_fail, "word").result(SECONDS)
    assert "raise LookupError(word)" in str(raised.value.__cause__)


def test_refuses_what_makes_no_sense(make: Make) -> None:
    for refused, shape in (
        (ValueError, {"workers": 0}),
        (TypeError, {"initializer": 3}),
        (TypeError, {"max_tasks_per_child": 1.5}),
        (ValueError, {"max_tasks_per_child": 0}),
        (ValueError, {"max_tasks_per_child": 3, "mp_context": multiprocessing.get_context("fork")}),
        (ValueError, {"attempts": 0}),
    ):
        with pytest.raises(refused):
            make(**shape)
    executor = make()
    with pytest.raises(ValueError, match="chunksize"):
        executor.map(_square, [], chunksize=0)
    with pytest.raises(ValueError, match="buffersize"):
        executor.map(_square, [], buffersize=0)
    with pytest.raises(TypeError, match="buffersize"):
        executor.map(_square, [], buffersize="1")  # type: ignore[arg-type]


def test_asks_for_no_more_elements_than_it_may(make: Make) -> None:
    executor = make()
    taken = itertools.count()
    results = executor.map(_square, (next(taken) for _ in itertools.count()), buffersize=4)
    assert [next(results) for _ in range(10)] == [x * x for x in range(10)]
    assert next(taken) <= 15


def test_waits_no_longer_than_it_is_told(make: Make, tmp_path: Path) -> None:
    executor = make(1)
    go = tmp_path / "go"
    results = executor.map(_wait_for, [str(tmp_path / "a")] * 3, [str(go)] * 3, timeout=0.05)
    with pytest.raises(TimeoutError):
        next(results)
    go.touch()
    assert executor.submit(_square, 3).result(SECONDS) == 9


def test_goes_on_where_a_process_dies(make: Make, tmp_path: Path) -> None:
    executor = make()
    assert list(executor.map(_die_once, [str(tmp_path)] * 6, range(6))) == list(range(6))


def test_tells_of_a_task_that_kills_all_its_processes(make: Make) -> None:
    executor = make(attempts=2)
    futures = [executor.submit(_die_of, x) for x in range(6)]
    error = futures[3].exception(SECONDS)
    assert isinstance(error, TaskLost)
    assert isinstance(error, polyproc.WorkerLost)
    assert isinstance(error, BrokenProcessPool)
    assert error.attempts == 2
    assert [future.result(SECONDS) for future in futures if future is not futures[3]] == [
        *(0, 1, 2, 4, 5)
    ]
    assert executor.submit(_square, 3).result(SECONDS) == 9


def test_takes_an_exit_as_a_failure(make: Make) -> None:
    executor = make(1, attempts=1)
    error = executor.submit(sys.exit, 3).exception(SECONDS)
    assert isinstance(error, SystemExit)
    assert error.code == 3
    assert executor.submit(_square, 3).result(SECONDS) == 9


class Base(BaseException):
    """One that is no `Exception`."""


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    "error",
    [Base("x"), GeneratorExit("x"), KeyboardInterrupt("x"), asyncio.CancelledError("x")],
    ids=lambda error: type(error).__name__,
)
def test_raises_once_what_is_no_exception(make: Make, error: BaseException) -> None:
    executor = make(1)
    future = executor.submit(_raise_at_first, error, executor.submit(os.getpid).result(SECONDS))
    raised = future.exception(SECONDS)
    assert type(raised) is type(error)
    assert raised.args == error.args
    assert "in _raise_at_first" in str(raised.__cause__)
    with pytest.raises(type(error), match="x"):
        list(executor.map(_raise, [error]))
    assert executor.submit(_square, 3).result(SECONDS) == 9


def _raise_at_first(error: BaseException, process: int) -> None:
    if os.getpid() == process:
        raise error


def test_tells_of_a_result_whose_reading_raises_what_is_no_exception(make: Make) -> None:
    executor = make(1)
    for kind in (Base, KeyboardInterrupt, SystemExit):
        assert type(executor.submit(_Unreadable, kind).exception(SECONDS)) is kind
    assert executor.submit(_square, 3).result(SECONDS) == 9


class _Unreadable:
    """It pickles, and raises as it is read."""

    def __init__(self, kind: type[BaseException]) -> None:
        self._kind = kind

    def __reduce__(self) -> Any:
        return _raise_one_of, (self._kind,)


def _raise_one_of(kind: type[BaseException]) -> None:
    raise kind


class _Wordless(Exception):
    """Neither pickle nor a text can be made of it."""

    def __init__(self, why: BaseException | None) -> None:
        self._why = why

    def __reduce__(self) -> Any:
        raise self if self._why is None else self._why

    def __repr__(self) -> str:
        raise ZeroDivisionError

    __str__ = __repr__


def _be_wordless(how: str, why: BaseException | None) -> Any:
    thing = _Wordless(why)
    if how == "raise":
        raise thing
    return thing


def _deep(how: str) -> list[Any]:
    found: list[Any] = []
    for _ in range(100_000):
        found = [found]
    if how == "raise":
        raise LookupError(found)
    return found


@pytest.mark.parametrize("how", ["return", "raise"])
def test_tells_of_one_task_that_its_outcome_cannot_be_pickled(make: Make, how: str) -> None:
    executor = make(1)
    process = executor.submit(os.getpid).result(SECONDS)
    for why in (TypeError("no pickle"), Base("no pickle"), SystemExit("no pickle")):
        raised = executor.submit(_be_wordless, how, why).exception(SECONDS)
        assert type(raised) is type(why)
        assert raised.args == ("no pickle",)
    raised = executor.submit(_be_wordless, how, None).exception(SECONDS)
    assert isinstance(raised, MaybeEncodingError)
    assert "_Wordless without a text, as repr() raised ZeroDivisionError" in str(raised)
    assert isinstance(executor.submit(_deep, how).exception(SECONDS), RecursionError)
    assert executor.submit(os.getpid).result(SECONDS) == process


def test_tells_of_one_task_that_its_arguments_cannot_be_pickled(make: Make) -> None:
    executor = make(1)
    for why in (TypeError("no pickle"), Base("no pickle"), SystemExit("no pickle")):
        raised = executor.submit(len, _Wordless(why)).exception(SECONDS)
        assert type(raised) is type(why)
    assert isinstance(executor.submit(len, _deep("return")).exception(SECONDS), RecursionError)
    assert executor.submit(_square, 3).result(SECONDS) == 9


def test_calls_the_initializer_first(make: Make) -> None:
    assert make(1, initializer=_begin, initargs=(7,)).submit(_begun).result(SECONDS) == [7]


def test_is_broken_where_no_process_can_begin(make: Make) -> None:
    executor = make(initializer=_cannot_begin)
    futures = [executor.submit(_square, x) for x in range(20)]
    for future in futures:
        assert isinstance(future.exception(SECONDS), BrokenProcessPool)
    with pytest.raises(BrokenProcessPool, match="one after the other"):
        executor.submit(_square, 1)
    assert executor._broken


def test_replaces_a_process_after_its_tasks(make: Make) -> None:
    executor = make(1, max_tasks_per_child=2)
    assert len({executor.submit(os.getpid).result(SECONDS) for _ in range(4)}) == 2


@pytest.mark.parametrize("method", methods())
def test_takes_contexts_of_the_standard_library(make: Make, method: str) -> None:
    executor = make(1, mp_context=multiprocessing.get_context(method))
    assert executor.submit(_square, 3).result(SECONDS) == 9
    assert executor._mp_context.get_start_method() == method


def test_is_shut_down_behind_the_last_call(make: Make) -> None:
    with make() as executor:
        futures = [executor.submit(_square, x) for x in range(40)]
    assert [future.result(0) for future in futures] == [x * x for x in range(40)]
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(_square, 1)
    executor.shutdown()


def test_cancels_what_has_not_begun(make: Make, tmp_path: Path) -> None:
    executor = make(1)
    go = tmp_path / "go"
    running = executor.submit(_wait_for, str(tmp_path / "a"), str(go))
    until((tmp_path / "a").exists)
    waiting = [executor.submit(_square, x) for x in range(5)]
    assert not running.cancel()
    assert waiting[-1].cancel()
    executor.shutdown(wait=False, cancel_futures=True)
    assert [future.cancelled() for future in waiting] == [False, True, True, True, True]
    done, _ = concurrent.futures.wait(waiting[1:], SECONDS)
    assert len(done) == 4
    go.touch()
    assert running.result(SECONDS) == "done"
    assert waiting[0].result(SECONDS) == 0
    executor.shutdown()


@pytest.mark.parametrize("by", ["terminate_workers", "kill_workers"])
def test_ends_its_processes_at_once(make: Make, tmp_path: Path, by: str) -> None:
    executor = make(1)
    running = executor.submit(_wait_for, str(tmp_path / "a"), str(tmp_path / "never"))
    waiting = [executor.submit(_square, x) for x in range(5)]
    until((tmp_path / "a").exists)
    [process] = executor._processes.values()
    getattr(executor, by)()
    assert isinstance(running.exception(SECONDS), BrokenProcessPool)
    assert [future.cancelled() for future in waiting[1:]] == [True] * 4
    until(lambda: not process.is_alive())
    with pytest.raises(RuntimeError):
        executor.submit(_square, 1)
    executor.shutdown()


def test_ends_when_nobody_has_it(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
    executor = ProcessPoolExecutor(1)
    go = tmp_path / "go"
    future = executor.submit(_wait_for, str(tmp_path / "a"), str(go))
    [process] = executor._processes.values()
    del executor
    gc.collect()
    go.touch()
    assert future.result(SECONDS) == "done"
    until(lambda: not process.is_alive())
    _runtime.client().close()


def test_keeps_nothing_of_a_call_that_is_done(make: Make) -> None:
    def call_once() -> None:
        kept = _Kept()
        gone = weakref.ref(kept)
        make(1).submit(kept.call).result(SECONDS)
        del kept
        until(lambda: gone() is None)

    gc.disable()
    try:
        for _ in range(5):
            call_once()
    finally:
        gc.enable()


class _Kept:
    def call(self) -> None: ...


def test_is_called_by_any_thread_and_by_callbacks(make: Make) -> None:
    executor = make()
    found: list[int] = []
    came = threading.Event()

    def then(future: concurrent.futures.Future[int]) -> None:
        executor.submit(_square, future.result()).add_done_callback(note)

    def note(future: concurrent.futures.Future[int]) -> None:
        found.append(future.result())
        came.set()

    executor.submit(_square, 3).add_done_callback(then)
    assert came.wait(SECONDS)
    assert found == [81]


def test_a_callback_does_not_wait_for_itself(
    make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    executor = make(1)
    go = tmp_path / "go"
    for begun in ("a", "b"):
        future = executor.submit(_wait_for, str(tmp_path / begun), str(go))
        future.add_done_callback(lambda _: executor.shutdown(wait=True))
    waiting = [executor.submit(_square, x) for x in range(5)]
    go.touch()
    assert [future.result(SECONDS) for future in waiting] == [x * x for x in range(5)]
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(_square, 1)
    executor.shutdown()
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == [
        "cannot join current thread"
    ] * 2


def test_a_callback_may_end_the_processes(make: Make) -> None:
    executor = make(1)
    future = executor.submit(_square, 3)
    future.add_done_callback(lambda _: executor.kill_workers())
    assert future.result(SECONDS) == 9
    executor.shutdown()


def test_does_what_was_submitted_before_the_program_ends(daemon: Daemon, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import time\n"
        "from polyproc.futures import ProcessPoolExecutor\n"
        "def say(word):\n"
        "    time.sleep(0.1)\n"
        "    print(word, flush=True)\n"
        "if __name__ == '__main__':\n"
        "    executor = ProcessPoolExecutor(1)\n"
        "    for word in 'abc':\n"
        "        executor.submit(say, word)\n"
    )
    ended = subprocess.run(
        [sys.executable, program],
        env={**os.environ, "POLYPROC_ADDRESS": daemon.address},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "a\nb\nc\n", "")


def _exit_code_of_a_child() -> int | None:
    child = multiprocessing.get_context("fork").Process(target=_square, args=(3,))
    child.start()
    child.join()
    return child.exitcode


def _squares(x: int) -> list[int]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as executor:
        return list(executor.map(_square, range(x)))


def test_has_processes_that_may_have_children(make: Make) -> None:
    executor = make(1)
    assert executor.submit(_exit_code_of_a_child).result(SECONDS) == 0
    assert executor.submit(_squares, 5).result(SECONDS) == [0, 1, 4, 9, 16]
    assert not any(process.daemon for process in executor._processes.values())


_left: list[ProcessPoolExecutor] = []


def _leave_an_executor(folder: str) -> list[int]:
    executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork"))
    _left.append(executor)
    for x in range(5):
        executor.submit(_touch, f"{folder}/{x}")
    return list(executor._processes)


def _touch(file: str) -> None:
    Path(file).touch()


def test_does_what_was_submitted_before_a_child_ends(make: Make, tmp_path: Path) -> None:
    executor = make(1)
    [nested] = executor.submit(_leave_an_executor, str(tmp_path)).result(SECONDS)
    executor.shutdown()
    assert len(list(tmp_path.iterdir())) == 5
    until(lambda: not is_running(nested))


@pytest.mark.parametrize("method", methods())
def test_its_processes_end_with_a_program_that_is_killed(
    daemon: Daemon, tmp_path: Path, method: str
) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import multiprocessing, os, time\n"
        "from polyproc.futures import ProcessPoolExecutor\n"
        "def wait_for(file):\n"
        "    while not os.path.exists(file):\n"
        "        time.sleep(0.01)\n"
        "if __name__ == '__main__':\n"
        f"    context = multiprocessing.get_context({method!r})\n"
        "    executor = ProcessPoolExecutor(2, mp_context=context)\n"
        "    executor.submit(os.getpid).result()\n"
        f"    executor.submit(wait_for, {str(tmp_path / 'go')!r})\n"
        "    print(*executor._processes, flush=True)\n"
        "    time.sleep(3600)\n"
    )
    with subprocess.Popen(
        [sys.executable, program],
        env={**os.environ, "POLYPROC_ADDRESS": daemon.address},
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        processes = [int(word) for word in running.stdout.readline().split()]
        running.kill()
    (tmp_path / "go").touch()  # A task that runs is run to its end.
    assert len(processes) == 2
    until(lambda: not any(map(is_running, processes)))
