"""Processes, contexts, exit codes, logging: rows of 1.1 and 1.8."""

from __future__ import annotations

import importlib
import io
import logging
import os
import re
import signal
import socket
import sys
import threading
import time
from contextlib import redirect_stderr
from typing import Any

from bodies import alone, outcome


def _package(mp: Any) -> Any:
    """The module by its name, as a child has it."""
    return sys.modules[mp if isinstance(mp, str) else mp.__name__]


def _run(mp: Any, target: Any, *args: Any, **options: Any) -> Any:
    process = mp.Process(target=target, args=args, **options)
    process.start()
    process.join()
    return process.exitcode


def _say(queue: Any, word: str) -> None:
    queue.put((word, "Alice"))


def hello(mp: Any) -> Any:
    queue = mp.Queue()
    process = mp.Process(target=_say, args=(queue, "Hello"))
    process.start()
    word = queue.get()
    process.join()
    return word, process.exitcode


def _exit(code: Any) -> None:
    sys.exit(code)


def _quiet(call: Any, *args: Any) -> None:
    sys.stderr = io.StringIO()
    call(*args)


def _fail() -> None:
    raise KeyError("gone")


def exit_codes(mp: Any) -> Any:
    return [
        _run(mp, _exit, 0),
        _run(mp, _exit, 3),
        _run(mp, _exit, None),
        _run(mp, _exit, True),
        _run(mp, os._exit, 7),
        _run(mp, _quiet, _exit, "a message"),
        _run(mp, _quiet, _fail),
    ]


def _signalled(number: int) -> None:
    os.kill(os.getpid(), number)


def exit_codes_of_signals(mp: Any) -> Any:
    return [_run(mp, _signalled, number) for number in (signal.SIGTERM, signal.SIGKILL)]


def _wait(event: Any) -> None:
    event.set()
    time.sleep(60)


def ended_by_the_parent(mp: Any) -> Any:
    found: list[Any] = []
    for end in ("terminate", "kill"):
        begun = mp.Event()
        process = mp.Process(target=_wait, args=(begun,), name="Sleeper")
        process.start()
        begun.wait()
        found.append((process.is_alive(), process.exitcode, process.join(0.01)))
        getattr(process, end)()
        found.append((process.join(), process.exitcode, process.is_alive()))
        found.append(re.sub(r"\d\d+", "N", repr(process)))
        found.append((process.join(), process.join(1)))
        getattr(process, end)()
    return found


class _Told(io.TextIOBase):
    """A file whose text goes through a queue."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    def write(self, text: str, /) -> int:
        self._queue.put(text)
        return len(text)


def _uncaught(queue: Any) -> None:
    sys.stderr = _Told(queue)
    _fail()


def a_traceback_tells_which_process(mp: Any) -> Any:
    queue = mp.SimpleQueue()
    code = _run(mp, _uncaught, queue, name="Faulty")
    text = ""
    while not text.endswith("gone'\n"):
        text += queue.get()
    lines = text.splitlines()
    return code, lines[:2], lines[-1]


def _names(mp: str, queue: Any, deeper: int) -> None:
    package = _package(mp)
    here = package.current_process()
    parent = package.parent_process()
    queue.put((here.name, parent.name, parent.is_alive(), here.daemon, here.exitcode))
    queue.put(
        (parent.pid == os.getppid(), parent.ident == parent.pid, outcome(lambda: here.join()))
    )
    queue.put((package.active_children(), here.pid == os.getpid()))
    if deeper:
        child = package.Process(target=_names, args=(mp, queue, 0))
        child.start()
        child.join()


def _named(repr_of_it: str) -> str:
    return re.sub(r"\d+", "N", repr_of_it)


def names_and_relations(mp: Any) -> Any:
    queue = mp.Queue()
    process = mp.Process(target=_names, args=(mp.__name__, queue, 1))
    first = _named(process.name)
    process.start()
    rows = [queue.get() for _ in range(6)]
    process.join()
    return first, _named(repr(rows)), mp.current_process().name, mp.parent_process()


@alone
def names(mp: Any) -> Any:
    process = mp.Process(name="one")
    other = mp.Process(name="one")
    process.name = "two"
    return (
        process.name,
        other.name,
        outcome(lambda: setattr(process, "name", 3)),
        re.fullmatch(r"Process-\d+", mp.Process().name) is not None,
        _named(repr(process)),
        _named(repr(mp.current_process())),
    )


@alone
def arguments(mp: Any) -> Any:
    return [
        outcome(lambda: mp.Process(object())),
        outcome(lambda: mp.Process(target=len, args=3)),
        outcome(lambda: mp.Process(None, len, "name", (), {}, True)),
        outcome(lambda: mp.Process(wrong=1)),
        mp.Process(daemon=True).daemon,
        mp.Process().daemon,
        outcome(lambda: mp.Process(target=len, kwargs=None)),
    ]


@alone
def before_the_start(mp: Any) -> Any:
    process = mp.Process(target=print)
    return [
        outcome(process.join),
        process.is_alive(),
        process.exitcode,
        process.pid,
        process.ident,
        outcome(lambda: process.sentinel),
        outcome(process.terminate),
        outcome(process.kill),
        len(process.authkey),
        process.authkey == mp.current_process().authkey,
    ]


def _nothing() -> None:
    pass


def starting_twice(mp: Any) -> Any:
    process = mp.Process(target=_nothing)
    process.start()
    twice = outcome(process.start)
    process.join()
    return twice, outcome(process.start), outcome(lambda: setattr(process, "daemon", True))


def closing(mp: Any) -> Any:
    begun = mp.Event()
    process = mp.Process(target=_wait, args=(begun,))
    process.start()
    begun.wait()
    running = outcome(process.close)
    process.kill()
    process.join()
    process.close()
    process.close()
    return running, [
        outcome(process.start),
        outcome(process.join),
        outcome(process.is_alive),
        outcome(process.terminate),
        outcome(process.kill),
        outcome(lambda: process.pid),
        outcome(lambda: process.exitcode),
        outcome(lambda: process.sentinel),
        process.name,
        _named(repr(process)),
    ]


def _has_children(mp: str, queue: Any) -> None:
    package = _package(mp)
    queue.put(package.current_process().daemon)
    queue.put(outcome(package.Process(target=_nothing).start))
    queue.put(package.Process().daemon)


def daemons_have_no_children(mp: Any) -> Any:
    queue = mp.Queue()
    process = mp.Process(target=_has_children, args=(mp.__name__, queue), daemon=True)
    process.start()
    found = [queue.get() for _ in range(3)]
    process.join()
    return found, process.exitcode


def _touches_others(process: Any, queue: Any) -> None:
    queue.put([outcome(process.join), outcome(process.is_alive), outcome(process.start)])
    queue.put(_named(repr(process)))


def only_the_parent_asks(mp: Any) -> Any:
    if mp.get_start_method() != "fork":
        return None  # Processes do not go through pickles.
    queue = mp.Queue()
    other = mp.Process(target=_nothing)
    process = mp.Process(target=_touches_others, args=(other, queue))
    process.start()
    found = [queue.get(), queue.get()]
    process.join()
    return found


def daemons_end_with_the_program(mp: Any) -> Any:
    queue = mp.Queue()
    process = mp.Process(target=_parent_of_two, args=(mp.__name__, queue))
    process.start()
    pids = queue.get()
    done = queue.get()
    process.join()
    return len(pids), done, process.exitcode, [_is_there(pid) for pid in pids]


def _parent_of_two(mp: str, queue: Any) -> None:
    package = _package(mp)
    begun = package.Event()
    stays = package.Process(target=_wait, args=(begun,), daemon=True)
    ends = package.Process(target=_late, args=(queue,))
    stays.start()
    begun.wait()
    ends.start()
    queue.put([stays.pid, ends.pid])


def _late(queue: Any) -> None:
    time.sleep(0.05)
    queue.put("joined")


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def active_children(mp: Any) -> Any:
    begun = mp.Event()
    process = mp.Process(target=_wait, args=(begun,))
    process.start()
    begun.wait()
    there = process in mp.active_children()
    process.kill()
    process.join()
    return there, process in mp.active_children(), len(mp.active_children())


def sentinels(mp: Any) -> Any:
    from multiprocessing.connection import wait

    begun = mp.Event()
    process = mp.Process(target=_wait, args=(begun,))
    process.start()
    begun.wait()
    running = wait([process.sentinel], 0.01)
    process.kill()
    ended = wait([process.sentinel], 10) == [process.sentinel]
    process.join()
    return type(process.sentinel), running, ended


def _key(mp: str, queue: Any) -> None:
    queue.put(bytes(_package(mp).current_process().authkey))


def keys(mp: Any) -> Any:
    queue = mp.Queue()
    process = mp.Process(target=_key, args=(mp.__name__, queue))
    process.start()
    same = queue.get() == bytes(mp.current_process().authkey)
    process.join()
    import pickle

    return (
        same,
        type(mp.current_process().authkey).__name__,
        outcome(lambda: pickle.dumps(mp.current_process().authkey)),
    )


def keys_that_are_set(mp: Any) -> Any:
    queue = mp.Queue()
    process = mp.Process(target=_key, args=(mp.__name__, queue))
    process.authkey = b"secret"
    process.start()
    key = queue.get()
    process.join()
    return len(key), key == b"secret"


def classes_of_the_programs_own(mp: Any) -> Any:
    if mp.get_start_method() != "fork":
        return None

    class Worker(mp.Process):  # type: ignore[misc]
        def __init__(self, queue: Any) -> None:
            super().__init__(name="Worker")
            self.queue = queue

        def run(self) -> None:
            self.queue.put((self.name, mp.current_process() is self))

    queue = mp.Queue()
    worker = Worker(queue)
    worker.start()
    found = queue.get()
    worker.join()
    return found, worker.exitcode, _named(repr(worker))


@alone
def run_without_a_process(mp: Any) -> Any:
    found: list[Any] = []
    mp.Process(target=found.append, args=(1,)).run()
    mp.Process().run()
    return found


@alone
def start_methods(mp: Any) -> Any:
    return [
        mp.get_start_method(),
        mp.get_all_start_methods(),
        outcome(lambda: mp.set_start_method("spawn")),
        outcome(lambda: mp.set_start_method("wrong", force=True)),
        outcome(lambda: mp.get_context("wrong")),
        [type(mp.get_context(m)).__name__ for m in (None, "fork", "spawn", "forkserver")],
        [mp.get_context(m).get_start_method() for m in ("fork", "spawn", "forkserver")],
        outcome(lambda: mp.get_context("spawn").set_start_method("fork")),
        mp.get_context("fork") is mp.get_context("fork"),
        mp.get_context("spawn").get_context() is mp.get_context("spawn"),
        outcome(lambda: mp.get_context("spawn").get_context("wrong")),
        mp.get_context("spawn").get_context("fork").get_start_method(),
    ]


@alone
def start_methods_that_are_set_again(mp: Any) -> Any:
    before = mp.get_start_method()
    try:
        mp.set_start_method("spawn", force=True)
        spawned = mp.get_start_method(), type(mp.get_context()).__name__
        mp.set_start_method(None, force=True)
        none = mp.get_start_method(allow_none=True)
        return spawned, none, mp.get_start_method()
    finally:
        mp.set_start_method(before, force=True)


def _method(mp: str, queue: Any) -> None:
    package = _package(mp)
    queue.put((package.get_start_method(), type(package.current_process()).__name__))


def children_have_the_start_method(mp: Any) -> Any:
    queue = mp.Queue()
    process = mp.Process(target=_method, args=(mp.__name__, queue))
    process.start()
    found = queue.get()
    process.join()
    return found


def contexts(mp: Any) -> Any:
    context = mp.get_context(mp.get_start_method())
    queue = context.Queue()
    process = context.Process(target=_say, args=(queue, "by a context"))
    process.start()
    found = queue.get()
    process.join()
    return found, type(process).__name__, context.cpu_count() == mp.cpu_count(), process.exitcode


@alone
def exceptions(mp: Any) -> Any:
    kinds = [mp.ProcessError, mp.BufferTooShort, mp.AuthenticationError, mp.TimeoutError]
    return [
        (f"{kind.__module__}.{kind.__qualname__}", [base.__name__ for base in kind.__mro__])
        for kind in kinds
    ]


@alone
def other_functions(mp: Any) -> Any:
    return [
        mp.cpu_count() == os.cpu_count(),
        mp.freeze_support(),
        mp.set_executable(sys.executable),
        mp.set_forkserver_preload(["json"]),
        outcome(lambda: mp.set_forkserver_preload([1])),
        mp.allow_connection_pickling(),
        mp.reducer.__name__,
        mp.SUBDEBUG,
        mp.SUBWARNING,
    ]


@alone
def a_count_of_processors_that_is_unknown(mp: Any) -> Any:
    count, os.cpu_count = os.cpu_count, lambda: None
    try:
        return outcome(mp.cpu_count)
    finally:
        os.cpu_count = count


@alone
def loggers(mp: Any) -> Any:
    logger = mp.get_logger()
    text = io.StringIO()
    with redirect_stderr(text):
        shown = mp.log_to_stderr(logging.INFO)
        try:
            logger.info("told")
            logger.debug("not told")
            logger.log(mp.SUBWARNING, "warned")
        finally:
            logger.removeHandler(logger.handlers[-1])
            logger.setLevel(logging.NOTSET)
    return (
        logger is shown,
        logger is mp.get_logger(),
        logger.name,
        logger.propagate,
        text.getvalue(),
        logging.getLevelName(mp.SUBDEBUG),
        logging.getLevelName(mp.SUBWARNING),
    )


def _logs(mp: str) -> None:
    text = io.StringIO()
    sys.stderr = text
    package = _package(mp)
    logger = package.log_to_stderr(logging.DEBUG)
    logger.info("told")
    line = text.getvalue().splitlines()[-1]
    logger.removeHandler(logger.handlers[-1])
    os._exit(0 if re.fullmatch(r"\[INFO/Chatty\] told", line) else 9)


def logging_in_a_child(mp: Any) -> Any:
    return _run(mp, _logs, mp.__name__, name="Chatty")


def _prints() -> None:
    print("one")
    print("two", end="")


def output_is_inherited(mp: Any) -> Any:
    if mp.get_start_method() == "forkserver":
        return None  # It goes to where the output of the server of forks went when that began.
    read, write = os.pipe()
    kept = os.dup(1)
    sys.stdout.flush()
    os.dup2(write, 1)
    try:
        process = mp.Process(target=_prints)
        process.start()
        process.join()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(write)
    with open(read, "rb") as output:  # noqa: PTH123 (a descriptor)
        return output.read(), process.exitcode


def _answers(connection: Any, queue: Any) -> None:
    with connection:
        connection.sendall(b"from the child")
    queue.put("sent")


def sockets_go_to_children(mp: Any) -> Any:
    queue = mp.Queue()
    mine, theirs = socket.socketpair()
    with mine:
        process = mp.Process(target=_answers, args=(theirs, queue))
        process.start()
        theirs.close()
        said = mine.recv(100)
        sent = queue.get()
        process.join()
        return said, sent, mine.recv(100)


def _reads(queue: Any) -> None:
    queue.put(sys.stdin.read())
    queue.put(os.isatty(0))


def standard_input_is_empty(mp: Any) -> Any:
    queue = mp.Queue()
    process = mp.Process(target=_reads, args=(queue,))
    process.start()
    found = queue.get(), queue.get()
    process.join()
    return found


def _ends_with_threads(event: Any) -> None:
    def later() -> None:
        time.sleep(0.05)
        event.set()

    threading.Thread(target=later).start()


def threads_of_a_child_are_waited_for(mp: Any) -> Any:
    event = mp.Event()
    code = _run(mp, _ends_with_threads, event)
    return event.is_set(), code


def started_by_a_thread(mp: Any) -> Any:
    codes: list[Any] = []
    thread = threading.Thread(target=lambda: codes.append(_run(mp, _exit, 4)))
    thread.start()
    thread.join()
    return codes


@alone
def threads_in_the_place_of_processes(mp: Any) -> Any:
    dummy = importlib.import_module(f"{mp.__name__}.dummy")
    queue = dummy.Queue()
    process = dummy.Process(target=queue.put, args=(1,))
    process.start()
    process.join()
    with dummy.Pool(2) as pool:
        squares = pool.map(abs, [-1, 2])
    return queue.get(), process.exitcode, squares, dummy.current_process() is not None


@alone
def finalizers(mp: Any) -> Any:
    util = importlib.import_module(f"{mp.__name__}.util")
    found: list[Any] = []
    finalize = util.Finalize(None, found.append, args=(1,), exitpriority=1)
    alive = finalize.still_active()
    return alive, finalize(), finalize(), finalize.still_active(), found


def functions_that_run_after_a_fork(mp: Any) -> Any:
    if mp.get_start_method() != "fork":
        return None
    util = importlib.import_module(f"{mp.__name__}.util")
    queue = mp.Queue()
    util.register_after_fork(queue, lambda it: it.put("after the fork"))
    found = _run(mp, _nothing)
    return queue.get(), found


def many_at_once(mp: Any) -> Any:
    queue = mp.Queue()
    processes = [mp.Process(target=queue.put, args=(number,)) for number in range(4)]
    for process in processes:
        process.start()
    found = sorted(queue.get() for _ in processes)
    for process in processes:
        process.join()
    return found, [process.exitcode for process in processes]


@alone
def pools_of_threads(mp: Any) -> Any:
    with importlib.import_module(f"{mp.__name__}.pool").ThreadPool(2) as pool:
        return pool.map(abs, [-1, 2]), pool.apply(max, (1, 2))


if sys.version_info >= (3, 14):

    def interrupts(mp: Any) -> Any:
        begun = mp.Event()
        process = mp.Process(target=_wait, args=(begun,))
        process.start()
        begun.wait()
        process.interrupt()
        process.join()
        return process.exitcode
