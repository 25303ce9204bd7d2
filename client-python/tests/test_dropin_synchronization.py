"""What the drop-in's locks and their like do where those of `multiprocessing` do not.

They outlive a `kill -9` of whoever holds them or waits, travel by other ways than inheritance, and
are the objects that clients of the package see.
"""

from __future__ import annotations

import errno
import gc
import multiprocessing.queues
import os
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import polyproc
import polyproc.multiprocessing
from children import MOST_SECONDS, Threads, interrupted_once, kill, running, until
from daemons import Daemon, running_daemon
from extents import on_newest
from polyproc.multiprocessing import _runtime, synchronize
from polyproc.multiprocessing._anything import ANYTHING

LOCKS = ["Lock", "RLock", "Semaphore", "BoundedSemaphore"]
ALL = [*LOCKS, "Condition", "Event", "Barrier"]


@pytest.fixture
def mp(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The context of a start method, whose objects are those of the tests' daemon."""
    monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
    monkeypatch.setattr(_runtime, "_client", None)
    yield polyproc.multiprocessing.get_context("spawn")
    _runtime.client().close()


def made(mp: Any, kind: str) -> Any:
    return mp.Barrier(2) if kind == "Barrier" else getattr(mp, kind)()


def for_ever() -> None:
    threading.Event().wait()


def waiters(shared: Any) -> list[Any]:
    found: list[Any] = shared._handle.waiters()
    return found


# A process that is killed.


def hold(lock: Any, times: int, held: Any) -> None:
    for _ in range(times):
        lock.acquire()
    held.set()
    for_ever()


@on_newest
@pytest.mark.parametrize("kind", LOCKS)
def test_has_back_what_a_killed_process_held(mp: Any, kind: str) -> None:
    lock, held = made(mp, kind), mp.Event()
    with running(mp, hold, lock, 2 if kind == "RLock" else 1, held) as process:
        assert held.wait(MOST_SECONDS)
        assert not lock.acquire(False)
        kill(process)
        assert lock.acquire(timeout=MOST_SECONDS)
        lock.release()


def wait_for_lock(lock: Any) -> None:
    lock.acquire()
    for_ever()


@on_newest
@pytest.mark.parametrize("kind", LOCKS)
def test_passes_over_a_killed_process_that_waited(mp: Any, kind: str) -> None:
    lock = made(mp, kind)
    with lock, running(mp, wait_for_lock, lock) as process:
        until(lambda: waiters(lock))
        kill(process)
        until(lambda: not waiters(lock))
    assert lock.acquire(False)


def consume(signals: Any, lock: Any, held: Any) -> None:
    signals.acquire()
    hold(lock, 1, held)


@on_newest
def test_gives_no_signal_twice_that_a_killed_process_has_acquired(mp: Any) -> None:
    signals, lock, held = mp.Semaphore(0), mp.Lock(), mp.Event()
    signals.release()
    signals.release()
    with running(mp, consume, signals, lock, held) as process:
        assert held.wait(MOST_SECONDS)
        kill(process)
    assert lock.acquire(timeout=MOST_SECONDS)  # What was acquired before is given up before.
    assert signals.get_value() == 1


def wait_at(condition: Any, woken: Any) -> None:
    with condition:
        condition.wait()
        woken.set()
    for_ever()


@on_newest
@pytest.mark.parametrize("kind", ["Lock", "RLock"])
def test_notifies_though_a_process_was_killed_that_waited(mp: Any, kind: str) -> None:
    condition, woken = mp.Condition(made(mp, kind)), mp.Event()
    with running(mp, wait_at, condition, woken) as first:
        until(lambda: len(waiters(condition)) == 1)
        with running(mp, wait_at, condition, woken):
            until(lambda: len(waiters(condition)) == 2)
            kill(first)
            with condition:
                condition.notify()
            assert woken.wait(MOST_SECONDS)


@on_newest
def test_passes_a_notification_on_that_a_killed_process_did_not_live_to_have(mp: Any) -> None:
    condition, woken = mp.Condition(), mp.Event()
    with running(mp, wait_at, condition, woken) as first:
        until(lambda: len(waiters(condition)) == 1)
        with running(mp, wait_at, condition, woken):
            until(lambda: len(waiters(condition)) == 2)
            with condition:
                condition.notify()
                kill(first)
            assert woken.wait(MOST_SECONDS)


def hold_condition(condition: Any, held: Any) -> None:
    with condition:
        held.set()
        for_ever()


@on_newest
def test_has_back_a_condition_whose_holder_was_killed(mp: Any) -> None:
    condition, held = mp.Condition(), mp.Event()
    with running(mp, hold_condition, condition, held) as process:
        assert held.wait(MOST_SECONDS)
        kill(process)
        with condition:
            assert not condition.wait(0)
            condition.notify_all()


def wait_for_event(event: Any) -> None:
    event.wait()
    for_ever()


@on_newest
def test_sets_an_event_though_a_process_was_killed_that_waited(mp: Any) -> None:
    event = mp.Event()
    with running(mp, wait_for_event, event) as process:
        with polyproc.connect(os.environ["POLYPROC_ADDRESS"]) as other:
            until(lambda: any(other.admin.waits(event._handle.name)))
            kill(process)
            until(lambda: not any(other.admin.waits(event._handle.name)))
        event.set()
        assert event.wait(MOST_SECONDS)


def wait_at_barrier(barrier: Any) -> None:
    barrier.wait()
    for_ever()


def broken(barrier: Any) -> None:
    with pytest.raises(threading.BrokenBarrierError) as raised:
        barrier.wait(MOST_SECONDS)
    assert raised.type is threading.BrokenBarrierError


@on_newest
def test_breaks_a_barrier_at_which_a_process_was_killed(mp: Any) -> None:
    barrier = mp.Barrier(3)
    with running(mp, wait_at_barrier, barrier) as process:
        until(lambda: barrier.n_waiting == 1)
        threads = Threads()
        threads.start(lambda: broken(barrier))
        until(lambda: barrier.n_waiting == 2)
        kill(process)
        threads.join()
    assert barrier.broken
    broken(barrier)
    barrier.reset()
    assert not barrier.broken


class Acting:
    """An action that says that it runs, and does so until its process is killed."""

    def __init__(self, runs: Any) -> None:
        self._runs = runs

    def __call__(self) -> None:
        self._runs.set()
        for_ever()


@on_newest
def test_breaks_a_barrier_whose_action_was_killed(mp: Any) -> None:
    runs = mp.Event()
    barrier = mp.Barrier(2, Acting(runs))
    threads = Threads()
    threads.start(lambda: broken(barrier))
    until(lambda: barrier.n_waiting == 1)
    with running(mp, wait_at_barrier, barrier) as process:
        assert runs.wait(MOST_SECONDS)
        kill(process)
        threads.join()


# An interrupted process.


@pytest.mark.parametrize("kind", LOCKS)
def test_leaves_the_line_when_it_is_interrupted(mp: Any, kind: str) -> None:
    lock = made(mp, kind)
    threads, held, end = Threads(), threading.Event(), threading.Event()

    def keep() -> None:
        with lock:
            held.set()
            end.wait(MOST_SECONDS)

    threads.start(keep)
    assert held.wait(MOST_SECONDS)
    with interrupted_once(lambda: waiters(lock)), pytest.raises(KeyboardInterrupt):
        lock.acquire()
    assert not waiters(lock)
    end.set()
    threads.join()
    assert lock.acquire(False)


# Ways to another process, and equality.


@pytest.mark.parametrize("kind", ALL)
def test_goes_through_a_queue_and_is_the_same(mp: Any, kind: str) -> None:
    queue, shared = mp.Queue(), made(mp, kind)
    queue.put({"nested": [shared]})
    got = queue.get()["nested"][0]
    assert got is not shared
    assert got == shared
    assert hash(got) == hash(shared)
    assert type(got) is type(shared)
    assert got != made(mp, kind)
    assert got != "another thing"


@pytest.mark.parametrize("kind", ALL)
def test_lives_while_it_is_stored(mp: Any, kind: str) -> None:
    stored = _runtime.client().dict(codec=ANYTHING)
    stored["it"] = made(mp, kind)
    gc.collect()
    made(mp, "Event").set()  # A call, with which what is gone is let go of.
    got = stored["it"]
    if kind == "Barrier":
        assert got.parties == 2
    elif kind == "Event":
        assert not got.is_set()
    else:
        assert got.acquire(False)


class Said:
    """An action that says so by an event."""

    def __init__(self, event: Any) -> None:
        self._event = event

    def __call__(self) -> None:
        self._event.set()


def take(queue: Any, answers: Any) -> None:
    condition, signals, semaphore, event, barrier = queue.get()
    with condition:
        condition.notify()
    signals.acquire()
    with semaphore:
        answers.put((repr(semaphore), barrier.parties, event.wait(MOST_SECONDS)))
    barrier.wait()


def test_is_used_by_a_process_that_has_got_it_from_a_queue(mp: Any) -> None:
    queue, answers, said = mp.Queue(), mp.Queue(), mp.Event()
    condition, signals, event = mp.Condition(mp.Lock()), mp.Semaphore(0), mp.Event()
    semaphore, barrier = mp.BoundedSemaphore(2), mp.Barrier(2, Said(said))
    with running(mp, take, queue, answers) as process:
        with condition:
            queue.put((condition, signals, semaphore, event, barrier))
            assert condition.wait(MOST_SECONDS)
        signals.release()
        event.set()
        assert answers.get() == ("<BoundedSemaphore(value=1, maxvalue=2)>", 2, True)
        barrier.wait(MOST_SECONDS)
        assert said.is_set()
        process.join(MOST_SECONDS)
        assert process.exitcode == 0


@pytest.mark.parametrize("way", ["pickle", "queue"])
def test_keeps_its_settings_when_it_is_pickled(mp: Any, way: str) -> None:
    def sent(shared: Any) -> Any:
        if way == "pickle":
            return pickle.loads(pickle.dumps(shared))
        queue = mp.Queue()
        queue.put(shared)
        return queue.get()

    bounded = sent(mp.BoundedSemaphore(0))
    with pytest.raises(ValueError, match=r"^semaphore or lock released too many times$"):
        bounded.release()
    lock = mp.RLock()
    condition = mp.Condition(lock)
    got, got_lock = sent((condition, lock))
    with lock, got_lock:
        assert not got.wait(0)
    assert got._lock is got_lock
    barrier = sent(mp.Barrier(3, timeout=0.01))
    broken_at_once(barrier)
    assert sent(mp.Barrier(0)).parties == 0
    said = mp.Event()
    assert sent(mp.Barrier(1, Said(said))).wait() == 0
    assert said.is_set()


def broken_at_once(barrier: Any) -> None:
    with pytest.raises(threading.BrokenBarrierError):
        barrier.wait()


def test_counts_by_any_handle_of_one_lock(mp: Any) -> None:
    lock = mp.RLock()
    same = pickle.loads(pickle.dumps(lock))
    with lock, same:
        assert repr(lock) == repr(same) == "<RLock(MainProcess, 2)>"
    assert repr(same) == "<RLock(None, 0)>"


# Other clients, and what is there when all is gone.


def test_is_seen_by_clients_of_the_package(mp: Any, polyproc_client: polyproc.Polyproc) -> None:
    lock, semaphore, event = mp.Lock(), mp.Semaphore(3), mp.Event()
    condition, barrier = mp.Condition(), mp.Barrier(2)
    with polyproc_client.existing_lock(lock._handle.name):
        assert not lock.acquire(False)
        assert repr(lock) == "<Lock(owner=SomeOtherProcess)>"
    with lock:
        holder = polyproc_client.existing_lock(lock._handle.name).holder()
        assert holder is not None
        assert holder.party.pid == os.getpid()
    polyproc_client.existing_semaphore(semaphore._handle.name).acquire(permits=2)
    assert semaphore.get_value() == 1
    polyproc_client.existing_event(event._handle.name).set()
    assert event.is_set()
    theirs = polyproc_client.existing_condition(condition._handle.name)
    threads = Threads()

    def notify() -> None:
        with theirs:
            theirs.notify()

    with condition:
        threads.start(notify)
        assert condition.wait(MOST_SECONDS)
    threads.start(polyproc_client.existing_barrier(barrier._handle.name).wait)
    barrier.wait(MOST_SECONDS)
    threads.join()


def test_is_gone_with_the_last_that_has_it(mp: Any, polyproc_client: polyproc.Polyproc) -> None:
    several = [made(mp, kind) for kind in ALL for _ in range(20)]
    several += [pickle.loads(pickle.dumps(each)) for each in several]
    names = {each._handle.name for each in several}
    assert names <= {each.name for each in polyproc_client.admin.objects()}
    several.clear()
    gc.collect()
    made(mp, "Event").set()  # A call, with which what is gone is let go of.
    until(lambda: names.isdisjoint(each.name for each in polyproc_client.admin.objects()))


def test_serves_a_queue_of_the_standard_library(mp: Any) -> None:
    queue: Any = multiprocessing.queues.Queue(2, ctx=mp)
    queue.put("first")
    assert not queue.full()
    queue.put("second")
    assert queue.full()
    assert queue.qsize() == 2
    assert [queue.get(), queue.get()] == ["first", "second"]
    queue.close()
    queue.join_thread()


def test_leaves_to_others_what_went_with_its_session(
    mp: Any, polyproc_client: polyproc.Polyproc
) -> None:
    lock = mp.Lock()
    theirs = polyproc_client.existing_lock(lock._handle.name)
    lock.acquire()
    session = _runtime.client()._session_now()
    polyproc_client.admin.close_session(session.opened.number)
    with theirs:
        with pytest.raises(polyproc.SessionLost):
            lock.release()
        with pytest.raises(ValueError, match=r"^semaphore or lock released too many times$"):
            lock.release()
        assert theirs.holder() is not None
    assert lock.acquire(False)


# Where there is no room.


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The context of objects of a daemon that has room for few."""
    with running_daemon("--limit", "objects=3", "--limit", "waiters=7") as daemon:
        monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
        monkeypatch.setattr(_runtime, "_client", None)
        yield polyproc.multiprocessing.get_context("spawn")
        _runtime.client().close()


def test_what_there_is_no_room_for_is_an_error_of_the_system(small: Any) -> None:
    made = [small.Lock() for _ in range(3)]
    for make in (
        *(small.Lock, small.RLock, small.Semaphore, small.BoundedSemaphore, small.Event),
        *(small.Condition, lambda: small.Condition(made[0]), lambda: small.Barrier(2)),
        *(lambda: small.RawValue("i"), lambda: small.Array("i", 10_000)),
        *(small.Queue, small.JoinableQueue, small.SimpleQueue, small.Pipe),
    ):
        with pytest.raises(OSError, match="objects") as refused:
            make()
        assert refused.value.errno == errno.ENOMEM
    made.clear()
    assert small.Lock().acquire()


def test_a_barrier_has_any_number_of_parties_however_few_may_wait(small: Any) -> None:
    assert [small.Barrier(parties).parties for parties in (0, 7, 8)] == [0, 7, 8]


# What is not served.


def test_has_no_semaphores_of_the_kernel(mp: Any) -> None:
    with pytest.raises(NotImplementedError, match="no other language shares"):
        synchronize.SemLock(1, 1, 1, ctx=mp)


@pytest.mark.parametrize("lock", [threading.Lock(), multiprocessing.Lock()])
def test_takes_no_other_locks_for_a_condition(mp: Any, lock: Any) -> None:
    with pytest.raises(
        TypeError, match="Expected the lock of a condition to be a Lock or an RLock"
    ):
        mp.Condition(lock)


def test_takes_no_semaphore_for_the_lock_of_a_condition(mp: Any) -> None:
    with pytest.raises(TypeError, match="but it is <Semaphore"):
        mp.Condition(mp.Semaphore())
