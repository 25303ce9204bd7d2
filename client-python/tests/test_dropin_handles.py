"""What objects of the drop-in are to others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import polyproc
import polyproc.multiprocessing as mp
from daemons import Daemon
from polyproc.multiprocessing.handles import handle_of

MAKERS: dict[str, Callable[[], Any]] = {
    "QUEUE": mp.Queue,
    "LOCK": mp.RLock,
    "SEMAPHORE": mp.BoundedSemaphore,
    "CONDITION": mp.Condition,
    "EVENT": mp.Event,
    "BARRIER": lambda: mp.Barrier(2),
    "PIPE_END": lambda: mp.Pipe()[0],
}


@pytest.fixture(autouse=True)
def _address(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)


@pytest.mark.parametrize("kind", MAKERS)
def test_has_a_name_by_which_others_find_it(kind: str, daemon: Daemon) -> None:
    shared = MAKERS[kind]()
    with polyproc.connect(daemon.address) as other:
        assert other.admin.describe(handle_of(shared).name).object.kind == kind


def test_is_used_by_others_by_its_name(daemon: Daemon) -> None:
    queue: Any = mp.Queue()
    with polyproc.connect(daemon.address) as other:
        other.existing_queue(handle_of(queue).name).put("from elsewhere")
        assert queue.get() == "from elsewhere"


def test_is_of_what_a_manager_has_made(daemon: Daemon) -> None:
    with mp.Manager() as manager, polyproc.connect(daemon.address) as other:
        stock = manager.dict(apples=1)
        other.existing_dict(handle_of(stock).name)["pears"] = 2
        assert dict(stock) == {"apples": 1, "pears": 2}


@pytest.mark.parametrize("other", [None, [], "queue"])
def test_refuses_what_is_no_shared_object(other: object) -> None:
    with pytest.raises(TypeError, match=r"Expected a shared object of polyproc\.multiprocessing"):
        handle_of(other)
