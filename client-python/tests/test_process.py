"""Processes that the daemon starts."""

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import polyproc
from children import Interrupt, interrupting
from daemons import Daemon, running_daemon
from polyproc._side import SideConnection
from waits import exit_code_of, finish


def _name() -> str:
    return f"process-{uuid.uuid4()}"


def _descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@pytest.fixture
def small_daemon() -> Iterator[Daemon]:
    """Keeps 4,096 bytes of output at most."""
    with running_daemon("--limit", "output_bytes=4096") as running:
        yield running


def test_tells_the_exit_code(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(["sh", "-c", "exit 3"])
    assert process.wait() == 3
    assert process.returncode == 3
    assert process.poll() == 3
    assert not process.is_alive()


def test_tells_the_signal_that_killed_it(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(["sleep", "100"])
    assert process.poll() is None
    process.kill()
    assert process.wait() == -signal.SIGKILL
    process.kill()  # As of subprocess: nothing where it has ended.


def test_is_asked_to_end(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(["sleep", "100"])
    process.terminate()
    assert process.wait() == -signal.SIGTERM


def test_takes_any_signal(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(
        ["sh", "-c", "trap 'exit 7' USR1; echo ready; while :; do sleep 0.01; done"]
    )
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGUSR1)
    assert process.wait() == 7
    process.stdout.close()


def test_waits_no_longer_than_it_is_told(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(["sleep", "100"])
    with pytest.raises(subprocess.TimeoutExpired) as late:
        process.wait(0)
    assert late.value.cmd == ["sleep", "100"]
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    assert process.returncode is None
    process.delete()


def test_runs_under_its_number(polyproc_client: polyproc.Polyproc) -> None:
    with polyproc_client.process(["sh", "-c", "echo $$"]).stdout as stdout:
        shown = int(stdout.read())
    process = polyproc_client.process(["sh", "-c", "echo $$"])
    with process.stdout as stdout:
        assert int(stdout.read()) == process.pid != shown


def test_has_what_it_is_given(polyproc_client: polyproc.Polyproc, tmp_path: Path) -> None:
    program = (
        "import os, sys, json; print(json.dumps([sys.argv[1:], os.environ['GREETING'],"
        " os.getcwd(), sys.stdin.read()]))"
    )
    process = polyproc_client.process(
        [Path(sys.executable), "-c", program, "a b", "ä"],
        env={"GREETING": "hällo", "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"},
        cwd=tmp_path,
        stdin="in ☃",
    )
    with process.stdout as stdout:
        assert json.loads(stdout.read()) == [
            ["a b", "ä"],
            "hällo",
            str(tmp_path.resolve()),
            "in ☃",
        ]


def test_says_why_it_cannot_be_started(polyproc_client: polyproc.Polyproc) -> None:
    name = _name()
    with pytest.raises(polyproc.StartFailed, match="no-such-program"):
        polyproc_client.process(["no-such-program"], name=name)
    with pytest.raises(OSError, match="no-such-folder"):
        polyproc_client.process(["true"], name=name, cwd="/no-such-folder")
    assert polyproc_client.process(["true"], name=name).wait() == 0


def test_refuses_what_is_no_command(polyproc_client: polyproc.Polyproc) -> None:
    with pytest.raises(TypeError, match="Expected a list"):
        polyproc_client.process("ls -l")
    with pytest.raises(ValueError, match="the list is empty"):
        polyproc_client.process([])


def test_is_found_by_its_name_and_listed(polyproc_client: polyproc.Polyproc) -> None:
    name = _name()
    process = polyproc_client.process(["sh", "-c", "exit 4"], name=name)
    process.wait()
    found = polyproc_client.existing_process(name)
    assert found == process
    assert found.pid == process.pid
    assert found.returncode is None
    assert found.poll() == 4
    with pytest.raises(polyproc.Error) as refused:
        polyproc_client.process(["true"], name=name)
    assert refused.value.reason == polyproc.Reason.OBJECT_EXISTS
    [info] = [p for p in polyproc_client.processes() if p.name == name]
    assert info == process.info()
    assert info.command == ("sh", "-c", "exit 4")
    assert info.state == "ended"
    assert info.returncode == 4
    assert info.ended is not None
    assert info.started <= info.ended
    process.delete()
    assert name not in [p.name for p in polyproc_client.processes()]
    with pytest.raises(polyproc.Error) as gone:
        polyproc_client.existing_process(name)
    assert gone.value.reason == polyproc.Reason.OBJECT_NOT_FOUND


def test_is_this_very_process(polyproc_client: polyproc.Polyproc) -> None:
    name = _name()
    old = polyproc_client.process(["sleep", "100"], name=name)
    old.delete()
    new = polyproc_client.process(["sleep", "100"], name=name)
    for call in (old.kill, old.wait, old.stdout.read, lambda: list(old.output())):
        with pytest.raises(polyproc.Error) as gone:
            call()
        assert gone.value.reason == polyproc.Reason.OBJECT_DELETED
    old.stdout.close()
    assert new.is_alive()
    new.delete()


def test_goes_to_others(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(["sleep", "100"])
    other = pickle.loads(pickle.dumps(process))
    assert other == process
    assert other.pid == process.pid
    assert repr(other) == f"<Process '{process.name}'>"
    other.kill()
    assert process.wait() == -signal.SIGKILL


def test_ends_with_the_session_when_it_is_daemonic(
    daemon: Daemon, polyproc_client: polyproc.Polyproc
) -> None:
    with polyproc.connect(daemon.address) as starter:
        process = starter.process(["sleep", "100"], daemonic=True)
        other = starter.process(["sleep", "100"])
        assert process.info().daemonic
    assert polyproc_client.existing_process(process.name).wait() == -signal.SIGTERM
    stays = polyproc_client.existing_process(other.name)
    assert stays.is_alive()
    stays.delete()


# As subprocess.Popen.


def test_tells_all_that_it_wrote_and_waits_for_its_end(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(["sh", "-c", "cat; echo wrong >&2; exit 3"], stdin=b"said")
    assert process.communicate() == (b"said", b"wrong\n")
    assert process.returncode == 3
    assert process.communicate(timeout=0) == (b"said", b"wrong\n")


def test_tells_much_of_both_sources(polyproc_client: polyproc.Polyproc) -> None:
    program = (
        "import sys\nfor i in range(50): sys.stdout.write('o' * 5000); sys.stderr.write('e' * 5000)"
    )
    process = polyproc_client.process([sys.executable, "-c", program])
    assert process.communicate(timeout=60) == (b"o" * 250_000, b"e" * 250_000)


def test_goes_on_to_tell_what_it_wrote_after_the_time_was_up(
    polyproc_client: polyproc.Polyproc,
) -> None:
    process = polyproc_client.process(
        ["sh", "-c", "trap 'echo two; exit 5' TERM; echo one; while :; do sleep 0.01; done"]
    )
    assert process.stdout.readline() == b"one\n"
    process.stdout.close()
    late: subprocess.TimeoutExpired | None = None
    while late is None or not late.output:  # Until the first piece has come.
        with pytest.raises(subprocess.TimeoutExpired) as expired:
            process.communicate(timeout=0.05)
        late = expired.value
    assert (late.cmd, late.timeout, late.output) == (process.args, 0.05, b"one\n")
    assert process.returncode is None
    process.terminate()
    out, _ = process.communicate()
    assert out == b"one\ntwo\n"
    assert process.returncode == 5


def test_says_when_it_cannot_tell_all_that_it_wrote(small_daemon: Daemon) -> None:
    with polyproc.connect(small_daemon.address) as client:
        process = client.process(
            [sys.executable, "-c", "import sys; sys.stdout.write('x' * 10_000 + 'end')"]
        )
        process.wait()
        with pytest.raises(polyproc.MissedOutput) as missed:
            process.communicate()
        out, _ = process.communicate()
        assert out == b"x" * (10_000 - missed.value.missed) + b"end"


def test_knows_what_it_was_started_as(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process([Path("/bin/sh"), "-c", "exit"])
    assert process.args == ["/bin/sh", "-c", "exit"]
    assert polyproc_client.existing_process(process.name).args == process.args
    assert pickle.loads(pickle.dumps(process)).args == process.args


def test_is_waited_for_at_the_end_of_its_block(polyproc_client: polyproc.Polyproc) -> None:
    with polyproc_client.process(["sh", "-c", "read line; echo $line; exit 6"], stdin="x") as one:
        assert one.stdout.readline() == b"x\n"
        stdout = one.stdout
    assert one.returncode == 6
    assert stdout.closed
    with polyproc_client.process(["sleep", "100"]) as deleted:
        deleted.delete()
    for thrown, ended in ((ValueError, -signal.SIGKILL), (KeyboardInterrupt, None)):
        process = polyproc_client.process(["sh", "-c", "kill -9 $$"])
        with pytest.raises(thrown), process:
            raise thrown
        assert process.returncode == ended  # Who is interrupted does not wait.


def test_tells_all_that_it_wrote_after_an_interruption(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(["sh", "-c", "echo one; exec sleep 100"])
    with interrupting() as alarm:
        alarm.set(0.05)
        with pytest.raises(Interrupt):
            process.communicate()
    process.kill()
    assert process.communicate() == (b"one\n", b"")


class Stop(OSError):
    """What a program's handler may raise: the class says nothing of a connection."""


_OF_HANDLERS = [Stop, TimeoutError, ConnectionResetError, subprocess.TimeoutExpired("own", 1)]
_OF_HANDLERS += [polyproc.Error("own"), polyproc.ConnectionLost("own")]


@pytest.mark.parametrize("thrown", _OF_HANDLERS, ids=repr)
@pytest.mark.parametrize("timeout", [None, 60.0])
def test_raises_what_a_handler_raises_while_it_tells_all_that_it_wrote(
    polyproc_client: polyproc.Polyproc, thrown: Any, timeout: float | None
) -> None:
    process = polyproc_client.process(["sh", "-c", "echo one; exec sleep 100"])
    with interrupting(thrown) as alarm:
        alarm.set(0.05)
        with pytest.raises(BaseException) as raised:  # noqa: PT011
            process.communicate(timeout=timeout)
    assert raised.value is thrown or type(raised.value) is thrown
    process.kill()
    assert process.communicate(timeout=timeout) == (b"one\n", b"")


@pytest.mark.parametrize("thrown", _OF_HANDLERS, ids=repr)
def test_raises_what_a_handler_raises_while_its_output_is_read(
    polyproc_client: polyproc.Polyproc, thrown: Any
) -> None:
    process = polyproc_client.process(["sh", "-c", "exec sleep 100"])
    tail = process.output(tail=0)
    for read in (process.stdout.readline, process.output().__next__, tail.__next__):
        with interrupting(thrown) as alarm:
            alarm.set(0.05)
            with pytest.raises(BaseException) as raised:  # noqa: PT011
                read()
        assert raised.value is thrown or type(raised.value) is thrown
    process.kill()
    process.stdout.close()


def test_raises_what_a_handler_raises_at_the_end_of_its_block(
    polyproc_client: polyproc.Polyproc,
) -> None:
    own = polyproc.Error("own", polyproc.Reason.OBJECT_DELETED)
    process = polyproc_client.process(["sleep", "100"])
    with interrupting(own) as alarm:
        with pytest.raises(polyproc.Error) as raised, process:
            alarm.set(0.05)
        assert raised.value is own
    process.delete()


# Output.


def test_gives_lines_as_they_come(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(
        ["sh", "-c", "echo one; echo wrong >&2; echo two; exec sleep 100"]
    )
    assert process.stdout.readline() == b"one\n"
    assert process.stdout.readline() == b"two\n"
    process.kill()
    assert list(process.stdout) == []
    assert process.stderr.read() == b"wrong\n"
    process.stdout.close()
    process.stderr.close()


def test_gives_texts_where_they_are_asked_for(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(["printf", "ä\nö\n"])
    with io.TextIOWrapper(process.stdout, encoding="utf-8") as lines:
        assert list(lines) == ["ä\n", "ö\n"]


def test_gives_much(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(
        [sys.executable, "-c", "import sys; sys.stdout.buffer.write(bytes(range(256)) * 3000)"]
    )
    with process.stdout as stdout:
        assert stdout.read() == bytes(range(256)) * 3000


def test_gives_both_sources_at_once(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(["sh", "-c", "printf out; printf err >&2"])
    process.wait()
    got = {"stdout": b"", "stderr": b""}
    for piece in process.output():
        got[piece.source] += piece.data
        assert not piece.missed
    assert got == {"stdout": b"out", "stderr": b"err"}
    tail = list(process.output(tail=2, follow=False))
    assert {piece.source: piece.data for piece in tail} == {"stdout": b"ut", "stderr": b"rr"}


def test_does_not_wait_for_what_comes_when_told_so(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(["sh", "-c", "echo one; exec sleep 100"])
    assert process.stdout.readline() == b"one\n"
    assert [piece.data for piece in process.output(follow=False)] == [b"one\n"]
    process.stdout.close()
    process.delete()


def test_says_how_much_is_missing_and_goes_on(small_daemon: Daemon) -> None:
    with polyproc.connect(small_daemon.address) as client:
        process = client.process(
            [sys.executable, "-c", "import sys; sys.stdout.write('x' * 10_000 + 'end')"]
        )
        process.wait()
        [piece] = process.output()
        assert piece.missed == 10_003 - len(piece.data)
        with process.stdout as stdout:
            with pytest.raises(polyproc.MissedOutput, match="dropped") as missed:
                stdout.read()
            assert missed.value.missed == piece.missed
            assert isinstance(missed.value, OSError)
            assert stdout.read() == piece.data
            assert piece.data.endswith(b"end")


def test_goes_on_after_an_interruption(polyproc_client: polyproc.Polyproc) -> None:
    go = polyproc_client.event(f"event-{uuid.uuid4()}")
    program = (
        "import polyproc; print('one', flush=True);"
        f"polyproc.connect().event('{go.name}').wait(); print('two', flush=True)"
    )
    process = polyproc_client.process([sys.executable, "-c", program])
    assert process.stdout.readline() == b"one\n"
    before = signal.signal(signal.SIGALRM, _interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            process.stdout.readline()
    finally:
        signal.signal(signal.SIGALRM, before)
    go.set()
    assert process.stdout.readline() == b"two\n"
    assert process.stdout.read() == b""
    process.stdout.close()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_goes_on_after_its_connection_broke(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(["sh", "-c", "echo one; echo two; exec sleep 100"])
    pieces = process.output()
    first = next(pieces)
    raw: Any = process.stdout.raw
    assert process.stdout.readline() == b"one\n"
    connection = raw._pieces._connection
    assert isinstance(connection, SideConnection)
    connection.close()
    assert process.stdout.readline() == b"two\n"
    process.kill()
    assert process.stdout.read() == b""
    assert first.data + b"".join(p.data for p in pieces) == b"one\ntwo\n"
    process.stdout.close()


def test_is_read_by_a_forked_child_from_where_the_parent_was(
    polyproc_client: polyproc.Polyproc,
) -> None:
    process = polyproc_client.process(["sh", "-c", "echo one; echo two; exec sleep 100"])
    descriptor, back = os.pipe()
    raw: Any = process.stdout.raw
    assert raw.read(2) == b"on"
    child = os.fork()
    if child == 0:
        try:
            os.write(back, raw.readline() + raw.readline())
        finally:
            os._exit(0)
    exit_code_of(child)
    assert os.read(descriptor, 100) == b"e\ntwo\n"
    assert raw.readline() + raw.readline() == b"e\ntwo\n"
    os.close(descriptor)
    os.close(back)
    process.stdout.close()
    process.delete()


def test_ends_when_the_daemon_is_gone() -> None:
    with running_daemon() as daemon, polyproc.connect(daemon.address, patience=0) as client:
        process = client.process(["sleep", "100"])
        daemon.process.kill()
        daemon.process.wait()
        with pytest.raises(polyproc.ConnectionLost):
            process.stdout.read()
        process.stdout.close()


def test_leaves_no_descriptor_open(polyproc_client: polyproc.Polyproc) -> None:
    process = polyproc_client.process(["echo", "x"])
    before = _descriptors()
    for _ in range(50):
        assert [piece.data for piece in process.output()] == [b"x\n"]
    assert _descriptors() == before


# Workers.


def test_is_a_worker_whose_session_is_tied_to_it(polyproc_client: polyproc.Polyproc) -> None:
    lock = polyproc_client.lock(f"lock-{uuid.uuid4()}")
    program = (
        f"import polyproc, signal; polyproc.connect().lock('{lock.name}').acquire();"
        "print('held', flush=True); signal.pause()"
    )
    worker = polyproc_client.process([sys.executable, "-c", program])
    assert worker.stdout.readline() == b"held\n"
    assert not lock.acquire(blocking=False)
    waiter = threading.Thread(target=lock.acquire)
    waiter.start()
    worker.kill()
    finish(waiter)
    assert lock.locked()
    worker.stdout.close()


def test_opens_a_session_where_its_parent_has_used_the_credential(
    polyproc_client: polyproc.Polyproc,
) -> None:
    program = (
        "import polyproc, subprocess, sys; client = polyproc.connect();"
        "subprocess.run([sys.executable, '-c', 'import polyproc; polyproc.connect()'], check=True);"
        "client.close(); polyproc.connect().event()"
    )
    worker = polyproc_client.process([sys.executable, "-c", program])
    assert worker.wait() == 0, worker.stderr.read()
