"""What is there: found by its name, and deleted by any handle of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

import polyproc

_MAKES: dict[str, Callable[[polyproc.Polyproc, str], Any]] = {
    "array": lambda client, name: client.array(name, "d", [0.5, 1]),
    "barrier": lambda client, name: client.barrier(name, 3),
    "condition": lambda client, name: client.condition(name),
    "dict": lambda client, name: client.dict(name),
    "event": lambda client, name: client.event(name),
    "job": lambda client, name: client.pool(f"of-{name}").job(name),
    "latch": lambda client, name: client.latch(name, 3),
    "list": lambda client, name: client.list(name),
    "lock": lambda client, name: client.lock(name, reentrant=True, on_owner_end="keep"),
    "namespace": lambda client, name: client.namespace(name),
    "pool": lambda client, name: client.pool(name, attempts=2),
    "process": lambda client, name: client.process(["sleep", "100"], name=name),
    "queue": lambda client, name: client.queue(name, order="lifo"),
    "rwlock": lambda client, name: client.rwlock(name, on_owner_end="keep"),
    "semaphore": lambda client, name: client.semaphore(name, 3, owned=True),
    "shared_array": lambda client, name: client.shared_array(name, "d", 2),
    "value": lambda client, name: client.value(name, "d", 0.5),
}

_ALL = pytest.mark.parametrize("kind", sorted(_MAKES))


@pytest.fixture
def name() -> str:
    return f"existing-{uuid.uuid4()}"


def _found(client: polyproc.Polyproc, kind: str, name: str) -> Any:
    return getattr(client, f"existing_{kind}")(name)


def test_there_is_a_way_to_each_kind() -> None:
    made = {*_MAKES, "pipe"}
    assert {n for n in dir(polyproc.Polyproc) if n.startswith("existing_")} == {
        f"existing_{kind}" for kind in made
    }


@_ALL
def test_finds_it_whatever_its_shape(
    polyproc_client: polyproc.Polyproc, name: str, kind: str
) -> None:
    with pytest.raises(polyproc.Error, match=name) as missing:
        _found(polyproc_client, kind, name)
    assert missing.value.reason == polyproc.Reason.OBJECT_NOT_FOUND
    assert list(polyproc_client.admin.objects(prefix=name)) == []  # It made nothing.
    made = _MAKES[kind](polyproc_client, name)
    found = _found(polyproc_client, kind, name)
    assert type(found) is type(made)
    assert found == made
    found.delete()


@_ALL
def test_finds_no_other_kind(polyproc_client: polyproc.Polyproc, name: str, kind: str) -> None:
    other = polyproc_client.event(name) if kind != "event" else polyproc_client.list(name)
    with pytest.raises(polyproc.Error, match=name) as refused:
        _found(polyproc_client, kind, name)
    assert refused.value.reason == polyproc.Reason.WRONG_KIND
    other.delete()


@_ALL
def test_needs_a_name(polyproc_client: polyproc.Polyproc, kind: str) -> None:
    with pytest.raises(ValueError, match="name"):
        _found(polyproc_client, kind, "")


@_ALL
def test_is_this_very_object_that_is_deleted(
    polyproc_client: polyproc.Polyproc, name: str, kind: str
) -> None:
    old = _MAKES[kind](polyproc_client, name)
    old.delete()
    assert list(polyproc_client.admin.objects(prefix=name)) == []
    new = _MAKES[kind](polyproc_client, name)
    assert new != old
    with pytest.raises(polyproc.Error) as gone:
        old.delete()
    assert gone.value.reason == polyproc.Reason.OBJECT_DELETED
    assert polyproc_client.admin.describe(name).object.incarnation == new._ref.incarnation
    new.delete()


def test_finds_both_ends_of_a_pipe(polyproc_client: polyproc.Polyproc, name: str) -> None:
    with pytest.raises(polyproc.Error) as missing:
        polyproc_client.existing_pipe(name)
    assert missing.value.reason == polyproc.Reason.OBJECT_NOT_FOUND
    with pytest.raises(ValueError, match="name"):
        polyproc_client.existing_pipe("")
    here, there = polyproc_client.pipe(name, duplex=False, maxsize=3)
    receives, sends = polyproc_client.existing_pipe(name)
    assert (receives, sends) == (here, there)
    sends.send("x")
    assert here.recv() == "x"
    with pytest.raises(OSError, match="read-only"):
        receives.send("y")
    there.close()
    sends.delete()
    with pytest.raises(EOFError):
        here.recv()
    before = len(polyproc_client.admin.describe(f"{name}/1").holders)
    with pytest.raises(polyproc.Error):
        polyproc_client.existing_pipe(name)
    assert len(polyproc_client.admin.describe(f"{name}/1").holders) == before


def test_finds_a_lock_per_key_while_it_is_used(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    with pytest.raises(polyproc.Error):
        polyproc_client.existing_lock(name)
    lock = polyproc_client.key_lock(name)
    with lock:
        assert polyproc_client.existing_lock(name).locked()


def test_deletes_no_lock_per_key(polyproc_client: polyproc.Polyproc, name: str) -> None:
    other = polyproc_client.event(name)  # which has the name that the key would have
    with pytest.raises(ValueError, match="lock per key"):
        polyproc_client.key_lock(name).delete()
    other.set()
    other.delete()


def test_holds_for_as_long_as_it_is_told(polyproc_client: polyproc.Polyproc, name: str) -> None:
    polyproc_client.lock(f"{name}/lock")
    polyproc_client.rwlock(f"{name}/rwlock")
    polyproc_client.semaphore(f"{name}/semaphore")
    for find in (
        lambda lease: polyproc_client.existing_lock(f"{name}/lock", lease=lease),
        lambda lease: polyproc_client.existing_rwlock(f"{name}/rwlock", lease=lease),
        lambda lease: polyproc_client.existing_semaphore(f"{name}/semaphore", lease=lease),
    ):
        with pytest.raises(ValueError, match="more than 0 seconds"):
            find(0)
        assert find(1000)._lease == 1000


def test_attribute_of_a_namespace_may_be_named_as_its_methods(
    polyproc_client: polyproc.Polyproc, name: str
) -> None:
    namespace = polyproc_client.namespace(name)
    with pytest.raises(AttributeError, match="'delete'"):
        namespace.delete = 1  # type: ignore[assignment]
    namespace["delete"] = 1
    assert namespace.attributes() == {"delete": 1}
    namespace.delete()
