"""How the processes of a pool are, and what they make of what ends a program."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Manner:
    """What a pool has from `multiprocessing`, and an executor from `concurrent.futures`."""

    daemonic: bool
    """Whether its processes are, so that they have no children."""


POOL = Manner(daemonic=True)
EXECUTOR = Manner(daemonic=False)
