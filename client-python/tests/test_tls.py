"""Sessions through TLS, and the thread that keeps those alive which the daemon cannot watch."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import polyproc
from daemons import Daemon, running_daemon
from polyproc._tls_io import TlsIo
from raw import Raw, threads, until


class Served:
    """A daemon that listens with TLS, and whose certificate is its own CA."""

    def __init__(self, daemon: Daemon, certificate: Path) -> None:
        self.daemon = daemon
        ports = (daemon.token_file.parent / "port-file").read_text().split()
        self.address = f"tls://localhost:{ports[1]}"
        self.tls = polyproc.Tls(ca=str(certificate))

    def connect(self, time_to_live: float | None = None) -> polyproc.Polyproc:
        return polyproc.connect(
            self.address, token=self.daemon.token, tls=self.tls, time_to_live=time_to_live
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    words = ["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    words += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    words += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    words += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(words, check=True, capture_output=True)
    options = ("--listen", "127.0.0.1:0")
    files = ("--tls-certificate", str(certificate), "--tls-key", str(key))
    with running_daemon(*options, *files) as daemon:
        yield Served(daemon, certificate)


def test_calls_and_waits_through_tls(served: Served) -> None:
    with served.connect() as client:
        raw = Raw(client)
        assert isinstance(raw.session._connection and raw.session._connection._io, TlsIo)
        queue, counter = raw.queue(), raw.counter()
        got: list[str] = []
        with threads(lambda: got.append(raw.get(queue))):
            raw.await_waiting(queue, 1)
            with threads(*[lambda: [raw.add(counter) for _ in range(50)]] * 4) as raised:
                pass
            assert not raised
            raw.put(queue, "x")
        assert got == ["x"]
        assert raw.add(counter, 0) == 200


def test_carries_large_messages_through_tls(served: Served) -> None:
    with served.connect() as client:
        raw = Raw(client)
        idle, queue = raw.queue(), raw.queue()
        with threads(lambda: raw.get(idle)):
            raw.await_waiting(idle, 1)
            for size in (100_000, 5_000_000):
                raw.put(queue, "x" * size)
                assert raw.get(queue) == "x" * size
            raw.put(idle, "")


def test_goes_on_over_a_connection_that_breaks(served: Served) -> None:
    with served.connect() as client:
        raw = Raw(client)
        counter = raw.counter()
        for expected in range(1, 4):
            connection = raw.session._connection
            assert connection is not None
            connection._io.shut_down()
            assert raw.add(counter) == expected


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_is_another_session_in_a_child(served: Served) -> None:
    with served.connect() as client:
        raw = Raw(client)
        queue = raw.queue()
        assert [t.name for t in threading.enumerate()].count("polyproc-pulse") == 1
        child = os.fork()
        if child == 0:
            try:
                raw.put(queue, "from a child")
                os._exit(0)
            finally:
                os._exit(1)
        assert raw.get(queue) == "from a child"
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        raw.put(queue, "x")
        assert raw.get(queue) == "x"


def test_lives_longer_than_its_time_to_live_while_nobody_calls(served: Served) -> None:
    with (
        polyproc.connect(served.daemon.address) as observer,
        served.connect(time_to_live=1.0) as client,
    ):
        raw = Raw(client)
        session = raw.session
        assert session.time_to_live == 1.0
        end = time.monotonic() + 2.0
        number = session.opened.number
        until(lambda: time.monotonic() > end or number not in Raw(observer).sessions())
        assert number in Raw(observer).sessions()
        assert raw.session is session


def test_ends_its_thread_with_the_session(served: Served) -> None:
    client = served.connect()
    pulse = client._session_now()._pulse
    assert pulse is not None
    client.close()
    pulse.join(5)
    assert not pulse.is_alive()


def test_trusts_no_other_certificate(served: Served) -> None:
    with pytest.raises(polyproc.ConnectionLost, match="to be of a CA that this client trusts"):
        polyproc.connect(served.address, token=served.daemon.token, tls=polyproc.Tls())
