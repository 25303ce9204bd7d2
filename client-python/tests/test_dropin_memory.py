"""What the drop-in's shared memory does where that of `multiprocessing` does not.

It outlives whoever made it, travels by other ways than inheritance, and other clients see it.
"""

from __future__ import annotations

import copy
import ctypes
import gc
import multiprocessing.resource_tracker
import multiprocessing.sharedctypes
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import pytest

import polyproc
import polyproc.multiprocessing
from children import MOST_SECONDS, kill, running, until
from daemons import Daemon
from polyproc import ElementType
from polyproc.multiprocessing import _runtime, sharedctypes
from polyproc.multiprocessing._anything import ANYTHING
from polyproc.multiprocessing.shared_memory import ShareableList, SharedMemory
from polyproc.multiprocessing.sharedctypes import shared_array

pytestmark = pytest.mark.usefixtures("mp")


class Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_double), ("n", ctypes.c_int))


@pytest.fixture
def mp(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The context of a start method, whose objects are those of the tests' daemon."""
    monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
    monkeypatch.setattr(_runtime, "_client", None)
    yield polyproc.multiprocessing.get_context("spawn")
    _runtime.client().close()


def name() -> str:
    return f"dropin-{uuid.uuid4()}"


def segments() -> int:
    """How many the daemon has."""
    return sum(1 for _ in _runtime.client().admin.objects("SHARED_MEMORY"))


def mappings() -> int:
    maps = Path("/proc/self/maps").read_text(encoding="utf-8")
    return sum("polyproc-" in line for line in maps.splitlines())


# Where it goes.


def add_to_all_that_come(jobs: Any, done: Any) -> None:
    while (shared := jobs.get()) is not None:
        if isinstance(shared, sharedctypes.SynchronizedString):
            shared.value += b"!"
        elif isinstance(shared, Point):
            shared.n += 1
        elif hasattr(shared, "value"):
            shared.value += 1
        else:
            shared[0] += 1
        done.put(shared)


def test_values_travel_through_queues(mp: Any) -> None:
    jobs, done = mp.Queue(), mp.Queue()
    text = mp.Array("c", 8)
    text.value = b"hi"
    shared = [
        mp.Value("i", 1),
        mp.Value("d", 1, lock=False),
        mp.Array("h", [1, 2]),
        mp.RawArray("q", [1, 2]),
        mp.RawValue(Point, 1, 1),
        text,
    ]
    with running(mp, add_to_all_that_come, jobs, done) as process:
        for each in shared:
            jobs.put(each)
            back = done.get()
            assert type(back) is type(each)
            assert shared_array(back) == shared_array(each)
        jobs.put(None)
        process.join(MOST_SECONDS)
        assert process.exitcode == 0
    assert [shared[0].value, shared[1].value, shared[2][:], shared[3][:]] == [2, 2, [2, 2], [2, 2]]
    assert (shared[4].n, text.value) == (2, b"hi!")


def test_a_value_lives_as_long_as_it_is_stored(mp: Any, polyproc_client: polyproc.Polyproc) -> None:
    stored = polyproc_client.dict(name(), codec=ANYTHING)
    value, array = mp.Value("i", 7), mp.RawArray("d", [0.5] * 5000)
    stored["both"] = {"value": value, "array": array}
    array[4999] = 1.5
    where = shared_array(array)[0].name
    del value, array
    gc.collect()
    both = stored["both"]
    assert (both["value"].value, both["array"][4999], both["array"][0]) == (7, 1.5, 0.5)
    with both["value"].get_lock():
        both["value"].value += 1
    assert stored["both"]["value"].value == 8
    del both
    gc.collect()
    stored.clear()
    _runtime.client().admin.server_info()  # With a call it lets go of what nobody has.
    with pytest.raises(polyproc.Error) as refused:
        until(lambda: polyproc_client.existing_shared_array(where) is None)
    assert refused.value.reason == "OBJECT_NOT_FOUND"
    stored.delete()


def make_and_hand_over(queue: Any) -> None:
    value = sharedctypes.Value("d", 2.5)
    array = sharedctypes.RawArray("i", range(5000))
    queue.put((value, array))
    queue._queue.qsize()  # It has come.
    os.kill(os.getpid(), signal.SIGKILL)


def test_values_outlive_a_killed_process_that_made_them(mp: Any) -> None:
    queue = mp.Queue()
    with running(mp, make_and_hand_over, queue) as process:
        process.join(MOST_SECONDS)
        assert process.exitcode == -signal.SIGKILL
        value, array = queue.get()
        with value:
            value.value *= 2
        assert (value.value, array[4999]) == (5.0, 4999)


def hold_and_write(value: Any, held: Any) -> None:
    value.get_lock().acquire()
    value.value = 5
    held.set()
    threading.Event().wait()


def test_the_lock_of_a_killed_writer_goes_on(mp: Any) -> None:
    value, held = mp.Value("i"), mp.Event()
    with running(mp, hold_and_write, value, held) as process:
        assert held.wait(MOST_SECONDS)
        assert not value.get_lock().acquire(block=False)
        kill(process)
        with value.get_lock():
            assert value.get_obj().value == 5
            value.value += 1
        assert value.value == 6


def test_what_is_of_one_memory_is_equal(mp: Any) -> None:
    value, other = mp.Value("i", 1), mp.Value("i", 1)
    stored = _runtime.client().list(None, codec=ANYTHING)
    stored.append(value)
    same = stored[0]
    assert same == value
    assert hash(same) == hash(value)
    assert value != other
    assert value != 1
    assert len({value, other, same}) == 2
    alone = sharedctypes.synchronized(ctypes.c_int(3), mp.Lock())
    assert len({alone, value}) == 2
    assert alone != value
    assert alone != sharedctypes.synchronized(ctypes.c_int(3), mp.Lock())


def test_objects_of_one_array_are_one_mapping(mp: Any) -> None:
    values = [mp.RawValue("h", number) for number in range(500)]
    stored = _runtime.client().list(None, codec=ANYTHING)
    stored.extend(values)
    before = mappings()
    same = list(stored)
    assert [value.value for value in same] == list(range(500))
    assert mappings() == before


# What others see.


def test_other_clients_see_the_elements(mp: Any, polyproc_client: polyproc.Polyproc) -> None:
    number = mp.Value("d", 0.5)
    array, index = shared_array(number)
    other = polyproc_client.existing_shared_array(array.name)
    assert (other.type, other[index]) == (ElementType.FLOAT64, 0.5)
    other[index] = 1.5
    assert number.value == 1.5
    numbers = mp.Array("i", range(5000))
    array, index = shared_array(numbers)
    other = polyproc_client.existing_shared_array(array.name)
    assert (other.type, len(other), index) == (ElementType.INT32, 5000, 0)
    assert other[:] == numbers[:]


@pytest.mark.parametrize(
    ("kind", "initial", "of"),
    [
        ("c", b"x", ElementType.CHAR),
        ("u", "x", ElementType.WCHAR),
        ("B", 255, ElementType.UINT8),
        ("l", -1, ElementType.INT64 if ctypes.sizeof(ctypes.c_long) == 8 else ElementType.INT32),
        ("Q", 2**64 - 1, ElementType.UINT64),
        ("f", 0.5, ElementType.FLOAT32),
        (ctypes.c_bool, True, ElementType.BOOL),
    ],
)
def test_elements_are_of_the_type_that_fits(
    mp: Any, kind: Any, initial: Any, of: ElementType
) -> None:
    array, index = shared_array(mp.RawValue(kind, initial))
    assert (array.type, array[index]) == (of, initial)
    array, index = shared_array(mp.RawArray(kind, [initial, initial]))
    assert (array.type, array[index + 1]) == (of, initial)


def test_what_fits_no_type_is_bytes(mp: Any) -> None:
    array, index = shared_array(mp.RawValue(Point, 0.5, 3))
    assert array.type is ElementType.UINT8
    assert bytes(array[index : index + 12]) == struct.pack("<di", 0.5, 3)
    assert shared_array(mp.RawValue(ctypes.c_longdouble))[0].type is ElementType.UINT8
    swapped = mp.RawValue(ctypes.c_int.__ctype_be__, 1)
    array, index = shared_array(swapped)
    assert bytes(array[index : index + 4]) == b"\0\0\0\1"


def test_only_what_is_shared_is_in_an_array(mp: Any) -> None:
    points = mp.RawArray(Point, 2)
    for other in (3, ctypes.c_int(3), points[0]):
        with pytest.raises(TypeError, match="Expected an object in shared memory"):
            shared_array(other)


# How much it takes.


def test_many_values_take_few_mappings(mp: Any) -> None:
    before, mapped = segments(), mappings()
    values = [mp.Value("i", number, lock=False) for number in range(10_000)]
    arrays = [mp.RawArray("h", 100) for _ in range(1_000)]
    assert [value.value for value in values] == list(range(10_000))
    assert segments() - before < 50
    assert mappings() - mapped < 50
    del values, arrays


def test_what_nobody_has_leaks_nothing(mp: Any) -> None:
    mp.Value("b")
    before, mapped = segments(), mappings()
    for _ in range(5):
        values = [mp.RawValue("b") for _ in range(5_000)]
        arrays = [mp.RawArray("b", 100_000) for _ in range(10)]
        del values, arrays
        gc.collect()
    assert mappings() - mapped < 5
    _runtime.client().admin.server_info()
    assert segments() - before < 5


def test_one_that_lives_keeps_its_neighbours_memory_only(mp: Any) -> None:
    values = [mp.RawValue("H", number) for number in range(10_000)]
    kept = values[5_000]
    del values
    fresh = [mp.RawValue("H") for _ in range(10_000)]
    assert all(value.value == 0 for value in fresh)
    assert kept.value == 5_000


def make_some(mine: Any, told: Any) -> None:
    own = [sharedctypes.RawValue("h", -1) for _ in range(10)]
    told.put([shared_array(value) for value in own])
    mine.value = sum(value.value for value in own)


def test_a_forked_child_takes_memory_of_its_own() -> None:
    forking = polyproc.multiprocessing.get_context("fork")
    mine, told = forking.RawValue("h"), forking.Queue()
    with running(forking, make_some, mine, told) as process:
        places = told.get()
        ours = [forking.RawValue("h") for _ in range(10)]
        process.join(MOST_SECONDS)
        assert process.exitcode == 0
    assert not set(places) & {shared_array(value) for value in ours}
    assert ([value.value for value in ours], mine.value) == ([0] * 10, -10)


def test_threads_take_different_memory(mp: Any) -> None:
    found: list[list[Any]] = [[] for _ in range(4)]

    def make(into: list[Any]) -> None:
        into.extend(mp.RawValue("I", id(into) % 2**32) for _ in range(1000))

    threads = [threading.Thread(target=make, args=(into,)) for into in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(MOST_SECONDS)
    for into in found:
        assert {value.value for value in into} == {id(into) % 2**32}
    assert len({shared_array(value) for into in found for value in into}) == 4000


def test_there_is_other_memory_once_the_session_was_lost(mp: Any) -> None:
    first = mp.RawValue("h", 3)
    _runtime.client().close()
    second = mp.RawValue("h", 4)
    assert shared_array(first)[0] != shared_array(second)[0]
    assert (first.value, second.value) == (3, 4)


def test_an_array_that_is_too_large_is_refused(mp: Any) -> None:
    with pytest.raises(OSError, match="take several segments"):
        mp.RawArray("d", 2**40)


# Beside the standard library's own.


def write_both(own: Any, theirs: Any) -> None:
    own.value += 1
    theirs.value += 1


def test_goes_to_a_child_together_with_the_standard_library_s(mp: Any) -> None:
    standard: Any = multiprocessing.get_context("spawn")
    own, theirs = mp.Value("i", 1), standard.Value("i", 1)
    raw, their_raw = standard.RawValue("i", 1), mp.RawValue("i", 1)
    for pair in ((own, theirs), (raw, their_raw)):
        with running(mp, write_both, *pair) as process:
            process.join(MOST_SECONDS)
            assert process.exitcode == 0
        assert [each.value for each in pair] == [2, 2]


class Their(ctypes.Structure):
    _fields_ = (("n", ctypes.c_int),)


class Ours(ctypes.Structure):
    _fields_ = (("n", ctypes.c_int),)


def add_and_hand_over(shared: Any, theirs: Any, back: Any) -> None:
    _first(shared).n += 1
    if theirs is not None:
        _first(theirs).n += 1
    back.put(shared)


def _first(shared: Any) -> Any:
    return shared[0] if isinstance(shared, ctypes.Array) else shared


@pytest.mark.parametrize("kind", [Their, Ours, Their * 3, Ours * 3])
@pytest.mark.parametrize("way", ["child", "pickle", "queue", "pipe", "dict"])
def test_travels_also_where_the_standard_library_has_objects_of_the_type(
    mp: Any, kind: Any, way: str
) -> None:
    shared = sharedctypes.RawValue(kind)
    standard = multiprocessing.sharedctypes.RawValue(kind) if "Their" in kind.__name__ else None
    if way == "child":
        back = mp.Queue()
        with running(mp, add_and_hand_over, shared, standard, back) as process:
            again = back.get(timeout=MOST_SECONDS)
            process.join(MOST_SECONDS)
            assert process.exitcode == 0
        _first(again).n += 5
        assert standard is None or _first(standard).n == 1
    else:
        again = _sent(mp, way, shared)
        _first(again).n += 6
    assert (_first(shared).n, type(again) is type(shared)) == (6, True)
    assert shared_array(again) == shared_array(shared)


def _sent(mp: Any, way: str, shared: Any) -> Any:
    if way == "pickle":
        return pickle.loads(pickle.dumps(shared))
    if way == "queue":
        queue = mp.Queue()
        queue.put(shared)
        return queue.get()
    if way == "pipe":
        receiver, sender = mp.Pipe(duplex=False)
        sender.send(shared)
        return receiver.recv()
    with mp.Manager() as manager:
        managed = manager.dict()
        managed["shared"] = shared
        return managed["shared"]


def test_leaves_the_standard_library_s_objects_to_it(mp: Any) -> None:
    class Own(ctypes.Structure):
        _fields_ = (("n", ctypes.c_int),)

    standard = multiprocessing.sharedctypes.RawValue(Own)
    sharedctypes.RawValue(Own)
    with pytest.raises(RuntimeError, match="through inheritance"):
        ForkingPickler.dumps(standard)
    with pytest.raises(RuntimeError, match="through inheritance"):
        mp.Queue().put(standard)


def test_a_copy_in_the_process_is_of_the_process(mp: Any) -> None:
    for shared in (mp.RawValue(Point, 1, 2), mp.RawArray(Point, 2), mp.RawValue("d", 0.5)):
        for same in (copy.copy(shared), copy.deepcopy(shared)):
            assert (bytes(same), type(same)) == (bytes(shared), type(shared))
            with pytest.raises(TypeError):
                shared_array(same)
            ctypes.memset(ctypes.addressof(same), 1, 8)
            assert bytes(same) != bytes(shared)


def test_an_object_goes_with_the_last_that_has_it(mp: Any) -> None:
    gc.disable()
    try:
        before = mappings()
        array = mp.RawArray("d", 500_000)
        assert mappings() == before + 1
        del array
        assert mappings() == before
    finally:
        gc.enable()


def test_what_is_not_shared_travels_by_value(mp: Any) -> None:
    mp.RawValue("i")
    stored = _runtime.client().list(None, codec=ANYTHING)
    stored.append(ctypes.c_int(7))
    assert stored[0].value == 7


# By name.


def test_no_tracker_is_told_of_it() -> None:
    program = f"""
from multiprocessing import resource_tracker
from polyproc.multiprocessing import Array, shared_memory
Array("i", 3)
for create in (True, False):
    memory = shared_memory.SharedMemory("{(it := name())}", create, 8)
    memory.buf[0] += 1
    memory.close()
print(resource_tracker._resource_tracker._fd)
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program], capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("None\n", "")
    memory = SharedMemory(it)  # It is there still.
    assert memory.buf[0] == 2
    memory.close()
    memory.unlink()


def attach_and_die(it: str) -> None:
    memory = SharedMemory(it)
    memory.buf[0] = 5
    os.kill(os.getpid(), signal.SIGKILL)


def test_memory_outlives_a_killed_process(mp: Any) -> None:
    memory = SharedMemory(create=True, size=8)
    with running(mp, attach_and_die, memory.name) as process:
        process.join(MOST_SECONDS)
        assert process.exitcode == -signal.SIGKILL
    again = SharedMemory(memory.name)
    assert again.buf[0] == memory.buf[0] == 5
    again.close()
    memory.close()
    memory.unlink()


def test_memory_is_an_array_of_other_clients(polyproc_client: polyproc.Polyproc) -> None:
    memory = SharedMemory(create=True, size=8)
    array = polyproc_client.existing_shared_array(memory.name)
    memory.buf[3] = 7
    assert (array.type, array[:]) == (ElementType.UINT8, [0, 0, 0, 7, 0, 0, 0, 0])
    array[0] = 255
    assert memory.buf[0] == 255
    memory.close()
    memory.unlink()
    until(lambda: array.is_removed)


def test_attaches_to_the_array_of_another_client(polyproc_client: polyproc.Polyproc) -> None:
    numbers = polyproc_client.shared_array(name(), "d", 3)
    numbers[:] = [0.5, 1.5, 2.5]
    memory = SharedMemory(numbers.name)
    assert memory.size == 24
    assert memory.buf.cast("d").tolist() == [0.5, 1.5, 2.5]
    memory.close()
    numbers.delete()


def test_a_name_that_something_else_has_is_taken(polyproc_client: polyproc.Polyproc) -> None:
    queue = polyproc_client.queue(name())
    with pytest.raises(FileExistsError):
        SharedMemory(queue.name, create=True, size=8)
    with pytest.raises(FileNotFoundError):
        SharedMemory(queue.name)
    queue.delete()


def test_unlinks_only_what_it_attached_to() -> None:
    it = name()
    old = SharedMemory(it, create=True, size=8)
    stale = SharedMemory(it)
    old.unlink()
    new = SharedMemory(it, create=True, size=8)
    with pytest.raises(FileNotFoundError):
        stale.unlink()
    with pytest.raises(FileNotFoundError):
        old.unlink()
    new.unlink()
    for each in (old, stale, new):
        each.close()


def test_a_child_has_all_else_once_memory_was_unlinked(mp: Any) -> None:
    memory, value = SharedMemory(create=True, size=8), mp.Value("i", 1)
    memory.unlink()
    with running(mp, write_both, value, mp.RawValue("i")) as process:
        process.join(MOST_SECONDS)
        assert process.exitcode == 0
    assert (value.value, memory.buf[0]) == (2, 0)
    memory.close()


def test_of_many_creators_one_succeeds() -> None:
    it, made, taken = name(), [], []
    gate = threading.Barrier(4)

    def create() -> None:
        gate.wait()
        try:
            made.append(SharedMemory(it, create=True, size=8))
        except FileExistsError:
            taken.append(it)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(MOST_SECONDS)
    assert (len(made), len(taken)) == (1, 3)
    made[0].close()
    made[0].unlink()


def test_closes_and_gives_back() -> None:
    before = mappings()
    for _ in range(10):
        memory = SharedMemory(create=True, size=100_000)
        memory.close()
        memory.unlink()
    assert mappings() == before


def test_leaves_nothing_where_it_cannot_be_made(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OSError, match="take several segments"):
        SharedMemory(create=True, size=2**31)
    it = name()
    with pytest.raises(struct.error):
        ShareableList([2**63], name=it)
    with pytest.raises(FileNotFoundError):
        SharedMemory(it)
    far = polyproc.connect(f"localhost:{daemon.port}", token=daemon.token)
    with far, monkeypatch.context() as patch:
        patch.setattr(_runtime, "client", lambda: far)
        with pytest.raises(polyproc.Error) as refused:
            SharedMemory(it, create=True, size=8)
        assert refused.value.reason == "NOT_LOCAL"
    with pytest.raises(FileNotFoundError):
        SharedMemory(it)


def test_lists_pickle_by_name() -> None:
    shared = ShareableList([1, "two"])
    same = pickle.loads(pickle.dumps(shared))
    same[0] = 7
    assert list(shared) == [7, "two"]
    assert type(same) is ShareableList
    assert type(same.shm) is SharedMemory
    same.shm.close()
    shared.shm.close()
    shared.shm.unlink()
