"""How much is tested.

`client-python/check` tests several Pythons, which it names: what is long, and depends on the daemon
and on other programs more than on Python, is tested on the newest of them alone; children start in
every way there, and elsewhere by fork and one other, or by fork alone. What depends on Python no
more than any program does is tested on the oldest and the newest; of many points each has its
share. A Python by itself has all of it. So has each in `scripts/soak`, which sets POLYPROC_LONG.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

LONG = bool(os.environ.get("POLYPROC_LONG"))
"""Whether to do what is done many times even oftener."""

_ALONE = "on the newest Python alone; scripts/soak has it on all"
_THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
_named = [] if LONG else os.environ.get("POLYPROC_PYTHONS", "").split()
_pythons = _named if _THIS in _named else [_THIS]
_is_older = _pythons[-1] != _THIS

on_newest = pytest.mark.skipif(_is_older, reason=_ALONE)


def all_on_newest(module: str) -> None:
    """The same for all tests of a module."""
    if _is_older:
        pytest.skip(f"{module}: {_ALONE}", allow_module_level=True)


_ON_ALL = (
    *("test_dropin", "test_futures", "test_likeness", "test_package", "test_programs"),
    *("test_child", "test_client", "test_handlers", "test_imports", "test_interruptions"),
    "test_pickle",
)
"""Modules of what depends on the interpreter, or on its `multiprocessing`."""

ON_BOTH_ENDS = "on the oldest and the newest Python; scripts/soak has it on all"


def is_on_the_ends(module: str) -> bool:
    """Whether a module is left out here, as an older and a newer Python have it."""
    return _THIS not in (_pythons[0], _pythons[-1]) and not module.startswith(_ON_ALL)


PYTHONS = len(_pythons)
"""Where something is done for each of many points: so many Pythons share them."""

SHARE = _pythons.index(_THIS)
"""Which of the shares is this Python's; from 0."""

_TAKEN = ("spawn", "forkserver")
"""Between which the older Pythons take turns."""


def by(method: str) -> pytest.MarkDecorator:
    """Marks what is done by one of the start methods of `multiprocessing`."""
    return pytest.mark.skipif(
        _is_older and method in _TAKEN and method != _TAKEN[SHARE % len(_TAKEN)],
        reason=f"by {method} on the newest Python and on each second older one; "
        "scripts/soak has it on all",
    )


def methods(*methods: str) -> list[Any]:
    """The values of a parameter that is a start method: all three, or these."""
    return [pytest.param(method, marks=by(method)) for method in methods or ("fork", *_TAKEN)]
