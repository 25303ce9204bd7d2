"""Queues: rows of 1.0 and 1.2."""

from __future__ import annotations

import importlib
import pickle
import re
import threading
import time
from collections import Counter
from typing import Any

from bodies import alone, differs, outcome

SECONDS = 20
"""Longer than anything takes that comes."""


def _without_address(said: Any) -> Any:
    """What came of a call, without what differs from run to run."""
    if isinstance(said, tuple):
        return tuple(map(_without_address, said))
    return re.sub(r"<\S+ object at 0x\w+>", "<it>", said) if isinstance(said, str) else said


def _queues(mp: Any) -> Any:
    return importlib.import_module(f"{mp.__name__}.queues")


class Point:
    """A class of the program's own."""

    def __init__(self, x: int) -> None:
        self.x = x

    def __repr__(self) -> str:
        return f"Point({self.x})"


def _fail(word: str) -> None:
    raise LookupError(word)


class Unreadable:
    """Pickles, and cannot be unpickled."""

    def __reduce__(self) -> Any:
        return _fail, ("cannot be read",)


class Unpicklable:
    """Does not pickle."""

    def __reduce__(self) -> Any:
        raise LookupError("cannot be written")


ITEMS: list[Any] = [
    None,
    1,
    -(2**70),
    1.5,
    "text",
    b"bytes",
    b"",
    [1, (2, [3])],
    {"a": {1: 2}},
    {1, 2},
]
ITEMS += [True, "\ud800", Point(3), Point, len, 1 + 2j, bytearray(b"x"), frozenset("a"), [], {}]


@alone
def items_in_order(mp: Any) -> Any:
    queue = mp.Queue()
    for item in ITEMS:
        queue.put(item)
    return [queue.get(timeout=SECONDS) for _ in ITEMS]


def _echo(to: Any, back: Any) -> None:
    while True:
        item = to.get()
        if item is None:
            break
        back.put((item, "back"))


def items_by_a_process(mp: Any) -> Any:
    to, back = mp.Queue(), mp.Queue()
    process = mp.Process(target=_echo, args=(to, back))
    process.start()
    items = [item for item in ITEMS if item is not None]
    for item in items:
        to.put(item)
    to.put(None)
    came = [back.get(timeout=SECONDS) for _ in items]
    process.join()
    return came, process.exitcode


def _produce(queue: Any, name: str, count: int) -> None:
    for number in range(count):
        queue.put((name, number))


def order_of_each_producer(mp: Any) -> Any:
    queue = mp.Queue(7)
    producers = [mp.Process(target=_produce, args=(queue, name, 50)) for name in "ab"]
    for producer in producers:
        producer.start()
    got = [queue.get(timeout=SECONDS) for _ in range(100)]
    for producer in producers:
        producer.join()
    return [[number for by, number in got if by == name] for name in "ab"]


@alone
def full(mp: Any) -> Any:
    queue = mp.Queue(2)
    queue.put(1)
    seen = [queue.full()]
    queue.put(2, timeout=-1)
    seen += [queue.full(), queue.qsize()]
    seen += [
        outcome(lambda: queue.put(3, False)),
        outcome(lambda: queue.put(3, timeout=0.01)),
        outcome(lambda: queue.put(3, True, 0)),
        outcome(lambda: queue.put(3, True, -1)),
        outcome(lambda: queue.put(3, False, 10)),
        outcome(lambda: queue.put_nowait(3)),
    ]
    seen += [queue.get(timeout=SECONDS), queue.full(), queue.qsize()]
    queue.put_nowait(4)
    return [*seen, queue.get(timeout=SECONDS), queue.get(timeout=SECONDS)]


@alone
def empty(mp: Any) -> Any:
    queue = mp.Queue()
    seen = [queue.empty(), queue.qsize(), queue.full()]
    seen += [
        outcome(lambda: queue.get(False)),
        outcome(lambda: queue.get(timeout=0.01)),
        outcome(lambda: queue.get(True, 0)),
        outcome(lambda: queue.get(True, -1)),
        outcome(lambda: queue.get(False, 10)),
        outcome(lambda: queue.get_nowait()),
    ]
    queue.put("it")
    seen += [queue.qsize(), queue._reader.poll(SECONDS), queue.empty()]
    return [*seen, queue.get(True, -1), queue.empty(), queue.qsize()]


@alone
def a_put_waits_for_room(mp: Any) -> Any:
    queue = mp.Queue(1)
    queue.put(1)
    taker = threading.Timer(0.05, queue.get)
    taker.start()
    queue.put(2)
    taker.join()
    return queue.get(timeout=SECONDS)


@alone
def a_get_waits_for_an_item(mp: Any) -> Any:
    queue = mp.Queue()
    putter = threading.Timer(0.05, queue.put, ["late"])
    putter.start()
    began = time.monotonic()
    got = queue.get(timeout=SECONDS), time.monotonic() - began < SECONDS / 2
    putter.join()
    return got


@alone
def no_bound(mp: Any) -> Any:
    queues = [mp.Queue(), mp.Queue(0), mp.Queue(-5), mp.Queue(maxsize=0)]
    for queue in queues:
        for number in range(100):
            queue.put_nowait(number)
    return [(queue.qsize(), queue.full(), queue._maxsize) for queue in queues]


@alone
def wrong_arguments(mp: Any) -> Any:
    queue = mp.Queue()
    bounded = mp.Queue(3)
    return [
        outcome(lambda: mp.Queue("three")),
        outcome(lambda: mp.Queue(2.5)),
        outcome(lambda: mp.Queue(True).full()),
        outcome(lambda: len(mp.Pipe("both"))),
        outcome(lambda: _queues(mp).Queue()),
        outcome(lambda: _queues(mp).SimpleQueue()),
        outcome(lambda: queue.get(timeout="soon")),
        outcome(lambda: bounded.put(1, timeout="soon")),
        outcome(lambda: queue.put()),
    ]


@alone
def what_a_queue_has_not(mp: Any) -> Any:
    queue = mp.Queue()
    return [
        outcome(lambda name=name: getattr(queue, name))  # type: ignore[misc]
        for name in ("task_done", "join", "shutdown", "clear", "peek")
    ] + [outcome(lambda: mp.SimpleQueue().get_nowait)]


@alone
def what_a_queue_is(mp: Any) -> Any:
    queues = _queues(mp)
    made = [mp.Queue(), mp.JoinableQueue(), mp.SimpleQueue()]
    classes = [queues.Queue, queues.JoinableQueue, queues.SimpleQueue]
    return [
        [type(each).__name__ for each in made],
        [[isinstance(each, kind) for kind in classes] for each in made],
        [hasattr(queues, name) for name in ("Empty", "Full", "connection", "_sentinel")],
        queues.__all__,
    ]


@alone
def closed(mp: Any) -> Any:
    queue = mp.Queue()
    seen = [
        outcome(queue.join_thread),
        queue._closed,
        queue.close(),
        queue._closed,
        outcome(lambda: queue.put(1)),
        outcome(lambda: queue.put_nowait(1)),
        outcome(queue.get),
        outcome(queue.get_nowait),
        queue.join_thread(),
        queue.join_thread(),
        queue.cancel_join_thread(),
        queue.close(),
        queue.qsize(),
    ]
    return _without_address(tuple(seen))


@alone
def closed_after_puts(mp: Any) -> Any:
    queue = mp.JoinableQueue()
    queue.put(1)
    queue.close()
    queue.join_thread()
    return _without_address((queue.qsize(), outcome(queue.get), outcome(queue.task_done)))


def _put_and_close(queue: Any) -> None:
    queue.put("before")
    queue.close()
    if outcome(lambda: queue.put("after")) is None:
        raise AssertionError


def close_is_of_one_process(mp: Any) -> Any:
    queue = mp.Queue()
    process = mp.Process(target=_put_and_close, args=(queue,))
    process.start()
    got = queue.get(timeout=SECONDS)
    process.join()
    queue.put("still")
    return got, process.exitcode, queue.get(timeout=SECONDS)


def closed_by_the_parent_open_in_the_child(mp: Any) -> Any:
    queue, back = mp.Queue(), mp.Queue()
    queue.put("it")
    queue.close()
    queue.join_thread()
    process = mp.Process(target=_produce, args=(back, "child", 1))
    process.start()
    process.join()
    return back.get(timeout=SECONDS)


def all_is_put_at_exit(mp: Any) -> Any:
    queue = mp.Queue()
    process = mp.Process(target=_produce, args=(queue, "x" * 1000, 300))
    process.start()
    got = [queue.get(timeout=SECONDS)[1] for _ in range(300)]
    process.join()
    return got == list(range(300)), process.exitcode, queue.empty()


@alone
def an_item_that_cannot_be_unpickled(mp: Any) -> Any:
    queue = mp.Queue()
    queue.put(Unreadable())
    queue.put("next")
    return outcome(lambda: queue.get(timeout=SECONDS)), queue.get(timeout=SECONDS)


@differs("what cannot be pickled raises in `put`")
@alone
def an_item_that_cannot_be_pickled(mp: Any) -> Any:
    queue = mp.Queue(1)
    queue._on_queue_feeder_error = lambda *_: None
    said = outcome(lambda: queue.put(Unpicklable()))
    queue.put("next")
    return said, queue.get(timeout=SECONDS)


@differs("an object may be passed by any way")
@alone
def pickled_by_the_program(mp: Any) -> Any:
    queue = mp.Queue()
    return outcome(lambda: pickle.loads(pickle.dumps(queue)).put(1)) or queue.get()


@differs("an object may be passed by any way")
def a_queue_within_a_queue(mp: Any) -> Any:
    outer, inner = mp.SimpleQueue(), mp.Queue()
    inner.put("inside")
    return outcome(lambda: outer.put(inner)) or outer.get().get(timeout=SECONDS)


# JoinableQueue.


def _work(tasks: Any, done: Any) -> None:
    for task in iter(tasks.get, "STOP"):
        done.put(task * task)
        tasks.task_done()
    tasks.task_done()


def join_waits_for_all_work(mp: Any) -> Any:
    tasks, done = mp.JoinableQueue(), mp.Queue()
    workers = [mp.Process(target=_work, args=(tasks, done)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for number in range(20):
        tasks.put(number)
    tasks.join()
    got = sorted(done.get(timeout=SECONDS) for _ in range(20))
    for _ in workers:
        tasks.put("STOP")
    tasks.join()
    for worker in workers:
        worker.join()
    return got, [worker.exitcode for worker in workers], tasks.empty()


@alone
def task_done_too_often(mp: Any) -> Any:
    queue = mp.JoinableQueue(5)
    seen = [outcome(queue.task_done), queue.join()]
    for number in range(3):
        queue.put(number)
    seen += [queue.get(timeout=SECONDS) for _ in range(3)]
    seen += [outcome(queue.task_done) for _ in range(4)]
    return [*seen, queue.join(), queue.join(), outcome(lambda: queue.join(1))]


@alone
def task_done_before_the_item_is_got(mp: Any) -> Any:
    queue = mp.JoinableQueue()
    queue.put(1)
    queue.task_done()
    queue.join()
    return queue.get(timeout=SECONDS), queue.empty(), queue.join()


@alone
def an_item_in_hand_takes_no_room(mp: Any) -> Any:
    queue = mp.JoinableQueue(1)
    queue.put(1)
    queue.get(timeout=SECONDS)
    seen = [queue.full(), queue.qsize(), queue.empty()]
    queue.put_nowait(2)
    return [*seen, queue.full(), outcome(lambda: queue.put_nowait(3))]


def _get_one(tasks: Any, got: Any) -> None:
    got.put(tasks.get())


def _get_one_and_stay(tasks: Any, got: Any, end: Any) -> None:
    got.put(tasks.get())
    end.get()


def task_done_by_another_process(mp: Any) -> Any:
    tasks, got, end = mp.JoinableQueue(), mp.Queue(), mp.SimpleQueue()
    tasks.put("it")
    worker = mp.Process(target=_get_one_and_stay, args=(tasks, got, end))
    worker.start()
    item = got.get(timeout=SECONDS)
    tasks.task_done()
    tasks.join()
    end.put("end")
    worker.join()
    return item, worker.exitcode, tasks.empty(), outcome(tasks.task_done)


@differs("what a process has in hand counts as done at its orderly end")
def task_done_after_the_end_of_who_got_it(mp: Any) -> Any:
    tasks, got = mp.JoinableQueue(), mp.Queue()
    tasks.put("it")
    worker = mp.Process(target=_get_one, args=(tasks, got))
    worker.start()
    worker.join()
    return got.get(timeout=SECONDS), outcome(tasks.task_done), tasks.join()


def what_was_got_is_gone_at_the_end_of_a_process(mp: Any) -> Any:
    tasks, got = mp.JoinableQueue(), mp.Queue()
    tasks.put("it")
    worker = mp.Process(target=_get_one, args=(tasks, got))
    worker.start()
    worker.join()
    return got.get(timeout=SECONDS), tasks.empty(), tasks.qsize()


# SimpleQueue.


def simple_queue(mp: Any) -> Any:
    to, back = mp.SimpleQueue(), mp.SimpleQueue()
    seen = [to.empty()]
    process = mp.Process(target=_echo, args=(to, back))
    process.start()
    for item in ("text", {1, 2}, Point(1)):
        to.put(item)
        seen.append(back.get())
    to.put(None)
    process.join()
    to.put("it")
    seen.append(to.empty())
    return [*seen, to.get(), to.empty(), process.exitcode]


@alone
def simple_queue_closed(mp: Any) -> Any:
    queue = mp.SimpleQueue()
    queue.put(1)
    return [
        queue.close(),
        outcome(lambda: queue.put(2)),
        outcome(queue.get),
        outcome(queue.empty),
        queue.close(),
    ]


@alone
def simple_queue_failures(mp: Any) -> Any:
    queue = mp.SimpleQueue()
    seen = [outcome(lambda: queue.put(Unpicklable()))]
    queue.put(Unreadable())
    queue.put("next")
    return [*seen, outcome(queue.get), queue.get()]


# What programs derive from them.


def _derived(mp: Any) -> Any:
    queues = _queues(mp)
    if not hasattr(queues, "Counted"):

        class Counted(queues.Queue):  # type: ignore[misc,name-defined]
            """A queue with something of its own, as programs for macOS have it."""

            def __init__(self) -> None:
                super().__init__(ctx=mp.get_context())
                self.puts = 0

            def __getstate__(self) -> Any:
                return super().__getstate__(), self.puts

            def __setstate__(self, state: Any) -> None:
                super().__setstate__(state[0])
                self.puts = state[1]

            def put(self, *args: Any, **kwargs: Any) -> None:
                self.puts += 1
                super().put(*args, **kwargs)

        Counted.__module__, Counted.__qualname__ = queues.__name__, "Counted"
        queues.Counted = Counted
    return queues.Counted


@alone
def a_class_of_the_programs_own(mp: Any) -> Any:
    queue = _derived(mp)()
    queue.put(1)
    queue.put(2)
    return queue.puts, queue.get(timeout=SECONDS), queue.get_nowait.__name__


def counts_of_all(mp: Any) -> Any:
    queue = mp.Queue()
    producers = [mp.Process(target=_produce, args=(queue, "p", 30)) for _ in range(3)]
    for producer in producers:
        producer.start()
    counts = Counter(queue.get(timeout=SECONDS)[1] for _ in range(90))
    for producer in producers:
        producer.join()
    return sorted(counts.items())
