"""How much is tested: `scripts/soak` sets POLYPROC_LONG, and has all of it on each Python."""

from __future__ import annotations

import os
import sys

import pytest

LONG = bool(os.environ.get("POLYPROC_LONG"))
"""Whether to do what is done many times even oftener."""

NEWEST = (3, 13)

_ALONE = "on the newest Python alone; scripts/soak has it on all"
_is_left_out = not LONG and sys.version_info[:2] < NEWEST

on_newest = pytest.mark.skipif(_is_left_out, reason=_ALONE)
"""For what is long, and hangs on the daemon and on other programs more than on Python."""


def all_on_newest(module: str) -> None:
    """The same for all tests of a module."""
    if _is_left_out:
        pytest.skip(f"{module}: {_ALONE}", allow_module_level=True)


PYTHONS = 1 if LONG else 3
"""Where something is done for each of many points: so many Pythons share them."""

SHARE = sys.version_info.minor % PYTHONS
"""Which of the shares is this Python's; from 0."""
