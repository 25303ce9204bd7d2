"""What all tests share."""

import os
from collections.abc import Iterator

import pytest

import polyproc
from daemons import Daemon, running_daemon

# Whoever runs the tests may have a daemon of their own.
for _name in [
    name for name in os.environ if name.startswith("POLYPROC_") and name != "POLYPROC_LONG"
]:
    del os.environ[_name]


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
