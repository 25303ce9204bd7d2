"""The life of a client: how it ends where nobody closes it, or where more is to be done yet."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import threading
import uuid
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import polyproc
from children import MOST_SECONDS, until
from daemons import Daemon, running_daemon
from extents import methods
from interruptions import everywhere
from polyproc import Polyproc
from polyproc._address import Address
from polyproc._http2 import Connection
from polyproc._session import Session
from proxies import proxied


def _numbers(client: Polyproc) -> set[int]:
    return {session.number for session in client.admin.sessions()}


def _lose(handles: list[polyproc.Queue[Any]]) -> None:
    handles.clear()
    gc.collect()


def test_ends_where_nobody_has_it_any_more(daemon: Daemon, polyproc_client: Polyproc) -> None:
    client = polyproc.connect(daemon.address)
    number = client._session_now().opened.number
    jobs = client.queue(f"jobs-{uuid.uuid4()}")
    jobs.put_async(1)
    there = polyproc_client.existing_queue(jobs.name)
    handles = [jobs]
    del client, jobs
    gc.collect()
    assert number in _numbers(polyproc_client)
    with pytest.warns(ResourceWarning, match="unclosed <Polyproc"):
        _lose(handles)
    assert number not in _numbers(polyproc_client)
    assert there.get() == 1


def test_ends_though_somebody_had_reserved_an_item_by_it(
    daemon: Daemon, polyproc_client: Polyproc
) -> None:
    jobs = polyproc_client.queue(f"jobs-{uuid.uuid4()}")
    jobs.put(1)
    before = _numbers(polyproc_client)

    def reserve() -> None:
        delivery = polyproc.connect(daemon.address).existing_queue(jobs.name).reserve()
        assert delivery.item == 1
        del delivery
        gc.collect()

    with pytest.warns(ResourceWarning, match="unclosed <Polyproc"):
        reserve()
    assert _numbers(polyproc_client) == before
    assert jobs.get(timeout=0) == 1


def test_lets_go_after_an_outage_of_what_nobody_has_any_more(
    daemon: Daemon, polyproc_client: Polyproc, tmp_path: Path
) -> None:
    jobs = polyproc_client.queue(f"jobs-{uuid.uuid4()}")
    jobs.put(1)
    away = tmp_path / "away"
    with proxied(daemon.address) as proxy, polyproc.connect(proxy.address, patience=0.1) as client:
        theirs = client.existing_queue(jobs.name)
        delivery = theirs.reserve()
        event = client.event()
        name = event.name
        socket = Path(proxy.address.removeprefix("unix:"))
        socket.rename(away)
        for link in proxy.links:
            link.cut()
        del delivery, event
        gc.collect()
        with pytest.raises(polyproc.ConnectionLost):
            theirs.qsize()
        away.rename(socket)
        assert theirs.qsize() == 1
        assert jobs.info().reserved == 0
        with pytest.raises(polyproc.Error) as told:
            polyproc_client.existing_event(name)
        assert told.value.reason == "OBJECT_NOT_FOUND"


def test_lets_go_of_each_object_once_wherever_a_handler_raises(
    daemon: Daemon, polyproc_client: Polyproc
) -> None:
    with polyproc.connect(daemon.address) as client:
        handles = [client.event()]
        ref = handles[0]._ref

        def act() -> None:
            client._session_now()

        for run in everywhere(act):
            client._session_now()
            assert not handles[0].is_set(), run  # It is there: nothing was let go of twice.
            client.existing_event(ref.name)  # Which is let go of at once.
        client._session_now()
        handles.clear()
        client._session_now().flush()
        with pytest.raises(polyproc.Error) as told:
            polyproc_client.existing_event(ref.name)
        assert told.value.reason == "OBJECT_NOT_FOUND"


def test_keeps_the_locks_of_a_client_that_nobody_has_any_more(
    daemon: Daemon, polyproc_client: Polyproc
) -> None:
    lock = polyproc_client.lock(f"lock-{uuid.uuid4()}")
    program = (
        "import gc, polyproc, sys;"
        f" polyproc.connect({daemon.address!r}).lock({lock.name!r}).acquire();"
        " gc.collect(); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert not lock.acquire(timeout=0)
        process.communicate()
    assert lock.acquire()
    lock.release()


def test_says_so_where_it_is_closed_before_what_was_posted_is_done(
    daemon: Daemon, polyproc_client: Polyproc
) -> None:
    jobs = polyproc_client.queue(f"jobs-{uuid.uuid4()}", 1)
    client = polyproc.connect(daemon.address)
    mine = client.existing_queue(jobs.name)
    pending = [mine.put_async(n) for n in range(3)]
    with pytest.warns(RuntimeWarning, match="with 2 calls that are not"):
        client.close(timeout=0.1)
    pending[0].result()
    for put in pending[1:]:
        with pytest.raises(polyproc.Error) as told:
            put.result()
        assert told.value.reason == "CLOSED"
    assert [jobs.get(), jobs.qsize()] == [0, 0]


def test_ends_its_session_also_where_warnings_are_errors(
    daemon: Daemon, polyproc_client: Polyproc
) -> None:
    jobs = polyproc_client.queue(f"jobs-{uuid.uuid4()}", 1)
    client = polyproc.connect(daemon.address)
    number = client._session_now().opened.number
    mine = client.existing_queue(jobs.name)
    mine.put(0)
    mine.put_async(1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning):
            client.close(timeout=0)
    assert number not in _numbers(polyproc_client)


@pytest.mark.parametrize("method", methods())
@pytest.mark.parametrize("opened", ["with its first call", "before it begins"])
def test_puts_what_it_has_posted_at_the_end_of_a_child(
    polyproc_client: Polyproc, tmp_path: Path, method: str, opened: str
) -> None:
    """A child of multiprocessing ends by `os._exit`: nothing that `atexit` knows is done."""
    jobs = polyproc_client.queue(f"jobs-{uuid.uuid4()}")
    program = tmp_path / "program.py"
    argument = "jobs" if opened == "before it begins" else "jobs.name"
    program.write_text(f"""
import multiprocessing, polyproc, sys

def work(jobs, address):
    if isinstance(jobs, str):
        jobs = polyproc.connect(address).existing_queue(jobs)
    for n in range(1000):
        jobs.put_async(n)

if __name__ == "__main__":
    client = polyproc.connect(sys.argv[1])
    jobs = client.existing_queue(sys.argv[2])
    context = multiprocessing.get_context({method!r})
    child = context.Process(target=work, args=({argument}, sys.argv[1]))
    child.start()
    child.join()
    sys.exit(child.exitcode)
""")
    address = str(polyproc_client._dialer.address)
    subprocess.run([sys.executable, program, address, jobs.name], check=True, timeout=60)
    assert jobs.get_many() == list(range(1000))


@pytest.mark.parametrize("method", methods("fork", "spawn"))
def test_goes_on_in_the_threads_of_a_child_whose_function_has_returned(
    polyproc_client: Polyproc, tmp_path: Path, method: str
) -> None:
    jobs = polyproc_client.queue(f"jobs-{uuid.uuid4()}")
    program = tmp_path / "program.py"
    program.write_text(f"""
import multiprocessing, polyproc, sys, threading

def go_on(jobs):
    assert jobs.get() == "go"
    for n in range(100):
        jobs.put_async(n)

def work(jobs):
    threading.Thread(target=go_on, args=[jobs]).start()

if __name__ == "__main__":
    client = polyproc.connect(sys.argv[1])
    jobs = client.existing_queue(sys.argv[2])
    child = multiprocessing.get_context({method!r}).Process(target=work, args=[jobs])
    child.start()
    client.existing_queue(sys.argv[2]).put("go")
    child.join()
    sys.exit(child.exitcode)
""")
    address = str(polyproc_client._dialer.address)
    subprocess.run([sys.executable, program, address, jobs.name], check=True, timeout=60)
    assert jobs.get_many() == list(range(100))


def test_ends_without_a_word_of_daemon_threads_that_wait(polyproc_client: Polyproc) -> None:
    idle = polyproc_client.queue(f"idle-{uuid.uuid4()}")
    program = """
import polyproc, sys, threading
client = polyproc.connect(sys.argv[1])
idle = client.existing_queue(sys.argv[2])
def wait():
    while True:
        try:
            idle.get()
        except polyproc.Error:
            print("told", file=sys.stderr)
for target in (idle.get, idle.reserve, wait):
    threading.Thread(target=target, daemon=True).start()
watched = polyproc.connect(sys.argv[1])
while watched.existing_queue(idle.name).info().waiting_gets < 3:
    pass
"""
    address = str(polyproc_client._dialer.address)
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program, address, idle.name],
        check=True,
        timeout=60,
        capture_output=True,
    )
    assert ended.stderr == b""
    assert idle.info().waiting_gets == 0


def test_goes_on_where_others_have_closed_its_descriptor(daemon: Daemon) -> None:
    with polyproc.connect(daemon.address) as client:
        jobs = client.queue()
        jobs.put(1)
        connection = client._session_now()._connection
        assert connection is not None
        os.close(connection._io._sock.fileno())  # type: ignore[attr-defined]
        jobs.put(2)
        assert jobs.get_many() == [1, 2]


def test_uses_its_own_token_for_what_its_parent_handed_over(
    daemon: Daemon, polyproc_client: Polyproc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYPROC_TOKEN", "wrong")
    address = f"127.0.0.1:{daemon.port}"
    with polyproc.connect(address, token=daemon.token) as parent:
        child = parent.for_child(parent.queue())
        assert child.number in _numbers(polyproc_client)
        with polyproc.connect(token=daemon.token, child=child):
            assert child.number not in _numbers(polyproc_client)


def test_takes_the_default_socket_for_that_where_another_process_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("POLYPROC_ADDRESS", raising=False)
    usual = Address.default()
    assert usual.usual
    assert Address.again(str(usual)) == usual
    assert not Address.again("unix:/tmp/other").usual
    monkeypatch.setenv("POLYPROC_ADDRESS", "no address")
    assert Address.again("unix:/tmp/other") == Address.parse("unix:/tmp/other")


def test_waits_for_the_token_of_a_daemon_that_is_being_started(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    monkeypatch.setenv("POLYPROC_TOKEN_FILE", str(file))
    address = f"127.0.0.1:{daemon.port}"
    with pytest.raises(ValueError, match="there is no such file"):
        polyproc.connect(address)
    written = tmp_path / "written"
    written.write_text(daemon.token)
    written.chmod(0o600)
    writer = threading.Timer(0.2, lambda: written.rename(file))
    writer.start()
    try:
        with polyproc.connect(address, wait=30) as client:
            assert client.queue().qsize() == 0
    finally:
        writer.join()


def test_waits_for_a_daemon_in_the_place_of_one_that_is_going() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="polyproc-") as folder,
        running_daemon(folder=Path(folder)) as going,
    ):
        keeping = "trap '' TERM; echo ready; exec sleep 60"  # For as long as a process may.
        with polyproc.connect(going.address) as client:
            assert client.process(["sh", "-c", keeping]).stdout.read(6) == b"ready\n"
        going.process.terminate()

        def is_refused() -> bool:
            try:
                polyproc.connect(going.address).close()
            except polyproc.Error as e:
                return e.reason == polyproc.Reason.SHUTTING_DOWN
            return False

        until(is_refused)
        with ThreadPoolExecutor(1) as pool:
            later = pool.submit(polyproc.connect, going.address, wait=MOST_SECONDS)
            going.process.wait(MOST_SECONDS)
            with running_daemon(folder=Path(folder)), later.result() as client:
                assert client.queue().qsize() == 0


def test_goes_on_once_its_token_is_there_again(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text(daemon.token)
    file.chmod(0o600)
    monkeypatch.setenv("POLYPROC_TOKEN_FILE", str(file))
    with polyproc.connect(f"127.0.0.1:{daemon.port}", patience=0.1, time_to_live=30) as client:
        jobs = client.queue()
        session = client._session_now()
        file.rename(tmp_path / "away")
        connection = session._connection
        assert connection is not None
        connection.shut_down()
        with pytest.raises(polyproc.ConnectionLost, match="there is no such file"):
            jobs.put(1)
        pulse = session._pulse
        assert pulse is not None
        session.beat()
        (tmp_path / "away").rename(file)
        jobs.put(2)
        assert jobs.get_many() == [2]
        assert client._session_now() is session
        assert pulse.is_alive()


def test_raises_an_error_of_its_own_in_each_thread(
    daemon: Daemon, polyproc_client: Polyproc
) -> None:
    client = polyproc.connect(daemon.address)
    idle = client.queue(f"idle-{uuid.uuid4()}")
    raised: list[BaseException] = []

    def wait() -> None:
        try:
            idle.get()
        except polyproc.Error as e:
            raised.append(e)

    waiting = [threading.Thread(target=wait) for _ in range(4)]
    for thread in waiting:
        thread.start()
    there = polyproc_client.existing_queue(idle.name)
    until(lambda: there.info().waiting_gets == 4)
    client.close()
    for thread in waiting:
        thread.join()
    assert len({id(e) for e in raised}) == 4
    assert {str(e) for e in raised} == {str(raised[0])}


def test_leaves_no_session_that_it_could_not_attach_to(
    daemon: Daemon, polyproc_client: Polyproc, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_session: Session, connection: Connection) -> None:
        connection.shut_down()
        raise ConnectionResetError("cut")

    before = _numbers(polyproc_client)
    with monkeypatch.context() as patched:
        patched.setattr(Session, "_attach", cut)
        with pytest.raises(polyproc.ConnectionLost):
            polyproc.connect(daemon.address)
    assert _numbers(polyproc_client) == before


def test_refuses_times_that_are_none(daemon: Daemon) -> None:
    client: Any = polyproc.connect(daemon.address)
    lock, jobs = client.lock(), client.queue(None, 1)
    jobs.put(1)
    waits: list[Callable[[Any], object]] = [
        lambda time: lock.acquire(timeout=time),
        lambda time: jobs.get(timeout=time),
        jobs.put_async(2).result,
        client.event().wait,
        lambda time: client.lock(lease=time),
        lambda time: client.close(timeout=time),
        lambda time: polyproc.connect("unix:/nobody", wait=time),
        lambda time: polyproc.connect(daemon.address, patience=time),
    ]
    for wait in waits:
        with pytest.raises(ValueError, match="seconds, or None to wait for ever, but got nan"):
            wait(float("nan"))
        for time in ("5", timedelta(seconds=5)):
            with pytest.raises(TypeError, match="Expected seconds, a number, but got"):
                wait(time)
    assert jobs.get() == 1
    client.close()
