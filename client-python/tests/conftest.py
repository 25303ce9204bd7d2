"""What all tests share."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

import polyproc
from daemons import Daemon, running_daemon
from dropin_programs import Start, programs
from extents import LONG, ON_BOTH_ENDS, is_on_the_ends
from watchdog import Watchdog

_MOST_SECONDS = 3600 if LONG else 300
"""More than any test takes."""

# Whoever runs the tests may have a daemon of their own.
for _name in [
    name
    for name in os.environ
    if name.startswith("POLYPROC_") and name not in ("POLYPROC_LONG", "POLYPROC_PYTHONS")
]:
    del os.environ[_name]
# With it the lines that programs of several processes print fall to pieces.
os.environ.pop("PYTHONUNBUFFERED", None)


@pytest.fixture(scope="session")
def daemon() -> Iterator[Daemon]:
    """Start one for all tests, each of which takes names of its own."""
    with running_daemon() as running:
        yield running


@pytest.fixture
def polyproc_client(daemon: Daemon) -> Iterator[polyproc.Polyproc]:
    """Connect to the daemon of the tests."""
    with polyproc.connect(daemon.address) as client:
        yield client


@pytest.fixture
def other(daemon: Daemon) -> Iterator[polyproc.Polyproc]:
    """Another program, as far as the daemon knows."""
    with polyproc.connect(daemon.address) as client:
        yield client


@pytest.fixture
def start(daemon: Daemon, polyproc_client: polyproc.Polyproc, tmp_path: Path) -> Iterator[Start]:
    """Starts programs that use the drop-in."""
    with programs(daemon, polyproc_client, tmp_path) as begin:
        yield begin


class _LeftOut(pytest.Module):
    """A module of tests that says why they are left out."""

    def collect(self) -> NoReturn:
        pytest.skip(f"{self.path.stem}: {ON_BOTH_ENDS}", allow_module_level=True)


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Leaves out what other Pythons have."""
    if is_on_the_ends(module_path.stem):
        return _LeftOut.from_parent(parent, path=module_path)
    return None


_watchdog = pytest.StashKey[Watchdog]()


def pytest_sessionstart(session: pytest.Session) -> None:
    if not session.config.getoption("usepdb"):
        session.config.stash[_watchdog] = Watchdog(_MOST_SECONDS)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    watchdog = item.config.stash.get(_watchdog, None)
    if watchdog is not None:
        watchdog.pat()


def pytest_sessionfinish(session: pytest.Session) -> None:
    watchdog = session.config.stash.get(_watchdog, None)
    if watchdog is not None:
        watchdog.close()
