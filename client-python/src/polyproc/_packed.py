"""Text and bytes as values, and the messages that hold one, by hand.

They are what most calls carry. protobuf's messages would do for them, as they do for all else; but
a call touches so much more memory with them that it takes a quarter longer where several processes
take turns on one processor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from polyproc._frames import varint
from polyproc._values import PLAIN, Codec, encode, own, sized

T = TypeVar("T")

_TEXT = 6 << 3 | 2
_BYTES = 7 << 3 | 2
_FIRST = 1 << 3 | 2


def packer(codec: Codec[T]) -> Callable[[T], bytes]:
    """How objects are written as fields of type Value, behind the tag: the size, and the value."""
    if codec is PLAIN:
        return pack
    given = own(codec)
    pack_by_codec = given.pack
    if not given.has_plain_text:
        return pack_by_codec

    def pack_text_by_hand(obj: T) -> bytes:
        kind = type(obj)
        if kind is not str and kind is not bytes:
            return pack_by_codec(obj)
        try:
            return pack(obj)
        except ValueError:  # Half a surrogate pair.
            return pack_by_codec(obj)

    return pack_text_by_hand


def pack(obj: Any) -> bytes:
    """Plain data so; see `packer`."""
    kind = type(obj)
    if kind is bytes:
        tag, content = _BYTES, obj
    elif kind is str:
        try:
            tag, content = _TEXT, obj.encode()
        except UnicodeEncodeError:
            return sized(encode(obj))  # which says what is wrong
    else:
        return sized(encode(obj))
    n = len(content)
    if n < 126:
        return b"%c%c%c%b" % (n + 2, tag, n, content)
    size = varint(n)
    return b"%b%c%b%b" % (varint(n + 1 + len(size)), tag, size, content)


def unpacker(codec: Codec[Any]) -> Callable[[bytes], Any]:
    """`unpack`, where a codec reads plain text, else what finds nothing."""
    return unpack if own(codec).has_plain_text else _nothing


def _nothing(_message: bytes) -> None:
    return None


def unpack(message: bytes) -> str | bytes | None:
    """The text or the bytes of a short message that has a value as field 1, and nothing else.

    Returns:
        None where the message is not of that kind, and protobuf is to read it.
    """
    size = len(message)
    if size < 4 or message[0] != _FIRST:
        return None
    at, n = 2, message[1]
    if n > 127:
        if message[2] > 127:
            return None
        at, n = 3, n & 127 | message[2] << 7
    if n < 2 or at + n != size:
        return None
    kind = message[at]
    if kind != _BYTES and kind != _TEXT:
        return None
    n = message[at + 1]
    at += 2
    if n > 127:
        if at == size or message[at] > 127:
            return None
        n = n & 127 | message[at] << 7
        at += 1
    if at + n != size:
        return None
    return message[at:] if kind == _BYTES else message[at:].decode()
