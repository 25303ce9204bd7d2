"""Lists, before a real daemon."""

import operator
import pickle
from collections.abc import Callable, MutableSequence
from typing import Any

import pytest

import polyproc
from polyproc import List


@pytest.fixture
def shared(polyproc_client: polyproc.Polyproc) -> List[Any]:
    return polyproc_client.list()


def test_has_elements_by_position(shared: List[Any]) -> None:
    shared.extend([1, "two", b"3", None, [5]])
    assert shared[0] == 1
    assert shared[-1] == [5]
    shared[1] = 2
    del shared[2]
    shared.insert(0, 0)
    shared.insert(100, "last")
    shared.insert(-(2**70), "first")
    assert shared.copy() == ["first", 0, 1, 2, None, [5], "last"]
    assert len(shared) == 7
    assert list(reversed(shared)) == shared.copy()[::-1]
    assert isinstance(shared, MutableSequence)


@pytest.mark.parametrize(
    "of",
    [
        lambda one: one[3],
        lambda one: one[-4],
        lambda one: one[2**70],
        lambda one: one["0"],
        lambda one: one.__setitem__(3, 0),
        lambda one: one.__delitem__(3),
        lambda one: one.pop(3),
        lambda one: one.remove(7),
        lambda one: one.index(7),
        lambda one: one.index(1, 1, 3),
        lambda one: one[::0],
        lambda one: one["a":],
        lambda one: one.__setitem__(slice(0, 1), 5),
        lambda one: one.__setitem__(slice(None, None, 2), [1]),
        lambda one: operator.imul(one, "2"),  # type: ignore[no-untyped-call]
        lambda one: [one.pop() for _ in range(4)],
        lambda one: one.extend(5),
    ],
)
def test_refuses_what_a_list_refuses_in_its_words(
    shared: List[Any], of: Callable[[Any], Any]
) -> None:
    own = [1, 2, 3]
    shared.extend(own)
    with pytest.raises(Exception, match=r".") as expected:
        of(own)
    with pytest.raises(expected.type) as refused:
        of(shared)
    assert type(refused.value) is expected.type
    assert str(refused.value) == str(expected.value).replace(
        "must assign iterable to extended slice", "can only assign an iterable"
    )
    assert shared.copy() == own


SLICES = [
    slice(None),
    slice(1, 3),
    slice(-2, None),
    slice(None, None, 2),
    slice(None, None, -1),
    slice(4, 0, -2),
    slice(3, 1),
    slice(-100, 100),
    slice(2**70, None),
]


@pytest.mark.parametrize("part", SLICES, ids=str)
def test_has_slices(shared: List[Any], part: slice) -> None:
    own: list[Any] = [0, 1, 2, 3, 4, 5]
    shared.extend(own)
    assert shared[part] == own[part]
    own[part] = shared[part] = ["x"] * len(own[part])
    assert shared.copy() == own
    del own[part]
    del shared[part]
    assert shared.copy() == own


def test_replaces_a_slice_by_more_or_fewer(shared: List[Any]) -> None:
    shared.extend([0, 1, 2, 3])
    shared[1:3] = ["a", "b", "c"]
    assert shared.copy() == [0, "a", "b", "c", 3]
    shared[1:4] = []
    assert shared.copy() == [0, 3]
    shared[1:0] = (n for n in (1, 2))
    assert shared.copy() == [0, 1, 2, 3]


def test_carries_many_pages(shared: List[Any]) -> None:
    own: list[Any] = list(range(3000))
    shared.extend(own)
    assert shared.copy() == own
    assert list(reversed(shared)) == own[::-1]
    own[10:20] = shared[10:20] = ["x"] * 2500
    assert shared.copy() == own
    own[::-2] = shared[::-2] = [f"y{n}" for n in range(len(own[::-2]))]
    assert shared.copy() == own
    own[1::2] = shared[1::2] = [f"z{n}" for n in range(len(own[1::2]))]
    assert shared.copy() == own
    with pytest.raises(ValueError, match="attempt to assign sequence of size 2000 to extended"):
        shared[::2] = [0] * 2000
    shared += shared
    assert shared.copy() == own + own


def test_splits_what_is_too_large_for_a_request(shared: List[Any]) -> None:
    large = [bytes(300_000)] * 40
    shared.extend(large)
    shared[1:3] = large
    assert shared.copy() == [*large[:1], *large, *large[3:]]


def test_is_added_and_multiplied(shared: List[Any]) -> None:
    shared += [1]
    shared.append(2)
    shared *= 2
    assert shared.copy() == [1, 2, 1, 2]
    own = [3]
    assert shared + own == [1, 2, 1, 2, 3]
    assert own + shared == [3, 1, 2, 1, 2]
    assert shared * 2 == 2 * shared == [1, 2] * 4
    shared *= -1
    assert shared.copy() == []


def test_finds_equal_elements(shared: List[Any]) -> None:
    shared.extend([1, "a", 1.0, True, "b"])
    assert 1 in shared
    assert "c" not in shared
    assert shared.index("b") == 4
    assert shared.index(1, 1) == 2
    assert shared.index(1, -3, -1) == 2
    assert shared.count(1) == 3
    shared.remove(1)
    assert shared.copy() == ["a", 1.0, True, "b"]


def test_sorts_and_reverses(shared: List[Any]) -> None:
    shared.extend([3, 1.5, 2])
    shared.sort()
    assert shared.copy() == [1.5, 2, 3]
    shared.sort(reverse=True)
    assert shared.copy() == [3, 2, 1.5]
    shared.reverse()
    assert shared.copy() == [1.5, 2, 3]
    shared.append("a")
    with pytest.raises(TypeError) as refused:
        shared.sort()
    assert isinstance(refused.value, polyproc.NotComparable)
    assert shared.copy() == [1.5, 2, 3, "a"]
    shared.clear()
    assert len(shared) == 0


def test_changes_elements_in_one_step(shared: List[Any]) -> None:
    shared.extend([1, "a"])
    assert shared.add(0) == 2
    assert shared.add(0, 0.5) == 2.5
    with pytest.raises(TypeError):
        shared.add(1)
    with pytest.raises(IndexError, match="list index out of range"):
        shared.add(2)
    with pytest.raises(TypeError, match="number to add"):
        shared.add(0, "x")
    assert shared.get_and_set(1, "b") == "a"
    assert not shared.compare_and_set(1, "a", "c")
    assert shared.compare_and_set(1, "b", "c")
    assert not shared.compare_and_delete(1, "b")
    assert shared.compare_and_delete(1, "c")
    assert shared.copy() == [2.5]
    with pytest.raises(IndexError):
        shared.compare_and_set(1, 0, 0)


def test_holds_other_objects_as_live_handles(polyproc_client: polyproc.Polyproc) -> None:
    shared = polyproc_client.list()
    shared.append(polyproc_client.list())
    shared[0].append("seen")
    assert shared[0].copy() == ["seen"]
    assert pickle.loads(pickle.dumps(shared))[0] == shared[0]


def test_never_calls_to_show_itself(polyproc_client: polyproc.Polyproc) -> None:
    shared = polyproc_client.list()
    polyproc_client.close()
    assert repr(shared) == f"<List {shared.name!r}>"
