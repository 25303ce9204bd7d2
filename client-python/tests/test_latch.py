"""Latches."""

import uuid

import pytest

import polyproc
from children import Child, Threads, interrupted_once, until
from daemons import Daemon


@pytest.fixture
def name() -> str:
    return f"latch-{uuid.uuid4()}"


def test_lets_all_go_at_zero(polyproc_client: polyproc.Polyproc, name: str) -> None:
    latch = polyproc_client.latch(name, 3)
    assert latch.count == 3
    assert not latch.wait(0)
    assert not latch.wait(0.001)
    threads = Threads()
    for _ in range(3):
        threads.start(latch.wait)
    until(lambda: len(latch.waiters()) == 3)
    assert latch.count_down() == 2
    assert latch.count_down(5) == 0
    threads.join()
    assert latch.wait()
    assert latch.count_down() == 0


def test_is_counted_down_by_another_program(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    latch = polyproc_client.latch(name, 1)
    with Child(daemon, "client.existing_latch(told()).count_down()") as child:
        child.tell(name)
        assert latch.wait()
        assert child.ends() == 0


def test_refuses_what_makes_no_sense(polyproc_client: polyproc.Polyproc, name: str) -> None:
    with pytest.raises(ValueError, match="from 0 up"):
        polyproc_client.latch(name, -1)
    with pytest.raises(ValueError, match="at least 1"):
        polyproc_client.latch(None, 1).count_down(0)
    with pytest.raises(polyproc.Error) as refused:
        polyproc_client.existing_latch(name)
    assert refused.value.reason == polyproc.Reason.OBJECT_NOT_FOUND
    assert polyproc_client.latch(None, 0).wait(0)


def test_forgets_who_is_interrupted_while_it_waits(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    latch = polyproc_client.latch(name, 1)
    with polyproc.connect(daemon.address) as other:
        its = other.existing_latch(name)
        with interrupted_once(its.waiters), pytest.raises(KeyboardInterrupt):
            latch.wait()
        assert not its.waiters()
