"""Events, before a real daemon; and what every client does."""

import os
import threading
import uuid

import pytest

import polyproc
from daemons import Daemon, running_daemon
from polyproc._object import OWNER


def test_waits_until_another_thread_sets_it(polyproc_client: polyproc.Polyproc) -> None:
    event = polyproc_client.event(f"event-{uuid.uuid4()}")
    setter = threading.Timer(0.01, event.set)
    setter.start()
    assert event.wait()
    setter.join()
    assert event.is_set()
    event.clear()
    assert not event.wait(0)


def test_is_equal_to_another_handle_of_the_same_object(polyproc_client: polyproc.Polyproc) -> None:
    name = f"event-{uuid.uuid4()}"
    one, other = polyproc_client.event(name), polyproc_client.event(name)
    assert one == other
    assert hash(one) == hash(other)
    assert one != polyproc_client.event()
    assert repr(one) == f"<Event '{name}'>"


def test_goes_on_in_a_forked_child(polyproc_client: polyproc.Polyproc) -> None:
    event = polyproc_client.event(f"event-{uuid.uuid4()}")
    child = os.fork()
    if child == 0:
        try:
            event.set()
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert event.wait()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_tells_a_forked_child_that_there_is_no_daemon() -> None:
    with running_daemon() as own, polyproc.connect(own.address, patience=0.1) as client:
        event = client.event()
        own.process.kill()
        own.process.wait()
        child = os.fork()
        if child == 0:
            try:
                event.is_set()
            except polyproc.ConnectionLost:
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_refuses_calls_once_it_is_closed(daemon: Daemon) -> None:
    with polyproc.connect(daemon.address) as client:
        event = client.event()
    with pytest.raises(polyproc.Error, match="it was closed"):
        event.is_set()


def test_works_through_tcp_with_a_token(daemon: Daemon) -> None:
    with polyproc.connect(f"localhost:{daemon.port}", token=daemon.token) as client:
        event = client.event()
        event.set()
        assert event.is_set()


def test_tells_threads_with_one_long_name_apart() -> None:
    names = []

    def note() -> None:
        names.append(OWNER.name)

    threads = [threading.Thread(target=note, name="\ud800" + "x" * 300) for _ in range(2)]
    for thread in threads:
        thread.start()
        thread.join()
    assert len(set(names)) == 2
    assert [len(name) for name in names] == [255, 255]
