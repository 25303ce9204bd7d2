"""A daemon that a program starts for itself."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import secrets
import select
import shutil
import signal
import subprocess
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from polyproc import _java
from polyproc._address import address_in, environment
from polyproc._errors import DaemonStartFailed
from polyproc._java import Archive
from polyproc._object import time_of
from polyproc._signals import raise_of_handler

__all__ = ["PrivateDaemon", "private"]

_LONGEST_FOLDER = 70  # bytes, as the systems have room for 103 to 107 in a socket's path
_NOT_FOR_ALL = set("%?#,\x7f") | {chr(code) for code in range(32)}
_JAR = "polyprocd.jar"
_PREFIX = "polyproc-"
_BUILD = "mvn package -DskipTests"

# Daemons of this process that may have ended, and for whom nobody waits any more.
_left_alone: set[tuple[int, int]] = set()


def private(*options: str, log: Path | str | None = None, timeout: float = 60.0) -> PrivateDaemon:
    """Start a daemon for this program, and wait until it serves.

    It listens on a Unix socket in a folder of its own, which only this user can open. It ends when
    nobody holds the `PrivateDaemon` any more, in this process and in those that were forked from
    it, *and* no session is left; also when they are killed. Its folder goes with it. Programs that
    this one executes do not hold it: their sessions keep it.

    It needs Java 17 or newer: that of ``JAVA_HOME``, else ``java`` on the ``PATH``. The daemon's
    jar is that of ``POLYPROC_HOME``, a release or a clone; else the one that came with this
    package; else, in a clone, the one that was built there. The first start also begins to make an
    archive of loaded classes in the user's cache, which halves the time of later ones.

    Args:
        options: more options of ``polyprocd``, such as ``"--session-ttl", "2s"``.
        log: the file to which the daemon writes its log, after what is in it; None for one that
            only `PrivateDaemon.log` shows.
        timeout: for how many seconds to wait until it serves.

    Raises:
        DaemonStartFailed: it cannot; the message says why, and what to install or to set.

    """
    return private_in(None, options, log, timeout)


def private_in(
    folder: str | None,
    options: Sequence[str] = (),
    log: Path | str | None = None,
    timeout: float = 60.0,
) -> PrivateDaemon:
    """The same in a folder that is there; None: in a new one."""
    _reap_left_alone()
    try:
        return _start_daemon(folder or _make_folder(), options, log, timeout)
    except DaemonStartFailed:
        raise
    except OSError as e:
        raise_of_handler(e)
        raise DaemonStartFailed(f"Expected to start a daemon, but could not: {e}") from e


def _start_daemon(
    folder: str, options: Sequence[str], log: Path | str | None, timeout: float
) -> PrivateDaemon:
    variables = environment()
    java = _java.find_java(variables)
    jar = find_jar(variables)
    archive = Archive(java, jar, variables)
    found = archive.find()
    with contextlib.ExitStack() as started:
        opened = _open_log(log)
        started.callback(os.close, opened)
        started.callback(shutil.rmtree, folder, ignore_errors=True)
        socket = address_in(folder).removeprefix("unix:")
        command = [str(java), *_java.options(variables, found), "-jar", str(jar)]
        command += ["--socket", socket, "--port", "0", "--lifeline", "stdin", *options]
        try:
            process, lifeline, output = _start(command, folder, variables, opened)
        except OSError as e:
            raise_of_handler(e)
            raise DaemonStartFailed(f"Expected to run {java}, but could not: {e.strerror}") from e
        process.returncode = 0  # It is waited for here: Popen's own end would warn of it.
        started.callback(_kill, process.pid)
        started.callback(os.close, lifeline)
        started.callback(os.close, output)
        try:
            ready = _await_ready(output, _deadline(timeout))
        except TimeoutError as e:
            raise_of_handler(e)
            raise DaemonStartFailed(
                f"Expected a daemon of {jar} to serve within {timeout:g} seconds, but it did not: "
                f"{_read(opened).strip() or 'it said nothing'}"
            ) from None
        if ready is not None:
            raise _java.explain(java, jar, f"{_read(opened)}\n{ready}")
        daemon = PrivateDaemon(f"unix:{socket}", process.pid, lifeline, output, opened)
        started.pop_all()
    if found is None:
        archive.make()
    return daemon


class PrivateDaemon:
    """A daemon that lives for this program; `private` starts one.

    A context manager: its end is `close`. Equal to itself only.
    """

    def __init__(self, address: str, pid: int, lifeline: int, output: int, log: int) -> None:
        """Nobody but `private` makes one."""
        self._address = address
        self._pid = pid
        self._starter = os.getpid()
        self._lifeline = _Descriptor(lifeline)
        self._output = _Descriptor(output)
        self._log = _Descriptor(log)
        self._last_log: str | None = None
        # Not at exit, where others may still need it: the system closes what is open then.
        self._release = weakref.finalize(
            self, _let_go, pid, self._starter, self._lifeline, self._output, self._log
        )
        self._release.atexit = False

    @property
    def address(self) -> str:
        """Where it listens, as `connect` and ``POLYPROC_ADDRESS`` take it."""
        return self._address

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._pid

    @property
    def log(self) -> str:
        """What it has written to its log."""
        return _read(self._log.number) if self._last_log is None else self._last_log

    def is_alive(self) -> bool:
        """Tell whether it runs."""
        return not self._has_ended(0)

    def close(self, timeout: float | None = 5.0) -> bool:
        """Hold it no longer: it ends when nobody else holds it and no session is left.

        Close the clients of this process before. In a process that was forked it closes what that
        process has of it, and nothing else. To close it again only waits again.

        Args:
            timeout: for how many seconds to wait for its end; None for as long as it takes.

        Returns:
            Whether it has ended.

        """
        self._lifeline.close()
        if not self._has_ended(timeout):
            return False
        if self._last_log is None:
            self._last_log = _read(self._log.number)
        self._release()
        return True

    def _has_ended(self, timeout: float | None) -> bool:
        """Wait for its end: it closes its standard output then, on which it says nothing more."""
        deadline = _deadline(timeout)
        while self._release.alive:
            try:
                if not _await_readable(self._output.number, deadline):
                    # A process that was forked just when it was started may keep the output open.
                    return _reap(self._pid, self._starter, block=False)
                if not os.read(self._output.number, 4096):
                    break
            except OSError as e:
                raise_of_handler(e)
                if e.errno != errno.EBADF:
                    raise
                break  # Closed, by whoever has seen the end before.
        _reap(self._pid, self._starter, block=True)
        return True

    def __enter__(self) -> Self:
        """Return the daemon itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Say where it listens."""
        return f"<polyproc.PrivateDaemon {self._address}, pid {self._pid}>"


class _Descriptor:
    """A descriptor that is closed once, and only if its number is still that of the same file.

    Programs that become servers close all that is open, and the numbers are given away again.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._identity = _identity(number)

    def close(self) -> None:
        identity, self._identity = self._identity, None
        if identity is not None and identity == _identity(self.number):
            os.close(self.number)


def _identity(descriptor: int) -> tuple[int, int] | None:
    try:
        facts = os.fstat(descriptor)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _let_go(
    pid: int, starter: int, lifeline: _Descriptor, output: _Descriptor, log: _Descriptor
) -> None:
    lifeline.close()
    output.close()
    log.close()
    if starter == os.getpid():
        _left_alone.add((pid, starter))


def _reap(pid: int, starter: int, *, block: bool) -> bool:
    """Tell whether a child has ended; whoever did not start it learns nothing here."""
    if starter != os.getpid():
        return False
    try:
        return os.waitpid(pid, 0 if block else os.WNOHANG)[0] == pid
    except ChildProcessError as e:
        raise_of_handler(e)
        return True  # Reaped before, here or by somebody who waits for all children.


def _reap_left_alone() -> None:
    for pid, starter in list(_left_alone):
        if starter != os.getpid() or _reap(pid, starter, block=False):
            _left_alone.discard((pid, starter))


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + time_of(timeout)


def _await_readable(descriptor: int, deadline: float | None) -> bool:
    """Wait for something to read, or an end; False when there is neither until a time."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    left = None if deadline is None else max(0.0, deadline - time.monotonic())
    return bool(poll.poll(None if left is None else math.ceil(left * 1000)))


def _open_log(path: Path | str | None) -> int:
    """Open a log; without a path one that is gone with the last who has it open."""
    if path is not None:
        return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    log, name = tempfile.mkstemp(prefix="polyproc-", suffix=".log")
    Path(name).unlink()
    return log


def _read(log: int) -> str:
    """Read all of a log, wherever whoever writes it has come to."""
    return os.pread(log, os.fstat(log).st_size, 0).decode(errors="replace")


def find_jar(variables: Mapping[str, str]) -> Path:
    """Find the daemon's jar.

    Raises:
        DaemonStartFailed: there is none.

    """
    home = variables.get("POLYPROC_HOME", "").strip()
    if home:
        for place in (Path(home, "lib", _JAR), Path(home, "server", "target", _JAR)):
            if place.is_file():
                return place
        raise DaemonStartFailed(
            f"Expected lib/{_JAR} of a release, or server/target/{_JAR} of a clone, in "
            f"POLYPROC_HOME, but there is neither in {home}; in a clone {_BUILD} builds it"
        )
    here = Path(__file__).resolve()
    packaged = here.parent / "_daemon" / _JAR
    if packaged.is_file():
        return packaged
    clone = here.parents[min(3, len(here.parents) - 1)]
    built = clone / "server" / "target" / _JAR
    if built.is_file():
        return built
    if (clone / "scripts" / "polyprocd").is_file():
        raise DaemonStartFailed(f"Expected {built}, but it is not built; in {clone} run {_BUILD}")
    raise DaemonStartFailed(
        "Expected the daemon's jar, but this package came without it; set POLYPROC_HOME to where a "
        f"release of Polyproc is, or a clone in which {_BUILD} has built it. A wheel that is made "
        "after that has it, too"
    )


def _make_folder() -> str:
    """Make a folder for a socket."""
    return tempfile.mkdtemp(prefix=_PREFIX, dir=_place())


def new_folder() -> str:
    """Name a folder for a socket, which nobody has made, and nobody else can guess."""
    return f"{_place()}/{_PREFIX}{secrets.token_hex(8)}"


def _place() -> str:
    """Find where a socket's path has room, and suits every language."""
    usual = tempfile.gettempdir()
    suits = len(os.fsencode(usual)) <= _LONGEST_FOLDER and not _NOT_FOR_ALL & set(usual)
    return usual if suits else "/tmp"


def _start(
    command: list[str], folder: str, variables: Mapping[str, str], log: int
) -> tuple[subprocess.Popen[bytes], int, int]:
    """Run a program; return its process, its lifeline and its output.

    No signal of a terminal reaches it, which means this program.
    """
    with contextlib.ExitStack() as opened:
        input_end, lifeline = os.pipe()
        opened.callback(os.close, lifeline)
        try:
            output, output_end = os.pipe()
            opened.callback(os.close, output)
            try:
                process = subprocess.Popen(
                    command,
                    stdin=input_end,
                    stdout=output_end,
                    stderr=log,
                    env=_java.daemon_environment(variables),
                    start_new_session=True,
                    cwd=None if _has_folder() else folder,
                )
            finally:
                os.close(output_end)
        finally:
            os.close(input_end)
        opened.pop_all()
    return process, lifeline, output


def _has_folder() -> bool:
    """Tell whether the folder that this program is in is there still: a JVM needs one."""
    try:
        os.getcwd()  # noqa: PTH109 # What is asked for is whether it raises.
    except OSError:
        return False
    return True


def _await_ready(output: int, deadline: float | None) -> str | None:
    """Wait for the ready line; else return what was said when the output ended before it.

    Raises:
        TimeoutError: there was neither in time.

    """
    said = b""
    while not any(line.startswith(b"polyprocd ready") for line in said.split(b"\n")[:-1]):
        if not _await_readable(output, deadline):
            raise TimeoutError
        more = os.read(output, 4096)
        if not more:
            return said.decode(errors="replace")
        said += more
    return None


def _kill(pid: int) -> None:
    """End a child that has not been waited for."""
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError) as e:
        raise_of_handler(e)
