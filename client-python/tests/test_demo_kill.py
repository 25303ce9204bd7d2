"""`scripts/demo-kill` shows that programs go on by the drop-in, and that they do not without it."""

import os
import subprocess
import sys

from daemons import CLONE, Daemon
from extents import all_on_newest

all_on_newest(__name__)

_DEMO = CLONE / "scripts" / "lib" / "demo_kill.py"
_STUCK = ("hangs", "locked", "nobody gets the item")


def test_should_show_that_the_program_goes_on(daemon: Daemon) -> None:
    ended = subprocess.run(
        [sys.executable, _DEMO],
        env={**os.environ, "POLYPROC_ADDRESS": daemon.address},
        stdout=subprocess.PIPE,
        text=True,
        timeout=800,
        check=False,
    )
    lines = [line.split(maxsplit=1) for line in ended.stdout.splitlines() if line[:4] == "    "]
    by = {
        package: [said for name, said in lines if name == package]
        for package in ("multiprocessing", "polyproc.multiprocessing")
    }
    assert [len(said) for said in by.values()] == [7, 7], ended.stdout
    assert all(said.startswith(_STUCK) for said in by["multiprocessing"]), ended.stdout
    assert all(said.startswith("went on") for said in by["polyproc.multiprocessing"]), ended.stdout
    assert ended.returncode == 0
