"""Files of shared memory, as every client must read and write them: memory.json."""

from pathlib import Path
from typing import Any

import pytest

from polyproc import Error
from polyproc._elements import ElementType, decode_elements
from polyproc._segment import open_segment
from polyproc._shared_memory import SharedArray
from polyproc.v1 import shared_memory_pb2
from vectors import vectors

_VECTORS = vectors("memory.json", "MemoryVectors")

_WORDS = {
    "SIZE": " bytes, but it has ",
    "MAGIC": "begin with POLYPROC",
    "VERSION": "layout 1, but it has layout ",
    "TYPE": "elements of ",
    "LENGTH": "length ",
    "INCARNATION": "incarnation ",
    "REMOVED": "removed",
}
"""What a sentence says of each fault."""


class _Offline(SharedArray):
    """An array that no daemon knows."""

    def __init__(self, segment: Any) -> None:
        self._segment = segment
        self._is_closed = False


def _located(vector: Any, folder: Path) -> shared_memory_pb2.SharedMemoryLocateResponse:
    file = folder / "segment"
    file.write_bytes(vector.file)
    file.chmod(0o600)
    located = shared_memory_pb2.SharedMemoryLocateResponse.FromString(
        vector.located.SerializeToString()
    )
    located.path = str(file)
    return located


def _same(one: Any, other: Any) -> bool:
    return repr(list(one)) == repr(list(other))


@pytest.mark.parametrize("vector", _VECTORS.segments, ids=lambda vector: vector.name)
def test_takes_a_segment(vector: Any, tmp_path: Path) -> None:
    located = _located(vector, tmp_path)
    segment = open_segment(located)
    array = _Offline(segment)
    expected: Any = decode_elements(ElementType(located.type), vector.elements)
    if isinstance(expected, bytes):
        assert array[:] == expected
        expected = [bytes((byte,)) for byte in expected]
    else:
        assert _same(array[:], expected)
    assert _same(array, expected)
    assert _same([array[at] for at in range(len(array))], expected)
    assert _same([array[at - len(array)] for at in range(len(array))], expected)
    assert _same(array.tolist()[::-1], expected[::-1])
    assert array.sequence == vector.sequence
    assert array.writers_died == vector.writers_died
    assert not array.is_removed
    if vector.written:
        array.memory.cast("B")[:] = bytes(len(array) * array.type.itemsize)
        for at, element in enumerate(expected):
            array[at] = element
        assert Path(located.path).read_bytes() == vector.file
        array.memory.cast("B")[:] = bytes(len(array) * array.type.itemsize)
        array[:] = expected
        assert Path(located.path).read_bytes() == vector.file


@pytest.mark.parametrize("vector", _VECTORS.wrongs, ids=lambda vector: vector.name)
def test_refuses_what_is_no_segment(vector: Any, tmp_path: Path) -> None:
    located = _located(vector, tmp_path)
    fault = type(vector).DESCRIPTOR.fields_by_name["fault"].enum_type.values_by_number[vector.fault]
    with pytest.raises(Error) as refused:
        open_segment(located)
    assert _WORDS[fault.name.removeprefix("SEGMENT_FAULT_")] in str(refused.value)
    assert Path(located.path).read_bytes() == vector.file


@pytest.mark.parametrize("mode", [0o660, 0o602, 0o777])
def test_refuses_what_somebody_else_may_write(tmp_path: Path, mode: int) -> None:
    located = _located(_VECTORS.segments[0], tmp_path)
    Path(located.path).chmod(mode)
    with pytest.raises(Error, match="only this user can write"):
        open_segment(located)


def test_refuses_what_somebody_else_may_replace(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    located = _located(_VECTORS.segments[0], tmp_path)
    with pytest.raises(Error, match="nobody else may write"):
        open_segment(located)


def test_follows_no_link(tmp_path: Path) -> None:
    located = _located(_VECTORS.segments[0], tmp_path)
    link = tmp_path / "link"
    link.symlink_to(located.path)
    located.path = str(link)
    with pytest.raises(Error, match="a symbolic link"):
        open_segment(located)


def test_says_where_nothing_is(tmp_path: Path) -> None:
    located = _located(_VECTORS.segments[0], tmp_path)
    Path(located.path).unlink()
    with pytest.raises(Error, match="nothing is there"):
        open_segment(located)
    assert not Path(located.path).exists()
