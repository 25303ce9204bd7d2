"""Who holds something, who waits for it, and who has broken it. Loaded where a program asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from polyproc.v1 import object_pb2


@dataclass(frozen=True, slots=True)
class Party:
    """Who makes a call, as it said itself."""

    session: int
    """The number of its session; 0: it has none."""
    client: str
    """The client's name."""
    pid: int
    """The client's process; 0: unknown."""
    owner: str
    """The thread or task within the session."""
    call_site: str
    """The place in its source."""

    @classmethod
    def of(cls, party: object_pb2.Party) -> Party:
        """The same of the contract's message."""
        return cls(
            party.session,
            party.client,
            party.pid or party.peer.pid,
            party.owner,
            party.call_site,
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds something, and since when."""

    party: Party
    since: datetime
    detail: str
    """What is held, in words."""
    token: int
    """The fencing token; 0: there is none."""

    @classmethod
    def of(cls, holder: object_pb2.Holder) -> Holder:
        """The same of the contract's message."""
        since = holder.since.ToDatetime(UTC)
        return cls(Party.of(holder.party), since, holder.detail, holder.token)


@dataclass(frozen=True, slots=True)
class Waiter:
    """A call that waits, and since when."""

    party: Party
    since: datetime
    rpc: str
    """Such as "LockService/Acquire"."""
    deadline: datetime | None
    """Until when it waits; None: for ever."""
    detail: str
    """What it asks for, in words."""

    @classmethod
    def all_of(cls, waiters: Iterable[object_pb2.Waiter]) -> list[Waiter]:
        """The same of the contract's messages, in line."""
        return [
            cls(
                Party.of(waiter.party),
                waiter.since.ToDatetime(UTC),
                waiter.rpc,
                waiter.deadline.ToDatetime(UTC) if waiter.HasField("deadline") else None,
                waiter.detail,
            )
            for waiter in waiters
        ]


@dataclass(frozen=True)
class BarrierBreak:
    """Why a barrier is broken."""

    cause: str
    """TIMEOUT, PARTY_GONE, ACTION_FAILED or ABORTED."""
    party: Party
    """Whose time was up, who is gone, who ran the action that failed, or who aborted it."""
    round: int
    """The round that broke, from 0."""
