"""Values of a fixed size, before a real daemon."""

import ctypes
import math
import pickle
import threading
import uuid
from typing import Any

import pytest

import polyproc
from polyproc import ElementType


def test_holds_a_number(polyproc_client: polyproc.Polyproc) -> None:
    value = polyproc_client.value()
    assert value.value == 0
    value.value = 5
    assert value.value == 5
    assert value.get_and_set(-1) == 5
    assert value.type is ElementType.INT64


@pytest.mark.parametrize(
    ("kind", "initial", "least", "most"),
    [
        ("?", False, False, True),
        ("b", 0, -128, 127),
        ("B", 0, 0, 255),
        (ctypes.c_int, 0, -(2**31), 2**31 - 1),
        ("Q", 0, 0, 2**64 - 1),
        ("d", 0.0, -math.inf, math.inf),
        ("f", 0.0, -0.5, 0.5),
        ("c", b"\0", b"a", b"\xff"),
        ("u", "\0", "a", "\U0010ffff"),
    ],
)
def test_holds_what_its_type_takes(
    polyproc_client: polyproc.Polyproc, kind: object, initial: Any, least: Any, most: Any
) -> None:
    value = polyproc_client.value(None, kind)
    assert repr(value.value) == repr(initial)
    for content in (least, most):
        value.value = content
        assert repr(value.value) == repr(content)
    assert polyproc_client.value(None, kind, most).value == most


def test_refuses_what_is_out_of_range_unless_it_wraps(
    polyproc_client: polyproc.Polyproc,
) -> None:
    name = f"value-{uuid.uuid4()}"
    value = polyproc_client.value(name, "B", 250)
    with pytest.raises(OverflowError):
        value.value = 256
    with pytest.raises(OverflowError) as refused:
        value.add(6)
    assert isinstance(refused.value, polyproc.Error)
    assert value.value == 250
    wrapping = polyproc_client.value(name, "B", wrap=True)
    assert wrapping.add(7) == 1
    wrapping.value = -1
    assert value.value == 255
    with pytest.raises(OverflowError):
        polyproc_client.value(None, "B", 256)


@pytest.mark.parametrize(
    ("kind", "content"), [("i", 1.5), ("i", "1"), ("d", "1"), ("c", "a"), ("u", b"a"), ("?", 0.5)]
)
def test_refuses_another_type(polyproc_client: polyproc.Polyproc, kind: str, content: Any) -> None:
    value = polyproc_client.value(None, kind)
    before = value.value
    with pytest.raises(TypeError):
        value.value = content
    with pytest.raises(TypeError):
        value.add(content)
    with pytest.raises(TypeError):
        value.compare_and_set(before, content)
    assert value.value == before


def test_adds_and_compares_in_one_step(polyproc_client: polyproc.Polyproc) -> None:
    value = polyproc_client.value(None, "d", 1)
    assert value.add() == 2.0
    assert value.add(0.5) == 2.5
    assert value.get_and_add(1) == 2.5
    assert not value.compare_and_set(2.5, 0)
    assert value.compare_and_set(3.5, math.nan)
    assert value.compare_and_set(math.nan, 0)
    with pytest.raises(TypeError, match="number"):
        polyproc_client.value(None, "?").add(True)


def test_counts_what_threads_do_under_its_lock(polyproc_client: polyproc.Polyproc) -> None:
    value = polyproc_client.value()

    def count() -> None:
        for _ in range(20):
            with value.get_lock(), value.get_lock():
                value.value += 1

    threads = [threading.Thread(target=count) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value.value == 100


def test_is_had_by_its_name_alone(polyproc_client: polyproc.Polyproc) -> None:
    name = f"value-{uuid.uuid4()}"
    with pytest.raises(polyproc.Error, match=name):
        polyproc_client.existing_value(name)
    one = polyproc_client.value(name, "h", 3, lock=f"{name}/guard")
    other = polyproc_client.existing_value(name)
    assert other == one
    assert other.type is ElementType.INT16
    assert other.value == 3
    assert other.get_lock().name == one.get_lock().name == f"{name}/guard"
    with pytest.raises(polyproc.Error, match=name) as refused:
        polyproc_client.value(name, "i")
    assert refused.value.reason == "OBJECT_EXISTS"


def test_goes_through_pickle_and_other_objects(polyproc_client: polyproc.Polyproc) -> None:
    value = polyproc_client.value(None, "B", 255, wrap=True)
    again = pickle.loads(pickle.dumps(value))
    assert again.add() == 0
    held = polyproc_client.list()
    held.append(value)
    held[0].value = 7
    assert value.value == 7
    assert held[0].get_lock().name == value.get_lock().name


def test_never_calls_to_show_itself(polyproc_client: polyproc.Polyproc) -> None:
    value = polyproc_client.value()
    polyproc_client.close()
    assert repr(value) == f"<Value {value.name!r}>"
