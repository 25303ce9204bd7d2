"""Managers: the right column of 1.0, and rows of 1.6."""

from __future__ import annotations

import contextlib
import copy
import datetime
import enum
import math
import os
import queue
import threading
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

from bodies import alone, differs, outcome


@dataclass(frozen=True)
class Point:
    x: int
    name: str


class Pair(NamedTuple):
    one: int
    two: int


class Colour(enum.Enum):
    RED = 1


class Anything:
    """Of which two are never equal."""


def _kind(call: Any) -> Any:
    """The outcome of a call that a manager refuses by its own error: the last line of that."""
    error = outcome(call)
    return error[0], error[1].rstrip("-\n").splitlines()[-1]


# 1.0: the manager's dialect.


@alone
def release_of_what_is_not_held(mp: Any) -> Any:
    with mp.Manager() as manager:
        condition = manager.Condition()
        return [
            outcome(thing.release)
            for thing in (manager.Lock(), manager.RLock(), manager.BoundedSemaphore(2), condition)
        ]


@alone
def release_of_semaphore_grows(mp: Any) -> Any:
    with mp.Manager() as manager:
        semaphore = manager.Semaphore(1)
        semaphore.release()
        return [semaphore.acquire(False) for _ in range(3)], outcome(lambda: semaphore.get_value())


@alone
def bounded_semaphore(mp: Any) -> Any:
    with mp.Manager() as manager:
        semaphore = manager.BoundedSemaphore(2)
        taken = [semaphore.acquire(False) for _ in range(3)]
        semaphore.release()
        semaphore.release()
        return taken, outcome(semaphore.release)


@alone
def what_cannot_be_made(mp: Any) -> Any:
    with mp.Manager() as manager:
        return [
            _kind(lambda: manager.Semaphore(-1)),
            _kind(lambda: manager.dict(5)),
            _kind(lambda: manager.list(5)),
            _kind(lambda: manager.Array("i", 5)),
            _kind(lambda: manager.Array("i", ["a"])),
            _kind(lambda: manager.Array("b", [1000])),
            _kind(lambda: manager.Array("nonsense", [1])),
        ]


@alone
def times_of_locks(mp: Any) -> Any:
    with mp.Manager() as manager:
        found = []
        for lock in (manager.Lock(), manager.RLock(), manager.Semaphore(1), manager.Condition()):
            found.append(
                [
                    outcome(partial(lock.acquire, False, 1)),
                    outcome(partial(lock.acquire, blocking=False)),
                    outcome(partial(lock.acquire, timeout=0.01)),
                    outcome(partial(lock.acquire, True, 0)),
                    outcome(partial(lock.acquire, True, -5)),
                    outcome(partial(lock.acquire, timeout="1")),
                ]
            )
        return found


@alone
def times_that_are_very_long(mp: Any) -> Any:
    with mp.Manager() as manager:
        found = []
        for time in (1e10, 1e300, math.inf, 10**10, Fraction(10**10)):
            waited, default = manager.Barrier(1), manager.Barrier(1, timeout=time)
            event, items = manager.Event(), manager.Queue(1)
            event.set()
            found.append(
                [
                    outcome(partial(manager.Semaphore(1).acquire, True, time)),
                    outcome(partial(manager.BoundedSemaphore(1).acquire, timeout=time)),
                    outcome(partial(manager.Lock().acquire, True, time)),
                    outcome(partial(manager.RLock().acquire, True, time)),
                    outcome(partial(manager.Condition().acquire, True, time)),
                    outcome(partial(event.wait, time)),
                    outcome(partial(waited.wait, time)),
                    outcome(default.wait),
                    outcome(partial(items.put, 1, True, time)),
                    outcome(partial(items.get, True, time)),
                ]
            )
        return found


@alone
def times_that_are_over(mp: Any) -> Any:
    with mp.Manager() as manager:
        found = []
        for time in (-1e10, -math.inf, -0.0):
            condition, barrier = manager.Condition(), manager.Barrier(2)
            with condition:
                found.append(
                    [
                        outcome(partial(manager.Semaphore(0).acquire, True, time)),
                        outcome(partial(condition.wait, time)),
                        outcome(partial(manager.Event().wait, time)),
                        outcome(partial(barrier.wait, time)),
                        outcome(partial(manager.Queue().get, True, time)),
                    ]
                )
        return found


def _hold(lock: Any, held: Any, done: Any) -> None:
    lock.acquire()
    held.set()
    done.wait()
    lock.release()


def acquire_of_what_another_process_holds(mp: Any) -> Any:
    with mp.Manager() as manager:
        found = []
        for lock in (manager.Lock(), manager.RLock()):
            held, done = manager.Event(), manager.Event()
            process = mp.Process(target=_hold, args=(lock, held, done))
            process.start()
            held.wait()
            found.append([lock.acquire(False), lock.acquire(True, 0.01)])
            done.set()
            # A timeout of -1 waits for ever.
            found.append([lock.acquire(True, -1), outcome(lock.release)])
            process.join()
        return found


def _release(lock: Any) -> None:
    lock.release()


def lock_released_by_another_process(mp: Any) -> Any:
    with mp.Manager() as manager:
        lock = manager.Lock()
        lock.acquire()
        process = mp.Process(target=_release, args=(lock,))
        process.start()
        process.join()
        return process.exitcode, lock.acquire(False), lock.acquire(False)


@alone
def reentrant_lock(mp: Any) -> Any:
    with mp.Manager() as manager:
        lock = manager.RLock()
        found = [lock.acquire(), lock.acquire(False)]
        taken = []

        def other() -> None:
            taken.append(lock.acquire(False))
            taken.append(outcome(lock.release))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        lock.release()
        lock.release()
        return found, taken, outcome(lock.release)


@alone
def lock_in_with(mp: Any) -> Any:
    with mp.Manager() as manager:
        found = []
        for lock in (manager.Lock(), manager.RLock(), manager.Semaphore(1), manager.Condition()):
            with lock as entered:
                found.append(entered)
            with contextlib.suppress(KeyError), lock:
                raise KeyError
            found.append(lock.acquire(False))
        return found


@alone
def condition_without_its_lock(mp: Any) -> Any:
    with mp.Manager() as manager:
        condition = manager.Condition()
        return [outcome(call) for call in (condition.wait, condition.notify, condition.notify_all)]


@alone
def condition_in_time(mp: Any) -> Any:
    with mp.Manager() as manager:
        condition = manager.Condition()
        with condition:
            return [
                condition.wait(0.01),
                condition.wait(-1),
                condition.notify(),
                condition.notify(3),
                condition.notify_all(),
                condition.wait_for(lambda: 0, 0.01),
                condition.wait_for(lambda: "yes"),
            ]


def _count_up(condition: Any, values: Any) -> None:
    for _ in range(3):
        with condition:
            values.append(len(values))
            condition.notify_all()


def condition_over_processes(mp: Any) -> Any:
    with mp.Manager() as manager:
        condition, values = manager.Condition(), manager.list()
        process = mp.Process(target=_count_up, args=(condition, values))
        with condition:
            process.start()
            reached = condition.wait_for(lambda: len(values) == 3, 30)
        process.join()
        return reached, values[:]


@alone
def condition_of_a_lock(mp: Any) -> Any:
    with mp.Manager() as manager:
        found = []
        for lock in (manager.RLock(), manager.Lock()):
            condition = manager.Condition(lock)
            with lock:
                found.append(outcome(condition.notify))
        with condition:
            return found, lock.acquire(False), condition.notify_all(), condition.wait(0.01)


@alone
def lock_released_by_another_thread(mp: Any) -> Any:
    with mp.Manager() as manager:
        lock = manager.Lock()
        lock.acquire()
        thread = threading.Thread(target=lock.release)
        thread.start()
        thread.join()
        return lock.acquire(False), lock.acquire(False)


@alone
def queue_times(mp: Any) -> Any:
    with mp.Manager() as manager:
        bounded, unbounded = manager.Queue(1), manager.Queue()
        found = [
            outcome(lambda: bounded.get(timeout=-1)),
            outcome(lambda: bounded.get(False, -1)),
            outcome(lambda: bounded.get(timeout=0)),
            outcome(lambda: bounded.get(timeout=0.01)),
            outcome(bounded.get_nowait),
            outcome(lambda: bounded.put(1, timeout=-1)),
            outcome(lambda: unbounded.put(1, timeout=-1)),
            outcome(lambda: unbounded.put(2, False, "no time")),
            outcome(lambda: bounded.put("a")),
            outcome(lambda: bounded.put("b", False)),
            outcome(lambda: bounded.put("b", block=False, timeout=-1)),
            outcome(lambda: bounded.put("b", timeout=0.01)),
            outcome(lambda: bounded.put("b", timeout=0)),
            outcome(lambda: bounded.put_nowait("b")),
        ]
        state = [bounded.qsize(), bounded.empty(), bounded.full()]
        state += [unbounded.qsize(), unbounded.empty(), unbounded.full()]
        return found, state, bounded.get(), unbounded.get(5), unbounded.get(block=1)


@alone
def queue_that_is_joined(mp: Any) -> Any:
    with mp.Manager() as manager:
        found = []
        for joined in (manager.Queue(), manager.JoinableQueue(5)):
            for item in range(3):
                joined.put(item)
            for _ in range(3):
                joined.get()
                found.append(joined.task_done())
            found.append(joined.join())
            found.append(outcome(joined.task_done))
        return found


def _work(tasks: Any, results: Any) -> None:
    while (task := tasks.get()) is not None:
        results.put(task * task)
        tasks.task_done()
    tasks.task_done()


def queue_with_workers(mp: Any) -> Any:
    with mp.Manager() as manager:
        tasks, results = manager.JoinableQueue(), manager.Queue()
        workers = [mp.Process(target=_work, args=(tasks, results)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for task in [*range(10), None, None]:
            tasks.put(task)
        tasks.join()
        for worker in workers:
            worker.join()
        return sorted(results.get() for _ in range(results.qsize()))


@alone
def queue_shut_down(mp: Any) -> Any:
    with mp.Manager() as manager:
        shut = manager.Queue()
        if not hasattr(queue, "ShutDown"):
            return outcome(shut.shutdown)
        shut.put(1)
        shut.shutdown()
        found = [outcome(lambda: shut.put(2)), shut.get(), outcome(shut.get)]
        now = manager.Queue()
        now.put(1)
        now.shutdown(immediate=True)
        return found, outcome(now.get), outcome(lambda: now.put_nowait(1))


@alone
def queue_lacks(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.Queue()
        names = ("close", "join_thread", "cancel_join_thread", "maxsize", "mutex")
        return [outcome(partial(getattr, made, name)) for name in names]


@alone
def unexposed(mp: Any) -> Any:
    with mp.Manager() as manager:
        things = [
            (manager.list(), ("clear", "copy", "foo", "__iter__", "__radd__")),
            (manager.dict(), ("fromkeys", "foo", "__or__", "__ior__", "__reversed__")),
            (manager.Lock(), ("locked",)),
            (manager.Semaphore(), ("get_value",)),
            (manager.Condition(), ("notifyAll", "locked")),
            (manager.Value("i", 0), ("get_lock", "get_obj", "acquire")),
            (manager.Array("i", [1]), ("append", "get_lock", "__iter__")),
            (manager.Event(), ("isSet",)),
        ]
        return [hasattr(thing, name) for thing, names in things for name in names]


@alone
def value(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.Value("i", 5)
        made.value += 1
        found = [made.value, made.get(), made.set("text"), made.value, str(made)]
        made.value = [1, {"a": None}]
        other = manager.Value(typecode=float, value=1.5, lock=False)
        return found, made.value, str(made), other.value, str(other)


@alone
def array(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.Array("i", range(5))
        found = [len(made), made[0], made[-1], made[1:3], list(made), str(made)]
        made[0] = 7
        made[1:3] = made[3:5]
        refused = [
            outcome(lambda: made[9]),
            outcome(lambda: made["a"]),
            outcome(lambda: made.__setitem__(9, 1)),
            outcome(lambda: made.__setitem__(0, "a")),
            outcome(lambda: made.__setitem__(0, 1.5)),
            outcome(lambda: made.__setitem__(0, 2**40)),
            outcome(lambda: made.__setitem__(slice(0, 2), [1, 2])),
        ]
        return found, made[:], refused, outcome(lambda: made.foo)


@alone
def arrays_of_types(mp: Any) -> Any:
    with mp.Manager() as manager:
        return [manager.Array(code, [1, 2])[:] for code in "bBhHiIlLqQfd"]


@alone
@differs("array of a manager keeps its length")
def array_of_another_length(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.Array("i", [1, 2, 3])
        made[0:2] = made[0:1]
        return made[:]


@alone
def barrier_of_one(mp: Any) -> Any:
    with mp.Manager() as manager:
        barrier = manager.Barrier(1)
        waits = [barrier.wait(), barrier.wait(5)]
        barrier.abort()
        broken = [barrier.broken, outcome(barrier.wait)]
        barrier.reset()
        return waits, broken, barrier.broken, barrier.parties, barrier.n_waiting, barrier.wait()


@alone
def barrier_out_of_time(mp: Any) -> Any:
    with mp.Manager() as manager:
        barrier, default = manager.Barrier(2), manager.Barrier(2, timeout=0.01)
        return [
            outcome(lambda: barrier.wait(0.01)),
            barrier.broken,
            outcome(barrier.wait),
            outcome(default.wait),
            outcome(lambda: setattr(barrier, "parties", 3)) is not None,
        ]


def _meet(barrier: Any, indices: Any) -> None:
    indices.append(barrier.wait())


def barrier_over_processes(mp: Any) -> Any:
    with mp.Manager() as manager:
        barrier, indices = manager.Barrier(3), manager.list()
        processes = [mp.Process(target=_meet, args=(barrier, indices)) for _ in range(2)]
        for process in processes:
            process.start()
        _meet(barrier, indices)
        for process in processes:
            process.join()
        return sorted(indices)


def _fail() -> None:
    raise KeyError("of the action")


@alone
def barrier_with_action(mp: Any) -> Any:
    with mp.Manager() as manager:
        good, bad = manager.Barrier(1, dict), manager.Barrier(1, _fail)
        return good.wait(), outcome(bad.wait), bad.broken, outcome(bad.wait)


def _note_process(processes: Any) -> None:
    processes.append(os.getpid())


@alone
@differs("an action of a barrier runs in the party that comes last")
def barrier_with_action_of_processes(mp: Any) -> Any:
    with mp.Manager() as manager:
        processes = manager.list()
        manager.Barrier(1, partial(_note_process, processes)).wait()
        return processes[0] == os.getpid()


@alone
def event(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.Event()
        found = [made.is_set(), made.wait(0.01), made.wait(-1), made.set(), made.is_set()]
        return found, made.wait(), made.clear(), made.is_set()


# 1.6: the manager itself.


@alone
def states(mp: Any) -> Any:
    managers = __import__(mp.__name__ + ".managers", fromlist=["x"])
    manager = managers.SyncManager()
    before = [
        outcome(manager.list),
        outcome(lambda: manager.shutdown()),
        outcome(lambda: manager.start("no callable")),
    ]
    manager.start()
    started = [outcome(manager.start), outcome(manager.get_server), len(manager.list([1]))]
    with manager as entered:
        started.append(entered is manager)
    after = [
        outcome(manager.shutdown),
        outcome(manager.start),
        outcome(manager.get_server),
        outcome(manager.__enter__),
        outcome(manager.list),
        outcome(lambda: manager.join(5)),
    ]
    return before, started, after


@alone
def shut_down(mp: Any) -> Any:
    manager = mp.Manager()
    things = [manager.dict(a=1), manager.list([1]), manager.Namespace(), manager.Queue()]
    manager.shutdown()
    calls: list[Any] = [
        lambda: things[0]["a"],
        lambda: things[1].append(1),
        lambda: setattr(things[2], "x", 1),
        lambda: things[3].get(),
    ]
    found = []
    for call in calls:
        try:
            found.append(call())
        except (OSError, EOFError):
            found.append("gone")
    return found, str(things[0]).partition(" at ")[0], str(things[0])[-22:]


def _nothing() -> None:
    pass


def process_names(mp: Any) -> Any:
    with mp.Manager():
        process = mp.Process(target=_nothing)
        number = int(process.name.rpartition("-")[2])
        with mp.Manager():
            return int(mp.Process().name.rpartition("-")[2]) - number


class Counter:
    """A program's own class."""

    def __init__(self, start: int = 0) -> None:
        self.count = start

    def add(self, amount: int = 1) -> int:
        self.count += amount
        return self.count

    def add_to(self, values: Any) -> Any:
        values.append(self.count)
        return values

    def refuse(self) -> None:
        raise KeyError("as asked")

    def _private(self) -> None:
        pass

    def numbers(self) -> Any:
        return iter(range(self.count))


def _own_manager(mp: Any, base: str) -> Any:
    managers = __import__(mp.__name__ + ".managers", fromlist=["x"])

    class OwnProxy(managers.NamespaceProxy):  # type: ignore[name-defined,misc]
        _exposed_ = ("__getattribute__", "__setattr__", "__delattr__", "add")

        def add(self, amount: int) -> Any:
            return object.__getattribute__(self, "_callmethod")("add", (amount,))

    own: Any = type("Own", (getattr(managers, base),), {})
    own.register("Counter", Counter)
    own.register("Few", Counter, exposed=("add",))
    own.register("Shown", Counter, OwnProxy)
    own.register("Iterating", Counter, method_to_typeid={"numbers": "Numbers"})
    own.register(
        "Numbers", proxytype=managers.IteratorProxy, exposed=["__next__"], create_method=False
    )
    own.register("mapping", dict, managers.DictProxy)
    return own


@alone
def classes_of_a_program(mp: Any) -> Any:
    found = []
    for base in ("BaseManager", "SyncManager"):
        with _own_manager(mp, base)() as manager:
            counter, shown = manager.Counter(5), manager.Shown(1)
            mapping = manager.mapping(a=1)
            shown.count += 1
            mapping["b"] = 2
            found.append(
                [
                    counter.add(),
                    counter.add(amount=2),
                    outcome(counter.refuse),
                    outcome(partial(getattr, counter, "_private")),
                    outcome(lambda: manager.Few().refuse),
                    shown.add(3),
                    shown.count,
                    list(manager.Iterating(3).numbers()),
                    mapping.copy(),
                    sorted(mapping.keys()),
                    type(mapping).__name__,
                    type(counter).__name__,
                    outcome(lambda: manager.nonsense),
                ]
            )
    return found


@alone
def classes_of_a_program_and_the_daemons(mp: Any) -> Any:
    with _own_manager(mp, "SyncManager")() as manager:
        values, counter = manager.list(), manager.Counter(3)
        same = counter.add_to(values)
        same.append("here")
        held = manager.dict(counter=counter)
        return values[:], counter.add(), held["counter"].add(), manager.dict(a=1)["a"]


def _use(counter: Any, values: Any) -> None:
    values.append(counter.add(10))


def classes_of_a_program_in_a_process(mp: Any) -> Any:
    managers = __import__(mp.__name__ + ".managers", fromlist=["x"])
    managers.SyncManager.register("Counter", Counter)
    try:
        with mp.Manager() as manager:
            values, counter = manager.list(), manager.Counter(1)
            process = mp.Process(target=_use, args=(counter, values))
            process.start()
            process.join()
            return values[:], counter.add_to(values)[:]
    finally:
        del managers.SyncManager._registry["Counter"]


@alone
def server_of_a_program(mp: Any) -> Any:
    own = _own_manager(mp, "SyncManager")
    with own(address=("127.0.0.1", 0), authkey=b"key") as manager:
        there = own(manager.address, b"key")
        there.connect()
        wrong = own(manager.address, b"wrong")
        counter = there.Counter(1)
        return counter.add(), there.dict(a=1).copy(), outcome(wrong.connect)


@alone
def server_that_is_not_there(mp: Any) -> Any:
    managers = __import__(mp.__name__ + ".managers", fromlist=["x"])
    return outcome(managers.SyncManager(("127.0.0.1", 1), b"key").connect)


def _started(events: Any) -> None:
    events.append("started")


@alone
def initializer(mp: Any) -> Any:
    managers = __import__(mp.__name__ + ".managers", fromlist=["x"])
    with mp.Manager() as outer:
        events = outer.list()
        manager = managers.SyncManager()
        manager.start(_started, (events,))
        found = events[:], manager.dict(a=1).copy()
        manager.shutdown()
        return found


# 1.6: dicts.


@alone
def dict_methods(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.dict([("a", 1)], b=2)
        made["c"] = [3]
        made.update({"d": 4}, e=5)
        made.update([("f", 6)])
        made.update(manager.dict(g=7))
        del made["g"]
        found: list[Any] = [
            made["a"],
            made.get("z"),
            made.get("z", 9),
            "a" in made,
            "z" in made,
            len(made),
            made.keys(),
            made.values(),
            made.items(),
            made.copy(),
            list(made),
            [key for key in made],  # noqa: C416
            made.pop("a"),
            made.pop("a", None),
            made.setdefault("b", 9),
            made.setdefault("n"),
            made.setdefault("m", 5),
            made.popitem(),
            dict(made),
            str(made),
            bool(made),
        ]
        found.append(made.clear())
        return found, made.copy(), bool(made), [type(x).__name__ for x in found]


@alone
def dict_refuses(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.dict()
        return [
            outcome(lambda: made["a"]),
            outcome(lambda: made.__delitem__("a")),
            outcome(lambda: made.pop("a")),
            outcome(made.popitem),
            outcome(lambda: made[[]]),
            outcome(lambda: made.__setitem__({}, 1)),
            outcome(lambda: [] in made),
            outcome(lambda: made.update(5)),
            outcome(lambda: made.update([1])),
            outcome(lambda: made[(1, "a")]),
        ]


@alone
@differs("goes on where others change it meanwhile")
def dict_changed_while_it_is_gone_through(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.dict(a=1)

        def go_through() -> None:
            for key in made:
                made[key + "a"] = 1

        return outcome(go_through)[0] if outcome(go_through) else None


@alone
def dict_keys_that_are_equal(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.dict()
        twice = (1, 2)
        made[twice, twice] = "pair"
        made[1] = "one"
        made[1.0] = "float"
        made[True] = "true"
        made[None] = "none"
        made[b"b"] = "bytes"
        made[2**70] = "large"
        made[frozenset("abc")] = "set"
        made[datetime.date(2024, 1, 2)] = "date"
        name = "n" * 3
        made[Point(1, name)] = "point"
        made[Colour.RED] = "red"
        made["\ud800"] = "half"
        keys = [
            ((1, 2), (1, 2)),
            1,
            None,
            b"b",
            2**70,
            frozenset("cab"),
            datetime.date(2024, 1, 2),
            Point(1, "nnn"),
            Colour.RED,
            "\ud800",
        ]
        return [made[key] for key in keys], len(made), [key in made.keys() for key in keys]  # noqa: SIM118


class Level(enum.IntEnum):
    LOW = 1


class Ratio(float, enum.Enum):
    HALF = 0.5


class State(str, enum.Enum):  # noqa: UP042
    """Text, as programs had it before `StrEnum`."""

    OPEN = "open"


class Loud(str):
    """Text that is equal to itself in capitals alone."""

    def __eq__(self, other: object) -> bool:
        return str.upper(self) == other

    def __hash__(self) -> int:
        return hash(str.upper(self))


@alone
def dict_keys_of_classes_that_are_equal(mp: Any) -> Any:
    equal: list[list[Any]] = [
        [Level.LOW, 1, 1.0, True, Decimal(1), Decimal("1.00"), 1 + 0j, Fraction(1)],
        [State.OPEN, "open", Shout("open")],
        [Decimal("1E+3"), 1000, Decimal(1000)],
        [Decimal("0.10"), Decimal("0.1")],
        [Ratio.HALF, 0.5, 0.5 - 0j],
        [0, -0.0, Decimal("-0.00"), -0j, complex(-0.0, -0.0)],
        [complex(0.0, 1), complex(-0.0, 1)],
        [2**70, Decimal(2**70), float(2**70), Fraction(2**70)],
        [Decimal("Infinity"), Decimal("Infinity")],
        [(Level.LOW, State.OPEN), (1, "open"), (True, Shout("open"))],
        [(Point(1, "a"), 2.0, Level.LOW), (Point(1, "a"), 2, 1)],
        [frozenset([1, 2.5]), frozenset([True, 2.5]), frozenset([Decimal(1), 2.5])],
        [frozenset([(1, "open")]), frozenset([(1.0, State.OPEN)])],
        [Decimal("1E+1000000"), Decimal("10E+999999")],
        [Loud("x"), Loud("x")],
    ]
    with mp.Manager() as manager:
        found = []
        for keys in equal:
            for key in keys:
                made = manager.dict({key: "first"})
                for other in keys:
                    made[other] = made[other] + "."
                there = [made.pop(key), len(made), made.get(key)]
                made.update(dict.fromkeys(keys, 1))
                made.setdefault(key, 2)
                found.append([*there, made.copy() == {key: 1}, key in made, made.keys() == [key]])
        made = manager.dict({each[0]: number for number, each in enumerate(equal)})
        return found, [made[each[-1]] for each in equal], len(made), made.get("x")


@alone
@differs("keys of a manager's dict")
def dict_keys_as_they_are_read(mp: Any) -> Any:
    with mp.Manager() as manager:
        keys = [Level.LOW, State.OPEN, Decimal("2.0"), Decimal("0.50"), 3 + 0j]
        return manager.dict(dict.fromkeys(keys)).keys()


@alone
@differs("keys of a manager's dict")
def dict_keys_that_only_python_finds_equal(mp: Any) -> Any:
    with mp.Manager() as manager:
        noon = datetime.datetime(2024, 1, 2, 12, tzinfo=datetime.UTC)
        later = noon.astimezone(datetime.timezone(datetime.timedelta(hours=1)))
        pairs: list[tuple[Any, Any]] = [
            (Pair(1, 2), (1, 2)),
            (Even(), Even()),
            (Loud("x"), "X"),
            (Fraction(1, 2), 0.5),
            (Decimal("0.5"), 0.5),
            (noon, later),
            (Point(1, "a"), Point(True, "a")),
            (math.nan, math.nan),
        ]
        return [manager.dict({one: 1}).get(other) for one, other in pairs]


@alone
def nesting(mp: Any) -> Any:
    with mp.Manager() as manager:
        outer = manager.dict()
        outer["plain"] = []
        outer["plain"].append(1)  # Is lost.
        outer["live"] = manager.list()
        outer["live"].append(1)
        outer["live"].append(manager.dict(deep=1))
        outer["live"][1]["deep"] = 2
        plain = outer["plain"]
        plain.append(2)
        outer["plain"] = plain
        rows = manager.list([manager.dict(n=0) for _ in range(2)])
        rows[0]["n"] += 1
        both = manager.list([[manager.list([1])], 2])
        both[0][0].append(9)
        return (
            outer["plain"],
            outer["live"][0],
            outer["live"][1].copy(),
            [row.copy() for row in rows],
            both[0][0][:],
            type(outer["live"]).__name__,
        )


def _fill(shared: Any, values: Any, space: Any) -> None:
    shared["process"] = [1, 2]
    values.reverse()
    space.x += 5
    space.y *= 10


def in_a_process(mp: Any) -> Any:
    with mp.Manager() as manager:
        shared, values = manager.dict(), manager.list(range(5))
        space = manager.Namespace(x=1, y=1)
        process = mp.Process(target=_fill, args=(shared, values, space))
        process.start()
        process.join()
        return str(shared), str(values), str(space)


def _put_back(through: Any, answers: Any) -> None:
    got = through.get()
    got.append("there")
    answers.put(got)


def proxies_through_queues(mp: Any) -> Any:
    with mp.Manager() as manager:
        through, answers = manager.Queue(), manager.Queue()
        values = manager.list(["here"])
        process = mp.Process(target=_put_back, args=(through, answers))
        process.start()
        through.put(values)
        back = answers.get()
        process.join()
        back.append("and back")
        return values[:]


# 1.6: lists.


@alone
def list_methods(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.list([3, 1, 2])
        same = made
        made.append(1)
        made.extend([5, 6])
        made.extend(manager.list([2, 9]))
        made.insert(0, "first")
        made += [7]
        made[1] = 30
        del made[2]
        found: list[Any] = [
            made[0],
            made[-1],
            made[1:4],
            made[::-2],
            len(made),
            7 in made,
            8 in made,
            made.count(5),
            made.index(5),
            made.index(5, 4),
            made + [1],  # noqa: RUF005
            made * 2,
            2 * made,
            list(reversed(made)),
            list(made),
            made.pop(),
            made.pop(0),
            made.remove(5),
            made.reverse(),
            made.sort(),
            str(made),
            made is same,
        ]
        made *= 2
        made[0:2] = ["a", "b", "c"]
        made[::4] = "xyzvw"[: len(made[::4])]
        del made[5:]
        return found, made[:], [type(x).__name__ for x in found]


@alone
def list_refuses(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.list([1, 2])
        empty = manager.list()
        return [
            outcome(lambda: made[5]),
            outcome(lambda: made["a"]),
            outcome(lambda: made.__setitem__(5, 1)),
            outcome(lambda: made.__delitem__(5)),
            outcome(lambda: made.pop(5)),
            outcome(empty.pop),
            outcome(lambda: empty.pop(0)),
            outcome(lambda: made.remove(9)),
            outcome(lambda: made.remove(Point(1, "a"))),
            outcome(lambda: made.index(9)),
            outcome(lambda: made.index(1, 1)),
            outcome(lambda: made.extend(5)),
            outcome(lambda: made + 5),
            outcome(lambda: made + made),
            outcome(lambda: [1] + made),  # noqa: RUF005
            outcome(lambda: made * "a"),
            outcome(lambda: made.__imul__("a")),
            outcome(lambda: made.__setitem__(slice(0, 1), 5)),
            outcome(lambda: made.__setitem__(slice(None, None, 2), [1, 2, 3])),
            outcome(lambda: made.insert("a", 1)),
        ]


@alone
def list_sorts(mp: Any) -> Any:
    with mp.Manager() as manager:
        found: list[Any] = []
        cases: list[tuple[list[Any], dict[str, Any]]] = [
            ([3, 1, 2.5, True], {}),
            (["b", "a", "C"], {}),
            (["b", "a", "C"], {"key": str.lower, "reverse": True}),
            ([(2, "a"), (1, "b"), (1, "a")], {}),
            ([[2], [1, 5], [1]], {"reverse": True}),
            ([b"b", b"a"], {}),
            ([Decimal(3), Decimal(1), 2], {}),
            ([datetime.date(2024, 1, 2), datetime.date(2023, 1, 2)], {}),
            ([3, "a"], {}),
            ([None, None], {}),
            ([{}, {}], {}),
            ([Point(2, "a"), Point(1, "b")], {}),
            ([{"n": 2}, {"n": 1}], {"key": str}),
            ([1j, 2j], {}),
            ([], {}),
        ]
        for content, how in cases:
            made = manager.list(content)
            found.append((outcome(partial(made.sort, **how)), made[:]))
        return found, outcome(lambda: manager.list().sort(str))


@alone
def list_of_objects(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.list([Point(1, "a"), Decimal(1), Colour.RED, Point(1, "a"), {1, 2}])
        found = [
            Point(1, "a") in made,
            Point(2, "a") in made,
            {2, 1} in made,
            made.count(Point(1, "a")),
            made.index(Colour.RED),
            made.remove(Point(1, "a")),
            made[:] == [Decimal(1), Colour.RED, Point(1, "a"), {1, 2}],
            Anything() in made,
        ]
        return found, made[2], type(made[3]).__name__


class Even:
    """Is equal to each even number."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and other % 2 == 0

    def __hash__(self) -> int:
        return 0


class Shout(str):
    """Text of a class of its own."""


@alone
def list_searched_for_what_is_equal(mp: Any) -> Any:
    content: list[Any] = [HTTPStatus.OK, Decimal(5), math.nan, Shout("a"), 1 + 0j, Fraction(1, 2)]
    content += [(math.nan, HTTPStatus.OK), [Decimal(1)], {"a": Decimal(2)}, 7, (7, 1.5), True, None]
    sought: list[Any] = [200, 5, 5.0, math.nan, float("nan"), "a", "b", 1, True, 0.5, (1.5, 7)]
    sought += [(math.nan, 200), [1], {"a": 2}, 7.0, Decimal(7), (7, Decimal("1.5")), Shout("a")]
    sought += [HTTPStatus.OK, Decimal("5.00"), 1.0, None, Even(), 2**70, b"a"]
    with mp.Manager() as manager:
        made = manager.list(content)
        found = [[value in made, made.count(value)] for value in sought]
        places = [outcome(partial(made.index, value)) for value in sought]
        refused = [outcome(partial(manager.list(content).remove, value)) for value in sought]
        left = []
        for value in (5, 200, "a", [1], 7.0, 1, True):
            made.remove(value)
            left.append(len(made))
        return found, places, refused, left, str(made)


@alone
def list_searched_for_an_unpicklable(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.list([1])
        calls = (made.count, made.index, made.remove, made.__contains__)
        return [outcome(partial(call, lambda: None))[0] for call in calls]


@alone
def list_searched_in_a_part(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.list([1, Point(1, "a"), 1, Point(1, "a")])
        bounds: list[tuple[Any, ...]] = [(), (1,), (2,), (0, 0), (0, 1), (1, 2), (-1,), (-3, -1)]
        bounds += [(0, None), (None,), ("a",), (5,), (0, 10**30), (1, 2, 3)]
        return [
            outcome(partial(made.index, value, *bound))
            for value in (1, Point(1, "a"))
            for bound in bounds
        ]


@alone
def list_popped_by_what_is_no_index(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.list([1, 2, 3])
        return [
            *(outcome(partial(made.pop, index)) for index in (None, "a", 1.5, True, -1)),
            made.pop(),
            outcome(lambda: made.pop(-1)),
        ]


# 1.6: namespaces, and what all proxies do.


@alone
def namespace(mp: Any) -> Any:
    with mp.Manager() as manager:
        made = manager.Namespace(x=1, y=[2], name="n", add=3)
        made.x += 5
        made.z = None
        made._own = "here alone"
        found = [made.x, made.y, made.name, made.add, made.z, made._own, str(made)]
        del made.z
        refused = [
            outcome(lambda: made.z),
            outcome(lambda: made._z),
            outcome(lambda: delattr(made, "z")),
            outcome(lambda: manager.Namespace(1)),
        ]
        return found, refused[:3], refused[3][0], hasattr(made, "z"), str(copy.copy(made))


@alone
def shown(mp: Any) -> Any:
    with mp.Manager() as manager:
        things = [
            manager.dict(a=1),
            manager.list([1]),
            manager.Namespace(x=1),
            manager.Value("i", 1),
            manager.Array("i", [1]),
            manager.Queue(),
            manager.JoinableQueue(),
            manager.Event(),
            manager.Lock(),
            manager.RLock(),
            manager.Semaphore(),
            manager.BoundedSemaphore(),
            manager.Condition(),
            manager.Barrier(2),
        ]
        return [
            (
                repr(thing).partition(" at 0x")[0],
                str(thing).partition(" at 0x")[0],
                type(thing).__name__,
                type(thing).__module__,
                thing._token.typeid,
                sorted(thing._exposed_),
            )
            for thing in things
        ]


@alone
def copies(mp: Any) -> Any:
    with mp.Manager() as manager:
        values, mapping = manager.list([[1]]), manager.dict(a=1)
        deep, live = copy.deepcopy(values), copy.copy(values)
        live.append(2)
        return (
            deep,
            values[:],
            copy.deepcopy(mapping),
            values._getvalue(),
            mapping._getvalue(),
            manager.Array("i", [1])._getvalue(),
            str(manager.Namespace(x=1)._getvalue()),
            manager.Value("i", 1)._getvalue().value,
            outcome(lambda: manager.Queue()._getvalue())[0],
            outcome(lambda: copy.deepcopy(manager.Lock()))[0],
        )


@alone
def called_by_name(mp: Any) -> Any:
    with mp.Manager() as manager:
        values, mapping, space = manager.list([2, 1]), manager.dict(), manager.Namespace(x=1)
        values._callmethod("append", (3,))
        values._callmethod("sort", (), {"reverse": True})
        mapping._callmethod("update", (), {"a": 1})
        return (
            values._callmethod("__getitem__", (0,)),
            mapping._callmethod("items"),
            space._callmethod("__getattribute__", ("x",)),
            values._callmethod("__repr__"),
            outcome(lambda: mapping._callmethod("__getitem__", ("z",))),
            outcome(lambda: values._callmethod("nonsense"))[0],
        )


@alone
def of_the_classes_there_are(mp: Any) -> Any:
    managers = __import__(mp.__name__ + ".managers", fromlist=["x"])
    with mp.Manager() as manager:
        return [
            isinstance(manager, managers.SyncManager),
            isinstance(manager, managers.BaseManager),
            isinstance(manager.dict(), managers.DictProxy),
            isinstance(manager.list(), managers.ListProxy),
            isinstance(manager.list(), managers.BaseProxy),
            isinstance(manager.Lock(), managers.AcquirerProxy),
            isinstance(manager.Namespace(), managers.NamespaceProxy),
            isinstance(manager.list(), list),
            managers.__all__ if mp.__name__ == "multiprocessing" else sorted(managers.__all__),
        ][:-1]


@alone
def unpicklable(mp: Any) -> Any:
    with mp.Manager() as manager:
        mapping, through = manager.dict(), manager.Queue()
        lock = threading.Lock()
        return [
            outcome(lambda: mapping.__setitem__("a", lock)),
            outcome(lambda: through.put(lock)),
            outcome(lambda: manager.list([lock]))[0],
            mapping.copy(),
            through.qsize(),
        ]


@alone
def threads_share_a_proxy(mp: Any) -> Any:
    with mp.Manager() as manager:
        counter, lock = manager.Value("i", 0), manager.Lock()

        def count() -> None:
            for _ in range(20):
                with lock:
                    counter.value += 1

        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return counter.value


def a_manager_makes_pools(mp: Any) -> Any:
    with mp.Manager() as manager, manager.Pool(2) as pool:
        return (
            pool.map(abs, range(-5, 5)),
            pool.starmap(divmod, [(7, 2), (9, 4)]),
            pool.apply(len, ("abc",)),
            pool.apply_async(len, ("abcd",)).get(20),
            list(pool.imap(abs, [-1, 2])),
            sorted(pool.imap_unordered(abs, [-3, 2])),
            outcome(lambda: pool.apply(divmod, (1, 0))),
        )


@alone
def shared_memory(mp: Any) -> Any:
    managers = __import__(mp.__name__ + ".managers", fromlist=["x"])
    memory = __import__(mp.__name__ + ".shared_memory", fromlist=["x"])
    manager = managers.SharedMemoryManager()
    before = outcome(lambda: manager.SharedMemory(1)), outcome(lambda: manager.ShareableList([]))
    with manager:
        block = manager.SharedMemory(size=100)
        block.buf[:3] = b"abc"
        same = memory.SharedMemory(block.name)
        values = manager.ShareableList([1, "two", None])
        found = bytes(same.buf[:3]), list(values), outcome(lambda: manager.SharedMemory(0))
        name = block.name
        values.shm.close()
        same.close()
        block.close()
    gone = outcome(lambda: memory.SharedMemory(name))
    after = outcome(lambda: manager.SharedMemory(1)), outcome(lambda: manager.ShareableList([]))
    ways = outcome(manager.start), outcome(manager.get_server), outcome(manager.shutdown)
    return before, found, gone[0], after, ways
