"""Barriers."""

import pickle
import threading
import uuid

import pytest

import polyproc
from children import Child, Threads, interrupted_once, until
from daemons import Daemon


@pytest.fixture
def name() -> str:
    return f"barrier-{uuid.uuid4()}"


WAITS = """
barrier = client.existing_barrier(told())
say("comes")
say(barrier.wait())
"""


def test_lets_programs_wait_for_each_other(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    barrier = polyproc_client.barrier(name, 2)
    assert barrier.parties == 2
    with Child(daemon, WAITS) as child:
        child.tell(name)
        child.hears()
        until(lambda: barrier.n_waiting == 1)
        assert barrier.wait() == 0
        assert child.hears() == "1"
    assert barrier.n_waiting == 0
    assert not barrier.broken


def test_gives_each_party_an_index_again_and_again(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    barrier = polyproc_client.barrier(name, 4)
    indices: list[int] = []
    threads = Threads()

    def party() -> None:
        for _ in range(5):
            indices.append(barrier.wait())

    for _ in range(4):
        threads.start(party)
    threads.join()
    assert sorted(indices) == sorted([0, 1, 2, 3] * 5)


def test_runs_the_action_once_a_round_before_all_go_on(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    ran: list[str] = []
    barrier = polyproc_client.barrier(name, 3, lambda: ran.append(threading.current_thread().name))
    threads = Threads()
    last: list[str] = []

    def party() -> None:
        if barrier.wait() == 0:
            last.append(threading.current_thread().name)
        assert len(ran) >= 1

    for _ in range(3):
        threads.start(party)
    threads.join()
    assert ran == last
    assert len(ran) == 1


def act() -> None:
    """Do nothing: what is pickled has to be of a module."""


def test_asks_for_an_action_where_it_has_one(polyproc_client: polyproc.Polyproc, name: str) -> None:
    barrier = polyproc_client.barrier(name, 1, act)
    assert pickle.loads(pickle.dumps(barrier)).wait() == 0
    with pytest.raises(RuntimeError, match="Expected an action"):
        polyproc_client.existing_barrier(name).wait()
    assert polyproc_client.existing_barrier(name, action=act).wait() == 0
    assert not barrier.broken
    with pytest.raises(polyproc.Error) as refused:
        polyproc_client.barrier(name, 1)
    assert refused.value.reason == polyproc.Reason.OBJECT_EXISTS


def test_breaks_when_its_action_fails(polyproc_client: polyproc.Polyproc, name: str) -> None:
    def fail() -> None:
        raise KeyError("the action's")

    barrier = polyproc_client.barrier(name, 2, fail)
    threads = Threads()
    raised: list[BaseException] = []

    def party() -> None:
        try:
            barrier.wait()
        except (KeyError, threading.BrokenBarrierError) as e:
            raised.append(e)

    threads.start(party)
    threads.start(party)
    threads.join()
    assert {type(e) for e in raised} == {KeyError, polyproc.BrokenBarrier}
    why = barrier.broken_by()
    assert why is not None
    assert why.cause == "ACTION_FAILED"


def test_breaks_when_a_party_has_no_time_left(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    barrier = polyproc_client.barrier(name, 2, timeout=0.001)
    with pytest.raises(threading.BrokenBarrierError) as late:
        barrier.wait()
    assert isinstance(late.value, polyproc.BrokenBarrier)
    assert late.value.metadata["cause"] == "TIMEOUT"
    with pytest.raises(threading.BrokenBarrierError) as broken:
        barrier.wait(60)
    assert isinstance(broken.value, polyproc.BrokenBarrier)
    assert broken.value.reason == polyproc.Reason.BARRIER_BROKEN
    assert broken.value.metadata["cause"] == "TIMEOUT"
    assert broken.value.metadata["round"] == "0"
    assert barrier.mend()
    assert not barrier.mend()
    assert not barrier.broken
    assert barrier.broken_by() is None
    with pytest.raises(threading.BrokenBarrierError):
        barrier.wait(0)


def test_breaks_for_all_when_a_party_is_killed(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    barrier = polyproc_client.barrier(name, 3)
    threads = Threads()

    def party() -> None:
        with pytest.raises(polyproc.BrokenBarrier) as broken:
            barrier.wait()
        assert broken.value.metadata["cause"] == "PARTY_GONE"

    with Child(daemon, WAITS) as child:
        threads.start(party)
        child.tell(name)
        until(lambda: barrier.n_waiting == 2)
        assert len(barrier.waiters()) == 2
        child.kill()
        threads.join()
    assert barrier.broken


def test_breaks_when_who_runs_the_action_is_killed(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    program = """
def act():
    say("acts")
    told()

client.barrier(told(), 2, act).wait()
"""
    barrier = polyproc_client.barrier(name, 2, act)
    threads = Threads()

    def party() -> None:
        with pytest.raises(polyproc.BrokenBarrier):
            barrier.wait()

    threads.start(party)
    until(lambda: barrier.n_waiting == 1)
    with Child(daemon, program) as child:
        child.tell(name)
        assert child.hears() == "acts"
        child.kill()
    threads.join()


@pytest.mark.parametrize("way", ["abort", "reset"])
def test_sends_those_away_that_wait_when_it_is_told_to(
    polyproc_client: polyproc.Polyproc, name: str, way: str
) -> None:
    barrier = polyproc_client.barrier(name, 2)
    threads = Threads()

    def party() -> None:
        with pytest.raises(threading.BrokenBarrierError):
            barrier.wait()

    threads.start(party)
    until(lambda: barrier.n_waiting == 1)
    if way == "abort":
        barrier.abort()
    else:
        barrier.reset()
    threads.join()
    assert barrier.broken == (way == "abort")
    barrier.reset()
    assert not barrier.broken


def test_breaks_when_ctrl_c_ends_a_wait(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    barrier = polyproc_client.barrier(name, 2)
    with polyproc.connect(daemon.address) as other:
        its = other.existing_barrier(name)
        with interrupted_once(its.waiters), pytest.raises(KeyboardInterrupt):
            barrier.wait()
        why = its.broken_by()
        assert why is not None
        assert why.cause == "PARTY_GONE"


def test_breaks_when_ctrl_c_ends_the_action(polyproc_client: polyproc.Polyproc, name: str) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    barrier = polyproc_client.barrier(name, 1, interrupt)
    with pytest.raises(KeyboardInterrupt):
        barrier.wait()
    why = barrier.broken_by()
    assert why is not None
    assert why.cause == "ACTION_FAILED"


def test_refuses_to_have_no_party(polyproc_client: polyproc.Polyproc) -> None:
    with pytest.raises(ValueError, match="parties must be > 0"):
        polyproc_client.barrier(None, 0)
