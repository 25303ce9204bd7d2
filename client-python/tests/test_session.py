"""What a session does whatever happens: threads, signals, forks, and daemons that go away."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import pytest

import polyproc
from daemons import Daemon, running_daemon
from extents import LONG
from peers import SECONDS
from polyproc import _http2, _io, _session
from proxies import Proxy, proxied
from raw import Raw, threads, until

# Python 3.12 and later warn of what is tested here: of forks beside threads.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


@pytest.fixture
def raw(polyproc_client: polyproc.Polyproc) -> Raw:
    return Raw(polyproc_client)


@pytest.fixture
def short_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done now and then is done every 50 ms."""
    monkeypatch.setattr(_io, "TICK_SECONDS", 0.05)


def _soon(begin: float) -> bool:
    """Whether something was done without waiting for a tick."""
    return time.monotonic() - begin < _io.TICK_SECONDS / 2


# Threads.


def test_counts_each_call_of_a_hundred_threads_once(raw: Raw) -> None:
    counter = raw.counter()
    with ThreadPoolExecutor(100) as pool:
        sums = list(pool.map(lambda _: raw.add(counter), range(2000)))
    assert sorted(sums) == list(range(1, 2001))


def test_lets_others_call_while_a_thread_waits_for_ever(raw: Raw) -> None:
    queue, counter = raw.queue(), raw.counter()
    got: list[str] = []
    begin = time.monotonic()
    with threads(lambda: got.append(raw.get(queue))):
        raw.await_waiting(queue, 1)

        def count() -> None:
            for _ in range(100):
                raw.add(counter)

        with threads(*[count] * 4) as raised:
            pass
        assert not raised
        raw.put(queue, "x")
    assert got == ["x"]
    assert raw.add(counter, 0) == 400
    assert _soon(begin)


def test_hands_the_lead_on_in_whatever_order_waits_end(raw: Raw) -> None:
    begin = time.monotonic()
    for seed in range(20):
        queues = [raw.queue() for _ in range(8)]
        got: dict[str, str] = {}

        def wait(queue: str, got: dict[str, str] = got) -> None:
            got[queue] = raw.get(queue)

        with threads(*[lambda queue=queue: wait(queue) for queue in queues]):
            for queue in queues:
                raw.await_waiting(queue, 1)
            random.Random(seed).shuffle(queues)
            with polyproc.connect(str(raw.client._dialer.address)) as other:
                for queue in queues:
                    Raw(other).put(queue, f"for {queue}")
        assert got == {queue: f"for {queue}" for queue in queues}
    assert _soon(begin)


def test_sends_large_calls_while_a_thread_waits_for_ever(raw: Raw) -> None:
    idle, queue = raw.queue(), raw.queue()
    begin = time.monotonic()
    with threads(lambda: raw.get(idle)):
        raw.await_waiting(idle, 1)
        for size in (300_000, 3_000_000):
            raw.put(queue, "x" * size)
            assert raw.get(queue) == "x" * size
        raw.put(idle, "")
    assert _soon(begin)


# Calls that are posted.


def test_posts_calls_in_order_and_flushes_them(raw: Raw) -> None:
    queue = raw.queue()
    for n in range(3000):
        raw.post(queue, str(n))
    raw.session.flush()
    assert raw.sizes(queue)[0] == 3000
    assert [raw.get(queue) for _ in range(100)] == [str(n) for n in range(100)]


def test_posts_from_many_threads_which_flush_at_once(raw: Raw) -> None:
    queue = raw.queue()
    begin = time.monotonic()

    def post() -> None:
        for _ in range(500):
            raw.post(queue, "x")
        raw.session.flush()

    with threads(*[post] * 8) as raised:
        pass
    assert not raised
    assert raw.sizes(queue)[0] == 4000
    assert _soon(begin)


def test_lets_many_threads_wait_for_one_posted_call(raw: Raw) -> None:
    queue = raw.queue()
    pending = raw.post_get(queue)
    begin = time.monotonic()
    answers: list[bytes] = []
    with threads(*[lambda: answers.append(raw.session.result(pending))] * 5):
        raw.await_waiting(queue, 1)
        raw.put(queue, "x")
    assert len(answers) == 5
    assert len(set(answers)) == 1
    assert _soon(begin)


@pytest.mark.parametrize("others", [0, 1])
def test_says_in_time_that_a_posted_call_is_not_done(raw: Raw, others: int) -> None:
    idle, queue = raw.queue(), raw.queue()
    with threads(*[lambda: raw.get(idle)] * others):
        raw.await_waiting(idle, others)
        pending = raw.post_get(queue)
        begin = time.monotonic()
        for _ in range(3):
            with pytest.raises(TimeoutError):
                raw.session.result(pending, 0.02)
        assert _soon(begin)
        raw.put(queue, "x")
        assert b"x" in raw.session.result(pending, SECONDS)
        for _ in range(others):
            raw.put(idle, "")


def test_flushes_what_was_posted_when_the_program_ends(raw: Raw) -> None:
    queue = raw.queue()
    _run(
        f"""
        for n in range(100):
            raw.post({queue!r}, str(n))
        """,
        str(raw.client._dialer.address),
    )
    assert raw.sizes(queue)[0] == 100


# The end of a session.


def test_tells_all_that_wait_when_it_is_closed(daemon: Daemon, raw: Raw) -> None:
    queue = raw.queue()
    begin = time.monotonic()
    client = polyproc.connect(daemon.address)
    with threads(*[lambda: Raw(client).get(queue)] * 8) as raised:
        raw.await_waiting(queue, 8)
        client.close()
    assert [isinstance(e, polyproc.Error) and e.reason for e in raised] == ["CLOSED"] * 8
    assert raw.sizes(queue)[1] == 0
    assert _soon(begin)


def test_ends_its_session_also_without_a_connection(daemon: Daemon, raw: Raw) -> None:
    before = raw.sessions()
    with proxied(daemon.address) as proxy:
        client = polyproc.connect(proxy.address)
        assert len(raw.sessions() - before) == 1
        proxy.links[-1].cut()
        with client._session_now()._lock:
            client._session_now()._drop(client._session_now()._connection)  # type: ignore[arg-type]
        client.close()
        until(lambda: raw.sessions() <= before)


# Connections that are slow, and that break.


def test_counts_each_call_once_wherever_connections_are_cut(daemon: Daemon) -> None:
    with proxied(daemon.address) as proxy:
        with polyproc.connect(proxy.address) as client:
            raw = Raw(client)
            counter = raw.counter()
            raw.add(counter)
        whole = sum(len(link.said) + len(link.answered) for link in proxy.links)
        expected = 1
        for cut in range(1, whole, 1 if LONG else 17):
            client = _connected(proxy, cut)
            raw = Raw(client)
            proxy.links[-1]._left = None
            for _ in range(3):
                proxy.cut_next_after = cut
                proxy.links[-1].cut()
                expected += 1
                assert raw.add(counter) == expected
                expected += 1
                assert raw.add(counter) == expected
            client.close()


def _connected(proxy: Proxy, cut: int) -> polyproc.Polyproc:
    """A client whose first connection is cut, if that is before it has connected."""
    proxy.cut_next_after = cut
    return polyproc.connect(proxy.address, wait=SECONDS)


def test_waits_on_over_a_connection_that_breaks(daemon: Daemon) -> None:
    with proxied(daemon.address) as proxy, polyproc.connect(proxy.address) as client:
        raw = Raw(client)
        queue = raw.queue()
        got: list[str] = []
        with threads(*[lambda: got.append(raw.get(queue))] * 3):
            for _ in range(5):
                raw.await_waiting(queue, 3)
                proxy.links[-1].cut()
            for n in range(3):
                raw.put(queue, str(n))
        assert sorted(got) == ["0", "1", "2"]


# Daemons that go away.


@pytest.fixture
def own_daemon() -> Iterator[Daemon]:
    with running_daemon() as daemon:
        yield daemon


def test_loses_its_session_with_the_daemon_and_opens_another() -> None:
    lost: list[polyproc.SessionLost] = []
    with running_daemon() as first:
        client = polyproc.connect(first.address, on_session_lost=lost.append)
        raw = Raw(client)
        queue = raw.queue()
        with threads(lambda: raw.get(queue)) as raised:
            raw.await_waiting(queue, 1)
            first.process.kill()
            first.process.wait()
            with running_daemon("--socket", str(first.socket)):
                until(lambda: raised)
                assert isinstance(raised[0], polyproc.SessionLost)
                assert [str(e) for e in lost] == [str(e) for e in raised]
                assert raw.add(raw.counter()) == 1
                client.close()


@pytest.mark.usefixtures("short_ticks")
def test_waits_for_a_daemon_that_stands_still(own_daemon: Daemon) -> None:
    with polyproc.connect(own_daemon.address) as client:
        raw = Raw(client)
        counter = raw.counter()
        own_daemon.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, own_daemon.process.pid, os.WSTOPPED)
        sums: list[int] = []
        with threads(*[lambda: sums.append(raw.add(counter))] * 4) as raised:
            # Longer than some ticks; they are no reason to give up.
            threading.Event().wait(0.3)
            assert not sums
            own_daemon.process.send_signal(signal.SIGCONT)
        assert not raised
        assert sorted(sums) == [1, 2, 3, 4]


def test_refuses_what_would_break_the_stream(daemon: Daemon) -> None:
    with polyproc.connect(daemon.address, patience=1) as client:
        jobs = client.queue()
        attributes = client.dict()
        large = bytes(66 << 20)
        calls: list[Callable[[], object]] = [
            lambda: jobs.put(large),
            lambda: jobs.put_async(large).result(),
            lambda: attributes.update(a=large),
        ]
        for call in calls:
            with pytest.raises(polyproc.Error) as told:
                call()
            assert told.value.reason == "VALUE_TOO_LARGE"
        assert jobs.empty()


def test_gives_up_where_connections_break_as_they_are_made(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(_session: _session.Session, connection: _http2.Connection) -> None:
        connection.shut_down()

    with polyproc.connect(daemon.address, patience=0.3) as client:
        jobs = client.queue()
        session = client._session_now()
        with monkeypatch.context() as patched:
            patched.setattr(_session.Session, "_repeat", end)
            assert session._connection is not None
            session._connection.shut_down()
            with pytest.raises(polyproc.ConnectionLost, match="break as they are made"):
                jobs.qsize()
        assert jobs.empty()
        assert client._session_now() is session


def test_posts_what_the_socket_has_no_room_for_though_it_is_not_done(raw: Raw) -> None:
    full = raw.client.queue(None, 1)
    full.put(0)
    posted = [full.put_async(bytes(300_000)) for _ in range(20)]
    assert full.get() == 0
    for put in posted:
        assert len(full.get()) == 300_000
        assert put.result()


def test_says_that_the_daemon_is_out_of_reach(own_daemon: Daemon) -> None:
    with polyproc.connect(own_daemon.address, patience=0.2) as client:
        raw = Raw(client)
        queue = raw.queue()
        with threads(*[lambda: raw.get(queue)] * 3) as raised:
            raw.await_waiting(queue, 3)
            own_daemon.process.kill()
            own_daemon.process.wait()
            with pytest.raises(polyproc.ConnectionLost, match=r"within 0\.2 s"):
                raw.put(queue, "x")
        assert len(raised) == 3
        assert all(isinstance(e, polyproc.ConnectionLost) for e in raised)


def test_takes_back_what_it_gave_up_once_the_daemon_is_there_again(daemon: Daemon) -> None:
    with proxied(daemon.address) as proxy:
        client = polyproc.connect(proxy.address, patience=0.1)
        raw = Raw(client)
        queue = raw.queue()
        with threads(lambda: raw.get(queue)) as raised:
            raw.await_waiting(queue, 1)
            there, proxy.daemon = proxy.daemon, "/nowhere"
            proxy.links[-1].cut()
            until(lambda: raised)
        assert isinstance(raised[0], polyproc.ConnectionLost)
        proxy.daemon = there
        raw.put(queue, "x")
        assert raw.sizes(queue) == (1, 0)
        client.close()


# Signals.


class Interrupted(Exception):
    """What a handler raises."""


def _is_of_pytest(frame: FrameType | None) -> bool:
    """Whether pytest notes an exception that nobody could raise, where it fails if one comes."""
    while frame is not None:
        if frame.f_code.co_name == "unraisable_hook":
            return True
        frame = frame.f_back
    return False


class Alarm:
    """A handler of SIGALRM, which raises as often as it was told to."""

    def __init__(self) -> None:
        self.left = 0
        self.raised = 0

    def __call__(self, _: int, frame: FrameType | None) -> None:
        if self.left and not _is_of_pytest(frame):
            self.left -= 1
            self.raised += 1
            raise Interrupted

    def interrupts(self, action: Callable[[], object], often: int = 1) -> bool:
        """Does it, and is interrupted or not; answers whether it was."""
        try:
            if not self._interrupts(action, often):
                return False
            self.left = 0
        except Interrupted:  # Twice.
            self.left = 0
        return True

    def _interrupts(self, action: Callable[[], object], often: int) -> bool:
        try:
            self.left = often
            action()
            self.left = 0
        except Interrupted:
            return True
        return False


@pytest.fixture
def alarm() -> Iterator[Alarm]:
    alarm = Alarm()
    before = signal.signal(signal.SIGALRM, alarm)
    yield alarm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


# What tears a thread away as it makes a socket leaves one that nobody has: it is closed as garbage.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("often", [1, 2])
@pytest.mark.parametrize("others", [0, 3])
@pytest.mark.usefixtures("short_ticks")
@pytest.mark.parametrize("tick", [0.0007, 0.0031, 0.017])
def test_counts_each_call_once_in_a_storm_of_signals(
    raw: Raw, alarm: Alarm, often: int, others: int, tick: float
) -> None:
    counter = raw.counter()
    stop = threading.Event()
    counted = [0] * others
    done = interrupted = 0

    def count(i: int) -> None:
        while not stop.is_set():
            raw.add(counter)
            counted[i] += 1

    with threads(*[lambda i=i: count(i) for i in range(others)]) as raised:
        end = time.monotonic() + (10 if LONG else 0.4)
        signal.setitimer(signal.ITIMER_REAL, tick, tick)
        while time.monotonic() < end:
            if alarm.interrupts(lambda: raw.add(counter), often):
                interrupted += 1
            else:
                done += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        raw.add(counter)
        stop.set()
    assert not raised
    assert interrupted
    sure = done + sum(counted) + 1
    assert sure <= raw.add(counter, 0) <= sure + interrupted
    assert not raw.unanswered()


@pytest.mark.usefixtures("short_ticks")
@pytest.mark.parametrize("others", [0, 2])
def test_loses_no_item_to_an_interrupt(daemon: Daemon, raw: Raw, alarm: Alarm, others: int) -> None:
    queue, idle = raw.queue(), raw.queue()
    got: list[str] = []
    noise = random.Random(others)
    puts = 2000 if LONG else 150
    with polyproc.connect(daemon.address) as other, threads(*[lambda: raw.get(idle)] * others):
        source = Raw(other)
        source.await_waiting(idle, others)
        for n in range(puts):
            posted = source.post(queue, str(n))

            def get() -> None:
                signal.setitimer(signal.ITIMER_REAL, noise.uniform(0.00001, 0.002))
                got.append(raw.get(queue))

            alarm.interrupts(get)
            signal.setitimer(signal.ITIMER_REAL, 0)
            source.session.result(posted)
        items, waiting = source.sizes(queue)
        assert waiting == 0
        assert alarm.raised
        # Once the session has answered, its caller may still be interrupted before it has the item.
        assert puts - 3 <= len(got) + items <= puts
        for _ in range(others):
            source.put(idle, "")


@pytest.mark.parametrize("kind", [TimeoutError, ConnectionResetError, BlockingIOError, ValueError])
@pytest.mark.parametrize("others", [0, 2])
def test_raises_what_a_handler_raises_though_it_is_what_broken_connections_are(
    raw: Raw, kind: type[Exception], others: int
) -> None:
    queue, idle = raw.queue(), raw.queue()
    struck = 0

    def strike(_number: int, _frame: object) -> None:
        nonlocal struck
        struck += 1
        raise kind

    before = signal.signal(signal.SIGALRM, strike)
    noise = random.Random(others)
    with (
        polyproc.connect(str(raw.client._dialer.address)) as other,
        threads(*[lambda: raw.get(idle)] * others),
    ):
        Raw(other).await_waiting(idle, others)
        try:
            for _ in range(50):
                with pytest.raises(kind):  # noqa: PT012
                    signal.setitimer(signal.ITIMER_REAL, noise.uniform(0.00001, 0.005))
                    raw.get(queue)
        finally:
            signal.signal(signal.SIGALRM, before)
        assert struck == 50
        assert Raw(other).sizes(queue) == (0, 0)
        for _ in range(others):
            Raw(other).put(idle, "")


def test_leaves_nobody_in_line_after_a_keyboard_interrupt(raw: Raw) -> None:
    queue = raw.queue()
    with polyproc.connect(str(raw.client._dialer.address)) as other:

        def interrupt() -> None:
            Raw(other).await_waiting(queue, 1)
            main = threading.main_thread().ident
            assert main is not None
            signal.pthread_kill(main, signal.SIGINT)

        with threads(interrupt):
            with pytest.raises(KeyboardInterrupt):
                raw.get(queue)
            assert Raw(other).sizes(queue) == (0, 0)
    raw.put(queue, "x")
    assert raw.get(queue) == "x"


def test_keeps_its_connection_over_an_interrupt(daemon: Daemon) -> None:
    with proxied(daemon.address) as proxy, polyproc.connect(proxy.address) as client:
        raw = Raw(client)
        with polyproc.connect(daemon.address) as other:
            # Not so where the signal comes just before the wait.
            kept = any(_keeps_its_connection(raw, Raw(other), proxy) for _ in range(10))
        assert kept


def _keeps_its_connection(raw: Raw, other: Raw, proxy: Proxy) -> bool:
    before = len(proxy.links)
    queue = raw.queue()

    def interrupt() -> None:
        other.await_waiting(queue, 1)
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)

    with threads(interrupt), pytest.raises(KeyboardInterrupt):
        raw.get(queue)
    assert raw.sizes(queue) == (0, 0)
    return len(proxy.links) == before


# Forks.


def _fork(action: Callable[[], object]) -> int:
    """A child that does it; its exit code says whether it could."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            action()
            code = 0
        finally:
            os._exit(code)
    return child


def _succeeds(child: int) -> bool:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_is_another_session_in_a_child(daemon: Daemon, raw: Raw) -> None:
    queue, counter = raw.queue(), raw.counter()
    with proxied(daemon.address) as proxy, polyproc.connect(proxy.address) as client:
        forked = Raw(client)
        forked.add(counter)
        got: list[str] = []
        with threads(*[lambda: got.append(forked.get(queue))] * 3):
            raw.await_waiting(queue, 3)
            said = bytes(proxy.links[0].said)
            assert _succeeds(_fork(lambda: [forked.add(counter) for _ in range(10)]))
            assert len(proxy.links) == 2
            assert bytes(proxy.links[0].said) == said
            for _ in range(3):
                raw.put(queue, "x")
        assert got == ["x"] * 3
        assert forked.add(counter) == 12


def test_forks_in_the_middle_of_calls(raw: Raw) -> None:
    counter = raw.counter()
    stop = threading.Event()
    counted = [0] * 4

    def count(i: int) -> None:
        while not stop.is_set():
            raw.add(counter)
            counted[i] += 1

    forks = 500 if LONG else 25
    with threads(*[lambda i=i: count(i) for i in range(4)]) as raised:
        for _ in range(forks):
            child = _fork(lambda: [raw.add(counter) for _ in range(2)])
            assert _succeeds(child)
        stop.set()
    assert not raised
    assert raw.add(counter, 0) == sum(counted) + 2 * forks


def test_forks_in_a_handler_while_it_waits(raw: Raw) -> None:
    queue = raw.queue()
    children: list[int] = []

    def handler(_: int, __: FrameType | None) -> None:
        child = os.fork()
        if child:
            children.append(child)

    before = signal.signal(signal.SIGUSR1, handler)
    parent = os.getpid()
    try:
        with polyproc.connect(str(raw.client._dialer.address)) as other:

            def interrupt() -> None:
                Raw(other).await_waiting(queue, 1)
                main = threading.main_thread().ident
                assert main is not None
                signal.pthread_kill(main, signal.SIGUSR1)
                until(lambda: children)
                assert _ended_with(children[0]) == 7
                Raw(other).put(queue, "x")

            with threads(interrupt) as raised:
                try:
                    got = raw.get(queue)
                except polyproc.Error:
                    if os.getpid() != parent:
                        os._exit(7)  # The child's wait was the parent's.
                    raise
                finally:
                    if os.getpid() != parent:
                        os._exit(1)
            assert not raised
            assert got == "x"
    finally:
        signal.signal(signal.SIGUSR1, before)


def _ended_with(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_leaks_nothing_however_often_it_forks(raw: Raw) -> None:
    counter = raw.counter()
    raw.add(counter)
    sessions, descriptors = raw.sessions(), _descriptors()
    running = threading.active_count()
    forks = 1000 if LONG else 60
    for _ in range(forks):

        def child() -> None:
            raw.add(counter)
            assert _descriptors() <= descriptors

        assert _succeeds(_fork(child))
    assert raw.add(counter, 0) == forks + 1
    until(lambda: raw.sessions() <= sessions)
    assert _descriptors() == descriptors
    assert threading.active_count() == running


def test_forks_children_that_fork(raw: Raw) -> None:
    counter = raw.counter()

    def family(generations: int) -> None:
        raw.add(counter)
        if generations:
            assert _succeeds(_fork(lambda: family(generations - 1)))
            raw.add(counter)

    family(4)
    assert raw.add(counter, 0) == 9


# Silence.


def test_is_silent_where_python_warns_of_everything(raw: Raw) -> None:
    queue = raw.queue()
    _run(
        f"""
        import os, threading
        waiting = threading.Thread(target=lambda: raw.get({queue!r}))
        waiting.start()
        raw.await_waiting({queue!r}, 1)
        with proxied(sys.argv[1]) as proxy, polyproc.connect(proxy.address) as other:
            Raw(other).sessions()
            proxy.links[-1].cut()
            Raw(other).sessions()
        raw.put({queue!r}, "x")
        waiting.join()
        child = os.fork()
        if child == 0:
            raw.put({queue!r}, "from a child")
            sys.exit()
        assert os.waitpid(child, 0)[1] == 0
        assert raw.get({queue!r}) == "from a child"
        """,
        str(raw.client._dialer.address),
    )


def _run(script: str, address: str) -> None:
    """Runs a program, which must say nothing."""
    lines = [
        "import sys",
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})",
        "import polyproc",
        "from proxies import proxied",
        "from raw import Raw",
        "raw = Raw(polyproc.connect(sys.argv[1]))",
    ]
    indent = len(script) - len(script.lstrip()) - 1
    lines += [line[indent:] for line in script.splitlines()]
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", "\n".join(lines), address],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
