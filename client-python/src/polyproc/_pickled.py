"""Any Python object as a pickle: for Python alone, and only when asked for."""

from __future__ import annotations

import io
import pickle
from functools import partial
from typing import Any

from polyproc._errors import Error, UnexpectedValue
from polyproc._frames import field, varint
from polyproc._signals import is_of_handler
from polyproc._values import OwnCodec, Ref, Resolver, describe
from polyproc.v1 import object_pb2, value_pb2

CONTENT_TYPE = "application/python-pickle"

_OPAQUE = value_pb2.Value.OPAQUE_FIELD_NUMBER
_DATA = value_pb2.Opaque.DATA_FIELD_NUMBER
_REFS = value_pb2.Opaque.REFS_FIELD_NUMBER
_CONTENT_TYPE_FIELD = field(value_pb2.Opaque.CONTENT_TYPE_FIELD_NUMBER, CONTENT_TYPE.encode())

_PROTOCOL = 5
"""Which every Python has that this package runs on."""

_KEPT_BYTES = 2 << 10
"""What has written a larger pickle is not used again: it would go through as large a table of what
is in a pickle for each one after it."""


def shared_object(kind: str, name: str, incarnation: int) -> object:
    """Return the ``Ref`` that stands for a shared object in a pickle; a client makes a handle."""
    return Ref(kind, name, incarnation)


class RefPickler(pickle.Pickler):
    """Writes handles of shared objects as refs, and knows which they were."""

    refs: list[object_pb2.Ref] | None = None

    def reducer_override(self, obj: Any) -> Any:
        if not hasattr(type(obj), "_polyproc_ref_"):
            return NotImplemented
        message = obj._polyproc_ref_()
        if self.refs is None:
            self.refs = []
        self.refs.append(message)
        ref = Ref.of(message)
        return shared_object, (ref.kind, ref.name, ref.incarnation)


class _Unpickler(pickle.Unpickler):
    """Makes handles of refs."""

    def __init__(self, data: bytes, resolve: Resolver) -> None:
        super().__init__(io.BytesIO(data))
        # What it has found it keeps: a method of its own would keep it, with all that it has read.
        self._handle = partial(_handle, resolve)

    def find_class(self, module: str, name: str, /) -> Any:
        found = super().find_class(module, name)
        return self._handle if found is shared_object else found


def _handle(resolve: Resolver, kind: str, name: str, incarnation: int) -> object:
    return resolve(Ref(kind, name, incarnation)._polyproc_ref_())


class _Writer:
    """A pickler that may be used again: to make one takes as long as a small pickle."""

    __slots__ = ("_parts", "_pickler")

    def __init__(self, kind: type[RefPickler]) -> None:
        self._parts: list[bytes] = []
        self._pickler = kind(self, _PROTOCOL)

    def write(self, part: Any) -> None:
        """Takes the next part of a pickle, which may be a buffer that changes later."""
        self._parts.append(bytes(part))

    def dumps(self, obj: Any) -> tuple[bytes, list[object_pb2.Ref] | None]:
        """The pickle of an object, and the shared objects in it; where it raises, that was all."""
        parts, pickler = self._parts, self._pickler
        pickler.dump(obj)
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        refs, pickler.refs = pickler.refs, None
        parts.clear()
        pickler.clear_memo()
        return data, refs


class PickleCodec(OwnCodec[Any]):
    """Pickles, as opaque values. The shared objects in them live as long as these are stored."""

    def __init__(self, pickler: type[RefPickler] = RefPickler) -> None:
        self._pickler = pickler
        self._writers: list[_Writer] = []
        """Those that nobody uses now."""

    def fill(self, value: value_pb2.Value, obj: Any, _levels: int, /) -> None:
        data, refs = self._dumps(obj)
        opaque = value.opaque
        opaque.content_type = CONTENT_TYPE
        opaque.data = data
        if refs:
            opaque.refs.extend(refs)

    def pack(self, obj: Any, /) -> bytes:
        # By hand, as are text and bytes: see `_packed`.
        data, refs = self._dumps(obj)
        content = _CONTENT_TYPE_FIELD + field(_DATA, data)
        if refs:
            content += b"".join(field(_REFS, ref.SerializeToString()) for ref in refs)
        value = field(_OPAQUE, content)
        return varint(len(value)) + value

    def _dumps(self, obj: Any) -> tuple[bytes, list[object_pb2.Ref] | None]:
        try:
            writer = self._writers.pop()
        except IndexError:
            writer = _Writer(self._pickler)
        dumped = writer.dumps(obj)
        if len(dumped[0]) <= _KEPT_BYTES:
            self._writers.append(writer)
        return dumped

    def read(self, value: value_pb2.Value, resolve: Resolver | None, /) -> Any:
        opaque = value.opaque
        if opaque.content_type != CONTENT_TYPE:
            raise UnexpectedValue.of(f"a pickle, which is {CONTENT_TYPE}", describe(value), value)
        try:
            if resolve is None or not opaque.refs:
                return pickle.loads(opaque.data)
            return _Unpickler(opaque.data, resolve).load()
        except Error:
            raise  # Of the client that makes a handle.
        except (Exception, SystemExit) as error:  # What a pickle raises does not end who reads it.
            if is_of_handler(error):
                raise
            raise UnexpectedValue.of(
                f"a pickle that can be read here, which {type(error).__name__} says it cannot"
                f" ({error})",
                describe(value),
                value,
            ) from error

    def __repr__(self) -> str:
        return "polyproc.PICKLE"

    def __reduce__(self) -> str:
        return "PICKLE"


PICKLE = PickleCodec()
"""Any object that ``pickle`` takes, for Python alone. Whoever can write to the daemon can have
whoever reads this run code of theirs. Two pickles are equal only where their bytes are."""
