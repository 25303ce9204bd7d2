"""That a program loads no more than it needs: each process that is started waits for that.

A fork takes the longer, too, the more memory there is.
"""

import subprocess
import sys

import pytest

from daemons import Daemon

_UNNEEDED = {
    "dataclasses": "loads inspect, and each class takes a millisecond: only for what is asked for",
    "decimal": "only for a time that is one",
    "hashlib": "loads OpenSSL",
    "hpack": "only for texts in the Huffman code",
    "inspect": "loads ast, dis and tokenize",
    "logging": "comes with hpack",
    "pathlib": "only for what has to do with files",
    "polyproc._java": "only where a daemon is started",
    "polyproc._private": "only where a daemon is started",
    "polyproc._tls": "only for a connection through TLS",
    "polyproc.v1.pool_pb2": "the methods of an object are found where that is first used",
    "secrets": "only for the folder of a daemon that is started",
    "ssl": "only for a connection through TLS",
    "traceback": "only for a failure",
    "unicodedata": "only for a text that a terminal cannot show",
}
"""What is not loaded, and why not."""

_START = """
from polyproc.multiprocessing import get_context
context = get_context("fork")
queue = context.Queue()
process = context.Process(target=queue.put, args=(1,))
process.start()
process.join()
queue.get()
"""

_FIRST = """
import sys
import google.protobuf.internal.builder, google.protobuf.duration_pb2
import multiprocessing.connection, multiprocessing.queues, multiprocessing.popen_fork
before = set(sys.modules)
{0}
print(*sys.modules.keys() - before, sep="\\n")
"""


def _loaded(program: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", _FIRST.format(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "program",
    [
        "import polyproc.multiprocessing",
        "import polyproc; polyproc.connect",
    ],
)
def test_loads_nothing_to_begin_with_that_is_not_needed(program: str) -> None:
    assert not _loaded(program) & _UNNEEDED.keys()


@pytest.mark.parametrize(
    "program",
    [
        "import polyproc; polyproc.connect().queue().put(1)",
        "from polyproc.multiprocessing import Queue; queue = Queue(); queue.put(1); queue.get()",
        "from polyproc.multiprocessing import Lock; lock = Lock(); lock.acquire(); lock.release()",
        _START,
    ],
)
def test_loads_nothing_for_the_first_object_that_is_not_needed(
    program: str, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
    assert not _loaded(program) & _UNNEEDED.keys()
