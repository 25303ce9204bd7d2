"""Locks, semaphores, conditions, events, barriers: rows of 1.0 and 1.4."""

from __future__ import annotations

import copy
import importlib
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from bodies import alone, differs, outcome

_LONG = 30
_SHORT = 0.05


def _in_process(mp: Any, target: Callable[..., None], *args: Any) -> int | None:
    """Runs a function in a process of its own; its exit code."""
    process = mp.Process(target=target, args=args)
    process.start()
    process.join()
    code: int | None = process.exitcode
    return code


def _in_thread(work: Callable[[], Any]) -> Any:
    """What comes of a call that another thread makes."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(outcome(work)))
    thread.start()
    thread.join()
    return results[0]


def _until(is_so: Callable[[], Any]) -> None:
    end = time.monotonic() + _LONG
    while not is_so():
        assert time.monotonic() < end, "It never was so."
        time.sleep(0.001)


def _are(results: list[Any], count: int) -> bool:
    return len(results) >= count


# Locks.


@alone
def lock_acquired_and_released(mp: Any) -> Any:
    lock = mp.Lock()
    return (
        lock.acquire(),
        lock.acquire(False),
        lock.acquire(block=False),
        lock.acquire(timeout=_SHORT),
        lock.acquire(True, 0),
        lock.release(),
        lock.acquire(True, _LONG),
        lock.release(),
        lock.acquire(False),
    )


@alone
def lock_with_a_timeout_that_it_ignores(mp: Any) -> Any:
    lock = mp.Lock()
    lock.acquire()
    begin = time.monotonic()
    return lock.acquire(False, timeout=_LONG), time.monotonic() - begin < _LONG / 2


@alone
def lock_with_a_negative_timeout(mp: Any) -> Any:
    lock = mp.Lock()
    return lock.acquire(True, -1), lock.acquire(True, -1), lock.acquire(timeout=-0.5)


@alone
def lock_with_a_timeout_that_is_none(mp: Any) -> Any:
    lock = mp.Lock()
    return outcome(lambda: lock.acquire(True, "soon")), outcome(lambda: lock.acquire(timeout=[]))


@alone
def waits_of_very_long_timeouts(mp: Any) -> Any:
    lock = mp.Lock()
    event, condition = mp.Event(), mp.Condition()
    event.set()
    return (
        lock.acquire(timeout=1e9),
        lock.release(),
        lock.acquire(timeout=threading.TIMEOUT_MAX),
        mp.Semaphore().acquire(timeout=threading.TIMEOUT_MAX),
        event.wait(threading.TIMEOUT_MAX),
        mp.Barrier(1).wait(threading.TIMEOUT_MAX),
        condition.wait_for(lambda: True, threading.TIMEOUT_MAX),
    )


@alone
def lock_with_statement(mp: Any) -> Any:
    lock = mp.Lock()
    with lock as held:
        inner = lock.acquire(False)
    return held, inner, lock.acquire(False)


@alone
def lock_with_statement_that_raises(mp: Any) -> Any:
    lock = mp.Lock()

    def work() -> None:
        with lock:
            raise KeyError("of the block")

    return outcome(work), lock.acquire(False)


@alone
def lock_released_in_its_with_statement(mp: Any) -> Any:
    lock = mp.Lock()

    def work() -> None:
        with lock:
            lock.release()

    return outcome(work)


@alone
def lock_released_unlocked(mp: Any) -> Any:
    lock = mp.Lock()
    never = outcome(lock.release)
    with lock:
        pass
    return never, outcome(lock.release), outcome(lambda: lock.__exit__(None, None, None))


@alone
def lock_released_by_another_thread(mp: Any) -> Any:
    lock = mp.Lock()
    lock.acquire()
    released = _in_thread(lock.release)
    return released, outcome(lock.release), lock.acquire(False)


@alone
def lock_handed_to_and_fro_between_threads(mp: Any) -> Any:
    lock = mp.Lock()
    lock.acquire()
    _in_thread(lock.release)
    there = _in_thread(lambda: lock.acquire(False))
    return there, lock.release(), outcome(lock.release), lock.acquire(False)


def _try(lock: Any, queue: Any) -> None:
    queue.put((lock.acquire(False), lock.acquire(True, _SHORT), lock.acquire(True, -1)))


def lock_held_by_another_process(mp: Any) -> Any:
    lock, queue = mp.Lock(), mp.Queue()
    with lock:
        _in_process(mp, _try, lock, queue)
    return queue.get(), lock.acquire(False)


def _release(lock: Any, queue: Any) -> None:
    queue.put((outcome(lock.release), outcome(lock.release)))


def lock_released_by_another_process(mp: Any) -> Any:
    lock, queue = mp.Lock(), mp.Queue()
    lock.acquire()
    _in_process(mp, _release, lock, queue)
    return queue.get(), outcome(lock.release), lock.acquire(False)


def _release_and_acquire(lock: Any, acquired: Any, end: Any) -> None:
    lock.release()
    lock.acquire()
    acquired.set()
    end.wait()


def lock_of_another_process_after_that_released_ours(mp: Any) -> Any:
    lock, acquired, end = mp.Lock(), mp.Event(), mp.Event()
    lock.acquire()
    process = mp.Process(target=_release_and_acquire, args=(lock, acquired, end))
    process.start()
    acquired.wait()
    released = outcome(lock.release), outcome(lock.release), lock.acquire(False)
    end.set()
    process.join()
    return released


def _count(lock: Any, value: Any, times: int) -> None:
    for _ in range(times):
        with lock:
            seen = value.get()
            time.sleep(0)
            value.put(seen + 1)


def lock_that_keeps_processes_apart(mp: Any) -> Any:
    lock, value = mp.Lock(), mp.Queue()
    value.put(0)
    processes = [mp.Process(target=_count, args=(lock, value, 20)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return value.get()


@alone
def lock_shown(mp: Any) -> Any:
    lock = mp.Lock()
    free = repr(lock)
    with lock:
        held = repr(lock), _in_thread(lambda: repr(lock))
    results: list[Any] = []

    def work() -> None:
        with lock:
            results.append(repr(lock))

    thread = threading.Thread(target=work, name="Worker")
    thread.start()
    thread.join()
    return free, held, results


def _show(lock: Any, queue: Any) -> None:
    seen = repr(lock)
    lock.acquire(False)
    queue.put((seen, repr(lock)))


def lock_shown_by_another_process(mp: Any) -> Any:
    queue = mp.Queue()
    shown = []
    for lock in (mp.Lock(), mp.RLock()):
        with lock:
            _in_process(mp, _show, lock, queue)
        shown.append(queue.get())
    return shown


@alone
def lock_that_says_whether_it_is_locked(mp: Any) -> Any:
    kinds = [mp.Lock(), mp.RLock(), mp.Semaphore(), mp.Condition(), mp.Event(), mp.Barrier(1)]
    return [
        (hasattr(lock, "locked"), hasattr(lock, "locked") and (lock.locked(), lock.acquire()))
        for lock in kinds
    ]


@alone
def lock_looked_into(mp: Any) -> Any:
    seen = []
    for lock in (mp.Lock(), mp.RLock()):
        inner = lock._semlock
        free = inner._is_mine(), inner._count(), inner._get_value(), inner._is_zero()
        with lock:
            held = inner._is_mine(), inner._count(), inner._get_value(), inner._is_zero()
        seen.append((free, held, inner.kind, inner.maxvalue))
    return seen


# Reentrant locks.


@alone
def rlock_acquired_again(mp: Any) -> Any:
    lock = mp.RLock()
    acquired = lock.acquire(), lock.acquire(False), lock.acquire(True, _SHORT)
    with lock as inner:
        pass
    tried = []
    for _ in range(3):
        tried.append(_in_thread(lambda: lock.acquire(False)))
        lock.release()
    return acquired, inner, tried, _in_thread(lambda: lock.acquire(False))


@alone
def rlock_released_too_often(mp: Any) -> Any:
    lock = mp.RLock()
    never = outcome(lock.release)
    with lock:
        pass
    return never, outcome(lock.release)


@alone
def rlock_released_by_another_thread(mp: Any) -> Any:
    lock = mp.RLock()
    lock.acquire()
    return _in_thread(lock.release), lock.release(), _in_thread(lock.release)


def rlock_released_by_another_process(mp: Any) -> Any:
    lock, queue = mp.RLock(), mp.Queue()
    lock.acquire()
    _in_process(mp, _release, lock, queue)
    return queue.get(), lock.release(), outcome(lock.release)


def rlock_held_by_another_process(mp: Any) -> Any:
    lock, queue = mp.RLock(), mp.Queue()
    with lock, lock:
        _in_process(mp, _try, lock, queue)
    held = queue.get()
    _in_process(mp, _try, lock, queue)
    return held, queue.get()


@alone
def rlock_shown(mp: Any) -> Any:
    lock = mp.RLock()
    shown = [repr(lock)]
    with lock, lock:
        shown += [repr(lock), _in_thread(lambda: repr(lock))]
    return shown


# Semaphores.


@alone
def semaphore_acquired_and_released(mp: Any) -> Any:
    semaphore = mp.Semaphore(2)
    return (
        semaphore.acquire(),
        semaphore.acquire(False),
        semaphore.acquire(block=False, timeout=_LONG),
        semaphore.acquire(True, _SHORT),
        semaphore.acquire(True, -1),
        semaphore.release(),
        semaphore.acquire(timeout=_LONG),
    )


@alone
def semaphore_has_one_permit(mp: Any) -> Any:
    return mp.Semaphore().get_value(), mp.BoundedSemaphore().get_value()


@alone
def semaphore_that_counts(mp: Any) -> Any:
    semaphore = mp.Semaphore(3)
    with semaphore as held:
        within = semaphore.get_value()
        semaphore.acquire()
    return held, within, semaphore.get_value()


@alone
def semaphore_released_more_than_acquired(mp: Any) -> Any:
    semaphore = mp.Semaphore(1)
    semaphore.release()
    semaphore.release()
    return semaphore.get_value(), [semaphore.acquire(False) for _ in range(4)]


@alone
def semaphore_released_at_the_most(mp: Any) -> Any:
    most = mp.synchronize.SEM_VALUE_MAX
    semaphore = mp.Semaphore(most)
    return outcome(semaphore.release), semaphore.get_value() == most


@alone
def semaphore_of_no_number(mp: Any) -> Any:
    return [
        outcome(partial(make, value))
        for make in (mp.Semaphore, mp.BoundedSemaphore)
        for value in (-1, 2**31, -(2**31) - 1, 2**80, "one", 1.5, None)
    ]


@alone
def bounded_semaphore_released_too_often(mp: Any) -> Any:
    semaphore = mp.BoundedSemaphore(2)
    first = outcome(semaphore.release)
    semaphore.acquire()
    return first, semaphore.release(), outcome(semaphore.release), semaphore.get_value()


@alone
def bounded_semaphore_of_none(mp: Any) -> Any:
    semaphore = mp.BoundedSemaphore(0)
    return (
        semaphore.acquire(False),
        semaphore.acquire(timeout=_SHORT),
        outcome(semaphore.release),
        semaphore.get_value(),
    )


@alone
def semaphore_shown(mp: Any) -> Any:
    semaphore, bounded = mp.Semaphore(3), mp.BoundedSemaphore(3)
    semaphore.acquire()
    bounded.acquire()
    return repr(semaphore), repr(bounded), semaphore._semlock.kind, bounded._semlock.maxvalue


def _signal(semaphore: Any) -> None:
    for _ in range(3):
        semaphore.release()


def semaphore_released_by_another_process(mp: Any) -> Any:
    semaphore = mp.Semaphore(0)
    _in_process(mp, _signal, semaphore)
    return [semaphore.acquire(False) for _ in range(4)], semaphore.get_value()


def _take(semaphore: Any) -> None:
    semaphore.acquire()


def semaphore_of_signals_acquired_by_another_process(mp: Any) -> Any:
    semaphore = mp.Semaphore(0)
    for _ in range(3):
        semaphore.release()
    _in_process(mp, _take, semaphore)
    return semaphore.get_value()


@differs("a process that ends has acquired")
def semaphore_that_a_process_acquires_and_keeps(mp: Any) -> Any:
    semaphore = mp.Semaphore(3)
    _in_process(mp, _take, semaphore)
    return semaphore.get_value()


def _produce(free: Any, full: Any, mutex: Any, items: Any) -> None:
    for number in range(6):
        free.acquire()
        with mutex:
            items.put(number)
        full.release()


def _consume(free: Any, full: Any, mutex: Any, items: Any, queue: Any) -> None:
    taken = []
    for _ in range(6):
        full.acquire()
        with mutex:
            taken.append(items.get())
        free.release()
    queue.put(taken)


def semaphores_around_a_buffer(mp: Any) -> Any:
    free, full, mutex = mp.Semaphore(2), mp.Semaphore(0), mp.Lock()
    items, queue = mp.Queue(), mp.Queue()
    consumer = mp.Process(target=_consume, args=(free, full, mutex, items, queue))
    consumer.start()
    _produce(free, full, mutex, items)
    taken = queue.get()
    consumer.join()
    return taken, free.get_value(), full.get_value()


# Conditions.


@alone
def condition_without_its_lock(mp: Any) -> Any:
    return [
        (
            outcome(condition.wait),
            outcome(partial(condition.wait, 0)),
            outcome(condition.notify),
            outcome(partial(condition.notify, 0)),
            outcome(condition.notify_all),
            outcome(condition.release),
            outcome(partial(condition.wait_for, lambda: "true at once")),
            outcome(partial(condition.wait_for, lambda: False)),
            outcome(partial(condition.wait_for, lambda: 0, timeout=0)),
        )
        for condition in (mp.Condition(), mp.Condition(mp.Lock()))
    ]


@alone
def condition_whose_lock_another_thread_holds(mp: Any) -> Any:
    condition = mp.Condition()
    with condition:
        return _in_thread(condition.notify), _in_thread(lambda: condition.wait(0))


@alone
def condition_acquired_and_released(mp: Any) -> Any:
    lock = mp.Lock()
    condition = mp.Condition(lock)
    with condition as held:
        tried = lock.acquire(False), condition.acquire(False)
    return (
        held,
        tried,
        condition.acquire(True, _SHORT),
        lock.release(),
        condition.acquire(block=False),
        condition.release(),
    )


@alone
def condition_that_nobody_notifies(mp: Any) -> Any:
    condition = mp.Condition()
    with condition:
        return (
            condition.wait(_SHORT),
            condition.wait(timeout=0),
            condition.wait(-1),
            condition.wait_for(list, _SHORT),
            condition.wait_for(lambda: "", timeout=-1),
            condition.notify(),
            condition.notify(0),
            condition.notify(-1),
            condition.notify(n=sys.maxsize),
            condition.notify_all(),
        )


@alone
def condition_with_a_timeout_that_is_none(mp: Any) -> Any:
    condition = mp.Condition()
    with condition:
        return outcome(lambda: condition.wait("soon"))


@alone
def condition_waited_for_by_a_lock_held_twice(mp: Any) -> Any:
    lock = mp.RLock()
    condition = mp.Condition(lock)

    def notify() -> None:
        with condition:
            condition.notify()

    thread = threading.Thread(target=notify)
    with condition, lock:
        thread.start()
        woken = condition.wait(_LONG)
        held = [repr(lock), _in_thread(lambda: lock.acquire(False))]
    thread.join()
    return woken, held, repr(lock)


@alone
def condition_waited_for_in_vain_by_a_lock_held_twice(mp: Any) -> Any:
    condition = mp.Condition()
    with condition, condition:
        return condition.wait(_SHORT), repr(condition), _in_thread(lambda: condition.acquire(False))


@alone
def condition_that_wakes_some(mp: Any) -> Any:
    condition, woken = mp.Condition(mp.Lock()), []

    def wait() -> None:
        with condition:
            woken.append(condition.wait(_LONG))

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    _until(lambda: repr(condition).endswith(", 4)>"))
    counts: list[int] = []
    for n in (1, 2):
        with condition:
            condition.notify(n)
        _until(partial(_are, woken, sum(counts) + n))
        counts.append(len(woken))
    with condition:
        condition.notify_all()
    for thread in threads:
        thread.join()
    return counts, woken


@alone
def condition_waited_for_until_it_is_so(mp: Any) -> Any:
    condition, told = mp.Condition(), []

    def tell() -> None:
        for number in range(3):
            with condition:
                told.append(number)
                condition.notify_all()

    thread = threading.Thread(target=tell)
    with condition:
        thread.start()
        answered = condition.wait_for(lambda: len(told) == 3 and "all", _LONG)
    thread.join()
    return answered


@alone
def condition_shown(mp: Any) -> Any:
    condition = mp.Condition()
    with condition:
        held = repr(condition)
    return repr(condition), held, repr(mp.Condition(mp.Lock()))


def _wait(condition: Any, ready: Any, queue: Any) -> None:
    with condition:
        ready.release()
        queue.put(condition.wait(_LONG))


def condition_of_several_processes(mp: Any) -> Any:
    condition, ready, queue = mp.Condition(), mp.Semaphore(0), mp.Queue()
    processes = [mp.Process(target=_wait, args=(condition, ready, queue)) for _ in range(2)]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    with condition:  # They wait: they have given it up.
        condition.notify()
    first = queue.get()
    with condition:
        condition.notify_all()
    second = queue.get()
    for process in processes:
        process.join()
    return first, second, repr(condition)


# Events.


@alone
def event_set_and_cleared(mp: Any) -> Any:
    event = mp.Event()
    return (
        event.is_set(),
        event.wait(_SHORT),
        event.wait(0),
        event.wait(timeout=-1),
        event.set(),
        event.set(),
        event.is_set(),
        event.wait(),
        event.wait(0),
        event.clear(),
        event.clear(),
        event.is_set(),
    )


@alone
def event_with_a_timeout_that_is_none(mp: Any) -> Any:
    event = mp.Event()
    return outcome(lambda: event.wait("soon"))


@alone
def event_shown(mp: Any) -> Any:
    event = mp.Event()
    unset = repr(event)
    event.set()
    return unset.replace(f"{id(event):#x}", "X"), repr(event).replace(f"{id(event):#x}", "X")


def _answer(begin: Any, end: Any, queue: Any) -> None:
    queue.put(begin.wait(_LONG))
    end.set()


def event_of_two_processes(mp: Any) -> Any:
    begin, end, queue = mp.Event(), mp.Event(), mp.Queue()
    process = mp.Process(target=_answer, args=(begin, end, queue))
    process.start()
    before = end.is_set()
    begin.set()
    after = end.wait(_LONG)
    process.join()
    return before, after, queue.get(), begin.is_set()


# Barriers.


def _parties(count: int, wait: Callable[[], Any]) -> list[Any]:
    """What comes of the waits of so many threads, in no order."""
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(outcome(wait))) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results, key=repr)


@alone
def barrier_passed(mp: Any) -> Any:
    barrier = mp.Barrier(3)
    rounds = [_parties(3, barrier.wait) for _ in range(3)]
    return rounds, barrier.parties, barrier.n_waiting, barrier.broken


@alone
def barrier_in_order_of_arrival(mp: Any) -> Any:
    barrier, indices = mp.Barrier(3), {}

    def come(name: str) -> None:
        indices[name] = barrier.wait(_LONG)

    threads = [threading.Thread(target=come, args=(name,)) for name in ("first", "second")]
    seen = []
    for number, thread in enumerate(threads, 1):
        thread.start()
        while barrier.n_waiting < number:
            time.sleep(0.001)
        seen.append(barrier.n_waiting)
    come("last")
    for thread in threads:
        thread.join()
    return seen, sorted(indices.items())


@alone
def barrier_for_one(mp: Any) -> Any:
    done: list[str] = []
    barrier = mp.Barrier(1, lambda: done.append("action"))
    return barrier.wait(), barrier.wait(timeout=0), done


@alone
def barrier_for_what_is_one(mp: Any) -> Any:
    barriers = mp.Barrier(True), mp.Barrier(1.0)
    return [(repr(each.parties), repr(each.wait()), each.broken) for each in barriers]


@alone
def condition_of_what_is_no_lock(mp: Any) -> Any:
    return outcome(lambda: mp.Condition(5)), outcome(lambda: mp.Condition("a lock"))


@alone
def barrier_for_none(mp: Any) -> Any:
    made = []
    for parties in (0, -1, 1.5, 200_000, 2**40):
        barrier = mp.Barrier(parties)
        made += [
            barrier.parties,
            barrier.n_waiting,
            outcome(partial(barrier.wait, _SHORT)),
            barrier.broken,
        ]
    return made


@alone
def barrier_whose_parties_are_read_only(mp: Any) -> Any:
    barrier = mp.Barrier(2)
    return [
        outcome(partial(setattr, barrier, name, 3)) for name in ("parties", "n_waiting", "broken")
    ]


@alone
def barrier_with_an_action(mp: Any) -> Any:
    done: list[int] = []
    barrier = mp.Barrier(3, action=lambda: done.append(len(done)))
    return [_parties(3, lambda: (barrier.wait(), len(done))) for _ in range(2)]


@alone
def barrier_whose_action_raises(mp: Any) -> Any:
    def fail() -> None:
        raise KeyError("of the action")

    barrier = mp.Barrier(3, fail)
    return (
        _parties(3, barrier.wait),
        barrier.broken,
        barrier.n_waiting,
        outcome(barrier.wait),
    )


@alone
def barrier_whose_time_is_up(mp: Any) -> Any:
    barrier = mp.Barrier(3)
    return (
        _parties(2, lambda: barrier.wait(_SHORT)),
        barrier.broken,
        outcome(barrier.wait),
        barrier.reset(),
        barrier.broken,
        _parties(3, barrier.wait),
    )


@alone
def barrier_without_time(mp: Any) -> Any:
    made = []
    for timeout in (0, -1):
        barrier = mp.Barrier(2)
        made += [outcome(partial(barrier.wait, timeout)), barrier.broken]
    return made


@alone
def barrier_with_a_timeout_of_its_own(mp: Any) -> Any:
    barrier = mp.Barrier(2, timeout=_SHORT)
    first = outcome(barrier.wait)
    barrier.reset()
    return first, _parties(2, lambda: barrier.wait(_LONG))


@alone
def barrier_aborted(mp: Any) -> Any:
    barrier = mp.Barrier(2)
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(outcome(barrier.wait)))
    thread.start()
    _until(lambda: barrier.n_waiting == 1)
    barrier.abort()
    thread.join()
    broken = barrier.broken, barrier.n_waiting, outcome(barrier.wait)
    barrier.reset()
    return results, broken, barrier.broken, _parties(2, barrier.wait)


@alone
def barrier_reset(mp: Any) -> Any:
    barrier = mp.Barrier(2)
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(outcome(barrier.wait)))
    thread.start()
    _until(lambda: barrier.n_waiting == 1)
    barrier.reset()
    thread.join()
    return results, barrier.broken, barrier.n_waiting, _parties(2, barrier.wait)


@alone
def barrier_that_is_one_of_threads(mp: Any) -> Any:
    return isinstance(mp.Barrier(2), threading.Barrier)


@alone
def barrier_shown(mp: Any) -> Any:
    barrier = mp.Barrier(2)
    whole = repr(barrier)
    barrier.abort()
    return [text.partition(" at ")[2].partition(":")[2] for text in (whole, repr(barrier))]


def _come(barrier: Any, queue: Any) -> None:
    indices = [barrier.wait(), barrier.wait(_LONG)]
    queue.put((indices, barrier.parties, outcome(lambda: barrier.wait(_LONG))))


def barrier_of_several_processes(mp: Any) -> Any:
    barrier, queue = mp.Barrier(3, _nothing), mp.Queue()
    processes = [mp.Process(target=_come, args=(barrier, queue)) for _ in range(2)]
    for process in processes:
        process.start()
    own = [barrier.wait(), barrier.wait()]
    _until(lambda: barrier.n_waiting == 2)
    barrier.abort()
    seen = [queue.get() for _ in processes]
    for process in processes:
        process.join()
    rounds = [sorted(each) for each in zip(own, *(indices for indices, _, _ in seen), strict=True)]
    return rounds, [others for _, *others in seen]


def _nothing() -> None:
    pass


# What they have in common.


@alone
def names_of_the_module(mp: Any) -> Any:
    module = mp.synchronize
    return (
        sorted(module.__all__),
        module.SEM_VALUE_MAX,
        module.RECURSIVE_MUTEX,
        module.SEMAPHORE,
        [isinstance(of, module.SemLock) for of in (mp.Lock(), mp.RLock(), mp.Semaphore())],
        [
            isinstance(of, kind)
            for of, kind in (
                (mp.Lock(), module.Lock),
                (mp.RLock(), module.RLock),
                (mp.Semaphore(), module.Semaphore),
                (mp.BoundedSemaphore(), module.Semaphore),
                (mp.Condition(), module.Condition),
                (mp.Event(), module.Event),
                (mp.Barrier(1), module.Barrier),
            )
        ],
    )


@alone
def objects_that_need_a_context(mp: Any) -> Any:
    module, ctx = mp.synchronize, mp.get_context()
    return (
        [type(outcome(kind)) for kind in (module.Lock, module.Event, module.Condition)],
        module.Lock(ctx=ctx).acquire(),
        module.RLock(ctx=ctx).acquire(),
        module.Semaphore(2, ctx=ctx).get_value(),
        module.BoundedSemaphore(ctx=ctx).get_value(),
        module.Condition(module.Lock(ctx=ctx), ctx=ctx).acquire(),
        module.Event(ctx=ctx).is_set(),
        module.Barrier(2, ctx=ctx).parties,
    )


@differs("a lock, a queue or another shared object that is pickled")
@alone
def lock_copied(mp: Any) -> Any:
    return outcome(lambda: type(copy.copy(mp.Lock())).__name__)


@differs("synchronize.SemLock")
@alone
def semaphore_of_the_kernel(mp: Any) -> Any:
    return outcome(lambda: mp.synchronize.SemLock(1, 2, 3, ctx=mp.get_context())._semlock.kind)


# Classes of a program that derive from these.

_KINDS = "Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Barrier", "Event"


class _Counted:
    """Has something of its own, and passes it on."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.count = 5

    def __getstate__(self) -> Any:
        return super().__getstate__(), self.count

    def __setstate__(self, state: Any) -> None:
        inherited = state
        if len(state) == 2:  # Else it is a barrier's `__init__` that calls this.
            inherited, self.count = state
            self.parts = len(inherited) if isinstance(inherited, tuple) else "by name"
        if isinstance(inherited, dict):
            vars(self).update(inherited)
        else:
            super().__setstate__(inherited)  # type: ignore[misc]


class _Marked:
    """Has something of its own, of which the pickle is told nothing."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.mark = 5


class _Careful:
    """Does its own before it does what the lock does."""

    tried = 0

    def __enter__(self) -> Any:
        self.tried += 1
        return self._semlock.__enter__()  # type: ignore[attr-defined]

    def __exit__(self, *_: object) -> None:
        self.tried += 1
        self._semlock.__exit__()  # type: ignore[attr-defined]


def _declare(package: str) -> None:
    """Makes the classes, which this module has by their names then."""
    module = importlib.import_module(f"{package}.synchronize")
    for mixin in (_Counted, _Marked, _Careful):
        for name in _KINDS:
            derived = mixin.__name__ + name
            if derived not in globals():
                bases = mixin, getattr(module, name)
                globals()[derived] = type(derived, bases, {"__module__": __name__})


class _Declared:
    """Makes the classes in the process that it is passed to."""

    def __init__(self, package: str) -> None:
        self._package = package
        _declare(package)

    def __reduce__(self) -> Any:
        return _Declared, (self._package,)


def _derived(mp: Any, mixin: type, name: str) -> Any:
    kind = globals()[mixin.__name__ + name]
    ctx = mp.get_context()
    return kind(2, ctx=ctx) if name == "Barrier" else kind(ctx=ctx)


def _tell(answers: Any, _: _Declared, objects: list[Any]) -> None:
    for each in objects:
        told: list[Any] = [type(each).__name__]
        told += [getattr(each, name, "none") for name in ("count", "mark", "parts", "parties")]
        if hasattr(each, "acquire"):
            with each:
                told.append("acquired")
        answers.put(told)


def derived_and_passed_to_a_child(mp: Any) -> Any:
    declared, answers = _Declared(mp.__name__), mp.SimpleQueue()
    objects = [_derived(mp, mixin, name) for mixin in (_Counted, _Marked) for name in _KINDS]
    code = _in_process(mp, _tell, answers, declared, objects)
    return code, [answers.get() for _ in objects]


@alone
def derived_with_blocks_of_their_own(mp: Any) -> Any:
    _declare(mp.__name__)
    seen: list[Any] = []
    for name in _KINDS[:4]:
        lock = _derived(mp, _Careful, name)
        with lock as entered:
            seen.append((name, entered, lock.tried, lock._semlock._is_zero()))
        seen.append((lock.tried, lock._semlock._is_zero(), lock._semlock.acquire(False)))
    return seen


@alone
def public_names(mp: Any) -> Any:
    objects = [
        *(mp.Lock(), mp.RLock(), mp.Semaphore(), mp.BoundedSemaphore()),
        *(mp.Condition(), mp.Event(), mp.Barrier(2)),
    ]
    return [[name for name in dir(each) if not name.startswith("_")] for each in objects]
