"""What a later version of Python has for a class, and ours, which derives from it, lacks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NoReturn


def refuse_newer(own: type, kept: frozenset[str] = frozenset()) -> None:
    """Has all methods of the standard library's class be refused that ours does not have.

    They would ask for parts that ours is not made of.

    Args:
        own: a class of ours that derives from the standard library's.
        kept: the methods that do, as they are, for ours.
    """
    theirs: dict[str, Any] = {}
    served = set(kept)
    for base in own.__mro__[:-1]:
        if base.__module__.startswith("polyproc."):
            served.update(vars(base))
        else:
            theirs = {**vars(base), **theirs}
    for name, thing in theirs.items():
        method = getattr(thing, "__func__", thing)  # Of a static one or one of the class.
        is_special = name.startswith("__") and name.endswith("__")
        if name not in served and not is_special and callable(method):
            setattr(own, name, _refusing(own, name, method))


def _refusing(own: type, name: str, method: Callable[..., Any]) -> Callable[..., NoReturn]:
    @functools.wraps(method)
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError(
            f"Expected a method that a {own.__name__} of a daemon has, but {name!r} is newer than"
            " this version of Polyproc, or private to the standard library"
        )

    return refuse
