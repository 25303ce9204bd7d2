"""Locks, several at once, and locks per key."""

import contextlib
import os
import pickle
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal

import pytest

import polyproc
from children import Child, Interrupt, Threads, interrupted_once, interrupting, until
from daemons import Daemon


@pytest.fixture
def name() -> str:
    return f"lock-{uuid.uuid4()}"


def in_thread(work: Callable[[], object]) -> None:
    threads = Threads()
    threads.start(work)
    threads.join()


def test_excludes_other_threads_until_it_is_released(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    lock = polyproc_client.lock(name)
    assert not lock.locked()
    assert lock.acquire()
    assert lock.locked()
    in_thread(lambda: refuse(lock))
    lock.release()
    assert not lock.locked()


def refuse(lock: polyproc.Lock) -> None:
    assert not lock.acquire(blocking=False)
    assert not lock.acquire(timeout=0)
    assert not lock.acquire(True, 0.001)
    with pytest.raises(TimeoutError):
        lock.hold(timeout=0)


def test_does_not_let_its_own_holder_acquire_it_twice(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    lock = polyproc_client.lock(name)
    with lock:
        assert not lock.acquire(blocking=False)
    assert not lock.locked()


def test_takes_times_as_locks_of_threads_do(polyproc_client: polyproc.Polyproc) -> None:
    lock = polyproc_client.lock()
    with pytest.raises(ValueError, match="non-blocking"):
        lock.acquire(False, 1)
    with pytest.raises(ValueError, match="non-negative"):
        lock.acquire(True, -2)
    assert lock.acquire(True, -1)
    lock.release()
    assert lock.acquire(False, -1)
    lock.release()
    with lock.hold(timeout=-2):  # As of the other waits of the package: not at all.
        assert lock.locked()


def test_gives_higher_tokens_with_every_acquisition(polyproc_client: polyproc.Polyproc) -> None:
    one, other = polyproc_client.lock(), polyproc_client.lock()
    with one as first, other.hold() as second:
        assert second.token > first.token > 0
        assert not second.previous_owner_died
    with one as third:
        assert third.token > second.token


def test_is_released_by_any_handle_of_its_thread(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    polyproc_client.lock(name).acquire()
    polyproc_client.lock(name).release()
    assert not polyproc_client.lock(name).locked()


def test_is_released_by_other_threads_and_programs(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    lock = polyproc_client.lock(name)
    lock.acquire()
    in_thread(lock.release)
    assert not lock.locked()
    with pytest.raises(polyproc.NotHeld):
        lock.release()  # What this thread has acquired, and no later hold of anybody.
    lock.acquire()
    with polyproc.connect(daemon.address) as other:
        other.lock(name).release()
        assert not lock.locked()


def test_is_acquired_and_released_by_threads_in_turn(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    lock = polyproc_client.lock(name)
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        for first, then in ((one, other), (other, one), (one, one), (other, other)):
            assert first.submit(lock.acquire).result()
            then.submit(lock.release).result()
        one.submit(lock.acquire).result()
        with polyproc.connect(daemon.address) as program:
            program.lock(name).release()
        other.submit(lock.acquire).result()
        one.submit(lock.release).result()
    assert not lock.locked()


def test_refuses_to_release_what_nobody_holds(polyproc_client: polyproc.Polyproc) -> None:
    lock = polyproc_client.lock()
    with pytest.raises(RuntimeError, match="release unlocked lock") as refused:
        lock.release()
    assert isinstance(refused.value, polyproc.Error)
    assert refused.value.reason == polyproc.Reason.NOT_HELD


def test_counts_where_it_is_reentrant(polyproc_client: polyproc.Polyproc, name: str) -> None:
    lock = polyproc_client.lock(name, reentrant=True)
    with lock as outer:
        with lock as inner, lock.hold() as innermost:
            assert inner.token == outer.token == innermost.token
            innermost.release()
            innermost.release()
        assert lock.acquire(blocking=False)
        lock.release()
        in_thread(lambda: refuse(lock))
        in_thread(lambda: refuse_release(lock))
    assert not lock.locked()


def refuse_release(lock: polyproc.Lock) -> None:
    with pytest.raises(RuntimeError, match="cannot release un-acquired lock"):
        lock.release()


def test_has_a_hold_that_another_thread_releases(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    lock = polyproc_client.lock(name, reentrant=True)
    hold = lock.hold()
    assert repr(hold) == f"<Hold of <Lock '{name}'>, held>"
    in_thread(hold.release)
    assert not lock.locked()
    assert repr(hold) == f"<Hold of <Lock '{name}'>, released>"
    hold.release()
    with lock:
        pass


def fail(after: Callable[[], object]) -> None:
    after()
    raise KeyError


def test_leaves_what_a_block_has_thrown_alone(polyproc_client: polyproc.Polyproc) -> None:
    lock = polyproc_client.lock()
    with pytest.raises(KeyError) as thrown, lock:
        fail(lock.release)
    assert "release unlocked lock" in thrown.value.__notes__[0]
    with pytest.raises(polyproc.NotHeld), lock:
        lock.release()


def test_says_who_holds_it_and_who_waits(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    lock = polyproc_client.lock(name)
    assert lock.holder() is None
    threads = Threads()
    with lock as hold:
        holder = lock.holder()
        assert holder is not None
        assert holder.token == hold.token
        assert holder.party.pid == os.getpid()
        with polyproc.connect(daemon.address, name="the other one") as other:
            threads.start(lambda: wait_for(other.lock(name)))
            until(lock.waiters)
            (waiter,) = lock.waiters()
            assert waiter.party.client == "the other one"
            assert waiter.rpc == "LockService/Acquire"
            assert waiter.deadline is None
            hold.release()
            threads.join()
            lock.acquire()


def wait_for(lock: polyproc.Lock) -> None:
    with lock:
        pass


def test_serves_those_that_wait_in_order(polyproc_client: polyproc.Polyproc, name: str) -> None:
    lock = polyproc_client.lock(name)
    came: list[int] = []
    threads = Threads()

    def come(number: int) -> None:
        with lock:
            came.append(number)

    with lock:
        for number in range(4):
            threads.start(lambda number=number: come(number))  # type: ignore[misc]
            until(lambda number=number: len(lock.waiters()) > number)  # type: ignore[misc]
    threads.join()
    assert came == [0, 1, 2, 3]


HOLDS = """
lock = client.lock(told())
with lock as hold:
    say(hold.token)
    told()
"""


def test_goes_on_at_once_when_its_holder_is_killed(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    lock = polyproc_client.lock(name)
    with Child(daemon, HOLDS) as child:
        child.tell(name)
        token = int(child.hears())
        assert not lock.acquire(blocking=False)
        threads = Threads()
        threads.start(lambda: take_over(lock, token))
        until(lock.waiters)
        child.kill()
        threads.join()
    with lock as hold:
        assert not hold.previous_owner_died


def take_over(lock: polyproc.Lock, token: int) -> None:
    with lock as hold:
        assert hold.previous_owner_died
        assert hold.token > token


def test_forgets_a_waiter_that_is_killed(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    lock = polyproc_client.lock(name)
    with lock, Child(daemon, HOLDS) as child:
        child.tell(name)
        until(lock.waiters)
        child.kill()
        until(lambda: not lock.waiters())
    with lock as hold:
        assert not hold.previous_owner_died


@pytest.mark.parametrize("end", ["keep", "break"])
def test_does_what_it_was_made_to_when_its_holder_is_killed(
    polyproc_client: polyproc.Polyproc,
    daemon: Daemon,
    name: str,
    end: Literal["keep", "break"],
) -> None:
    lock = polyproc_client.lock(name, on_owner_end=end)
    program = HOLDS.replace("told())", f"told(), on_owner_end={end!r})")
    with Child(daemon, program) as child:
        child.tell(name)
        child.hears()
        child.kill()
    if end == "keep":
        assert not lock.acquire(timeout=0.01)
        lock.release()
        assert lock.acquire()
        return
    with pytest.raises(polyproc.Error) as broken:
        lock.acquire()
    assert broken.value.reason == polyproc.Reason.LOCK_BROKEN


def test_refuses_words_that_it_does_not_know(polyproc_client: polyproc.Polyproc) -> None:
    with pytest.raises(ValueError, match="'release', 'keep' or 'break'"):
        polyproc_client.lock(on_owner_end="die")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="more than 0 seconds"):
        polyproc_client.lock(lease=0)


def test_says_that_a_lease_ran_out(polyproc_client: polyproc.Polyproc, name: str) -> None:
    lock = polyproc_client.lock(name, lease=0.01)
    hold = lock.hold()
    until(lambda: not lock.locked())
    with pytest.raises(polyproc.NotHeld):
        hold.release()
    with polyproc_client.lock(name) as next_one:
        assert next_one.previous_owner_died


def test_guards_calls_while_it_is_held(polyproc_client: polyproc.Polyproc, name: str) -> None:
    lock = polyproc_client.lock(name)
    with lock as hold:
        guarded = polyproc_client.guarded_by(hold)
        event = guarded.event()
        event.set()
        again = pickle.loads(pickle.dumps(event))
    for refused in (event.clear, again.clear, guarded.event):
        with pytest.raises(polyproc.Error) as error:
            refused()
        assert error.value.reason == polyproc.Reason.GUARD_FAILED
    guarded.close()
    assert polyproc_client.event().is_set() is False


def test_of_a_key_is_there_only_while_it_is_used(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    lock = polyproc_client.key_lock(name)
    assert not lock.locked()
    assert lock.holder() is None
    with lock as hold:
        assert hold.token
        assert lock.locked()
        in_thread(lambda: refuse(lock))
        in_thread(lambda: refuse(pickle.loads(pickle.dumps(lock))))
    with pytest.raises(RuntimeError, match="release unlocked lock"):
        lock.release()
    polyproc_client.event(name)  # The name is free.


def test_of_a_key_keeps_its_shape_where_it_is_pickled(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    lock = pickle.loads(pickle.dumps(polyproc_client.key_lock(name, reentrant=True, lease=60)))
    with lock, lock:
        in_thread(lambda: refuse(lock))


def test_is_one_of_several_that_are_acquired_at_once(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    one, other = polyproc_client.lock(f"{name}-1"), polyproc_client.lock(f"{name}-2")
    with polyproc_client.lock_all([one, other]) as held:
        assert len(held.holds) == 2
        in_thread(lambda: refuse(one))
        in_thread(lambda: refuse(other))
    with one, pytest.raises(TimeoutError):
        polyproc_client.lock_all([other, one], timeout=0.01)
    assert not one.locked()
    assert not other.locked()
    keys = [polyproc_client.key_lock(f"{name}-3"), polyproc_client.key_lock(f"{name}-4")]
    with polyproc_client.lock_all(keys, timeout=0):
        assert keys[0].locked()
        assert keys[1].locked()
    for mixed in ([], [one, keys[0]], [one, polyproc_client.lock(f"{name}-2", lease=1)]):
        with pytest.raises(ValueError, match="Expected locks"):
            polyproc_client.lock_all(mixed)


def test_releases_all_of_several_though_one_is_refused(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    one, other = polyproc_client.lock(f"{name}-1"), polyproc_client.lock(f"{name}-2")
    with pytest.raises(polyproc.NotHeld), polyproc_client.lock_all([one, other]):
        in_thread(other.release)
    assert not one.locked()
    assert not other.locked()


def test_leaves_all_lines_when_ctrl_c_ends_a_wait_for_several(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    one, other = polyproc_client.lock(f"{name}-1"), polyproc_client.lock(f"{name}-2")
    with polyproc.connect(daemon.address) as program:
        its = program.lock(f"{name}-2")
        with its:
            with interrupted_once(its.waiters), pytest.raises(KeyboardInterrupt):
                polyproc_client.lock_all([one, other])
            assert not its.waiters()
            assert not one.locked()


def test_refuses_those_of_another_client_among_several(
    polyproc_client: polyproc.Polyproc, daemon: Daemon
) -> None:
    with (
        polyproc.connect(daemon.address) as other,
        pytest.raises(ValueError, match="another one's"),
    ):
        polyproc_client.lock_all([other.lock()])


def test_is_not_held_by_a_forked_child(polyproc_client: polyproc.Polyproc, name: str) -> None:
    lock = polyproc_client.lock(name)
    semaphore = polyproc_client.semaphore(None, 1)
    with lock as hold, semaphore.hold() as permits:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                assert not lock.acquire(blocking=False)
                assert not semaphore.acquire(blocking=False)
                for end in (
                    partial(lock.__exit__, None, None, None),
                    hold.release,
                    permits.release,
                ):
                    with pytest.raises(polyproc.NotHeld):
                        end()
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        holder = lock.holder()
        assert holder is not None
        assert holder.token == hold.token
        assert semaphore.get_value() == 0


def test_leaves_the_line_when_ctrl_c_ends_a_wait(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, name: str
) -> None:
    lock = polyproc_client.lock(name)
    with polyproc.connect(daemon.address) as other:
        its = other.lock(name)
        with its:
            with interrupted_once(its.waiters), pytest.raises(KeyboardInterrupt):
                lock.acquire()
            assert not its.waiters()
        assert not its.locked()
        with its as hold:
            assert not hold.previous_owner_died
    with lock:
        pass


# A connection that is made anew at such a moment is left to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("reentrant", [False, True])
def test_is_not_lost_when_a_signal_comes_at_any_moment(
    polyproc_client: polyproc.Polyproc, daemon: Daemon, reentrant: bool
) -> None:
    name = f"lock-{uuid.uuid4()}"
    lock = polyproc_client.lock(name, reentrant=reentrant)
    interrupted = 0
    with polyproc.connect(daemon.address) as other, interrupting() as alarm:
        seen = other.lock(name, reentrant=reentrant)
        for i in range(400):
            got = False
            try:
                alarm.set(1e-6 * (1 + i * 7 % 400))
                got = lock.acquire()
                alarm.clear()
            except Interrupt:
                interrupted += 1
            if got:
                try:
                    alarm.set(1e-6 * (1 + i * 11 % 400))
                    lock.release()
                    got = False
                    alarm.clear()
                except Interrupt:
                    interrupted += 1
                if got and seen.locked():
                    lock.release()  # It came before the release began.
            assert not seen.locked(), i
    assert interrupted


def test_lets_another_thread_go_on_while_one_waits(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    lock = polyproc_client.lock(name)
    begun = threading.Event()
    threads = Threads()

    def wait() -> None:
        begun.set()
        with lock:
            pass

    with lock:
        threads.start(wait)
        begun.wait()
        until(lock.waiters)
    threads.join()


def test_leaves_nothing_of_keys_that_were_acquired_and_released(
    polyproc_client: polyproc.Polyproc,
) -> None:
    def of(n: int) -> polyproc.Lock:
        return polyproc_client.key_lock(f"{n}-{uuid.uuid4()}")

    for n in range(300):
        with of(n):
            pass
        lock = of(n)
        lock.acquire()
        lock.release()
        of(n).hold().release()
        polyproc_client.lock_all([of(n), of(n)]).release()
        hold = of(n).hold()
        other = threading.Thread(target=hold.release)
        other.start()
        other.join()
    assert not polyproc_client._tenures()


def test_a_late_release_releases_no_hold_of_another_thread(
    polyproc_client: polyproc.Polyproc,
) -> None:
    lock = polyproc_client.lock(f"lock-{uuid.uuid4()}", lease=0.05)
    lasting = polyproc_client.existing_lock(lock.name)
    lock.acquire()
    acquired, over = threading.Event(), threading.Event()
    released: list[BaseException | None] = []

    def hold() -> None:
        lasting.acquire()  # Once the lease is over.
        acquired.set()
        over.wait(60)
        try:
            lasting.release()
            released.append(None)
        except polyproc.Error as e:
            released.append(e)

    other = threading.Thread(target=hold)
    other.start()
    assert acquired.wait(60)
    with pytest.raises(polyproc.NotHeld, match="its lease or its session is over"):
        lock.release()
    assert lock.locked()
    over.set()
    other.join(60)
    assert released == [None]
    assert not lock.locked()


def test_a_release_after_its_session_releases_no_hold_of_another_thread(
    daemon: Daemon, polyproc_client: polyproc.Polyproc
) -> None:
    with polyproc.connect(daemon.address) as client:
        lock = client.lock(f"lock-{uuid.uuid4()}")
        lock.acquire()
        polyproc_client.admin.close_session(client._session_now().opened.number)
        other = threading.Thread(target=_acquire_anew, args=[lock])
        other.start()
        other.join(60)
        with pytest.raises(polyproc.NotHeld, match="its lease or its session is over"):
            lock.release()
        assert lock.locked()


def _acquire_anew(lock: polyproc.Lock) -> None:
    with contextlib.suppress(polyproc.SessionLost):
        lock.acquire()
    if not lock.locked():
        lock.acquire()


def test_may_be_released_by_threads_in_turn(polyproc_client: polyproc.Polyproc) -> None:
    lock = polyproc_client.lock()
    for _ in range(3):
        lock.acquire()
        mine = threading.Thread(target=lock.release)
        mine.start()
        mine.join(60)
        theirs = threading.Thread(target=lock.acquire)
        theirs.start()
        theirs.join(60)
        lock.release()
        assert not lock.locked()
