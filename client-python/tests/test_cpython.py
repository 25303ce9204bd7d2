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

LONG = bool(os.environ.get("POLYPROC_LONG"))
NEWEST = (3, 13)
METHODS = multiprocessing.get_all_start_methods() if LONG else ["fork"]


@pytest.mark.skipif(
    not LONG and sys.version_info[:2] < NEWEST,
    reason="on the newest Python alone; scripts/soak runs it on all, by all start methods",
)
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
