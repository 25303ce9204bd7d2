"""Programs that use the drop-in, as tests of whoever dies start them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import polyproc
from children import until
from daemons import Daemon

_BEGIN = """
import os, pickle, signal, sys, time
import polyproc
import polyproc.multiprocessing as mp
from polyproc.multiprocessing._runtime import client

KEY = sys.argv[2]

def event(name):
    return client().event(f"{KEY}/{name}".replace(" ", "-"))

def note(name, pid):
    client().dict(f"{KEY}/pids")[name] = pid

"""

_END = """
if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    main()
"""


class Program:
    """A program that uses the drop-in, and what it says in named objects."""

    def __init__(
        self, daemon: Daemon, folder: Path, client: polyproc.Polyproc, method: str, body: str
    ) -> None:
        self._client = client
        self._key = f"children-{uuid.uuid4()}"
        self.pids = client.dict(f"{self._key}/pids")
        path = folder / "program.py"
        path.write_text(_BEGIN + body + _END)
        self.process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-W", "error", path, method, self._key],
            env=os.environ | {"POLYPROC_ADDRESS": daemon.address},
            stderr=subprocess.PIPE,
            text=True,
        )

    def comes_to(self, name: str) -> None:
        """Waits until it says so."""
        event = self.event(name)
        until(lambda: event.wait(1) or self.process.poll() is not None)
        assert event.is_set(), self.ends()

    def event(self, name: str) -> polyproc.Event:
        return self._client.event(f"{self._key}/{name}".replace(" ", "-"))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def kill_child(self, name: str = "child") -> None:
        os.kill(self.pids[name], 9)

    def ends(self) -> str:
        """What it has written to stderr; it has ended well."""
        _, errors = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, errors
        return errors


Start = Callable[[str, str], Program]
"""Starts one: by which method, and its body, which has a function `main`."""


@contextlib.contextmanager
def programs(daemon: Daemon, client: polyproc.Polyproc, folder: Path) -> Iterator[Start]:
    """What starts programs, all of which are gone at the end."""
    started: list[Program] = []

    def begin(method: str, body: str) -> Program:
        started.append(Program(daemon, folder, client, method, body))
        return started[-1]

    yield begin
    for program in started:
        program.process.kill()
        program.process.wait()
        assert program.process.stderr is not None
        program.process.stderr.close()
        for pid in program.pids.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
