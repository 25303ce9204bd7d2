"""What `python -m polyproc` shows."""

import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from daemons import Daemon
from polyproc.__main__ import contract_revision, main
from polyproc.v1 import session_pb2
from waits import finish


def test_should_show_that_a_daemon_is_there(
    daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--address", daemon.address]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert re.fullmatch(
        rf"polyproc \S+, revision {contract_revision()} of the contract\n"
        r"java: \S+/java\njar: \S+/polyprocd\.jar\n"
        rf"address: {re.escape(daemon.address)} \(--address\)\n"
        rf"daemon: polyprocd \S+ is listening, process {daemon.process.pid}, up for 0:\d\d:\d\d,"
        r" revision \d+ of the contract\n",
        said.out,
    )


def test_should_say_that_the_daemon_refuses(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POLYPROC_TOKEN", "not-the-token-of-it")
    assert main(["--address", f"localhost:{daemon.port}"]) == 1
    said = capsys.readouterr()
    assert said.out.endswith("daemon: none that answers\n")
    assert "token" in said.err
    monkeypatch.setenv("POLYPROC_TOKEN", daemon.token)
    assert main(["--address", f"localhost:{daemon.port}"]) == 0


def test_should_say_that_what_listens_is_no_daemon(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("localhost", 0)) as server:
        thread = threading.Thread(target=_hang_up, args=(server,))
        thread.start()
        assert main(["--address", f"localhost:{server.getsockname()[1]}"]) == 1
        finish(thread)
    assert capsys.readouterr().out.endswith("daemon: none that answers\n")


def _hang_up(server: socket.socket) -> None:
    for _ in range(2):
        server.accept()[0].close()


def test_should_show_where_the_address_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert main([]) == 1
    said = capsys.readouterr()
    usual = f"unix:{tmp_path}/polyproc/polyproc.sock"
    assert f"address: {usual} (the default socket)\ndaemon: nobody listens there\n" in said.out
    assert said.err.startswith(f"polyproc: Expected a daemon at {usual}, but nothing listens")
    monkeypatch.setenv("POLYPROC_ADDRESS", f"unix:{tmp_path}/other")
    assert main([]) == 1
    assert "other (POLYPROC_ADDRESS)\n" in capsys.readouterr().out


def test_should_say_what_is_missing_to_start_a_daemon(
    daemon: Daemon,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("POLYPROC_HOME", str(tmp_path))
    assert main(["--address", daemon.address]) == 0  # A client needs neither.
    said = capsys.readouterr().out
    assert f"\njava: Expected Java 17 or newer in JAVA_HOME, {tmp_path}, but " in said
    assert "\njar: Expected lib/polyprocd.jar of a release, or " in said


def test_should_refuse_an_address_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--address", "http://localhost:1"]) == 1
    assert "leave out http://" in capsys.readouterr().err


def test_should_refuse_a_socket_that_others_may_have_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o777)
    assert main(["--address", f"unix:{tmp_path}/{__name__}"]) == 1
    (tmp_path / "s").touch()
    assert main(["--address", f"unix:{tmp_path}/s"]) == 1
    assert "in which nobody else may write" in capsys.readouterr().err


def test_should_know_the_last_revision() -> None:
    last = list(session_pb2.ContractRevision.DESCRIPTOR.values)[-1]
    assert contract_revision() == last.number


def test_should_be_a_program() -> None:
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "polyproc"]
    version = subprocess.run(
        [*command, "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert re.fullmatch(r"polyproc \S+\n", version.stdout)
    assert version.stderr == ""
    usage = subprocess.run(
        [*command, "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "--address A" in usage.stdout
    wrong = subprocess.run(
        [*command, "--no-such-option"], capture_output=True, text=True, timeout=60
    )
    assert wrong.returncode == 2
