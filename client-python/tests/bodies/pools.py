"""Pools: the rows of what a `Pool` means, and what programs do with one."""

from __future__ import annotations

import itertools
import os
import pickle
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bodies import differs, outcome


def _square(x: int) -> int:
    return x * x


def _add(a: int, b: int, c: int = 0) -> int:
    return a + b + c


def _fails_at_two(x: int) -> int:
    if x == 2:
        raise ValueError(f"no {x}")
    if x == 4:
        raise KeyError(x)
    return x


def _pid(_: object = None) -> int:
    return os.getpid()


def _waits_for_five(folder: str, x: int) -> int:
    there = Path(folder) / "five"
    while x == 0 and not there.exists():
        time.sleep(0.01)
    if x == 5:
        there.touch()
    return x


_setting: list[Any] = []


def _initialize(*args: Any) -> None:
    _setting.extend(args)


def _get_setting(_: object) -> list[Any]:
    return list(_setting)


def _returns_what_cannot_be_pickled(_: object) -> Any:
    return threading.Lock()


class _Own(Exception):
    def __init__(self, a: int, b: int) -> None:
        super().__init__(a, b)


def _raises_own(x: int) -> None:
    raise _Own(x, x + 1)


def map_keeps_the_order(mp: Any) -> Any:
    with mp.Pool(3) as pool:
        return pool.map(_square, range(50)), pool.map(_square, []), pool.map(_square, [3], 7)


def starmap_unpacks(mp: Any) -> Any:
    with mp.Pool(2) as pool:
        return pool.starmap(_add, [(1, 2), (3, 4), (5, 6, 7)])


def apply_takes_keywords(mp: Any) -> Any:
    with mp.Pool(2) as pool:
        return pool.apply(_add, (1, 2), {"c": 3}), pool.apply(_add, (1, 2))


def imap_keeps_the_order(mp: Any) -> Any:
    with mp.Pool(2) as pool:
        with tempfile.TemporaryDirectory() as folder:
            waited = list(pool.imap(partial(_waits_for_five, folder), range(10)))
        return waited, list(pool.imap(_square, range(10), 3))


def imap_unordered_does_not(mp: Any) -> Any:
    with mp.Pool(2) as pool:
        with tempfile.TemporaryDirectory() as folder:
            found = list(pool.imap_unordered(partial(_waits_for_five, folder), range(6)))
        return found[0] != 0, sorted(found)


def imap_takes_a_lazy_input(mp: Any) -> Any:
    def numbers() -> Iterator[int]:
        yield from range(30)

    with mp.Pool(2) as pool:
        return list(pool.imap(_square, numbers(), 4))


def imap_raises_at_its_place_and_goes_on(mp: Any) -> Any:
    with mp.Pool(2) as pool:
        results = pool.imap(_fails_at_two, range(6))
        return [outcome(results.next) for _ in range(7)]


def imap_with_chunks_loses_the_rest_of_a_chunk(mp: Any) -> Any:
    with mp.Pool(2) as pool:
        results = pool.imap(_fails_at_two, range(9), 3)
        return outcome(lambda: list(results)), outcome(lambda: next(results))


def an_input_that_raises_comes_at_its_place(mp: Any) -> Any:
    def numbers() -> Iterator[int]:
        yield 1
        yield 2
        raise LookupError("no more")

    with mp.Pool(2) as pool:
        results = pool.imap(_square, numbers())
        return (
            [outcome(lambda: results.next(10)) for _ in range(4)],
            outcome(lambda: pool.map(_square, numbers())),
        )


def map_raises_the_first_error_once_all_is_done(mp: Any) -> Any:
    with mp.Pool(2) as pool:
        result = pool.map_async(_fails_at_two, range(6), 1)
        result.wait(20)
        return (
            result.ready(),
            result.successful(),
            outcome(result.get)[0]
            in (
                "builtins.ValueError",
                "builtins.KeyError",
            ),
        )


def an_error_has_the_remote_traceback_as_its_cause(mp: Any) -> Any:
    with mp.Pool(1) as pool:
        try:
            pool.apply(_fails_at_two, (2,))
        except ValueError as e:
            cause = e.__cause__
            return type(cause).__name__, "in _fails_at_two" in str(cause), str(cause)[:6]
    return None


def an_error_of_its_own_class_comes_back(mp: Any) -> Any:
    with mp.Pool(1) as pool:
        return outcome(lambda: pool.apply(_raises_own, (1,)))


def what_cannot_be_pickled_is_told(mp: Any) -> Any:
    with mp.Pool(1) as pool:
        result = outcome(lambda: pool.apply(_returns_what_cannot_be_pickled, (1,)))
        task = outcome(lambda: pool.apply(lambda: 1))
        return result[0], "cannot pickle" in result[1], task[0], pool.apply(_square, (3,))


def callbacks_are_called_once(mp: Any) -> Any:
    came: list[Any] = []
    with mp.Pool(2) as pool:
        pool.apply_async(_square, (3,), callback=came.append).wait(20)
        pool.map_async(_square, range(4), callback=came.append).wait(20)
        failed = pool.apply_async(
            _fails_at_two, (2,), callback=came.append, error_callback=lambda e: came.append(repr(e))
        )
        failed.wait(20)
        pool.starmap_async(_add, [(1, 2)], callback=came.append).wait(20)
        pool.close()
        pool.join()
    return came


def _waits_for(file: str) -> None:
    while not Path(file).exists():
        time.sleep(0.01)


def a_result_is_asked_for_with_a_time(mp: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder, mp.Pool(1) as pool:
        go = Path(folder) / "go"
        result = pool.apply_async(_waits_for, (str(go),))
        early = outcome(lambda: result.get(0.01))[0], outcome(result.successful)[0]
        go.touch()
        came = result.get(20), result.successful()
        never = str(Path(folder) / "never")
        return early, came, outcome(lambda: pool.imap(_waits_for, [never]).next(0.01))[0]


def sizes_that_are_none(mp: Any) -> Any:
    with mp.Pool(1) as pool:
        return (
            outcome(lambda: mp.Pool(0)),
            outcome(lambda: mp.Pool(-1)),
            outcome(lambda: mp.Pool(1, maxtasksperchild=0)),
            outcome(lambda: mp.Pool(1, initializer=3)),
            outcome(lambda: pool.imap(_square, [1], 0)),
            outcome(lambda: pool.imap_unordered(_square, [1], -1)),
        )


def a_closed_pool_refuses(mp: Any) -> Any:
    pool = mp.Pool(2)
    running = outcome(pool.join)
    last = pool.apply_async(_square, (5,))
    pool.close()
    refused = [
        outcome(lambda: pool.apply(_square, (1,))),
        outcome(lambda: pool.map(_square, [1])),
        outcome(lambda: pool.imap(_square, [1])),
    ]
    pool.join()
    return running, refused, last.get(20), outcome(pool.__enter__)


def close_lets_all_be_done(mp: Any) -> Any:
    pool = mp.Pool(2)
    results = [pool.apply_async(_square, (x,)) for x in range(200)]
    pool.close()
    pool.join()
    return [result.get(0) for result in results]


def a_pool_ends_by_terminate(mp: Any) -> Any:
    with mp.Pool(2) as pool:
        pool.apply(_square, (1,))
        workers = list(pool._pool)
    pool.join()
    return [worker.is_alive() for worker in workers], outcome(lambda: pool.apply(_square, (1,)))


def terminate_does_not_wait_for_tasks(mp: Any) -> Any:
    begin = time.monotonic()
    with mp.Pool(2) as pool:
        pool.map_async(time.sleep, [60] * 10, 1)
        pool.apply_async(time.sleep, (60,))
    pool.join()
    return time.monotonic() - begin < 50


def a_pool_cannot_be_pickled(mp: Any) -> Any:
    with mp.Pool(1) as pool:
        return outcome(lambda: pickle.dumps(pool))


def a_pool_says_how_it_is(mp: Any) -> Any:
    with mp.Pool(2) as pool:
        running = repr(pool).partition(" ")[2]
    return running, repr(pool).partition(" ")[2].partition(" ")[0]


def initializers_are_called_in_each_worker(mp: Any) -> Any:
    with mp.Pool(2, _initialize, ("a", 1)) as pool:
        return pool.map(_get_setting, range(8), 1)


def workers_are_replaced_after_their_tasks(mp: Any) -> Any:
    with mp.Pool(1, maxtasksperchild=2) as pool:
        pids = [pool.apply(_pid) for _ in range(6)]
    return [len(list(group)) for _, group in itertools.groupby(pids)], len(set(pids))


def workers_are_daemons_with_names(mp: Any) -> Any:
    with mp.Pool(2) as pool:
        return [(w.daemon, "PoolWorker-" in w.name) for w in pool._pool]


def default_chunks_are_a_quarter_of_a_share(mp: Any) -> Any:
    with mp.Pool(2) as pool:
        result = pool.map_async(_square, range(100))
        result.wait(20)
        return result._chunksize


def a_pool_is_used_by_threads(mp: Any) -> Any:
    found: dict[int, list[int]] = {}
    with mp.Pool(2) as pool:

        def use(n: int) -> None:
            found[n] = pool.map(_square, range(n))

        threads = [threading.Thread(target=use, args=(n,)) for n in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return sorted(found.items())


def large_things_come_through(mp: Any) -> Any:
    with mp.Pool(2) as pool:
        return [len(x) for x in pool.map(bytes, [1 << 22, 1, 1 << 20])]


def a_pool_that_nobody_closes_warns(mp: Any) -> Any:
    pool = mp.Pool(1)
    pool.apply(_square, (1,))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pool.__del__()
    pool.terminate()
    pool.join()
    return [w.category.__name__ for w in caught]


def threads_are_a_pool_too(mp: Any) -> Any:
    from importlib import import_module

    pool_module = import_module(f"{mp.__name__}.pool")
    with pool_module.ThreadPool(3) as pool:
        return pool.map(_square, range(10)), pool.apply(_add, (1, 2))


@differs("whose `get()` raises `polyproc.TaskFailed`, and so do iterators")
def a_result_of_a_terminated_pool(mp: Any) -> Any:
    with mp.Pool(1) as pool:
        result = pool.apply_async(time.sleep, (60,))
    pool.join()
    return outcome(lambda: result.get(1))[0]
