"""What handles keep: objects without a name, through lost sessions and forks."""

import dataclasses
import inspect
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import daemons
import polyproc
from children import until
from daemons import Daemon
from polyproc._kinds import CLASSES, kind_of, kind_of_class
from polyproc._methods import Method
from polyproc._object import Handle, class_of
from polyproc._values import Codec
from polyproc.v1 import admin_pb2, object_pb2, value_pb2

_CLOSE = Method(
    "AdminService/CloseSession",
    admin_pb2.AdminCloseSessionRequest,
    admin_pb2.AdminCloseSessionResponse,
)


@pytest.fixture
def other(daemon: Daemon) -> Iterator[polyproc.Polyproc]:
    with polyproc.connect(daemon.address) as client:
        yield client


def session_of(client: polyproc.Polyproc) -> int:
    return client._session_now().opened.number


def found(client: polyproc.Polyproc, event: polyproc.Event) -> polyproc.Event:
    """Find the same object, as by a value that has its ref."""
    handle = client._handle(client._retained(event._ref))
    assert isinstance(handle, polyproc.Event)
    return handle


def lose(client: polyproc.Polyproc, by: polyproc.Polyproc) -> None:
    by._call(_CLOSE, admin_pb2.AdminCloseSessionRequest(session=session_of(client)))
    with pytest.raises(polyproc.SessionLost):
        client.event("lost")


def test_keep_an_object_each_by_itself(polyproc_client: polyproc.Polyproc) -> None:
    one = polyproc_client.event()
    other = found(polyproc_client, one)
    del one
    polyproc_client.event()  # The daemon is told first of what is gone.
    assert not other.is_set()


def test_keep_an_object_each_by_itself_after_a_session_was_lost(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc
) -> None:
    one = polyproc_client.event()
    second = found(polyproc_client, one)
    kept = found(other, one)
    lose(polyproc_client, other)
    assert not one.is_set()
    del kept, one
    other.event()
    polyproc_client.event()
    assert not second.is_set()


def test_give_an_object_up_that_a_forked_child_has_let_go(
    polyproc_client: polyproc.Polyproc,
) -> None:
    event = polyproc_client.event()
    ref = event._ref
    told, tell = os.pipe()
    asked, ask = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            event.is_set()
            del event
            polyproc_client.event()
            os.write(tell, b"gone")
            os.close(ask)
            os.read(asked, 1)
            code = 0
        finally:
            os._exit(code)
    os.close(tell)
    assert os.read(told, 4) == b"gone"
    del event

    def is_gone() -> bool:
        try:
            polyproc_client._retained(ref)
        except polyproc.Error:
            return True
        return False

    until(is_gone)
    os.close(ask)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    for descriptor in (told, asked):
        os.close(descriptor)


def test_lose_what_they_held_with_their_session(
    polyproc_client: polyproc.Polyproc, other: polyproc.Polyproc
) -> None:
    lock = polyproc_client.lock()
    its = polyproc.Lock(other, other._retained(lock._ref))
    hold = lock.hold()
    lose(polyproc_client, other)
    with its as next_one:
        assert next_one.previous_owner_died
        assert next_one.token > hold.token
        with pytest.raises(polyproc.NotHeld):
            hold.release()
        assert not lock.acquire(blocking=False)
    with lock:
        pass


class Failing(Codec[Any]):
    """A codec that somebody wrote, and that reads nothing."""

    def encode(self, obj: Any, /) -> value_pb2.Value:
        return polyproc.PLAIN.encode(obj)

    def decode(self, value: value_pb2.Value, /) -> Any:
        raise {int: KeyError, str: AttributeError, float: IndexError, bytes: StopIteration}[
            type(polyproc.PLAIN.decode(value))
        ]("of the codec")


@pytest.mark.parametrize("stored", [1, "text", 0.5, b"bytes"])
def test_tell_what_a_codec_raised_from_what_is_absent(
    polyproc_client: polyproc.Polyproc, stored: object
) -> None:
    values = polyproc_client.dict(codec=Failing())
    keys = polyproc_client.dict(key_codec=Failing())
    elements = polyproc_client.list(codec=Failing())
    attributes = polyproc_client.namespace(codec=Failing())
    values["k"] = keys[stored] = attributes.x = stored
    elements.append(stored)
    reads: list[Callable[[], object]] = [
        lambda: values["k"],
        lambda: values.get("k"),
        lambda: values.setdefault("k", 1),
        lambda: values.get_and_set("k", stored),
        lambda: list(values.values()),
        lambda: list(values.items()),
        values.copy,
        lambda: list(keys),
        keys.popitem,
        lambda: elements[0],
        lambda: elements[:],
        lambda: list(elements),
        lambda: elements.get_and_set(0, stored),
        elements.pop,
        lambda: attributes.x,
        attributes.attributes,
        values.popitem,
    ]
    for read in reads:
        with pytest.raises(polyproc.UnexpectedValue, match="of the codec") as told:
            read()
        assert told.value.value is not None
        assert isinstance(
            told.value.__cause__, (KeyError, AttributeError, IndexError, StopIteration)
        )
    assert len(values) == len(keys) == len(elements) == 0


_FACTORIES = [
    title
    for title, method in inspect.getmembers(polyproc.Polyproc, callable)
    if not title.startswith("_") and "name" in inspect.signature(method).parameters
]
_OTHERS: dict[str, dict[str, Any]] = {
    "array": {"type": "q", "size_or_initializer": 1},
    "barrier": {"parties": 2},
    "latch": {"count": 1},
    "process": {"command": ["true"]},
    "shared_array": {"type": "q", "length": 1},
}
"""What factories need beside a name."""


def test_are_made_by_many_factories_that_take_a_name() -> None:
    assert {"array", "existing_queue", "key_lock", "pipe", "process", "queue", "value"} <= set(
        _FACTORIES
    )


@pytest.mark.parametrize("title", _FACTORIES)
def test_refuse_a_name_that_is_none(polyproc_client: polyproc.Polyproc, title: str) -> None:
    factory = getattr(polyproc_client, title)
    parameter = inspect.signature(factory).parameters["name"]
    names = [10, False, True, 0, b"jobs", polyproc_client.event()]
    if "None" not in parameter.annotation:
        names.append(None)
    before = len(list(polyproc_client.admin.objects()))
    for name in names:
        others = _OTHERS.get(title, {})
        with pytest.raises(TypeError, match=r"^Expected a str.* as the name, but it is"):
            factory(name=name, **others)
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            with pytest.raises(TypeError, match=r"^Expected a str.* as the name, but it is"):
                factory(name, **others)
    assert len(list(polyproc_client.admin.objects())) == before


def test_refuse_what_is_no_name_of_a_lock_or_queue(polyproc_client: polyproc.Polyproc) -> None:
    client: Any = polyproc_client
    lock = client.lock()
    makes: tuple[Callable[[], object], ...] = (
        lambda: client.array(None, "q", 3, lock=lock),
        lambda: client.value(lock=True),
        lambda: client.shared_array(None, "q", 3, lock=1),
    )
    for make in makes:
        with pytest.raises(TypeError, match=r"^Expected the name of a lock, a str, but lock is"):
            make()
    assert client.condition(lock=lock).lock == lock
    jobs = client.queue()
    asks: tuple[Callable[[], object], ...] = (
        lambda: client.queue(dead_letters=True, max_attempts=1),
        lambda: client.queue(dead_letters=client.event()),
        lambda: jobs.dead_letters(7),
        lambda: jobs.dead_letters().redrive(to=lock),
    )
    for ask in asks:
        with pytest.raises(TypeError, match=r"^Expected a queue, its name or None, but got"):
            ask()


# The kinds.


_MADE: dict[polyproc.Kind, Callable[[polyproc.Polyproc], Handle]] = {
    polyproc.Kind.ARRAY: lambda client: client.array(None, "i", 3),
    polyproc.Kind.BARRIER: lambda client: client.barrier(None, 2),
    polyproc.Kind.CONDITION: lambda client: client.condition(),
    polyproc.Kind.DICT: lambda client: client.dict(),
    polyproc.Kind.EVENT: lambda client: client.event(),
    polyproc.Kind.JOB: lambda client: client.pool().job(),
    polyproc.Kind.LATCH: lambda client: client.latch(None, 1),
    polyproc.Kind.LIST: lambda client: client.list(),
    polyproc.Kind.LOCK: lambda client: client.lock(),
    polyproc.Kind.NAMESPACE: lambda client: client.namespace(),
    polyproc.Kind.PIPE_END: lambda client: client.pipe()[0],
    polyproc.Kind.POOL: lambda client: client.pool(),
    polyproc.Kind.PROCESS: lambda client: client.process(["true"]),
    polyproc.Kind.QUEUE: lambda client: client.queue(),
    polyproc.Kind.READ_WRITE_LOCK: lambda client: client.rwlock(),
    polyproc.Kind.SEMAPHORE: lambda client: client.semaphore(),
    polyproc.Kind.SHARED_MEMORY: lambda client: client.shared_array(None, "i", 3),
    polyproc.Kind.VALUE: lambda client: client.value(None, "i", 3),
}


@pytest.mark.parametrize("kind", polyproc.Kind)
def test_travel_in_values_of_types_of_their_own(
    polyproc_client: polyproc.Polyproc, kind: polyproc.Kind
) -> None:
    made = _MADE[kind](polyproc_client)
    wrong = polyproc_client.event() if kind != polyproc.Kind.EVENT else polyproc_client.lock()
    job = dataclasses.make_dataclass("Job", [("n", int), ("handle", type(made))])
    queue: polyproc.Queue[Any] = polyproc_client.queue(codec=polyproc.codec_of(job))
    plain = polyproc_client.existing_queue(queue.name)
    queue.put(job(1, made))
    read = queue.get()
    assert read == job(1, made)
    assert type(read.handle) is type(made)
    with pytest.raises(TypeError, match=f"^Expected {type(made).__name__}, but"):
        queue.put(job(1, wrong))
    plain.put({"n": 1, "handle": wrong})
    with pytest.raises(polyproc.UnexpectedValue, match="Expected a ref to a"):
        queue.get()


def test_travel_in_values_of_generic_types(polyproc_client: polyproc.Polyproc) -> None:
    made = polyproc_client.queue()
    queue = polyproc_client.queue(codec=polyproc.codec_of(list[polyproc.Queue[int] | None]))
    queue.put([made, None])
    assert queue.get() == [made, None]


def test_are_of_each_kind_of_the_contract() -> None:
    contract = {number for number in object_pb2.ObjectKind.values() if number}
    assert set(CLASSES) == contract
    assert {kind_of(number) for number in CLASSES} == set(polyproc.Kind)
    for number in CLASSES:
        handles = class_of(number)
        assert getattr(polyproc, handles.__name__) is handles
        assert kind_of_class(handles) == number
    assert set(map(class_of, CLASSES)) == set(Handle.__subclasses__())


def test_are_made_again_when_the_daemon_was_restarted() -> None:
    with tempfile.TemporaryDirectory(prefix="polyproc-") as name:
        folder = Path(name)
        before = daemons._start(folder, ())
        address = daemons._ready(before, folder).address
        client = polyproc.connect(address)
        old = client.queue("work")
        daemons._stop(before)
        after = daemons._start(folder, ())
        try:
            daemons._ready(after, folder)
            losses = 0
            while True:
                try:
                    work = client.queue("work")
                    work.put("done")
                    assert work.get() == "done"
                    break
                except polyproc.SessionLost:
                    losses += 1
            assert losses == 1
            with pytest.raises(polyproc.Error) as told:
                old.put("lost")
            assert told.value.reason == polyproc.Reason.OBJECT_DELETED
            assert work.empty()
            client.close()
        finally:
            daemons._stop(after)


def test_are_of_no_object_whose_name_is_empty(polyproc_client: polyproc.Polyproc) -> None:
    client = polyproc_client
    makes: tuple[Callable[[], object], ...] = (
        lambda: client.array("", "d", 1),
        lambda: client.barrier("", 2),
        lambda: client.condition(""),
        lambda: client.dict(""),
        lambda: client.event(""),
        lambda: client.key_lock(""),
        lambda: client.latch("", 1),
        lambda: client.list(""),
        lambda: client.lock(""),
        lambda: client.namespace(""),
        lambda: client.pipe(""),
        lambda: client.process(["true"], name=""),
        lambda: client.queue(""),
        lambda: client.rwlock(""),
        lambda: client.semaphore(""),
        lambda: client.shared_array("", "d", 1),
        lambda: client.value(""),
        lambda: client.value(lock=""),
        lambda: client.queue(dead_letters=""),
        lambda: client.queue().dead_letters(""),
        lambda: client.queue().dead_letters().redrive(to=""),
    )
    for make in makes:
        with pytest.raises(ValueError, match=r"^Expected .* name"):
            make()


def test_a_wait_may_be_as_long_as_those_of_the_standard_library(
    polyproc_client: polyproc.Polyproc,
) -> None:
    longest = threading.TIMEOUT_MAX
    event, queue = polyproc_client.event(), polyproc_client.queue()
    event.set()
    queue.put(1, timeout=longest)
    lock, semaphore = polyproc_client.lock(), polyproc_client.semaphore()
    here, there = polyproc_client.pipe()
    here.send("sent")
    assert event.wait(longest)
    assert queue.get(timeout=longest) == 1
    assert lock.acquire(timeout=longest)
    assert semaphore.acquire(timeout=longest)
    assert there.poll(longest)
    with pytest.raises(ValueError, match="inf"):
        event.wait(float("inf"))
