"""The standard library's own `multiprocessing`, where it is served as it is."""

from __future__ import annotations

from types import ModuleType
from typing import Any


def rest_of(module: ModuleType, own: dict[str, Any]) -> dict[str, Any]:
    """The names of a module of the standard library that ours does not have.

    Whatever the running interpreter's version has comes along so.

    Args:
        module: such as `multiprocessing.queues`.
        own: the names that ours defines.
    """
    return {
        name: thing
        for name, thing in vars(module).items()
        if name not in own and not name.startswith("__")
    }
