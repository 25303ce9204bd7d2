"""What a forked child has anew, as what it got of its parent may be half changed, or held.

All of it is done in one place: what a child runs, it has to copy the memory of.
"""

from __future__ import annotations

import os
from collections.abc import Callable

_renewed: list[tuple[dict[str, object], str, Callable[[], object]]] = []


def renew_in_child(module: dict[str, object], name: str, make: Callable[[], object]) -> None:
    """Has a variable of a module made anew in each child that is forked.

    Args:
        module: its `globals()`.
        name: the variable.
        make: makes its value.
    """
    _renewed.append((module, name, make))


def _after_fork_in_child() -> None:
    for module, name, make in _renewed:
        module[name] = make()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
