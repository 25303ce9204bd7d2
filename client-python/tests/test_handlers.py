"""Calls in handlers of signals and in finalizers, in the middle of another call of their thread."""

from __future__ import annotations

import contextlib
import gc
import os
import queue as standard
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import polyproc
from children import young_garbage
from daemons import Daemon
from extents import LONG, PYTHONS, SHARE
from peers import SECONDS
from raw import Raw, threads, until


@pytest.fixture
def raw(polyproc_client: polyproc.Polyproc) -> Raw:
    return Raw(polyproc_client)


@pytest.fixture
def other(daemon: Daemon) -> Iterator[Raw]:
    """Another client, which is never interrupted."""
    with polyproc.connect(daemon.address) as client:
        yield Raw(client)


@contextlib.contextmanager
def handled(action: Callable[[], object]) -> Iterator[list[object]]:
    """SIGUSR1 does it; what came of it each time is in the list."""
    came: list[object] = []

    def handler(_: int, __: FrameType | None) -> None:
        try:
            came.append(action())
        except Exception as e:
            came.append(e)

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        yield came
    finally:
        signal.signal(signal.SIGUSR1, before)


def interrupt() -> None:
    main = threading.main_thread().ident
    assert main is not None
    signal.pthread_kill(main, signal.SIGUSR1)


def _while_waiting(raw: Raw, other: Raw, action: Callable[[], object], often: int = 3) -> object:
    """What comes of it the first time, in the middle of a get that waits and is served then."""
    queue = raw.queue()
    with handled(action) as came:

        def signals() -> None:
            for n in range(often):
                other.await_waiting(queue, 1)
                interrupt()
                until(lambda n=n: len(came) > n)  # type: ignore[misc]
            other.put(queue, "served")

        with threads(signals) as raised:
            assert raw.get(queue) == "served"
    assert not raised
    return came[0]


# While a call waits.


def test_sets_an_event_while_a_get_waits(raw: Raw, other: Raw) -> None:
    event = raw.client.event()
    _while_waiting(raw, other, event.set)
    assert event.is_set()


def test_puts_and_gets_while_a_get_waits(raw: Raw, other: Raw) -> None:
    queue = raw.client.queue()
    queue.put_many(["a", "b", "c"])

    def move() -> object:
        item = queue.get(timeout=5)
        queue.put(item)
        return item

    assert _while_waiting(raw, other, move) == "a"
    assert queue.get_many() == ["a", "b", "c"]


def test_runs_out_of_time_while_a_get_waits(raw: Raw, other: Raw) -> None:
    queue = raw.client.queue()
    came = _while_waiting(raw, other, lambda: queue.get(timeout=0.01))
    assert isinstance(came, standard.Empty)


def test_carries_large_values_while_a_get_waits(raw: Raw, other: Raw) -> None:
    queue = raw.client.queue()
    queue.put("x" * 3_000_000)

    def move() -> object:
        item = queue.get()
        queue.put(item)
        return item

    assert _while_waiting(raw, other, move, 1) == "x" * 3_000_000
    assert queue.qsize() == 1


def test_is_refused_what_is_refused_elsewhere_while_a_get_waits(raw: Raw, other: Raw) -> None:
    came = _while_waiting(raw, other, lambda: raw.client.existing_queue("never-made"))
    assert isinstance(came, polyproc.Error)
    assert came.reason == "OBJECT_NOT_FOUND"


def test_releases_in_the_same_threads_name_while_a_get_waits(raw: Raw, other: Raw) -> None:
    lock = raw.client.lock()
    lock.acquire()
    assert _while_waiting(raw, other, lock.release, 1) is None
    assert not lock.locked()

    def both() -> bool:
        with lock:
            return lock.locked()

    assert _while_waiting(raw, other, both) is True
    assert not lock.locked()


def test_keeps_its_guard_while_a_get_waits(raw: Raw, other: Raw) -> None:
    lock = raw.client.lock("of-a-händler:" + raw.queue())
    with lock as hold:
        guarded = raw.client.guarded_by(hold).dict("guarded-" + raw.queue())
        assert _while_waiting(raw, other, lambda: guarded.setdefault("k", 1)) == 1
    came = _while_waiting(raw, other, lambda: guarded.setdefault("k", 2))
    assert isinstance(came, polyproc.Error)
    assert came.reason == "GUARD_FAILED"


def test_means_the_very_object_while_a_get_waits(raw: Raw, other: Raw) -> None:
    name = "event-" + raw.queue()
    event = raw.client.event(name)
    raw.client.admin.delete(name)
    raw.client.event(name)
    came = _while_waiting(raw, other, event.set)
    assert isinstance(came, polyproc.Error)
    assert came.reason == "OBJECT_DELETED"


def test_is_done_with_what_it_posts_while_a_get_waits(raw: Raw, other: Raw) -> None:
    queue = raw.client.queue()
    assert _while_waiting(raw, other, lambda: queue.put_async("x").result()) is True
    assert queue.qsize() == 3


@pytest.mark.parametrize("seconds", [None, 0.01])
def test_says_that_it_cannot_wait_for_what_was_posted_before(
    raw: Raw, other: Raw, seconds: float | None
) -> None:
    queue = raw.queue()
    pending = raw.post_get(queue)
    came = _while_waiting(raw, other, lambda: raw.session.result(pending, seconds))
    assert isinstance(came, polyproc.Error)
    assert "ask again after the handler" in str(came)
    came = _while_waiting(raw, other, lambda: raw.session.flush(seconds))
    assert isinstance(came, polyproc.Error)
    other.put(queue, "x")
    assert b"x" in raw.session.result(pending, SECONDS)
    assert _while_waiting(raw, other, lambda: b"x" in raw.session.result(pending)) is True
    assert _while_waiting(raw, other, raw.session.flush) is None


def test_takes_a_handler_that_is_interrupted_by_another_one(raw: Raw, other: Raw) -> None:
    counter, inner = raw.counter(), raw.queue()

    def wait() -> str:
        return raw.get(inner)

    def second(_: int, __: FrameType | None) -> None:
        raw.add(counter)
        raw.put(inner, "from the second")

    before = signal.signal(signal.SIGUSR2, second)
    main = threading.main_thread().ident
    assert main is not None
    outer = raw.queue()
    try:
        with handled(wait) as came:

            def signals() -> None:
                other.await_waiting(outer, 1)
                interrupt()
                other.await_waiting(inner, 1)
                signal.pthread_kill(main, signal.SIGUSR2)
                until(lambda: came)
                other.put(outer, "x")

            with threads(signals) as raised:
                assert raw.get(outer) == "x"
    finally:
        signal.signal(signal.SIGUSR2, before)
    assert not raised
    assert came == ["from the second"]
    assert raw.add(counter, 0) == 1


def test_lets_what_a_handler_raises_end_both_calls(raw: Raw, other: Raw) -> None:
    outer, inner = raw.queue(), raw.queue()

    def signals() -> None:
        other.await_waiting(outer, 1)
        interrupt()
        other.await_waiting(inner, 1)
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)

    with (
        handled(lambda: raw.get(inner)),
        threads(signals) as raised,
        pytest.raises(KeyboardInterrupt),
    ):
        raw.get(outer)
    assert not raised
    until(lambda: (other.sizes(outer), other.sizes(inner)) == ((0, 0), (0, 0)))
    raw.put(outer, "x")
    assert raw.get(outer) == "x"


# Anywhere in a call.


class At:
    """Does something at a line of the package's code, as a handler may, which is run anywhere."""

    def __init__(self, line: int, action: Callable[[], object]) -> None:
        self._left = line
        self._action = action
        self.came: list[object] = []

    def __enter__(self) -> list[object]:
        sys.settrace(self._trace)
        return self.came

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        if self._left and event == "line" and frame.f_code.co_filename.startswith(_PACKAGE):
            self._left -= 1
            if not self._left:
                self.came.append(self._action())
        return self._trace


_PACKAGE = str(Path(polyproc.__file__).parent)


@pytest.mark.parametrize("others", [0, 1])
def test_calls_at_each_line_of_a_call(raw: Raw, other: Raw, others: int) -> None:
    counter, idle = raw.counter(), raw.queue()
    with threads(*[lambda: raw.get(idle)] * others):
        other.await_waiting(idle, others)
        sums: list[object] = []
        for line in range(1, 10_000):
            at = At(line, lambda: raw.add(counter))
            with at:
                sums.append(raw.add(counter))
            if not at.came:
                break
            sums += at.came
        other.put(idle, "x")
    assert len(sums) > 50
    assert set(sums) == set(range(1, len(sums) + 1))
    assert not raw.unanswered()


def test_calls_at_each_line_of_what_is_posted(raw: Raw) -> None:
    counter, queue = raw.counter(), raw.queue()
    for line in range(1, 10_000):
        with At(line, lambda: raw.add(counter)) as came:
            assert raw.session.result(raw.post(queue, str(line)))
            raw.post(queue, "")
            raw.session.flush()
        assert raw.texts(queue) == [str(line), ""]
        raw.get(queue)
        raw.get(queue)
        if not came:
            break
        assert came == [line]
    assert line > 50


def test_calls_at_each_line_of_a_call_over_a_connection_that_is_gone(raw: Raw) -> None:
    counter = raw.counter()
    sums: list[object] = []
    for line in range(1, 100_000, 1 if LONG else 13):
        connection = raw.session._connection
        assert connection is not None
        connection.shut_down()
        at = At(line, lambda: raw.add(counter))
        with at:
            sums.append(raw.add(counter))
        if not at.came:
            break
        sums += at.came
    assert len(sums) > 50
    assert set(sums) == set(range(1, len(sums) + 1))


def test_calls_at_each_line_where_it_opens_another_session(daemon: Daemon, other: Raw) -> None:
    sessions = other.sessions()
    counter = other.counter()
    client = polyproc.connect(daemon.address)
    mine = Raw(client)
    sums: list[object] = []
    for line in range(1, 100_000, 1 if LONG else 13):
        other.client.admin.close_session(client._session_now().opened.number)
        with pytest.raises(polyproc.SessionLost):
            mine.add(counter)
        at = At(line, lambda: mine.add(counter))
        with at:
            sums.append(mine.add(counter))
        if not at.came:
            break
        sums += at.came
    assert len(sums) > 50
    assert set(sums) == set(range(1, len(sums) + 1))
    client.close()
    until(lambda: other.sessions() <= sessions)


def test_closes_at_each_line_where_it_opens_another_session(daemon: Daemon, other: Raw) -> None:
    sessions = other.sessions()
    counter = other.counter()
    for line in range(1, 100_000, 1 if LONG else 13):
        client = polyproc.connect(daemon.address)
        mine = Raw(client)
        other.client.admin.close_session(client._session_now().opened.number)
        with pytest.raises(polyproc.SessionLost):
            mine.add(counter)
        with At(line, client.close) as came, contextlib.suppress(polyproc.Error):
            mine.add(counter)
        if not came:
            client.close()
            break
        with pytest.raises(polyproc.Error):
            mine.add(counter)
    until(lambda: other.sessions() <= sessions)


@pytest.mark.parametrize("others", [0, 2])
def test_closes_at_each_line_of_a_call(daemon: Daemon, other: Raw, others: int) -> None:
    sessions = other.sessions()
    idle, queue = other.queue(), other.queue()
    posted = 0
    for line in range(1, 10_000):
        client = polyproc.connect(daemon.address)
        mine = Raw(client)
        with threads(*[lambda mine=mine: mine.get(idle)] * others) as raised:
            other.await_waiting(idle, others)
            mine.post(queue, "x")
            posted += 1
            with At(line, client.close) as came, contextlib.suppress(polyproc.Error):
                mine.get(idle, 0)
            client.close()
        assert [isinstance(e, polyproc.Error) and e.reason for e in raised] == ["CLOSED"] * others
        assert other.sizes(queue)[0] == posted
        if not came:
            break
    assert line > 50
    until(lambda: other.sessions() <= sessions)


@pytest.mark.parametrize("others", [0, 3])
@pytest.mark.parametrize("how", ["call", "post"])
def test_counts_each_call_of_handlers_and_of_what_they_interrupt_once(
    raw: Raw, others: int, how: str
) -> None:
    counter, handlers, queue = raw.counter(), raw.counter(), raw.queue()
    stop = threading.Event()
    counted = [0] * others

    def count(i: int) -> None:
        while not stop.is_set():
            raw.add(counter)
            counted[i] += 1

    def handle() -> bool:
        raw.add(handlers)
        return True

    def signals() -> None:
        # When the last one was handled, so that the program goes on in between.
        noise = random.Random(others)
        sent = 0
        while not stop.wait(noise.uniform(0.0001, 0.002)):
            interrupt()
            sent += 1
            until(lambda sent=sent: len(came) >= sent or stop.is_set())  # type: ignore[misc]

    done = 0
    with (
        handled(handle) as came,
        threads(signals, *[lambda i=i: count(i) for i in range(others)]) as raised,
    ):
        end = time.monotonic() + (20 if LONG else 1.5)
        while time.monotonic() < end:
            if how == "post":
                raw.post(queue, "x")
            raw.add(counter)
            done += 1
        stop.set()
        raw.session.flush()
    assert not raised
    assert len(came) > 20
    assert came == [True] * len(came)
    assert raw.add(counter, 0) == done + sum(counted)
    assert raw.add(handlers, 0) == len(came)
    assert how == "call" or raw.sizes(queue)[0] == done
    assert not raw.unanswered()


class Interrupted(Exception):
    """What a handler raises."""


# What tears a thread away as it makes a socket leaves one that nobody has: it is closed as garbage.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("others", [0, 3])
def test_counts_each_call_once_where_handlers_call_and_raise(raw: Raw, others: int) -> None:
    counter, handlers = raw.counter(), raw.counter()
    stop = threading.Event()
    counted = [0] * others
    done = interrupted = handled = 0
    armed = False

    def count(i: int) -> None:
        while not stop.is_set():
            raw.add(counter)
            counted[i] += 1

    def handler(_: int, __: FrameType | None) -> None:
        nonlocal armed, handled
        if armed:
            armed = False
            raw.add(handlers)
            handled += 1
            raise Interrupted

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with threads(*[lambda i=i: count(i) for i in range(others)]) as raised:
            end = time.monotonic() + (20 if LONG else 1)
            signal.setitimer(signal.ITIMER_REAL, 0.0031, 0.0031)
            while time.monotonic() < end:
                try:
                    armed = True
                    raw.add(counter)
                    armed = False
                    done += 1
                except Interrupted:
                    interrupted += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
            stop.set()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not raised
    assert interrupted
    assert raw.add(handlers, 0) == handled
    sure = done + sum(counted)
    assert sure <= raw.add(counter, 0) <= sure + interrupted
    assert not raw.unanswered()
    assert not raw.session._inside


def test_releases_and_counts_in_finalizers_wherever_garbage_is_collected(raw: Raw) -> None:
    counter, finalizers = raw.counter(), raw.counter()
    lock = raw.client.lock()
    finalized: list[object] = []

    class Guarded:
        """In a circle, so that only the collector finds it."""

        def __init__(self) -> None:
            self.me = self
            lock.acquire()

        def __del__(self) -> None:
            try:
                raw.add(finalizers)
                lock.release()
                finalized.append(None)
            except Exception as e:
                finalized.append(e)

    before = gc.get_threshold()
    done = 0
    try:
        with young_garbage():
            for n in range(SHARE, 2000 if LONG else 200, PYTHONS):
                gc.disable()
                gc.collect()
                made = len(finalized)
                Guarded()
                # It is found after so many more allocations, wherever that is.
                gc.set_threshold(gc.get_count()[0] + n % 40)
                gc.enable()
                kept = []
                while len(finalized) == made:
                    kept.append([raw.add(counter)])
                    done += 1
    finally:
        gc.set_threshold(*before)
        gc.enable()
    assert all(it is None for it in finalized), finalized
    assert raw.add(finalizers, 0) == len(finalized)
    assert raw.add(counter, 0) == done
    assert not lock.locked()


def test_calls_when_it_is_told_that_the_session_is_lost(daemon: Daemon, other: Raw) -> None:
    called: list[object] = []

    def on_lost(_: polyproc.SessionLost) -> None:
        called.append(Raw(client).add(counter))

    client = polyproc.connect(daemon.address, on_session_lost=on_lost)
    counter = other.counter()
    queue = other.queue()
    number = client._session_now().opened.number

    def close() -> None:
        other.await_waiting(queue, 1)
        other.client.admin.close_session(number)

    with threads(close) as raised, pytest.raises(polyproc.SessionLost):
        Raw(client).get(queue)
    assert not raised
    assert called == [1]
    client.close()


# Closing.


@pytest.mark.parametrize("way", ["socket", "tcp"])
@pytest.mark.parametrize("others", [0, 3])
def test_closes_in_a_handler_while_it_waits(
    daemon: Daemon, other: Raw, way: str, others: int
) -> None:
    sessions = other.sessions()
    address = daemon.address if way == "socket" else f"127.0.0.1:{daemon.port}"
    client = polyproc.connect(address, token=None if way == "socket" else daemon.token)
    mine = Raw(client)
    queue, posts = other.queue(), other.queue()

    def close() -> None:
        for n in range(100):
            mine.post(posts, str(n))
        client.close()

    def follow() -> None:
        until(lambda: other.sizes(queue)[1])
        mine.get(queue)

    with handled(close) as came:

        def signals() -> None:
            other.await_waiting(queue, 1 + others)
            interrupt()

        with threads(*[follow] * others, signals) as raised:
            with pytest.raises(polyproc.Error) as closed:
                mine.get(queue)
            until(lambda: len(raised) == others)
    reasons = [e.reason for e in [closed.value, *raised] if isinstance(e, polyproc.Error)]
    assert reasons == ["CLOSED"] * (1 + others)
    assert came == [None]
    assert other.sizes(posts) == (100, 0)
    assert other.sizes(queue) == (0, 0)
    until(lambda: other.sessions() <= sessions)
    with pytest.raises(polyproc.Error, match="it was closed"):
        mine.sessions()
    client.close()


@pytest.mark.parametrize("others", [0, 2])
def test_closes_in_a_handler_anywhere_in_a_call(daemon: Daemon, other: Raw, others: int) -> None:
    sessions = other.sessions()
    counter, posts = other.counter(), other.queue()
    noise = random.Random(others)
    done = posted = 0
    for _ in range(400 if LONG else 40):
        client = polyproc.connect(daemon.address)
        mine = Raw(client)
        counted = [0] * others

        def count(i: int, mine: Raw = mine, counted: list[int] = counted) -> None:
            while True:
                mine.add(counter)
                counted[i] += 1

        def close(_: int, __: FrameType | None, client: polyproc.Polyproc = client) -> None:
            client.close()

        before = signal.signal(signal.SIGALRM, close)
        try:
            with threads(*[lambda i=i: count(i) for i in range(others)]) as raised:
                signal.setitimer(signal.ITIMER_REAL, noise.uniform(0.0005, 0.01))
                try:
                    while True:
                        mine.post(posts, "x")
                        posted += 1
                        mine.add(counter)
                        done += 1
                except polyproc.Error as e:
                    told = e.reason
                until(lambda: len(raised) == others)
        finally:
            signal.signal(signal.SIGALRM, before)
        assert all(isinstance(e, polyproc.Error) and e.reason == "CLOSED" for e in raised), raised
        assert told == "CLOSED"
        done += sum(counted)
        total = other.add(counter, 0)
        # What was under way may have counted.
        assert done <= total <= done + 1 + others
        done = total
        items = other.sizes(posts)[0]
        assert posted <= items <= posted + 1
        posted = items
    until(lambda: other.sessions() <= sessions)


def test_ends_the_program_by_a_handler_that_closes_and_exits(daemon: Daemon, other: Raw) -> None:
    sessions = other.sessions()
    queue, posts = other.queue(), other.queue()
    script = f"""
import signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import polyproc
from raw import Raw
client = polyproc.connect(sys.argv[1])
raw = Raw(client)

def handler(*_):
    raw.put({posts!r}, "from the handler")
    client.close()
    sys.exit(7)

signal.signal(signal.SIGTERM, handler)
raw.post({posts!r}, "posted")
raw.get({queue!r})
"""
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-W", "error", "-c", script, daemon.address],
        stderr=subprocess.PIPE,
        text=True,
    )
    other.await_waiting(queue, 1)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=SECONDS)
    assert (process.returncode, said) == (7, "")
    assert other.texts(posts) == ["posted", "from the handler"]
    until(lambda: other.sizes(queue) == (0, 0) and other.sessions() <= sessions)


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_calls_in_a_child_that_a_handler_forks(raw: Raw, other: Raw) -> None:
    counter = raw.counter()

    def fork() -> int:
        raw.add(counter)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                raw.add(counter)
                code = 0
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    assert _while_waiting(raw, other, fork) == 0
    assert raw.add(counter, 0) == 6
