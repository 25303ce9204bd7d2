"""No task of a pool is lost, whoever is killed."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import polyproc
from children import Child, until
from daemons import Daemon
from test_pool import Make as Make
from test_pool import make as make

SECONDS = 60.0
TASKS = 100_000 if os.environ.get("POLYPROC_LONG") else 3000
ATTEMPTS = 20


def _kill_one(pool: polyproc.Pool) -> None:
    """Kills a worker that takes tasks."""
    ready: list[int] = []

    def is_there() -> bool:
        parties = [worker.party for worker in pool.info().workers if worker.is_ready]
        ready[:] = [party.pid for party in parties if party is not None]
        return bool(ready)

    until(is_there)
    try:
        os.kill(ready[0], signal.SIGKILL)
    except ProcessLookupError:
        _kill_one(pool)


def test_each_task_has_one_result_while_workers_are_killed(make: Make) -> None:
    pool = make(workers=3, attempts=ATTEMPTS)
    job = pool.job()
    numbers = job.submit_many(polyproc.Task("square", (x,)) for x in range(TASKS))
    found: dict[int, int] = {}
    for result in job.results(timeout=SECONDS):
        assert result.task not in found
        found[result.task] = result.value
        if len(found) % 500 == 250:
            _kill_one(pool)
    assert found == {number: (number - 1) ** 2 for number in numbers}
    until(lambda: pool.info().totals.workers_started > 3)
    pool.shutdown()
    assert pool.join(SECONDS)


def test_each_task_has_one_result_while_those_are_killed_that_take_ahead(make: Make) -> None:
    pool = make("ahead=8", "ever", workers=3, attempts=ATTEMPTS)
    results = pool.imap("square", range(TASKS))
    for x in range(TASKS):
        assert results.next(SECONDS) == x * x
        if x % 500 == 250:
            _kill_one(pool)


def test_each_of_longer_tasks_has_one_result_while_workers_are_killed(make: Make) -> None:
    pool = make(workers=4, attempts=ATTEMPTS)
    found: list[int] = []
    for x in pool.imap_unordered("nap", range(200)):
        found.append(x)
        if len(found) % 40 == 20:
            _kill_one(pool)
    assert sorted(found) == list(range(200))
    until(lambda: pool.info().totals.workers_lost)


def test_another_client_collects_the_rest_of_one_that_was_killed(
    make: Make, daemon: Daemon, other: polyproc.Polyproc
) -> None:
    pool = make(workers=2, attempts=ATTEMPTS)
    job = pool.job(f"job-of-{pool.name}")
    program = f"""
job = client.existing_job({job.name!r})
job.submit_many(polyproc.Task("square", (x,)) for x in range({TASKS}))
for result in job.results():
    say(f"{{result.task}} {{result.value}}")
"""
    found: Counter[int] = Counter()
    with Child(daemon, program) as child:
        for _ in range(200):
            number, value = map(int, child.hears().split())
            assert value == (number - 1) ** 2
            found[number] += 1
        _kill_one(pool)
        child.kill()
        while line := child.hears():
            found[int(line.split()[0])] += 1
    before = set(found)
    for result in other.existing_job(job.name).results(timeout=SECONDS):
        assert result.value == (result.task - 1) ** 2
        found[result.task] += 1
    assert set(found) == set(range(1, TASKS + 1))
    # Of the one that it had taken, and not said that it has it, nobody knows what became.
    twice = {number for number, times in found.items() if times > 1}
    assert len(twice) <= 1
    assert twice <= before
    info = job.info()
    assert (info.submitted, info.succeeded, info.failed) == (TASKS, TASKS, 0)
    job.delete()


def test_tasks_go_with_a_client_whose_own_they_were(
    make: Make, daemon: Daemon, tmp_path: Path
) -> None:
    pool = make(workers=1, grace=0.05)
    program = f"""
pool = client.existing_pool({pool.name!r})
tasks = [pool.submit("sleep_long", {str(tmp_path / "a")!r}), pool.submit("square", 3)]
say("submitted")
told()
"""
    with Child(daemon, program) as child:
        assert child.hears() == "submitted"
        until((tmp_path / "a").exists)
        child.kill()
    assert pool.join(SECONDS)
    until((tmp_path / "a.ended").exists)
    assert pool.submit("square", 3).result(SECONDS) == 9


def test_a_worker_that_was_stopped_is_replaced(make: Make) -> None:
    pool = make(workers=2, task_timeout=1, attempts=ATTEMPTS)
    stopped = pool.submit("stop_once")
    assert pool.map("square", range(50), timeout=SECONDS) == [x * x for x in range(50)]
    assert stopped.result(SECONDS) == "done"
    until(lambda: pool.info().totals.workers_started >= 3)
