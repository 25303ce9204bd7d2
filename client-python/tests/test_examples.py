"""The programs of examples/multiprocessing print what they should, by `multiprocessing` too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from daemons import CLONE, Daemon
from extents import all_on_newest

all_on_newest(__name__)

_FOLDER = CLONE / "examples" / "multiprocessing"
_PROGRAMS = sorted(_FOLDER.glob("*/*.py"))
_IMPORT = "import polyproc.multiprocessing as multiprocessing\n"


def _name(program: Path) -> str:
    return str(program.relative_to(_FOLDER).with_suffix(""))


def _must_be_seen(program: Path) -> list[str]:
    in_any_order = program.with_suffix(".any-order.txt")
    if in_any_order.exists():
        return sorted(in_any_order.read_text().splitlines())
    return program.with_suffix(".txt").read_text().splitlines()


def _seen(program: Path, **environment: str) -> list[str]:
    """What it prints, without a word on stderr; sorted where the lines may come in any order."""
    ended = subprocess.run(
        [sys.executable, program],
        # Each child writes what it has printed at once, unless it is told not to keep it.
        env={
            **{name: of for name, of in os.environ.items() if name != "PYTHONUNBUFFERED"},
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    lines = ended.stdout.splitlines()
    return sorted(lines) if program.with_suffix(".any-order.txt").exists() else lines


def test_there_are_programs() -> None:
    assert len(_PROGRAMS) > 20


@pytest.mark.parametrize("program", _PROGRAMS, ids=_name)
def test_should_print_what_must_be_seen(program: Path, daemon: Daemon) -> None:
    assert _seen(program, POLYPROC_ADDRESS=daemon.address) == _must_be_seen(program)


@pytest.mark.parametrize("program", _PROGRAMS, ids=_name)
def test_should_print_the_same_by_the_standard_library(program: Path, tmp_path: Path) -> None:
    text = program.read_text()
    assert text.count(_IMPORT) == 1
    (tmp_path / program.name).write_text(text.replace(_IMPORT, "import multiprocessing\n"))
    for expected in (".txt", ".any-order.txt"):
        if program.with_suffix(expected).exists():
            (tmp_path / program.name).with_suffix(expected).touch()
    warnings = "ignore::DeprecationWarning"  # Of a fork beside the thread of a queue.
    assert _seen(tmp_path / program.name, PYTHONWARNINGS=warnings) == _must_be_seen(program)
