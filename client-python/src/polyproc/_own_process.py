"""What the daemon is told of the process that a client runs in."""

# To load pathlib takes as long as some tens of calls.
# ruff: noqa: PTH110, PTH115, PTH123

from __future__ import annotations

import os

from polyproc._forks import renew_in_child
from polyproc._frames import varint
from polyproc.v1 import session_pb2

_credential = os.environ.get("POLYPROC_PROCESS_CREDENTIAL") or None
"""What the daemon gave this process when it started it. It works once, for one client of all."""


def take_credential() -> str | None:
    """Takes the credential of this process; None where there is none, or it was taken."""
    global _credential
    taken, _credential = _credential, None
    return taken


def return_credential(credential: str) -> None:
    """Gives a credential back that no session could be opened with."""
    global _credential
    _credential = credential


def describe() -> session_pb2.ClientProcess:
    """Tell this process as `/proc` tells it; elsewhere just its id."""
    process = session_pb2.ClientProcess(pid=os.getpid())
    try:
        process.start_time = _start_time("self")
        process.MergeFromString(surroundings())
    except (OSError, ValueError, IndexError):
        return session_pb2.ClientProcess(pid=os.getpid())
    return process


def describe_child(pid: int, is_seen: bool) -> bytes:
    """Tell a child of this process, as a serialized `SessionOpenRequest` that has nothing else.

    Args:
        pid: its process id.
        is_seen: whether the daemon sees it, so that it need not be told when it has begun.
    """
    fields = b"\x08" + varint(pid)
    try:
        fields += surroundings()
        if not is_seen:
            fields += b"\x10" + varint(_start_time(str(pid)))
    except (OSError, ValueError, IndexError):
        fields = b"\x08" + varint(pid)
    return b"\x2a" + varint(len(fields)) + fields


def is_alive(pid: int) -> bool:
    """Whether a child of this process has not ended, whether it was waited for or not."""
    try:
        stat = _read(f"/proc/{pid}/stat")
    except OSError:
        return not os.path.exists("/proc/self")  # Where there is no /proc, nobody knows.
    return not stat[stat.rindex(b")") + 2 :].startswith((b"Z", b"X"))


def _start_time(process: str) -> int:
    # The command's name stands in brackets and may itself hold spaces and brackets.
    stat = _read(f"/proc/{process}/stat")
    return int(stat[stat.rindex(b")") + 2 :].split()[19])


def _read(file: str) -> bytes:
    with open(file, "rb") as opened:
        return opened.read()


_here: bytes | None = None


def surroundings() -> bytes:
    """What all processes here have in common, as fields of a serialized `ClientProcess`.

    Raises:
        OSError: The system does not tell.
    """
    global _here
    if _here is None:
        process = session_pb2.ClientProcess(
            pid_namespace=os.readlink("/proc/self/ns/pid"),
            boot_id=_read("/proc/sys/kernel/random/boot_id").decode().strip(),
        )
        _here = process.SerializeToString()
    return _here


renew_in_child(globals(), "_here", type(None))
renew_in_child(globals(), "_credential", type(None))  # The daemon has started the parent.
