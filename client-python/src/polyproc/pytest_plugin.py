"""Fixtures for tests that need a daemon; pytest finds them where this package is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from polyproc._private import PrivateDaemon, private


@pytest.fixture(scope="session")
def polyproc_daemon() -> Iterator[PrivateDaemon]:
    """Start a daemon for this run of tests, when the first test asks for it."""
    with private() as daemon:
        yield daemon


@pytest.fixture(scope="session")
def polyproc_address(polyproc_daemon: PrivateDaemon) -> str:
    """Return the address of `polyproc_daemon`, as ``POLYPROC_ADDRESS`` takes it."""
    return polyproc_daemon.address
