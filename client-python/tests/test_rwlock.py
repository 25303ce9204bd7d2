"""Read-write locks."""

import pickle
import uuid
from collections.abc import Callable

import pytest

import polyproc
from children import Child, Interrupt, Threads, interrupted_once, interrupting, until
from daemons import Daemon


@pytest.fixture
def name() -> str:
    return f"rwlock-{uuid.uuid4()}"


def in_thread(work: Callable[[], object]) -> None:
    threads = Threads()
    threads.start(work)
    threads.join()


def take(way: polyproc.ReadLock | polyproc.WriteLock) -> None:
    assert way.acquire(blocking=False)
    way.release()


def refuse(way: polyproc.ReadLock | polyproc.WriteLock) -> None:
    assert not way.acquire(blocking=False)
    assert not way.acquire(timeout=0.001)
    with pytest.raises(TimeoutError):
        way.hold(timeout=0)


def test_is_read_by_many_or_written_by_one(polyproc_client: polyproc.Polyproc, name: str) -> None:
    lock = polyproc_client.rwlock(name)
    with lock.read as hold:
        assert hold.token
        assert lock.read.locked()
        assert not lock.write.locked()
        assert [reader.token for reader in lock.readers()] == [hold.token]
        in_thread(lambda: take(lock.read))
        in_thread(lambda: refuse(lock.write))
    with lock.write as hold:
        writer = lock.writer()
        assert writer is not None
        assert writer.token == hold.token
        assert lock.write.locked()
        in_thread(lambda: refuse(lock.read))
        in_thread(lambda: refuse(lock.write))
    assert lock.writer() is None
    assert repr(lock.read) == f"<ReadLock '{name}'>"
    assert repr(lock.write) == f"<WriteLock '{name}'>"


def test_counts_and_lets_a_writer_read_on(polyproc_client: polyproc.Polyproc, name: str) -> None:
    lock = polyproc_client.rwlock(name)
    lock.write.acquire()
    lock.write.acquire()
    lock.read.acquire()
    lock.write.release()
    in_thread(lambda: refuse(lock.read))
    lock.write.release()
    in_thread(lambda: take(lock.read))
    in_thread(lambda: refuse(lock.write))
    lock.read.release()
    in_thread(lambda: take(lock.write))


def test_refuses_a_reader_that_would_wait_for_itself(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    lock = polyproc_client.rwlock(name)
    with lock.read:
        with pytest.raises(polyproc.Error) as refused:
            lock.write.acquire()
        assert refused.value.reason == polyproc.Reason.WOULD_DEADLOCK
        refuse(lock.write)


def test_refuses_to_release_what_is_not_held(polyproc_client: polyproc.Polyproc) -> None:
    lock = polyproc_client.rwlock()
    for way in (lock.read, lock.write):
        with pytest.raises(RuntimeError, match="release unlocked lock"):
            way.release()
    with lock.read:
        in_thread(lambda: refuse_release(lock))


def refuse_release(lock: polyproc.RWLock) -> None:
    with pytest.raises(RuntimeError, match="cannot release un-acquired lock"):
        lock.read.release()


def test_does_not_let_readers_pass_a_writer(polyproc_client: polyproc.Polyproc, name: str) -> None:
    lock = polyproc_client.rwlock(name)
    threads = Threads()
    with lock.read:
        threads.start(lambda: pass_through(lock.write))
        until(lock.waiters)
        in_thread(lambda: refuse(lock.read))
        take(lock.read)  # Who reads reads again.
    threads.join()


def pass_through(way: polyproc.ReadLock | polyproc.WriteLock) -> None:
    with way:
        pass


@pytest.mark.parametrize("way", ["read", "write"])
def test_goes_on_at_once_when_its_holder_is_killed(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str, way: str
) -> None:
    lock = polyproc_client.rwlock(name)
    program = f"""
client.rwlock(told()).{way}.acquire()
say("holds")
told()
"""
    with Child(daemon, program) as child:
        child.tell(name)
        child.hears()
        refuse(lock.write)
        child.kill()
    with lock.write as hold:
        assert hold.previous_owner_died == (way == "write")


def test_breaks_where_it_was_made_to(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    lock = polyproc_client.rwlock(name, on_owner_end="break")
    program = """
client.rwlock(told(), on_owner_end="break").write.acquire()
say("holds")
told()
"""
    with Child(daemon, program) as child:
        child.tell(name)
        child.hears()
        child.kill()
    with pytest.raises(polyproc.Error) as broken:
        lock.read.acquire()
    assert broken.value.reason == polyproc.Reason.LOCK_BROKEN


def test_says_that_a_lease_ran_out(polyproc_client: polyproc.Polyproc, name: str) -> None:
    lock = pickle.loads(pickle.dumps(polyproc_client.rwlock(name, lease=0.01)))
    hold = lock.write.hold()
    until(lambda: not lock.write.locked())
    with pytest.raises(polyproc.NotHeld):
        hold.release()


def test_leaves_the_line_when_ctrl_c_ends_a_wait(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    lock = polyproc_client.rwlock(name)
    with polyproc.connect(daemon.address) as other:
        its = other.rwlock(name)
        with its.write:
            with interrupted_once(its.waiters), pytest.raises(KeyboardInterrupt):
                lock.read.acquire()
            assert not its.waiters()
        with its.write:
            pass


# A connection that is made anew at such a moment is left to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("way", ["read", "write"])
def test_is_not_lost_when_a_signal_comes_at_any_moment(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str, way: str
) -> None:
    lock = polyproc_client.rwlock(name)
    mine = lock.read if way == "read" else lock.write
    interrupted = 0
    with polyproc.connect(daemon.address) as other, interrupting() as alarm:
        seen = other.rwlock(name)
        for i in range(200):
            got = False
            try:
                alarm.set(1e-6 * (1 + i * 7 % 400))
                got = mine.acquire()
                alarm.clear()
            except Interrupt:
                interrupted += 1
            if got:
                mine.release()
            assert not seen.write.locked()
            assert not seen.read.locked()
    assert interrupted
