"""A daemon that a program starts for itself: how it starts, for whom it lives, how it ends."""

import contextlib
import fcntl
import gc
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import polyproc
from daemons import JAR
from extents import all_on_newest
from polyproc import _java, _private
from polyproc._address import Address, UnreachableError
from polyproc._errors import DaemonStartFailed
from polyproc._java import Archive
from polyproc._private import PrivateDaemon, private

all_on_newest(__name__)

LONG = 30.0


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What tests make in a cache is nobody else's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a release is that has no archive of classes."""
    lib = tmp_path / "release" / "lib"
    lib.mkdir(parents=True)
    (lib / "polyprocd.jar").symlink_to(JAR)
    monkeypatch.setenv("POLYPROC_HOME", str(lib.parent))
    return lib.parent


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder in which nobody else makes anything, with a short path."""
    with tempfile.TemporaryDirectory(prefix="polyproc-") as name:
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield Path(name)


def _folder(daemon: PrivateDaemon) -> Path:
    return Path(daemon.address.removeprefix("unix:")).parent


def _answers(daemon: PrivateDaemon) -> bool:
    with Address.parse(daemon.address).connect(LONG) as connected:
        return connected.recv(9)[3] == 4  # SETTINGS


def _await_end(pid: int) -> None:
    """Wait for the end of a process that is not this one's child."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            assert select.select([handle], [], [], LONG)[0], f"process {pid} runs on"
        finally:
            os.close(handle)


def _open_descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@contextlib.contextmanager
def _program(source: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A program that has said a line when it is given out, and is killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(source), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            yield program
        finally:
            program.kill()


def _line(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


STARTS_ONE = """
    import sys
    from polyproc._private import private
    daemon = private(log=sys.argv[1])
    print(daemon.pid, daemon.address, flush=True)
    sys.stdin.read()
    """

HAS_A_SESSION = """
    import os, sys
    import grpc
    from polyproc.v1 import session_pb2 as messages
    with grpc.insecure_channel(sys.argv[1], [("grpc.default_authority", "localhost")]) as channel:
        channel.unary_unary(
            "/polyproc.v1.SessionService/Open",
            messages.SessionOpenRequest.SerializeToString,
            messages.SessionOpenResponse.FromString,
        )(messages.SessionOpenRequest(process=messages.ClientProcess(pid=os.getpid())))
        print("open", flush=True)
        sys.stdin.read()
    """


# For whom it lives


def test_should_serve_in_a_folder_of_its_own_until_it_is_closed() -> None:
    before = _open_descriptors()
    with private() as daemon:
        assert _answers(daemon)
        assert daemon.is_alive()
        assert _folder(daemon).stat().st_mode & 0o777 == 0o700
        assert repr(daemon) == f"<polyproc.PrivateDaemon {daemon.address}, pid {daemon.pid}>"
    assert not daemon.is_alive()
    assert not _folder(daemon).exists()
    assert daemon.log == ""
    assert daemon.close()
    assert _open_descriptors() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(daemon.pid, 0)


def test_should_end_with_a_program_that_is_killed(tmp_path: Path) -> None:
    with _program(STARTS_ONE, str(tmp_path / "log")) as program:
        pid, address = _line(program).split()
        Address.parse(address).connect(LONG).close()
        program.kill()
        _await_end(int(pid))
        assert not Path(address.removeprefix("unix:")).parent.exists()


def test_should_end_when_the_program_is_killed_before_it_serves(tmp_path: Path) -> None:
    source = """
    import os, sys, tempfile
    from polyproc import _private
    def start(command, *rest):
        process, lifeline, output = before(command, *rest)
        print(process.pid, command[command.index("--socket") + 1], flush=True)
        os.kill(os.getpid(), 9)
    before, _private._start = _private._start, start
    _private.private(log=sys.argv[1])
    """
    with _program(source, str(tmp_path / "log")) as program:
        pid, socket = _line(program).split()
        assert program.wait(LONG) == -signal.SIGKILL
        _await_end(int(pid))
        assert not Path(socket).parent.exists()
        assert (tmp_path / "log").read_text() == ""


def test_should_live_for_as_long_as_others_have_sessions(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with _program(STARTS_ONE, str(log)) as program:
        pid, address = _line(program).split()
        with _program(HAS_A_SESSION, address) as other:
            assert _line(other) == "open"
            program.kill()
            while "the daemon ends with the last session, of 1 now" not in log.read_text():
                Address.parse(address).connect(LONG).close()
            Address.parse(address).connect(LONG).close()
            other.kill()
            _await_end(int(pid))
    assert not Path(address.removeprefix("unix:")).parent.exists()


def test_should_say_nothing_when_a_program_ends_without_closing_it() -> None:
    source = "from polyproc._private import private; daemon = private(); print(daemon.pid)"
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", source],
        capture_output=True,
        text=True,
        check=True,
        timeout=2 * LONG,
    )
    assert ended.stderr == ""
    _await_end(int(ended.stdout))


def _run(source: str) -> None:
    """Run a program of one thread, which forks without a warning and says nothing."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(source)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=4 * LONG)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_should_live_on_when_a_forked_process_closes_it() -> None:
    _run("""
        import os
        from polyproc._address import Address
        from polyproc._private import private
        with private() as daemon:
            child = os.fork()
            if child == 0:
                assert daemon.is_alive()
                assert not daemon.close(0)
                del daemon
                os._exit(0)
            assert os.waitpid(child, 0) == (child, 0)
            assert daemon.is_alive()
            Address.parse(daemon.address).connect(30).close()
        """)


def test_should_live_for_a_forked_process_after_the_one_that_started_it() -> None:
    _run("""
        import os
        from pathlib import Path
        from polyproc._address import Address
        from polyproc._private import private
        daemon = private()
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(tell)
            os.read(told, 1)
            Address.parse(daemon.address).connect(30).close()
            os._exit(0)
        os.close(told)
        assert not daemon.close(0)
        assert daemon.is_alive()
        os.close(tell)
        assert os.waitpid(child, 0) == (child, 0)
        assert daemon.close(30)
        assert not Path(daemon.address.removeprefix("unix:")).parent.exists()
        """)


def test_should_close_nothing_else_where_a_server_closes_all_descriptors() -> None:
    _run("""
        import os
        from polyproc._private import private
        with private() as daemon:
            child = os.fork()
            if child == 0:
                os.closerange(3, 256)
                others = [os.open(os.devnull, os.O_RDONLY) for _ in range(64)]
                daemon.close(0)
                del daemon
                for other in others:
                    os.fstat(other)
                os._exit(0)
            assert os.waitpid(child, 0) == (child, 0)
        """)


def test_should_not_live_for_a_program_that_was_executed() -> None:
    with private() as daemon:
        other = subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False)
    try:
        assert not daemon.is_alive()
        assert other.poll() is None
    finally:
        other.communicate()


def test_should_end_when_nobody_refers_to_it_and_leave_no_zombie() -> None:
    before = _open_descriptors()
    daemon = private()
    pid = daemon.pid
    del daemon
    gc.collect()
    _await_end(pid)
    assert _open_descriptors() == before
    _private._reap_left_alone()
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, 0)


def test_should_not_be_reached_by_the_signals_of_a_terminal() -> None:
    with private() as daemon:
        assert os.getsid(daemon.pid) == daemon.pid != os.getsid(0)


def test_should_tell_that_it_was_killed() -> None:
    with private() as daemon:
        os.kill(daemon.pid, signal.SIGKILL)
        _await_end(daemon.pid)
        assert not daemon.is_alive()
        assert daemon.close(LONG)
        with pytest.raises(UnreachableError):
            _answers(daemon)
    shutil.rmtree(_folder(daemon))


# How it starts


def test_should_pass_options_on_and_write_its_log_where_it_is_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    port = tmp_path / "port"
    with private("--port-file", str(port), log=log) as daemon:
        assert port.exists()
        assert daemon.log == "before\n"


def test_should_say_why_a_daemon_did_not_start(temporary: Path) -> None:
    before = _open_descriptors()
    with pytest.raises(
        DaemonStartFailed, match=r"to start, but it ended: .*Expected a --session-ttl"
    ):
        private("--session-ttl", "soon")
    assert _open_descriptors() == before
    assert list(temporary.iterdir()) == []


def test_should_fail_as_all_calls_do() -> None:
    with pytest.raises(polyproc.Error, match=r"to start a daemon, but could not: .*/nowhere/log"):
        private(log="/nowhere/log")
    assert issubclass(DaemonStartFailed, RuntimeError)


def test_should_use_another_folder_where_the_path_of_a_socket_has_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("x" * 80, "a,b"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        made = _private._make_folder()
        assert Path(made).parent == Path("/tmp")
        Path(made).rmdir()


def _fake_java(folder: Path, script: str, version: str | None = None) -> Path:
    """A home of Java whose program is a script of the shell."""
    home = folder / "java"
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\n{script}\n")
    java.chmod(0o755)
    if version is not None:
        (home / "release").write_text(f'IMPLEMENTOR="X"\nJAVA_VERSION="{version}"\n')
    return home


def test_should_say_that_there_is_no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DaemonStartFailed) as refused:
        private()
    assert str(refused.value) == (
        "Expected Java 17 or newer in the PATH, but there is no java; install Java 17 or newer, "
        "such as the package openjdk-17-jre-headless, or set JAVA_HOME to where one is"
    )
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(DaemonStartFailed, match="in JAVA_HOME, /nowhere, but there is no java"):
        private()


@pytest.mark.parametrize(("release", "shown"), [("11.0.2", "11"), ("1.8.0_292", "8"), (None, "8")])
def test_should_say_that_java_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: str | None, shown: str
) -> None:
    script = """
    case $1 in
      -version) echo 'openjdk version "1.8.0_292"' >&2 ;;
      *) echo "Unrecognized VM option 'MinRAMPercentage=33'" >&2; exit 1 ;;
    esac"""
    java = _fake_java(tmp_path, script, release)
    monkeypatch.setenv("JAVA_HOME", str(java))
    with pytest.raises(DaemonStartFailed) as refused:
        private()
    assert str(refused.value).startswith(
        f"Expected Java 17 or newer, but {java}/bin/java is Java {shown}; install Java 17 or newer"
    )


def test_should_say_that_there_is_no_jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYPROC_HOME", str(tmp_path))
    with pytest.raises(DaemonStartFailed, match="in POLYPROC_HOME, but there is neither in"):
        private()


def test_should_find_the_jar_of_the_package_then_that_of_the_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "clone" / "client-python" / "src" / "polyproc"
    monkeypatch.setattr(_private, "__file__", str(package / "_private.py"))
    clone = tmp_path / "clone"
    with pytest.raises(DaemonStartFailed, match="this package came without it; set POLYPROC_HOME"):
        _private.find_jar({})
    with pytest.raises(DaemonStartFailed, match="a clone in which mvn package -DskipTests has"):
        _private.find_jar({})
    _touch(clone / "scripts" / "polyprocd")
    with pytest.raises(
        DaemonStartFailed, match=r"but it is not built; in .*/clone run mvn package"
    ):
        _private.find_jar({})
    for place in (
        clone / "server" / "target" / "polyprocd.jar",
        package / "_daemon" / "polyprocd.jar",
    ):
        _touch(place)
        assert _private.find_jar({}) == place
    named = _touch(tmp_path / "release" / "server" / "target" / "polyprocd.jar")
    assert _private.find_jar({"POLYPROC_HOME": f"{tmp_path}/release\n"}) == named
    named = _touch(tmp_path / "release" / "lib" / "polyprocd.jar")
    assert _private.find_jar({"POLYPROC_HOME": f"{tmp_path}/release"}) == named


def _touch(file: Path) -> Path:
    file.parent.mkdir(parents=True)
    file.touch()
    return file


def test_should_end_a_daemon_that_does_not_serve_in_time(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    java = _fake_java(tmp_path, f"echo $$ >{pid}; echo stuck >&2; exec cat", "17.0.1")
    monkeypatch.setenv("JAVA_HOME", str(java))
    before = _open_descriptors()
    with pytest.raises(DaemonStartFailed, match=r"within 0\.2 seconds, but it did not: "):
        private(timeout=0.2)
    assert _open_descriptors() == before
    assert list(temporary.iterdir()) == []
    if pid.exists() and pid.read_text():  # It had come so far.
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


class Stop(OSError):
    """What a program's handler may raise."""


_OF_HANDLERS = [KeyboardInterrupt, Stop, TimeoutError, ChildProcessError, subprocess.TimeoutExpired]


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Python forgets a process during whose start it is interrupted, and warns of that later."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _interrupted(test: Callable[..., None]) -> Callable[..., None]:
    """A test whose processes may be interrupted while they start."""
    ignored = pytest.mark.filterwarnings("ignore::ResourceWarning")
    marked: Callable[..., None] = ignored(pytest.mark.usefixtures("forgotten")(test))
    return marked


@contextlib.contextmanager
def _raising(thrown: type[BaseException]) -> Iterator[BaseException]:
    """SIGUSR1 raises it."""
    made = thrown("own", 1)

    def interrupt(*_: object) -> None:
        raise made

    handler = signal.signal(signal.SIGUSR1, interrupt)
    try:
        yield made
    finally:
        signal.signal(signal.SIGUSR1, handler)


@pytest.mark.parametrize("thrown", _OF_HANDLERS)
@_interrupted
def test_should_end_a_daemon_whose_start_is_interrupted(
    tmp_path: Path,
    temporary: Path,
    monkeypatch: pytest.MonkeyPatch,
    thrown: type[BaseException],
) -> None:
    # The daemon itself interrupts the program, once it runs.
    pid = tmp_path / "pid"
    java = _fake_java(tmp_path, f"echo $$ >{pid}; kill -USR1 $PPID; exec cat", "17.0.1")
    monkeypatch.setenv("JAVA_HOME", str(java))
    before = _open_descriptors()
    with _raising(thrown) as made:
        with pytest.raises(thrown) as raised:
            private()
        assert raised.value is made
    assert _open_descriptors() == before
    assert list(temporary.iterdir()) == []
    # Python forgets a process during whose start it is interrupted; without a lifeline it ends.
    _await_end(int(pid.read_text()))


@pytest.mark.parametrize("thrown", _OF_HANDLERS)
@_interrupted
def test_should_raise_what_a_handler_raises_while_java_is_asked_for_its_version(
    tmp_path: Path, thrown: type[BaseException]
) -> None:
    java = _fake_java(tmp_path, "kill -USR1 $PPID; exec cat", "17.0.1")
    with _raising(thrown) as made:
        with pytest.raises(thrown) as raised:
            _java._asked_version(java / "bin" / "java")
        assert raised.value is made


# The standard library takes a ChildProcessError of a handler for one of its own wait for the child.
@pytest.mark.parametrize("thrown", [kind for kind in _OF_HANDLERS if kind is not ChildProcessError])
@_interrupted
def test_should_raise_what_a_handler_raises_while_an_archive_is_made(
    tmp_path: Path, thrown: type[BaseException]
) -> None:
    java = _fake_java(tmp_path, f"kill -USR1 {os.getpid()}; sleep 0.2", "17.0.1")
    (jar := tmp_path / "a.jar").touch()
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    with _raising(thrown) as made:
        with pytest.raises(thrown) as raised:
            _java.Archive(java / "bin" / "java", jar, cache).make(wait=True)
        assert raised.value is made


@pytest.mark.parametrize("thrown", _OF_HANDLERS)
def test_should_raise_what_a_handler_raises_while_the_end_of_a_daemon_is_awaited(
    thrown: type[BaseException],
) -> None:
    with private() as daemon, polyproc.connect(daemon.address), _raising(thrown) as made:
        striking = threading.Timer(
            0.05, signal.pthread_kill, (threading.get_ident(), signal.SIGUSR1)
        )
        striking.start()
        with pytest.raises(thrown) as raised:
            daemon.close(None)
        assert raised.value is made
        striking.join()


# The virtual machine


def test_should_tell_the_daemon_what_its_environment_was() -> None:
    given = {"A": "1", "LC_ALL": "de_DE", "NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "1"}
    assert _java.daemon_environment(given) == {
        "A": "1",
        "LC_ALL": "C.UTF-8",
        "POLYPROCD_LC_ALL": "=de_DE",
        "MALLOC_ARENA_MAX": "1",
        "POLYPROCD_MALLOC_ARENA_MAX": "",
    }


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({}, []),
        ({"JDK_JAVA_OPTIONS": "-XX:+UseG1GC"}, ["-XX:+UseSerialGC"]),
        ({"JAVA_TOOL_OPTIONS": "-Xmx1g '-XX:-UseSerialGC'"}, ["-XX:+UseSerialGC"]),
        ({"JDK_JAVA_OPTIONS": "-XX:+AggressiveHeap"}, ["-XX:+UseSerialGC"]),
        ({"POLYPROCD_JAVA_OPTIONS": "-Xlog:disable"}, ["-Xlog:async"]),
        ({"_JAVA_OPTIONS": "-XX:MaxRAMPercentage=10"}, ["-XX:MinRAMPercentage=33"]),
        ({"_JAVA_OPTIONS": "-Xshare:off"}, ["-XX:SharedArchiveFile=/a", "-Xshare:auto"]),
        ({"JDK_JAVA_OPTIONS": "@/etc/java"}, ["-XX:+UseSerialGC", "-Xshare:auto", "-Xlog:async"]),
    ],
)
def test_should_tell_the_virtual_machine_what_its_user_does_not(
    variables: dict[str, str], missing: list[str]
) -> None:
    every = _java.options({}, Path("/a"))
    chosen = _java.options(variables, Path("/a"))
    assert set(missing) <= set(every)
    assert not set(missing) & set(chosen)
    given = variables.get("POLYPROCD_JAVA_OPTIONS", "").split()
    assert chosen[len(chosen) - len(given) :] == given


def test_should_choose_as_the_script_does() -> None:
    script = (JAR.parents[2] / "scripts" / "polyprocd").read_text()
    for option in _java.options({}, None):
        assert option in script
    for pattern, _ in _java._CHOICES:
        assert (
            f"choose '{pattern.replace('(?:', '(').replace(chr(92) + 's', '[[:space:]]')}'"
            in script
        )


# The archive of loaded classes


def _archives(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "polyproc").glob("*.jsa"))


def test_should_make_an_archive_at_the_first_start_and_use_it_from_then_on(
    home: Path, tmp_path: Path
) -> None:
    java = _java.find_java(os.environ)
    archive = Archive(java, home / "lib" / "polyprocd.jar", os.environ)
    with private() as first:
        assert "polyprocd-" not in Path(f"/proc/{first.pid}/maps").read_text()
    # It is made by whoever has the lock, beside this program.
    (lock,) = (tmp_path / "cache" / "polyproc").glob("*.lock")
    with lock.open() as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
    found = archive.find()
    assert _archives(tmp_path) == [found]
    assert found is not None
    with private() as second:
        assert str(found) in Path(f"/proc/{second.pid}/maps").read_text()
    assert list(found.parent.glob(".*")) == []


MAKES = """
    import os, sys
    from pathlib import Path
    from polyproc._java import Archive
    archive = Archive(Path(sys.argv[1]), Path(sys.argv[2]), os.environ)
    print("ready", flush=True)
    sys.stdin.readline()
    archive.make(wait=True)
    """


def test_should_make_one_archive_for_many_programs_that_start_at_once(
    home: Path, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    script = f"""
    echo made >>{count}
    for word; do
      case $word in -XX:ArchiveClassesAtExit=*) echo archive >${{word#*=}} ;; esac
    done"""
    java = _fake_java(tmp_path, script, "17.0.1") / "bin" / "java"
    jar = home / "lib" / "polyprocd.jar"
    with contextlib.ExitStack() as running:
        programs = [running.enter_context(_program(MAKES, str(java), str(jar))) for _ in range(6)]
        for program in programs:
            assert _line(program) == "ready"
        for program in programs:
            assert program.stdin is not None
            program.stdin.write("\n")
            program.stdin.flush()
        for program in programs:
            assert program.wait(LONG) == 0
    assert count.read_text() == "made\n"
    (made,) = _archives(tmp_path)
    assert made.read_text() == "archive\n"
    assert Archive(java, jar, os.environ).find() == made


def test_should_try_once_where_no_archive_can_be_made(home: Path, tmp_path: Path) -> None:
    count = tmp_path / "count"
    java = _fake_java(tmp_path, f"echo tried >>{count}; exit 1", "17.0.1") / "bin" / "java"
    archive = Archive(java, home / "lib" / "polyprocd.jar", os.environ)
    archive.make(wait=True)
    archive.make(wait=True)
    assert count.read_text() == "tried\n"
    assert archive.find() is None


def test_should_have_another_archive_for_another_jar_or_another_java(tmp_path: Path) -> None:
    java = _fake_java(tmp_path, "exit 1", "17.0.1") / "bin" / "java"
    jar = tmp_path / "a.jar"
    jar.write_text("one")
    times = jar.stat()
    archive = Archive(java, jar, os.environ)
    first = archive._name()
    assert archive._name() == first
    other = tmp_path / "b.jar"  # as large, and as old
    other.write_text("two")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(jar)
    second = archive._name()
    (java.parent.parent / "release").write_text('JAVA_VERSION="17.0.2"\n')
    assert len({first, second, archive._name()}) == 3


def test_should_use_no_archive_that_others_could_have_made(home: Path, tmp_path: Path) -> None:
    java = _java.find_java(os.environ)
    archive = Archive(java, home / "lib" / "polyprocd.jar", os.environ)
    cache = tmp_path / "cache" / "polyproc"
    cache.mkdir(parents=True)
    (cache / archive._name()).write_text("somebody's")
    assert archive.find() is not None
    cache.chmod(0o777)
    assert archive.find() is None
    archive.make(wait=True)
    assert len(list(cache.iterdir())) == 1


def test_should_start_where_nothing_can_be_cached(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home.exists()
    (tmp_path / "cache").write_text("no folder")
    with private() as daemon:
        assert _answers(daemon)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME", raising=False)
    with private() as daemon:
        assert _answers(daemon)


# pytest


def test_should_give_tests_a_daemon(tmp_path: Path) -> None:
    test = tmp_path / "test_with_a_daemon.py"
    test.write_text(
        textwrap.dedent("""
            from pathlib import Path
            from polyproc._address import Address

            def test_address(polyproc_address):
                Address.parse(polyproc_address).connect(10).close()

            def test_same(polyproc_address, polyproc_daemon):
                assert polyproc_daemon.is_alive()
                Path("address").write_text(polyproc_address)

            def test_client(polyproc_client):
                polyproc_client.queue("jobs").put("one")
                assert polyproc_client.queue("jobs").get() == "one"
            """)
    )
    command = [sys.executable, "-W", "error", "-m", "pytest", "-p", "polyproc_pytest"]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=4 * LONG
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    address = (tmp_path / "address").read_text()
    assert not Path(address.removeprefix("unix:")).parent.exists()


def test_should_not_be_loaded_by_runs_that_want_no_daemon(tmp_path: Path) -> None:
    test = tmp_path / "test_without_a_daemon.py"
    test.write_text(
        textwrap.dedent("""
            import sys

            def test_loaded():
                assert "polyproc_pytest" in sys.modules  # pytest has found it by itself
                assert "polyproc" not in sys.modules
            """)
    )
    command = [sys.executable, "-W", "error", "-m", "pytest"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=4 * LONG)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_should_start_where_the_folder_of_the_program_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    program = subprocess.run(
        [
            sys.executable,
            "-P",  # An import from a folder that is gone is a SystemError of Python 3.13.0.
            "-c",
            textwrap.dedent("""
                import os, polyproc
                os.rmdir(os.getcwd())
                with polyproc.private() as daemon, polyproc.connect(daemon.address) as client:
                    client.event().set()
                print("served")
            """),
        ],
        cwd=gone,
        env={**os.environ, "POLYPROC_HOME": str(JAR.parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (program.stdout, program.stderr) == ("served\n", "")
