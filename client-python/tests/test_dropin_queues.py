"""Queues of the drop-in: what `multiprocessing` has not."""

import gc
import itertools
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import polyproc
from children import until
from daemons import Daemon, running_daemon
from extents import methods
from polyproc import _io
from polyproc.multiprocessing import _runtime
from polyproc.multiprocessing._anything import ANYTHING

SECONDS = 20
MANY = 300


@pytest.fixture
def mp(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The drop-in, with the daemon of the tests."""
    import polyproc.multiprocessing

    monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
    yield polyproc.multiprocessing
    gc.collect()
    _runtime.client().close()


def _kill(process: Any) -> None:
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def _hold(queue: Any, say: Any) -> None:
    say.send(queue.get())
    time.sleep(SECONDS)


def _get_twice_and_hold(queue: Any, say: Any) -> None:
    say.send((queue.get(), queue.get()))
    time.sleep(SECONDS)


def _got(mp: Any, queue: Any, work: Any, method: str = "fork") -> tuple[Any, Any]:
    """A process, and what it says that it has got; by a pipe of the system, not of ours."""
    import multiprocessing

    hear, say = multiprocessing.Pipe(False)
    process = mp.get_context(method).Process(target=work, args=(queue, say))
    process.start()
    say.close()
    assert hear.poll(SECONDS)
    with hear:
        return process, hear.recv()


@pytest.mark.parametrize("method", methods())
def test_what_a_killed_process_has_just_got_comes_back(mp: Any, method: str) -> None:
    queue = mp.Queue()
    queue.put("first")
    queue.put("second")
    process, got = _got(mp, queue, _hold, method)
    assert got == "first"
    _kill(process)
    assert sorted(queue.get(timeout=SECONDS) for _ in range(2)) == ["first", "second"]


def test_what_a_killed_process_got_before_its_last_call_is_gone(mp: Any) -> None:
    queue = mp.Queue()
    queue.put(1)
    queue.put(2)
    process, got = _got(mp, queue, _get_twice_and_hold)
    assert got == (1, 2)
    _kill(process)
    assert queue.get(timeout=SECONDS) == 2
    assert queue.empty()


def _get(queue: Any) -> None:
    queue.get()


def test_a_get_ends_with_its_process(mp: Any) -> None:
    queue = mp.Queue()
    process = mp.get_context("fork").Process(target=_get, args=(queue,))
    process.start()
    until(lambda: queue._queue.info().waiting_gets)
    _kill(process)
    until(lambda: not queue._queue.info().waiting_gets)
    queue.put("for another one")
    assert queue.get(timeout=SECONDS) == "for another one"


def _put_two(queue: Any) -> None:
    queue.put("has room")
    queue.put("has none")


def test_a_put_ends_with_its_process(mp: Any) -> None:
    queue = mp.Queue(1)
    process = mp.get_context("fork").Process(target=_put_two, args=(queue,))
    process.start()
    until(lambda: queue._queue.info().waiting_puts)
    _kill(process)
    until(lambda: not queue._queue.info().waiting_puts)
    assert queue.get(timeout=SECONDS) == "has room"
    queue.put("by another one", timeout=SECONDS)
    assert queue.get(timeout=SECONDS) == "by another one"


def test_join_ends_though_a_worker_is_killed(mp: Any) -> None:
    queue = mp.JoinableQueue()
    queue.put("work")
    process, got = _got(mp, queue, _hold)
    assert got == "work"
    joins = threading.Thread(target=queue.join)
    joins.start()
    _kill(process)
    assert queue.get(timeout=SECONDS) == "work"
    assert joins.is_alive()
    queue.task_done()
    joins.join(SECONDS)
    assert not joins.is_alive()


def _get_and_fail(queue: Any) -> None:
    queue.get()
    sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
    raise LookupError


def test_what_a_worker_fails_at_comes_back(mp: Any) -> None:
    queue = mp.JoinableQueue()
    queue.put("work")
    process = mp.get_context("fork").Process(target=_get_and_fail, args=(queue,))
    process.start()
    process.join()
    assert process.exitcode == 1
    assert queue.get(timeout=SECONDS) == "work"
    queue.task_done()
    queue.join()


_FAIL = "raise LookupError"
_PROMPT = "import code; code.interact(readfunc=read)"


@pytest.mark.parametrize(
    ("options", "program", "lines", "comes_back"),
    [
        ((), "tasks.get()", "", False),
        ((), f"tasks.get(); {_FAIL}", "", True),
        ((), f"tasks.get(); {_PROMPT}", "", False),
        ((), f"tasks.get(); {_PROMPT}; {_FAIL}", "", True),
        ((), f"import sys; sys.ps1 = '>'; tasks.get(); {_FAIL}", "", True),
        (("-m", "polyproc.multiprocessing"), "tasks.get()", "", False),
        (("-m", "polyproc.multiprocessing"), f"tasks.get(); {_FAIL}", "", True),
        (("-i",), "", f"tasks.get()\n{_FAIL}\n", False),
        (("-i",), f"tasks.get(); {_FAIL}", "", False),
        (("-i",), f"tasks.get(); {_FAIL}", "exit()\n", False),
        (("-i",), "", f"{_FAIL}\nchild(False)\n", False),
        (("-i",), "", f"{_FAIL}\nchild(True)\n", True),
    ],
)
def test_what_is_in_hand_comes_back_where_an_exception_ends_the_program_alone(
    mp: Any, daemon: Daemon, tmp_path: Path, options: Any, program: str, lines: str, comes_back: Any
) -> None:
    queue = mp.JoinableQueue()
    queue.put("work")
    path = tmp_path / "program.py"
    path.write_text(f"""if True:
    import pickle, sys
    import polyproc.multiprocessing as mp

    tasks = pickle.loads({pickle.dumps(queue)!r})

    def work(fails):
        tasks.get()
        sys.stderr.close()
        if fails:
            raise LookupError

    typed = ["1 / 0"]

    def read(_):
        if typed:
            return typed.pop()
        raise EOFError

    def child(fails):
        process = mp.get_context("fork").Process(target=work, args=(fails,))
        process.start()
        process.join()

    {program}
""")
    subprocess.run(
        [sys.executable, *options, path],
        input=lines,
        text=True,
        env={**os.environ, "POLYPROC_ADDRESS": daemon.address},
        timeout=60,
        check=False,
    )
    assert queue._queue.info().unfinished == comes_back
    assert queue.empty() != comes_back


def test_task_done_is_of_what_its_thread_has_got(mp: Any) -> None:
    queue = mp.JoinableQueue()
    for item in ("a", "b"):
        queue.put(item)
    assert queue.get() == "a"
    finished = threading.Thread(target=lambda: (queue.get(), queue.task_done()))
    finished.start()
    finished.join()
    assert [number for _, number in queue._hand.numbers] != []
    queue.task_done()
    queue.join()
    assert queue._hand.numbers == []


def test_task_done_is_told_that_others_have_said_it_of_all_that_it_has_got(mp: Any) -> None:
    queue = mp.JoinableQueue()
    for number in range(sys.getrecursionlimit() + 1):
        queue.put(number)
        queue.get()
    while queue._queue.info().unfinished:
        queue._queue.task_done()
    with pytest.raises(ValueError, match=r"task_done\(\) called too many times"):
        queue.task_done()


def test_a_refusal_is_heard_of_by_the_next_call(mp: Any, other: polyproc.Polyproc) -> None:
    queue = mp.Queue()
    other.existing_queue(queue._queue.name).delete()
    queue.put("in vain")
    queue._queue._client._session_now().flush(SECONDS)
    with pytest.raises(polyproc.Error) as refused:
        queue.put("not made")
    assert refused.value.reason in ("OBJECT_DELETED", "OBJECT_NOT_FOUND")
    assert "puts before" in refused.value.__notes__[0]
    queue.put("in vain, too")
    queue.close()
    with pytest.raises(polyproc.Error):
        queue.join_thread()


_WAITS: dict[str, Any] = {
    "get of the queue": lambda queue, _: queue.get(),
    "get of another": lambda _, other: other.get(),
    "get with a timeout": lambda _, other: other.get(timeout=SECONDS),
    "join": lambda queue, _: queue.join(),
    "join of another": lambda _, other: other.join(),
    "poll": lambda queue, _: queue._reader.poll(None),
}


def _waiting(queue: Any, count: int) -> None:
    until(lambda: queue._queue.info().waiting_gets == count)


@pytest.mark.parametrize("wait", _WAITS)
@pytest.mark.parametrize("others_read", [False, True])
@pytest.mark.parametrize("is_known", [False, True])
def test_who_waits_is_told_of_a_refusal(
    mp: Any, other: polyproc.Polyproc, wait: str, others_read: bool, is_known: bool
) -> None:
    tasks, results, quiet = mp.JoinableQueue(), mp.JoinableQueue(), mp.Queue()
    tasks.put("unfinished")
    results.put("unfinished")
    results.get()
    reader = threading.Thread(target=quiet.get)
    if others_read:
        reader.start()
        _waiting(quiet, 1)
    other.existing_queue(tasks._queue.name).shutdown(immediate=True)
    tasks.put("in vain")
    if is_known:
        tasks._queue._client._session_now().flush(SECONDS)
    with pytest.raises(polyproc.ShutDown) as refused:
        _WAITS[wait](tasks, results)
    assert "1 puts before" in refused.value.__notes__[0]
    assert results._queue.info().waiting_gets == 0
    results.put("after")
    assert results.get() == "after"
    if others_read:
        assert reader.is_alive()
        quiet.put("the end")
        reader.join(SECONDS)
        assert not reader.is_alive()


def test_another_thread_that_waits_for_the_queue_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import polyproc.multiprocessing as mp

    with running_daemon("--limit", "request_fields=1000") as small:
        monkeypatch.setenv("POLYPROC_ADDRESS", small.address)
        queue: Any = mp.Queue()
        quiet: Any = mp.Queue()
        told = []

        def get() -> None:
            with pytest.raises(polyproc.Error) as refused:
                queue.get()
            told.append(refused.value.reason)

        getter, other = threading.Thread(target=get), threading.Thread(target=quiet.get)
        for thread, of in ((other, quiet), (getter, queue)):
            thread.start()
            _waiting(of, 1)
        queue.put(list(range(1000)))
        getter.join(SECONDS)
        assert told == ["VALUE_TOO_LARGE"]
        assert other.is_alive()
        quiet.put("the end")
        other.join(SECONDS)
        queue.put("goes on")
        assert queue.get() == "goes on"
        _runtime.client().close()


def test_nothing_is_lost_where_who_waits_is_told_of_refusals(
    mp: Any, other: polyproc.Polyproc
) -> None:
    refusing, items = mp.Queue(), mp.Queue()
    other.existing_queue(refusing._queue.name).shutdown()
    its = other.existing_queue(items._queue.name, codec=ANYTHING)
    putter = threading.Thread(target=lambda: [its.put(number) for number in range(MANY)])
    putter.start()
    got: list[Any] = []
    told = 0
    for attempt in itertools.count():
        if len(got) == MANY:
            break
        try:
            if attempt % 2:
                refusing.put("in vain")
            got.append(items.get(timeout=SECONDS))
        except polyproc.ShutDown:
            told += 1
    putter.join()
    assert got == list(range(MANY))
    assert told == MANY - 1
    assert items.empty()


def _run(program: str, daemon: Daemon, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program],
        env={**os.environ, "POLYPROC_ADDRESS": daemon.address},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == status, done.stderr
    return done


def test_a_refusal_that_nobody_has_heard_of_is_printed_at_the_end(daemon: Daemon) -> None:
    program = """
import polyproc, polyproc.multiprocessing as mp
queue = mp.Queue()
with polyproc.connect() as other:
    other.existing_queue(queue._queue.name).delete()
queue.put("in vain")
"""
    assert "was deleted" in _run(program, daemon).stderr


def test_nothing_is_said_at_the_end_where_all_was_put(daemon: Daemon) -> None:
    program = """
import polyproc.multiprocessing as mp
queue = mp.JoinableQueue()
for number in range(1000):
    queue.put(number)
assert queue.get() == 0
first, second = mp.Pipe()
first.send(1)
"""
    assert _run(program, daemon).stderr == ""


def test_a_child_has_nothing_of_what_its_parent_has_put_or_got(mp: Any) -> None:
    queue = mp.JoinableQueue()
    queue.put("got by the parent")
    queue.get()
    process = mp.get_context("fork").Process(target=_put_two, args=(queue,))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert len(queue._hand.numbers) == 1
    assert queue._queue.info().unfinished == 3


def test_is_the_same_queue_wherever_it_came_through(mp: Any) -> None:
    for made in (mp.Queue(), mp.JoinableQueue(3), mp.SimpleQueue()):
        shelf = _runtime.client().dict(codec=ANYTHING)
        shelf["it"] = [made, {"again": made}]
        back = shelf["it"]
        assert back[0] == made
        assert back[1]["again"] == made
        assert hash(back[0]) == hash(made)
        assert back[0] != mp.Queue()
        assert back[0] != "another thing"
        back[0].put({1, 2})
        assert made.get() == {1, 2}


def test_a_queue_lives_in_a_queue(mp: Any) -> None:
    outer, inner = mp.Queue(), mp.Queue()
    inner.put("kept")
    outer.put(inner)
    del inner
    gc.collect()
    assert outer.qsize() == 1
    assert outer.get().get(timeout=SECONDS) == "kept"


def test_other_languages_see_plain_data(mp: Any, other: polyproc.Polyproc) -> None:
    queue = mp.Queue()
    queue.put(["text", 1, b"bytes", {"a": None}])
    theirs = other.existing_queue(queue._queue.name)
    assert theirs.get(timeout=SECONDS) == ["text", 1, b"bytes", {"a": None}]
    theirs.put((1, 2))
    assert queue.get(timeout=SECONDS) == (1, 2)


def test_large_items(mp: Any) -> None:
    queue = mp.Queue()
    item = bytes(60 << 20)
    queue.put(item)
    assert queue.get(timeout=SECONDS) == item


def test_an_item_that_is_larger_than_all_is_refused_at_once(mp: Any) -> None:
    queue = mp.Queue()
    with pytest.raises(polyproc.Error):
        queue.put(bytes(80 << 20))
    queue.put("next")
    assert queue.get(timeout=SECONDS) == "next"


def test_queues_that_are_dropped_are_gone(mp: Any, other: polyproc.Polyproc) -> None:
    keep = mp.Queue()
    before = sum(1 for _ in other.admin.objects())
    for _ in range(MANY):
        queue = mp.Queue()
        queue.put(1)
        assert queue.get() == 1
        mp.SimpleQueue().put(1)
        mp.JoinableQueue(1).put(1)
    del queue
    gc.collect()
    assert keep.empty()
    assert sum(1 for _ in other.admin.objects()) == before


def test_its_private_reader_can_be_polled(mp: Any) -> None:
    queue = mp.Queue()
    reader = queue._reader
    assert not reader.poll()
    assert not reader.poll(0.01)
    queue._writer.send("it")
    assert reader.poll(SECONDS)
    assert reader.poll(None)
    assert queue.qsize() == 1
    assert (reader.recv(), reader.poll(-1)) == ("it", False)
    with pytest.raises(OSError, match="take a SimpleQueue"):
        reader.fileno()
    reader.close()
    assert queue._closed
    assert reader.closed


def test_what_is_put_is_pickled_at_once(mp: Any) -> None:
    queue = mp.Queue()
    item = ["as it was"]
    queue.put(item)
    item[0] = "changed later"
    assert queue.get(timeout=SECONDS) == ["as it was"]


def test_the_standard_library_knows_it(mp: Any) -> None:
    import multiprocessing.queues

    assert isinstance(mp.Queue(), multiprocessing.queues.Queue)
    assert isinstance(mp.JoinableQueue(), multiprocessing.queues.JoinableQueue)
    assert isinstance(mp.SimpleQueue(), multiprocessing.queues.SimpleQueue)


def test_waits_for_ever_where_it_is_told_infinity(mp: Any) -> None:
    queue = mp.Queue(1)
    queue.put(1, timeout=float("inf"))
    assert queue.get(timeout=float("inf")) == 1
    queue.put(1, timeout=threading.TIMEOUT_MAX)
    assert queue.get(timeout=threading.TIMEOUT_MAX) == 1


def test_logging_takes_it(mp: Any) -> None:
    import logging
    import logging.handlers

    queue = mp.Queue()
    handler = logging.handlers.QueueHandler(queue)
    handler.handle(logging.makeLogRecord({"msg": "hello %s", "args": ("Alice",)}))
    assert queue.get(timeout=SECONDS).getMessage() == "hello Alice"


@pytest.mark.parametrize("method", methods("fork", "spawn"))
def test_executors_take_its_contexts(mp: Any, method: str) -> None:
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(2, mp_context=mp.get_context(method)) as executor:
        assert list(executor.map(abs, range(-20, 0))) == list(range(20, 0, -1))


class _Ends:
    """Ends whoever unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return sys.exit, (7,)


@pytest.mark.parametrize("kind", ["Queue", "JoinableQueue", "SimpleQueue"])
def test_should_take_an_item_for_good_whose_pickle_ends_the_program(
    mp: ModuleType, kind: str
) -> None:
    queue = getattr(mp, kind)()
    queue.put(_Ends())
    queue.put("next")
    with pytest.raises(SystemExit):
        queue.get()
    assert queue.get() == "next"


def test_should_carry_what_has_more_elements_than_a_request_may_have_fields(
    mp: ModuleType,
) -> None:
    queue = mp.Queue()
    queue.put(list(range(2_500_000)))
    assert len(queue.get()) == 2_500_000


def test_should_have_in_hand_what_an_exception_followed_at_once(mp: ModuleType) -> None:
    queue = mp.JoinableQueue()
    queue.put("item")

    class Boom(Exception):
        pass

    def strike(frame: Any, _event: str, _: Any) -> Any:
        if frame.f_code is not type(queue).get.__code__:
            return None

        def at_line(frame: Any, _event: str, _: Any) -> Any:
            if "item" in frame.f_locals:
                sys.settrace(None)
                raise Boom
            return at_line

        return at_line

    sys.settrace(strike)
    try:
        with pytest.raises(Boom):
            queue.get()
    finally:
        sys.settrace(None)
    queue.task_done()
    queue.join()


def _put_for_ever(queue: Any) -> None:
    while True:
        queue.put(bytes(100_000))


def test_should_say_that_the_daemon_stands_still(
    mp: ModuleType, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_io, "TICK_SECONDS", 0.05)
    with polyproc.connect(daemon.address, patience=0.1) as client:
        monkeypatch.setattr(_runtime, "_client", client)
        queue = mp.Queue()
        os.kill(daemon.process.pid, signal.SIGSTOP)
        try:
            with pytest.raises(polyproc.ConnectionLost):
                _put_for_ever(queue)
        finally:
            os.kill(daemon.process.pid, signal.SIGCONT)
