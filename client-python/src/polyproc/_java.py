"""Java, and how a daemon's virtual machine is started: as scripts/polyprocd does it.

An archive of loaded classes halves the time to a daemon's first answer. It is made beside the first
daemon that starts without one, takes a few seconds, and lies in the user's cache.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from polyproc._errors import DaemonStartFailed
from polyproc._signals import raise_of_handler

OLDEST = 17
"""The first Java that a daemon runs on."""

_INSTALL = (
    f"install Java {OLDEST} or newer, such as the package openjdk-{OLDEST}-jre-headless, or set "
    "JAVA_HOME to where one is"
)
_VARIABLES = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "POLYPROCD_JAVA_OPTIONS")
_OF_A_SERVICE_MANAGER = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
_OPTIONS_IN_FILES = r"@|-XX:Flags=|-XX:VMOptionsFile="

# What the virtual machine is told, unless its user tells it the same or the opposite; the reasons
# are in scripts/polyprocd.
_CHOICES = (
    (
        r"-XX:(?:[+-]Use[A-Za-z0-9]*GC|[+]AggressiveHeap)(?:\s|$)",
        ("-XX:+UseSerialGC", "-Dpolyproc.heap.divided=false"),
    ),
    (r"-XX:(?:Min|Max|Initial)RAM(?:Percentage|Fraction)=", ("-XX:MinRAMPercentage=33",)),
    (r"-XX:[+-](?:ExitOn|CrashOn)OutOfMemoryError", ("-XX:+ExitOnOutOfMemoryError",)),
    (r"-Xlog:(?:async|disable)", ("-Xlog:async",)),
)
_ARCHIVE_CHOICE = r"-Xshare|-XX:(?:Shared|ArchiveClasses|[+-]AutoCreateShared)"
_ARCHIVE_OPTIONS = ("-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off")


def find_java(variables: Mapping[str, str]) -> Path:
    """Find the program ``java`` of ``JAVA_HOME``, else of ``PATH``.

    Raises:
        DaemonStartFailed: there is none, or it is known to be too old.

    """
    home = variables.get("JAVA_HOME", "").strip()
    named = str(Path(home, "bin", "java")) if home else "java"
    found = shutil.which(named, path=variables.get("PATH", os.defpath))
    if found is None:
        where = f"JAVA_HOME, {home}" if home else "the PATH"
        raise DaemonStartFailed(
            f"Expected Java {OLDEST} or newer in {where}, but there is no java; {_INSTALL}"
        )
    java = Path(found)
    version = _released_version(java)
    if version is not None and version < OLDEST:
        raise too_old(java, str(version))
    return java


def too_old(java: Path, version: str) -> DaemonStartFailed:
    """Say that a Java is too old."""
    return DaemonStartFailed(
        f"Expected Java {OLDEST} or newer, but {java} is Java {version}; {_INSTALL}"
    )


def _release_file(java: Path) -> Path:
    """Find what a JDK says of itself; with it nobody needs to run it."""
    return java.resolve().parent.parent / "release"


def _released_version(java: Path) -> int | None:
    try:
        said = _release_file(java).read_text(errors="replace")
    except OSError:
        return None
    found = re.search(r'^JAVA_VERSION="?(?:1\.)?(\d+)', said, re.MULTILINE)
    return None if found is None else int(found.group(1))


def explain(java: Path, jar: Path, log: str) -> DaemonStartFailed:
    """Say why a daemon ended before it served, from what it wrote."""
    if "UnsupportedClassVersionError" in log or "Unrecognized VM option" in log:
        version = _asked_version(java)
        if version is not None and int(version) < OLDEST:
            return too_old(java, version)
    if "Unable to locate a Java Runtime" in log:  # what macOS has in the place of java
        return DaemonStartFailed(f"Expected Java {OLDEST} or newer, but {java} is none; {_INSTALL}")
    said = log.strip() or "it said nothing"
    return DaemonStartFailed(f"Expected a daemon of {jar} to start, but it ended: {said}")


def _asked_version(java: Path) -> str | None:
    try:
        asked = subprocess.run(
            [java, "-version"], capture_output=True, text=True, errors="replace", timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as e:
        raise_of_handler(e)
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', asked.stderr)
    return None if found is None else found.group(1)


def daemon_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what a daemon is started with.

    The virtual machine reads and writes the names of files in UTF-8, and the C library keeps one
    arena. Processes are started with what there was, which the daemon is told. A service manager's
    variables are the program's own.
    """
    given = {name: value for name, value in variables.items() if name not in _OF_A_SERVICE_MANAGER}
    locale = variables.get("LC_ALL")
    arenas = variables.get("MALLOC_ARENA_MAX")
    given["POLYPROCD_LC_ALL"] = "" if locale is None else f"={locale}"
    given["LC_ALL"] = "C.UTF-8"
    given["POLYPROCD_MALLOC_ARENA_MAX"] = "" if arenas is None else f"={arenas}"
    given["MALLOC_ARENA_MAX"] = arenas or "1"
    return given


def options(variables: Mapping[str, str], archive: Path | None) -> list[str]:
    """Choose the options for a daemon's virtual machine, those of its user last."""
    given = " ".join(variables.get(name, "") for name in _VARIABLES)
    given = given.replace('"', "").replace("'", "")

    def is_free(pattern: str) -> bool:
        return not re.search(rf"(?:^|\s)(?:{_OPTIONS_IN_FILES})|{pattern}", given)

    chosen = [option for pattern, options in _CHOICES if is_free(pattern) for option in options]
    if is_free(_ARCHIVE_CHOICE):
        chosen += [f"-XX:SharedArchiveFile={archive}"] if archive is not None else []
        chosen += _ARCHIVE_OPTIONS
    return chosen + variables.get("POLYPROCD_JAVA_OPTIONS", "").split()


class Archive:
    """The archive of loaded classes of one Java and one jar.

    It is there whole or not at all, and of many programs that start at once one makes it. What is
    in it runs: it lies beside the jar, or in a folder of this user's in which nobody else may
    write. Where none can be made, an empty file says so.
    """

    def __init__(self, java: Path, jar: Path, variables: Mapping[str, str]) -> None:
        """Take that of a Java and a jar, in this user's cache."""
        self._java = java
        self._jar = jar
        self._variables = variables
        self._folder = _cache_folder(variables)

    def find(self) -> Path | None:
        """Find it; None where there is none."""
        beside = self._jar.with_suffix(".jsa")  # as a build of the daemon makes it
        if _is_fresh(beside, self._jar):
            return beside
        if self._folder is None or not _is_own(self._folder):
            return None
        archive = self._folder / self._name()
        return archive if _size(archive) else None

    def make(self, *, wait: bool = False) -> None:
        """Make it, unless it is there, was tried, or is made by another program now.

        That is begun and left to itself, with little of the processor: the process has no parent
        that waits for it, and ends after some seconds. With ``wait`` it is done on return.
        """
        if self._folder is None:
            return
        try:
            self._make(self._folder, wait)
        except OSError as e:
            raise_of_handler(e)

    def _make(self, folder: Path, wait: bool) -> None:
        with _locked(folder, self._name()) as lock:
            archive = folder / self._name()
            if lock is None or _size(archive) is not None:
                return
            made = str(folder / f".{archive.name}.part")
            # The lock is held by all that have its descriptor. An empty file says that none can be
            # made.
            rehearsal = (
                f"nice -n 19 {shlex.join(self._rehearsal(made))} >/dev/null 2>&1 </dev/null"
                f" || : >{shlex.quote(made)};"
                f" mv -f {shlex.quote(made)} {shlex.quote(str(archive))}"
            )
            subprocess.run(
                ["/bin/sh", "-c", rehearsal if wait else f"{{ {rehearsal}; }} &"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._rehearsal_environment(),
                pass_fds=(lock,),
                start_new_session=True,
                check=False,
            )

    def _rehearsal_environment(self) -> dict[str, str]:
        """Return one in which the system's own programs are found, and no options of a user's."""
        given = daemon_environment(self._variables)
        given["PATH"] = f"{given.get('PATH', '')}:/usr/bin:/bin".lstrip(":")
        return {name: value for name, value in given.items() if name not in _VARIABLES}

    def _rehearsal(self, made: str) -> list[str]:
        return [
            str(self._java),
            "-XX:+UseSerialGC",
            f"-XX:ArchiveClassesAtExit={made}",
            "-Xlog:disable",
            "-cp",
            str(self._jar),
            "dev.polyproc.server.Rehearsal",
        ]

    def _name(self) -> str:
        """Name it: another Java or another jar has another one.

        The virtual machine itself compares no more of a jar than its size and its time, which two
        releases may have in common. No jar is changed without another inode, or another time of
        its change.
        """
        jar = self._jar.stat()
        key = hashlib.sha256()
        for part in (
            self._java.resolve(),
            self._jar.resolve(),
            (jar.st_dev, jar.st_ino, jar.st_size, jar.st_mtime_ns, jar.st_ctime_ns),
        ):
            key.update(f"{part}\n".encode("utf-8", "surrogateescape"))
        with contextlib.suppress(OSError):
            key.update(_release_file(self._java).read_bytes())
        return f"polyprocd-{key.hexdigest()[:24]}.jsa"


def _cache_folder(variables: Mapping[str, str]) -> Path | None:
    """Find it as the XDG Base Directory Specification says; a relative one counts for nothing."""
    cache = variables.get("XDG_CACHE_HOME", "").strip()
    home = variables.get("HOME", "").strip()
    if cache.startswith("/"):
        return Path(cache, "polyproc")
    return Path(home, ".cache", "polyproc") if home.startswith("/") else None


def _is_own(folder: Path) -> bool:
    """Tell whether nobody but this user, and root, can put anything there."""
    try:
        facts = folder.stat()
    except OSError:
        return False
    return facts.st_uid == os.geteuid() and not facts.st_mode & 0o022


def _is_fresh(archive: Path, jar: Path) -> bool:
    try:
        facts = archive.stat()
        return facts.st_size > 0 and facts.st_mtime_ns >= jar.stat().st_mtime_ns
    except OSError:
        return False


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None


@contextlib.contextmanager
def _locked(folder: Path, name: str) -> Iterator[int | None]:
    """Take a lock in this user's cache: its descriptor, or None while another program has it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_own(folder):
        yield None
        return
    lock = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield lock
    finally:
        os.close(lock)
