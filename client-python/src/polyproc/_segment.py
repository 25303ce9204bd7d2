"""The file of a segment of shared memory, and what stands before its elements.

The layout is in docs/shared-memory.md.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from typing import Any, Final

from polyproc._elements import ElementType
from polyproc._errors import Error, Reason
from polyproc._peer import ROOT, TrustedPath, UntrustedError, own_uid
from polyproc.v1 import element_pb2, shared_memory_pb2

HEADER_BYTES: Final = 64
_MAGIC = b"POLYPROC"
_VERSION = 1
_IN_USE = 1
_HEADER = struct.Struct("<8sIIQQQI")
_SEQUENCE = 4
"""Where it stands, in units of 8 bytes."""
_MOST = 2**64 - 1
_STATE, _WRITERS_DIED = 10, 11
"""Where they stand, in units of 4 bytes."""

_ADVICE = "delete the array, and create it again"
_UNTRUSTED = "start the daemon with a --memory-folder that is sticky, or that nobody else may write"

Located = shared_memory_pb2.SharedMemoryLocateResponse


class Segment:
    """A segment that is mapped. It stays so while somebody has it, or a view of it."""

    __slots__ = ("_longs", "_words", "length", "lock", "memory", "type")

    def __init__(self, mapped: mmap.mmap, located: Located) -> None:
        self.type = ElementType(located.type)
        self.length = located.length
        self.lock = located.lock
        whole = memoryview(mapped)
        self._longs = whole[:HEADER_BYTES].cast("Q")
        self._words = whole[:HEADER_BYTES].cast("I")
        code = "I" if self.type is ElementType.WCHAR else self.type.code
        if located.length:
            self.memory = whole[HEADER_BYTES:].cast(code)  # type: ignore[call-overload]
        else:  # Python casts nothing that is empty.
            self.memory = whole[:HEADER_BYTES].cast(code)[:0]  # type: ignore[call-overload]

    @property
    def is_removed(self) -> bool:
        """Whether the object is gone, and with it everybody else's sight of what is written."""
        return self._words[_STATE] != _IN_USE

    @property
    def writers_died(self) -> int:
        """How many sessions ended while they wrote."""
        return self._words[_WRITERS_DIED]

    @property
    def sequence(self) -> int:
        """Even, or odd while somebody updates."""
        return self._longs[_SEQUENCE]

    @property
    def is_updated(self) -> bool:
        """Whether somebody updates, or has died while doing so."""
        return self._longs[_SEQUENCE] & 1 != 0

    # To update, with the lock.

    def next_odd(self) -> int:
        """The sequence for an update; where it was left odd, another one than that."""
        return (self._longs[_SEQUENCE] + 1 | 1) & _MOST

    def begin_update(self, odd: int) -> None:
        """Makes the sequence odd."""
        self._longs[_SEQUENCE] = odd

    def end_update(self, odd: int) -> bool:
        """Makes the sequence even; returns whether it was still the odd one."""
        if self._longs[_SEQUENCE] != odd:
            return False
        self._longs[_SEQUENCE] = odd + 1 & _MOST
        return True


def open_segment(located: Located) -> Segment:
    """Maps the segment that the daemon told of, see `map_segment`."""
    return Segment(map_segment(located), located)


def map_segment(located: Located) -> mmap.mmap:
    """Maps the file of the segment that the daemon told of: header and elements.

    The file is not made, and keeps its size. What somebody else could have put there, or is no
    segment, or not this one, is refused.

    Raises:
        Error: It is refused.
    """
    if sys.byteorder != "little":
        raise _refused(located, "to be of this machine's order of bytes, but that is big-endian")
    try:
        of = ElementType(located.type)
    except ValueError:
        raise _refused(
            located,
            f"to have elements of a type that this client knows, but it is type {located.type};"
            " take a newer client",
        ) from None
    _require_bytes(located, HEADER_BYTES + of.itemsize * located.length)
    try:
        return _map(located)
    except UntrustedError as e:
        raise _refused(located, f"to be one that nobody else can replace, but: {e}") from e
    except FileNotFoundError as e:
        # The daemon has just seen it: this program does not see the same folder.
        raise _refused(
            located,
            f"to be at {located.path}, as the daemon sees it, but nothing is there; where this"
            " program is in a container, or the daemon is, give both the same folder of shared"
            " memory",
        ) from e
    except PermissionError as e:
        raise _refused(
            located,
            f"at {located.path} to be open to this user, but it is not: it is for the daemon's user"
            " and root",
        ) from e
    except OSError as e:
        raise _refused(located, f"at {located.path} to be mapped, but: {e}") from e


def _map(located: Located) -> mmap.mmap:
    path = located.path
    owner = os.lstat(path).st_uid
    TrustedPath(path, _UNTRUSTED, owner if own_uid() == ROOT else None).require_file()
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        size = os.fstat(file).st_size  # To map more than that would make it longer.
        _require_bytes(located, size)
        _require_header(located, os.pread(file, _HEADER.size, 0))
        return _mapped(file, size)
    finally:
        os.close(file)


def _mapped(file: int, size: int) -> mmap.mmap:
    if sys.version_info >= (3, 13):
        return mmap.mmap(file, size, trackfd=False)
    return mmap.mmap(file, size)


def _require_bytes(located: Located, found: int) -> None:
    if found != located.bytes:
        raise _lost(located, f"to have {located.bytes} bytes, but it has {found}")


def _require_header(located: Located, header: bytes) -> None:
    """Refuses a segment that is not the one which the daemon told of."""
    magic, version, kind, length, incarnation, _, state = _HEADER.unpack(header)
    if magic != _MAGIC:
        raise _lost(located, "to begin with POLYPROC, but it begins with other bytes")
    if version != _VERSION:
        raise _lost(
            located,
            f"to have layout {_VERSION}, but it has layout {version}, which this client does not"
            " know",
        )
    if kind != located.type:
        raise _lost(
            located,
            f"to have elements of {_word(located.type)}, but it has elements of {_word(kind)}",
        )
    if length != located.length:
        raise _lost(located, f"to have length {located.length}, but it has {length}")
    if incarnation != located.ref.incarnation:
        raise _lost(
            located,
            f"to have incarnation {located.ref.incarnation}, but it has {incarnation}",
        )
    if state != _IN_USE:
        raise Error(
            f"Expected the segment of {located.ref.name!r} to be in use, but it says that it was"
            " removed",
            Reason.OBJECT_DELETED,
            "NOT_FOUND",
        )


def _word(kind: int) -> str:
    known: Any = element_pb2.ElementType.DESCRIPTOR.values_by_number.get(kind)
    return f"type {kind}" if known is None else str(known.name).removeprefix("ELEMENT_TYPE_")


def _lost(located: Located, sentence: str) -> Error:
    return Error(
        f"Expected the segment of {located.ref.name!r} {sentence}; {_ADVICE}",
        Reason.SEGMENT_LOST,
        "FAILED_PRECONDITION",
    )


def _refused(located: Located, sentence: str) -> Error:
    return Error(
        f"Expected the segment of {located.ref.name!r} {sentence}", code="FAILED_PRECONDITION"
    )
