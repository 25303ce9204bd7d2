"""Nothing is lost, and nothing counts twice, wherever a signal's exception comes."""

from __future__ import annotations

import contextlib
import copy
import gc
import itertools
import pickle
import random
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from types import FrameType

import pytest

import polyproc
from children import MOST_SECONDS, until, young_garbage
from daemons import Daemon
from interruptions import Run, everywhere, then_everywhere, twice
from polyproc._frames import owner_field
from polyproc._object import OWNER
from polyproc._pending import Pending
from polyproc._semaphore import _RELEASE
from polyproc.v1 import pool_pb2
from waits import finish

pytestmark = [
    # A connection that is made anew at such a moment is left to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

Runs = Callable[[Callable[[], object]], Iterator[Run[object]]]


class Handled(Exception):
    """What a handler may raise as well."""


class LikeRefused(polyproc.Error, TimeoutError):
    """What a handler raises that looks like the daemon's refusal, and like its silence."""

    def __init__(self) -> None:
        super().__init__("by a handler", polyproc.Reason.NOT_HELD)


@pytest.fixture(params=["everywhere", "everywhere-exception", "twice"])
def runs(request: pytest.FixtureRequest) -> Runs:
    if request.param == "everywhere":
        return everywhere
    if request.param == "twice":
        return lambda action: twice(action, 100)
    return lambda action: everywhere(action, Handled)


@pytest.fixture(params=["everywhere", "everywhere-like-refused", "then-everywhere", "twice"])
def lock_runs(request: pytest.FixtureRequest) -> Runs:
    """Also with exceptions that look like the daemon's answers."""
    if request.param == "everywhere":
        return lambda action: everywhere(action, step=2)
    if request.param == "then-everywhere":
        return lambda action: then_everywhere(action, step=3)
    if request.param == "twice":
        return lambda action: itertools.chain(
            twice(action, 25), twice(action, 75, seed=21, kind=LikeRefused)
        )
    return lambda action: everywhere(action, LikeRefused)


@pytest.fixture
def other(daemon: Daemon) -> Iterator[polyproc.Polyproc]:
    """Another client, which is never interrupted."""
    with polyproc.connect(daemon.address) as client:
        yield client


@pytest.fixture
def name() -> str:
    return f"interrupted-{uuid.uuid4()}"


def ends_outside(run: Run[object]) -> bool:
    """Whether it came at the entry of what ends the block: the block's own code, so to say."""
    return any("__exit__ entry" in place or "release entry" in place for place in run.places)


def is_at_the_edge(run: Run[object]) -> bool:
    """Whether it came where a block has not begun, or its end has not."""
    return any("__enter__ entry" in place or "__exit__ entry" in place for place in run.places)


def assert_free(acquire: Callable[[], bool], release: Callable[[], object], of: object) -> None:
    assert acquire(), of
    release()


@pytest.mark.parametrize("reentrant", [False, True])
def test_leaves_no_lock_held_by_a_block(
    polyproc_client: polyproc.Polyproc,
    other: polyproc.Polyproc,
    name: str,
    reentrant: bool,
    lock_runs: Runs,
) -> None:
    lock = polyproc_client.lock(name, reentrant=reentrant)
    seen = other.lock(name, reentrant=reentrant)

    def act() -> None:
        with lock:
            pass

    for run in lock_runs(act):
        if ends_outside(run):
            with contextlib.suppress(RuntimeError):
                lock.release()
        assert_free(lambda: seen.acquire(timeout=MOST_SECONDS), seen.release, run)
        assert not polyproc_client._tenures(), run


def test_leaves_a_lock_held_as_often_as_before(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, lock_runs: Runs
) -> None:
    lock = polyproc_client.lock(name, reentrant=True)
    seen = other.lock(name, reentrant=True)

    def act() -> None:
        with lock:
            pass

    lock.acquire()
    tenure = lock._held()
    assert tenure is not None
    for run in lock_runs(act):
        if ends_outside(run) and tenure.count == 2:
            lock.release()
        assert tenure.count == 1, run
        assert lock._found(tenure.owner) == (tenure.token, 1), run
    lock.release()
    assert_free(lambda: seen.acquire(blocking=False), seen.release, lock)


def test_says_whether_a_lock_was_acquired(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, lock_runs: Runs
) -> None:
    lock = polyproc_client.lock(name)
    seen = other.lock(name)
    for run in lock_runs(lock.acquire):
        if run.results:
            lock.release()
        assert_free(lambda: seen.acquire(timeout=MOST_SECONDS), seen.release, run)


@pytest.mark.parametrize("method", ["hold", "release"])
def test_gives_a_hold_or_holds_nothing(
    polyproc_client: polyproc.Polyproc,
    other: polyproc.Polyproc,
    name: str,
    method: str,
    lock_runs: Runs,
) -> None:
    lock = polyproc_client.lock(name)
    seen = other.lock(name)
    holds: list[polyproc.Hold] = []

    def act() -> None:
        holds.append(lock.hold())
        if method == "release":
            holds[-1].release()

    for run in lock_runs(act):
        for hold in holds:
            hold.release()
        holds.clear()
        assert_free(lambda: seen.acquire(timeout=MOST_SECONDS), seen.release, run)


def test_releases_though_two_alarms_come_shortly_one_after_the_other(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str
) -> None:
    """As programs have it that bound a time by an alarm: an exception at any place, and another."""
    lock = polyproc_client.lock(name)
    seen = other.lock(name)
    noise = random.Random(22)
    left: list[int] = []

    def strike(_number: int, frame: FrameType | None) -> None:
        if not left:
            return  # One came before the timer was stopped.
        left.pop()
        if not left:
            signal.setitimer(signal.ITIMER_REAL, 0)
        within = frame
        while within is not None:
            if within.f_code is polyproc.Lock.release.__code__:
                raise LikeRefused
            within = within.f_back

    handler = signal.signal(signal.SIGALRM, strike)
    try:
        for _ in range(100):
            lock.acquire()
            left[:] = [2, 1]
            signal.setitimer(signal.ITIMER_REAL, noise.uniform(1e-5, 5e-4), 150e-6)
            with contextlib.suppress(LikeRefused):
                lock.release()
            until(lambda: not left)
            if polyproc_client._tenures():
                lock.release()  # It came before the release began.
            assert_free(lambda: seen.acquire(timeout=MOST_SECONDS), seen.release, lock)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)


@pytest.mark.parametrize("way", ["read", "write"])
def test_leaves_no_way_of_a_read_write_lock_held(
    polyproc_client: polyproc.Polyproc,
    other: polyproc.Polyproc,
    name: str,
    way: str,
    lock_runs: Runs,
) -> None:
    lock = polyproc_client.rwlock(name)
    seen = other.rwlock(name).write
    one = lock.read if way == "read" else lock.write

    def act() -> None:
        with one:
            pass

    for run in lock_runs(act):
        if ends_outside(run):
            with contextlib.suppress(RuntimeError):
                one.release()
        assert_free(lambda: seen.acquire(timeout=MOST_SECONDS), seen.release, run)


@pytest.mark.parametrize("way", ["read", "write"])
def test_leaves_a_way_held_as_often_as_before(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, way: str
) -> None:
    lock = polyproc_client.rwlock(name)
    one = lock.read if way == "read" else lock.write
    page = other.admin.server_info().limits.page_size
    if way == "read":
        read_by_many(other.rwlock(name), page + 1)

    def act() -> object:
        with one:
            pass
        return None

    one.acquire()
    one.acquire()
    tenure = one._held()
    assert tenure is not None
    for run in twice(act, 30, kind=LikeRefused):
        if ends_outside(run) and tenure.count == 3:
            one.release()
        assert tenure.count == 2, run
        assert one._found(tenure.owner) == (tenure.token, 2), run
    one.release()
    one.release()
    assert one._found(tenure.owner) is None
    assert lock._get().reading == (page + 1 if way == "read" else 0)


def read_by_many(lock: polyproc.RWLock, readers: int) -> None:
    """As so many threads do."""
    session = lock._client._session_now()
    for pending in [
        session.post(
            lock.read._ACQUIRE, lock.read._acquiring, owner_field(f"#{i}") + lock._call_fields
        )
        for i in range(readers)
    ]:
        session.result(pending, MOST_SECONDS)


def test_acquires_all_locks_or_none(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, lock_runs: Runs
) -> None:
    locks = [polyproc_client.lock(f"{name}-{i}") for i in range(3)]
    seen = [other.lock(f"{name}-{i}") for i in range(3)]
    all_held: list[polyproc.HeldLocks] = []

    def act() -> None:
        all_held.append(polyproc_client.lock_all(locks))

    for run in lock_runs(act):
        for held in all_held:
            held.release()
        all_held.clear()
        other.lock_all(seen, timeout=MOST_SECONDS).release()
        assert not polyproc_client._tenures(), run


def test_leaves_none_of_many_locks_held_by_a_block(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, lock_runs: Runs
) -> None:
    locks = [polyproc_client.lock(f"{name}-{i}") for i in range(2)]
    seen = [other.lock(f"{name}-{i}") for i in range(2)]
    all_held: list[polyproc.HeldLocks] = []

    def act() -> None:
        with all_held[0]:
            pass

    def with_locks() -> Iterator[Run[object]]:
        all_held.append(polyproc_client.lock_all(locks))
        for run in lock_runs(act):
            yield run
            all_held[0] = polyproc_client.lock_all(locks)
        all_held[0].release()

    for run in with_locks():
        if is_at_the_edge(run):
            all_held[0].release()
        assert not polyproc_client._tenures(), run
        other.lock_all(seen, timeout=MOST_SECONDS).release()


def test_notes_no_lock_that_it_released_for_another_thread(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    lock = polyproc_client.lock(name)

    def acquire() -> None:
        thread = threading.Thread(target=lock.acquire)
        thread.start()
        thread.join()

    def with_lock() -> Iterator[Run[None]]:
        acquire()
        for run in everywhere(lock.release, LikeRefused):
            yield run
            acquire()
        lock.release()

    for run in with_lock():
        assert lock.locked() == bool(polyproc_client._tenures()), run
        if lock.locked():
            lock.release()


def test_has_its_lock_again_after_a_wait(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, lock_runs: Runs
) -> None:
    lock = polyproc_client.lock(name)
    condition = polyproc_client.condition(f"{name}-c", lock)
    seen = other.lock(name)

    def act() -> None:
        condition.wait(0)

    lock.acquire()
    for run in lock_runs(act):
        tenure = lock._held()
        assert tenure is not None, run
        assert lock._found(tenure.owner) == (tenure.token, 1), run
    lock.release()
    assert_free(lambda: seen.acquire(blocking=False), seen.release, lock)


def test_leaves_no_round_of_a_barrier_without_its_action(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, lock_runs: Runs
) -> None:
    def action() -> None:
        pass

    barrier = polyproc_client.barrier(name, 1, action)
    seen = other.existing_barrier(name, action)
    for run in lock_runs(barrier.wait):
        seen.mend()
        try:
            seen.wait(MOST_SECONDS)
        except polyproc.BrokenBarrier:
            raise AssertionError(run) from None


def test_acquires_permits_or_none(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, lock_runs: Runs
) -> None:
    semaphore = polyproc_client.semaphore(name, 5, on_owner_end="release")
    seen = other.existing_semaphore(name)
    all_held: list[polyproc.Permits] = []

    def act() -> None:
        all_held.append(semaphore.hold(2))

    for run in lock_runs(act):
        for held in all_held:
            held.release()
        all_held.clear()
        until(lambda: seen.get_value() == 5, run)  # Where it was interrupted twice, a little later.


def test_has_a_connection_for_what_it_takes_back(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str
) -> None:
    """Else the daemon might hear of it by the next call only, which may be far."""
    semaphore = polyproc_client.semaphore(name, 5, on_owner_end="release")
    seen = other.existing_semaphore(name)
    session = polyproc_client._session_now()
    all_held: list[polyproc.Permits] = []

    def act() -> None:
        all_held.append(semaphore.hold(2))

    for run in then_everywhere(act, within="Connection._take"):
        assert session._connection is not None, run
        for held in all_held:
            held.release()
        all_held.clear()
        until(lambda: seen.get_value() == 5, run)


def test_serves_who_calls_while_it_makes_a_connection_for_what_it_sees_through(
    polyproc_client: polyproc.Polyproc, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler, or a finalizer."""
    semaphore = polyproc_client.semaphore(name, 5)
    session = polyproc_client._session_now()
    semaphore.acquire()
    request = semaphore._releasing(1, 0).SerializeToString()
    release = Pending(_RELEASE.fields, request, OWNER.field + semaphore._call_fields)
    session.see_to(release)
    with session._lock:
        assert session._connection is not None
        session._drop(session._connection)
    dial, amid = session._dialer.dial, iter([semaphore.get_value])
    values: list[int] = []

    def dial_amid_a_call(seconds: float) -> object:
        for call in amid:
            values.append(call())
        return dial(seconds)

    monkeypatch.setattr(session._dialer, "dial", dial_amid_a_call)
    session.see_to(release)
    assert len(values) == 1
    until(lambda: semaphore.get_value() == 5)


def test_releases_permits_once(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, lock_runs: Runs
) -> None:
    semaphore = polyproc_client.semaphore(name, 5)
    seen = other.existing_semaphore(name)
    all_held: list[polyproc.Permits] = []

    def act() -> None:
        all_held[-1].release()

    def with_permits() -> Iterator[Run[object]]:
        all_held.append(semaphore.hold(2))
        for run in lock_runs(act):
            yield run
            all_held.append(semaphore.hold(2))
        all_held.pop().release()

    for run in with_permits():
        if ends_outside(run):
            all_held[-1].release()
        until(lambda: seen.get_value() == 5, run)


def test_leaves_no_permits_held_by_a_block(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, lock_runs: Runs
) -> None:
    semaphore = polyproc_client.semaphore(name, 5)
    seen = other.existing_semaphore(name)
    all_held = [semaphore.hold(2)]

    def act() -> None:
        with all_held[-1]:
            pass

    for run in lock_runs(act):
        if is_at_the_edge(run):
            all_held[-1].release()
        until(lambda: seen.get_value() == 5, run)
        all_held.append(semaphore.hold(2))


def test_says_whether_permits_were_acquired(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, lock_runs: Runs
) -> None:
    semaphore = polyproc_client.semaphore(name, 5)
    seen = other.existing_semaphore(name)
    for run in lock_runs(lambda: semaphore.acquire(permits=2)):
        if run.results:
            semaphore.release(2)
        until(lambda: seen.get_value() == 5, run)  # Where it was interrupted twice, a little later.


def test_says_how_many_permits_were_drained(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, lock_runs: Runs
) -> None:
    semaphore = polyproc_client.semaphore(name, 5)
    seen = other.existing_semaphore(name)
    for run in lock_runs(semaphore.drain):
        if run.results:
            semaphore.release(5)
        until(lambda: seen.get_value() == 5, run)  # Where it was interrupted twice, a little later.


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_refuses_to_copy_what_was_acquired(
    polyproc_client: polyproc.Polyproc, name: str, copied: Callable[[object], object]
) -> None:
    first, second = (polyproc_client.lock(f"{name}-{i}") for i in range(2))
    semaphore = polyproc_client.semaphore(f"{name}-s", 1)
    with first.hold() as hold, polyproc_client.lock_all([second]) as held:
        for refusing in (hold, held, semaphore.hold()):
            with pytest.raises(TypeError, match="to stay with who acquired it"):
                copied(refusing)


def test_gets_each_item_once(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, runs: Runs
) -> None:
    queue = polyproc_client.queue(name)
    seen = other.queue(name)
    got: list[object] = []

    def act() -> None:
        got.append(queue.get())

    seen.put(0)
    for n, run in enumerate(runs(act)):
        if not got:
            got.append(seen.get(timeout=MOST_SECONDS))
        assert got == [n], run
        got.clear()
        assert seen.empty(), run
        seen.put(n + 1)


def test_gets_each_of_many_items_once(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, runs: Runs
) -> None:
    queue = polyproc_client.queue(name)
    seen = other.queue(name)
    got: list[object] = []

    def act() -> None:
        got.append(queue.get_many(3))

    seen.put_many([0, 1, 2])
    for run in runs(act):
        if not got:
            until(lambda: seen.qsize() == 3)
            got.append(seen.get_many(3))
        assert got == [[0, 1, 2]], run
        got.clear()
        assert seen.empty(), run
        seen.put_many([0, 1, 2])


def test_leaves_no_item_reserved(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, runs: Runs
) -> None:
    queue = polyproc_client.queue(name)
    seen = other.queue(name)
    acknowledged: list[object] = []

    def act() -> None:
        delivery = queue.reserve()
        delivery.acknowledge()
        acknowledged.append(delivery.item)

    seen.put(0)
    with young_garbage():
        for n, run in enumerate(runs(act)):
            run.raised = None  # With its frames goes the delivery that they have.
            gc.collect()
            polyproc_client.queue(f"{name}-other").qsize()
            until(lambda: seen.info().reserved == 0)
            left = seen.get_many(2) if seen.qsize() else []
            assert [*acknowledged, *left] in ([n], []), run  # Which it was, an exception may hide.
            acknowledged.clear()
            seen.put(n + 1)


def test_receives_each_message_once(polyproc_client: polyproc.Polyproc, runs: Runs) -> None:
    end, far = polyproc_client.pipe()
    got: list[object] = []

    def act() -> None:
        got.append(end.recv())

    far.send(0)
    for n, run in enumerate(runs(act)):
        if not got:
            got.append(end.recv())
        assert got == [n], run
        got.clear()
        assert not end.poll(), run
        far.send(n + 1)


def _serve(pool: polyproc.Pool, times: int) -> None:
    """Runs tasks as a worker does, each of which returns its argument."""
    request = pool_pb2.PoolTakeRequest(pool=pool.name)
    request.timeout.FromSeconds(int(MOST_SECONDS))
    for _ in range(times):
        [run] = pool._take(request).runs
        done = pool_pb2.PoolCompletion(run=run.run, value=run.call.payload.list.values[0])
        pool._complete([done])


def test_gives_each_result_of_a_task_once(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, runs: Runs
) -> None:
    pool = polyproc_client.pool(name)
    seen = other.existing_pool(name)
    pending = pool.submit("f", 0)
    _serve(seen, 1)

    def act() -> object:
        return pending.result(MOST_SECONDS)

    for n, run in enumerate(runs(act)):
        assert act() == n, run
        pending = pool.submit("f", n + 1)
        _serve(seen, 1)
    pool.delete()


def test_gives_each_result_of_a_job_once(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, runs: Runs
) -> None:
    pool = polyproc_client.pool(name)
    seen = other.existing_pool(name)
    job = pool.job()
    results = job.results(timeout=MOST_SECONDS, at_once=2)
    got: list[polyproc.TaskResult] = []

    def act() -> None:
        got.append(next(results))

    submitted = 4
    for n in range(submitted):
        job.submit("f", n)
    _serve(seen, submitted)
    for run in runs(act):
        assert len({result.task for result in got}) == len(got), run
        if submitted < len(got) + 4:
            job.submit("f", submitted)
            submitted += 1
            _serve(seen, 1)
    while len(got) < submitted:
        act()
    assert sorted(result.value for result in got) == list(range(submitted))
    pool.delete()


def test_calls_for_each_element_once(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc, name: str, runs: Runs
) -> None:
    pool = polyproc_client.pool(name)
    seen = other.existing_pool(name)
    results = pool.imap("f", itertools.count(), ahead=1)
    got: list[object] = []
    server = threading.Thread(target=_serve_all, args=(seen,), daemon=True)
    server.start()

    def act() -> None:
        got.append(results.next(MOST_SECONDS))

    for run in runs(act):
        if not run.results:
            act()
        assert got == list(range(len(got))), run
    pool.delete()
    finish(server)


def _serve_all(pool: polyproc.Pool) -> None:
    with contextlib.suppress(polyproc.Error):  # Until it is deleted.
        while True:
            _serve(pool, 1)
