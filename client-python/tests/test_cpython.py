"""CPython's own tests of `multiprocessing` pass on the drop-in, and those of executors on ours.

See `cpython_suite.py` and `cpython_futures.py`.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from daemons import Daemon
from extents import LONG, on_newest

METHODS = multiprocessing.get_all_start_methods() if LONG else ["fork"]


@on_newest
@pytest.mark.parametrize("suite", ["cpython_suite.py", "cpython_futures.py"])
@pytest.mark.parametrize("method", METHODS)
def test_should_pass_the_tests_of_the_standard_library(
    method: str, suite: str, daemon: Daemon, tmp_path: Path
) -> None:
    program = subprocess.run(
        [sys.executable, Path(__file__).with_name(suite), method],
        env={**os.environ, "POLYPROC_ADDRESS": daemon.address},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if program.returncode == 77:
        pytest.skip(program.stdout.strip())
    print(program.stdout)
    assert program.returncode == 0
