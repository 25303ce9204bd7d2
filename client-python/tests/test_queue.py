"""Queues, before a real daemon."""

import copy
import gc
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from inspect import signature
from typing import Any

import pytest

import polyproc
from children import Interrupt, Threads, interrupting, until
from daemons import Daemon
from polyproc import Consumer, ItemOptions, Polyproc, Queue, _deliveries, _kinds
from polyproc._pickled import PICKLE
from polyproc._values import Codec, Opaque
from polyproc.v1 import object_pb2, value_pb2


def name() -> str:
    return f"queue-{uuid.uuid4()}"


@pytest.fixture
def jobs(polyproc_client: Polyproc) -> Queue[Any]:
    return polyproc_client.queue(name())


@pytest.fixture
def other(daemon: Daemon) -> Iterator[Polyproc]:
    """Another program, as far as the daemon knows."""
    with polyproc.connect(daemon.address) as client:
        yield client


@contextmanager
def child(work: Callable[[], object]) -> Iterator[int]:
    """A forked process that does some work, and ends with it; it is reaped at the end."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    try:
        yield pid
    finally:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status in (0, -signal.SIGKILL)


class Ints(Codec[int]):
    """A codec that somebody wrote: whole numbers as texts."""

    def encode(self, obj: int, /) -> value_pb2.Value:
        return value_pb2.Value(text=str(obj))

    def decode(self, value: value_pb2.Value, /) -> int:
        if not value.text.isdecimal():
            raise polyproc.UnexpectedValue("Expected digits, but the value is none", value)
        return int(value.text)


# Putting and getting.


def test_hands_items_out_in_the_order_of_their_puts(jobs: Queue[Any]) -> None:
    items = [1, "two", 3.5, None, True, b"six", [7, {"eight": 8}], (9,)]
    for item in items:
        assert jobs.put(item)
    assert jobs.qsize() == len(items)
    assert [jobs.get() for _ in items] == items
    assert jobs.empty()


def test_shares_items_with_another_program(jobs: Queue[Any], other: Polyproc) -> None:
    jobs.put("hello")
    assert other.queue(jobs.name).get() == "hello"


def test_is_a_stack_when_its_order_is_lifo(polyproc_client: Polyproc) -> None:
    stack = polyproc_client.queue(order="lifo")
    stack.put_many([1, 2, 3])
    assert stack.get_many() == [3, 2, 1]


def test_hands_out_the_lowest_priority_first(polyproc_client: Polyproc) -> None:
    ranked = polyproc_client.queue(order="priority")
    ranked.put("late", priority=7)
    ranked.put("early", priority=-7)
    ranked.put("usual")
    assert ranked.get_many() == ["early", "usual", "late"]


def test_puts_and_gets_at_both_ends(jobs: Queue[Any]) -> None:
    jobs.put(2)
    jobs.put(1, end="head")
    jobs.put(3, end="tail")
    assert jobs.peek() == 1
    assert jobs.peek(end="tail") == 3
    assert jobs.get(end="tail") == 3
    assert jobs.get_many() == [1, 2]
    with pytest.raises(ValueError, match="Expected 'head', 'tail' or None"):
        jobs.get(end="middle")  # type: ignore[arg-type]


def test_raises_empty_when_there_is_nothing_in_time(jobs: Queue[Any]) -> None:
    waits: tuple[Callable[[], object], ...] = (
        lambda: jobs.get(block=False),
        lambda: jobs.get(timeout=0),
        lambda: jobs.get(timeout=0.01),
        jobs.get_nowait,
        jobs.peek,
        lambda: jobs.reserve(block=False),
        lambda: jobs.reserve(timeout=0),
        lambda: jobs.reserve(timeout=0.01),
    )
    for wait in waits:
        with pytest.raises(queue.Empty):
            wait()
    assert jobs.get_many(timeout=0) == []
    assert jobs.get_many(block=False) == []
    assert jobs.reserve_many(timeout=0.01) == []
    assert jobs.reserve_many(block=False) == []


def test_raises_full_when_there_is_no_room_in_time(polyproc_client: Polyproc) -> None:
    bounded = polyproc_client.queue(maxsize=1)
    bounded.put("first")
    assert bounded.full()
    puts: tuple[Callable[[], object], ...] = (
        lambda: bounded.put("x", block=False),
        lambda: bounded.put("x", timeout=0),
        lambda: bounded.put("x", timeout=0.01),
        lambda: bounded.put_nowait("x"),
    )
    for put in puts:
        with pytest.raises(queue.Full):
            put()
    assert bounded.get() == "first"


def test_refuses_a_timeout_below_zero_as_the_standard_library_does(jobs: Queue[Any]) -> None:
    for call in (
        lambda: jobs.get(timeout=-1),
        lambda: jobs.put(1, timeout=-1),
        lambda: jobs.get_many(timeout=-1),
        lambda: jobs.put_many([1], timeout=-1),
        lambda: jobs.reserve(timeout=-1),
        lambda: jobs.reserve_many(timeout=-1),
    ):
        with pytest.raises(ValueError, match="'timeout' must be a non-negative number"):
            call()
    assert jobs.empty()


def test_what_takes_items_is_called_alike() -> None:
    get, reserve = signature(Queue.get), signature(Queue.reserve)
    get_many, reserve_many = signature(Queue.get_many), signature(Queue.reserve_many)
    assert list(get.parameters) == ["self", "block", "timeout", "end"]
    assert list(reserve.parameters) == ["self", "block", "timeout", "reserved_for", "end"]
    assert list(get_many.parameters) == ["self", "most", "block", "timeout", "end"]
    assert list(reserve_many.parameters) == [
        "self",
        "most",
        "block",
        "timeout",
        "reserved_for",
        "end",
    ]


def test_refuses_a_time_where_it_asks_whether_to_wait(jobs: Queue[Any]) -> None:
    for block in (10, 0.5, 1.0, -1, None, "yes"):
        calls: tuple[Callable[[Any], object], ...] = (
            jobs.get,
            jobs.reserve,
            partial(jobs.put, "x"),
            partial(jobs.put_many, ["x"]),
            partial(jobs.get_many, 1),
            partial(jobs.reserve_many, 1),
        )
        for call in calls:
            with pytest.raises(TypeError, match=r"^Expected a bool, but block is .* the timeout"):
                call(block)
    assert jobs.empty()
    zero: Any = 0
    one: Any = 1
    assert jobs.put("job", one, 60)
    assert jobs.get(one, 60) == "job"
    with pytest.raises(queue.Empty):
        jobs.get(zero)


@pytest.mark.parametrize("most", [True, False, 1.0, "1"])
def test_refuses_as_a_number_of_items_what_is_none(jobs: Queue[Any], most: Any) -> None:
    jobs.put("job")
    calls: tuple[Callable[[Any], object], ...] = (
        jobs.get_many,
        jobs.reserve_many,
        jobs.consume,
        lambda most: jobs.dead_letters().redrive(most=most),
    )
    for call in calls:
        with pytest.raises(TypeError, match=r"^Expected a number of items, but \w+ is "):
            call(most)
    assert jobs.qsize() == 1


@pytest.mark.parametrize("time", [timedelta(seconds=5), "5"])
def test_refuses_a_time_that_is_not_told_in_seconds(
    polyproc_client: Polyproc, jobs: Queue[Any], time: Any
) -> None:
    calls: tuple[Callable[[], object], ...] = (
        lambda: jobs.get(timeout=time),
        lambda: jobs.get_many(timeout=time),
        lambda: jobs.put("x", timeout=time),
        lambda: jobs.put("x", delay=time),
        lambda: jobs.put("x", delay=type(time)()),
        lambda: jobs.put("x", time_to_live=time),
        lambda: jobs.put_many(["x"], timeout=time),
        lambda: jobs.reserve(timeout=time),
        lambda: jobs.reserve(reserved_for=time),
        lambda: next(jobs.consume(timeout=time)),
        lambda: polyproc_client.queue(unique_window=time),
        lambda: polyproc_client.event().wait(time),
        lambda: polyproc_client.latch(None, 1).wait(time),
        lambda: polyproc_client.barrier(None, 2).wait(time),
        lambda: polyproc_client.pipe()[0].poll(time),
        lambda: polyproc_client.lock_all([polyproc_client.lock()], time),
        lambda: polyproc_client.for_child(jobs, time_to_live=time),
        lambda: polyproc.connect("unix:/nobody/there", wait=time),
        lambda: polyproc.connect("unix:/nobody/there", patience=time),
    )
    for call in calls:
        with pytest.raises(TypeError, match=r"^Expected seconds, a number, but got "):
            call()
    put = jobs.put_async("x")
    with pytest.raises(TypeError, match=r"^Expected seconds, a number, but got "):
        put.result(time)
    assert put.result()


def test_takes_any_number_as_a_time(jobs: Queue[Any]) -> None:
    jobs.put_many(range(3))
    numbers: list[Any] = [Decimal("0.5"), Fraction(1, 2), 1]
    assert [jobs.get(timeout=number) for number in numbers] == [0, 1, 2]


def test_says_what_keywords_an_item_has(jobs: Queue[Any]) -> None:
    put: Any = jobs.put
    with pytest.raises(TypeError, match=r"Expected keywords of an item \(priority, .*got prio$"):
        put("x", prio=3)
    with pytest.raises(TypeError, match=r"got options$"):
        put("x", options=ItemOptions(priority=3))
    put_many: Any = jobs.put_many
    with pytest.raises(TypeError, match=r"Expected options=ItemOptions\(.*got priority as of put"):
        put_many(["x"], priority=3)
    for options in ({"priority": 3}, lambda _: {"priority": 3}):
        with pytest.raises(TypeError, match=r"^Expected ItemOptions, or a function"):
            put_many(["x"], options=options)
    with pytest.raises(TypeError, match="Expected a datetime, but at is 3"):
        put("x", at=3)
    with pytest.raises(TypeError, match="Expected a datetime, but expires_at is 3"):
        put("x", expires_at=3)
    assert jobs.empty()


def test_get_waits_for_an_item(jobs: Queue[Any]) -> None:
    putter = threading.Timer(0.01, jobs.put, ["late"])
    putter.start()
    assert jobs.get(timeout=60) == "late"
    putter.join()


def test_put_waits_for_room(polyproc_client: Polyproc, other: Polyproc) -> None:
    bounded = polyproc_client.queue(name(), maxsize=1)
    bounded.put(1)
    putter = threading.Thread(target=bounded.put, args=[2])
    putter.start()
    assert [other.existing_queue(bounded.name).get() for _ in range(2)] == [1, 2]
    putter.join()


def test_hands_each_item_to_one_of_many_threads(jobs: Queue[Any]) -> None:
    taken: list[list[int]] = [[] for _ in range(8)]

    def take(mine: list[int]) -> None:
        while (item := jobs.get()) is not None:
            mine.append(item)

    takers = [threading.Thread(target=take, args=[mine]) for mine in taken]
    for taker in takers:
        taker.start()
    for item in range(400):
        jobs.put(item)
    jobs.put_many([None] * len(takers))
    for taker in takers:
        taker.join()
    assert sorted(item for mine in taken for item in mine) == list(range(400))


def test_refuses_what_there_is_no_value_for_and_puts_nothing(jobs: Queue[Any]) -> None:
    with pytest.raises(TypeError):
        jobs.put(object())
    with pytest.raises(TypeError):
        jobs.put_many([1, object()])
    assert jobs.empty()


# Many at once.


def test_puts_more_than_a_page_in_order(jobs: Queue[Any]) -> None:
    assert jobs.put_many(range(2500)) == []
    taken: list[Any] = []
    while len(taken) < 2500:
        taken += jobs.get_many()
    assert taken == list(range(2500))


def test_puts_more_than_fits_one_request(jobs: Queue[Any]) -> None:
    large = b"x" * 3_000_000
    assert jobs.put_many([large] * 5 + [b"last"]) == []
    assert jobs.qsize() == 6
    assert jobs.get(end="tail") == b"last"


def test_puts_more_than_a_bounded_queue_holds_as_others_take_it(
    polyproc_client: Polyproc, other: Polyproc
) -> None:
    bounded = polyproc_client.queue(name(), maxsize=10)
    putter = threading.Thread(target=other.existing_queue(bounded.name).put_many, args=[range(95)])
    putter.start()
    taken: list[Any] = []
    while len(taken) < 95:
        taken += bounded.get_many()
    putter.join()
    assert taken == list(range(95))


def test_says_how_many_were_put_when_there_was_no_room_for_all(polyproc_client: Polyproc) -> None:
    bounded = polyproc_client.queue(maxsize=4)
    with pytest.raises(queue.Full) as told:
        bounded.put_many(range(6), timeout=0.01)
    assert isinstance(told.value, polyproc.PutManyFull)
    assert told.value.put == 4
    assert bounded.get_many() == [0, 1, 2, 3]


def test_gets_no_more_than_was_asked_for(jobs: Queue[Any]) -> None:
    jobs.put_many(range(5))
    assert jobs.get_many(2) == [0, 1]
    assert jobs.get_many(100) == [2, 3, 4]
    with pytest.raises(ValueError, match="at least 1"):
        jobs.get_many(0)


def test_puts_without_waiting_in_order(jobs: Queue[Any]) -> None:
    pending = [jobs.put_async(item) for item in range(300)]
    assert all(put.result() for put in pending)
    assert jobs.get_many() == list(range(300))


def test_a_put_that_nobody_waits_for_is_done_before_the_next_call_of_its_thread(
    jobs: Queue[Any],
) -> None:
    for item in range(100):
        jobs.put_async(item)
    assert jobs.qsize() == 100


def test_puts_that_nobody_waited_for_are_done_when_the_client_is_closed(
    jobs: Queue[Any], daemon: Daemon
) -> None:
    with polyproc.connect(daemon.address) as client:
        theirs = client.existing_queue(jobs.name)
        for item in range(100):
            theirs.put_async(item)
    assert jobs.get_many() == list(range(100))


def test_result_of_a_put_says_what_became_of_it(polyproc_client: Polyproc) -> None:
    bounded = polyproc_client.queue(maxsize=1)
    assert bounded.put_async("a", unique_key="a").result()
    assert not bounded.put_async("a", unique_key="a").result()
    late = bounded.put_async("b")
    with pytest.raises(TimeoutError):
        late.result(0.01)
    bounded.shutdown()
    with pytest.raises(polyproc.ShutDown):
        late.result()


def test_result_of_a_parents_put_fails_in_a_forked_child(polyproc_client: Polyproc) -> None:
    bounded = polyproc_client.queue(maxsize=1)
    bounded.put(1)
    late = bounded.put_async(2)

    def result() -> None:
        with pytest.raises(polyproc.Error):
            late.result()

    with child(result):
        pass
    assert bounded.get_many() == [1]
    assert late.result()


# What an item is told.


def test_nobody_gets_an_item_before_its_delay(jobs: Queue[Any]) -> None:
    jobs.put("late", delay=3600)
    jobs.put("tomorrow", at=datetime.now(UTC) + timedelta(days=1))
    jobs.put("past", at=datetime.now(UTC) - timedelta(days=1))
    assert jobs.get(timeout=0) == "past"
    with pytest.raises(queue.Empty):
        jobs.get_nowait()
    assert jobs.info().delayed == 2
    assert [item.item for item in jobs.items()] == ["late", "tomorrow"]
    assert jobs.contains("late")


def test_an_item_expires(jobs: Queue[Any]) -> None:
    jobs.put("short", time_to_live=0.001)
    jobs.put("long", expires_at=datetime.now(UTC) + timedelta(days=1))
    while jobs.info().totals.expired == 0:
        pass
    assert jobs.get_many() == ["long"]


def _await(instant: datetime) -> None:
    while (left := instant - datetime.now(UTC)) > timedelta():
        time.sleep(left.total_seconds())


def _treatments(options: ItemOptions) -> list[ItemOptions | Callable[[Any], ItemOptions]]:
    return [options, lambda _: options]


@pytest.mark.parametrize("way", [0, 1], ids=["alike", "each"])
def test_many_that_take_long_to_come_are_put_for_the_same_instant(
    jobs: Queue[Any], way: int
) -> None:
    instant = datetime.now(UTC) + timedelta(seconds=0.5)
    size = jobs._limits().page_size

    def coming() -> Iterator[int]:
        yield from range(size)
        _await(instant)
        yield size

    jobs.put_many(coming(), options=_treatments(ItemOptions(at=instant))[way])
    assert sorted(jobs.get(timeout=20) for _ in range(size + 1)) == list(range(size + 1))


@pytest.mark.parametrize("way", [0, 1], ids=["alike", "each"])
def test_many_that_take_long_to_come_are_not_put_after_they_were_to_expire(
    jobs: Queue[Any], way: int
) -> None:
    instant = datetime.now(UTC) + timedelta(seconds=0.5)
    size = jobs._limits().page_size

    def coming() -> Iterator[int]:
        yield from range(size)
        _await(instant)
        yield size

    with pytest.raises(ValueError, match="to expire after it can first be got"):
        jobs.put_many(coming(), options=_treatments(ItemOptions(expires_at=instant))[way])


@pytest.mark.parametrize("way", [0, 1], ids=["alike", "each"])
def test_many_of_many_bytes_are_put_for_the_same_instant(jobs: Queue[Any], way: int) -> None:
    instant = datetime.now(UTC) + timedelta(seconds=0.5)
    options = _treatments(ItemOptions(at=instant, priority=3))[way]
    made = jobs._put_pages(["x" * 3_000_000] * 3, None, options)
    assert len(next(made).items) == 1
    _await(instant)
    rest = list(made)
    assert len(rest) == 2
    for each in rest:
        assert [(o.HasField("delay"), o.priority) for o in each.options] == [(False, 3)]


def test_refuses_instants_that_make_no_sense(jobs: Queue[Any]) -> None:
    now = datetime.now(UTC)
    for options, sentence in (
        ({"at": datetime.now()}, "with a time zone"),
        ({"at": now, "delay": 1}, "both delay and at"),
        ({"expires_at": now, "time_to_live": 1}, "both time_to_live and expires_at"),
        ({"expires_at": now}, "to expire after it can first be got"),
        ({"expires_at": now + timedelta(hours=1), "delay": 7200}, "after it can first be got"),
    ):
        with pytest.raises(ValueError, match=sentence):
            jobs.put("x", **options)
    assert jobs.info().totals.puts == 0


def test_refuses_a_second_item_of_a_unique_key(jobs: Queue[Any]) -> None:
    assert jobs.put("once", unique_key="k")
    assert not jobs.put("twice", unique_key="k")
    assert jobs.get() == "once"
    assert jobs.put("again", unique_key="k")
    assert jobs.info().totals.duplicates == 1


def test_a_unique_key_stays_taken_for_its_window(polyproc_client: Polyproc) -> None:
    mails = polyproc_client.queue(unique_window=3600)
    assert mails.put("once", unique_key="k")
    assert mails.get() == "once"
    assert not mails.put("twice", unique_key="k")


def test_says_which_of_many_items_are_duplicates(jobs: Queue[Any]) -> None:
    jobs.put("b", unique_key="b")
    again = jobs.put_many("abc", options=lambda item: ItemOptions(unique_key=item))
    assert again == [1]
    assert jobs.get_many() == ["b", "a", "c"]


def test_positions_of_duplicates_count_over_pages(jobs: Queue[Any]) -> None:
    jobs.put("k", unique_key="2000")
    again = jobs.put_many(range(2500), options=lambda item: ItemOptions(unique_key=str(item)))
    assert again == [2000]
    assert jobs.qsize() == 2500


def test_many_items_may_be_told_the_same(polyproc_client: Polyproc) -> None:
    ranked = polyproc_client.queue(order="priority")
    ranked.put(0)
    ranked.put_many([1, 2], options=ItemOptions(priority=-1))
    assert ranked.get_many() == [1, 2, 0]


def test_keys_take_turns_in_a_fair_queue(polyproc_client: Polyproc) -> None:
    fair = polyproc_client.queue(fair=True)
    for item in ("a1", "a2", "a3", "b1", "b2"):
        fair.put(item, key=item[0])
    assert fair.get_many() == ["a1", "b1", "a2", "b2", "a3"]


def test_a_turn_is_as_long_as_its_weight(polyproc_client: Polyproc) -> None:
    fair = polyproc_client.queue(fair=True)
    for item in ("a1", "a2", "a3", "b1"):
        fair.put(item, key=item[0], weight=2)
    assert fair.get_many() == ["a1", "a2", "b1", "a3"]


def test_no_more_items_of_a_key_are_out_than_may_be(polyproc_client: Polyproc) -> None:
    limited = polyproc_client.queue(max_out_per_key=1)
    for item in ("a1", "a2", "b1"):
        limited.put(item, key=item[0])
    first = limited.reserve(False)
    assert (first.item, first.key) == ("a1", "a")
    second = limited.reserve(False)
    assert second.item == "b1"
    with pytest.raises(queue.Empty):
        limited.reserve(False)
    first.acknowledge()
    assert limited.reserve(False).item == "a2"


# Reserving.


def test_what_is_reserved_is_acknowledged_at_the_end_of_a_with_statement(jobs: Queue[Any]) -> None:
    jobs.put("job")
    with jobs.reserve() as job:
        assert (job.item, job.attempt, job.options) == ("job", 1, ItemOptions())
        assert job.dead_letter is None
        assert jobs.info().reserved == 1
    info = jobs.info()
    assert (info.size, info.reserved, info.totals.returns) == (0, 0, 0)


def test_what_is_reserved_goes_back_when_an_exception_leaves_a_with_statement(
    jobs: Queue[Any],
) -> None:
    jobs.put("job")
    with pytest.raises(ZeroDivisionError), jobs.reserve() as job:
        print(1 / 0)
    with jobs.reserve(False) as job:
        assert job.attempt == 2


def test_what_was_settled_within_a_with_statement_stays_so(jobs: Queue[Any]) -> None:
    jobs.put_many(["a", "b"])
    with jobs.reserve() as job:
        job.reject()
    job = jobs.reserve()
    assert (job.item, job.attempt) == ("a", 2)
    job.acknowledge()
    with pytest.raises(ZeroDivisionError) as raised, job:
        print(1 / 0)
    assert not hasattr(raised.value, "__notes__")
    assert jobs.get_many() == ["b"]


@pytest.mark.parametrize("settle", ["acknowledge", "reject", "release", "give_up"])
def test_a_second_answer_to_a_delivery_is_refused(jobs: Queue[Any], settle: str) -> None:
    for first in ("acknowledge", "reject", "release", "give_up"):
        jobs.put("job")
        with jobs.reserve() as job:
            getattr(job, first)()
            for _ in range(2):
                with pytest.raises(polyproc.Error, match="was settled before") as refused:
                    getattr(job, settle)()
                assert refused.value.reason == polyproc.Reason.RESERVATION_ENDED
        assert jobs.qsize() == (first in ("reject", "release"))
        jobs.clear()


def test_what_a_consumer_hands_out_is_settled_once(jobs: Queue[Any]) -> None:
    jobs.put_many(["a", "b", "c"])
    with jobs.consume(prefetch=3) as consumer:
        job = next(consumer)
        job.acknowledge()
        with pytest.raises(polyproc.Error, match="was settled before"):
            job.reject()
    consumer.close()
    assert jobs.get_many() == ["b", "c"]


def test_a_released_item_goes_back_as_if_it_had_not_been_handed_out(jobs: Queue[Any]) -> None:
    jobs.put("job")
    jobs.reserve().release()
    assert jobs.reserve().attempt == 1


def test_an_item_that_is_given_up_without_dead_letters_is_gone(jobs: Queue[Any]) -> None:
    jobs.put("job")
    jobs.reserve().give_up()
    assert jobs.info().size == 0


def test_a_reservation_ends_after_its_time(jobs: Queue[Any]) -> None:
    jobs.put("job")
    late = jobs.reserve(reserved_for=0.001)
    assert jobs.reserve().attempt == 2
    with pytest.raises(polyproc.Error) as told:
        late.acknowledge()
    assert told.value.reason == "RESERVATION_ENDED"
    with pytest.raises(polyproc.Error, match="told to have ended"):
        late.acknowledge()
    with late:
        pass  # Its end says nothing more.


def test_an_error_is_not_hidden_by_a_reservation_that_has_ended(jobs: Queue[Any]) -> None:
    jobs.put("job")
    late = jobs.reserve(reserved_for=0.001)
    assert jobs.reserve().attempt == 2
    with pytest.raises(ZeroDivisionError) as told, late:
        print(1 / 0)
    assert "The item could not be rejected" in told.value.__notes__[0]


def test_a_killed_program_gives_back_what_it_has_reserved(
    jobs: Queue[Any], polyproc_client: Polyproc
) -> None:
    jobs.put("job")
    ready = polyproc_client.event()

    def reserve_and_hang() -> None:
        with jobs.reserve():
            ready.set()
            signal.pause()

    with child(reserve_and_hang) as pid:
        ready.wait()
        with pytest.raises(queue.Empty):
            jobs.get_nowait()
        os.kill(pid, signal.SIGKILL)
        with jobs.reserve() as job:
            assert (job.item, job.attempt) == ("job", 2)


def test_a_killed_program_that_waits_swallows_no_item(jobs: Queue[Any]) -> None:
    with child(jobs.get) as pid:
        while jobs.info().waiting_gets == 0:
            pass
        os.kill(pid, signal.SIGKILL)
        while jobs.info().waiting_gets > 0:
            pass
    jobs.put("job")
    assert jobs.get(timeout=60) == "job"


def test_what_is_reserved_goes_back_when_nobody_has_it_any_more(jobs: Queue[Any]) -> None:
    jobs.put("job")
    assert jobs.reserve().item == "job"
    gc.collect()
    assert jobs.reserve(False).attempt == 2


def test_several_items_are_reserved_each_for_itself(jobs: Queue[Any]) -> None:
    jobs.put_many("abc")
    first, second, third = jobs.reserve_many()
    second.acknowledge()
    first.reject()
    third.release()
    assert jobs.get_many() == ["a", "c"]


def test_consumes_until_the_queue_is_shut_down_and_empty(jobs: Queue[Any]) -> None:
    jobs.put_many(range(5))
    jobs.shutdown()
    done = []
    for job in jobs.consume():
        with job:
            done.append(job.item)
    assert done == list(range(5))


def test_consumes_what_comes_back(jobs: Queue[Any]) -> None:
    jobs.put("job")
    jobs.shutdown()
    attempts = []
    for job in jobs.consume(prefetch=10):
        attempts.append(job.attempt)
        if job.attempt < 3:
            job.reject()
        else:
            job.acknowledge()
    assert attempts == [1, 2, 3]


def test_ends_to_consume_when_nothing_came_in_time(jobs: Queue[Any]) -> None:
    jobs.put("job")
    assert [job.item for job in jobs.consume(timeout=0.01)] == ["job"]


def test_a_consumer_that_is_closed_releases_what_it_reserved_ahead(jobs: Queue[Any]) -> None:
    jobs.put_many(range(5))
    with jobs.consume(prefetch=4) as consumer:
        with next(consumer) as job:
            assert job.item == 0
        assert jobs.info().reserved == 3
    assert list(consumer) == []
    assert jobs.info().reserved == 0
    assert [job.attempt for job in jobs.reserve_many()] == [1, 1, 1, 1]


def test_a_consumer_that_is_closed_releases_what_has_not_ended_already(jobs: Queue[Any]) -> None:
    jobs.put_many(range(5))
    consumer = jobs.consume(prefetch=5)
    first = next(consumer)
    for ahead in (consumer._ahead[0], consumer._ahead[2]):
        jobs._call(_deliveries._REJECT, ahead._rejection())  # As if its time were over.
    consumer.close()
    assert jobs.info().reserved == 1
    first.release()
    again = jobs.reserve_many()
    assert [(job.item, job.attempt) for job in again] == [(0, 1), (1, 2), (2, 1), (3, 2), (4, 1)]


def test_a_consumer_that_is_closed_tries_to_release_all_before_it_fails(
    jobs: Queue[Any], polyproc_client: Polyproc
) -> None:
    jobs.put_many(range(4))
    with polyproc_client.lock() as hold:
        guarded = polyproc_client.guarded_by(hold).existing_queue(jobs.name)
        consumer = guarded.consume(prefetch=4)
        next(consumer).acknowledge()
    for _ in range(2):
        with pytest.raises(polyproc.Error) as told:
            consumer.close()
        assert told.value.reason == "GUARD_FAILED"
        assert jobs.info().reserved == 3
    for job in consumer._ahead:
        job._queue = jobs  # Which has no guard.
    consumer.close()
    assert jobs.get_many() == [1, 2, 3]


def test_a_consumer_can_be_closed_after_its_client(daemon: Daemon, jobs: Queue[Any]) -> None:
    jobs.put_many(range(4))
    with polyproc.connect(daemon.address) as client:
        consumer = client.existing_queue(jobs.name).consume(prefetch=4)
        next(consumer)
    consumer.close()
    assert jobs.get_many() == [0, 1, 2, 3]


def test_a_consumer_that_is_closed_while_a_thread_asks_it_keeps_nothing(
    jobs: Queue[Any], other: Polyproc
) -> None:
    consumer = jobs.consume(prefetch=3)
    got: list[Any] = []
    asks = threading.Thread(target=lambda: got.extend(consumer))
    asks.start()
    until(lambda: jobs.info().waiting_gets == 1)
    consumer.close()
    other.existing_queue(jobs.name).put_many([1, 2, 3])
    asks.join(60)
    assert not asks.is_alive()
    assert got == []
    assert jobs.info().reserved == 0
    assert [(job.item, job.attempt) for job in jobs.reserve_many()] == [(1, 1), (2, 1), (3, 1)]


def test_consumers_that_are_closed_at_any_moment_keep_nothing(jobs: Queue[Any]) -> None:
    jobs.put_many(range(600))
    done: list[Any] = []

    def work(consumer: Consumer[Any], begun: threading.Event) -> None:
        for job in consumer:
            begun.set()
            with job:
                done.append(job.item)
        begun.set()

    for _ in range(60):
        with jobs.consume(prefetch=7, timeout=0) as consumer:
            begun = threading.Event()
            workers = [threading.Thread(target=work, args=(consumer, begun)) for _ in range(2)]
            for worker in workers:
                worker.start()
            begun.wait()
        for worker in workers:
            worker.join(60)
            assert not worker.is_alive()
        assert jobs.info().reserved == 0
    rest = jobs.reserve_many() if jobs.qsize() else []
    assert all(job.attempt == 1 for job in rest)
    assert sorted(done + [job.item for job in rest]) == list(range(600))


def test_what_is_of_one_session_is_neither_pickled_nor_copied(jobs: Queue[Any]) -> None:
    jobs.put("job")
    put = jobs.put_async("more")
    delivery = jobs.reserve()
    consumer = jobs.consume()
    ways: tuple[Callable[[object], object], ...] = (
        pickle.dumps,
        lambda it: pickle.dumps(it, 0),
        copy.copy,
        copy.deepcopy,
    )
    for way in ways:
        for it in (put, delivery, consumer):
            with pytest.raises(TypeError, match=r"^Expected something that can be pickled"):
                way(it)
        for iterator in (jobs.items(), iter(jobs.dead_letters())):
            with pytest.raises(TypeError, match="generator"):
                way(iterator)
    delivery.acknowledge()
    assert put.result()


def test_a_consumer_that_nobody_has_any_more_releases_what_it_reserved_ahead(
    jobs: Queue[Any],
) -> None:
    jobs.put_many(range(5))
    for job in jobs.consume(prefetch=5):
        job.acknowledge()
        break
    gc.collect()
    assert jobs.get_many() == [1, 2, 3, 4]


def test_refuses_to_reserve_nothing_ahead(jobs: Queue[Any]) -> None:
    with pytest.raises(ValueError, match="prefetch is 0"):
        jobs.consume(prefetch=0)


# Interrupts.


def test_an_interrupt_leaves_nobody_in_line_and_loses_no_item(jobs: Queue[Any]) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for wait in (jobs.get, jobs.reserve, jobs.get_many):
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            with pytest.raises(KeyboardInterrupt):
                wait()
            assert jobs.info().waiting_gets == 0
            jobs.put("job")
            assert jobs.get_nowait() == "job"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Storm(Exception):
    """What a signal's handler raises, at any point of the code below."""


def test_a_close_waits_until_there_is_room_for_what_was_posted(
    daemon: Daemon, polyproc_client: Polyproc
) -> None:
    bounded = polyproc_client.queue(name(), maxsize=1)
    with polyproc.connect(daemon.address) as client:
        theirs = client.existing_queue(bounded.name)
        pending = [theirs.put_async(n) for n in range(100)]
        threads = Threads()
        taken: list[Any] = []
        threads.start(lambda: taken.extend(bounded.get(timeout=60) for _ in range(100)))
    threads.join()
    assert taken == list(range(100))
    assert all(put.result() for put in pending)


def test_the_end_of_a_program_waits_for_what_was_posted(daemon: Daemon, jobs: Queue[Any]) -> None:
    program = f"""
import polyproc
jobs = polyproc.connect({daemon.address!r}).existing_queue({jobs.name!r})
for n in range(1000):
    jobs.put_async(n)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    assert jobs.get_many() == list(range(1000))


def test_what_a_killed_program_has_posted_is_put_in_order_or_not_at_all(
    daemon: Daemon, jobs: Queue[Any]
) -> None:
    program = f"""
import itertools, polyproc
jobs = polyproc.connect({daemon.address!r}).existing_queue({jobs.name!r})
for n in itertools.count():
    jobs.put_async(n)
"""
    process = subprocess.Popen([sys.executable, "-c", program])
    until(lambda: jobs.qsize() > 5000)
    process.kill()
    process.wait()
    until(lambda: jobs.info().waiting_puts == 0)
    taken: list[Any] = []
    while more := jobs.get_many(block=False):
        taken += more
    assert len(taken) > 5000
    assert taken == list(range(len(taken)))


def test_a_storm_of_signals_loses_no_item(jobs: Queue[Any]) -> None:
    items = 3000
    jobs.put_many(range(items))
    is_open = False

    def strike(*_: object) -> None:
        nonlocal is_open
        if is_open:
            is_open = False
            raise Storm

    taken: list[Any] = []
    struck = 0
    before = signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0013)
    try:
        while len(taken) < items:
            try:
                while True:
                    is_open = True
                    item = jobs.get(timeout=0)
                    is_open = False
                    taken.append(item)
            except Storm:
                struck += 1
            except queue.Empty:
                break
    finally:
        is_open = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert struck
    assert sorted(taken) == list(range(items))
    assert jobs.empty()


@pytest.mark.parametrize("codec", [polyproc.PLAIN, PICKLE], ids=["plain", "pickle"])
def test_a_storm_of_signals_loses_no_item_that_a_thread_sends_meanwhile(
    polyproc_client: Polyproc, codec: Codec[Any]
) -> None:
    jobs = polyproc_client.queue(name(), maxsize=50, codec=codec)
    others = polyproc_client.queue(codec=codec)
    items = 3000
    threads = Threads()

    def send() -> None:
        for at in range(0, items, 30):
            pending = [jobs.put_async((at + n, "async")) for n in range(10)]
            for n in range(10, 20):
                assert jobs.put((at + n, "put"))
                assert others.get(timeout=60) == at + n
            assert jobs.put_many([(at + n, "many") for n in range(20, 30)]) == []
            assert all(put.result(60) for put in pending)

    threads.start(send)
    taken: list[Any] = []
    struck = 0
    with interrupting() as alarm:
        while len(taken) < items:
            try:
                while len(taken) < items:
                    # Sooner and sooner until the first has struck.
                    alarm.set(0.0007 if struck else 0.0007 / (1 + len(taken) / 100))
                    item = jobs.get(timeout=60)
                    alarm._is_set = False  # A call of a method might be struck before it does so.
                    taken.append(item)
                    if item[1] == "put":
                        others.put(item[0])
            except Interrupt:
                struck += 1
    threads.join()
    assert struck
    assert sorted(n for n, _ in taken) == list(range(items))
    assert jobs.empty()


def test_a_storm_of_signals_has_each_put_that_was_made_once(
    jobs: Queue[Any], other: Polyproc
) -> None:
    threads = Threads()
    theirs = other.existing_queue(jobs.name)
    taken: list[Any] = []

    def take() -> None:
        while (item := theirs.get(timeout=60)) != "end":
            taken.append(item)

    threads.start(take)
    threads.start(lambda: [jobs.put(-n) for n in range(1, 1000)])
    made: list[int] = []
    struck: set[int] = set()
    with interrupting() as alarm:
        for n in range(3000):
            try:
                alarm.set(0.0003)
                jobs.put(n)
                alarm.clear()
                made.append(n)
            except Interrupt:
                struck.add(n)
    until(lambda: -999 in taken)
    jobs.put("end")
    threads.join()
    assert struck
    assert [n for n in taken if n < 0] == list(range(-1, -1000, -1))
    known = [n for n in taken if n >= 0]
    assert known == sorted(set(known))
    assert set(made) <= set(known) <= set(made) | struck


def test_a_storm_of_signals_leaves_no_reservation(jobs: Queue[Any]) -> None:
    items = 1000
    jobs.put_many(range(items))
    is_open = False

    def strike(*_: object) -> None:
        nonlocal is_open
        if is_open:
            is_open = False
            raise Storm

    done: list[Any] = []
    before = signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0013)
    try:
        while True:
            try:
                while True:
                    is_open = True
                    with jobs.reserve(False) as job:
                        item = job.item
                    is_open = False
                    done.append(item)
            except Storm:
                pass
            except queue.Empty:
                break
    finally:
        is_open = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(set(done)) == len(done)
    del job
    gc.collect()
    while jobs.qsize():
        jobs.get()
    assert jobs.info().reserved == 0


# Dead letters.


def test_an_item_that_came_back_too_often_becomes_a_dead_letter(polyproc_client: Polyproc) -> None:
    dead = polyproc_client.queue(name())
    jobs = polyproc_client.queue(name(), max_attempts=2, dead_letters=dead)
    begin = datetime.now(UTC) - timedelta(seconds=60)
    jobs.put("poison", key="k")
    jobs.reserve().reject()
    jobs.reserve().reject()
    [letter] = dead.dead_letters()
    assert (letter.item, letter.options.key) == ("poison", "k")
    cause = letter.dead_letter
    assert cause is not None
    assert (cause.origin.name, cause.attempts, cause.cause) == (jobs.name, 2, "attempts")
    assert begin < cause.first <= cause.last
    assert cause.last_consumer is not None
    assert cause.last_consumer.pid == os.getpid()
    with dead.reserve() as job:
        assert job.dead_letter == cause


def test_items_that_are_given_up_or_expire_become_dead_letters(polyproc_client: Polyproc) -> None:
    dead = polyproc_client.queue(name())
    jobs = polyproc_client.queue(name(), dead_letters=dead.name, dead_letter_expired=True)
    jobs.put("hopeless")
    jobs.reserve().give_up()
    jobs.put("late", time_to_live=0.001)
    while dead.qsize() < 2:
        pass
    causes = [letter.dead_letter for letter in dead.dead_letters()]
    assert [cause and cause.cause for cause in causes] == ["given up", "expired"]


def test_moves_dead_letters_back(polyproc_client: Polyproc) -> None:
    dead = polyproc_client.queue(name())
    jobs = polyproc_client.queue(name(), dead_letters=dead)
    others = polyproc_client.queue(name(), dead_letters=dead)
    for item in ("a", "b", "c"):
        jobs.put(item)
        jobs.reserve().give_up()
    others.put("x")
    others.reserve().give_up()
    letters = dead.dead_letters(jobs)
    assert [letter.item for letter in letters] == ["a", "b", "c"]
    assert letters.redrive(list(letters)[1:2]).moved == 1
    assert jobs.get_many() == ["b"]
    assert letters.redrive(most=1) == polyproc.Redriven(moved=1, stayed=0)
    assert jobs.get_many() == ["a"]
    assert letters.redrive().moved == 1
    with jobs.reserve() as job:
        assert (job.item, job.attempt) == ("c", 1)
    assert dead.dead_letters().redrive(to=jobs).moved == 1
    assert jobs.get_many() == ["x"]
    with pytest.raises(ValueError, match="at least 1"):
        letters.redrive(most=0)
    with pytest.raises(ValueError, match="both letters and most"):
        letters.redrive([], most=1)


def test_dead_letters_stay_that_their_queue_does_not_take(polyproc_client: Polyproc) -> None:
    dead = polyproc_client.queue(name())
    jobs = polyproc_client.queue(name(), dead_letters=dead)
    jobs.put("a")
    jobs.reserve().give_up()
    jobs.shutdown()
    assert dead.dead_letters().redrive() == polyproc.Redriven(moved=0, stayed=1)
    assert dead.qsize() == 1


def test_refuses_what_is_no_dead_letter(polyproc_client: Polyproc) -> None:
    dead = polyproc_client.queue(name())
    jobs = polyproc_client.queue(name(), dead_letters=dead)
    jobs.put("a")
    jobs.reserve().give_up()
    [letter] = dead.dead_letters()
    redrive: Any = dead.dead_letters().redrive
    for wrong in (["a"], letter, 1, "a", [letter, 1], [letter.place]):
        with pytest.raises(TypeError, match=r"^Expected (a list of )?letters, as dead_letters"):
            redrive(wrong)
    assert dead.qsize() == 1
    assert redrive(dead.dead_letters()).moved == 1


def test_dead_letters_are_shown_where_they_are(polyproc_client: Polyproc) -> None:
    dead = polyproc_client.queue(name())
    jobs = polyproc_client.queue(name(), dead_letters=dead)
    jobs.put("a")
    jobs.reserve().give_up()
    assert list(jobs.dead_letters()) == []
    assert [letter.item for letter in dead.dead_letters(jobs)] == ["a"]


def test_items_and_letters_are_shown_in_words(polyproc_client: Polyproc) -> None:
    dead = polyproc_client.queue(name())
    jobs = polyproc_client.queue(name(), dead_letters=dead)
    jobs.put("invoice 7")
    [queued] = jobs.items()
    assert repr(queued) == f"<QueuedItem 'invoice 7' at {queued.place}, attempts 0>"
    jobs.reserve().give_up()
    [letter] = dead.dead_letters()
    assert repr(letter).startswith("<QueuedItem 'invoice 7' at ")
    assert f"<DeadLetter of {jobs.name!r}: given up, attempts 1, 20" in repr(letter)
    assert repr(letter.dead_letter) in repr(letter)
    [unread] = polyproc_client.existing_queue(dead.name, codec=Ints()).items()
    assert repr(unread).startswith("<QueuedItem cannot be read at ")


# Looking and removing.


def test_shows_its_items_over_pages_and_leaves_them_there(jobs: Queue[Any]) -> None:
    jobs.put_many(range(1500), options=ItemOptions(time_to_live=3600))
    items = list(jobs.items())
    assert [item.item for item in items] == list(range(1500))
    assert items[0].options == ItemOptions(time_to_live=3600)
    assert items[0].attempts == 0
    assert items[0].expires is not None
    assert (items[0].expires - items[0].first).total_seconds() == pytest.approx(3600)
    assert items[0].dead_letter is None
    assert jobs.qsize() == 1500


def test_removes_an_equal_item_or_the_very_one(jobs: Queue[Any]) -> None:
    jobs.put_many([1, 2, 1, 2])
    assert jobs.contains(1.0)
    assert jobs.remove(1.0)
    last = list(jobs.items())[-1]
    assert jobs.remove(last)
    assert not jobs.remove(last)
    assert not jobs.remove("1")
    assert jobs.get_many() == [2, 1]


def test_is_cleared(jobs: Queue[Any]) -> None:
    jobs.put_many(range(3))
    assert jobs.clear() == 3
    assert jobs.empty()


def test_tells_what_is_in_it(polyproc_client: Polyproc) -> None:
    jobs = polyproc_client.queue(maxsize=7, joinable=True)
    jobs.put_many(range(4))
    jobs.put("later", delay=3600)
    jobs.get()
    with jobs.reserve():
        info = jobs.info()
    assert (info.size, info.reserved, info.delayed, info.in_hand) == (2, 1, 1, 1)
    assert (info.unfinished, info.capacity, info.is_shut_down, info.is_paused) == (
        5,
        7,
        False,
        False,
    )
    assert (info.waiting_gets, info.waiting_puts, info.waiting_joins) == (0, 0, 0)
    assert info.oldest_item_age is not None
    assert info.oldest_reservation_age is not None
    assert (info.totals.puts, info.totals.gets, info.totals.returns) == (5, 2, 0)


def test_its_representation_makes_no_call(daemon: Daemon) -> None:
    with polyproc.connect(daemon.address) as client:
        jobs = client.queue(name())
    assert repr(jobs) == f"<Queue '{jobs.name}'>"


# Being joined.


def test_join_waits_until_all_is_finished(polyproc_client: Polyproc) -> None:
    jobs = polyproc_client.queue(joinable=True)
    assert jobs.join(0)
    jobs.put_many(range(20))
    assert not jobs.join(timeout=0.01)

    def work() -> None:
        while True:
            item = jobs.get()
            if item is None:
                jobs.task_done()
                return
            jobs.task_done()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    assert jobs.join()
    jobs.put_many([None] * 3)
    assert jobs.join(60)
    for worker in workers:
        worker.join()
    with pytest.raises(ValueError, match="unfinished") as told:
        jobs.task_done()
    assert isinstance(told.value, polyproc.Error)
    assert told.value.reason == "TASK_DONE_TOO_OFTEN"


def test_what_a_killed_program_did_not_finish_comes_back(
    polyproc_client: Polyproc,
) -> None:
    jobs = polyproc_client.queue(name(), joinable=True)
    done = polyproc_client.queue(name(), joinable="done")
    jobs.put("job")
    done.put("job")
    ready = polyproc_client.event()

    def get_and_hang() -> None:
        jobs.get()
        done.get()
        ready.set()
        signal.pause()

    with child(get_and_hang) as pid:
        ready.wait()
        os.kill(pid, signal.SIGKILL)
        assert done.join(60)
        with jobs.reserve() as job:
            assert job.attempt == 2
        assert jobs.join(60)


def test_refuses_to_be_joined_unless_it_was_made_so(
    jobs: Queue[Any], polyproc_client: Polyproc
) -> None:
    with pytest.raises(polyproc.Error) as told:
        jobs.join()
    assert told.value.reason == "NOT_JOINABLE"
    with pytest.raises(ValueError, match="joinable is 'perhaps'"):
        polyproc_client.queue(joinable="perhaps")  # type: ignore[call-overload]


# For everybody.


def test_refuses_puts_at_once_and_gets_when_it_is_empty_after_a_shutdown(jobs: Queue[Any]) -> None:
    jobs.put("last")
    jobs.shutdown()
    with pytest.raises(polyproc.ShutDown) as told:
        jobs.put("more")
    assert told.value.reason == "CLOSED"
    assert jobs.get() == "last"
    for get in (jobs.get, jobs.get_nowait, jobs.reserve, jobs.get_many):
        with pytest.raises(polyproc.ShutDown):
            get()
    assert jobs.info().is_shut_down


def test_an_immediate_shutdown_removes_what_is_there(jobs: Queue[Any]) -> None:
    jobs.put("last")
    jobs.shutdown(immediate=True)
    with pytest.raises(polyproc.ShutDown):
        jobs.get()


def test_a_shutdown_ends_waits(jobs: Queue[Any], other: Polyproc) -> None:
    closer = threading.Timer(0.01, other.existing_queue(jobs.name).shutdown)
    closer.start()
    with pytest.raises(polyproc.ShutDown):
        jobs.get()
    closer.join()


@pytest.mark.skipif(sys.version_info < (3, 13), reason="Python 3.13 has queue.ShutDown")
def test_a_shutdown_is_the_one_of_the_standard_library(jobs: Queue[Any]) -> None:
    jobs.shutdown()
    with pytest.raises(queue.ShutDown):  # type: ignore[attr-defined, unused-ignore]
        jobs.get()


def test_hands_nothing_out_while_it_is_paused(jobs: Queue[Any]) -> None:
    jobs.pause()
    jobs.put("job")
    with pytest.raises(queue.Empty):
        jobs.get_nowait()
    assert jobs.peek() == "job"
    assert jobs.info().is_paused
    jobs.resume()
    assert jobs.get_nowait() == "job"


def test_calls_fail_once_it_is_deleted(jobs: Queue[Any], other: Polyproc) -> None:
    jobs.delete()
    with pytest.raises(polyproc.Error) as told:
        jobs.get()
    assert told.value.reason in ("OBJECT_NOT_FOUND", "OBJECT_DELETED")
    other.queue(jobs.name).put("of another queue")
    with pytest.raises(polyproc.Error) as told:
        jobs.get()
    assert told.value.reason == "OBJECT_DELETED"


def test_refuses_another_shape(polyproc_client: Polyproc) -> None:
    bounded = polyproc_client.queue(name(), maxsize=3)
    with pytest.raises(polyproc.Error) as told:
        polyproc_client.queue(bounded.name)
    assert told.value.reason == "OBJECT_EXISTS"
    assert polyproc_client.queue(bounded.name, 3) == bounded
    assert polyproc_client.existing_queue(bounded.name) == bounded
    with pytest.raises(polyproc.Error) as told:
        polyproc_client.existing_queue(name())
    assert told.value.reason == "OBJECT_NOT_FOUND"
    with pytest.raises(ValueError, match="order is 'any'"):
        polyproc_client.queue(order="any")  # type: ignore[call-overload]


# Values.


def test_writes_and_reads_items_by_its_codec(jobs: Queue[Any], polyproc_client: Polyproc) -> None:
    numbers = polyproc_client.existing_queue(jobs.name, codec=Ints())
    numbers.put(7)
    assert jobs.peek() == "7"
    assert numbers.get() == 7


def test_what_its_codec_does_not_read_is_not_lost(
    jobs: Queue[Any], polyproc_client: Polyproc
) -> None:
    numbers = polyproc_client.existing_queue(jobs.name, codec=Ints())
    jobs.put("seven")
    with pytest.raises(polyproc.UnexpectedValue) as told:
        numbers.get()
    assert told.value.value is not None
    assert told.value.value.text == "seven"
    jobs.put_many(["1", "two"])
    with pytest.raises(polyproc.UnexpectedValue) as told:
        numbers.get_many()
    assert told.value.value is not None
    assert [item.text for item in told.value.value.list.values] == ["1", "two"]
    jobs.put("eight")
    job = numbers.reserve()
    with pytest.raises(polyproc.UnexpectedValue):
        print(job.item)
    job.release()
    assert jobs.get_many() == ["eight"]


class Failing(Codec[Any]):
    """A codec that somebody wrote, and that raises."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def encode(self, obj: Any, /) -> value_pb2.Value:
        raise self.error

    def decode(self, value: value_pb2.Value, /) -> Any:
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        KeyError("k"),
        StopIteration(),
        queue.Empty(),
        RecursionError(),
        polyproc.ShutDown("Expected no such error of a codec", "CLOSED"),
    ],
    ids=repr,
)
def test_what_its_codec_fails_to_read_comes_once(
    jobs: Queue[Any], polyproc_client: Polyproc, error: Exception
) -> None:
    failing = polyproc_client.existing_queue(jobs.name, codec=Failing(error))
    jobs.put(1)
    with pytest.raises(polyproc.UnexpectedValue, match="the call has taken effect") as told:
        failing.get()
    assert told.value.__cause__ is error
    assert told.value.value is not None
    assert polyproc.PLAIN.decode(told.value.value) == 1
    assert jobs.empty()
    jobs.put_many([2, 3])
    with pytest.raises(polyproc.UnexpectedValue) as told:
        failing.get_many()
    assert told.value.__cause__ is error
    assert told.value.value is not None
    assert polyproc.PLAIN.decode(told.value.value) == [2, 3]
    assert jobs.empty()
    jobs.put(4)
    with pytest.raises(polyproc.UnexpectedValue) as told:
        failing.peek()
    assert told.value.__cause__ is error
    [shown] = failing.items()
    with pytest.raises(polyproc.UnexpectedValue):
        print(shown.item)
    assert jobs.get() == 4


def test_what_its_codec_fails_to_read_stays_reserved_until_it_is_settled(
    polyproc_client: Polyproc,
) -> None:
    dead = polyproc_client.queue(name())
    jobs = polyproc_client.queue(name(), max_attempts=2, dead_letters=dead)
    failing = polyproc_client.existing_queue(jobs.name, codec=Failing(ZeroDivisionError()))
    jobs.put("poison")
    takes: tuple[Callable[[], Any], ...] = (failing.reserve, lambda: failing.reserve_many()[0])
    for take in takes:
        job = take()
        assert jobs.info().reserved == 1
        with pytest.raises(polyproc.UnexpectedValue) as told, job:
            print(job.item)
        assert isinstance(told.value.__cause__, ZeroDivisionError)
        with pytest.raises(polyproc.UnexpectedValue):
            print(job.item)
    assert dead.get_nowait() == "poison"
    jobs.put("poison")
    for job in failing.consume(timeout=0):
        with pytest.raises(polyproc.UnexpectedValue):
            print(job.item)
        job.give_up()
    assert dead.get_nowait() == "poison"
    assert (jobs.info().size, jobs.info().reserved) == (0, 0)


def test_what_ends_its_program_while_it_is_read_goes_back(
    jobs: Queue[Any], polyproc_client: Polyproc
) -> None:
    failing = polyproc_client.existing_queue(jobs.name, codec=Failing(SystemExit()))
    jobs.put(1)
    for take in (failing.get, failing.get_many, failing.reserve, failing.reserve_many):
        with pytest.raises(SystemExit):
            take()
    assert (jobs.info().size, jobs.info().reserved) == (1, 0)


def test_the_exception_of_a_handler_while_an_item_is_read_has_it_go_back(
    jobs: Queue[Any], polyproc_client: Polyproc
) -> None:
    class Striking(Ints):
        def decode(self, value: value_pb2.Value, /) -> int:
            signal.raise_signal(signal.SIGUSR1)
            return 1

    def strike(*_: object) -> None:
        raise Storm

    struck = polyproc_client.existing_queue(jobs.name, codec=Striking())
    jobs.put(1)
    before = signal.signal(signal.SIGUSR1, strike)
    try:
        for take in (struck.get, struck.get_many, struck.reserve, struck.reserve_many):
            with pytest.raises(Storm):
                take()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert (jobs.info().size, jobs.info().reserved) == (1, 0)


def test_an_object_of_a_kind_that_is_not_known_comes_once(
    jobs: Queue[Any], polyproc_client: Polyproc, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.put(polyproc_client.event(name()))
    monkeypatch.delitem(_kinds.CLASSES, object_pb2.OBJECT_KIND_EVENT)
    with pytest.raises(polyproc.UnexpectedValue, match="a kind that this client knows") as told:
        jobs.get()
    assert told.value.value is not None
    assert told.value.value.ref.kind == object_pb2.OBJECT_KIND_EVENT
    assert jobs.empty()


def test_a_pickle_of_a_class_that_is_not_here_comes_once(
    jobs: Queue[Any], polyproc_client: Polyproc
) -> None:
    pickles = polyproc_client.existing_queue(jobs.name, codec=PICKLE)
    opaque = Opaque("application/python-pickle", b"cno_such_module\nNoSuchClass\n.")
    jobs.put(opaque)
    with pytest.raises(polyproc.UnexpectedValue) as told:
        pickles.get()
    assert isinstance(told.value.__cause__, ModuleNotFoundError)
    assert told.value.value is not None
    assert polyproc.PLAIN.decode(told.value.value) == opaque
    assert jobs.empty()


def test_is_sent_back_though_the_guard_it_was_reserved_under_has_ended(
    jobs: Queue[Any], polyproc_client: Polyproc
) -> None:
    jobs.put(1)
    with polyproc_client.lock().hold() as hold:
        delivery = polyproc_client.guarded_by(hold).existing_queue(jobs.name).reserve()
    assert delivery.attempt == 1
    del delivery
    gc.collect()
    assert jobs.get() == 1


def test_what_its_codec_fails_to_write_is_not_put(
    jobs: Queue[Any], polyproc_client: Polyproc
) -> None:
    failing = polyproc_client.existing_queue(jobs.name, codec=Failing(ZeroDivisionError()))
    puts: tuple[Callable[[], object], ...] = (
        lambda: failing.put(1),
        lambda: failing.put_async(1),
        lambda: failing.put_many([1]),
    )
    for put in puts:
        with pytest.raises(ZeroDivisionError):
            put()
    assert jobs.empty()


def test_a_handle_is_pickled_with_its_codec(polyproc_client: Polyproc) -> None:
    pickled = polyproc_client.queue(codec=PICKLE)
    plain = polyproc_client.existing_queue(pickled.name)
    again, plain = pickle.loads(pickle.dumps((pickled, plain)))
    assert again == plain == pickled
    again.put({1, 2})
    assert pickled.get() == {1, 2}
    again.put(complex(1, 2))
    assert isinstance(plain.get(), Opaque)


@pytest.mark.parametrize("codec", [polyproc.PLAIN, PICKLE], ids=["plain", "pickle"])
def test_a_handle_within_an_item_has_the_settings_of_who_reads_it(
    polyproc_client: Polyproc, other: Polyproc, codec: Codec[Any]
) -> None:
    inner = polyproc_client.queue(codec=PICKLE)
    lock = polyproc_client.lock(name(), lease=60)
    carrier = polyproc_client.queue(name(), codec=codec)
    with polyproc_client.lock() as hold:
        guarded = polyproc_client.guarded_by(hold).existing_queue(inner.name, codec=PICKLE)
        carrier.put([inner, lock, guarded])
        carrier.put([inner])
    read, leased, unguarded = other.existing_queue(carrier.name, codec=codec).get()
    assert read == unguarded == inner
    assert {each._client for each in (read, leased, unguarded)} == {other}
    assert leased == lock
    assert (lock._lease, leased._lease) == (60, None)
    assert unguarded.put({"plain": "data"})
    assert read.get() == {"plain": "data"}
    with pytest.raises(TypeError, match="needs a codec"):
        read.put({1, 2})
    with other.lock() as hold:
        theirs = other.guarded_by(hold).existing_queue(carrier.name, codec=codec)
        [read] = theirs.get()
        assert read.put("while it is held")
    with pytest.raises(polyproc.Error) as told:
        read.put("after that")
    assert told.value.reason == "GUARD_FAILED"


def test_a_handle_is_pickled_with_its_guard(polyproc_client: Polyproc) -> None:
    with polyproc_client.lock() as hold:
        guarded = polyproc_client.guarded_by(hold).queue(name())
        again = pickle.loads(pickle.dumps(guarded))
        assert again.put("while it is held")
    with pytest.raises(polyproc.Error) as told:
        again.put("after that")
    assert told.value.reason == "GUARD_FAILED"


def test_refuses_what_a_lock_guards_that_is_not_held_any_more(
    jobs: Queue[Any], polyproc_client: Polyproc
) -> None:
    with polyproc_client.lock() as hold:
        guarded = polyproc_client.guarded_by(hold).existing_queue(jobs.name)
        guarded.put_many([1, 2, 3])
        consumer = guarded.consume(prefetch=3)
        next(consumer).acknowledge()
        del consumer
        gc.collect()
        assert guarded.get_many() == [2, 3]
    calls: tuple[Callable[[], object], ...] = (
        lambda: guarded.put(4),
        guarded.get,
        guarded.put_async(4).result,
    )
    for call in calls:
        with pytest.raises(polyproc.Error) as told:
            call()
        assert told.value.reason == "GUARD_FAILED"
    assert jobs.empty()


def test_handles_travel_through_it(jobs: Queue[Any], other: Polyproc) -> None:
    jobs.put(other.queue(name()))
    inner = other.existing_queue(jobs.name).get()
    assert isinstance(inner, Queue)
    inner.put("within")
    jobs.put([inner])
    [again] = jobs.get()
    assert again == inner
    assert again.get_nowait() == "within"


def test_a_queue_without_a_name_lives_as_long_as_somebody_has_it(
    polyproc_client: Polyproc, other: Polyproc
) -> None:
    jobs = polyproc_client.queue()
    known = jobs.name
    theirs = other.existing_queue(known)
    del jobs
    gc.collect()
    theirs.put("here")
    assert polyproc_client.existing_queue(known).get_nowait() == "here"
    del theirs
    gc.collect()
    other.event()  # Whose call says that the handle is gone.
    with pytest.raises(polyproc.Error) as told:
        polyproc_client.existing_queue(known)
    assert told.value.reason == "OBJECT_NOT_FOUND"


def test_a_second_handle_keeps_an_object_when_a_session_was_lost_after_the_first_is_gone(
    polyproc_client: Polyproc,
) -> None:
    first = polyproc_client.queue()
    second = polyproc_client.existing_queue(first.name)
    del first
    gc.collect()

    def use() -> None:
        second.put("from the child")

    with child(use):
        assert second.get(timeout=60) == "from the child"
    assert [handle._ref.name for handle in polyproc_client._handles()] == [second.name]
