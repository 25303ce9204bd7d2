"""What a worker that takes tasks ahead says aside, while one of them takes long."""

from __future__ import annotations

import threading

import pytest

import polyproc
from children import until
from polyproc._batch import Batch, Completions
from polyproc.v1 import pool_pb2
from waits import MOST_SECONDS, finish


def test_is_not_done_before_it_has_said_what_it_says() -> None:
    order: list[str] = []
    go = threading.Event()

    def say(done: Completions) -> None:
        order.append(f"says {[(each.run, each.returned) for each in done]}")
        assert go.wait(MOST_SECONDS)
        order.append("has said")

    batch = Batch(say)
    batch.put([pool_pb2.PoolRun(run=1), pool_pb2.PoolRun(run=2)])
    first = batch.begin()
    assert first is not None
    until(lambda: order)
    assert batch.begin() is None
    batch.end(pool_pb2.PoolCompletion(run=first.run))
    found: list[int] = []

    def take() -> None:
        found.extend(each.run for each in batch.take_done())
        order.append("has taken")

    taker = threading.Thread(target=take, daemon=True)
    taker.start()
    until(lambda: len(order) > 1 or batch._changed._waiters)  # type: ignore[attr-defined]
    go.set()
    finish(taker)
    assert order == ["says [(2, True)]", "has said", "has taken"]
    assert found == [1]
    batch.close()


def test_raises_later_what_it_could_not_say() -> None:
    refusal = polyproc.Error("Expected room, but there is none", "MEMORY_FULL")
    tried = threading.Event()

    def say(_done: Completions) -> None:
        tried.set()
        raise refusal

    batch = Batch(say)
    batch.put([pool_pb2.PoolRun(run=1), pool_pb2.PoolRun(run=2)])
    assert tried.wait(MOST_SECONDS)
    with pytest.raises(polyproc.Error) as raised:
        batch.take_done()
    assert raised.value is refusal
    assert batch.take_done() == []
    watch = batch._watch
    assert watch is not None
    batch.close()
    finish(watch)
