"""Which daemon a program of the drop-in has, and until when."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from children import until
from daemons import JAR, Daemon, java
from extents import methods
from waits import Lines

_BEGIN = """
import os, select, signal, sys
import polyproc.multiprocessing as mp
from polyproc.multiprocessing import _runtime

def say(*words):
    # A line whole, whoever else says one.
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def daemon():
    return _runtime._private.pid if _runtime._private else os.environ["POLYPROC_ADDRESS"]

"""

_END = """
if __name__ == "__main__":
    if sys.argv[1:]:
        mp.set_start_method(sys.argv[1])
    main()
"""


class Program:
    """A program in a home of its own, that no daemon was told to."""

    def __init__(self, folder: Path, body: str, *arguments: str, **environment: str) -> None:
        path = folder / "program.py"
        path.write_text(_BEGIN + body + _END)
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        variables = os.environ | {"XDG_RUNTIME_DIR": str(runtime)} | environment
        self.process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-W", "error", path, *arguments],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        self._lines = Lines(self.process.stdout.fileno())

    def hears(self) -> str:
        """What it says next; where it has ended instead, why is part of the failure."""
        line = self._lines.next().strip()
        assert line, self.ends()
        return line

    def tell(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b".")
        self.process.stdin.flush()

    def ends(self) -> tuple[int, str]:
        """Its exit code, and what it has written to stderr."""
        assert self.process.stderr is not None
        errors = self.process.stderr.read().decode()
        return self.process.wait(60), errors

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


class Programs:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all: list[Program] = []

    def start(self, body: str, *arguments: str, **environment: str) -> Program:
        self.all.append(Program(self.folder, body, *arguments, **environment))
        return self.all[-1]


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    started = Programs(tmp_path)
    yield started
    for program in started.all:
        program.close()


def _is_gone(pid: int) -> bool:
    try:
        return b") Z" in Path(f"/proc/{pid}/stat").read_bytes()
    except FileNotFoundError:
        return True


_USES_A_CHILD = """
def child(queue):
    queue.put(queue.get() + 1)

def main():
    queue = mp.Queue()
    say(_runtime._private.pid, _runtime._private.address)
    process = mp.Process(target=child, args=(queue,))
    queue.put(1)
    process.start()
    process.join()
    say(queue.get())
"""


@pytest.mark.parametrize("method", methods())
def test_should_have_a_daemon_that_ends_with_the_program(method: str, programs: Programs) -> None:
    program = programs.start(_USES_A_CHILD, method)
    pid, address = program.hears().split()
    assert program.hears() == "2"
    assert program.ends() == (0, "")
    until(lambda: _is_gone(int(pid)))
    until(lambda: not Path(address.removeprefix("unix:")).parent.exists())


@pytest.mark.parametrize("method", methods())
def test_should_have_a_daemon_for_children_that_outlive_the_program(
    method: str, programs: Programs
) -> None:
    program = programs.start(
        """
def child(queue):
    mp.parent_process().join()
    item = queue.get()
    queue.put("by the child")
    say(os.getpid(), item, queue.get())
    signal.pause()

def main():
    queue = mp.Queue()
    queue.put("by the parent")
    say(daemon())
    mp.Process(target=child, args=(queue,)).start()
    os.kill(os.getpid(), signal.SIGKILL)
""",
        method,
    )
    pid = int(program.hears())
    assert program.process.wait(30) == -signal.SIGKILL
    child, *items = program.hears().split(maxsplit=1)
    assert items == ["by the parent by the child"]
    assert not _is_gone(pid)
    os.kill(int(child), signal.SIGKILL)
    until(lambda: _is_gone(pid))
    assert program.ends() == (-signal.SIGKILL, "")


@pytest.mark.parametrize("method", methods())
def test_should_have_a_daemon_that_ends_where_all_are_killed_before_their_first_call(
    method: str, programs: Programs
) -> None:
    program = programs.start(
        """
def child(queue):
    signal.pause()

def main():
    queue = mp.Queue()
    say(daemon())
    process = mp.Process(target=child, args=(queue,))
    process.start()
    say(process.pid)
    signal.pause()
""",
        method,
    )
    pid, child = int(program.hears()), int(program.hears())
    program.process.kill()
    os.kill(child, signal.SIGKILL)
    until(lambda: _is_gone(pid))


@pytest.mark.parametrize("method", methods())
def test_should_have_the_daemon_of_a_child_that_is_the_first_to_make_something(
    method: str, programs: Programs
) -> None:
    program = programs.start(
        """
def child():
    queue = mp.Queue()
    queue.put(1)
    assert queue.get() == 1
    say(os.environ["POLYPROC_ADDRESS"])

def main():
    process = mp.Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == 0
    queue = mp.Queue()
    queue.put("mine")
    assert queue.get() == "mine"
    say(os.environ["POLYPROC_ADDRESS"])
""",
        method,
    )
    theirs, mine = program.hears(), program.hears()
    assert theirs == mine
    assert program.ends() == (0, "")


def test_should_serve_children_of_a_fork_server_that_was_there_before(
    programs: Programs,
) -> None:
    program = programs.start(
        """
def before():
    pass

def child(queue):
    mp.Queue().put(1)  # One of its own.
    queue.put(daemon())

def main():
    process = mp.Process(target=before)
    process.start()
    process.join()
    queue = mp.Queue()
    say(daemon())
    process = mp.Process(target=child, args=(queue,))
    process.start()
    process.join()
    say(queue.get(timeout=10))
""",
        "forkserver",
    )
    pid = int(program.hears())
    program.hears()
    assert program.ends() == (0, "")
    until(lambda: _is_gone(pid))


_SAYS_WHERE = """
def main():
    mp.Queue()
    say(_runtime._private, _runtime.client()._dialer.address)
"""


def test_should_take_the_daemon_that_the_environment_names(
    daemon: Daemon, programs: Programs
) -> None:
    program = programs.start(
        _SAYS_WHERE,
        POLYPROC_ADDRESS=daemon.address,
    )
    assert program.hears() == f"None {daemon.address}"
    assert program.ends() == (0, "")


@pytest.fixture
def default_socket(tmp_path: Path) -> Iterator[Path]:
    """That of programs, at which a daemon is."""
    shown = subprocess.run(
        [sys.executable, "-c", "from polyproc._address import Address; print(Address.default())"],
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path / "runtime")},
        capture_output=True,
        text=True,
        check=True,
    )
    socket = Path(shown.stdout.strip().removeprefix("unix:"))
    assert socket.is_relative_to(tmp_path)
    socket.parent.mkdir(mode=0o700, parents=True)
    socket.parent.parent.chmod(0o700)
    server = subprocess.Popen(
        [java(), "-XX:TieredStopAtLevel=1", "-jar", JAR, "--socket", str(socket), "--port", "0"],
        stdout=subprocess.PIPE,
    )
    try:
        assert server.stdout is not None
        assert Lines(server.stdout.fileno()).next().startswith("polyprocd ready")
        yield socket
    finally:
        server.terminate()
        server.wait()
        assert server.stdout is not None
        server.stdout.close()


def test_should_take_the_daemon_at_the_default_socket(
    programs: Programs, default_socket: Path
) -> None:
    program = programs.start(_SAYS_WHERE)
    assert program.hears() == f"None unix:{default_socket}"
    assert program.ends() == (0, "")


@pytest.mark.usefixtures("default_socket")
@pytest.mark.parametrize("method", methods())
def test_should_not_look_again_whether_a_daemon_is_there_where_a_process_starts(
    method: str, programs: Programs
) -> None:
    program = programs.start(
        """
def main():
    queue = mp.Queue()
    looks = []
    _runtime._is_default_there = lambda: looks.append("look") or True
    process = mp.Process(target=queue.put, args=("its own",))
    process.start()
    process.join()
    say(queue.get(), *looks)
""",
        method,
    )
    assert program.hears() == "its own"
    assert program.ends() == (0, "")


_SAYS_WHY = """
def main():
    try:
        mp.Queue()
    except Exception as e:
        say(type(e).__name__, e)
"""


def test_should_say_that_it_takes_java(programs: Programs, tmp_path: Path) -> None:
    program = programs.start(_SAYS_WHY, PATH=str(tmp_path), JAVA_HOME="")
    said = program.hears()
    assert said.startswith("DaemonStartFailed Expected Java 17 or newer"), said
    assert program.ends() == (0, "")


def test_should_say_that_there_is_no_daemon_where_one_was_named(programs: Programs) -> None:
    program = programs.start(_SAYS_WHY, POLYPROC_ADDRESS="unix:/nowhere/at.all")
    assert program.hears().startswith("ConnectionLost Expected a daemon at unix:/nowhere/at.all")
    assert program.ends() == (0, "")
    program = programs.start(_SAYS_WHY, POLYPROC_ADDRESS="no address")
    assert program.hears().startswith("ValueError Expected ")
    assert program.ends() == (0, "")


def test_should_start_one_daemon_where_two_threads_make_the_first_object(
    programs: Programs,
) -> None:
    program = programs.start(
        """
import threading

def main():
    clients = []
    def first():
        mp.Queue()
        clients.append((_runtime.client(), _runtime._private.pid))
    threads = [threading.Thread(target=first) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    say(len(clients), len(set(clients)))
"""
    )
    assert program.hears() == "4 1"
    assert program.ends() == (0, "")


_ENDS = {
    "return": (0, ""),
    "sys.exit(3)": (3, ""),
    "sys.exit('bye')": (1, "bye\n"),
    "os._exit(4)": (4, ""),
    "os.kill(os.getpid(), signal.SIGTERM)": (-signal.SIGTERM, ""),
    "os.kill(os.getpid(), signal.SIGKILL)": (-signal.SIGKILL, ""),
    "raise SystemExit": (0, ""),
}


@pytest.mark.parametrize("end", [*_ENDS, "raise ValueError('wrong')"])
@pytest.mark.parametrize("who", ["parent", "child"])
def test_should_be_silent_at_all_ends(
    end: str, who: str, programs: Programs, daemon: Daemon
) -> None:
    program = programs.start(
        f"""
def end(queue):
    queue.get()
    queue.put(2)
    {end}

def main():
    queue = mp.Queue()
    queue.put(1)
    if {who == "parent"}:
        end(queue)
        return
    process = mp.Process(target=end, args=(queue,))
    process.start()
    process.join()
    code = process.exitcode
    if code < 0:
        os.kill(os.getpid(), -code)
    os._exit(code)
""",
        "fork",
        POLYPROC_ADDRESS=daemon.address,
    )
    code, errors = program.ends()
    if end in _ENDS:
        assert (code, errors) == _ENDS[end]
    else:
        assert code == 1
        assert errors.endswith("ValueError: wrong\n")
        assert errors.count("Traceback") == 1


@pytest.mark.parametrize("method", methods())
def test_should_have_one_daemon_for_children_that_are_the_first_to_make_something(
    method: str, programs: Programs
) -> None:
    program = programs.start(
        """
GO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "go")

def child():
    queue = mp.Queue()
    queue.put(1)
    assert queue.get() == 1
    say(os.environ["POLYPROC_ADDRESS"])
    while not os.path.exists(GO):
        select.select([], [], [], 0.01)

def main():
    children = [mp.Process(target=child) for _ in range(3)]
    for each in children:
        each.start()
    queue = mp.Queue()
    say(os.environ["POLYPROC_ADDRESS"])
    queue.put("still there")
    sys.stdin.read(1)
    open(GO, "w").close()
    for each in children:
        each.join()
    assert queue.get() == "still there"
""",
        method,
    )
    assert len({program.hears() for _ in range(4)}) == 1
    program.tell()
    assert program.ends() == (0, "")


def test_should_start_another_daemon_where_that_of_the_parent_has_ended(
    programs: Programs, tmp_path: Path
) -> None:
    (tmp_path / "later.py").write_text(
        "import polyproc.multiprocessing as mp\n"
        "queue = mp.Queue()\n"
        "queue.put('its own')\n"
        "print(queue.get(), flush=True)\n"
    )
    program = programs.start(
        """
import subprocess

def main():
    mp.Queue()
    say(daemon())
    later = os.path.join(os.path.dirname(os.path.abspath(__file__)), "later.py")
    wait = "import sys, os; sys.stdin.read(1); os.execv(sys.executable, [sys.executable, %r])"
    subprocess.Popen([sys.executable, "-c", wait % later])
    os._exit(0)
"""
    )
    pid = int(program.hears())
    until(lambda: _is_gone(pid))
    program.tell()
    assert program.hears() == "its own"
