"""Conditions of locks."""

import os
import pickle
import signal
import threading
import time
import uuid

import pytest

import polyproc
from children import Child, Interrupt, Threads, interrupted_once, interrupting, until
from daemons import Daemon


@pytest.fixture
def name() -> str:
    return f"condition-{uuid.uuid4()}"


WAITS = """
name = told()
condition = client.condition(name, client.lock(name + "-lock"))
with condition as hold:
    say("waits")
    notified = condition.wait()
    say(notified)
    told()
"""


def condition_of(client: polyproc.Polyproc, name: str) -> polyproc.Condition:
    return client.condition(name, client.lock(f"{name}-lock"))


def test_wakes_a_program_that_waits(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    condition = condition_of(polyproc_client, name)
    with Child(daemon, WAITS) as child:
        child.tell(name)
        assert child.hears() == "waits"
        until(condition.waiters)
        with condition:
            assert condition.notify() == 1
            assert not condition.waiters()
        assert child.hears() == "True"


def test_wakes_those_first_that_wait_longest(polyproc_client: polyproc.Polyproc, name: str) -> None:
    condition = condition_of(polyproc_client, name)
    threads = Threads()
    woken: list[int] = []

    def wait(number: int) -> None:
        with condition:
            assert condition.wait()
            woken.append(number)

    for number in range(5):
        threads.start(lambda number=number: wait(number))  # type: ignore[misc]
        until(lambda number=number: len(condition.waiters()) > number)  # type: ignore[misc]
    with condition:
        assert condition.notify() == 1
        assert condition.notify(0) == 0
        assert condition.notify(2) == 2
        assert len(condition.waiters()) == 2
        assert condition.notify_all() == 2
        assert condition.notify_all() == 0
    threads.join()
    assert woken == [0, 1, 2, 3, 4]


def test_answers_a_timeout_under_the_lock(polyproc_client: polyproc.Polyproc, name: str) -> None:
    condition = condition_of(polyproc_client, name)
    with condition as hold:
        before = hold.token
        assert not condition.wait(0)
        assert not condition.wait(-1)
        assert not condition.wait(0.001)
        assert hold.token > before
        assert condition.locked()
        event = polyproc_client.guarded_by(hold).event()
        event.set()
        assert not condition.wait(0)
        with pytest.raises(polyproc.Error) as refused:
            event.set()  # What it was guarded by is over.
        assert refused.value.reason == polyproc.Reason.GUARD_FAILED
        polyproc_client.guarded_by(hold).event().set()
    assert not condition.locked()


def test_gives_a_reentrant_lock_up_entirely(polyproc_client: polyproc.Polyproc) -> None:
    condition = polyproc_client.condition()
    threads = Threads()

    def notify() -> None:
        with condition:
            condition.notify()

    with condition as outer, condition as inner, condition.lock.hold() as innermost:
        threads.start(notify)
        assert condition.wait()
        assert outer.token == inner.token == innermost.token
        threads.join()
    assert not condition.locked()


def test_waits_for_what_a_function_says(polyproc_client: polyproc.Polyproc, name: str) -> None:
    condition = condition_of(polyproc_client, name)
    threads = Threads()
    found: list[str] = []

    def put() -> None:
        for word in ("one", "two"):
            with condition:
                found.append(word)
                condition.notify()

    with condition:
        assert condition.wait_for(lambda: found, 0.001) == []
        begin = time.monotonic()
        assert condition.wait_for(lambda: found, -1) == []
        assert time.monotonic() - begin < 10
        threads.start(put)
        assert condition.wait_for(lambda: len(found) == 2)
    threads.join()


def test_refuses_who_does_not_hold_its_lock(polyproc_client: polyproc.Polyproc, name: str) -> None:
    condition = condition_of(polyproc_client, name)
    with pytest.raises(RuntimeError, match="cannot wait on un-acquired lock"):
        condition.wait()
    with pytest.raises(RuntimeError, match="cannot notify on un-acquired lock") as refused:
        condition.notify()
    assert isinstance(refused.value, polyproc.Error)
    with pytest.raises(RuntimeError, match="cannot notify on un-acquired lock"):
        condition.notify_all()
    condition.acquire()
    thread = threading.Thread(target=condition.release)
    thread.start()
    thread.join()
    with pytest.raises(polyproc.NotHeld):
        condition.wait()
    assert condition.acquire(timeout=1)
    condition.release()


def test_passes_a_notification_on_when_its_waiter_is_killed(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    condition = condition_of(polyproc_client, name)
    with Child(daemon, WAITS) as first, Child(daemon, WAITS) as second:
        first.tell(name)
        until(condition.waiters)
        second.tell(name)
        until(lambda: len(condition.waiters()) == 2)
        with condition:
            assert condition.notify() == 1
            first.kill()  # On its way back into the lock, which is held here.
            until(lambda: not condition.waiters())
        assert second.hears() == "waits"
        assert second.hears() == "True"


def test_holds_its_lock_when_ctrl_c_ends_a_wait(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    condition = condition_of(polyproc_client, name)
    with polyproc.connect(daemon.address) as other:
        its = condition_of(other, name)
        with condition as hold:
            before = hold.token
            with interrupted_once(its.waiters), pytest.raises(KeyboardInterrupt):
                condition.wait()
            assert not its.waiters()
            assert hold.token > before
            assert not its.acquire(blocking=False)
        assert not its.locked()
        with its:
            assert its.notify_all() == 0


# A connection that is made anew at such a moment is left to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("reentrant", [False, True])
def test_has_its_lock_whenever_a_signal_ends_a_wait(
    polyproc_client: polyproc.Polyproc, name: str, reentrant: bool
) -> None:
    condition = polyproc_client.condition(name, polyproc_client.lock(reentrant=reentrant))
    interrupted = 0
    with interrupting() as alarm:
        for i in range(300):
            with condition as hold:
                try:
                    alarm.set(1e-6 * (1 + i * 7 % 500))
                    condition.wait(0.0001)
                    alarm.clear()
                except Interrupt:
                    interrupted += 1
                holder = condition.lock.holder()
                assert holder is not None
                assert holder.token == hold.token
            assert not condition.locked()
    assert interrupted


def test_ends_its_waits_when_its_lock_breaks(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    lock = polyproc_client.lock(f"{name}-lock", on_owner_end="break")
    condition = polyproc_client.condition(name, lock)
    program = """
name = told()
client.lock(name + "-lock", on_owner_end="break").acquire()
say("holds")
told()
"""
    threads = Threads()

    def wait() -> None:
        with pytest.raises(polyproc.Error) as broken, condition:
            condition.wait()
        assert broken.value.reason == polyproc.Reason.LOCK_BROKEN

    threads.start(wait)
    until(condition.waiters)
    with Child(daemon, program) as child:
        child.tell(name)
        assert child.hears() == "holds"
        child.kill()
    threads.join()


def test_knows_its_lock_wherever_it_comes_from(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    lock = polyproc_client.lock(name, lease=60)
    condition = polyproc_client.condition(None, lock)
    again = pickle.loads(pickle.dumps(condition))
    assert again == condition
    assert again.lock == lock
    read = polyproc_client._handle(polyproc_client._retained(condition._ref))
    assert isinstance(read, polyproc.Condition)
    assert read.lock == lock
    with read:
        assert not read.wait(0)
    with again:
        assert not again.wait(0)


def test_refuses_a_lock_per_key(polyproc_client: polyproc.Polyproc, name: str) -> None:
    with pytest.raises(ValueError, match="one per key"):
        polyproc_client.condition(None, polyproc_client.key_lock(name))


@pytest.mark.parametrize(("reentrant", "times"), [(False, 1), (True, 1), (True, 2)])
def test_has_its_lock_again_after_a_wait_that_a_handler_of_its_thread_has_notified(
    reentrant: bool, times: int, polyproc_client: polyproc.Polyproc, daemon: Daemon
) -> None:
    lock = polyproc_client.lock(reentrant=reentrant)
    condition = polyproc_client.condition(lock=lock)

    def notify(*_: object) -> None:
        with condition:
            condition.notify()

    before = signal.signal(signal.SIGALRM, notify)
    try:
        for _ in range(times):
            lock.acquire()
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        assert condition.wait(60)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    with polyproc.connect(daemon.address) as other:
        holder = other.admin.describe(lock.name).holders[-1]
        assert holder.party.pid == os.getpid()
    for _ in range(times):
        assert lock.locked()
        lock.release()
    assert not lock.locked()
