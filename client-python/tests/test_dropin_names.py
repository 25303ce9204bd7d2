"""The drop-in has the names of `multiprocessing`; to import it does nothing."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from daemons import Daemon

STANDARD, DROP_IN = "multiprocessing", "polyproc.multiprocessing"
OURS = [
    "connection",
    "context",
    "managers",
    "pool",
    "queues",
    "sharedctypes",
    "shared_memory",
    "synchronize",
]
"""The submodules in which something is ours."""

THEIRS = [
    "dummy",
    "dummy.connection",
    "forkserver",
    "heap",
    "popen_fork",
    "popen_forkserver",
    "popen_spawn_posix",
    "process",
    "reduction",
    "resource_sharer",
    "resource_tracker",
    "spawn",
    "util",
]


def both(module: str) -> tuple[Any, Any]:
    """A module of the standard library, and ours; "": the package."""
    dotted = f".{module}" if module else ""
    return importlib.import_module(STANDARD + dotted), importlib.import_module(DROP_IN + dotted)


def public(thing: Any) -> list[str]:
    return [name for name in dir(thing) if not name.startswith("_")]


def parameters(call: Any) -> list[tuple[str, Any, Any]] | None:
    """Names, kinds and defaults; None: it is not told, as of what is written in C."""
    try:
        signature = inspect.signature(call)
    except (TypeError, ValueError):
        return None
    return [(p.name, p.kind, p.default) for p in signature.parameters.values()]


def _same(there: Any, here: Any) -> bool:
    """Whether one takes what the other does; it may have keywords of its own."""
    standard, ours = parameters(there), parameters(here)
    if standard is None or ours is None:
        return standard is ours
    own = ours[len(standard) :]
    return ours[: len(standard)] == standard and all(
        kind == inspect.Parameter.KEYWORD_ONLY and default is None for _, kind, default in own
    )


def _takes_all(call: Any) -> bool:
    """Whether it takes any arguments, such as what is refused or passes them on."""
    kinds = {kind for _, kind, _ in parameters(call) or ()}
    return {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} <= kinds


@pytest.mark.parametrize("module", ["", *OURS])
def test_should_have_every_name_of_the_running_interpreter(module: str) -> None:
    standard, ours = both(module)
    assert set(getattr(standard, "__all__", ())) <= set(getattr(ours, "__all__", dir(ours)))
    for name in public(standard):
        assert hasattr(ours, name), name


@pytest.mark.parametrize("module", ["", *OURS])
def test_should_have_the_parameters_of_the_running_interpreter(module: str) -> None:
    standard, ours = both(module)
    differences = []
    for name in public(standard):
        there, here = getattr(standard, name), getattr(ours, name)
        if there is here or inspect.ismodule(there):
            continue
        if callable(there) and not _takes_all(here) and not _same(there, here):
            differences.append(f"{name}: {parameters(there)} {parameters(here)}")
        if not inspect.isclass(there):
            continue
        for attribute in public(there):
            if not hasattr(here, attribute):
                differences.append(f"{name}.{attribute}: missing")
                continue
            one, other = getattr(there, attribute), getattr(here, attribute)
            if callable(one) and parameters(one) is not None and not _same(one, other):
                differences.append(f"{name}.{attribute}: {parameters(one)} {parameters(other)}")
    assert differences == []


def stubs(module: str) -> Iterator[ast.stmt]:
    """What typeshed, which comes with mypy, has of a module for the running version."""
    found = find_spec("mypy")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "typeshed" / "stdlib" / "multiprocessing"
    path = folder / f"{module or '__init__'}.pyi"
    yield from _holding(ast.parse(path.read_text(encoding="utf-8")).body)


def _holding(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for each in body:
        if isinstance(each, ast.If):
            test = ast.unparse(each.test)
            holds = eval(test, {"sys": sys, "TYPE_CHECKING": True})
            yield from _holding(each.body if holds else each.orelse)
        else:
            yield each


def _takes(function: ast.FunctionDef) -> set[str]:
    """The parameters that may be given by their names."""
    arguments = function.args
    return {
        each.arg
        for each in (*arguments.args, *arguments.kwonlyargs)
        if each.arg not in ("self", "cls") and not each.arg.startswith("__")
    }


def _lacks(function: ast.FunctionDef, ours: Any) -> set[str]:
    known = parameters(ours)
    if known is None or any(kind is inspect.Parameter.VAR_KEYWORD for _, kind, _ in known):
        return set()
    return _takes(function) - {name for name, _, _ in known}


@pytest.mark.parametrize("module", ["", *OURS])
def test_should_have_the_names_and_parameters_of_the_stubs(module: str) -> None:
    standard, ours = both(module)
    differences = []
    for each in stubs(module):
        name = getattr(each, "name", "_")
        if name.startswith("_") or not hasattr(standard, name):
            continue
        thing = getattr(ours, name)
        if thing is getattr(standard, name):
            continue
        if isinstance(each, ast.FunctionDef):
            differences += [f"{name}: {lacks}" for lacks in _lacks(each, thing)]
        elif isinstance(each, ast.ClassDef):
            for inner in _holding(each.body):
                if not isinstance(inner, ast.FunctionDef):
                    continue
                if inner.name.startswith("_") and inner.name != "__init__":
                    continue
                if not hasattr(getattr(standard, name), inner.name):
                    continue  # Its instances have it.
                if not hasattr(thing, inner.name):
                    differences.append(f"{name}.{inner.name}")
                elif not any(ast.unparse(d) == "property" for d in inner.decorator_list):
                    lacks = _lacks(inner, getattr(thing, inner.name))
                    differences += [f"{name}.{inner.name}: {one}" for one in lacks]
    assert differences == []


@pytest.mark.parametrize("module", THEIRS)
def test_should_serve_as_it_is_what_the_daemon_has_no_part_in(module: str) -> None:
    standard, ours = both(module)
    assert ours is standard


def test_should_have_every_submodule() -> None:
    folder = Path(importlib.import_module(STANDARD).__file__ or "").parent
    there = {path.stem for path in folder.glob("*.py")} | {"dummy"}
    there -= {"__init__"}
    here = {
        path.stem
        for path in Path(importlib.import_module(DROP_IN).__file__ or "").parent.glob("*.py")
    }
    assert there <= here


def test_should_have_pools_of_threads() -> None:
    mp = importlib.import_module(DROP_IN)
    with mp.pool.ThreadPool(2) as threads:
        assert threads.map(len, ["a", "bc"]) == [1, 2]


_IMPORTS = """
import json, os, socket, subprocess, sys, threading

def refuse(event, arguments):
    if event in ("socket.connect", "subprocess.Popen", "os.fork", "os.posix_spawn"):
        raise AssertionError(event)

sys.addaudithook(refuse)
before = set(os.listdir("/dev/fd"))
import polyproc.multiprocessing as mp
for name in sys.argv[1:]:
    __import__(f"polyproc.multiprocessing.{name}")
print(json.dumps([
    threading.active_count(), sorted(set(os.listdir("/dev/fd")) - before), dict(os.environ)
]))
"""


def test_should_open_and_start_nothing_when_it_is_imported() -> None:
    environment = os.environ | {"POLYPROC_ADDRESS": "unix:/nowhere/at.all"}
    program = [sys.executable, "-X", "dev", "-W", "error", "-c", _IMPORTS, *OURS, *THEIRS]
    ended = subprocess.run(program, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    assert json.loads(ended.stdout) == [1, [], environment]


def test_should_have_the_attributes_that_the_standard_library_has_by_then() -> None:
    program = """
import polyproc.multiprocessing as mp
assert not hasattr(mp, "dummy")
assert not hasattr(mp, "never")
import multiprocessing.dummy
assert mp.dummy is multiprocessing.dummy
assert mp.process is multiprocessing.process
assert mp.reduction is multiprocessing.reduction
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    "made",
    ["mp.Queue()", "mp.Queue(3)", "mp.JoinableQueue()", "mp.SimpleQueue()", "mp.Pipe()[0]"],
)
def test_should_refuse_a_method_that_a_later_python_brings(made: str, daemon: Daemon) -> None:
    program = f"""if True:
        import inspect
        import multiprocessing.connection, multiprocessing.queues

        def shut(self, immediate=False):
            with self._notempty:
                pass

        for kind in (
            multiprocessing.queues.Queue,
            multiprocessing.queues.SimpleQueue,
            multiprocessing.connection.Connection,
        ):
            kind.shut, kind.of_class = shut, classmethod(shut)

        import polyproc.multiprocessing as mp

        made = {made}
        assert str(inspect.signature(made.shut)) == "(immediate=False)"
        for call in (made.shut, made.of_class):
            try:
                call(immediate=True)
            except NotImplementedError as e:
                print(e)
    """
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "POLYPROC_ADDRESS": daemon.address},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stderr == ""
    assert [
        line.split(" is newer ")[0].split(", but ")[1] for line in ended.stdout.splitlines()
    ] == [
        "'shut'",
        "'of_class'",
    ]
