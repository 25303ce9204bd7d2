"""Sessions that a program opens for its children."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import polyproc
from daemons import Daemon
from extents import methods, on_newest
from polyproc._pickled import PICKLE


def _sessions(client: polyproc.Polyproc) -> set[int]:
    return {session.number for session in client.admin.sessions()}


def _sees_only(client: polyproc.Polyproc, sessions: set[int]) -> bool:
    """The daemon notices by itself that a process is gone; each look is a call."""
    until = time.monotonic() + 10
    while _sessions(client) - sessions:
        if time.monotonic() > until:
            return False
    return True


def _forked(run: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        run()
        code = 0
    except BaseException as e:
        sys.stderr.write(f"{type(e).__name__}: {e}\n")
    finally:
        os._exit(code)


def _outcome(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _there(client: polyproc.Polyproc, name: str) -> bool:
    return name in [o.name for o in client.admin.objects(prefix=name)]


def _descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def _set(child: polyproc.ChildSession, done: str) -> None:
    with polyproc.connect(child=child) as client:
        (event,) = child.handles
        assert isinstance(event, polyproc.Event)
        assert event.is_set()
        client.event(done).set()


@pytest.mark.parametrize("method", methods("spawn", "forkserver"))
def test_has_what_its_parent_has_let_go_of(polyproc_client: polyproc.Polyproc, method: str) -> None:
    event = polyproc_client.event()
    event.set()
    done = polyproc_client.event(f"done-{uuid.uuid4()}")
    child = polyproc_client.for_child(event)
    name = event.name
    del event
    polyproc_client.event().is_set()  # The daemon is told of what is gone before this.
    assert _there(polyproc_client, name)
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        pool.submit(_set, child, done.name).result()
    assert done.is_set()
    assert not _there(polyproc_client, name)
    assert child.number not in _sessions(polyproc_client)


def test_is_attached_to_after_a_fork(polyproc_client: polyproc.Polyproc) -> None:
    event = polyproc_client.event()
    other = polyproc_client.event()
    before = _sessions(polyproc_client)
    child = polyproc_client.for_child(event)
    [waiting] = [s for s in polyproc_client.admin.sessions() if s.number == child.number]
    assert waiting.client == f"for a child of {polyproc_client._name}"
    assert waiting.time_to_live == 600

    def run() -> None:
        polyproc_client.attach(child)
        assert child.handles == (event,)
        assert child.handles[0] is event
        described = polyproc_client.admin.describe(other.name)
        assert described.object.retaining_sessions == 2
        assert child.number not in _sessions(polyproc_client)
        event.set()
        other.set()

    assert _outcome(_forked(run)) == 0
    assert event.is_set()
    assert other.is_set()
    assert _sees_only(polyproc_client, before)


def test_lets_go_of_what_it_was_handed(polyproc_client: polyproc.Polyproc) -> None:
    event = polyproc_client.event()
    child = pickle.loads(pickle.dumps(polyproc_client.for_child(event)))
    assert "handles" not in repr(child)
    with pytest.raises(RuntimeError, match="which take it over"):
        _ = child.handles
    with polyproc.connect(child=child):
        name = event.name
        del event
        polyproc_client.event().is_set()
        assert _there(polyproc_client, name)
        (mine,) = child.handles
        del child
        assert mine.is_set() is False
        client = mine._client
        del mine
        client.event().is_set()
        assert not _there(polyproc_client, name)


def test_gives_its_locks_on_when_it_is_killed(polyproc_client: polyproc.Polyproc) -> None:
    lock = polyproc_client.lock()
    held = polyproc_client.event()
    before = _sessions(polyproc_client)
    child = polyproc_client.for_child(lock)

    def run() -> None:
        polyproc_client.attach(child)
        lock.acquire()
        held.set()
        signal.pause()

    process = _forked(run)
    assert held.wait(10)
    assert not lock.acquire(blocking=False)
    died: list[bool] = []

    def acquire() -> None:
        with lock as hold:
            died.append(hold.previous_owner_died)

    waiter = threading.Thread(target=acquire)
    waiter.start()
    os.kill(process, signal.SIGKILL)
    waiter.join(10)
    assert _outcome(process) == -signal.SIGKILL
    assert died == [True]
    assert _sees_only(polyproc_client, before)


def test_is_taken_over_once(polyproc_client: polyproc.Polyproc) -> None:
    child = polyproc_client.for_child()
    with polyproc.connect(child=child):
        there = _sessions(polyproc_client)
        with pytest.raises(polyproc.Error) as refused:
            polyproc.connect(child=child)
        assert refused.value.reason == polyproc.Reason.SESSION_NOT_FOUND
        assert _sessions(polyproc_client) == there


def test_is_attached_to_before_the_first_call(polyproc_client: polyproc.Polyproc) -> None:
    with polyproc_client.for_child() as child:
        with pytest.raises(RuntimeError, match="has a session already"):
            polyproc_client.attach(child)

        def run() -> None:
            polyproc_client.event()
            with pytest.raises(RuntimeError, match="has a session already"):
                polyproc_client.attach(child)

        assert _outcome(_forked(run)) == 0


def test_is_closed_where_no_child_came(polyproc_client: polyproc.Polyproc) -> None:
    event = polyproc_client.event()
    name = event.name
    with polyproc_client.for_child(event) as child:
        del event
        polyproc_client.event().is_set()
        assert _there(polyproc_client, name)
        assert child.number in _sessions(polyproc_client)
    assert not _there(polyproc_client, name)
    assert child.number not in _sessions(polyproc_client)
    child.close()
    pickle.loads(pickle.dumps(child)).close()


def test_ends_with_its_time_to_live_where_no_child_comes(
    polyproc_client: polyproc.Polyproc,
) -> None:
    event = polyproc_client.event()
    name = event.name
    child = polyproc_client.for_child(event, time_to_live=1)
    del event
    polyproc_client.event().is_set()
    while _there(polyproc_client, name):
        pass  # The daemon ends it: there is nothing to wait by.
    with pytest.raises(polyproc.Error):
        polyproc.connect(child=child)


def test_hands_nothing_over_where_something_is_gone(polyproc_client: polyproc.Polyproc) -> None:
    event, other = polyproc_client.event(f"event-{uuid.uuid4()}"), polyproc_client.event()
    polyproc_client.admin.delete(event.name)
    before = _sessions(polyproc_client)
    with pytest.raises(polyproc.Error) as gone:
        polyproc_client.for_child(other, event)
    assert gone.value.reason == polyproc.Reason.OBJECT_DELETED
    assert _sessions(polyproc_client) == before
    assert polyproc_client.admin.describe(other.name).object.retaining_sessions == 1


def test_goes_on_where_its_parent_dies(polyproc_client: polyproc.Polyproc) -> None:
    key = f"child-{uuid.uuid4()}"
    polyproc_client.event(f"{key}/dead")
    polyproc_client.event(f"{key}/done")
    program = f"""
import os, polyproc, signal
client = polyproc.connect()
event = client.event()
child = client.for_child(event)
if os.fork():
    signal.pause()
client.attach(child)
client.event("{key}/ready").set()
client.event("{key}/dead").wait()
event.set()
assert event.is_set()
client.event("{key}/done").set()
"""
    ready = polyproc_client.event(f"{key}/ready")
    environment = os.environ | {"POLYPROC_ADDRESS": str(polyproc_client._dialer.address)}
    parent = subprocess.Popen([sys.executable, "-c", program], env=environment)
    assert ready.wait(30)
    parent.kill()
    parent.wait()
    polyproc_client.event(f"{key}/dead").set()
    assert polyproc_client.event(f"{key}/done").wait(30)


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_comes_while_other_threads_wait(polyproc_client: polyproc.Polyproc) -> None:
    event = polyproc_client.event()
    waiting = [threading.Thread(target=event.wait) for _ in range(8)]
    for thread in waiting:
        thread.start()
    counted = polyproc_client.semaphore(None, 0)
    children = []
    for _ in range(20):
        child = polyproc_client.for_child(event, counted)

        def run(child: polyproc.ChildSession = child) -> None:
            polyproc_client.attach(child)
            counted.release()
            event.wait()

        children.append(_forked(run))
    assert counted.acquire(timeout=30, permits=20)
    event.set()
    for thread in waiting:
        thread.join()
    assert [_outcome(child) for child in children] == [0] * 20


def test_keeps_guard_and_settings_of_handles(polyproc_client: polyproc.Polyproc) -> None:
    lock = polyproc_client.lock(lease=5.0)
    with lock as hold:
        guarded = polyproc_client.guarded_by(hold).event()
        with (
            polyproc_client.guarded_by(hold).for_child(lock, guarded) as child,
            polyproc.connect(child=pickle.loads(pickle.dumps(child))),
        ):
            pass
        child = pickle.loads(pickle.dumps(polyproc_client.for_child(lock, guarded)))
        with polyproc.connect(child=child):
            other, event = child.handles
            assert other._settings() == lock._settings()
            assert isinstance(event, polyproc.Event)
            event.set()
            hold.release()
            with pytest.raises(polyproc.Error) as refused:
                event.set()
            assert refused.value.reason == polyproc.Reason.GUARD_FAILED
            lock.acquire()


def test_is_refused_by_a_client_that_is_closed(daemon: Daemon) -> None:
    client = polyproc.connect(daemon.address)
    client.close()
    with pytest.raises(polyproc.Error, match="it was closed"):
        client.for_child()


def test_has_codecs_of_what_it_is_handed(polyproc_client: polyproc.Polyproc) -> None:
    jobs = polyproc_client.queue(codec=PICKLE)
    numbers = polyproc_client.shared_array(None, "int64", 4)
    jobs.put({1, 2})
    child = pickle.loads(pickle.dumps(polyproc_client.for_child(jobs, numbers)))
    with polyproc.connect(child=child):
        mine, shared = child.handles
        assert isinstance(mine, polyproc.Queue)
        assert mine.get() == {1, 2}
        assert isinstance(shared, polyproc.SharedArray)
        shared[1] = 7
        assert numbers[1] == 7


def test_has_the_end_of_a_pipe_until_it_dies(polyproc_client: polyproc.Polyproc) -> None:
    mine, other = polyproc_client.pipe()
    child = polyproc_client.for_child(other)

    def run() -> None:
        polyproc_client.attach(child)
        (end,) = child.handles
        assert end is other
        mine.close()
        other.send("here")
        signal.pause()

    process = _forked(run)
    other.close()
    assert mine.recv() == "here"
    os.kill(process, signal.SIGKILL)
    with pytest.raises(EOFError):
        mine.recv()
    assert _outcome(process) == -signal.SIGKILL


def test_does_not_show_its_secret(polyproc_client: polyproc.Polyproc) -> None:
    with polyproc_client.for_child() as child:
        assert repr(child) == f"<ChildSession {child.number} at {child._address}>"
        assert child._opened.session not in repr(child)


def test_works_through_tcp(daemon: Daemon) -> None:
    with polyproc.connect(f"localhost:{daemon.port}", token=daemon.token) as client:
        event = client.event()
        child = client.for_child(event)
        assert daemon.token.encode() not in pickle.dumps(child)
        program = (
            "import pickle, polyproc, sys; child = pickle.load(sys.stdin.buffer);"
            "client = polyproc.connect(child=child); child.handles[0].set(); client.close()"
        )
        subprocess.run(
            [sys.executable, "-c", program],
            input=pickle.dumps(child),
            env=os.environ | {"POLYPROC_TOKEN": daemon.token},
            check=True,
        )
        assert event.is_set()
        assert child.number not in _sessions(client)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process by /proc")
def test_gives_its_locks_on_through_tcp(polyproc_client: polyproc.Polyproc, daemon: Daemon) -> None:
    lock = polyproc_client.lock()
    with polyproc.connect(f"localhost:{daemon.port}", token=daemon.token) as client:
        child = client.for_child(lock, time_to_live=60)
    program = (
        "import pickle, polyproc, signal, sys; child = pickle.load(sys.stdin.buffer);"
        "client = polyproc.connect(child=child, time_to_live=60); child.handles[0].acquire();"
        "print('held', flush=True); signal.pause()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"POLYPROC_TOKEN": daemon.token},
    ) as process:
        assert process.stdin is not None
        process.stdin.write(pickle.dumps(child))
        process.stdin.close()
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert not lock.acquire(blocking=False)
        process.kill()
        assert lock.acquire(timeout=20)


@on_newest
def test_leaves_no_session_after_many_children(polyproc_client: polyproc.Polyproc) -> None:
    counted = polyproc_client.semaphore(None, 0)
    before = _sessions(polyproc_client)
    descriptors = _descriptors()
    for number in range(200):
        child = polyproc_client.for_child(counted)

        def run(child: polyproc.ChildSession = child, number: int = number) -> None:
            polyproc_client.attach(child)
            counted.release()
            if number % 2:
                os.kill(os.getpid(), signal.SIGKILL)

        assert _outcome(_forked(run)) == (-signal.SIGKILL if number % 2 else 0)
    assert counted.acquire(timeout=10, permits=200)
    assert _sees_only(polyproc_client, before)
    assert _descriptors() == descriptors
    assert polyproc_client.admin.describe(counted.name).object.retaining_sessions == 1


def test_is_handed_handles_alone(polyproc_client: polyproc.Polyproc) -> None:
    hand_over: Any = polyproc_client.for_child
    event = polyproc_client.event()
    for wrong in ("x", None, [event]):
        with pytest.raises(TypeError, match=r"^Expected handles of objects, each for itself"):
            hand_over(event, wrong)
