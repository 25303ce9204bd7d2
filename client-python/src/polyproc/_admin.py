"""What operators see and do: which objects there are, who holds them, who waits, since when."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from google.protobuf.duration_pb2 import Duration

from polyproc._kinds import kind_number, kind_of
from polyproc._methods import DELETE, DESCRIBE, Method
from polyproc._object import length
from polyproc._pages import paged
from polyproc._party import Holder, Party, Waiter
from polyproc.v1 import admin_pb2, object_pb2, session_pb2

if TYPE_CHECKING:
    from polyproc._client import Client

_LIST = Method("AdminService/List", admin_pb2.AdminListRequest, admin_pb2.AdminListResponse)
SERVER_INFO = Method(
    "AdminService/ServerInfo", admin_pb2.AdminServerInfoRequest, admin_pb2.AdminServerInfoResponse
)
_LIST_SESSIONS = Method(
    "AdminService/ListSessions",
    admin_pb2.AdminListSessionsRequest,
    admin_pb2.AdminListSessionsResponse,
)
_WAITS = Method("AdminService/Waits", admin_pb2.AdminWaitsRequest, admin_pb2.AdminWaitsResponse)
_CLOSE_SESSION = Method(
    "AdminService/CloseSession",
    admin_pb2.AdminCloseSessionRequest,
    admin_pb2.AdminCloseSessionResponse,
)

_LIFETIME_PREFIX = "LIFETIME_"


@dataclass(frozen=True)
class ServerInfo:
    """A daemon."""

    version: str
    contract_revision: int
    """The revision of the contract that it serves."""
    pid: int
    boot: str
    """Changes with every start."""
    uptime: float
    """For how many seconds it has been running."""

    @classmethod
    def of(cls, server: session_pb2.ServerInfo) -> ServerInfo:
        """The same of the contract's message."""
        return cls(
            server.version, server.contract_revision, server.pid, server.boot, length(server.uptime)
        )


@dataclass(frozen=True)
class Limits:
    """The bounds of a daemon: numbers, bytes and seconds."""

    request_bytes: int
    """The largest request, and with it the largest value."""
    value_depth: int
    """The deepest nesting of a value."""
    name_length: int
    """The longest name, in characters."""
    stored_bytes: int
    """The memory for all that is kept."""
    objects: int
    sessions: int
    waiters: int
    """Calls that wait."""
    queue_items: int
    """Items of one queue: what `maxsize=0` means."""
    page_size: int
    """The most elements of one request or reply."""
    page_bytes: int
    """The most bytes of a reply of several elements."""
    window_calls: int
    """Calls of one session that wait, or whose replies are not confirmed."""
    window_bytes: int
    """Bytes of the replies of one session that are not confirmed."""
    duration: float
    """The longest timeout, lease or time to live."""
    shortest_time_to_live: float
    """Of a session."""
    default_time_to_live: float
    """Of a session that asks for none."""
    processes: int
    """Processes that run."""
    ended_processes: int
    """Processes that ended and are still listed."""
    output_bytes: int
    """Kept of a process's standard output, and of its standard error."""
    arriving_bytes: int
    """Of all requests that are not whole yet."""
    open_calls: int
    """Calls and streams at once."""
    list_items: int
    """Of one list."""
    sort_items: int
    """Of the longest list that can be sorted."""
    sort_bytes: int
    """Of the largest list that can be sorted."""
    request_fields: int
    """Fields of one request, those of nested values included."""
    all_output_bytes: int
    """Kept of the output of all processes."""
    connections: int
    unsent_bytes: int
    """Of replies that were not read yet, of all connections."""
    connection_unsent_bytes: int
    """The same of one connection."""
    unauthenticated_connections: int
    """That have shown no credential yet."""
    unauthenticated_calls: int
    """Calls at once that show no credential."""
    unauthenticated_time: float
    """For how long a connection may show none."""
    array_bytes: int
    """Of the elements of one array."""
    shared_memory_bytes: int
    """Of all segments of shared memory."""

    @classmethod
    def of(cls, limits: session_pb2.Limits) -> Limits:
        """The same of the contract's message."""
        values: dict[str, Any] = {}
        for known in dataclasses.fields(cls):
            value = getattr(limits, known.name)
            values[known.name] = length(value) if isinstance(value, Duration) else value
        return cls(**values)


@dataclass(frozen=True)
class Usage:
    """How full a daemon is, against its limits."""

    objects: int
    sessions: int
    waiters: int
    """Calls that wait."""
    stored_bytes: int
    """Of all that is kept."""
    entries: int
    """What the daemon has done since it was started: calls, ends of sessions and processes."""


@dataclass(frozen=True)
class ServerStatus:
    """A daemon, its limits, and how full it is."""

    server: ServerInfo
    limits: Limits
    usage: Usage


@dataclass(frozen=True)
class ObjectSummary:
    """An object in a line."""

    name: str
    kind: str
    """Such as "QUEUE"; see `Kind`."""
    incarnation: int
    """Tells it from others that had the name, or will have it."""
    summary: str
    """What it is and holds, in words, such as "3 items, 1 reserved"."""
    waiters: int
    """How many calls wait for it."""
    created: datetime
    lifetime: str
    """One of "persistent", "session", "referenced" or "while_used"."""
    stored_refs: int
    """How many stored values refer to it; counted where it is "referenced"."""
    retaining_sessions: int
    """How many sessions have it; counted where it is "referenced"."""
    shape: Mapping[str, str]
    """What it was created as."""
    figures: Mapping[str, str]
    """What it counts; of `Admin.describe` alone."""

    @classmethod
    def _of(cls, summary: admin_pb2.ObjectSummary) -> ObjectSummary:
        ref = summary.ref
        return cls(
            ref.name,
            kind_of(ref.kind),
            ref.incarnation,
            summary.summary,
            summary.waiters,
            summary.created.ToDatetime(UTC),
            _lifetime(summary.lifetime),
            summary.stored_refs,
            summary.retaining_sessions,
            {field.field: field.value for field in summary.shape},
            {figure.name: figure.value for figure in summary.figures},
        )


@dataclass(frozen=True)
class ObjectDescription:
    """An object, who holds it, and who waits for it."""

    object: ObjectSummary
    creator: Party
    holders: list[Holder]
    """The oldest first; a page at most."""
    waiters: list[Waiter]
    """In line; a page at most."""


@dataclass(frozen=True)
class SessionSummary:
    """A session in a line."""

    number: int
    client: str
    """The client's name."""
    client_version: str
    pid: int
    """The client's process, as it said; 0: unknown."""
    time_to_live: float
    """For how many seconds it lives without a word."""
    opened: datetime
    holdings: int
    """How many things it holds: locks, reservations, objects, processes."""
    waiting: int
    """How many of its calls wait."""

    @classmethod
    def _of(cls, session: admin_pb2.SessionSummary) -> SessionSummary:
        return cls(
            session.session,
            session.client,
            session.client_version,
            session.pid,
            length(session.time_to_live),
            session.opened.ToDatetime(UTC),
            session.holdings,
            session.waiting,
        )


@dataclass(frozen=True)
class Wait:
    """A call that waits, and for what."""

    name: str
    """The object; of several, the first that was asked for."""
    kind: str
    """The object's kind, such as "QUEUE"; see `Kind`."""
    waiter: Waiter


class Admin:
    """The daemon as its operators see it: `client.admin`. Nothing of it waits."""

    __slots__ = ("_client",)

    def __init__(self, client: Client) -> None:
        """Use `Polyproc.admin`."""
        self._client = client

    def server_info(self) -> ServerStatus:
        """What the daemon is, its limits, and how full it is."""
        response = self._client._call(SERVER_INFO, admin_pb2.AdminServerInfoRequest())
        usage = response.usage
        return ServerStatus(
            ServerInfo.of(response.server),
            Limits.of(response.limits),
            Usage(usage.objects, usage.sessions, usage.waiters, usage.stored_bytes, usage.entries),
        )

    def objects(self, kind: str | None = None, prefix: str = "") -> Iterator[ObjectSummary]:
        """The objects, in the order of their creation; asked for a page at a time.

        Args:
            kind: only those of this `Kind`; None: of any.
            prefix: only those whose names begin with this.

        Raises:
            ValueError: There is no such kind.
        """
        request = admin_pb2.AdminListRequest(prefix=prefix)
        if kind is not None:
            request.kind = kind_number(kind)
        return self._objects(request)

    def _objects(self, request: admin_pb2.AdminListRequest) -> Iterator[ObjectSummary]:
        for page in paged(self._client, _LIST, request):
            yield from map(ObjectSummary._of, page.objects)

    def describe(self, name: str) -> ObjectDescription:
        """An object, who holds it, and who waits for it.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND.
        """
        response = self._client._call(DESCRIBE, admin_pb2.AdminDescribeRequest(object=name))
        return ObjectDescription(
            ObjectSummary._of(response.object),
            Party.of(response.creator),
            [Holder.of(holder) for holder in response.holders],
            Waiter.all_of(response.waiters),
        )

    def delete(self, name: str) -> None:
        """Deletes an object with all it holds; a process that runs is killed.

        Calls that wait for it are told `OBJECT_DELETED`, as are later ones by handles of it.

        Raises:
            Error: With the reason OBJECT_NOT_FOUND.
        """
        self._client._call(DELETE, admin_pb2.AdminDeleteRequest(object=name))

    def sessions(self) -> Iterator[SessionSummary]:
        """The sessions, in the order of their opening; asked for a page at a time."""
        request = admin_pb2.AdminListSessionsRequest()
        for page in paged(self._client, _LIST_SESSIONS, request):
            yield from map(SessionSummary._of, page.sessions)

    def waits(self, prefix: str = "", session: int = 0) -> Iterator[Wait]:
        """The calls that wait, in the order in which they began to; asked for a page at a time.

        Args:
            prefix: only those that wait for an object whose name begins with this.
            session: only those of the session of this number; 0: of any, and of none.
        """
        request = admin_pb2.AdminWaitsRequest(prefix=prefix, session=session)
        for page in paged(self._client, _WAITS, request):
            waiters = Waiter.all_of(wait.waiter for wait in page.waits)
            for wait, waiter in zip(page.waits, waiters, strict=True):
                yield Wait(wait.ref.name, kind_of(wait.ref.kind), waiter)

    def close_session(self, number: int, reason: str = "") -> SessionSummary:
        """Ends a session, such as that of a program that hangs. All that it holds is given up.

        Args:
            number: its number, as `sessions`, holders and waiters have it.
            reason: why, in words for its client, up to 255 characters.

        Returns:
            What it was just before.

        Raises:
            Error: With the reason SESSION_NOT_FOUND: no live session has that number.
        """
        request = admin_pb2.AdminCloseSessionRequest(session=number, reason=reason)
        return SessionSummary._of(self._client._call(_CLOSE_SESSION, request).session)

    def __repr__(self) -> str:
        return f"<Admin of {self._client!r}>"


def _lifetime(lifetime: object_pb2.Lifetime) -> str:
    lifetimes = object_pb2.Lifetime
    known = lifetime in lifetimes.values()
    name = lifetimes.Name(lifetime) if known else str(int(lifetime))
    return name.removeprefix(_LIFETIME_PREFIX).lower()
