"""Values that nest deeper than protobuf reads in Python, before a daemon that allows them."""

from collections.abc import Callable, Iterator

import pytest

import polyproc
from daemons import running_daemon
from polyproc import Polyproc, _frames
from polyproc._deep import TOO_DEEP
from polyproc._deliveries import PUT
from polyproc._methods import Method
from polyproc.v1 import dict_pb2, pipe_pb2, value_pb2


def deep(levels: int) -> bytes:
    """A list in a list and so on, as a language writes it that can."""
    value: bytes = value_pb2.Value(text="within").SerializeToString()
    for _ in range(levels):
        value = _frames.field(8, _frames.field(1, value))
    return value


@pytest.fixture(scope="module")
def client() -> Iterator[Polyproc]:
    with (
        running_daemon("--limit", "value_depth=200") as daemon,
        polyproc.connect(daemon.address) as connected,
    ):
        yield connected


def put(jobs: polyproc.Queue[object], value: bytes) -> None:
    jobs._call_bytes(PUT.fields, _frames.field(1, jobs.name.encode()) + _frames.field(2, value))


def test_come_once_out_of_a_queue(client: Polyproc) -> None:
    jobs = client.queue()
    takes: tuple[Callable[[], object], ...] = (jobs.get, lambda: jobs.get_many()[0])
    for levels in (51, 52, 100, 199):
        for take in takes:
            put(jobs, deep(levels))
            with pytest.raises(polyproc.UnexpectedValue) as told:
                take()
            value = told.value.value
            assert value is not None
            if value.HasField("list"):
                [value] = value.list.values
            assert value.opaque.content_type == TOO_DEEP
            assert value.opaque.data == deep(levels)
            assert jobs.empty()


def test_are_read_as_far_as_protobuf_does(client: Polyproc) -> None:
    jobs = client.queue()
    takes: tuple[Callable[[], object], ...] = (jobs.get, lambda: jobs.get_many()[0])
    for take in takes:
        put(jobs, deep(47))
        found = take()
        for _ in range(47):
            assert isinstance(found, list)
            [found] = found
        assert found == "within"


def test_leave_what_is_beside_them_as_it_is(client: Polyproc) -> None:
    jobs = client.queue()
    jobs.put("first")
    put(jobs, deep(150))
    jobs.put([[-1, 0.5, "last"]], priority=0, key="k")
    first, middle, last = jobs.items()
    assert (first.item, last.item, last.options.key) == ("first", [[-1, 0.5, "last"]], "k")
    with pytest.raises(polyproc.UnexpectedValue, match="nests less deep, but the value is deeper"):
        print(middle.item)
    with pytest.raises(polyproc.UnexpectedValue) as told:
        jobs.get_many()
    assert told.value.value is not None
    one, two, three = told.value.value.list.values
    assert (one.text, two.opaque.data) == ("first", deep(150))
    assert polyproc.PLAIN.decode(three) == [[-1, 0.5, "last"]]


def test_are_settled_by_who_reserves_them(client: Polyproc) -> None:
    dead = client.queue()
    jobs = client.queue(max_attempts=2, dead_letters=dead)
    put(jobs, deep(150))
    takes: tuple[Callable[[], polyproc.Delivery[object]], ...] = (
        jobs.reserve,
        lambda: jobs.reserve_many()[0],
    )
    for take in takes:
        with pytest.raises(polyproc.UnexpectedValue), take() as job:
            print(job.item)
    [letter] = dead.dead_letters()
    assert letter.dead_letter is not None
    assert letter.dead_letter.attempts == 2


def test_are_told_of_wherever_they_are_read(client: Polyproc) -> None:
    one, two = client.pipe()
    send = Method("PipeService/Send", pipe_pb2.PipeSendRequest, pipe_pb2.PipeSendResponse)
    one._call_bytes(send.fields, _frames.field(1, one.name.encode()) + _frames.field(2, deep(150)))
    with pytest.raises(polyproc.UnexpectedValue):
        two.recv()
    assert not two.poll()
    shared = client.dict()
    setting = Method("DictService/Set", dict_pb2.DictSetRequest, dict_pb2.DictSetResponse)
    shared._call_bytes(
        setting.fields,
        _frames.field(1, shared.name.encode())
        + _frames.field(2, value_pb2.Value(text="k").SerializeToString())
        + _frames.field(3, deep(150)),
    )
    reads: tuple[Callable[[], object], ...] = (
        lambda: shared["k"],
        shared.copy,
        lambda: shared.pop("k"),
    )
    for read in reads:
        with pytest.raises(polyproc.UnexpectedValue) as told:
            read()
        assert told.value.value is not None
        assert told.value.value.opaque.data == deep(150)
    assert not shared
