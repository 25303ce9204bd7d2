"""Pools: tasks, their results, and the workers that the daemon starts."""

from __future__ import annotations

import gc
import itertools
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import polyproc
from children import Interrupt, interrupting, until
from extents import all_on_newest
from pools import COMMAND, Make, pool_name
from pools import make as make
from waits import finish

all_on_newest(__name__)

SECONDS = 30.0


@pytest.fixture
def idle(polyproc_client: polyproc.Polyproc) -> polyproc.Pool:
    """A pool without workers."""
    return polyproc_client.pool()


# Calls.


def test_calls_functions_by_their_names(make: Make) -> None:
    pool = make(workers=2)
    assert pool.map("square", range(5)) == [0, 1, 4, 9, 16]
    assert pool.starmap("join", [("a", "b"), ("c",), ()]) == ["a-b", "c", ""]
    assert list(pool.imap("square", range(5))) == [0, 1, 4, 9, 16]
    assert sorted(pool.imap_unordered("square", range(5))) == [0, 1, 4, 9, 16]
    assert pool.submit("join", "a", "b", "c").result() == "a-b-c"
    assert pool.map("square", []) == []
    assert list(pool.imap("square", iter([]))) == []


def test_says_what_a_task_raised(make: Make) -> None:
    pool = make()
    with pytest.raises(polyproc.TaskFailed, match=r"raised builtins\.ValueError: word") as raised:
        pool.submit("fail", "word").result(SECONDS)
    error = raised.value
    assert (error.type, error.message, error.outcome) == ("builtins.ValueError", "word", "FAILED")
    assert (error.task, error.attempts) == (1, 1)
    assert "raise ValueError(word)" in error.stack
    assert "in _run" not in error.stack
    assert error.stack.rstrip() in error.__notes__[0]
    assert error.payload is None


def test_makes_the_exception_again_where_the_codec_has_it(make: Make) -> None:
    pool = make("pickle", codec=polyproc.PICKLE)
    task = pool.submit("fail", "word")
    error = task.exception(SECONDS)
    assert error is not None
    assert isinstance(error.__cause__, ValueError)
    assert error.__cause__.args == ("word",)
    error = pool.submit("fail_oddly", "word").exception(SECONDS)  # Of which nobody knows here.
    assert error is not None
    assert error.__cause__ is None
    assert error.payload is not None
    assert error.type.endswith(".Odd")


def test_says_that_there_is_no_such_function(make: Make) -> None:
    error = make().submit("no-such").exception(SECONDS)
    assert error is not None
    assert error.type == "builtins.LookupError"
    assert "'no-such'" in str(error)


def test_says_that_a_result_cannot_be_written(make: Make) -> None:
    pool = make(attempts=1)
    error = pool.submit("unwritable").exception(SECONDS)
    assert error is not None
    assert error.type == "builtins.TypeError"
    error = pool.submit("large", 1 << 27).exception(SECONDS)
    assert error is not None
    assert "was refused" in str(error)
    assert pool.submit("square", 3).result(SECONDS) == 9


def test_takes_an_exit_of_a_task_as_a_failure(make: Make) -> None:
    pool = make(attempts=1)
    error = pool.submit("leave", 3).exception(SECONDS)
    assert error is not None
    assert error.type == "builtins.SystemExit"
    assert pool.submit("square", 3).result(SECONDS) == 9


def test_gives_all_results_of_a_map_and_raises_the_first_failure(make: Make) -> None:
    pool = make(workers=2)
    results = pool.imap("die_of_three", range(2))
    assert list(results) == [0, 1]
    mixed = pool.imap("fail", ["a", "b"])
    for word in "ab":
        with pytest.raises(polyproc.TaskFailed, match=word):
            mixed.next(SECONDS)
    with pytest.raises(StopIteration):
        mixed.next(SECONDS)
    with pytest.raises(polyproc.TaskFailed, match="ValueError: a"):
        pool.map("fail", ["a", "b"])


def test_refuses_what_is_no_call(idle: polyproc.Pool) -> None:
    with pytest.raises(TypeError, match="the name under which workers know the function"):
        idle.submit(len, "x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="but got none"):
        idle.submit("")
    with pytest.raises(TypeError):
        idle.submit("square", object())
    with pytest.raises(TypeError, match="a sequence of arguments"):
        idle.starmap("square", ["word"])
    with pytest.raises(ValueError, match="ahead is 0"):
        idle.imap("square", [], ahead=0)


def test_asks_for_no_more_elements_than_it_may(make: Make) -> None:
    pool = make(workers=2)
    taken = itertools.count()
    results = pool.imap("square", (next(taken) for _ in itertools.count()), ahead=5)
    assert [next(results) for _ in range(20)] == [x * x for x in range(20)]
    assert next(taken) <= 25


def test_gives_a_result_while_the_next_element_is_to_come(make: Make) -> None:
    pool = make()
    asked: list[int] = []

    def elements() -> Iterator[int]:
        for x in range(4):
            asked.append(x)
            if x == 3:
                assert given == [0, 1]
            yield x

    given: list[int] = []
    results = pool.imap("square", elements(), ahead=1)
    given.append(next(results))
    given.append(next(results))
    assert asked[:2] == [0, 1]


def test_goes_on_behind_an_element_that_was_not_there(make: Make) -> None:
    class Elements:
        def __init__(self) -> None:
            self.next = 0

        def __iter__(self) -> Elements:
            return self

        def __next__(self) -> int:
            self.next += 1
            if self.next == 3:
                raise LookupError("not there")
            if self.next == 6:
                raise StopIteration
            return self.next

    results = make().imap("square", Elements(), ahead=100)
    with pytest.raises(LookupError, match="not there"):
        next(results)
    assert list(results) == [1, 4, 16, 25]


def test_waits_no_longer_than_it_is_told(idle: polyproc.Pool) -> None:
    task = idle.submit("square", 1)
    assert not task.done()
    for timeout in (0, 0.01):
        with pytest.raises(TimeoutError):
            task.result(timeout)
    results = idle.imap("square", range(3))
    for timeout in (0, 0.01):
        with pytest.raises(TimeoutError):
            results.next(timeout)
    with pytest.raises(TimeoutError):
        idle.map("square", range(3), timeout=0.01)
    until(lambda: idle.info().waiting == 4)


def test_cancels_what_nobody_wants_any_more(idle: polyproc.Pool) -> None:
    left = idle.imap("square", range(3))
    with pytest.raises(TimeoutError):
        left.next(0)
    assert idle.info().waiting == 3
    with idle.imap("square", range(3)) as closed, pytest.raises(TimeoutError):
        closed.next(0)
    assert idle.info().waiting == 3
    with pytest.raises(StopIteration):
        next(closed)
    del left
    gc.collect()
    until(lambda: idle.info().waiting == 0)


def test_waits_for_room(make: Make, polyproc_client: polyproc.Polyproc) -> None:
    pool = make(max_tasks=3)
    assert pool.map("square", range(50)) == [x * x for x in range(50)]
    narrow = polyproc_client.pool(max_tasks=3)
    job = narrow.job()
    with pytest.raises(polyproc.PoolFull) as full:
        job.submit_many((polyproc.Task("square", (x,)) for x in range(5)), timeout=0)
    assert full.value.submitted == [1, 2, 3]
    with pytest.raises(polyproc.PoolFull):
        job.submit("square", 1, timeout=0.01)
    with pytest.raises(polyproc.PoolFull):
        narrow.submit("square", 1, timeout=0)


def test_is_asked_by_several_threads(make: Make) -> None:
    pool = make(workers=2)
    tasks = [pool.submit("square", x) for x in range(60)]
    found: dict[int, int] = {}

    def ask(mine: list[int]) -> None:
        for x in mine:
            found[x] = tasks[x].result(SECONDS)

    threads = [
        threading.Thread(target=ask, args=(list(range(59 - n, -1, -4)),), daemon=True)
        for n in range(4)
    ]
    threads += [threading.Thread(target=ask, args=([7, 3],), daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    finish(*threads)
    assert found == {x: x * x for x in range(60)}


def test_keeps_no_results_that_nobody_asks_for(make: Make) -> None:
    pool = make()
    first = pool.submit("square", 3)
    for x in range(600):
        pool.submit("square", x)
    assert pool.join(SECONDS)
    for _ in range(300):
        pool.submit("square", 1)
    pending = pool._pending
    assert pending is not None
    assert pending._job.info().results < 600
    assert len(pending._came) < 10
    assert first.result(SECONDS) == 9


def test_belongs_to_the_process_that_submitted(make: Make) -> None:
    pool = make()
    task = pool.submit("square", 3)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            try:
                task.result(0)
            except RuntimeError:
                assert pool.submit("square", 4).result(SECONDS) == 16
                code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert task.result(SECONDS) == 9


def test_asks_again_where_a_signal_has_ended_the_wait(make: Make) -> None:
    pool = make(workers=0)
    task = pool.submit("square", 3)
    results = pool.imap("square", range(3))
    with interrupting() as alarm:

        def interrupted(wait: Callable[[float], object]) -> None:
            alarm.set(0.05)
            wait(SECONDS)

        for wait in (task.result, results.next):
            with pytest.raises(Interrupt):
                interrupted(wait)
    pool.resize(1)
    assert task.result(SECONDS) == 9
    assert list(results) == [0, 1, 4]


# Jobs.


def test_has_others_collect_from_a_job_by_its_name(make: Make, other: polyproc.Polyproc) -> None:
    pool = make()
    name = pool_name()
    job = pool.job(name)
    assert job.submit("square", 2) == 1
    tasks = [polyproc.Task("square", (x,)) for x in range(3, 6)]
    assert job.submit_many(tasks) == [2, 3, 4]
    its = other.existing_job(name)
    assert its == job
    results = list(its.results(ordered=True))
    assert [result.value for result in results] == [4, 9, 16, 25]
    assert [result.task for result in results] == [1, 2, 3, 4]
    assert {(result.outcome, result.attempts) for result in results} == {("SUCCEEDED", 1)}
    assert list(job.results()) == []
    info = its.info()
    assert (info.pool, info.submitted, info.succeeded, info.failed) == (pool.name, 4, 4, 0)
    assert (info.waiting, info.running, info.results) == (0, 0, 0)
    assert pool.job(name) == job
    job.delete()
    with pytest.raises(polyproc.Error) as refused:
        other.existing_job(name)
    assert refused.value.reason == polyproc.Reason.OBJECT_NOT_FOUND


def test_goes_on_with_results_that_come_later(make: Make) -> None:
    job = make().job()
    results = job.results()
    assert list(results) == []
    job.submit("square", 2)
    assert next(results).value == 4
    for result in results:
        raise AssertionError(result)


def test_looks_at_results_without_taking_them(make: Make) -> None:
    job = make().job()
    job.submit_many(polyproc.Task("square", (x,)) for x in range(5))
    seen = [result.task for result in job.results(take=False)]
    assert sorted(seen) == [1, 2, 3, 4, 5]
    ordered = list(job.results(take=False, ordered=True, after=2, at_once=2))
    assert [result.value for result in ordered] == [4, 9, 16]
    places = [result.place for result in job.results(take=False)]
    assert [result.place for result in job.results(take=False, after=places[1])] == places[2:]
    assert job.info().results == 5
    assert sorted(result.value for result in job.results(at_once=10)) == [0, 1, 4, 9, 16]
    assert job.info().results == 0


def test_refuses_to_collect_in_a_way_that_makes_no_sense(idle: polyproc.Pool) -> None:
    job = idle.job()
    with pytest.raises(ValueError, match="at least 1 result"):
        job.results(at_once=0)
    with pytest.raises(ValueError, match="after="):
        job.results(after=3)
    job.submit("square", 1)
    results = job.results(timeout=0.01)
    with pytest.raises(TimeoutError):
        next(results)


def test_hands_out_by_priority_and_key(make: Make, tmp_path: Path) -> None:
    pool = make(workers=0, max_runs_per_key=1)
    job = pool.job()
    job.submit("join", "last", priority=5)
    job.submit("join", "first", priority=-1)
    job.submit("join", "middle")
    pool.resize(1)
    assert [result.value for result in job.results()] == ["first", "middle", "last"]
    pool.resize(2)
    go = str(tmp_path / "go")
    job.submit("wait_for", str(tmp_path / "a"), go, key="k")
    until((tmp_path / "a").exists)
    job.submit("touch", str(tmp_path / "b"), key="k")
    job.submit("square", 3)
    results = job.results()
    assert next(results).value == 9
    assert not (tmp_path / "b").exists()
    Path(go).touch()
    assert [result.value for result in results] == ["done", str(tmp_path / "b")]


def test_ends_a_task_whose_time_to_live_is_over(idle: polyproc.Pool) -> None:
    job = idle.job()
    job.submit("square", 1, time_to_live=0.01)
    [result] = job.results()
    assert result.outcome == polyproc.Outcome.EXPIRED
    with pytest.raises(polyproc.TaskFailed, match="its time to live was over"):
        _ = result.value


def test_cancels_tasks_that_wait(idle: polyproc.Pool) -> None:
    job = idle.job()
    numbers = job.submit_many(polyproc.Task("square", (x,)) for x in range(5))
    assert job.cancel(*numbers[:2]) == (2, 0)
    assert job.cancel() == (3, 0)
    assert job.cancel() == (0, 0)
    assert {result.outcome for result in job.results()} == {"CANCELLED"}
    task = idle.submit("square", 1)
    assert task.cancel()
    assert not task.cancel()
    error = task.exception(SECONDS)
    assert error is not None
    assert error.outcome == polyproc.Outcome.CANCELLED
    assert str(error) == "Expected the task to be run, but it was cancelled"


def test_travels_as_handles_do(make: Make) -> None:
    pool = make("pickle", codec=polyproc.PICKLE)
    job = pool.job(pool_name())
    copied, job_copied = pickle.loads(pickle.dumps((pool, job)))
    assert copied.submit("join", "a").result(SECONDS) == "a"
    job_copied.submit("join", "b")
    assert [result.value for result in job.results()] == ["b"]
    with pytest.raises(TypeError, match="of one session alone"):
        pickle.dumps(pool.submit("pid"))


def test_lives_while_somebody_has_what_comes_of_it(polyproc_client: polyproc.Polyproc) -> None:
    task = polyproc_client.pool(workers=1, command=COMMAND).submit("square", 3)
    results = polyproc_client.pool(workers=1, command=COMMAND).imap("square", range(3))
    job = polyproc_client.pool(workers=1, command=COMMAND).job()
    gc.collect()
    assert task.result(SECONDS) == 9
    assert list(results) == [0, 1, 4]
    job.submit("square", 2)
    assert next(job.results()).value == 4


# The pool.


def test_is_found_by_its_name(make: Make, other: polyproc.Polyproc) -> None:
    pool = make(workers=1)
    found = other.existing_pool(pool.name)
    assert found == pool
    assert found.submit("square", 3).result(SECONDS) == 9
    with pytest.raises(polyproc.Error) as refused:
        other.pool(pool.name)
    assert refused.value.reason == polyproc.Reason.OBJECT_EXISTS
    with pytest.raises(polyproc.Error) as refused:
        other.existing_job(pool.name)
    assert refused.value.reason == polyproc.Reason.WRONG_KIND


def test_refuses_a_command_that_is_none(polyproc_client: polyproc.Polyproc) -> None:
    with pytest.raises(TypeError, match="Expected a list"):
        polyproc_client.pool(command="worker", workers=1)
    with pytest.raises(ValueError, match="the list is empty"):
        polyproc_client.pool(command=[], workers=1)
    with pytest.raises(polyproc.Error) as refused:
        polyproc_client.pool(workers=1)
    assert refused.value.reason == polyproc.Reason.INVALID_ARGUMENT


def test_is_paused_and_resumed(make: Make) -> None:
    pool = make()
    pool.pause()
    assert pool.info().is_paused
    task = pool.submit("square", 3)
    until(lambda: pool.info().waiting_takes == 1)
    assert not task.done()
    pool.resume()
    assert task.result(SECONDS) == 9


def test_goes_over_to_other_workers(make: Make) -> None:
    pool = make()
    before = pool.submit("pid").result(SECONDS)
    assert pool.quiet() == 1
    until(lambda: pool.submit("pid").result(SECONDS) != before)


def test_is_resized(make: Make) -> None:
    pool = make(workers=0)
    task = pool.submit("pid")
    pool.resize(2)
    until(lambda: sum(worker.is_ready for worker in pool.info().workers) == 2)
    assert pool.info().workers_kept == 2
    assert task.result(SECONDS)
    pool.resize(0)
    until(lambda: not pool.info().workers)


def test_is_joined_and_shut_down(make: Make) -> None:
    pool = make(workers=2)
    assert pool.join(0)
    job = pool.job()
    job.submit_many(polyproc.Task("square", (x,)) for x in range(20))
    pool.shutdown()
    with pytest.raises(polyproc.ShutDown):
        job.submit("square", 1)
    with pytest.raises(polyproc.ShutDown):
        pool.job()
    assert pool.join(SECONDS)
    assert sorted(result.value for result in job.results()) == [x * x for x in range(20)]
    info = pool.info()
    assert info.is_shut_down
    assert info.workers == ()


def test_is_shut_down_with_all_that_waits_and_runs(make: Make, tmp_path: Path) -> None:
    pool = make(grace=0.1)
    tasks = [pool.submit("sleep_long", str(tmp_path / "a")), pool.submit("square", 1)]
    until((tmp_path / "a").exists)
    assert not pool.join(0)
    pool.shutdown(immediate=True)
    outcomes = [task.exception(SECONDS) for task in tasks]
    assert [error and error.outcome for error in outcomes] == ["CANCELLED", "CANCELLED"]
    assert pool.join(SECONDS)
    assert (tmp_path / "a.ended").exists()


def test_tells_what_is_in_it(make: Make, tmp_path: Path) -> None:
    pool = make(max_tasks=9)
    go = tmp_path / "go"
    task = pool.submit("wait_for", str(tmp_path / "a"), str(go))
    until((tmp_path / "a").exists)
    pool.submit("square", 1)
    info = pool.info()
    assert (info.waiting, info.running, info.capacity, info.workers_kept) == (1, 1, 9, 1)
    assert (info.is_paused, info.is_shut_down, info.broken, info.failure) == (
        False,
        False,
        "",
        None,
    )
    assert (info.totals.submitted, info.totals.runs, info.totals.workers_started) == (2, 1, 1)
    [worker] = info.workers
    assert worker.is_ready
    assert not worker.is_retiring
    assert (worker.running, worker.taken) == (1, 1)
    assert worker.party is not None
    assert worker.party.pid == pool._client.existing_process(worker.process).pid  # type: ignore[attr-defined]
    go.touch()
    assert task.result(SECONDS) == "done"


def test_calls_the_initializer_first(make: Make) -> None:
    pool = make(initializer="begin", initargs=("a", 1))
    assert pool.submit("begun").result(SECONDS) == ["a", 1]


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ({"initializer": "begin", "initargs": ("fail",)}, "no beginning"),
        ({"initializer": "no-such"}, "no-such"),
        ({"initializer": "begin", "initargs": ("hang",), "start_timeout": 0.1}, "start"),
        ({"command": ["/no/such/program"]}, "/no/such/program"),
        ({"command": [sys.executable, "-c", "import sys; sys.exit(7)"]}, "7"),
    ],
)
def test_says_why_its_workers_cannot_start(make: Make, shape: dict[str, Any], why: str) -> None:
    pool = make(max_failed_starts=2, **shape)
    try:
        task = pool.submit("square", 1)
    except polyproc.Error as e:
        assert e.reason == polyproc.Reason.POOL_BROKEN  # noqa: PT017
        assert why in str(e)  # noqa: PT017
        return
    error = task.exception(SECONDS)
    assert error is not None
    assert error.outcome == polyproc.Outcome.POOL_ENDED
    assert why in str(error)
    assert why in pool.info().broken
    with pytest.raises(polyproc.Error) as refused:
        pool.submit("square", 1)
    assert refused.value.reason == polyproc.Reason.POOL_BROKEN


def test_replaces_a_worker_after_its_tasks(make: Make) -> None:
    pool = make(tasks_per_worker=2)
    pids = [pool.submit("pid").result(SECONDS) for _ in range(4)]
    assert len(set(pids)) == 2


def test_starts_workers_as_tasks_come(make: Make) -> None:
    pool = make(idle_timeout=0.1)
    assert pool.submit("square", 3).result(SECONDS) == 9
    until(lambda: not pool.info().workers)
    assert pool.submit("square", 3).result(SECONDS) == 9


# Deaths.


def test_runs_a_task_again_whose_worker_died(make: Make, tmp_path: Path) -> None:
    pool = make()
    job = pool.job()
    job.submit("die_once", str(tmp_path / "a"))
    [result] = job.results()
    assert (result.value, result.attempts) == (7, 2)


def test_tells_of_a_task_that_kills_all_its_workers(make: Make) -> None:
    pool = make(workers=2, attempts=2)
    results = pool.imap("die_of_three", range(8))
    found: list[object] = []
    for _ in range(8):
        try:
            found.append(next(results))
        except polyproc.WorkerLost as e:
            found.append(e)
    error = found[3]
    assert isinstance(error, polyproc.WorkerLost)
    assert found == [0, 1, 2, error, 4, 5, 6, 7]
    assert (error.outcome, error.attempts) == ("WORKER_LOST", 2)
    assert error.exit_code == -signal.SIGKILL
    assert not error.out_of_memory
    assert error.output == b"about to die\n"
    assert error.process
    assert error.call == polyproc.Task("die_of_three", (3,))
    assert pickle.loads(pickle.dumps(error)).call == error.call
    assert f"that ran it died, the last by signal {int(signal.SIGKILL)};" in str(error)
    assert pool.map("die_of_three", range(3)) == [0, 1, 2]


def test_cancels_a_task_that_is_told(make: Make, tmp_path: Path) -> None:
    pool = make(grace=SECONDS)
    task = pool.submit("until_cancelled", str(tmp_path / "a"))
    until((tmp_path / "a").exists)
    before = pool.info().totals.workers_started
    assert task.cancel()
    error = task.exception(SECONDS)
    assert error is not None  # Though it has returned something.
    assert error.outcome == polyproc.Outcome.CANCELLED
    assert (tmp_path / "a.told").exists()
    assert pool.submit("square", 3).result(SECONDS) == 9
    assert pool.info().totals.workers_started == before


@pytest.mark.parametrize("function", ["hang", "sleep_long"])
def test_ends_the_worker_of_a_task_that_hangs(make: Make, tmp_path: Path, function: str) -> None:
    pool = make(workers=2, grace=0.05)
    task = pool.submit(function, str(tmp_path / "a"))
    until((tmp_path / "a").exists)
    others = pool.imap("square", range(100))
    assert task.cancel()
    error = task.exception(SECONDS)
    assert error is not None
    assert error.outcome == polyproc.Outcome.CANCELLED
    assert list(others) == [x * x for x in range(100)]
    until(lambda: pool.info().totals.workers_started == 3)
    if function == "sleep_long":
        until((tmp_path / "a.ended").exists)


def test_ends_a_task_that_takes_too_long(make: Make, tmp_path: Path) -> None:
    pool = make(task_timeout=0.3, attempts=1)
    error = pool.submit("sleep_long", str(tmp_path / "a")).exception(SECONDS)
    assert error is not None
    assert error.outcome == polyproc.Outcome.TIMED_OUT
    assert error.call == polyproc.Task("sleep_long", (str(tmp_path / "a"),))
    # Where the machine is slow even this one may take too long, but not for ever.
    until(lambda: pool.submit("square", 3).exception(SECONDS) is None)


def test_runs_a_task_again_that_asks_for_it(make: Make) -> None:
    pool = make(attempts=3)
    assert pool.submit("succeed_at_last", 3).result(SECONDS) == 3
    error = pool.submit("succeed_at_last", 4).exception(SECONDS)
    assert error is not None
    assert (error.type, error.attempts) == ("builtins.OSError", 3)


def test_says_what_a_task_takes(polyproc_client: polyproc.Polyproc) -> None:
    pool: polyproc.Pool[Any] = polyproc_client.pool(None)
    with pytest.raises(TypeError, match=r"of priority, .*, but there is 'marks'; its"):
        pool.submit("f", 1, marks=2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="arguments by their places"):
        pool.job(None).submit("f", 1, marks=2)  # type: ignore[call-arg]


def test_says_that_there_is_no_room(polyproc_client: polyproc.Polyproc) -> None:
    job = polyproc_client.pool(None, max_tasks=1).job(None)
    job.submit("f")
    with pytest.raises(polyproc.PoolFull, match="room in the pool for all tasks in time") as caught:
        job.submit("f", timeout=0)
    assert pickle.loads(pickle.dumps(caught.value)).submitted == []


def test_says_that_a_task_was_never_run_where_workers_cannot_begin(make: Make) -> None:
    program = """
import polyproc
worker = polyproc.Worker()

@worker.task
def fails():
    raise RuntimeError("no model")

worker.run()
"""
    command = [sys.executable, "-c", program]
    pool = make(command=command, initializer="fails", max_failed_starts=1)
    task = pool.submit("f")
    with pytest.raises(polyproc.TaskFailed, match=r"to be run, but .*no model") as caught:
        task.result(SECONDS)
    assert caught.value.outcome == polyproc.Outcome.POOL_ENDED
