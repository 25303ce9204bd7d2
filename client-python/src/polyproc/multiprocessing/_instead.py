"""The drop-in in the place of `multiprocessing`, for programs that are not to be changed."""

from __future__ import annotations

import concurrent.futures.process  # noqa: F401  (It stands on what is private to the queues.)
import contextlib
import importlib
import multiprocessing.spawn
import os
import pkgutil
import runpy
import sys
from importlib.machinery import ModuleSpec
from typing import Any

_MODULES = (
    "connection",
    "context",
    "managers",
    "pool",
    "queues",
    "sharedctypes",
    "shared_memory",
    "synchronize",
)
_PROGRAM = "POLYPROC_MULTIPROCESSING_PROGRAM"
_IN_CHILD = "polyproc.multiprocessing._program"


def put_instead() -> None:
    """From now on `import multiprocessing` is of the drop-in, here and in all child processes."""
    own = sys.modules["polyproc.multiprocessing"]
    # All of them: what is imported later would look for its like in the other package.
    for package in (multiprocessing, own):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            with contextlib.suppress(ImportError):  # Of another system.
                if not module.name.endswith("__main__"):
                    importlib.import_module(module.name)
    for name in _MODULES:
        sys.modules[f"multiprocessing.{name}"] = sys.modules[f"{own.__name__}.{name}"]
    spawn = multiprocessing.spawn
    sys.modules["multiprocessing"] = own
    standard = spawn.get_preparation_data

    def get_preparation_data(name: str) -> dict[str, Any]:
        """As the standard library's; but the child does the same before it runs the main module."""
        data: dict[str, Any] = standard(name)
        for kind in ("init_main_from_path", "init_main_from_name"):
            if kind in data:
                os.environ[_PROGRAM] = f"{kind}={data.pop(kind)}"
                data["init_main_from_name"] = _IN_CHILD
                break
        return data

    if standard.__module__ != __name__:
        spawn.get_preparation_data = get_preparation_data


def main_module() -> dict[str, Any]:
    """The names of the program's main module, which a child process runs as the parent said."""
    kind, _, program = os.environ[_PROGRAM].partition("=")
    if program == "__main__" or program.endswith(".__main__"):
        # That of a package, a folder or an archive runs in the parent alone, as there.
        return {"__spec__": ModuleSpec(program, None)}
    if kind == "init_main_from_path":
        return runpy.run_path(program, run_name="__mp_main__")
    return runpy.run_module(program, run_name="__mp_main__", alter_sys=True)
