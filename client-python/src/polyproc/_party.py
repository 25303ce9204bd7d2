"""Who makes a call, as the daemon knows it."""

from __future__ import annotations

from dataclasses import dataclass

from polyproc.v1 import object_pb2


@dataclass(frozen=True, slots=True)
class Party:
    """Who made a call: a thread of a program. What it says of itself is as it said it."""

    session: int
    """The number of its session; 0 for a caller without one."""

    client: str
    """The name of its client, as `polyproc.connect` has it."""

    pid: int
    """The number of its process; 0 when unknown."""

    owner: str
    """The thread or task of the program."""

    call_site: str
    """The place in its source, where it said so."""


def party_of(message: object_pb2.Party) -> Party:
    """The same as the contract's message has it."""
    return Party(
        message.session,
        message.client,
        message.pid or message.peer.pid,
        message.owner,
        message.call_site,
    )
