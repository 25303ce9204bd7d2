"""Arrays in shared memory, before a real daemon."""

import array as arrays
import contextlib
import gc
import os
import pickle
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import polyproc
from daemons import Daemon
from polyproc import ElementType, SharedArray


@pytest.fixture
def array(polyproc_client: polyproc.Polyproc) -> SharedArray:
    return polyproc_client.shared_array(f"memory-{uuid.uuid4()}", "q", 4)


@contextlib.contextmanager
def child(of: Callable[[], object]) -> Iterator[int]:
    """Runs something in a process that then waits to be killed, and is once the block ends."""
    ready, told = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            of()
            os.write(told, b"x")
            signal.pause()
        finally:
            os._exit(1)
    os.close(told)
    try:
        assert os.read(ready, 1) == b"x", "the child has failed"
        yield process
    finally:
        os.close(ready)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def test_is_one_memory_for_all(daemon: Daemon, array: SharedArray) -> None:
    with polyproc.connect(daemon.address) as client:
        other = client.existing_shared_array(array.name)
        assert other == array
        assert (len(other), other.type) == (4, ElementType.INT64)
        array[0] = 5
        assert other[0] == 5
        with child(lambda: operator_set(array, 1, 7)):
            assert other[:] == [5, 7, 0, 0]


def operator_set(array: SharedArray, index: int, content: Any) -> None:
    array[index] = content


def test_has_elements_by_position(array: SharedArray) -> None:
    array[-1] = -(2**63)
    array[0] = True
    assert array.tolist() == [1, 0, 0, -(2**63)]
    assert 1 in array
    assert bool(array)
    for index in (4, -5, 2**70):
        with pytest.raises(IndexError):
            array[index]
        with pytest.raises(IndexError):
            array[index] = 1
    with pytest.raises(TypeError, match="array indices must be integers or slices, not str"):
        array["0"]  # type: ignore[index]
    with pytest.raises(TypeError, match="array indices must be integers or slices, not str"):
        array["0"] = 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("b", 128, OverflowError),
        ("b", 1.0, TypeError),
        ("B", -1, OverflowError),
        ("Q", 2**64, OverflowError),
        ("?", 2, OverflowError),
        ("?", 0.0, TypeError),
        ("d", "1", TypeError),
        ("d", 2**2000, OverflowError),
        ("c", "a", TypeError),
        ("c", b"ab", ValueError),
        ("u", "ab", ValueError),
        ("u", b"a", TypeError),
    ],
)
def test_refuses_what_its_type_does_not_take(
    polyproc_client: polyproc.Polyproc, kind: str, content: Any, expected: type[Exception]
) -> None:
    array = polyproc_client.shared_array(None, kind, 2)
    with pytest.raises(expected, match="Expected"):
        array[0] = content
    with pytest.raises(expected, match="Expected"):
        array[:] = [content, content]
    assert array.memory.tobytes() == bytes(2 * array.type.itemsize)


@pytest.mark.parametrize(
    "part",
    [slice(None), slice(1, 3), slice(None, None, 2), slice(None, None, -2), slice(3, 1)],
    ids=str,
)
def test_has_slices(array: SharedArray, part: slice) -> None:
    own = [1, 2, 3, 4]
    array[:] = own
    own[part] = [-number for number in own[part]]
    array[part] = own[part]
    assert array[:] == own
    array[part] = arrays.array("i", own[part])
    assert array[part] == own[part]
    array[:] = iter([4, 3, 2, 1])
    assert array[part] == [4, 3, 2, 1][part]
    with pytest.raises(ValueError, match="Can only assign sequence of same size"):
        array[part] = [1, 2, 3, 4, 5]
    with pytest.raises(TypeError):
        array[:] = arrays.array("d", [1, 2, 3, 4])


def test_has_characters(polyproc_client: polyproc.Polyproc) -> None:
    array = polyproc_client.shared_array(None, "c", 3)
    array[:] = b"abc"
    array[1] = b"x"
    assert array[:] == b"axc"
    assert list(array) == [b"a", b"x", b"c"]
    text = polyproc_client.shared_array(None, "u", 3)
    text[:] = "äöü"
    text[1] = "o"
    assert text[:] == "äoü"
    assert list(text) == ["ä", "o", "ü"]
    flags = polyproc_client.shared_array(None, "?", 2)
    flags[:] = [True, 0]
    assert flags[:] == [True, False]
    assert not polyproc_client.shared_array(None, "d", 0)


def test_is_a_buffer(polyproc_client: polyproc.Polyproc) -> None:
    array = polyproc_client.shared_array(None, "d", 3)
    view: Any = array.memory
    assert (view.format, view.itemsize, len(view), view.readonly) == ("d", 8, 3, False)
    view[1] = 0.5
    assert bytes(array) == view.tobytes()
    assert array[:] == [0, 0.5, 0]
    assert len(memoryview(array).cast("B") if sys.version_info >= (3, 12) else view.cast("B")) == 24


def test_is_an_array_of_numpy_without_a_copy(polyproc_client: polyproc.Polyproc) -> None:
    numpy = pytest.importorskip("numpy")
    for kind in "?bBhHiIqQfd":
        array = polyproc_client.shared_array(None, numpy.dtype(kind).type, 3)
        own = numpy.asarray(array)
        assert own.dtype == numpy.dtype(kind)
        assert own.flags.writeable
        own[1] = 1
        assert array[:] == [0, 1, 0]
        array[2] = 1
        assert own.tolist() == [0, 1, 1]
        assert numpy.shares_memory(own, numpy.frombuffer(array.memory, own.dtype))
        assert not numpy.shares_memory(own, numpy.array(array))
    array[:] = numpy.arange(3, dtype="f")
    assert array[:] == [0, 1, 2]


def test_refuses_a_length_that_is_none(polyproc_client: polyproc.Polyproc) -> None:
    with pytest.raises(TypeError, match="interpreted as an integer"):
        polyproc_client.shared_array(None, "q", 1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="0 or more"):
        polyproc_client.shared_array(None, "q", -1)
    with pytest.raises(polyproc.Error, match="Expected"):
        polyproc_client.shared_array(None, "q", 2**40)
    with pytest.raises(ValueError, match="name"):
        polyproc_client.existing_shared_array("")


def test_updates_as_a_whole(array: SharedArray) -> None:
    assert array.sequence == 0
    with array.update():
        assert array.sequence == 1
        array[0] = 1
        with array.update(), array.read():
            array[1] = 2
        assert array.sequence == 1
    assert array.sequence == 2
    with array.read():
        assert array[:2] == [1, 2]
    with pytest.raises(RuntimeError, match="mine"), array.update():
        raise RuntimeError("mine")
    assert array.sequence == 4
    with array.mend() as is_half:
        assert not is_half
    assert array.sequence == 6
    with pytest.raises(RuntimeError, match="mine"), array.mend():
        raise RuntimeError("mine")
    assert array.sequence == 8
    assert not array.get_lock().locked()


def test_begins_anew_after_an_update_that_raised_under_a_hold(array: SharedArray) -> None:
    with array.get_lock():
        try:
            with array.update():
                raise RuntimeError("mine")
        except RuntimeError:
            with array.update():
                assert array.sequence == 3
    assert array.sequence == 4


def test_updates_of_threads_exclude_each_other(array: SharedArray) -> None:
    def count() -> None:
        for _ in range(20):
            with array.update():
                array[0] += 1

    threads = [threading.Thread(target=count) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert array[0] == 100
    assert array.sequence == 200


def test_is_half_changed_once_a_program_died_in_an_update(array: SharedArray) -> None:
    updating = array.update()

    def begin() -> None:
        updating.__enter__()
        array[0] = 1

    with child(begin):
        assert array.sequence == 1
    with pytest.raises(polyproc.HalfChanged, match="mend"), array.update():
        pytest.fail("it is half changed")
    with pytest.raises(RuntimeError, match="mend"), array.read():
        pytest.fail("it is half changed")
    with pytest.raises(ZeroDivisionError), array.mend() as is_half:
        array[0] = 1 // (1 - is_half)
    with pytest.raises(polyproc.HalfChanged), array.read():
        pytest.fail("it is half changed")
    with array.mend() as is_half:
        assert is_half
        array[0] = 0
    assert array.sequence % 2 == 0
    with array.update():
        array[0] = 2
    with array.read():
        assert array[0] == 2


def test_is_half_changed_once_a_program_died_that_wrote(daemon: Daemon, array: SharedArray) -> None:
    with child(array.begin_writing):
        assert array.writers == 1
        assert array.writers_died == 0
    while array.writers:
        pass
    with polyproc.connect(daemon.address) as client:
        other = client.existing_shared_array(array.name)
        with pytest.raises(polyproc.HalfChanged), other.read():
            pytest.fail("it may be half changed")
    with pytest.raises(polyproc.HalfChanged), array.update():
        pytest.fail("the other one has told all")
    with array.mend() as is_half:
        assert is_half
    while array.writers_died != 1:  # The header is told a moment later.
        assert array.writers == 0
    with array.read():
        assert array[:] == [0, 0, 0, 0]


def test_mends_all_arrays_of_a_lock_under_the_hold_that_was_told(
    polyproc_client: polyproc.Polyproc,
) -> None:
    lock = f"lock-{uuid.uuid4()}"
    one = polyproc_client.shared_array(None, "q", 1, lock=lock)
    other = polyproc_client.shared_array(None, "q", 1, lock=lock)
    with child(lambda: one.get_lock().acquire()):
        pass
    with one.get_lock() as hold:
        assert hold.previous_owner_died
        with one.mend() as is_half:
            assert is_half
        with other.mend() as is_half:
            assert is_half
        with one.update():
            one[0] = 1
    with one.read(), other.read():
        assert one[0] == 1


def test_counts_a_program_as_one_writer(array: SharedArray) -> None:
    one = array.begin_writing()
    with array.begin_writing():
        assert array.writers == 1
    assert array.writers == 1
    assert "open" in repr(one)
    one.close()
    one.close()
    assert array.writers == 0
    assert "closed" in repr(one)
    with array.read():
        assert array.writers_died == 0


def test_says_when_somebody_else_updates_without_the_lock(array: SharedArray) -> None:
    with pytest.raises(polyproc.Error, match="somebody did"), array.update():
        array._mapped().begin_update(array._mapped().next_odd())
    with array.mend() as is_half:
        assert is_half


def test_ends_no_update_of_the_parent_in_a_forked_child(array: SharedArray) -> None:
    parent = os.getpid()
    try:
        with array.update():
            process = os.fork()
            if process:
                os.waitpid(process, 0)
                assert array.sequence == 1
    finally:
        if os.getpid() != parent:
            os._exit(0)
    assert array.sequence == 2


def test_leaves_views_when_it_is_closed(polyproc_client: polyproc.Polyproc) -> None:
    before = Path("/proc/self/maps").read_text().count("polyproc")
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with polyproc_client.shared_array(None, "q", 4) as array:
        view = array.memory[1:]
        assert Path("/proc/self/maps").read_text().count("polyproc") == before + 1
    array.close()
    view[0] = 3
    assert view[0] == 3
    for refused in (lambda: array[0], lambda: len(array), array.begin_writing, array.get_lock):
        with pytest.raises(ValueError, match="this handle was closed"):
            refused()
    del view
    assert Path("/proc/self/maps").read_text().count("polyproc") == before
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


def test_says_that_it_was_deleted(array: SharedArray) -> None:
    assert not array.is_removed
    array.delete()
    while not array.is_removed:
        pass
    array[0] = 1
    assert array[0] == 1
    with pytest.raises(polyproc.Error, match="Expected"):
        assert array.writers


def test_goes_with_the_last_that_has_it(daemon: Daemon) -> None:
    with polyproc.connect(daemon.address) as client, polyproc.connect(daemon.address) as other:
        array = client.shared_array(None, "q", 4)
        name = array.name
        kept = other.existing_shared_array(name)
        del array
        gc.collect()
        client.event().set()
        assert client.existing_shared_array(name) == kept
        gc.collect()
        client.event().set()
        del kept
        gc.collect()
        other.event().set()
        with pytest.raises(polyproc.Error, match=name) as refused:
            client.existing_shared_array(name)
        assert refused.value.reason == "OBJECT_NOT_FOUND"


def test_leaves_nothing_where_it_cannot_be_mapped(
    daemon: Daemon, polyproc_client: polyproc.Polyproc
) -> None:
    name = f"memory-{uuid.uuid4()}"
    with polyproc.connect(f"localhost:{daemon.port}", token=daemon.token) as far:
        with pytest.raises(polyproc.Error) as refused:
            far.shared_array(name, "q", 4)
        assert refused.value.reason == "NOT_LOCAL"
        with pytest.raises(polyproc.Error) as refused:
            polyproc_client.existing_shared_array(name)
        assert refused.value.reason == "OBJECT_NOT_FOUND"
        near = polyproc_client.shared_array(name, "q", 4)
        with pytest.raises(polyproc.Error):
            far.shared_array(name, "q", 4)
        assert not near.is_removed


def test_goes_through_pickle_and_other_objects(
    polyproc_client: polyproc.Polyproc, array: SharedArray
) -> None:
    pickle.loads(pickle.dumps(array))[0] = 1
    held = polyproc_client.list()
    held.append(array)
    held[0][1] = 2
    assert array[:2] == [1, 2]


def test_never_calls_to_show_itself(polyproc_client: polyproc.Polyproc) -> None:
    array = polyproc_client.shared_array(None, "q", 1)
    polyproc_client.close()
    assert repr(array) == f"<SharedArray {array.name!r}>"
    array[0] = 1
    assert array[0] == 1


def test_says_who_writes_in_handlers_in_the_middle_of_saying_so(array: SharedArray) -> None:
    handled = 0

    def handle(_: int, __: object) -> None:
        nonlocal handled
        with array.begin_writing():
            handled += 1

    before = signal.signal(signal.SIGALRM, handle)
    try:
        for i in range(200):
            signal.setitimer(signal.ITIMER_REAL, 1e-5 * (1 + i % 40))
            with array.begin_writing():
                signal.setitimer(signal.ITIMER_REAL, 1e-5 * (1 + i % 40))
                assert array.writers == 1, i
        assert handled
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert array.writers == 0
