"""Pools of the drop-in: nothing hangs, and no task is lost, as by `multiprocessing.Pool`."""

from __future__ import annotations

import asyncio
import copyreg
import gc
import itertools
import os
import pickle
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import polyproc
from children import is_running, until
from daemons import Daemon, running_daemon
from dropin_programs import Start
from extents import all_on_newest
from polyproc import _work_loop
from polyproc.multiprocessing import _runtime
from proxies import proxied

all_on_newest(__name__)

SECONDS = 60


@pytest.fixture
def mp(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The drop-in, with the daemon of the tests."""
    import polyproc.multiprocessing

    monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
    yield polyproc.multiprocessing
    gc.collect()
    _runtime.client().close()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[threading.ExceptHookArgs]:
    """What threads raise that nobody catches."""
    found: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", found.append)
    return found


def _square(x: int) -> int:
    return x * x


def _die_of(x: int) -> int:
    if x == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def _die_once(folder: str, x: int) -> int:
    try:
        (Path(folder) / str(x)).touch(exist_ok=False)
    except FileExistsError:
        return x
    os.kill(os.getpid(), signal.SIGKILL)
    return -1


def _note(folder: str, x: int) -> int:
    (Path(folder) / f"{x}-{os.getpid()}").touch()
    time.sleep(0.01)
    return x


class Odd(Exception):
    """It pickles, and cannot be made again."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__(f"{a} and {b}")


def _raise_odd(_: object) -> None:
    raise Odd(1, 2)


class Unreadable:
    """It pickles, and cannot be read."""

    def __reduce__(self) -> Any:
        return _fail, ("cannot be read",)


def _fail(word: str) -> None:
    raise LookupError(word)


def _return_unreadable(_: object) -> Unreadable:
    return Unreadable()


def _exit(_: object) -> None:
    sys.exit(3)


def _large(size: int) -> bytes:
    return bytes(size)


def _raise(error: BaseException) -> Callable[..., None]:
    def callback(_: object) -> None:
        raise error

    return callback


def test_runs_a_task_again_whose_worker_was_killed(mp: Any, tmp_path: Path) -> None:
    with mp.Pool(2) as pool:
        tasks = [(str(tmp_path), x) for x in range(6)]
        assert pool.starmap(_die_once, tasks, 1) == list(range(6))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_gives_each_task_one_result_while_workers_are_killed(
    mp: Any, method: str, tmp_path: Path
) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    with mp.get_context(method).Pool(3, attempts=20) as pool:
        results = pool.imap_unordered(_Noted(folder), range(300))
        found = []
        for n, result in enumerate(results):
            found.append(result)
            if n % 60 == 30:
                pool._pool[0].kill()
        assert sorted(found) == list(range(300))
    ran = Counter(name.name.partition("-")[0] for name in folder.iterdir())
    assert len(ran) == 300


class _Noted:
    """A function that can be pickled, with a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)

    def __call__(self, x: int) -> int:
        return _note(self._folder, x)


def test_tells_of_a_task_that_kills_all_its_workers(mp: Any) -> None:
    with mp.Pool(2, attempts=2) as pool:
        results = pool.imap(_die_of, range(8))
        found = []
        for _ in range(8):
            try:
                found.append(next(results))
            except polyproc.WorkerLost as e:
                found.append(e.attempts)
        assert found == [0, 1, 2, 2, 4, 5, 6, 7]
        with pytest.raises(polyproc.WorkerLost, match="the 2 workers that ran it died"):
            pool.map(_die_of, range(8))
        assert pool.map(_square, range(8)) == [x * x for x in range(8)]


def test_a_task_that_exits_is_one_that_kills_its_workers(mp: Any) -> None:
    with mp.Pool(1, attempts=1) as pool:
        with pytest.raises(polyproc.WorkerLost) as lost:
            pool.apply(_exit, (1,))
        assert str(lost.value) == (
            "Expected the task to be run, but the worker that ran it died, and its exit code is not"
            " known; the task itself may be what ends its workers"
        )
        assert pool.apply(_square, (2,)) == 4
    with mp.Pool(1, attempts=2) as pool:
        with pytest.raises(
            polyproc.WorkerLost, match=r"the 2 workers .* exit codes are not known"
        ) as lost:
            pool.apply(_exit, (1,))
        assert lost.value.attempts == 2


class Base(BaseException):
    """One that is no `Exception`."""


@pytest.mark.parametrize(
    "error",
    [Base("x"), GeneratorExit("x"), asyncio.CancelledError("x")],
    ids=lambda error: type(error).__name__,
)
def test_raises_once_what_is_no_exception(mp: Any, error: BaseException) -> None:
    with mp.Pool(1) as pool:
        [process] = [each.pid for each in pool._pool]
        for raised in (
            pool.apply_async(_raise_now, (error,)).get,
            pool.map_async(_raise_now, [error]).get,
            pool.imap(_raise_now, [error]).next,
        ):
            with pytest.raises(type(error), match="x") as caught:
                raised(SECONDS)
            assert "in _raise_now" in str(caught.value.__cause__)
        assert pool.apply(os.getpid) == process


def _raise_now(error: BaseException) -> None:
    raise error


def test_a_task_that_is_interrupted_is_one_that_kills_its_workers(mp: Any) -> None:
    with mp.Pool(1, attempts=1) as pool:
        with pytest.raises(polyproc.WorkerLost):
            pool.apply(_raise_now, (KeyboardInterrupt(),))
        assert pool.apply(_square, (2,)) == 4


def test_goes_on_where_a_callback_raises(mp: Any, told: list[threading.ExceptHookArgs]) -> None:
    error = LookupError("of the callback")
    with mp.Pool(2) as pool:
        one = pool.apply_async(_square, (3,), callback=_raise(error))
        several = pool.map_async(_square, range(4), callback=_raise(error))
        failed = pool.apply_async(_fail, ("x",), error_callback=_raise(error))
        assert one.get(SECONDS) == 9
        assert several.get(SECONDS) == [0, 1, 4, 9]
        with pytest.raises(LookupError, match="x"):
            failed.get(SECONDS)
        assert pool.map(_square, range(9)) == [x * x for x in range(9)]
        pool.close()
        pool.join()
    assert [args.exc_value for args in told] == [error] * 3


def test_goes_on_where_a_callback_exits(mp: Any, told: list[threading.ExceptHookArgs]) -> None:
    with mp.Pool(1) as pool:
        assert pool.apply_async(_square, (3,), callback=_raise(SystemExit(1))).get(SECONDS) == 9
        assert pool.map(_square, range(3)) == [0, 1, 4]
    assert [args.exc_type for args in told] == [SystemExit]


@pytest.mark.parametrize("then", ["succeed", "fail", "be refused"])
def test_a_callback_does_not_wait_for_its_pool(
    mp: Any, told: list[threading.ExceptHookArgs], then: str
) -> None:
    pool = mp.Pool(1)

    def end(_: object) -> None:
        pool.close()
        until(pool._change_notifier.empty)  # So that it waits for the last result to go.
        pool.join()

    result = pool.apply_async(*_task_to(then), callback=end, error_callback=end)
    result.wait(SECONDS)
    assert result.successful() == (then == "succeed")
    pool.join()  # It is told that there is no result any more.
    assert [str(args.exc_value) for args in told] == ["cannot join current thread"]


@pytest.mark.parametrize("then", ["succeed", "fail", "be refused"])
def test_a_callback_may_terminate_its_pool(
    mp: Any, told: list[threading.ExceptHookArgs], then: str
) -> None:
    pool = mp.Pool(1)

    def end(_: object) -> None:
        with pool:
            pass

    result = pool.apply_async(*_task_to(then), callback=end, error_callback=end)
    left = pool.map_async(_square, range(1000), 1)
    result.wait(SECONDS)
    assert result.successful() == (then == "succeed")
    left.wait(SECONDS)
    assert left.ready()
    pool.join()
    assert not told


def _task_to(then: str) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A task of a pool by what it is to do."""
    if then == "be refused":
        most = _runtime.client()._session_now().opened.limits.request_bytes
        return len, (bytes(most),)
    return (_square, (3,)) if then == "succeed" else (_fail, ("x",))


def _raise_half_a_pair(_: object) -> None:
    raise ValueError("caf\udce9")


def test_tells_of_a_message_that_is_no_text(mp: Any) -> None:
    with mp.Pool(1) as pool, pytest.raises(ValueError, match="caf\udce9"):
        pool.apply(_raise_half_a_pair, (1,))


def test_has_what_is_done_where_a_neighbour_takes_long(
    mp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So tasks are taken ahead however slow the machine is.
    monkeypatch.setattr(_work_loop, "_QUICK_SECONDS", 3600.0)
    with mp.get_context("fork").Pool(2) as pool:
        pool.map(_square, range(2000), 1)
        results = [pool.apply_async(_square, (x,)) for x in range(40)]
        slow = pool.apply_async(_wait_for, (str(tmp_path / "go"),))
        results += [pool.apply_async(_square, (x,)) for x in range(40)]
        assert [result.get(SECONDS) for result in results] == [x * x for x in range(40)] * 2
        (tmp_path / "go").touch()
        assert slow.get(SECONDS) == 1


def _wait_for(path: str) -> int:
    while not Path(path).exists():
        time.sleep(0.01)
    return 1


def test_tells_of_an_exception_that_cannot_be_made_again(mp: Any) -> None:
    with mp.Pool(1) as pool:
        with pytest.raises(polyproc.TaskFailed, match=r"raised \S+\.Odd: 1 and 2") as raised:
            pool.apply(_raise_odd, (1,))
        assert raised.value.type.endswith(".Odd")
        assert "in _raise_odd" in raised.value.stack
        assert "in _raise_odd" in str(raised.value.__cause__)
        assert pool.apply(_square, (2,)) == 4


class Wordless(Exception):
    """Neither pickle nor a text can be made of it."""

    def __reduce__(self) -> Any:
        raise Base

    def __repr__(self) -> str:
        raise ZeroDivisionError

    __str__ = __repr__


def _be_wordless(does_raise: bool) -> Wordless:
    if does_raise:
        raise Wordless
    return Wordless()


def _deep(does_raise: bool) -> list[Any]:
    found: list[Any] = []
    for _ in range(100_000):
        found = [found]
    if does_raise:
        raise LookupError(found)
    return found


@pytest.mark.parametrize("does_raise", [False, True])
def test_tells_of_an_outcome_that_cannot_be_pickled(mp: Any, does_raise: bool) -> None:
    with mp.Pool(1) as pool:
        process = pool.apply(os.getpid)
        with pytest.raises(mp.pool.MaybeEncodingError) as raised:
            pool.apply(_be_wordless, (does_raise,))
        assert "Wordless without a text, as repr() raised ZeroDivisionError" in str(raised.value)
        assert raised.value.exc == "Base()"
        with pytest.raises(mp.pool.MaybeEncodingError, match=r"without a text.*RecursionError"):
            pool.apply(_deep, (does_raise,))
        assert pool.apply(os.getpid) == process


def test_tells_of_arguments_that_cannot_be_pickled(mp: Any) -> None:
    with mp.Pool(1) as pool:
        with pytest.raises(Base):
            pool.apply(len, (Wordless(),))
        with pytest.raises(RecursionError):
            pool.apply(len, (_deep(False),))
        assert pool.apply(_square, (2,)) == 4


def test_tells_of_a_result_that_cannot_be_read(mp: Any) -> None:
    with mp.Pool(1) as pool:
        with pytest.raises(LookupError, match="cannot be read"):
            pool.apply(_return_unreadable, (1,))
        with pytest.raises(LookupError, match="cannot be read"):
            pool.apply(_square, (Unreadable(),))
        assert pool.apply(_square, (2,)) == 4


def test_tells_of_what_is_too_large(mp: Any) -> None:
    most = _runtime.client()._session_now().opened.limits.request_bytes
    with mp.Pool(1) as pool:
        with pytest.raises(mp.pool.MaybeEncodingError, match="at most"):
            pool.apply(_large, (most,))
        results = [pool.apply_async(len, (bytes(size),)) for size in (1, most, 2)]
        assert results[0].get(SECONDS) == 1
        with pytest.raises(polyproc.Error, match="at most"):
            results[1].get(SECONDS)
        assert results[2].get(SECONDS) == 2


def _cannot_begin() -> None:
    raise LookupError("no beginning")


def _dies() -> None:
    os._exit(5)


def _exits() -> None:
    sys.exit(0)


@pytest.mark.parametrize("initializer", [_cannot_begin, _dies, _exits])
def test_ends_where_no_worker_can_begin(mp: Any, initializer: Any) -> None:
    with mp.Pool(2, initializer) as pool:
        endless = pool.imap(_square, itertools.count())
        with pytest.raises(polyproc.TaskFailed, match="ended one after the other before"):
            next(endless)
        with pytest.raises(polyproc.TaskFailed, match="ended one after the other before"):
            pool.map(_square, range(9))
        with pytest.raises(polyproc.TaskFailed, match="ended one after the other before"):
            list(pool.imap(_square, range(9)))
        with pytest.raises(polyproc.TaskFailed, match="ended one after the other before"):
            pool.apply(_square, (1,))


def test_ends_with_all_that_wait_where_it_is_terminated(mp: Any) -> None:
    pool = mp.Pool(2)
    results = pool.map_async(time.sleep, [SECONDS * 2] * 5, 1)
    one = pool.apply_async(time.sleep, (SECONDS * 2,))
    each = pool.imap(time.sleep, [SECONDS * 2])
    pool.terminate()
    pool.join()
    for get in (results.get, one.get, each.next):
        with pytest.raises(polyproc.TaskFailed, match="terminated"):
            get(SECONDS)
    with pytest.raises(StopIteration):
        each.next(SECONDS)


def test_takes_from_a_lazy_input_only_some_ahead(mp: Any) -> None:
    taken = itertools.count()
    with mp.Pool(1) as pool:
        endless = pool.imap(time.sleep, (next(taken) * 0 + 0.05 for _ in itertools.count()))
        for _ in range(3):
            endless.next(SECONDS)
    assert next(taken) < 3000


def test_takes_only_so_many_bytes_ahead(mp: Any, tmp_path: Path) -> None:
    made = itertools.count()
    with mp.Pool(1) as pool:
        large = ((n, bytes(8 << 20)) for n in iter(lambda: next(made), 1000))
        results = pool.imap(partial(_size_of, str(tmp_path / "never")), large)
        assert [results.next(SECONDS) for _ in range(3)] == [8 << 20] * 3
        until((tmp_path / "never.waits").exists)
        assert next(made) < 20


def _size_of(file: str, item: tuple[int, bytes]) -> int:
    """How large an item is; from the fourth on that waits for a file."""
    n, large = item
    if n > 2:
        Path(file).with_suffix(".waits").touch()
        _wait_for(file)
    return len(large)


def _ends_by(word: BaseException) -> Iterator[int]:
    yield 1
    raise word


def test_tells_of_an_input_that_would_end_the_program(mp: Any) -> None:
    with mp.Pool(1) as pool:
        results = pool.imap(_square, _ends_by(SystemExit(4)))
        assert results.next(SECONDS) == 1
        with pytest.raises(polyproc.TaskFailed, match="SystemExit"):
            results.next(SECONDS)
        with pytest.raises(StopIteration):
            results.next(SECONDS)
        assert pool.apply(_square, (2,)) == 4


def test_goes_on_where_idle_workers_are_killed_again_and_again(mp: Any) -> None:
    with mp.Pool(1) as pool:
        for x in range(10):
            pool.apply(_square, (x,))
            victim = pool._pool[0]
            victim.kill()
            until(partial(_is_replaced, pool, victim))
        assert pool.apply(_square, (3,)) == 9


def _is_replaced(pool: Any, victim: Any) -> bool:
    return victim not in pool._pool and bool(pool._pool)


def test_ends_an_iterator_that_was_left_half_way(mp: Any) -> None:
    pool = mp.Pool(2)
    results = pool.imap(_square, range(100_000))
    assert [next(results) for _ in range(3)] == [0, 1, 4]
    pool.terminate()
    pool.join()


def test_has_workers_end_where_the_program_was_killed(start: Start) -> None:
    program = start(
        "fork",
        """
def main():
    pool = mp.Pool(2)
    pool.map(abs, range(10))
    for n, process in enumerate(pool._pool):
        note(f"worker {n}", process.pid)
    event("started").set()
    time.sleep(60)
""",
    )
    program.comes_to("started")
    workers = list(program.pids.values())
    program.kill()
    until(lambda: not any(is_running(pid) for pid in workers))


def test_tells_of_a_daemon_that_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    import polyproc.multiprocessing as mp

    with running_daemon() as daemon:
        monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
        pool = mp.Pool(2)
        results = pool.map_async(time.sleep, [SECONDS] * 3, 1)
        each = pool.imap(time.sleep, [SECONDS])
        daemon.process.kill()
        with pytest.raises(polyproc.Error):
            results.get(SECONDS)
        with pytest.raises(polyproc.Error):
            each.next(SECONDS)
        pool.terminate()
        pool.join()
        _runtime.client().close()


def test_has_each_result_once_while_connections_break(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    import polyproc.multiprocessing as mp

    with proxied(daemon.address) as proxy:
        monkeypatch.setenv("POLYPROC_ADDRESS", proxy.address)
        with mp.Pool(2) as pool:
            ended = threading.Event()

            def cut() -> None:
                while not ended.wait(0.005):
                    proxy.links[-1].cut()

            cutter = threading.Thread(target=cut)
            cutter.start()
            try:
                for count in (1, 7, 300, 2000) * 5:
                    found = pool.map_async(_square, range(count), 1).get(SECONDS)
                    assert found == [x * x for x in range(count)]
            finally:
                ended.set()
                cutter.join()
            assert len(proxy.links) > 3  # Of the program and both workers, and further ones.
            tasks: Any = vars(pool)["_inqueue"]
            assert not tasks._early
            assert tasks._left == tasks._bytes == 0
        _runtime.client().close()


class _Late:
    """A pool's job, of which it is noted only later what was sent."""

    def __init__(self, job: Any, wait: Callable[[], object]) -> None:
        self._job = job
        self._wait = wait

    def _post_submit(self, page: Any) -> Any:
        sent = self._job._post_submit(page)
        self._wait()
        return sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._job, name)


def test_has_a_result_that_comes_before_its_task_is_noted(mp: Any, tmp_path: Path) -> None:
    with mp.Pool(2) as pool:
        tasks: Any = vars(pool)["_inqueue"]
        slow = pool.apply_async(_wait_for, (str(tmp_path / "go"),))
        until(lambda: tasks._posted)
        tasks._job = _Late(tasks._job, lambda: until(lambda: tasks._early))
        for x in range(5):
            assert pool.apply_async(_square, (x,)).get(SECONDS) == x * x
        assert not slow.ready()
        (tmp_path / "go").touch()
        assert slow.get(SECONDS) == 1


def test_divides_what_is_too_large_together_while_another_task_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import polyproc.multiprocessing as mp

    with running_daemon("--limit", "request_bytes=20000") as daemon:
        monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
        with mp.Pool(2) as pool:
            slow = pool.apply_async(_wait_for, (str(tmp_path / "go"),))
            until(lambda: vars(pool)["_inqueue"]._posted)
            assert pool.map_async(len, [b"x" * 900] * 100, 1).get(SECONDS) == [900] * 100
            assert not slow.ready()
            (tmp_path / "go").touch()
            slow.get(SECONDS)
        _runtime.client().close()


class Growing:
    """It makes an array longer while it is pickled."""

    def __init__(self, array: bytearray) -> None:
        self._array = array

    def __reduce__(self) -> Any:
        self._array.extend(b"more")
        return int, ()


def test_pickles_an_array_as_it_was_when_it_came_to_it(mp: Any) -> None:
    array = bytearray(100_000)
    with mp.Pool(1) as pool:
        assert pool.apply(_first_length, (array, Growing(array))) == 100_000


def _first_length(array: bytearray, _: int) -> int:
    return len(array)


def test_pickles_by_what_was_registered_since(mp: Any) -> None:
    class Local:
        """It cannot be pickled but by what is registered."""

    def as_list(text: str) -> Any:
        return lambda _: (list, (text,))

    with mp.Pool(1) as pool:
        assert pool.apply(len, ([1],)) == 1
        with pytest.raises((AttributeError, pickle.PicklingError)):
            pool.apply(len, (Local(),))
        copyreg.pickle(Local, as_list("ab"))
        try:
            assert pool.apply(len, (Local(),)) == 2
            ForkingPickler.register(Local, as_list("abc"))
            assert pool.apply(len, (Local(),)) == 3
        finally:
            del copyreg.dispatch_table[Local]
            ForkingPickler._extra_reducers.pop(Local, None)  # type: ignore[attr-defined]


def test_hands_shared_objects_to_tasks_and_back(mp: Any) -> None:
    with mp.Manager() as manager, mp.Pool(2) as pool:
        shared = manager.dict()
        pool.starmap(_put_in, [(shared, x) for x in range(9)])
        assert dict(shared) == {x: x * x for x in range(9)}


def _put_in(shared: Any, x: int) -> None:
    shared[x] = x * x


def test_leaves_no_pool_behind(mp: Any, polyproc_client: polyproc.Polyproc) -> None:
    def pools() -> set[str]:
        return {o.name for o in polyproc_client.admin.objects() if o.kind in ("POOL", "JOB")}

    before = pools()
    for end in ("close", "terminate"):
        pool = mp.Pool(1)
        pool.map(_square, range(3))
        getattr(pool, end)()
        pool.join()
    del pool
    gc.collect()
    _runtime.client().queue()  # Lets go of what nobody has.
    until(lambda: pools() <= before)
