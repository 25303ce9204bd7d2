"""Values that nest deeper than protobuf reads in Python, as a daemon may allow them."""

from __future__ import annotations

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError

from polyproc._frames import field, varint_at
from polyproc.v1 import value_pb2

TOO_DEEP = "application/x-polyproc-value"
"""The content type of the opaque value that stands for one which nests too deep; its data are that
one's bytes."""

_LIST = value_pb2.Value.DESCRIPTOR.fields_by_name["list"].number
_VALUES = value_pb2.ValueList.DESCRIPTOR.fields_by_name["values"].number
_VALUE = value_pb2.Value.DESCRIPTOR.full_name


def without_depth(message: bytes, kind: Descriptor) -> bytes:
    """A message with an opaque value in the place of each that nests too deep."""
    out = bytearray()
    at = 0
    while at < len(message):
        begin = at
        tag, at = varint_at(message, at)
        wire = tag & 7
        if wire == 0:
            _, at = varint_at(message, at)
        elif wire == 1:
            at += 8
        elif wire == 5:
            at += 4
        else:
            size, at = varint_at(message, at)
            at += size
            known = kind.fields_by_number.get(tag >> 3)
            inner = None if known is None else known.message_type
            if inner is not None:
                part = message[at - size : at]
                part = _shallow(part) if inner.full_name == _VALUE else without_depth(part, inner)
                out += field(tag >> 3, part)
                continue
        out += message[begin:at]
    return bytes(out)


def _shallow(value: bytes) -> bytes:
    within = value
    for _ in range(2):  # It stands in a few messages.
        within = field(_LIST, field(_VALUES, within))
    try:
        value_pb2.Value.FromString(within)
    except DecodeError:
        opaque = value_pb2.Opaque(content_type=TOO_DEEP, data=value)
        return value_pb2.Value(opaque=opaque).SerializeToString()
    return value
