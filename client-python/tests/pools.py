"""Pools for tests, whose workers are `pool_worker.py`."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import polyproc

WORKER = Path(__file__).with_name("pool_worker.py")
COMMAND = [sys.executable, str(WORKER)]

Make = Callable[..., polyproc.Pool]


def pool_name() -> str:
    return f"pool-{uuid.uuid4()}"


@pytest.fixture
def make(polyproc_client: polyproc.Polyproc) -> Iterator[Make]:
    """Makes pools, which are deleted with all that they have."""
    made: list[polyproc.Pool] = []

    def pool(*words: str, name: str | None = None, workers: int = 1, **shape: Any) -> polyproc.Pool:
        shape.setdefault("command", [*COMMAND, *words])
        made.append(polyproc_client.pool(name or pool_name(), workers=workers, **shape))
        return made[-1]

    yield pool
    for each in made:
        try:
            each.delete()
        except polyproc.Error as e:
            assert e.reason in (  # noqa: PT017
                polyproc.Reason.OBJECT_DELETED,
                polyproc.Reason.OBJECT_NOT_FOUND,
            )
