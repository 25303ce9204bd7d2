"""Workers that come by themselves, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import polyproc
from children import until
from daemons import Daemon
from extents import all_on_newest
from pools import WORKER
from waits import MOST_SECONDS, finish

all_on_newest(__name__)

SECONDS = 30.0


class Started:
    """A worker of the tests, as a process that this one has started."""

    def __init__(self, daemon: Daemon, pool: str, *words: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER), *words],
            env={**os.environ, "POLYPROC_ADDRESS": daemon.address, "POLYPROC_POOL": pool},
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ends(self) -> tuple[int, str]:
        """How it has ended, and what it wrote to its standard error."""
        _, errors = self._process.communicate(timeout=MOST_SECONDS)
        return self._process.returncode, errors

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def pool(polyproc_client: polyproc.Polyproc) -> polyproc.Pool:
    """A pool whose workers come by themselves."""
    return polyproc_client.pool()


Begin = Callable[..., Started]


@pytest.fixture
def begin(daemon: Daemon) -> Iterator[Begin]:
    """Starts workers, which are ended with the test."""
    started: list[Started] = []

    def start(pool: str, *words: str) -> Started:
        started.append(Started(daemon, pool, *words))
        return started[-1]

    yield start
    for each in started:
        each.close()


def _are_waiting(pool: polyproc.Pool, workers: int = 1) -> None:
    until(lambda: pool.info().waiting_takes == workers)


def test_come_from_anywhere(pool: polyproc.Pool, begin: Begin) -> None:
    workers = [begin(pool.name) for _ in range(2)]
    _are_waiting(pool, 2)
    assert pool.map("square", range(100)) == [x * x for x in range(100)]
    assert {worker.party and worker.party.pid for worker in pool.info().workers} == {
        worker.pid for worker in workers
    }
    pool.shutdown()
    assert [worker.ends() for worker in workers] == [(0, ""), (0, "")]


def test_make_several_calls_as_one_task(pool: polyproc.Pool, begin: Begin) -> None:
    begin(pool.name)
    one, other, last = pool.submit("polyproc.chunk", "square", [2], ["x", 1], [3]).result(SECONDS)
    assert (one, last) == ([4], [9])
    nothing, kind, message, stack = other
    assert (nothing, kind) == (None, "builtins.TypeError")
    assert "2 were given" in message
    assert stack.startswith("Traceback")
    left, last = pool.submit("polyproc.chunk", "leave", [3], ["x"]).result(SECONDS)
    assert [left[1], last[1]] == ["builtins.SystemExit"] * 2
    with pytest.raises(polyproc.TaskFailed, match="but it is 'unknown'"):
        pool.submit("polyproc.chunk", "unknown", [2]).result(SECONDS)


def test_need_a_pool() -> None:
    with pytest.raises(ValueError, match="POLYPROC_POOL"):
        polyproc.Worker().run()


def test_say_that_there_is_no_such_pool(polyproc_client: polyproc.Polyproc) -> None:
    worker = polyproc.Worker("no-such", client=polyproc_client)
    with pytest.raises(polyproc.Error, match="no-such") as missing:
        worker.run()
    assert missing.value.reason == polyproc.Reason.OBJECT_NOT_FOUND


def test_have_each_name_once() -> None:
    worker = polyproc.Worker()

    @worker.task
    def one() -> None: ...

    with pytest.raises(ValueError, match="two of 'one'"):
        worker.task("one")(lambda: None)
    with pytest.raises(ValueError, match="ahead is -1"):
        polyproc.Worker(ahead=-1)


def test_run_in_a_thread_of_a_program_that_does_more(
    pool: polyproc.Pool, other: polyproc.Polyproc
) -> None:
    worker = polyproc.Worker(pool.name, client=other)

    @worker.task
    def describe(x: int) -> list[object]:
        running = polyproc.task()
        assert running == polyproc.task()
        found = [running.function, running.job, running.number, running.attempt, x]
        assert running.details is None
        return found

    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    job = pool.job()
    job.submit("describe", 5)
    assert next(job.results(timeout=SECONDS)).value == ["describe", job.name, 1, 1, 5]
    pool.shutdown()
    finish(thread)
    other.event()  # It is open still.
    with pytest.raises(RuntimeError, match="runs none"):
        polyproc.task()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end_by_a_signal_as_they_wait(
    pool: polyproc.Pool, begin: Begin, number: signal.Signals
) -> None:
    worker = begin(pool.name)
    _are_waiting(pool)
    worker.send(number)
    assert worker.ends() == (0, "")
    until(lambda: not pool.info().workers)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end_by_a_signal_when_the_task_is_done(
    pool: polyproc.Pool, begin: Begin, number: signal.Signals, tmp_path: Path
) -> None:
    worker = begin(pool.name)
    go = tmp_path / "go"
    task = pool.submit("wait_for", str(tmp_path / "a"), str(go))
    until((tmp_path / "a").exists)
    left = pool.submit("square", 3)
    worker.send(number)
    go.touch()
    assert task.result(SECONDS) == "done"
    assert worker.ends() == (0, "")
    assert pool.info().waiting == 1
    assert not left.done()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, -signal.SIGINT)]
)
def test_end_the_task_too_by_a_second_signal(
    pool: polyproc.Pool, begin: Begin, number: signal.Signals, code: int, tmp_path: Path
) -> None:
    worker = begin(pool.name)
    task = pool.submit("signal_twice", int(number), str(tmp_path / "a"))
    assert worker.ends()[0] == code
    assert (tmp_path / "a.ended").exists()
    until(lambda: pool.info().waiting == 1)  # It is run again, by whoever comes.
    assert not task.done()


def test_end_a_task_at_once_that_nobody_wants(
    pool: polyproc.Pool, begin: Begin, tmp_path: Path
) -> None:
    worker = begin(pool.name)
    task = pool.submit("sleep_long", str(tmp_path / "a"))
    until((tmp_path / "a").exists)
    task.cancel()
    worker.send(signal.SIGTERM)
    assert worker.ends()[0] == 143
    assert (tmp_path / "a.ended").exists()
    error = task.exception(SECONDS)
    assert error is not None
    assert error.outcome == polyproc.Outcome.CANCELLED


def test_do_not_keep_a_pool_that_nobody_has(
    polyproc_client: polyproc.Polyproc, begin: Begin
) -> None:
    pool = polyproc_client.pool()
    worker = begin(pool.name)
    _are_waiting(pool)
    del pool
    polyproc_client.event()  # The daemon is told first of what is gone.
    assert worker.ends() == (0, "")


def test_give_back_what_they_run_when_they_are_killed(
    pool: polyproc.Pool, begin: Begin, tmp_path: Path
) -> None:
    worker = begin(pool.name)
    go = tmp_path / "go"
    job = pool.job()
    job.submit("wait_for", str(tmp_path / "a"), str(go))
    until((tmp_path / "a").exists)
    worker.send(signal.SIGKILL)
    worker.ends()
    until(lambda: pool.info().waiting == 1)
    go.touch()
    begin(pool.name)
    [result] = job.results(timeout=SECONDS)
    assert (result.value, result.attempts) == ("done", 2)


@pytest.mark.parametrize("is_busy", [False, True])
def test_go_on_where_their_session_was_lost(
    polyproc_client: polyproc.Polyproc,
    pool: polyproc.Pool,
    begin: Begin,
    is_busy: bool,
    tmp_path: Path,
) -> None:
    begin(pool.name)
    go = tmp_path / "go"
    job = pool.job()
    _are_waiting(pool)
    if is_busy:
        job.submit("wait_for", str(tmp_path / "a"), str(go))
        until((tmp_path / "a").exists)
    [worker] = pool.info().workers
    assert worker.party is not None
    polyproc_client.admin.close_session(worker.party.session)
    go.touch()
    if not is_busy:
        job.submit("square", 3)
    [result] = job.results(timeout=SECONDS)
    assert (result.value, result.attempts) == (("done", 2) if is_busy else (9, 1))


BASES = ["Base", "GeneratorExit", "KeyboardInterrupt", "SystemExit", "CancelledError"]


@pytest.mark.parametrize("name", BASES)
def test_fail_a_task_once_that_raises_what_is_no_exception(
    pool: polyproc.Pool, begin: Begin, name: str
) -> None:
    begin(pool.name)
    error = pool.submit("raise_base", name).exception(SECONDS)
    assert error is not None
    assert error.type.endswith(f".{name}")
    assert (error.message, error.outcome, error.attempts) == ("word", "FAILED", 1)
    assert pool.submit("square", 3).result(SECONDS) == 9
    assert pool.info().totals.workers_lost == 0


@pytest.mark.parametrize("codec", [(), ("pickle",)], ids=["plain", "pickle"])
def test_fail_a_task_of_which_nothing_can_be_said(
    pool: polyproc.Pool, begin: Begin, codec: tuple[str, ...]
) -> None:
    begin(pool.name, *codec)
    for name in ("wordless", "fail_wordlessly", "deep"):
        error = pool.submit(name).exception(SECONDS)
        assert error is not None
        assert (error.outcome, error.attempts) == ("FAILED", 1)
    assert pool.info().totals.workers_lost == 0


def test_fail_one_call_of_a_chunk_that_raises_what_is_no_exception(
    pool: polyproc.Pool, begin: Begin
) -> None:
    begin(pool.name)
    calls = [[name] for name in BASES]
    outcomes = pool.submit("polyproc.chunk", "raise_base", *calls).result(SECONDS)
    assert [outcome[1].rpartition(".")[2] for outcome in outcomes] == BASES


def _takes_ahead(pool: polyproc.Pool, begin: Begin) -> Started:
    """A worker that takes up to 17 tasks the next time, however slow the machine is."""
    worker = begin(pool.name, "ahead=16", "ever")
    assert pool.map("square", range(1000)) == [x * x for x in range(1000)]
    _are_waiting(pool)
    return worker


def _submit_at_once(pool: polyproc.Pool, *tasks: polyproc.Task) -> polyproc.Job:
    """Submits tasks, of which the only worker takes the first half in one go."""
    pool.pause()
    job = pool.job()
    job.submit_many(tasks)
    pool.resume()
    return job


_NINE = polyproc.Task("square", (3,))


def _taken(pool: polyproc.Pool) -> int:
    [worker] = pool.info().workers
    return worker.taken


def test_take_tasks_ahead(pool: polyproc.Pool, begin: Begin, tmp_path: Path) -> None:
    _takes_ahead(pool, begin)
    before = _taken(pool)
    go = tmp_path / "go"
    tasks = [polyproc.Task("wait_for", (str(tmp_path / "a"), str(go)))]
    tasks += [polyproc.Task("square", (x,)) for x in range(9)]
    job = _submit_at_once(pool, *tasks)
    until((tmp_path / "a").exists)
    assert _taken(pool) == before + 10  # Its share, as no other is there.
    go.touch()
    values = [result.value for result in job.results(ordered=True, timeout=SECONDS)]
    assert values == ["done", *(x * x for x in range(9))]


def test_give_back_what_they_took_ahead_where_a_task_takes_long(
    pool: polyproc.Pool, begin: Begin, tmp_path: Path
) -> None:
    _takes_ahead(pool, begin)
    before = _taken(pool)
    go = tmp_path / "go"
    # The first one waits for the second one.
    job = _submit_at_once(
        pool,
        polyproc.Task("wait_for", (str(tmp_path / "a"), str(go))),
        polyproc.Task("touch", (str(go),)),
        _NINE,
        _NINE,
    )
    until((tmp_path / "a").exists)
    assert _taken(pool) == before + 4
    begin(pool.name)
    results = list(job.results(ordered=True, timeout=SECONDS))
    assert [result.value for result in results] == ["done", str(go), 9, 9]
    assert [result.attempts for result in results] == [1] * 4  # It was not begun before.


def test_say_what_is_done_where_the_next_task_takes_long(
    pool: polyproc.Pool, begin: Begin, tmp_path: Path
) -> None:
    _takes_ahead(pool, begin)
    before = _taken(pool)
    go = tmp_path / "go"
    job = _submit_at_once(
        pool,
        _NINE,
        polyproc.Task("wait_for", (str(tmp_path / "a"), str(go))),
        _NINE,
        _NINE,
    )
    until((tmp_path / "a").exists)
    assert _taken(pool) == before + 4
    results = job.results(timeout=SECONDS)
    assert next(results).value == 9
    go.touch()
    assert [result.value for result in results] == ["done", 9, 9]


def test_give_back_what_they_took_ahead_when_a_signal_ends_them(
    pool: polyproc.Pool, begin: Begin, tmp_path: Path
) -> None:
    worker = _takes_ahead(pool, begin)
    before = _taken(pool)
    go = tmp_path / "go"
    wait = polyproc.Task("wait_for", (str(tmp_path / "a"), str(go)))
    job = _submit_at_once(pool, wait, _NINE, _NINE, _NINE)
    until((tmp_path / "a").exists)
    assert _taken(pool) == before + 4
    worker.send(signal.SIGTERM)
    go.touch()
    assert worker.ends() == (0, "")
    assert pool.info().waiting == 3
    begin(pool.name)
    results = list(job.results(ordered=True, timeout=SECONDS))
    assert [result.value for result in results] == ["done", 9, 9, 9]
    assert [result.attempts for result in results] == [1] * 4


def test_run_what_they_took_ahead_again_where_they_die(
    pool: polyproc.Pool, begin: Begin, tmp_path: Path
) -> None:
    _takes_ahead(pool, begin)
    tasks = [polyproc.Task("square", (x,)) for x in range(100)]
    job = _submit_at_once(pool, *tasks, polyproc.Task("die_once", (str(tmp_path / "a"),)), *tasks)
    until((tmp_path / "a").exists)
    begin(pool.name, "ahead=16", "ever")
    values = [result.value for result in job.results(ordered=True, timeout=SECONDS)]
    assert values == [x * x for x in range(100)] + [7] + [x * x for x in range(100)]
