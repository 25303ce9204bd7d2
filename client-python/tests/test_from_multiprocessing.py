"""The programs of the page "From multiprocessing to Polyproc" do what it says."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemons import CLONE, Daemon, running_daemon
from extents import all_on_newest

all_on_newest(__name__)

_PAGE = CLONE / "docs" / "from-multiprocessing.md"
_GRPCURL = CLONE / ".tools" / "bin" / "grpcurl"
_SAID = re.compile(r"print\(.*\)  # (.+)$", re.MULTILINE)


def _blocks(language: str) -> list[str]:
    text = _PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


_PROGRAMS = [block for block in _blocks("python") if _SAID.search(block)]
_WITH_OTHERS = [block for block in _blocks("python") if 'client.queue("jobs")' in block]


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """Start one on which there is nothing but what the page makes."""
    with running_daemon() as running:
        yield running


def _start(program: str, daemon: Daemon, folder: Path) -> "subprocess.Popen[str]":
    file = folder / "program.py"
    file.write_text(program, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, file],
        env={**os.environ, "POLYPROC_ADDRESS": daemon.address},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_runs_all_but_the_import() -> None:
    [not_run] = [b for b in _blocks("python") if b not in _PROGRAMS + _WITH_OTHERS]
    assert not_run == "import polyproc.multiprocessing as multiprocessing\n"
    assert len(_PROGRAMS) > 3


@pytest.mark.parametrize("program", _PROGRAMS)
def test_does_what_the_page_says(program: str, daemon: Daemon, tmp_path: Path) -> None:
    output, errors = _start(program, daemon, tmp_path).communicate(timeout=60)
    assert (output.splitlines(), errors) == (_SAID.findall(program), "")


@pytest.mark.skipif(not _GRPCURL.exists(), reason="grpcurl is not installed")
def test_takes_jobs_from_a_shell(daemon: Daemon, tmp_path: Path) -> None:
    [program] = _WITH_OTHERS
    [commands] = _blocks("sh")
    running = _start(program, daemon, tmp_path)
    shell = {
        **os.environ,
        "POLYPROC_ADDRESS": daemon.address,
        "PATH": f"{_GRPCURL.parent}{os.pathsep}{os.environ['PATH']}",
    }
    # The queue is there once the program has asked for it.
    while (ended := subprocess.run(["bash", "-ec", commands], env=shell, check=False)).returncode:
        assert running.poll() is None
        time.sleep(0.05)
    assert ended.returncode == 0
    assert running.communicate(timeout=60) == ("FROM A SHELL\n", "")
