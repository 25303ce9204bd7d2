"""Managers of the drop-in, where they are better than those of `multiprocessing`, or differ."""

from __future__ import annotations

import copy
import gc
import multiprocessing
import multiprocessing.managers
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import polyproc.multiprocessing as mp
from children import until
from daemons import Daemon
from extents import methods
from polyproc import Polyproc
from polyproc._errors import Error, SessionLost, UnexpectedValue
from polyproc._object import ReferencedName
from polyproc.multiprocessing import _runtime
from polyproc.multiprocessing import managers as managers_module
from polyproc.multiprocessing._proxies import as_there
from waits import MOST_SECONDS

managers: Any = managers_module


@pytest.fixture
def manager(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
    monkeypatch.setattr(_runtime, "_client", None)
    with mp.Manager() as manager:
        yield manager
    client = _runtime._client
    assert client is not None
    client.close()


def run(daemon: Daemon, tmp_path: Path, program: str) -> str:
    """What a program of its own prints, which says nothing on its standard error."""
    file = tmp_path / "program.py"
    file.write_text("import os, signal, threading, time\n" + program)
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", file],
        env={**os.environ, "POLYPROC_ADDRESS": daemon.address},
        capture_output=True,
        text=True,
        timeout=5 * MOST_SECONDS,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


KILLED = """
import polyproc.multiprocessing as mp

def hold(lock, held):
    lock.acquire()
    held.set()
    time.sleep(1000)

def wait(condition, held):
    with condition:
        held.set()
        condition.wait()

def meet(barrier, held):
    held.set()
    barrier.wait()

def get(jobs, held):
    jobs.get()
    os.kill(os.getpid(), signal.SIGKILL)

def kill(work, thing, manager):
    held = manager.Event()
    process = mp.get_context("fork").Process(target=work, args=(thing, held))
    process.start()
    if work is not get:
        held.wait()
    if work is meet:
        while not thing.n_waiting:
            pass
    if work is not get:
        process.kill()
    process.join()
    return process.exitcode

def main():
    with mp.Manager() as manager:
        for thing in manager.Lock(), manager.RLock(), manager.Semaphore(1):
            print(kill(hold, thing, manager), thing.acquire())
        condition = manager.Condition()
        print(kill(wait, condition, manager))
        with condition:
            condition.notify()
            condition.notify_all()
        barrier = manager.Barrier(2)
        print(kill(meet, barrier, manager))
        while not barrier.broken:
            pass
        jobs = manager.Queue()
        jobs.put("job")
        print(kill(get, jobs, manager), jobs.get())

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("method", methods())
def test_should_go_on_when_a_process_is_killed(method: str, daemon: Daemon, tmp_path: Path) -> None:
    said = run(daemon, tmp_path, KILLED.replace("fork", method)).splitlines()

    assert said == ["-9 True", "-9 True", "-9 True", "-9", "-9", "-9 job"]


WAITING = """
import polyproc.multiprocessing as mp

def get(jobs, started):
    started.set()
    try:
        jobs.get()
    except EOFError as e:
        print(type(e).__mro__[1].__name__)

if __name__ == "__main__":
    manager = mp.Manager()
    jobs, started = manager.Queue(), manager.Event()
    process = mp.Process(target=get, args=(jobs, started))
    process.start()
    started.wait()
    manager.shutdown()
    process.join()
"""


def test_should_end_waits_when_it_is_shut_down(daemon: Daemon, tmp_path: Path) -> None:
    assert run(daemon, tmp_path, WAITING) == "ConnectionRefusedError\n"


def test_should_be_equal_when_of_one_object(manager: Any) -> None:
    values, others = manager.list(), manager.list()
    through = manager.Queue()
    through.put(values)

    assert through.get() == values
    assert copy.copy(values) == values
    assert hash(copy.copy(values)) == hash(values)
    assert values != others
    assert values != []
    assert {values: 1}[copy.copy(values)] == 1


def test_should_be_seen_by_other_programs(manager: Any, polyproc_client: Polyproc) -> None:
    mapping, values, jobs = manager.dict(a=1), manager.list([1, "two"]), manager.Queue()
    space, value, array = manager.Namespace(x=1), manager.Value("i", 5), manager.Array("i", [1, 2])
    jobs.put({"job": 1})

    assert polyproc_client.existing_dict(mapping._id).copy() == {"a": 1}
    assert polyproc_client.existing_list(values._id).copy() == [1, "two"]
    assert polyproc_client.existing_queue(jobs._id).get() == {"job": 1}
    assert polyproc_client.existing_namespace(space._id).attributes() == {"x": 1}
    assert polyproc_client.existing_namespace(value._id)["value"] == 5
    assert polyproc_client.existing_array(array._id)[:] == [1, 2]
    with polyproc_client.existing_lock(manager.Lock()._id):
        pass


def test_should_take_what_other_programs_put(manager: Any, polyproc_client: Polyproc) -> None:
    jobs = manager.Queue()
    there = polyproc_client.existing_queue(jobs._id)
    shared, lock = polyproc_client.list(), polyproc_client.lock()

    there.put({"rows": shared, "lock": lock})

    got = jobs.get()
    got["rows"].append(Decimal(1))
    assert got["rows"][:] == [Decimal(1)]
    assert isinstance(got["rows"], managers.ListProxy)
    assert len(shared) == 1
    assert got["lock"] == lock


def test_should_nest_for_every_language(manager: Any, polyproc_client: Polyproc) -> None:
    outer = manager.dict(rows=manager.list([1]), deep=[{"space": manager.Namespace(x=1)}])
    outer["pickled"] = {Decimal(1): manager.dict(a=1)}

    there = polyproc_client.existing_dict(outer._id)

    there["rows"].append(2)
    there["deep"][0]["space"].y = 2
    assert outer["rows"][:] == [1, 2]
    assert str(outer["deep"][0]["space"]) == "Namespace(x=1, y=2)"
    assert outer["pickled"][Decimal(1)].copy() == {"a": 1}
    assert [type(each).__name__ for each in (outer["rows"], outer["deep"][0]["space"])] == [
        "ListProxy",
        "NamespaceProxy",
    ]


def test_should_write_plain_data_with_a_tuple_twice(
    manager: Any, polyproc_client: Polyproc
) -> None:
    twice = (1, ("a", ()))
    plain = [[(), ()], [twice, twice], {twice: twice}, [(0, 0)] * 5000]
    values = manager.list(plain)

    assert values[:] == plain
    assert polyproc_client.existing_list(values._id)[:] == plain


def test_should_keep_what_is_the_same_list(manager: Any) -> None:
    inner: list[Any] = []
    holds = (inner,)
    itself: list[Any] = [()]
    itself.append((itself,))
    values = manager.list([[inner, inner], (holds, holds), {"a": inner, "b": (inner,)}, itself])

    one, two, three, four = values[:]

    assert one[0] is one[1]
    assert two[0][0] is two[1][0]
    assert three["a"] is three["b"][0]
    assert four[1][0] is four


def test_should_write_once_what_is_large_and_often_there(manager: Any) -> None:
    large = tuple(range(10_000))
    doubled: Any = ()
    for _ in range(45):
        doubled = (doubled, doubled)
    values = manager.list([[large] * 1000, doubled])

    often, doubled = values[:]

    assert often == [large] * 1000
    assert often[0] is often[999]
    assert doubled[0] is doubled[1]


def test_should_delete_what_it_made(manager: Any, polyproc_client: Polyproc) -> None:
    things = [manager.dict(), manager.Condition(), manager.Queue()]
    kept = polyproc_client.existing_dict(things[0]._id)
    assert manager._number_of_objects() == 4
    assert things[0]._id in manager._debug_info()

    manager.shutdown()

    assert list(polyproc_client.admin.objects(prefix=manager._prefix)) == []
    with pytest.raises(Error, match="deleted"):
        kept.copy()
    for error in (OSError, EOFError, ConnectionError, BrokenPipeError, ConnectionRefusedError):
        with pytest.raises(error, match="shut down"):
            things[0].copy()


FORKED = """
import polyproc.multiprocessing as mp

def make(manager, values):
    values.append(manager.list(["of the child"]))
    manager.shutdown()

if __name__ == "__main__":
    for method in mp.get_all_start_methods():
        manager = mp.Manager()
        values = manager.list()
        process = mp.get_context(method).Process(target=make, args=(manager, values))
        process.start()
        process.join()
        made = values[0]
        print(made)
        manager.shutdown()
        try:
            made.append(1)
        except OSError as e:
            print("gone")
"""


def test_should_make_objects_in_children(daemon: Daemon, tmp_path: Path) -> None:
    said = run(daemon, tmp_path, FORKED)

    assert said == "['of the child']\ngone\n" * len(multiprocessing.get_all_start_methods())


def test_should_keep_what_is_stored_and_no_more(manager: Any) -> None:
    outer = manager.dict()
    outer["inner"] = manager.list([1])
    outer["deep"] = [{"rows": manager.dict(a=1)}]
    gc.collect()

    outer["inner"].append(2)
    outer["deep"][0]["rows"]["b"] = 2

    assert outer["inner"][:] == [1, 2]
    assert outer["deep"][0]["rows"].copy() == {"a": 1, "b": 2}
    assert manager._number_of_objects() == 3
    outer.clear()
    gc.collect()
    until(lambda: manager._number_of_objects() == 1)


def test_should_not_leak(manager: Any) -> None:
    for _ in range(1000):
        manager.Queue().put(1)
        manager.Lock().acquire()
        manager.Condition()

    gc.collect()

    until(lambda: manager._number_of_objects() == 0)
    assert len(_runtime.client()._watches) == 0


@pytest.mark.skipif(
    hasattr(multiprocessing.managers.SyncManager, "set"), reason="A process serves its sets"
)
def test_should_need_no_process_of_its_own(manager: Any) -> None:
    manager.dict(a=1)

    assert mp.active_children() == []


SILENT = """
import polyproc.multiprocessing as mp
import polyproc.multiprocessing.managers as managers

class Counter:
    def add(self):
        return 1

class Own(managers.SyncManager):
    pass

Own.register("Counter", Counter)

if __name__ == "__main__":
    mp.set_start_method("spawn")
    manager = mp.Manager()
    values = manager.list([1])
    own = Own()
    own.start()
    counter, mapping = own.Counter(), own.dict(a=1)
    print(values, counter.add(), mapping, len(mp.active_children()), flush=True)
"""


def test_should_end_silently_with_the_program(
    daemon: Daemon, tmp_path: Path, polyproc_client: Polyproc
) -> None:
    before = {each.name for each in polyproc_client.admin.objects()}

    assert run(daemon, tmp_path, SILENT) == "[1] 1 {'a': 1} 1\n"

    until(lambda: {each.name for each in polyproc_client.admin.objects()} <= before)


def test_should_sort_what_only_python_can(manager: Any) -> None:
    values = manager.list([Decimal(2), 1, 3.5])
    rows = manager.list([manager.dict(n=n) for n in (2, 1)])

    values.sort(reverse=True)
    rows.sort(key=lambda row: row["n"])

    assert values[:] == [3.5, Decimal(2), 1]
    assert [row["n"] for row in rows] == [1, 2]


def test_should_not_lose_what_others_do_during_a_sort(manager: Any) -> None:
    values = manager.list(["b", "a"])

    def key(value: str) -> str:
        if len(values) == 2:
            values.append("c")
        return value

    with pytest.raises(ValueError, match="list modified during sort"):
        values.sort(key=key)

    assert values[:] == ["b", "a", "c"]


def test_should_remove_the_very_object_that_was_found(manager: Any) -> None:
    values = manager.list([{1, 2}, {3}, {1, 2}])

    values.remove({2, 1})

    assert values[:] == [{3}, {1, 2}]


SHRINKING: list[Any] = []


class Shrinking:
    """Is equal to 1, and removes what is first of a list at the first look."""

    def __eq__(self, other: object) -> bool:
        if SHRINKING:
            SHRINKING.pop().pop(0)
        return other == 1

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("last", [[], [1, 4], [1]])
def test_should_remove_what_has_moved_meanwhile(manager: Any, last: list[int]) -> None:
    values = manager.list([2, 3, 1, *last])
    SHRINKING.append(values)

    values.remove(Shrinking())

    assert values[:] == [3, *last]


def test_should_find_keys_by_equal_ones(manager: Any) -> None:
    mapping = manager.dict()
    pair = ("a", "b")
    keys = [(pair, pair), frozenset(["x", "y", "z"]), (frozenset("ab"), 1), Decimal("1.0")]

    for number, key in enumerate(keys):
        mapping[key] = number

    same = [
        (("a", "b"), ("a", "b")),
        frozenset(["z", "y", "x"]),
        (frozenset("ba"), 1),
        Decimal("1.0"),
    ]
    assert [mapping[key] for key in same] == [0, 1, 2, 3]
    assert set(mapping.keys()) == set(keys)


def test_should_find_numbers_of_numpy_by_plain_ones(manager: Any) -> None:
    numpy = pytest.importorskip("numpy")
    mapping = manager.dict()

    mapping[numpy.int64(3)] = mapping[numpy.float64(0.5)] = "here"

    assert (mapping[3], mapping[0.5]) == ("here", "here")


def test_should_run_the_action_of_a_barrier_in_the_party(manager: Any) -> None:
    ran = []
    barrier = manager.Barrier(2, lambda: ran.append(threading.current_thread().name))

    def meet() -> None:
        barrier.wait()

    threads = [threading.Thread(target=meet, name=f"party {n}") for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ran) == 1
    assert ran[0].startswith("party")


def test_should_finish_what_a_process_got_that_has_ended(daemon: Daemon, tmp_path: Path) -> None:
    program = """
import polyproc.multiprocessing as mp

def get(jobs):
    print(jobs.get())

if __name__ == "__main__":
    manager = mp.Manager()
    jobs = manager.Queue()
    jobs.put("job")
    process = mp.Process(target=get, args=(jobs,))
    process.start()
    process.join()
    jobs.join()
    print(jobs.qsize())
"""
    assert run(daemon, tmp_path, program) == "job\n0\n"


def test_should_refuse_what_is_not_served(manager: Any) -> None:
    with pytest.raises(NotImplementedError, match="of a Lock or an RLock"):
        manager.Condition(manager.Semaphore())
    with pytest.raises(NotImplementedError, match="at least 1"):
        manager.BoundedSemaphore(0)


def test_should_have_pools_in_a_process_of_its_own(manager: Any) -> None:
    with manager.Pool(2) as pool:
        assert pool.map(len, ["a", "bc"]) == [1, 2]
        assert pool.apply_async(len, ("abc",)).get() == 3
        assert list(pool.imap(len, ["a", "bc"])) == [1, 2]


def test_should_serve_newer_types_by_a_process(manager: Any) -> None:
    managers.SyncManager.register("newer", dict, managers.DictProxy)
    try:
        other: Any = mp.Manager()
        with other:
            assert len(mp.active_children()) == 1
            assert other.newer(a=1).copy() == {"a": 1}
            assert other.dict(a=1).copy() == {"a": 1}
        assert manager.newer(b=1).copy() == {"b": 1}
    finally:
        del managers.SyncManager._registry["newer"]
        del managers.SyncManager.newer


NEWER = """
import multiprocessing.managers as standard

exposed = ("add", "__len__", "__contains__")
standard.NewerProxy = standard.MakeProxyType("NewerProxy", exposed)
standard.SyncManager.register("newer", set, standard.NewerProxy)

import polyproc.multiprocessing as mp

def add(manager, ready):
    made = manager.newer([1])
    made.add(2)
    ready.put((len(made), 2 in made, manager._address, mp.active_children()))

if __name__ == "__main__":
    for method in mp.get_all_start_methods():
        context = mp.get_context(method)
        with context.Manager() as manager:
            here, = mp.active_children()
            ready = manager.Queue()
            children = [
                context.Process(target=add, args=(manager, ready), daemon=True)
                for _ in range(2)
            ]
            for child in children:
                child.start()
            for child in children:
                child.join()
            print([ready.get() == (2, True, manager._address, []) for _ in children])
            print(mp.active_children() == [here])
"""


def test_should_have_one_process_for_newer_types(daemon: Daemon, tmp_path: Path) -> None:
    said = run(daemon, tmp_path, NEWER)

    assert said == "[True, True]\nTrue\n" * len(multiprocessing.get_all_start_methods())


def test_should_connect_by_its_address(manager: Any) -> None:
    there = managers.SyncManager(manager.address)

    there.connect()

    assert there.dict(a=1).copy() == {"a": 1}
    assert there.address == manager.address
    there.shutdown()


@pytest.mark.usefixtures("manager")
def test_should_be_joined_until_it_is_shut_down() -> None:
    other = mp.Manager()
    other.join(0.01)
    thread = threading.Thread(target=other.join)
    thread.start()
    assert thread.is_alive()

    other.shutdown()
    thread.join()


def test_should_live_for_as_long_as_somebody_has_it_though_it_has_a_name(
    polyproc_client: Polyproc,
) -> None:
    name = ReferencedName("referenced")
    things: list[Any] = [polyproc_client.event(name)]
    assert polyproc_client.existing_event("referenced") == things[0]

    things.clear()
    gc.collect()
    polyproc_client.admin.server_info()

    with pytest.raises(Error, match="referenced"):
        polyproc_client.existing_event("referenced")


@pytest.mark.parametrize(
    ("error", "there"),
    [
        (SessionLost("gone"), ConnectionResetError),
        (Error("other", "LIMIT_REACHED"), Error),
        (UnexpectedValue("no cause"), UnexpectedValue),
    ],
)
def test_should_raise_what_programs_catch(error: Error, there: type[BaseException]) -> None:
    assert type(as_there(error)) is there


def test_should_say_why_an_item_cannot_be_read(manager: Any, polyproc_client: Polyproc) -> None:
    from polyproc._pickled import CONTENT_TYPE
    from polyproc._values import Opaque

    jobs = manager.Queue()
    polyproc_client.existing_queue(jobs._id).put(Opaque(CONTENT_TYPE, b"cnowhere\nNothing\n."))

    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        jobs.get()


def test_should_tell_a_method_that_it_does_not_have(manager: Any) -> None:
    values = manager.list()

    with pytest.raises(managers.RemoteError, match="'nonsense'"):
        values._callmethod("nonsense")
    assert values._callmethod("__len__") == 0
    with pytest.raises(queue.Empty):
        manager.Queue().get_nowait()


def test_should_begin_no_connection_when_it_is_imported() -> None:
    program = (
        "import polyproc.multiprocessing.managers\n"
        "import polyproc._client\n"
        "print(len(polyproc._client.clients))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "0\n"
