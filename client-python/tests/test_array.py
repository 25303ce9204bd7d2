"""Arrays of a fixed size, before a real daemon."""

import array as arrays
import ctypes
import operator
import pickle
import uuid
from typing import Any

import pytest

import polyproc
from polyproc import ElementType


def test_has_elements_by_position(polyproc_client: polyproc.Polyproc) -> None:
    array = polyproc_client.array(None, "i", [1, 2, 3])
    assert len(array) == 3
    assert array.type is ElementType.INT32
    array[0] = 10
    array[-1] = -3
    assert list(array) == [10, 2, -3]
    assert array[-3] == 10
    assert list(reversed(array)) == [-3, 2, 10]
    assert 2 in array
    assert 5 not in array
    assert array.tolist() == [10, 2, -3]
    assert bool(array)
    assert not polyproc_client.array(None, "i", 0)


@pytest.mark.parametrize("index", [3, -4, 2**70])
def test_refuses_an_index_that_is_not_there(polyproc_client: polyproc.Polyproc, index: int) -> None:
    array = polyproc_client.array(None, "i", 3)
    for refuses in (
        lambda: array[index],
        lambda: operator.setitem(array, index, 1),  # type: ignore[call-overload]
        lambda: array.add(index),
        lambda: array.compare_and_set(index, 0, 1),
    ):
        with pytest.raises(IndexError):
            refuses()
    with pytest.raises(TypeError, match="array indices must be integers or slices, not str"):
        array["0"]  # type: ignore[index]


@pytest.mark.parametrize(
    "part",
    [slice(None), slice(1, 4), slice(None, None, 2), slice(None, None, -2), slice(4, 1)],
    ids=str,
)
def test_has_slices(polyproc_client: polyproc.Polyproc, part: slice) -> None:
    own = list(range(7))
    array = polyproc_client.array(None, "d", own)
    assert array[part] == own[part]
    own[part] = [-number for number in own[part]]
    array[part] = own[part]
    assert array[:] == own
    with pytest.raises(ValueError, match="Can only assign sequence of same size"):
        array[part] = [0] * 8
    assert array[:] == own


def test_takes_and_gives_buffers(polyproc_client: polyproc.Polyproc) -> None:
    own = arrays.array("f", [0.5, 1.5])
    array = polyproc_client.array(None, ctypes.c_float, own)
    assert array.toarray() == own
    array[:] = arrays.array("d", [2, 3])
    assert array[:] == [2.0, 3.0]
    array[:] = (number for number in (4, 5))
    assert array[:] == [4.0, 5.0]
    numpy = pytest.importorskip("numpy")
    array[:] = numpy.array([6, 7], dtype=numpy.float32)
    assert numpy.frombuffer(array.toarray(), dtype=numpy.float32).tolist() == [6, 7]
    assert polyproc_client.array(None, numpy.int16, numpy.arange(3))[:] == [0, 1, 2]


def test_is_read_by_numpy_in_its_own_type(polyproc_client: polyproc.Polyproc) -> None:
    numpy = pytest.importorskip("numpy")
    for kind in "?bBhHiIqQfd":
        array = polyproc_client.array(None, kind, [0, 1])
        own = numpy.asarray(array)
        assert (own.dtype, own.tolist()) == (numpy.dtype(kind), [0, 1])
        own[0] = 1
        assert array[0] == 0
    assert numpy.asarray(array, dtype="f").dtype == numpy.float32
    assert numpy.asarray(polyproc_client.array(None, "c", b"ab")).tolist() == [b"a", b"b"]
    assert numpy.asarray(polyproc_client.array(None, "u", "äö")).tolist() == ["ä", "ö"]


def test_has_characters_as_those_of_ctypes(polyproc_client: polyproc.Polyproc) -> None:
    array = polyproc_client.array(None, "c", b"hello")
    assert array.raw == array[:] == b"hello"
    assert array[0] == b"h"
    assert list(array) == [b"h", b"e", b"l", b"l", b"o"]
    array.value = b"ab"
    assert array.raw == b"ab\0lo"
    assert array.value == b"ab"
    array.raw = b"xyz"
    assert array.raw == b"xyzlo"
    array.value = b"12345"
    assert array.value == b"12345"
    with pytest.raises(ValueError, match="too long"):
        array.raw = b"123456"
    with pytest.raises(ValueError, match="too long"):
        array.value = b"123456"
    text = polyproc_client.array(None, "u", 4)
    text.value = "äö"
    assert text[:] == "äö\0\0"
    assert text.value == "äö"
    assert text[1] == "ö"
    with pytest.raises(AttributeError, match="raw"):
        text.raw  # noqa: B018
    with pytest.raises(AttributeError, match="value"):
        polyproc_client.array(None, "i", 1).value  # noqa: B018


def test_refuses_what_is_out_of_range_unless_it_wraps(
    polyproc_client: polyproc.Polyproc,
) -> None:
    array = polyproc_client.array(None, "B", [1, 2])
    with pytest.raises(OverflowError):
        array[0] = 256
    with pytest.raises(OverflowError):
        array[:] = [5, 256]
    with pytest.raises(OverflowError):
        array.add(0, 255)
    with pytest.raises(TypeError):
        array[0] = 1.0
    with pytest.raises(TypeError):
        array.add(0, 0.5)
    assert array[:] == [1, 2]
    wrapping = polyproc_client.array(None, "B", [1, 2], wrap=True)
    wrapping[0] = 257
    wrapping[1:] = [-1]
    assert wrapping[:] == [1, 255]
    assert wrapping.add(1) == 0
    with pytest.raises(OverflowError):
        polyproc_client.array(None, "B", [256])
    with pytest.raises(ValueError, match="0 or more"):
        polyproc_client.array(None, "B", -1)


def test_changes_elements_in_one_step(polyproc_client: polyproc.Polyproc) -> None:
    array = polyproc_client.array(None, "q", 2)
    assert array.add(0, 5) == 5
    assert array.get_and_add(-2) == 5
    assert array.get_and_set(0, 9) == 6
    assert not array.compare_and_set(0, 6, 1)
    assert array.compare_and_set(0, 9, 1)
    with array.get_lock():
        array[1] += 1
    assert array[:] == [1, 1]


def test_carries_what_does_not_fit_one_reply(polyproc_client: polyproc.Polyproc) -> None:
    own = arrays.array("q", range(700_000))
    array = polyproc_client.array(None, "q", own)
    assert array.toarray() == own
    assert array[::-3] == own[::-3].tolist()
    array[1::2] = own[1::2][::-1]
    own[1::2] = own[1::2][::-1]
    assert array.toarray() == own
    assert sum(array) == sum(own)
    characters = polyproc_client.array(None, "c", b"ab" * 150_000)
    assert characters.raw == b"ab" * 150_000


def test_is_had_by_its_name_alone(polyproc_client: polyproc.Polyproc) -> None:
    name = f"array-{uuid.uuid4()}"
    with pytest.raises(polyproc.Error, match=name):
        polyproc_client.existing_array(name)
    one = polyproc_client.array(name, "h", 3)
    one[0] = 4
    other = polyproc_client.existing_array(name)
    assert other == one
    assert other[:] == [4, 0, 0]
    assert other.type is ElementType.INT16
    assert other.get_lock().name == f"{name}/lock"
    assert polyproc_client.array(name, "h", [7, 7, 7])[:] == [4, 0, 0]


def test_goes_through_pickle_and_other_objects(polyproc_client: polyproc.Polyproc) -> None:
    array: Any = polyproc_client.array(None, "i", 3)
    pickle.loads(pickle.dumps(array))[0] = 1
    held = polyproc_client.list()
    held.append(array)
    held[0][1] = 2
    assert array[:] == [1, 2, 0]
    assert len(held[0]) == 3


def test_never_calls_to_show_itself(polyproc_client: polyproc.Polyproc) -> None:
    array = polyproc_client.array(None, "i", 3)
    polyproc_client.close()
    assert repr(array) == f"<Array {array.name!r}>"
    assert len(array) == 3
