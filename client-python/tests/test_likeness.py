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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import bodies
from daemons import CLONE, Daemon
from extents import by

HERE = Path(__file__).parent
PAGE = CLONE / "docs" / "from-multiprocessing.md"
STANDARD, DROP_IN = "multiprocessing", "polyproc.multiprocessing"
METHODS = multiprocessing.get_all_start_methods()
MODULES = sorted(module.name for module in pkgutil.iter_modules(bodies.__path__))


def cases() -> list[Any]:
    return [
        pytest.param(module, method, body.__name__, marks=by(method))
        for module in MODULES
        for method in METHODS
        for body in bodies.bodies_of(importlib.import_module(f"bodies.{module}"))
        if method == "fork" or not getattr(body, "is_alone", False)
    ]


class Program:
    """Runs the bodies of a module by one of both, one after the other."""

    def __init__(self, package: str, module: str, method: str, address: str) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 # Closed with the program.
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-X", "dev", "-W", "error"),
                *(str(HERE / "likeness.py"), package, method, module),
            ],
            env={**os.environ, "POLYPROC_ADDRESS": address},
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._found: dict[str, str] = {}

    def outcome(self, body: str) -> str:
        """What came of a body; it is waited for until then."""
        assert self._process.stdout is not None
        while body not in self._found:
            line = self._process.stdout.readline()
            if not line:
                self._errors.seek(0)
                return f"it ended with {self._process.wait()}: {self._errors.read()}"
            name, result = json.loads(line)
            self._found[name] = result
        return self._found[body]

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
                Program(package, module, method, daemon.address) for package in (STANDARD, DROP_IN)
            ]
        return started[module, method]

    yield both
    for program in itertools.chain.from_iterable(started.values()):
        program.close()


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
