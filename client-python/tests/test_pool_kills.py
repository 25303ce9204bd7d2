"""No task of a pool is lost, whoever is killed."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import polyproc
from children import Child, until
from daemons import Daemon, running_daemon
from extents import LONG, all_on_newest
from polyproc._pending_tasks import PendingTasks
from polyproc._session import Session
from pools import Make as Make
from pools import make as make

all_on_newest(__name__)

SECONDS = 60.0
TASKS = 100_000 if LONG else 3000
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


@pytest.fixture
def sought(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Why daemons were given up that were sought in vain."""
    found: list[object] = []
    give_all_up = Session._give_all_up

    def noting(session: Session, why: Exception) -> None:
        found.append(why)
        give_all_up(session, why)

    monkeypatch.setattr(Session, "_give_all_up", noting)
    return found


@pytest.fixture
def lone() -> Iterator[tuple[Daemon, polyproc.Pool]]:
    """A daemon to be killed, and a pool of it that has no workers."""
    with (
        running_daemon() as daemon,
        polyproc.connect(daemon.address, patience=2.0) as client,
    ):
        yield daemon, client.pool()


def _map(pool: polyproc.Pool) -> None:
    pool.map("square", range(3))


def _imap(pool: polyproc.Pool) -> None:
    with pool.imap("square", range(3)) as results:
        for _ in results:
            pass


def _collect(pool: polyproc.Pool) -> None:
    job = pool.job()
    job.submit_many([polyproc.Task("square", (x,)) for x in range(3)])
    for _ in job.results():
        pass


@pytest.mark.parametrize("wait", [_map, _imap, _collect])
def test_a_daemon_that_was_killed_is_sought_once(
    lone: tuple[Daemon, polyproc.Pool], sought: list[object], wait: Callable[[Any], None]
) -> None:
    daemon, pool = lone
    _are_told(daemon, [lambda: wait(pool)], lambda: pool.info().waiting == 3)
    pool._client.close()
    assert len(sought) == 1


def test_a_daemon_that_was_killed_is_sought_once_for_all_that_wait_for_results(
    lone: tuple[Daemon, polyproc.Pool],
    sought: list[object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    daemon, pool = lone
    waiting: set[int] = set()
    in_turn = PendingTasks._in_turn

    def noting(pending: PendingTasks[Any], timeout: float | None) -> Any:
        waiting.add(threading.get_ident())
        return in_turn(pending, timeout)

    monkeypatch.setattr(PendingTasks, "_in_turn", noting)
    tasks = [pool.submit("square", x) for x in range(3)]
    _are_told(daemon, [task.result for task in tasks], lambda: len(waiting) == 3)
    assert len(sought) == 1


def test_tasks_are_cancelled_where_their_daemon_is_back(
    lone: tuple[Daemon, polyproc.Pool],
) -> None:
    _, pool = lone
    mapped = pool.imap("square", range(3))
    with pytest.raises(TimeoutError):
        mapped.next(0.0)
    mapped._is_lost = True  # Of its last wait; but the connection is there again.
    mapped.close()
    assert pool.info().waiting == 0


def _are_told(
    daemon: Daemon, waits: list[Callable[[], object]], have_begun: Callable[[], object]
) -> None:
    """Each of some threads is told that the daemon was killed as they waited."""
    told: list[str] = []

    def wait(for_what: Callable[[], object]) -> None:
        try:
            for_what()
        except polyproc.ConnectionLost as e:
            told.append(str(e))

    threads = [threading.Thread(target=wait, args=(each,)) for each in waits]
    for thread in threads:
        thread.start()
    until(have_begun)
    daemon.process.kill()
    for thread in threads:
        thread.join()
    assert len(told) == len(waits)
