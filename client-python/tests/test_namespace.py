"""Namespaces, before a real daemon."""

import pickle
import uuid
from typing import Any

import pytest

import polyproc
from polyproc import ABSENT


@pytest.fixture
def shared(polyproc_client: polyproc.Polyproc) -> polyproc.Namespace:
    return polyproc_client.namespace()


def test_shares_attributes(polyproc_client: polyproc.Polyproc) -> None:
    name = f"namespace-{uuid.uuid4()}"
    one, other = polyproc_client.namespace(name), polyproc_client.namespace(name)
    one.x = 1
    one.none = None
    assert other.x == 1
    assert other.none is None
    assert hasattr(other, "x")
    del other.x
    assert not hasattr(one, "x")
    with pytest.raises(AttributeError, match="'Namespace' object has no attribute 'x'"):
        one.x  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'x'"):
        del one.x
    assert repr(one) == f"<Namespace {name!r}>"


def test_keeps_what_begins_with_an_underscore_for_itself(shared: polyproc.Namespace) -> None:
    shared._mine = 1
    assert shared._mine == 1
    assert shared.attributes() == {}
    del shared._mine
    with pytest.raises(AttributeError, match="_mine"):
        shared._mine  # noqa: B018


def test_takes_every_name(shared: polyproc.Namespace) -> None:
    assert not hasattr(shared, "name")
    setattr(shared, "name", "mine")  # noqa: B010
    assert shared.name == "mine"
    del shared.name
    with pytest.raises(AttributeError, match="no attribute 'name'"):
        shared.name  # noqa: B018
    with pytest.raises(AttributeError, match=r"namespace\['add'\] ="):
        setattr(shared, "add", 1)  # noqa: B010
    shared["add"] = 1
    assert shared["add"] == 1
    assert "add" in shared
    del shared["add"]
    assert "add" not in shared
    with pytest.raises(KeyError, match="'add'"):
        shared["add"]
    with pytest.raises(KeyError, match="'add'"):
        del shared["add"]
    with pytest.raises(TypeError, match="not iterable"):
        iter(shared)  # type: ignore[call-overload]


def test_adds_in_one_step(shared: polyproc.Namespace) -> None:
    with pytest.raises(AttributeError, match="no attribute 'x'"):
        shared.add("x")
    assert shared.add("x", initial=1) == 2
    assert shared.add("x", 0.5) == 2.5
    shared.text = "a"
    with pytest.raises(TypeError, match="number"):
        shared.add("text")
    with pytest.raises(TypeError, match="number to add"):
        shared.add("x", "a")
    with pytest.raises(polyproc.Error, match="attribute"):
        shared.add("x" * 300)


def test_compares_and_sets_in_one_step(shared: polyproc.Namespace) -> None:
    assert shared.compare_and_set("x", ABSENT, 1)
    assert not shared.compare_and_set("x", 2, 3)
    assert shared.compare_and_set("x", 1, ABSENT)
    assert not hasattr(shared, "x")


def test_lists_many_attributes(shared: polyproc.Namespace) -> None:
    many: dict[str, Any] = {f"a{n}": n for n in range(1500)}
    for name, value in many.items():
        setattr(shared, name, value)
    assert shared.attributes() == many


def test_goes_through_pickle(shared: polyproc.Namespace) -> None:
    shared.x = 1
    assert pickle.loads(pickle.dumps(shared)).x == 1


def test_never_calls_to_show_itself(polyproc_client: polyproc.Polyproc) -> None:
    shared = polyproc_client.namespace()
    polyproc_client.close()
    assert repr(shared).startswith("<Namespace '")
    assert not hasattr(shared, "__array_interface__")
