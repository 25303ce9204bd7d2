"""Dicts, before a real daemon."""

import copy
import pickle
import threading
from collections import OrderedDict
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest

import polyproc
from polyproc import ABSENT, Dict
from polyproc._codecs import codec_of


@pytest.fixture
def shared(polyproc_client: polyproc.Polyproc) -> Dict[Any, Any]:
    return polyproc_client.dict()


def test_keeps_the_order_of_insertion(shared: Dict[Any, Any]) -> None:
    shared["b"] = 1
    shared["a"] = 2
    shared["b"] = 3
    assert list(shared) == ["b", "a"]
    assert list(reversed(shared)) == ["a", "b"]
    assert list(shared.items()) == [("b", 3), ("a", 2)]
    assert list(shared.values()) == [3, 2]
    assert shared.copy() == {"b": 3, "a": 2}
    assert len(shared) == 2
    assert isinstance(shared, MutableMapping)


def test_gets_what_is_there(shared: Dict[Any, Any]) -> None:
    shared["none"] = None
    assert shared["none"] is None
    assert shared.get("none", 1) is None
    assert shared.get("absent") is None
    assert shared.get("absent", 1) == 1
    assert "none" in shared
    assert "absent" not in shared
    with pytest.raises(KeyError) as refused:
        shared["absent"]
    assert refused.value.args == ("absent",)


def test_keeps_the_types_of_keys_and_knows_equal_ones(shared: Dict[Any, Any]) -> None:
    shared[1] = "int"
    shared[True] = "bool"
    shared["1"] = "text"
    shared[(1, b"x")] = "tuple"
    shared[None] = "none"
    assert shared.copy() == {1: "bool", "1": "text", (1, b"x"): "tuple", None: "none"}
    assert type(next(iter(shared))) is int
    assert shared[1.0] == "bool"


@pytest.mark.parametrize("key", [[1], {}, {1}, ([1],), bytearray(b"x")])
def test_refuses_keys_as_a_dict_does(shared: Dict[Any, Any], key: Any) -> None:
    with pytest.raises(TypeError, match="unhashable type"):
        shared[key] = 1
    with pytest.raises(TypeError, match="unhashable type"):
        shared.get(key)
    with pytest.raises(TypeError, match="unhashable type"):
        key in shared  # noqa: B015
    assert len(shared) == 0


def test_removes_keys(shared: Dict[Any, Any]) -> None:
    shared.update(a=1, b=2, c=3, d=4)
    assert shared.pop("a") == 1
    assert shared.pop("a", 5) == 5
    with pytest.raises(KeyError, match="'a'"):
        shared.pop("a")
    del shared["b"]
    with pytest.raises(KeyError, match="'b'"):
        del shared["b"]
    assert shared.popitem() == ("d", 4)
    assert shared.popitem(last=False) == ("c", 3)
    with pytest.raises(KeyError, match="dictionary is empty"):
        shared.popitem()
    shared.update(a=1, b=2)
    shared.clear()
    assert len(shared) == 0


def test_sets_what_is_absent_in_one_step(shared: Dict[Any, Any]) -> None:
    assert shared.setdefault("a", 1) == 1
    assert shared.setdefault("a", 2) == 1
    assert shared.setdefault("none") is None
    assert shared.put_if_absent("b", 1)
    assert not shared.put_if_absent("b", 2)
    assert shared.replace("b", 3)
    assert not shared.replace("c", 3)
    assert shared.get_and_set("b", 4) == 3
    assert shared.get_and_set("c", 5) is ABSENT
    assert shared.copy() == {"a": 1, "none": None, "b": 4, "c": 5}


def test_compares_and_sets_in_one_step(shared: Dict[Any, Any]) -> None:
    assert shared.compare_and_set("a", ABSENT, 1)
    assert not shared.compare_and_set("a", ABSENT, 2)
    assert shared.compare_and_set("a", 1.0, None)
    assert not shared.compare_and_set("a", 1, 2)
    assert shared.compare_and_set("a", None, ABSENT)
    assert "a" not in shared


def test_adds_in_one_step(shared: Dict[Any, Any]) -> None:
    with pytest.raises(KeyError, match="'hits'"):
        shared.add("hits")
    assert shared.add("hits", initial=0) == 1
    assert shared.add("hits", 2**70) == 2**70 + 1
    assert shared.add("rate", 0.5, 1) == 1.5
    shared["text"] = "1"
    with pytest.raises(TypeError, match="number"):
        shared.add("text")
    with pytest.raises(TypeError, match="number to add"):
        shared.add("hits", "1")
    assert shared["text"] == "1"


def test_counts_what_all_threads_add(polyproc_client: polyproc.Polyproc) -> None:
    shared = polyproc_client.dict()

    def add() -> None:
        for _ in range(50):
            shared.add("hits", initial=0)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shared["hits"] == 400


def test_updates_from_all_that_a_dict_takes(shared: Dict[Any, Any]) -> None:
    shared.update({"a": 1})
    shared.update([("b", 2)], c=3)
    shared.update(OrderedDict(d=4))
    shared |= {"e": 5}
    assert (shared | {"f": 6}) == {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6}
    assert ({"a": 0, "z": 0} | shared)["a"] == 1
    with pytest.raises(TypeError):
        shared | 1
    with pytest.raises(ValueError, match="unpack"):
        shared.update([(1, 2, 3)])  # type: ignore[list-item]
    assert len(shared) == 5


def test_carries_many_pages(polyproc_client: polyproc.Polyproc) -> None:
    numbers = {n: n * n for n in range(3000)}
    shared = polyproc_client.dict()
    shared.update(numbers)
    assert len(shared) == 3000
    assert shared.copy() == numbers
    assert list(shared) == list(numbers)
    assert list(shared.values()) == list(numbers.values())
    assert dict(shared.items()) == numbers
    other = polyproc_client.dict()
    other.update(shared)
    assert other.copy() == numbers


def test_splits_what_is_too_large_for_a_request(polyproc_client: polyproc.Polyproc) -> None:
    shared = polyproc_client.dict()
    large = {n: bytes(300_000) for n in range(40)}
    shared.update(large)
    assert shared.copy() == large


def test_shows_views_of_what_is_there_now(shared: Dict[Any, Any]) -> None:
    keys, values, items = shared.keys(), shared.values(), shared.items()
    shared.update(a=1, b=2)
    assert (len(keys), len(values), len(items)) == (2, 2, 2)
    assert keys & {"a", "z"} == {"a"}
    assert ("a", 1) in items
    assert ("a", 2) not in items
    assert 2 in values
    assert 3 not in values
    assert "b" in keys


def test_holds_other_objects_as_live_handles(polyproc_client: polyproc.Polyproc) -> None:
    shared = polyproc_client.dict()
    shared["inner"] = polyproc_client.dict()
    shared["inner"]["x"] = 1
    shared["plain"] = {}
    shared["plain"]["x"] = 1
    assert shared["inner"]["x"] == 1
    assert shared["plain"] == {}


def test_is_equal_by_object_and_not_by_content(polyproc_client: polyproc.Polyproc) -> None:
    one, other = polyproc_client.dict(), polyproc_client.dict()
    assert one == copy.copy(one)
    assert one != other
    assert hash(one) == hash(copy.copy(one))


def test_goes_through_pickle_with_its_codecs(polyproc_client: polyproc.Polyproc) -> None:
    shared = polyproc_client.dict()
    shared["a"] = 1
    assert pickle.loads(pickle.dumps(shared))["a"] == 1


def test_never_calls_to_show_itself(polyproc_client: polyproc.Polyproc) -> None:
    shared = polyproc_client.dict()
    polyproc_client.close()
    assert repr(shared) == f"<Dict {shared.name!r}>"
    assert repr(shared.items()).startswith("_Items(<Dict")


@dataclass
class Order:
    customer: UUID
    due: date


def test_has_keys_and_values_of_types_by_codecs(polyproc_client: polyproc.Polyproc) -> None:
    shared = polyproc_client.dict(codec=codec_of(Order), key_codec=codec_of(date))
    order = Order(UUID(int=1), date(2026, 1, 31))
    shared[order.due] = order
    shared.update({date(2026, 2, 1): order})
    assert shared[order.due] == order
    assert list(shared.items()) == [(order.due, order), (date(2026, 2, 1), order)]
    assert shared.compare_and_set(order.due, order, ABSENT)
    assert shared.popitem() == (date(2026, 2, 1), order)
    with pytest.raises(TypeError):
        shared[order.due] = 5  # type: ignore[assignment]
    with pytest.raises(TypeError, match="codec"):
        polyproc_client.dict()["order"] = order


class Upper:
    """A codec that refuses what is not in capitals."""

    def encode(self, obj: str, /) -> Any:
        return polyproc._values.encode(obj)

    def decode(self, value: Any, /) -> str:
        if not value.text.isupper():
            raise polyproc.UnexpectedValue("Expected capitals, but they are small", value)
        return str(value.text)


def test_loses_nothing_that_a_codec_cannot_read(polyproc_client: polyproc.Polyproc) -> None:
    shared = polyproc_client.dict(codec=Upper())
    shared["a"] = "small"
    with pytest.raises(polyproc.UnexpectedValue, match="taken effect") as refused:
        shared.pop("a")
    assert refused.value.value is not None
    assert refused.value.value.text == "small"
    assert "a" not in shared
