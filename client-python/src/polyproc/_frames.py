"""The messages of SessionService.Attach, by hand: they carry every call, and others are slower.

Only the outer messages `SessionAttachRequest`, `Call`, `SessionAttachResponse` and `Reply` are
made and read here. Requests and responses inside are made by protobuf.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Iterator


def varint(n: int) -> bytes:
    """An unsigned number, as protobuf writes it."""
    if n < 128:
        return _SHORT[n]
    if n < 16_384:
        return bytes((n & 127 | 128, n >> 7))
    if n < 2_097_152:
        return bytes((n & 127 | 128, n >> 7 & 127 | 128, n >> 14))
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


_SHORT = [bytes((n,)) for n in range(128)]


def field(number: int, content: bytes) -> bytes:
    """A field of bytes, text or a message."""
    return tag(number) + varint(len(content)) + content


def tag(number: int) -> bytes:
    """What a field of bytes, text or a message begins with; its size and its content follow."""
    return varint(number << 3 | 2)


def number_field(number: int, n: int) -> bytes:
    """A field of an unsigned number; nothing where it is 0."""
    return varint(number << 3) + varint(n) if n else b""


# Fields 4 to 8 of Call: what a handle says with all of its calls.


def owner_field(owner: str) -> bytes:
    """`Call.owner`."""
    return field(4, owner.encode())


def guard_field(guard: bytes) -> bytes:
    """`Call.guard`, of a serialized Guard."""
    return field(5, guard)


def incarnation_field(incarnation: int) -> bytes:
    """`Call.incarnation`."""
    return number_field(8, incarnation)


def attach(session: str, attachment: int) -> bytes:
    """The first frame."""
    return field(1, session.encode()) + number_field(2, attachment)


def method_fields(method: int) -> bytes:
    """`Call.method_number`, and the beginning of `Call.request`."""
    return b"\x10%b\x1a" % varint(method)


def method_number(method: bytes) -> int:
    """The number of a method, of what `method_fields` has made of it."""
    return varint_at(method, 1)[0]


def as_metadata(extra: bytes) -> list[tuple[str, str | bytes]]:
    """Fields 4 to 8 of Call, as the metadata of a call that is an rpc of its own."""
    metadata: list[tuple[str, str | bytes]] = []
    for number, begin, end in _fields(extra, 0, len(extra)):
        content = extra[begin:end]
        if number == 4:
            metadata.append(("polyproc-owner-bin", _base64(content)))
        elif number == 5:
            metadata.append(("polyproc-guard-bin", _base64(_guard_text(content))))
        elif number == 8:
            metadata.append(("polyproc-incarnation", str(begin)))
    return metadata


def _base64(content: bytes) -> bytes:
    """What gRPC makes of metadata that are no text."""
    return binascii.b2a_base64(content, newline=False).rstrip(b"=")


def _guard_text(guard: bytes) -> bytes:
    """A serialized Guard, as metadata have it: lock and token."""
    lock, token = b"", 0
    for number, begin, end in _fields(guard, 0, len(guard)):
        if number == 1:
            lock = guard[begin:end]
        elif number == 2:
            token = begin
    return b"%b:%d" % (lock, token)


def call(sequence: bytes, method: bytes, request: bytes, extra: bytes) -> bytes:
    """Field `calls` of a frame, with one call.

    Args:
        sequence: the call's number, as `varint` writes it.
        method: the method's, as `method_fields` writes it.
        request: its request, serialized.
        extra: further fields of Call, as made by the functions above.
    """
    n = len(request)
    size = varint(n) if n > 127 else _SHORT[n]
    n += 1 + len(sequence) + len(method) + len(size) + len(extra)
    return b'"%b\x08%b%b%b%b%b' % (
        varint(n) if n > 127 else _SHORT[n],
        sequence,
        method,
        size,
        request,
        extra,
    )


def confirmation(below: int, ranges: Iterable[tuple[int, int]] = ()) -> bytes:
    """Fields `received_below` and `received`: each range is its first and its last number."""
    out = b"\x18" + varint(below)
    for first, last in ranges:
        out += field(5, number_field(1, first) + number_field(2, last))
    return out


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The ranges of ascending numbers."""
    out: list[tuple[int, int]] = []
    for n in numbers:
        if out and out[-1][1] == n - 1:
            out[-1] = (out[-1][0], n)
        else:
            out.append((n, n))
    return out


class MalformedFrame(ValueError):
    """A frame cannot be read."""


def varint_at(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned number that begins there, and where it ends."""
    n = data[at]
    if n < 128:
        return n, at + 1
    n &= 127
    shift = 7
    while True:
        at += 1
        more = data[at]
        n |= (more & 127) << shift
        if more < 128:
            return n, at + 1
        shift += 7
        if shift > 63:
            raise MalformedFrame("a number of more than ten bytes")


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The fields of a message: number, then begin and end, or the number twice where it is one."""
    while at < end:
        tag, at = varint_at(data, at)
        kind = tag & 7
        if kind == 2:
            size, at = varint_at(data, at)
            if at + size > end:
                raise MalformedFrame("a field beyond its message")
            yield tag >> 3, at, at + size
            at += size
        elif kind == 0:
            n, at = varint_at(data, at)
            yield tag >> 3, n, n
        elif kind == 1:
            at += 8
        elif kind == 5:
            at += 4
        else:
            raise MalformedFrame(f"a field of kind {kind}")


def is_attached(data: bytes) -> bool:
    """Whether it is the answer to the first frame."""
    return data[:2] == b"\x08\x01"


def replies(data: bytes) -> list[tuple[int, bytes | None, bytes | None]]:
    """The replies of a frame: number, response, status; either of the last two is None.

    Raises:
        MalformedFrame: It is none.
    """
    out: list[tuple[int, bytes | None, bytes | None]] = []
    try:
        for number, begin, end in _fields(data, 0, len(data)):
            if number != 2:
                continue
            sequence = 0
            response: bytes | None = b""
            error: bytes | None = None
            for inner, first, last in _fields(data, begin, end):
                if inner == 1:
                    sequence = first
                elif inner == 2:
                    response, error = data[first:last], None
                elif inner == 3:
                    response, error = None, data[first:last]
            out.append((sequence, response, error))
    except IndexError:
        raise MalformedFrame("it is cut off") from None
    return out


def single_response(data: bytes) -> tuple[int, int] | None:
    """Of a frame of one reply that is no error, its number and where the response begins.

    Most frames are so; of all others, and of those that are not this simple, `replies` tells.
    """
    size = len(data)
    if size > 129:
        return _single_long_response(data, size)
    if size < 6 or data[0] != 0x12 or data[1] != size - 2 or data[2] != 0x08:
        return None
    sequence = data[3]
    at = 4
    if sequence > 127:
        sequence &= 127
        shift = 7
        while at < size:
            more = data[at]
            at += 1
            sequence |= (more & 127) << shift
            if more < 128:
                break
            shift += 7
    if at + 2 > size or data[at] != 0x12 or data[at + 1] != size - at - 2:
        return None
    return sequence, at + 2


def _single_long_response(data: bytes, size: int) -> tuple[int, int] | None:
    try:
        length, at = varint_at(data, 1)
        if data[0] != 0x12 or at + length != size or data[at] != 0x08:
            return None
        sequence, at = varint_at(data, at + 1)
        length, begin = varint_at(data, at + 1)
        return (sequence, begin) if data[at] == 0x12 and begin + length == size else None
    except IndexError:
        return None
