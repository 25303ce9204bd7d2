"""The drop-in does what `multiprocessing` does: see `bodies`."""

from __future__ import annotations

import importlib
import itertools
import json
import multiprocessing
import os
import pkgutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import bodies
from daemons import CLONE, Daemon
from extents import on_newest

HERE = Path(__file__).parent
PAGE = CLONE / "docs" / "from-multiprocessing.md"
STANDARD, DROP_IN = "multiprocessing", "polyproc.multiprocessing"
STANDARD_ATTEMPTS = 3
"""The standard library hangs now and then: its pool for ever, where `terminate` ends a worker that
has the lock of the queue of results (`Pool._handle_tasks` then waits for it)."""
METHODS = multiprocessing.get_all_start_methods()
MODULES = sorted(module.name for module in pkgutil.iter_modules(bodies.__path__))


def cases() -> list[Any]:
    return [
        pytest.param(module, method, body.__name__, marks=() if method == "fork" else on_newest)
        for module in MODULES
        for method in METHODS
        for body in bodies.bodies_of(importlib.import_module(f"bodies.{module}"))
        if method == "fork" or not getattr(body, "is_alone", False)
    ]


class Program:
    """Runs the bodies of a module by one of both, one after the other.

    Args:
        package: of which the bodies are given the names.
        module: whose bodies are run.
        method: by which processes are started.
        address: of the daemon.
        attempts: how often a body is begun whose program ends before it.
    """

    def __init__(
        self, package: str, module: str, method: str, address: str, attempts: int = 1
    ) -> None:
        self._arguments = [package, method, module]
        self._environment = {**os.environ, "POLYPROC_ADDRESS": address}
        self._attempts = attempts
        self._found: dict[str, str] = {}
        self._start()

    def _start(self, *first: str) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 # Closed with the program.
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-X", "dev", "-W", "error"),
                *(str(HERE / "likeness.py"), *self._arguments, *first),
            ],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def outcome(self, body: str) -> str:
        """What came of a body; it is waited for until then."""
        left = self._attempts
        while (end := self._read_until(body)) is not None:
            left -= 1
            if not left:
                return end
            warnings.warn(f"{body} is begun again by {self._arguments}: {end}", stacklevel=2)
            self.close()
            self._start(body)
        return self._found[body]

    def _read_until(self, body: str) -> str | None:
        """Read what came of bodies until that of one; how the program ended, if before it."""
        assert self._process.stdout is not None
        while body not in self._found:
            line = self._process.stdout.readline()
            if not line:
                self._errors.seek(0)
                return f"it ended with {self._process.wait()}: {self._errors.read()}"
            name, result = json.loads(line)
            self._found[name] = result
        return None

    def close(self) -> None:
        """Ends it, wherever it is."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()


@pytest.fixture(scope="session")
def programs(daemon: Daemon) -> Iterator[Callable[[str, str], list[Program]]]:
    """Start both for a module and a start method, once."""
    started: dict[tuple[str, str], list[Program]] = {}

    def both(module: str, method: str) -> list[Program]:
        if (module, method) not in started:
            started[module, method] = [
                Program(STANDARD, module, method, daemon.address, STANDARD_ATTEMPTS),
                Program(DROP_IN, module, method, daemon.address),
            ]
        return started[module, method]

    yield both
    for program in itertools.chain.from_iterable(started.values()):
        program.close()


@pytest.mark.filterwarnings("default:.* is begun again")
@pytest.mark.parametrize(("module", "method", "body"), cases())
def test_should_do_what_the_standard_library_does(
    module: str, method: str, body: str, programs: Callable[[str, str], list[Program]]
) -> None:
    standard, ours = (program.outcome(body) for program in programs(module, method))
    phrase = getattr(getattr(importlib.import_module(f"bodies.{module}"), body), "difference", None)
    if phrase is None:
        assert ours == standard
    else:
        assert ours.startswith(("returned", "raised")), ours
        assert ours != standard, "it is no difference any more"
        assert phrase in " ".join(PAGE.read_text(encoding="utf-8").split()), phrase
