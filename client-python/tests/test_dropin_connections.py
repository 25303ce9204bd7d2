"""Pipes of the drop-in: what `multiprocessing` has not."""

import asyncio
import gc
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import polyproc
from children import until
from daemons import Daemon
from polyproc.multiprocessing import _runtime
from polyproc.multiprocessing._anything import ANYTHING
from polyproc.multiprocessing.connection import wait

SECONDS = 20


@pytest.fixture
def mp(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The drop-in, with the daemon of the tests."""
    import polyproc.multiprocessing

    monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
    yield polyproc.multiprocessing
    gc.collect()
    _runtime.client().close()


def _say_and_stay(end: Any, say: Any) -> None:
    say.send(end.recv())
    time.sleep(SECONDS)


def _started(mp: Any, work: Any, end: Any, method: str = "spawn") -> tuple[Any, Any]:
    """A process, and what hears what it says: a pipe of the system, not of ours."""
    hear, say = multiprocessing.Pipe(False)
    process = mp.get_context(method).Process(target=work, args=(end, say))
    process.start()
    say.close()
    return process, hear


def _kill(process: Any) -> None:
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_the_other_end_of_a_killed_process_is_told(mp: Any) -> None:
    ours, theirs = mp.Pipe()
    process, hear = _started(mp, _say_and_stay, theirs)
    theirs.close()
    ours.send("hello")
    with hear:
        assert hear.recv() == "hello"
    ours.send("not received")
    _kill(process)
    with pytest.raises(EOFError):
        ours.recv()
    with pytest.raises(BrokenPipeError) as broken:
        ours.send("for nobody")
    assert broken.value.args == (32, os.strerror(32))
    assert ours.poll()
    assert wait([ours, process.sentinel], SECONDS) == [ours, process.sentinel]


def _receive(end: Any, _: Any) -> None:
    end.recv()


def test_what_a_killed_process_waits_for_goes_to_another(mp: Any) -> None:
    ours, theirs = mp.Pipe()
    process, hear = _started(mp, _receive, theirs, "fork")
    hear.close()
    until(lambda: list(_runtime.client().admin.waits()))
    _kill(process)
    ours.send("it")
    assert theirs.recv() == "it"


def test_what_a_killed_process_has_just_received_comes_back(mp: Any) -> None:
    ours, theirs = mp.Pipe()
    process, hear = _started(mp, _say_and_stay, theirs, "fork")
    ours.send("it")
    with hear:
        assert hear.recv() == "it"
    _kill(process)
    assert theirs.poll(SECONDS)
    assert theirs.recv() == "it"


def _receive_all(end: Any, say: Any) -> None:
    say.send(list(iter(end.recv, None)))


def test_several_processes_use_one_end(mp: Any) -> None:
    ours, theirs = mp.Pipe()
    started = [_started(mp, _receive_all, theirs, "fork") for _ in range(3)]
    messages = [("x" * (number * 100), number) for number in range(200)]
    for message in messages:
        ours.send(message)
    for _ in started:
        ours.send(None)
    got = []
    for process, hear in started:
        with hear:
            got += hear.recv()
        process.join()
    assert sorted(got, key=lambda message: int(message[1])) == messages


def test_large_messages_both_ways_and_empty_ones(mp: Any) -> None:
    one, two = mp.Pipe()
    large = b"x" * (60 << 20)
    for end, back in ((one, two), (two, one)):
        end.send_bytes(large)
        end.send_bytes(b"")
        end.send("")
        assert back.recv_bytes() == large
        assert (back.recv_bytes(), back.recv()) == (b"", "")
    one.send([large])
    assert two.recv() == [large]


def _end_of(client: polyproc.Polyproc, shelf: str) -> Any:
    """The end that a pickle in a dict refers to, as a program without pickles has it."""
    (ref,) = client.dict(shelf)["it"].refs
    return client._handle(ref._polyproc_ref_())


def test_who_drops_an_end_has_told_it_by_that(mp: Any, other: polyproc.Polyproc) -> None:
    ours, theirs = mp.Pipe()
    shelf = _runtime.client().dict("shelf-of-ends", codec=ANYTHING)
    shelf["it"] = theirs
    their_end = _end_of(other, "shelf-of-ends")
    theirs.close()
    del shelf["it"]
    assert not their_end.poll()
    del ours
    assert their_end.poll(SECONDS)
    with pytest.raises(EOFError):
        their_end.recv()
    shelf.delete()


def test_is_the_same_end_wherever_it_came_through(mp: Any) -> None:
    one, two = mp.Pipe()
    reader, writer = mp.Pipe(False)
    queue = mp.Queue()
    queue.put([one, reader, {"writer": writer}])
    came = queue.get(timeout=SECONDS)
    assert came[:2] == [one, reader]
    assert came[0] != two
    assert came[0] != "another thing"
    assert len({one, came[0], two}) == 2
    assert (came[1].readable, came[1].writable) == (True, False)
    came[0].send({1, 2})
    came[2]["writer"].send(b"\x80.")
    assert (two.recv(), reader.recv()) == ({1, 2}, b"\x80.")
    one.close()
    came[0].send("still open")
    assert two.recv() == "still open"


def test_a_closed_one_does_not_pickle(mp: Any) -> None:
    one, _ = mp.Pipe()
    one.close()
    with pytest.raises(OSError, match="handle is closed"):
        mp.Queue().put(one)


def test_other_languages_see_plain_data(mp: Any, other: polyproc.Polyproc) -> None:
    ours, theirs = mp.Pipe()
    shelf = _runtime.client().dict("shelf-of-plain-ends", codec=ANYTHING)
    shelf["it"] = theirs
    end = _end_of(other, "shelf-of-plain-ends")
    ours.send(["text", 1, b"bytes"])
    ours.send_bytes(b"raw")
    assert (end.recv(), end.recv_bytes()) == (["text", 1, b"bytes"], b"raw")
    end.send(b"raw")
    end.send_bytes(b"raw")
    end.send((1, 2))
    assert (ours.recv_bytes(), ours.recv(), ours.recv()) == (b"raw", b"raw", (1, 2))
    shelf.delete()


def test_asyncio_reads_it(mp: Any) -> None:
    ours, theirs = mp.Pipe()

    async def read() -> list[Any]:
        loop = asyncio.get_running_loop()
        came: list[Any] = []
        all_are_there = asyncio.Event()

        def on_data() -> None:
            came.append(theirs.recv())
            if len(came) == 50:
                all_are_there.set()

        loop.add_reader(theirs.fileno(), on_data)
        for number in range(50):
            ours.send(number)
            if number % 7 == 0:
                await asyncio.sleep(0)
        await asyncio.wait_for(all_are_there.wait(), SECONDS)
        await asyncio.sleep(0.05)  # Nothing more comes, so that nothing is called.
        loop.remove_reader(theirs.fileno())
        return came

    assert asyncio.run(read()) == list(range(50))


def test_waits_for_what_was_there_before_it_is_asked(mp: Any) -> None:
    pipes = [mp.Pipe(False) for _ in range(10)]
    readers = [reader for reader, _ in pipes]
    for round_ in range(5):
        for number, (_, writer) in enumerate(pipes):
            if number % 2 == round_ % 2:
                writer.send(number)
        ready = wait(readers, 0)
        assert ready == readers[round_ % 2 :: 2]
        assert [reader.recv() for reader in ready] == list(range(round_ % 2, 10, 2))
        assert wait(readers, 0) == []


def _wait_and_say(end: Any, say: Any) -> None:
    say.send((wait([end], SECONDS) == [end], end.recv(), wait([end], 0)))


def test_a_forked_child_waits_by_itself(mp: Any) -> None:
    ours, theirs = mp.Pipe()
    assert wait([theirs], 0.001) == []
    descriptor = theirs.fileno()
    process, hear = _started(mp, _wait_and_say, theirs, "fork")
    ours.send("it")
    with hear:
        assert hear.recv() == (True, "it", [])
    process.join()
    assert theirs.fileno() == descriptor
    assert wait([theirs], 0) == []
    ours.send("next")
    assert wait([theirs], SECONDS) == [theirs]


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="there is no /proc")
def test_descriptors_end_with_their_connections(mp: Any) -> None:
    mp.Pipe()
    before = _descriptors()
    pipes = [mp.Pipe() for _ in range(20)]
    assert wait([one for one, _ in pipes], 0.001) == []
    assert _descriptors() == before + 20
    for one, _ in pipes[:10]:
        one.close()
    del one, pipes
    gc.collect()
    assert _descriptors() == before


def test_pipes_that_are_dropped_are_gone(mp: Any, other: polyproc.Polyproc) -> None:
    keep, _end = mp.Pipe()
    before = sum(1 for _ in other.admin.objects())
    for _ in range(300):
        one, two = mp.Pipe()
        one.send(1)
        assert two.recv() == 1
    del one, two
    gc.collect()
    assert not keep.poll()
    assert sum(1 for _ in other.admin.objects()) == before


def test_wait_takes_connections_of_the_standard_library(mp: Any) -> None:
    ours, theirs = mp.Pipe()
    reader, writer = multiprocessing.Pipe(False)
    here, there = socket.socketpair()
    with reader, writer, here, there:
        assert wait([ours, reader, here], 0.01) == []
        writer.send(1)
        assert wait([ours, reader, here]) == [reader]
        theirs.send(1)
        there.send(b"x")
        assert wait([ours, reader, here], SECONDS) == [ours, reader, here]


def test_an_end_that_only_sends_has_no_descriptor(mp: Any) -> None:
    _reader, writer = mp.Pipe(False)
    with pytest.raises(OSError, match="connection is write-only"):
        writer.fileno()


def test_the_standard_library_knows_it(mp: Any) -> None:
    assert all(isinstance(end, multiprocessing.connection.Connection) for end in mp.Pipe())


class _Runs:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_should_run_nothing_of_whom_it_receives_bytes(mp: ModuleType, tmp_path: Path) -> None:
    reader, writer = mp.Pipe(duplex=False)
    writer.send(_Runs(tmp_path / "ran"))
    message = reader.recv_bytes()
    assert not (tmp_path / "ran").exists()
    writer.send_bytes(message)
    reader.recv()
    assert (tmp_path / "ran").exists()
    reader.close()
    writer.close()
