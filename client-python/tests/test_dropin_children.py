"""Children of the drop-in: what they are given is there, whoever dies."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

import polyproc
from children import until
from daemons import Daemon
from dropin_programs import Start
from extents import methods, on_newest
from polyproc import _own_process
from polyproc.v1 import session_pb2


@pytest.mark.parametrize("method", methods())
def test_should_have_what_it_was_given_where_its_parent_was_killed_at_once(
    method: str, start: Start
) -> None:
    program = start(
        method,
        """
def child(queue, pipe):
    mp.parent_process().join()
    assert queue.get() == "item"
    queue.put("again")
    assert queue.get() == "again"
    event("done").set()

def main():
    queue = mp.Queue()
    queue.put("item")
    mp.Process(target=child, args=(queue, None)).start()
    os.kill(os.getpid(), signal.SIGKILL)
""",
    )
    assert program.process.wait(30) == -9
    assert program.event("done").wait(30)


_KILLED = """
def child(queue):
    mp.parent_process().join()
    assert queue.get() == "item"
    event("done").set()

def main():
    queue, other = mp.Queue(), mp.Queue()
    queue.put("item")
    {before}
    mp.Process(target=child, args=(queue,)).start()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("method", methods())
@pytest.mark.parametrize(
    "before",
    [
        pytest.param("other._queue.delete()", id="of which something is gone"),
        pytest.param("client()._session.opened.server.contract_revision = 10", id="older daemon"),
    ],
)
def test_should_have_what_is_left_by_several_calls_where_one_does_not_do(
    method: str, before: str, start: Start
) -> None:
    program = start(method, _KILLED.format(before=before))
    assert program.process.wait(30) == -9
    assert program.event("done").wait(30)


def test_should_be_handed_all_by_one_command_of_its_parents_session(start: Start) -> None:
    program = start(
        "fork",
        """
def child(queue):
    signal.pause()

def main():
    from polyproc import _handover

    def refuse(*_):
        raise AssertionError

    queues = [mp.Queue() for _ in range(3)]
    session = client()._session
    _handover.SideConnection = refuse
    before = session._next
    process = mp.Process(target=child, args=(queues[0],))
    process.start()
    assert session._next == before + 1
    infos = [each for each in client().admin.sessions() if each.pid == process.pid]
    assert [each.holdings for each in infos] == [3], infos
    process.kill()
    process.join()
""",
    )
    assert program.ends() == ""


@pytest.mark.parametrize("is_seen", [True, False])
def test_should_tell_the_daemon_which_process_a_child_is(is_seen: bool) -> None:
    told = session_pb2.SessionOpenRequest.FromString(
        _own_process.describe_child(os.getpid(), is_seen)
    ).process
    meant = _own_process.describe()
    if is_seen:
        meant.ClearField("start_time")
    assert told == meant


@pytest.mark.parametrize("method", methods())
def test_should_have_what_its_parent_lets_go_of(
    method: str, start: Start, polyproc_client: polyproc.Polyproc
) -> None:
    program = start(
        method,
        """
def child(queue, go_on):
    os.read(go_on.fileno(), 1)
    assert queue.get() == "item"
    note("child", os.getpid())
    event("had").set()
    signal.pause()

def main():
    from multiprocessing import Pipe
    queue = mp.Queue()
    queue.put("item")
    note("name", queue._queue.name)
    theirs, mine = Pipe()
    process = mp.Process(target=child, args=(queue, theirs))
    process.start()
    del queue, process
    mp.Queue().put(1)  # The daemon is told with it.
    mp.Queue().put(1)
    event("dropped").set()
    event("go on").wait()
    os.write(mine.fileno(), b".")
    event("end").wait()
    for each in mp.active_children():
        each.join()
""",
    )
    program.comes_to("dropped")
    name = program.pids.pop("name")
    assert _there(polyproc_client, name)
    program.event("go on").set()
    program.comes_to("had")
    assert _there(polyproc_client, name)
    program.kill_child()
    until(lambda: not _there(polyproc_client, name))
    program.event("end").set()
    assert program.ends() == ""


@pytest.mark.parametrize("method", methods())
def test_should_let_go_of_what_a_child_has_that_is_killed_before_its_first_call(
    method: str, start: Start, polyproc_client: polyproc.Polyproc
) -> None:
    program = start(
        method,
        """
def child(queue):
    signal.pause()

def main():
    queue = mp.Queue()
    note("name", queue._queue.name)
    process = mp.Process(target=child, args=(queue,))
    process.start()
    note("child", process.pid)
    del queue, process
    mp.Queue().put(1)
    mp.Queue().put(1)
    event("dropped").set()
    event("go on").wait()
    for each in mp.active_children():
        each.join()
""",
    )
    program.comes_to("dropped")
    name = program.pids.pop("name")
    assert _there(polyproc_client, name)
    program.kill_child()
    until(lambda: not _there(polyproc_client, name))
    program.event("go on").set()
    assert program.ends() == ""


@pytest.mark.parametrize("method", methods())
def test_should_see_the_end_of_a_pipe_that_a_child_closes_and_lives_on(
    method: str, start: Start
) -> None:
    program = start(
        method,
        """
def child(end):
    end.send("last")
    end.close()
    signal.pause()

def quiet(end):
    signal.pause()

def main():
    for target, last in ((child, "last"), (quiet, None)):
        mine, theirs = mp.Pipe()
        process = mp.Process(target=target, args=(theirs,))
        process.start()
        theirs.close()
        if last:
            assert mine.recv() == last
        else:
            process.kill()
        try:
            mine.recv()
            raise AssertionError
        except EOFError:
            pass
        assert process.is_alive() is bool(last) or not last
        process.kill()
        process.join()
        mine.close()
""",
    )
    assert program.ends() == ""


@pytest.mark.parametrize("method", methods())
def test_should_hand_on_to_grandchildren(method: str, start: Start) -> None:
    program = start(
        method,
        """
def grandchild(queue):
    mp.parent_process().join()
    note("grandchild", os.getpid())
    assert queue.get() == "item"
    event("done").set()

def child(queue):
    mp.Process(target=grandchild, args=(queue,)).start()
    os.kill(os.getpid(), signal.SIGKILL)

def main():
    queue = mp.Queue()
    queue.put("item")
    process = mp.Process(target=child, args=(queue,))
    process.start()
    os.kill(os.getpid(), signal.SIGKILL)
""",
    )
    assert program.process.wait(30) == -9
    assert program.event("done").wait(30)


@pytest.mark.parametrize("method", methods())
def test_should_start_classes_of_the_programs_own(method: str, start: Start) -> None:
    program = start(
        method,
        """
class Worker(mp.Process):
    def __init__(self, queue):
        super().__init__(name="worker")
        self.queue = queue
        self.unpicklable = lambda: None

    def __getstate__(self):
        state = self.__dict__.copy()
        del state["unpicklable"]
        return state

    def start(self):
        assert not hasattr(self, "_polyproc_passed")
        super().start()

    def run(self):
        self.queue.put((mp.current_process().name, sorted(vars(self))))

def main():
    queue = mp.Queue()
    worker = Worker(queue)
    worker.start()
    name, attributes = queue.get()
    assert name == "worker"
    assert "queue" in attributes
    worker.join()
    assert worker.exitcode == 0
    assert not hasattr(worker, "_polyproc_passed")
""",
    )
    assert program.ends() == ""


@pytest.mark.parametrize("method", methods("spawn", "forkserver"))
def test_should_leave_nothing_behind_where_a_process_cannot_be_started(
    method: str, start: Start
) -> None:
    program = start(
        method,
        """
def refused(queue, other):
    try:
        mp.Process(target=len, args=(queue, other)).start()
    except (AttributeError, pickle.PicklingError):
        pass
    else:
        raise AssertionError

def main():
    queue = mp.Queue()
    queue.put(1)
    refused(queue, lambda: 0)
    descriptors = os.listdir("/dev/fd")
    for _ in range(10):
        refused(queue, lambda: 0)
    assert os.listdir("/dev/fd") == descriptors
    process = mp.Process(target=queue.put, args=(2,))
    process.start()
    process.join()
    assert [queue.get(), queue.get()] == [1, 2]
""",
    )
    assert program.ends() == ""


@pytest.mark.parametrize("method", methods())
def test_should_be_started_by_several_threads_at_once(method: str, start: Start) -> None:
    program = start(
        method,
        """
import threading, warnings
warnings.filterwarnings("ignore", ".*multi-threaded", DeprecationWarning)

def work(queue, number):
    queue.put(number)

def run(queue, number):
    own = mp.Queue()
    for turn in range(3):
        process = mp.Process(target=work, args=(own, number))
        process.start()
        assert own.get() == number
        process.join()
    queue.put(number)

def main():
    queue = mp.Queue()
    threads = [threading.Thread(target=run, args=(queue, number)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(queue.get() for _ in threads) == [0, 1, 2, 3]
""",
    )
    assert program.ends() == ""


def test_should_go_on_in_children_that_are_forked_by_hand(start: Start) -> None:
    program = start(
        "fork",
        """
def child(queue):
    if os.fork() == 0:
        queue.put("grandchild")
        os._exit(0)
    os.wait()
    queue.put("child")

def main():
    queue = mp.Queue(9)  # Whose put waits for its answer.
    if os.fork() == 0:
        queue.put("by hand")
        os._exit(0)
    os.wait()
    assert queue.get() == "by hand"
    process = mp.Process(target=child, args=(queue,))
    process.start()
    assert [queue.get(), queue.get()] == ["grandchild", "child"]
    process.join()
""",
    )
    assert program.ends() == ""


@on_newest
def test_should_leave_nothing_behind_after_a_thousand_processes(
    start: Start, polyproc_client: polyproc.Polyproc
) -> None:
    sessions = len(list(polyproc_client.admin.sessions()))
    program = start(
        "fork",
        """
import gc, threading

def nothing():
    pass

def put(queue):
    queue.put(1)

def facts():
    gc.collect()
    mp.Queue().put(0)
    return len(os.listdir("/dev/fd")), threading.active_count()

def main():
    queue = mp.Queue()
    for target, arguments in ((nothing, ()), (put, (queue,))):
        for number in range(501):
            process = mp.Process(target=target, args=arguments)
            process.start()
            process.join()
            assert process.exitcode == 0
            if arguments:
                queue.get()
            del process
            if number == 0:
                before = facts()
        assert facts() == before, (facts(), before)
    event("done").set()
    event("end").wait()
""",
    )
    program.comes_to("done")
    until(lambda: len(list(polyproc_client.admin.sessions())) <= sessions + 1)
    program.event("end").set()
    assert program.ends() == ""


@on_newest
def test_should_leave_nothing_behind_after_ten_thousand_queues(
    start: Start, polyproc_client: polyproc.Polyproc
) -> None:
    program = start(
        "fork",
        """
import gc, threading

def facts():
    gc.collect()
    mp.Queue(9).put(0)
    mp.Queue(9).put(0)
    return len(os.listdir("/dev/fd")), threading.active_count(), len(client()._watches)

def main():
    keeps = [mp.Queue()]
    before = facts()
    event("begun").set()
    event("go on").wait()
    for number in range(10_000):
        queue = mp.Queue()
        if number % 10 == 0:
            queue.put(number)
    del queue
    assert facts() == before, (facts(), before)
    mp.Queue().put(1)
    event("done").set()
    event("end").wait()
""",
    )
    program.comes_to("begun")

    def objects() -> int:
        return polyproc_client.admin.server_info().usage.objects

    before = objects()
    program.event("go on").set()
    program.comes_to("done")
    until(lambda: objects() <= before + 3)
    program.event("end").set()
    assert program.ends() == ""


def _there(client: polyproc.Polyproc, name: str) -> bool:
    return name in [each.name for each in client.admin.objects(prefix=name)]


def test_should_go_on_where_a_forked_child_has_closed_all_that_was_open(daemon: Daemon) -> None:
    program = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent("""
                import os, polyproc.multiprocessing as mp
                lock, queue = mp.Lock(), mp.Queue()
                def child():
                    os.closerange(3, 1000)
                    with lock:
                        queue.put("went on")
                process = mp.get_context("fork").Process(target=child)
                process.start()
                print(queue.get(timeout=60))
                process.join()
                print(process.exitcode)
            """),
        ],
        env={**os.environ, "POLYPROC_ADDRESS": daemon.address},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (program.stdout, program.stderr) == ("went on\n0\n", "")
