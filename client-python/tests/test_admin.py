"""What operators see and do."""

import os
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest

import polyproc
from daemons import Daemon
from polyproc.v1 import object_pb2
from waits import finish


def _name() -> str:
    return f"admin-{uuid.uuid4()}"


def _has_waiter(client: polyproc.Polyproc, name: str) -> polyproc.Wait:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for wait in client.admin.waits(name):
            return wait
    raise AssertionError(f"Expected a call that waits for {name}, but there is none")


def test_tells_what_the_daemon_is(polyproc_client: polyproc.Polyproc, daemon: Daemon) -> None:
    status = polyproc_client.admin.server_info()
    assert status.server.pid == daemon.process.pid
    assert status.server.version
    assert status.server.contract_revision >= 10
    assert status.server.uptime > 0
    assert status.limits.page_size > 0
    assert status.limits.duration > 86_400
    assert status.limits.default_time_to_live == 10.0
    assert status.usage.sessions >= 1
    assert polyproc_client.admin.server_info().usage.entries >= status.usage.entries


def test_lists_and_describes_objects(polyproc_client: polyproc.Polyproc) -> None:
    name = _name()
    lock = polyproc_client.lock(f"{name}/lock", on_owner_end="break")
    polyproc_client.event(f"{name}/event")
    listed = list(polyproc_client.admin.objects(prefix=name))
    assert [(o.name, o.kind, o.lifetime) for o in listed] == [
        (f"{name}/lock", "LOCK", "persistent"),
        (f"{name}/event", "EVENT", "persistent"),
    ]
    assert [o.name for o in polyproc_client.admin.objects(polyproc.Kind.EVENT, name)] == [
        f"{name}/event"
    ]
    assert abs(datetime.now(UTC) - listed[0].created) < timedelta(minutes=1)
    assert listed[0].shape["on_owner_end"]

    with lock as hold:
        described = polyproc_client.admin.describe(lock.name)
        assert described.object.kind is polyproc.Kind.LOCK
        assert described.creator.pid == os.getpid()
        [holder] = described.holders
        assert holder.party.session == described.creator.session
        assert holder.token == hold.token
        assert described.waiters == []


def test_refuses_a_kind_that_is_none(polyproc_client: polyproc.Polyproc) -> None:
    with pytest.raises(ValueError, match="Expected a kind"):
        polyproc_client.admin.objects("UNSPECIFIED")


def test_names_kinds_as_errors_and_refs_do(polyproc_client: polyproc.Polyproc) -> None:
    name = _name()
    lock = polyproc_client.rwlock(name)
    [listed] = polyproc_client.admin.objects(prefix=name)
    with pytest.raises(polyproc.Error) as refused:
        polyproc_client.existing_queue(name)
    ref = polyproc.Ref.of(lock._polyproc_ref_())
    assert listed.kind == refused.value.metadata["kind"] == ref.kind == "READ_WRITE_LOCK"
    assert [o.name for o in polyproc_client.admin.objects(ref.kind, name)] == [name]
    assert type(ref.kind) is str  # A stored pickle of it has nothing of the package's inside.
    assert repr(ref) == f"Ref('READ_WRITE_LOCK', {name!r}, {listed.incarnation})"
    lock.delete()


def test_names_each_kind_of_the_contract() -> None:
    names = [n.removeprefix("OBJECT_KIND_") for n in object_pb2.ObjectKind.keys()]  # noqa: SIM118
    assert sorted([*polyproc.Kind, "UNSPECIFIED"]) == sorted(names)


def test_lists_more_objects_than_a_page_has(polyproc_client: polyproc.Polyproc) -> None:
    name = _name()
    size = polyproc_client.admin.server_info().limits.page_size
    handles = [polyproc_client.event(f"{name}/{i}") for i in range(size + 10)]
    listed = [o.name for o in polyproc_client.admin.objects(polyproc.Kind.EVENT, f"{name}/")]
    assert listed == [handle.name for handle in handles]
    for handle in handles:
        polyproc_client.admin.delete(handle.name)
    assert list(polyproc_client.admin.objects(prefix=name)) == []


def test_deletes_an_object(polyproc_client: polyproc.Polyproc) -> None:
    event = polyproc_client.event(_name())
    polyproc_client.admin.delete(event.name)
    with pytest.raises(polyproc.Error) as gone:
        event.wait()
    assert gone.value.reason == polyproc.Reason.OBJECT_DELETED
    with pytest.raises(polyproc.Error) as missing:
        polyproc_client.admin.describe(event.name)
    assert missing.value.reason == polyproc.Reason.OBJECT_NOT_FOUND


def test_shows_who_waits(polyproc_client: polyproc.Polyproc) -> None:
    event = polyproc_client.event(_name())
    thread = threading.Thread(target=event.wait, args=(1000,), name="the-waiter")
    thread.start()
    wait = _has_waiter(polyproc_client, event.name)
    assert (wait.name, wait.kind) == (event.name, "EVENT")
    assert wait.waiter.rpc == "EventService/Wait"
    assert wait.waiter.party.owner.startswith("the-waiter")
    assert wait.waiter.deadline is not None
    assert wait.waiter.deadline > wait.waiter.since
    [same] = polyproc_client.admin.waits(session=wait.waiter.party.session)
    assert same == wait
    assert polyproc_client.admin.describe(event.name).waiters == [wait.waiter]
    event.set()
    finish(thread)
    assert list(polyproc_client.admin.waits(event.name)) == []


def test_shows_sessions_and_ends_one(polyproc_client: polyproc.Polyproc, daemon: Daemon) -> None:
    name = _name()
    lost: list[polyproc.SessionLost] = []
    other = polyproc.connect(daemon.address, name=name, on_session_lost=lost.append)
    lock = other.lock(f"{name}/lock")
    lock.acquire()
    event = other.event(f"{name}/event")
    told: list[BaseException] = []

    def wait() -> None:
        try:
            event.wait()
        except polyproc.Error as e:
            told.append(e)

    thread = threading.Thread(target=wait)
    thread.start()
    _has_waiter(polyproc_client, event.name)

    [session] = [s for s in polyproc_client.admin.sessions() if s.client == name]
    assert session.pid == os.getpid()
    assert session.time_to_live == 86_400.0
    assert session.waiting == 1
    assert session.holdings >= 1
    closed = polyproc_client.admin.close_session(session.number, "it is a test")
    assert closed.number == session.number
    finish(thread)
    [error] = told
    assert isinstance(error, polyproc.SessionLost)
    assert "it is a test" in str(error)
    assert len(lost) == 1
    assert polyproc_client.lock(lock.name).acquire(blocking=False)
    with pytest.raises(polyproc.Error) as gone:
        polyproc_client.admin.close_session(session.number)
    assert gone.value.reason == polyproc.Reason.SESSION_NOT_FOUND
    other.close()


def test_makes_no_call_to_be_shown(daemon: Daemon) -> None:
    with polyproc.connect(daemon.address, name="me") as client:
        admin = client.admin
    assert repr(admin) == f"<Admin of <Polyproc 'me' at {daemon.address}>>"
