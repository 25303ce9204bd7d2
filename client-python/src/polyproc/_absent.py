"""What stands for nothing at all, where None is a value."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "ABSENT"

    def __repr__(self) -> str:
        return "polyproc.ABSENT"


ABSENT: Final = Absent.ABSENT
"""Stands for no value at all: of a key, or of an attribute, that is not there."""
