"""How much is tested.

`client-python/check` tests several Pythons, which it names: what is long, and depends on the daemon
and on other programs more than on Python, is tested on the newest of them alone; children start in
every way there, and elsewhere by fork and one other. What is no part of the drop-in for
`multiprocessing`, of which each Python has another, is tested on the oldest and the newest; of many
points each of both has its share. A Python by itself has all of it. So has each in `scripts/soak`,
which sets POLYPROC_LONG.
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
_is_left_out = _pythons[-1] != _THIS

on_newest = pytest.mark.skipif(_is_left_out, reason=_ALONE)


def all_on_newest(module: str) -> None:
    """The same for all tests of a module."""
    if _is_left_out:
        pytest.skip(f"{module}: {_ALONE}", allow_module_level=True)


_OF_THE_DROP_IN = ("test_dropin", "test_futures", "test_likeness", "test_package", "test_programs")

ON_BOTH_ENDS = "on the oldest and the newest Python; scripts/soak has it on all"


def is_left_out(module: str) -> bool:
    """Whether all tests of a module are, as they run on an older and on a newer Python."""
    ends = (_pythons[0], _pythons[-1])
    return _THIS not in ends and not module.startswith(_OF_THE_DROP_IN)


PYTHONS = min(2, len(_pythons))
"""Where something is done for each of many points: so many Pythons share them."""

SHARE = PYTHONS - 1 if _pythons[-1] == _THIS else 0
"""Which of the shares is this Python's; from 0."""

_TAKEN = ("spawn", "forkserver")
"""Between which the older Pythons take turns."""


def by(method: str) -> pytest.MarkDecorator:
    """Marks what is done by one of the start methods of `multiprocessing`."""
    return pytest.mark.skipif(
        _is_left_out and method in _TAKEN and method != _TAKEN[_pythons.index(_THIS) % len(_TAKEN)],
        reason=f"by {method} on the newest Python and on each second older one; "
        "scripts/soak has it on all",
    )


def methods(*methods: str) -> list[Any]:
    """The values of a parameter that is a start method: all three, or these."""
    return [pytest.param(method, marks=by(method)) for method in methods or ("fork", *_TAKEN)]
