"""Handles that are pickled, in this process and in others."""

import pickle
import subprocess
import sys
import uuid
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

import polyproc
from daemons import Daemon


def _name() -> str:
    return f"event-{uuid.uuid4()}"


def test_is_the_same_object_where_it_is_unpickled(polyproc_client: polyproc.Polyproc) -> None:
    event = polyproc_client.event(_name())
    again = pickle.loads(pickle.dumps(event))
    assert again == event
    again.set()
    assert event.is_set()


def test_keeps_an_object_without_a_name_while_it_is_there(
    polyproc_client: polyproc.Polyproc,
) -> None:
    event = polyproc_client.event()
    again = pickle.loads(pickle.dumps(event))
    del event
    polyproc_client.event().is_set()  # The daemon is told of what is gone before this.
    assert not again.is_set()
    pickled = pickle.dumps(again)
    del again
    with pytest.raises(polyproc.Error) as refused:
        pickle.loads(pickled)
    assert refused.value.reason in (
        polyproc.Reason.OBJECT_DELETED,
        polyproc.Reason.OBJECT_NOT_FOUND,
    )


def test_uses_the_client_that_the_program_has(daemon: Daemon) -> None:
    with polyproc.connect(daemon.address) as client:
        pickled = pickle.dumps(client.event(_name()))
    with polyproc.connect(daemon.address) as client:
        assert pickle.loads(pickled)._client is client


def test_makes_a_client_where_the_program_has_none(daemon: Daemon) -> None:
    with polyproc.connect(daemon.address) as client:
        event = client.event(_name())
        program = "import pickle, sys; pickle.load(sys.stdin.buffer).set()"
        subprocess.run([sys.executable, "-c", program], input=pickle.dumps(event), check=True)
        assert event.is_set()


def test_goes_to_a_process_that_is_spawned(polyproc_client: polyproc.Polyproc) -> None:
    event = polyproc_client.event(_name())
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(polyproc.Event.set, event).result()
    assert event.is_set()


def test_has_no_token_in_it(daemon: Daemon) -> None:
    with polyproc.connect(f"localhost:{daemon.port}", token=daemon.token) as client:
        assert daemon.token.encode() not in pickle.dumps(client.event(_name()))
