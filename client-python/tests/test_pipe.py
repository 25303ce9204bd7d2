"""Pipes, before a real daemon."""

import errno
import gc
import multiprocessing
import os
import pickle
import signal
import threading
import traceback
import uuid
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import polyproc
from daemons import Daemon
from polyproc import PipeEnd, Polyproc
from polyproc._values import Codec
from polyproc.v1 import value_pb2


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


def test_sends_messages_both_ways_in_order(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()
    for message in (1, "two", [3, {"four": None}], b"five"):
        one.send(message)
        two.send([message])
    assert [two.recv() for _ in range(4)] == [1, "two", [3, {"four": None}], b"five"]
    assert [one.recv() for _ in range(4)] == [[1], ["two"], [[3, {"four": None}]], [b"five"]]


def test_receive_waits_for_a_message(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()
    sender = threading.Timer(0.01, one.send, ["late"])
    sender.start()
    assert two.poll(None)
    assert two.recv() == "late"
    sender.join()


def test_send_waits_for_room(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe(maxsize=1)
    one.send(1)
    sender = threading.Thread(target=one.send, args=[2])
    sender.start()
    assert [two.recv(), two.recv()] == [1, 2]
    sender.join()


def test_waits_end_when_their_time_is_up(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe(maxsize=1)
    assert not two.poll()
    assert not two.poll(0.01)
    waits: tuple[Callable[[], object], ...] = (
        lambda: two.recv(timeout=0),
        lambda: two.recv(timeout=0.01),
        lambda: two.recv_bytes(timeout=0.01),
        lambda: two.recv_bytes_into(bytearray(1), timeout=0),
    )
    for wait in waits:
        with pytest.raises(TimeoutError):
            wait()
    one.send("first")
    with pytest.raises(TimeoutError):
        one.send("second", timeout=0.01)
    with pytest.raises(TimeoutError):
        one.send_bytes(b"second", timeout=0)
    assert two.recv() == "first"


def test_the_ends_of_a_one_way_pipe_know_their_direction(
    polyproc_client: Polyproc, other: Polyproc
) -> None:
    receiver, sender = polyproc_client.pipe(duplex=False)
    assert (receiver.readable, receiver.writable) == (True, False)
    assert (sender.readable, sender.writable) == (False, True)
    with pytest.raises(OSError, match="connection is read-only"):
        receiver.send(1)
    calls: tuple[Callable[[], object], ...] = (sender.recv, sender.recv_bytes, sender.poll)
    for call in calls:
        with pytest.raises(OSError, match="connection is write-only") as told:
            call()
        assert isinstance(told.value, polyproc.Error)
        assert told.value.reason == "WRONG_DIRECTION"
    ends = polyproc_client.queue(f"queue-{uuid.uuid4()}")
    ends.put([receiver, sender])
    receiver, sender = other.existing_queue(ends.name).get()
    assert (receiver.readable, receiver.writable) == (True, False)
    assert (sender.readable, sender.writable) == (False, True)


def test_both_ends_of_a_duplex_pipe_send(polyproc_client: Polyproc) -> None:
    for end in polyproc_client.pipe():
        assert (end.readable, end.writable) == (True, True)


def test_receives_what_was_sent_and_then_the_end_of_the_file(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()
    one.send("last")
    one.close()
    one.close()
    assert one.closed
    assert not two.closed
    assert two.recv() == "last"
    assert two.poll()
    receives: tuple[Callable[[], object], ...] = (
        two.recv,
        two.recv_bytes,
        lambda: two.recv_bytes_into(bytearray(1)),
    )
    for receive in receives:
        with pytest.raises(EOFError):
            receive()


def test_a_send_to_a_closed_end_is_a_broken_pipe(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()
    two.close()
    sends: tuple[Callable[[], object], ...] = (
        lambda: one.send(1),
        lambda: one.send_bytes(b"1"),
    )
    for send in sends:
        with pytest.raises(BrokenPipeError) as told:
            send()
        assert isinstance(told.value, polyproc.Error)
        assert (told.value.errno, told.value.reason) == (errno.EPIPE, "BROKEN_PIPE")
        again = pickle.loads(pickle.dumps(told.value))
        assert (str(again), again.errno, again.reason) == (
            str(told.value),
            errno.EPIPE,
            "BROKEN_PIPE",
        )


def test_refuses_all_calls_once_the_handle_is_closed(polyproc_client: Polyproc) -> None:
    with polyproc_client.pipe()[0] as end:
        pass
    calls: tuple[Callable[[], object], ...] = (
        lambda: end.send(1),
        lambda: end.send_bytes(b""),
        end.recv,
        end.recv_bytes,
        lambda: end.recv_bytes_into(bytearray(1)),
        end.poll,
    )
    for call in calls:
        with pytest.raises(OSError, match="handle is closed"):
            call()


def test_an_end_is_closed_after_its_client(daemon: Daemon) -> None:
    with polyproc.connect(daemon.address) as client:
        one, two = client.pipe()
        two.close()
    one.close()
    assert one.closed


def test_an_end_that_nobody_has_any_more_is_closed(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()
    one.send("last")
    del one
    gc.collect()
    assert two.recv() == "last"
    with pytest.raises(EOFError):
        two.recv()


def test_an_end_stays_open_while_another_handle_has_it(
    polyproc_client: Polyproc, other: Polyproc
) -> None:
    name = f"pipe-{uuid.uuid4()}"
    one, two = polyproc_client.pipe(name)
    again, theirs = other.pipe(name)
    assert (again, theirs) == (one, two)
    theirs.close()
    one.send(1)
    two.close()
    with pytest.raises(BrokenPipeError):
        one.send(2)


def test_ends_travel_through_values(polyproc_client: Polyproc, other: Polyproc) -> None:
    jobs = polyproc_client.queue(f"queue-{uuid.uuid4()}")
    one, two = polyproc_client.pipe()
    jobs.put({"answer to": two})
    two.close()
    theirs = other.existing_queue(jobs.name).get()["answer to"]
    assert isinstance(theirs, PipeEnd)
    theirs.send("hello")
    assert one.recv() == "hello"
    theirs.close()
    with pytest.raises(EOFError):
        one.recv()


def test_an_end_is_pickled_as_a_handle_of_its_own(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe(duplex=False)
    again = pickle.loads(pickle.dumps(one))
    assert again == one
    assert (again.readable, again.writable) == (True, False)
    one.close()
    two.send("hello")
    assert again.recv() == "hello"


def test_a_killed_program_closes_the_ends_that_it_has(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()
    ready = polyproc_client.event()

    def send_and_hang() -> None:
        two.close()
        one.send("last words")
        ready.set()
        signal.pause()

    with child(send_and_hang) as pid:
        ready.wait()
        one.close()
        assert two.recv() == "last words"
        assert not two.poll()
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(EOFError):
            two.recv()


def test_a_killed_program_that_waits_swallows_no_message(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()

    def receive() -> None:
        ready.set()
        two.recv()

    ready = polyproc_client.event()
    with child(receive) as pid:
        ready.wait()
        os.kill(pid, signal.SIGKILL)
    one.send("hello")
    assert two.recv(timeout=60) == "hello"


def test_an_interrupt_leaves_nobody_in_line_and_loses_no_message(polyproc_client: Polyproc) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    one, two = polyproc_client.pipe()
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        waits: tuple[Callable[[], object], ...] = (two.recv, two.recv_bytes, lambda: two.poll(None))
        for wait in waits:
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            with pytest.raises(KeyboardInterrupt):
                wait()
            one.send("hello")
            assert two.recv(timeout=0) == "hello"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_any_number_of_threads_use_an_end_at_once(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()
    received: list[int] = []

    def receive() -> None:
        while (message := two.recv()) is not None:
            received.append(message)

    receivers = [threading.Thread(target=receive) for _ in range(4)]

    def send(first: int) -> None:
        for message in range(first, first + 50):
            one.send(message)

    senders = [threading.Thread(target=send, args=[first]) for first in range(0, 200, 50)]
    for thread in receivers + senders:
        thread.start()
    for sender in senders:
        sender.join()
    for _ in receivers:
        one.send(None)
    for receiver in receivers:
        receiver.join()
    assert sorted(received) == list(range(200))


# Bytes.


def test_sends_parts_of_a_buffer(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()
    one.send_bytes(b"hello")
    one.send_bytes(bytearray(b"hello"), 1)
    one.send_bytes(memoryview(b"hello"), 1, 3)
    one.send_bytes(array("H", [1, 2]))
    one.send_bytes(b"")
    expected: list[bytes] = [b"hello", b"ello", b"ell", array("H", [1, 2]).tobytes(), b""]
    assert [two.recv_bytes() for _ in expected] == expected
    for arguments, sentence in (
        ((-1,), "offset is negative"),
        ((6,), "buffer length < offset"),
        ((0, -1), "size is negative"),
        ((3, 3), r"buffer length < offset \+ size"),
    ):
        with pytest.raises(ValueError, match=sentence):
            one.send_bytes(b"hello", *arguments)
    assert not two.poll()


def test_receives_into_a_buffer(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()
    buffer = bytearray(b"........")
    one.send_bytes(b"hello")
    assert two.recv_bytes_into(buffer, 2) == 5
    assert buffer == b"..hello."
    numbers = array("H", [0, 0])
    one.send_bytes(array("H", [7, 8]))
    assert two.recv_bytes_into(numbers) == 4
    assert numbers == array("H", [7, 8])
    one.send_bytes(b"too long a message")
    with pytest.raises(multiprocessing.BufferTooShort) as told:
        two.recv_bytes_into(buffer)
    assert told.value.args == (b"too long a message",)
    for offset, sentence in ((-1, "negative offset"), (9, "offset too large")):
        with pytest.raises(ValueError, match=sentence):
            two.recv_bytes_into(buffer, offset)


def test_a_message_that_is_too_long_stays(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()
    one.send_bytes(b"hello")
    with pytest.raises(OSError, match="at most 4 bytes") as told:
        two.recv_bytes(4)
    assert isinstance(told.value, polyproc.MessageTooLong)
    assert two.recv_bytes(5) == b"hello"
    with pytest.raises(ValueError, match="negative maxlength"):
        two.recv_bytes(-1)
    with pytest.raises(ValueError, match="at least 1 byte"):
        two.recv_bytes(0)


def test_a_message_that_is_no_bytes_is_not_lost(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()
    one.send("text")
    with pytest.raises(polyproc.UnexpectedValue, match="Expected bytes") as told:
        two.recv_bytes()
    assert told.value.value is not None
    assert told.value.value.text == "text"


class Failing(Codec[Any]):
    """A codec that somebody wrote, and that cannot read."""

    def encode(self, obj: Any, /) -> value_pb2.Value:
        return polyproc.PLAIN.encode(obj)

    def decode(self, value: value_pb2.Value, /) -> Any:
        raise EOFError("of the codec")


def test_a_message_that_its_codec_fails_to_read_comes_once(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe(codec=Failing())
    one.send("first")
    one.send("second")
    for sent in ("first", "second"):
        with pytest.raises(polyproc.UnexpectedValue) as told:
            two.recv()
        assert isinstance(told.value.__cause__, EOFError)
        assert told.value.value is not None
        assert told.value.value.text == sent
    assert not two.poll()


def test_has_no_file(polyproc_client: Polyproc) -> None:
    one, two = polyproc_client.pipe()
    with pytest.raises(OSError, match="fileno"):
        one.fileno()
    assert repr(two) == f"<PipeEnd {two.name!r}>"


def test_refuses_another_shape(polyproc_client: Polyproc) -> None:
    name = f"pipe-{uuid.uuid4()}"
    ends: Any = polyproc_client.pipe(name)
    with pytest.raises(polyproc.Error) as told:
        polyproc_client.pipe(name, duplex=False)
    assert told.value.reason == "OBJECT_EXISTS"
    assert [end.name for end in ends] == [f"{name}/1", f"{name}/2"]
