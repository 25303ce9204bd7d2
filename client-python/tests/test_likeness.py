"""The drop-in does what `multiprocessing` does: see `bodies`."""

from __future__ import annotations

import functools
import importlib
import json
import multiprocessing
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import bodies
from daemons import CLONE, Daemon

HERE = Path(__file__).parent
PAGE = CLONE / "docs" / "from-multiprocessing.md"
STANDARD, DROP_IN = "multiprocessing", "polyproc.multiprocessing"
METHODS = multiprocessing.get_all_start_methods()
MODULES = sorted(module.name for module in pkgutil.iter_modules(bodies.__path__))


def cases() -> list[tuple[str, str, str]]:
    return [
        (module, method, body.__name__)
        for module in MODULES
        for method in METHODS
        for body in bodies.bodies_of(importlib.import_module(f"bodies.{module}"))
        if method == "fork" or not getattr(body, "is_alone", False)
    ]


@functools.cache
def outcomes(module: str, method: str, address: str) -> dict[str, dict[str, str]]:
    """What came of the bodies of a module, by both: they run at the same time."""
    environment = {**os.environ, "POLYPROC_ADDRESS": address}
    started = {
        package: subprocess.Popen(
            [sys.executable, "-X", "dev", "-W", "error", HERE / "likeness.py", package, method]
            + [module],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for package in (STANDARD, DROP_IN)
    }
    found: dict[str, dict[str, str]] = {}
    for package, program in started.items():
        output, errors = program.communicate()
        found[package] = dict(json.loads(line) for line in output.splitlines())
        if program.returncode:
            found[package]["end"] = f"exit {program.returncode}: {errors}"
    return found


@pytest.mark.parametrize(("module", "method", "body"), cases())
def test_should_do_what_the_standard_library_does(
    module: str, method: str, body: str, daemon: Daemon
) -> None:
    found = outcomes(module, method, daemon.address)
    standard, ours = (
        found[package].get(body, found[package].get("end", "it did not run"))
        for package in (STANDARD, DROP_IN)
    )
    phrase = getattr(getattr(importlib.import_module(f"bodies.{module}"), body), "difference", None)
    if phrase is None:
        assert ours == standard
    else:
        assert ours.startswith(("returned", "raised")), ours
        assert ours != standard, "it is no difference any more"
        assert phrase in " ".join(PAGE.read_text(encoding="utf-8").split()), phrase
