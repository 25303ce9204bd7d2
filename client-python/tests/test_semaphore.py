"""Semaphores."""

import pickle
import uuid
from typing import Literal

import pytest

import polyproc
from children import Child, Threads, interrupted_once, until
from daemons import Daemon


@pytest.fixture
def name() -> str:
    return f"semaphore-{uuid.uuid4()}"


def test_counts_permits(polyproc_client: polyproc.Polyproc, name: str) -> None:
    semaphore = polyproc_client.semaphore(name, 3)
    assert semaphore.get_value() == 3
    with semaphore as acquired:
        assert acquired
        assert semaphore.acquire(permits=2)
        assert not semaphore.acquire(blocking=False)
        assert not semaphore.acquire(timeout=0)
        assert not semaphore.acquire(timeout=0.001)
        semaphore.release(2)
    assert semaphore.get_value() == 3
    assert semaphore.drain() == 3
    assert semaphore.get_value() == 0
    semaphore.release(5)  # A plain one takes what nobody has acquired.
    assert semaphore.get_value() == 5


def test_refuses_what_makes_no_sense(polyproc_client: polyproc.Polyproc) -> None:
    semaphore = polyproc_client.semaphore()
    assert semaphore.get_value() == 1
    for n in (0, -1):
        with pytest.raises(ValueError, match="one or more"):
            semaphore.release(n)
        with pytest.raises(ValueError, match="one or more"):
            semaphore.acquire(permits=n)
    with pytest.raises(ValueError, match=">= 0"):
        polyproc_client.semaphore(None, -1)
    with pytest.raises(ValueError, match="non-blocking"):
        semaphore.acquire(False, 1)


def test_is_bounded_where_it_was_made_so(polyproc_client: polyproc.Polyproc, name: str) -> None:
    semaphore = polyproc_client.bounded_semaphore(name, 2)
    with pytest.raises(ValueError, match="Semaphore released too many times") as refused:
        semaphore.release()
    assert isinstance(refused.value, polyproc.Error)
    assert refused.value.reason == polyproc.Reason.OVER_RELEASED
    assert semaphore.get_value() == 2
    with pytest.raises(polyproc.Error, match="Expected"):
        semaphore.acquire(permits=3)


def test_is_released_by_its_owner_alone_where_it_was_made_so(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    semaphore = polyproc_client.semaphore(name, 1, owned=True)
    with semaphore, polyproc.connect(daemon.address) as other:
        with pytest.raises(RuntimeError) as refused:
            other.semaphore(name, owned=True).release()
        assert isinstance(refused.value, polyproc.NotHeld)
    assert semaphore.get_value() == 1


def test_finds_one_that_is_there(polyproc_client: polyproc.Polyproc, name: str) -> None:
    made = polyproc_client.semaphore(name, 7, max_permits=9)
    found = polyproc_client.existing_semaphore(name)
    assert found == made
    assert found.get_value() == 7
    with pytest.raises(polyproc.Error) as refused:
        polyproc_client.existing_semaphore(f"{name}-2")
    assert refused.value.reason == polyproc.Reason.OBJECT_NOT_FOUND


def test_holds_permits_that_no_other_release_takes(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    semaphore = polyproc_client.semaphore(name, 2)
    with semaphore.hold(2, timeout=1) as permits:
        assert permits.count == 2
        assert permits.token
        assert not permits.previous_owner_died
        with pytest.raises(TimeoutError):
            semaphore.hold(timeout=0)
        semaphore.release()  # Adds one.
        assert semaphore.get_value() == 1
        (holder,) = semaphore.holders()
        assert holder.token == permits.token
        permits.release()
        permits.release()
        assert semaphore.get_value() == 3
    assert semaphore.get_value() == 3


def test_gives_permits_back_after_their_lease(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    semaphore = polyproc_client.semaphore(name, 1, lease=0.01)
    for call in (semaphore.acquire, semaphore.release, semaphore.drain):
        with pytest.raises(RuntimeError, match="hold"):
            call()
    permits = pickle.loads(pickle.dumps(semaphore)).hold()
    until(semaphore.get_value)
    with pytest.raises(polyproc.NotHeld):
        permits.release()
    with polyproc_client.semaphore(name).hold() as taken:
        assert taken.previous_owner_died


def test_serves_one_that_wants_many_before_later_ones(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    semaphore = polyproc_client.semaphore(name, 1)
    threads = Threads()
    threads.start(lambda: semaphore.acquire(permits=2))
    until(semaphore.waiters)
    assert not semaphore.acquire(blocking=False)
    semaphore.release()
    threads.join()


@pytest.mark.parametrize("end", ["release", "keep", "break"])
def test_does_what_it_was_made_to_when_a_holder_is_killed(
    polyproc_client: polyproc.Polyproc,
    daemon: Daemon,
    name: str,
    end: Literal["release", "keep", "break"],
) -> None:
    semaphore = polyproc_client.semaphore(name, 1, on_owner_end=end)
    program = f"""
client.semaphore(told(), 1, on_owner_end={end!r}).acquire()
say("has it")
told()
"""
    with Child(daemon, program) as child:
        child.tell(name)
        child.hears()
        child.kill()
    if end == "keep":
        assert not semaphore.acquire(timeout=0.01)
    elif end == "break":
        with pytest.raises(polyproc.Error) as broken:
            semaphore.acquire()
        assert broken.value.reason == polyproc.Reason.SEMAPHORE_BROKEN
    else:
        with semaphore.hold() as permits:
            assert permits.previous_owner_died


def test_leaves_the_line_when_ctrl_c_ends_a_wait(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    semaphore = polyproc_client.semaphore(name, 0)
    with polyproc.connect(daemon.address) as other:
        its = other.existing_semaphore(name)
        for wait in (semaphore.acquire, semaphore.hold):
            with interrupted_once(its.waiters), pytest.raises(KeyboardInterrupt):
                wait()
            assert not its.waiters()
        its.release()
        assert its.get_value() == 1
