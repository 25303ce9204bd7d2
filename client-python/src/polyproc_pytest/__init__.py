"""Fixtures for tests that need a daemon; pytest finds them where `polyproc` is installed.

It loads that when the first test asks for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from polyproc import Polyproc, PrivateDaemon


@pytest.fixture(scope="session")
def polyproc_daemon() -> Iterator[PrivateDaemon]:
    """Start a daemon for this run of tests, when the first test asks for it."""
    from polyproc import private

    with private() as daemon:
        yield daemon


@pytest.fixture(scope="session")
def polyproc_address(polyproc_daemon: PrivateDaemon) -> str:
    """Return the address of `polyproc_daemon`, as ``POLYPROC_ADDRESS`` takes it."""
    return polyproc_daemon.address


@pytest.fixture
def polyproc_client(polyproc_address: str) -> Iterator[Polyproc]:
    """Connect to `polyproc_daemon`; the session ends with the test, and what it holds."""
    from polyproc import connect

    with connect(polyproc_address) as client:
        yield client
