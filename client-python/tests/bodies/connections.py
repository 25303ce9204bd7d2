"""Connections: rows of 1.3."""

from __future__ import annotations

import importlib
import os
import pickle
import selectors
import socket
import threading
from array import array
from typing import Any

from bodies import alone, differs, outcome
from bodies.queues import Point, Unpicklable, Unreadable

SECONDS = 20


def _connection(mp: Any) -> Any:
    return importlib.import_module(f"{mp.__name__}.connection")


def _upper(end: Any) -> None:
    with end:
        for word in iter(end.recv, None):
            end.send(word.upper())


def upper_caser(mp: Any) -> Any:
    one, two = mp.Pipe()
    process = mp.Process(target=_upper, args=(two,))
    process.start()
    two.close()
    said = []
    for word in ("hello", "world"):
        one.send(word)
        said.append(one.recv())
    one.send(None)
    said.append(outcome(one.recv))
    process.join()
    return said, process.exitcode


def _send(end: Any) -> None:
    end.send("first")
    end.send_bytes(b"second")
    end.close()


def one_way(mp: Any) -> Any:
    reader, writer = mp.Pipe(duplex=False)
    process = mp.Process(target=_send, args=(writer,))
    process.start()
    writer.close()
    said = [reader.recv(), reader.recv_bytes(), reader.poll(SECONDS), outcome(reader.recv)]
    process.join()
    return said, process.exitcode


@alone
def messages(mp: Any) -> Any:
    one, two = mp.Pipe()
    sent: list[Any] = [
        None,
        1,
        "text",
        b"bytes",
        b"\x80.",
        pickle.dumps([1]),
        Point(1),
        {1},
        [(), {}],
        "\ud800",
    ]
    for message in sent:
        one.send(message)
    came = [two.recv() for _ in sent]
    two.send(sent[0])
    return came, one.recv(), [type(message).__name__ for message in came]


@alone
def directions(mp: Any) -> Any:
    reader, writer = mp.Pipe(False)
    return [
        [(end.readable, end.writable, end.closed) for end in (reader, writer, *mp.Pipe())],
        outcome(lambda: reader.send(1)),
        outcome(lambda: reader.send_bytes(b"")),
        outcome(writer.recv),
        outcome(writer.recv_bytes),
        outcome(lambda: writer.recv_bytes_into(bytearray(1))),
        outcome(writer.poll),
    ]


@alone
def closed(mp: Any) -> Any:
    one, two = mp.Pipe()
    reader, writer = mp.Pipe(False)
    for end in (one, reader, writer):
        end.close()
        end.close()
    return [
        [(end.closed, end.readable, end.writable) for end in (one, two, reader, writer)],
        outcome(lambda: one.send(1)),
        outcome(lambda: one.send_bytes(b"")),
        outcome(one.recv),
        outcome(one.recv_bytes),
        outcome(lambda: one.recv_bytes_into(bytearray(1))),
        outcome(one.poll),
        outcome(one.fileno),
        outcome(lambda: reader.send(1)),
        outcome(writer.recv),
    ]


@alone
def closed_by_a_with(mp: Any) -> Any:
    one, two = mp.Pipe()
    with one as entered:
        one.send("in time")
    return entered is one, one.closed, two.recv(), outcome(two.recv)


@alone
def end_of_file(mp: Any) -> Any:
    one, two = mp.Pipe()
    one.send("left")
    one.close()
    return [
        two.poll(),
        two.recv(),
        two.poll(),
        two.poll(None),
        outcome(two.recv),
        outcome(two.recv),
        outcome(two.recv_bytes),
        outcome(lambda: two.recv_bytes_into(bytearray(1))),
    ]


@alone
def broken_pipe(mp: Any) -> Any:
    one, two = mp.Pipe()
    reader, writer = mp.Pipe(False)
    two.close()
    reader.close()
    error = outcome(lambda: writer.send(1))
    return outcome(lambda: one.send(1)), error, outcome(lambda: writer.send_bytes(b"x"))


@alone
def closed_when_nobody_has_it(mp: Any) -> Any:
    one, two = mp.Pipe()
    del one
    return two.poll(SECONDS), outcome(two.recv)


@alone
def poll(mp: Any) -> Any:
    one, two = mp.Pipe()
    nothing = [two.poll(), two.poll(0), two.poll(-1), two.poll(0.01)]
    one.send(1)
    return nothing, [two.poll(SECONDS), two.poll(), two.poll(-1), two.poll(None), two.recv()]


@alone
def parts_of_bytes(mp: Any) -> Any:
    one, two = mp.Pipe()
    said = [
        outcome(lambda: one.send_bytes(b"hello", 1)),
        outcome(lambda: one.send_bytes(b"hello", 1, 2)),
        outcome(lambda: one.send_bytes(b"hello", 5)),
        outcome(lambda: one.send_bytes(b"hello", size=0)),
        outcome(lambda: one.send_bytes(array("i", [1, 2]))),
        outcome(lambda: one.send_bytes(memoryview(bytearray(b"abc"))[1:])),
        outcome(lambda: one.send_bytes(b"hello", -1)),
        outcome(lambda: one.send_bytes(b"hello", 6)),
        outcome(lambda: one.send_bytes(b"hello", 1, -1)),
        outcome(lambda: one.send_bytes(b"hello", 1, 5)),
        outcome(lambda: one.send_bytes("text")),
        outcome(lambda: one.send_bytes(1)),
    ]
    return said, [two.recv_bytes() for _ in range(6)], two.poll()


@alone
def bytes_that_are_too_long(mp: Any) -> Any:
    one, two = mp.Pipe()
    reader, writer = mp.Pipe(False)
    for end in (one, writer):
        end.send_bytes(b"12345")
        end.send_bytes(b"12345678")
        end.send_bytes(b"")
    said = []
    for end in (two, reader):
        said += [
            outcome(lambda end=end: end.recv_bytes(-1)),  # type: ignore[misc]
            outcome(lambda end=end: end.recv_bytes(5)),  # type: ignore[misc]
            outcome(lambda end=end: end.recv_bytes(7)),  # type: ignore[misc]
            (end.closed, end.readable, end.writable),
            outcome(lambda end=end: end.recv_bytes()),  # type: ignore[misc]
        ]
    return said


@alone
def no_bytes(mp: Any) -> Any:
    one, two = mp.Pipe()
    for _ in range(3):
        one.send_bytes(b"")
    return two.recv_bytes(), two.recv_bytes(0), two.recv_bytes_into(bytearray(0)), two.poll()


@alone
def bytes_into_a_buffer(mp: Any) -> Any:
    one, two = mp.Pipe()
    for message in (b"hello", b"hello", b"hello world", array("i", [7, 8]), b"12"):
        one.send_bytes(message)
    buffer, numbers = bytearray(8), array("i", [0] * 4)
    said = [
        outcome(lambda: two.recv_bytes_into(buffer, -1)),
        outcome(lambda: two.recv_bytes_into(buffer, 9)),
        two.recv_bytes_into(buffer),
        bytes(buffer),
        two.recv_bytes_into(buffer, 3),
        bytes(buffer),
    ]
    try:
        two.recv_bytes_into(buffer)
    except mp.BufferTooShort as e:
        said += [type(e).__name__, e.args]
    said += [two.recv_bytes_into(numbers, 4), list(numbers)]
    return [*said, outcome(lambda: two.recv_bytes_into(b"read only")), two.poll()]


@alone
def objects_and_bytes_mixed(mp: Any) -> Any:
    one, two = mp.Pipe()
    one.send([1, "two", None])
    one.send(Point(3))
    one.send(b"bytes")
    one.send_bytes(pickle.dumps({"a": 1}))
    one.send_bytes(pickle.dumps(Point(4), 2))
    return [
        pickle.loads(two.recv_bytes()),
        pickle.loads(two.recv_bytes()),
        two.recv(),
        two.recv(),
        two.recv(),
    ]


@differs("`recv` of a message of `send_bytes` that is no pickle")
@alone
def bytes_that_are_no_pickle(mp: Any) -> Any:
    one, two = mp.Pipe()
    one.send_bytes(b"hello")
    return outcome(two.recv)


@alone
def what_does_not_pickle(mp: Any) -> Any:
    one, two = mp.Pipe()
    said = [outcome(lambda: one.send(Unpicklable())), outcome(lambda: one.send(threading.Lock()))]
    one.send(Unreadable())
    one.send("next")
    return [*said, outcome(two.recv), two.recv()]


def _receive_and_answer(end: Any) -> None:
    inner = end.recv()
    inner.send("by an end that came by a pipe")
    inner.close()


def an_end_sent_through_a_pipe(mp: Any) -> Any:
    outer, theirs = mp.Pipe()
    reader, writer = mp.Pipe(False)
    process = mp.Process(target=_receive_and_answer, args=(theirs,))
    process.start()
    outer.send(writer)
    writer.close()
    said = reader.recv(), outcome(reader.recv)
    process.join()
    return said, process.exitcode


def _echo_bytes(end: Any) -> None:
    while message := end.recv_bytes():
        end.send_bytes(message)


def large_messages(mp: Any) -> Any:
    one, two = mp.Pipe()
    process = mp.Process(target=_echo_bytes, args=(two,))
    process.start()
    came = []
    for size in (1, 70_000, 3_000_000):
        one.send_bytes(b"x" * size)
        came.append(one.recv_bytes() == b"x" * size)
    one.send_bytes(b"")
    process.join()
    return came, process.exitcode


# wait.


@alone
def wait_for_nothing(mp: Any) -> Any:
    wait = _connection(mp).wait
    ends = [end for _ in range(3) for end in mp.Pipe()]
    return [
        wait([], 0),
        wait(ends, 0),
        wait(ends, 0.01),
        wait(ends, -1),
        outcome(lambda: wait([mp.Pipe(False)[0], "x"])),
    ]


@alone
def wait_for_some(mp: Any) -> Any:
    wait = _connection(mp).wait
    pipes = [mp.Pipe() for _ in range(4)]
    ends = [one for one, _ in pipes]
    said = []
    for number in (2, 0, 3):
        pipes[number][1].send(number)
        said.append([ends.index(end) for end in wait(ends, SECONDS)])
    pipes[1][1].close()
    said.append([ends.index(end) for end in wait(ends)])
    said.append([end.recv() for end in wait(ends) if end is not ends[1]])
    said.append([ends.index(end) for end in wait(ends)])
    ends[1].close()
    return [*said, wait([end for end in ends if not end.closed], 0)]


def _say_soon(end: Any) -> None:
    end.send("it")


def wait_for_a_mixture(mp: Any) -> Any:
    wait = _connection(mp).wait
    reader, writer = mp.Pipe(False)
    process = mp.Process(target=_say_soon, args=(writer,))
    process.start()
    writer.close()
    here, there = socket.socketpair()
    pipe_read, pipe_write = os.pipe()
    with here, there, os.fdopen(pipe_read, "rb") as file:
        said = [[each is reader for each in wait([reader, here, file])], reader.recv()]
        said.append([each == process.sentinel for each in wait([process.sentinel, here])])
        said.append(reader.poll(SECONDS))
        all_of_them = [reader, process.sentinel, here, file]
        said.append([all_of_them.index(each) for each in wait(all_of_them)])
        there.send(b"x")
        os.write(pipe_write, b"x")
        os.close(pipe_write)
        said.append([all_of_them.index(each) for each in wait(all_of_them)])
    process.join()
    return said, process.exitcode


@alone
def selectors_and_descriptors(mp: Any) -> Any:
    one, two = mp.Pipe()
    said: list[Any] = []
    with selectors.DefaultSelector() as selector:
        selector.register(two, selectors.EVENT_READ, "it")
        said.append(len(selector.select(0)))
        for number in range(3):
            one.send(number)
            said.append([key.data for key, _ in selector.select(SECONDS)])
            said.append([two.recv(), len(selector.select(0))])
        one.close()
        said.append([key.data for key, _ in selector.select(SECONDS)])
    return said, isinstance(two.fileno(), int)


# Listener and Client.


@alone
def listener_and_client(mp: Any) -> Any:
    connection = _connection(mp)
    said = []
    with connection.Listener(authkey=b"secret") as listener:
        for key in (b"secret", b"wrong"):
            outcomes: list[Any] = []
            client = threading.Thread(
                target=lambda key=key, outcomes=outcomes: outcomes.append(
                    outcome(lambda: _call(connection, listener.address, key))
                )
            )
            client.start()
            said.append(outcome(lambda: _serve(listener)))
            client.join()
            said.append(outcomes)
    return said


def _call(connection: Any, address: Any, key: bytes) -> Any:
    with connection.Client(address, authkey=key) as end:
        end.send("hello")
        return end.recv()


def _serve(listener: Any) -> Any:
    with listener.accept() as end:
        word = end.recv()
        end.send(word.upper())
        return word, type(end).__name__


@alone
def what_a_connection_is(mp: Any) -> Any:
    connection = _connection(mp)
    return [
        [isinstance(end, connection.Connection) for end in mp.Pipe()],
        connection.__all__,
        [hasattr(connection, name) for name in ("Connection", "BUFSIZE", "answer_challenge")],
    ]
