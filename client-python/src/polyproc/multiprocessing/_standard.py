"""The standard library's own `multiprocessing`, where it is served as it is."""

from __future__ import annotations

from types import FunctionType, ModuleType
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


def in_module(function: Any, names: dict[str, Any]) -> Any:
    """A function of the standard library as one of ours: what it looks up in its module is ours.

    Args:
        function: such as `multiprocessing.sharedctypes.RawValue`.
        names: the `globals()` of our module, which has by the time of a call all that it asks for.
    """
    own = FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    own.__kwdefaults__ = function.__kwdefaults__
    own.__doc__ = function.__doc__
    own.__qualname__ = function.__qualname__
    return own
