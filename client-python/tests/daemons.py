"""Daemons for the tests, of the jar that was built in this clone."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from waits import Lines

CLONE = Path(__file__).parents[2]
JAR = CLONE / "server" / "target" / "polyprocd.jar"

# Tests are too short for what the compiler of a daemon that runs for long is good for.
_QUICK_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


@dataclass(frozen=True)
class Daemon:
    """A daemon of the tests' own: its process, and where it listens."""

    process: subprocess.Popen[str]
    socket: Path
    port: int
    token_file: Path

    @property
    def address(self) -> str:
        return f"unix:{self.socket}"

    @property
    def token(self) -> str:
        return self.token_file.read_text().strip()


@contextmanager
def running_daemon(*options: str, folder: Path | None = None) -> Iterator[Daemon]:
    """Start a daemon with files in this folder, or its own; it serves until the block's end."""
    if not JAR.is_file():
        pytest.fail(f"Expected the daemon in {JAR}, but there is none; run mvn package -DskipTests")
    # Not in pytest's folder, whose path may be longer than that of a socket can be.
    with tempfile.TemporaryDirectory(prefix="polyproc-") as own:
        files = folder or Path(own)
        process = _start(files, options)
        try:
            yield _ready(process, files)
        finally:
            _stop(process)


def _start(folder: Path, options: tuple[str, ...]) -> subprocess.Popen[str]:
    files = [
        word
        for option in ("socket", "port-file", "token-file")
        for word in (f"--{option}", str(folder / option))
    ]
    with (folder / "log").open("w") as log:
        return subprocess.Popen(
            [java(), *_QUICK_START, "-jar", JAR, *files, "--port", "0", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


def _ready(process: subprocess.Popen[str], folder: Path) -> Daemon:
    assert process.stdout is not None
    said = Lines(process.stdout.fileno()).next()
    if not said.startswith("polyprocd ready"):
        pytest.fail(f"Expected a daemon, but it said {said}{(folder / 'log').read_text()}")
    port = int((folder / "port-file").read_text().split()[0])
    return Daemon(process, folder / "socket", port, folder / "token-file")


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        pytest.fail("Expected the daemon to end when it is told to, but it ran on for 30 s")


def java() -> str:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home, "bin", "java")) if home else shutil.which("java") or "java"
