"""Plain Python data as values of the daemon, and back.

What is written comes back as an equal object of a plain type: a ``bytearray`` as ``bytes``, an
``OrderedDict`` as ``dict``, a member of an ``IntEnum`` as its number. What would come back as
something else, such as a date or a set, is refused: it needs a codec.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Integral, Rational, Real
from typing import Any, Generic, Protocol, TypeVar, cast, runtime_checkable

from polyproc._deep import TOO_DEEP
from polyproc._errors import ConnectionLost, UnexpectedValue, is_end_of_session
from polyproc._frames import varint
from polyproc._kinds import kind_number, kind_of
from polyproc._signals import is_of_handler
from polyproc.v1 import object_pb2, value_pb2

Value = value_pb2.Value

T = TypeVar("T")

Resolver = Callable[[object_pb2.Ref], object]
"""Makes a handle of a ref."""

LEVELS = 95
"""How many messages a value may be, one within the other: protobuf reads 100 in Python, and the
value stands in a few more. A list takes two a level and a dict three, so that 32 levels of any
data, which are what a daemon takes unless told otherwise, are within it."""

_NAN = math.nan
_MOST_SHOWN = 40


@runtime_checkable
class Codec(Protocol[T]):
    """Turns objects of one type into values of the daemon, and back.

    It may be called by several threads at once, and ``decode(encode(x)) == x``.
    """

    def encode(self, obj: T, /) -> Value:
        """Return the value for an object.

        Raises:
            TypeError: There is none for an object of that type.
            ValueError: There is none for that very object.
        """
        ...

    def decode(self, value: Value, /) -> T:
        """Return the object for a value.

        Raises:
            UnexpectedValue: It is not what this codec reads. Who calls is told the same where this
                raises another Exception, which is the error's cause then.
        """
        ...


class Referable(Protocol):
    """A handle of a shared object, which is written as the ref to that."""

    def _polyproc_ref_(self) -> object_pb2.Ref: ...


class Ref:
    """Which shared object exactly: what a handle is outside of a client.

    Refs are equal when name and incarnation are. They are read as handles where a client reads.
    """

    __slots__ = ("incarnation", "kind", "name")

    kind: str
    """The object's kind, such as ``"QUEUE"``; see `Kind`."""

    name: str
    """The object's name."""

    incarnation: int
    """Grows with every object that the daemon makes; 0: a lock that goes by its name."""

    def __init__(self, kind: str, name: str, incarnation: int = 0) -> None:
        self.kind = str(kind)  # And no `Kind`, which would be in its pickles.
        self.name = name
        self.incarnation = incarnation

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ref):
            return NotImplemented
        return self.name == other.name and self.incarnation == other.incarnation

    def __hash__(self) -> int:
        return hash((self.name, self.incarnation))

    def __repr__(self) -> str:
        return f"Ref({self.kind!r}, {self.name!r}, {self.incarnation})"

    def _polyproc_ref_(self) -> object_pb2.Ref:
        return object_pb2.Ref(
            kind=kind_number(self.kind), name=self.name, incarnation=self.incarnation
        )

    @classmethod
    def of(cls, ref: object_pb2.Ref) -> Ref:
        """Return the same ref as the contract's message has it."""
        return cls(kind_of(ref.kind), ref.name, ref.incarnation)


class Opaque:
    """Bytes of a format that the daemon does not look into: JSON, a protobuf message, Arrow.

    They are equal when content type and bytes are.
    """

    __slots__ = ("content_type", "data", "refs")

    content_type: str
    """What the bytes are, such as ``"application/json"``."""

    data: bytes
    """The bytes."""

    refs: tuple[Ref, ...]
    """The shared objects that the bytes refer to, which live as long as this is stored."""

    def __init__(self, content_type: str, data: bytes, refs: tuple[Ref, ...] = ()) -> None:
        self.content_type = content_type
        self.data = data
        self.refs = refs

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Opaque):
            return NotImplemented
        return self.content_type == other.content_type and self.data == other.data

    def __hash__(self) -> int:
        return hash((self.content_type, self.data))

    def __repr__(self) -> str:
        return f"Opaque({self.content_type!r}, {len(self.data)} bytes)"


def encode(obj: object) -> Value:
    """Return the value for plain Python data.

    Raises:
        TypeError: The object, or what it holds, is of any other type.
        ValueError: It nests too deep, or has a text with half a surrogate pair.
    """
    value = Value()
    fill(value, obj)
    return value


def fill(value: Value, obj: Any, levels: int = LEVELS) -> None:
    """``encode`` into a new value that stands in a request already: nothing is copied."""
    kind = type(obj)
    if kind is str:
        try:
            value.text = obj
        except ValueError:
            raise _half_a_pair(obj) from None
    elif kind is int:
        try:
            value.int = obj
        except ValueError:
            value.big_int = _big(obj)
    elif kind is bytes:
        value.bytes = obj
    elif kind is float:
        value.float = obj
    elif obj is None:
        value.null.SetInParent()
    elif kind is bool:
        value.bool = obj
    elif kind is dict:
        _fill_map(value.map, obj, levels)
    elif kind is list:
        _fill_list(value.list, obj, levels)
    elif kind is tuple:
        _fill_list(value.tuple, obj, levels)
    else:
        _fill_other(value, obj, levels)


def _fill_list(
    values: value_pb2.ValueList, objects: list[Any] | tuple[Any, ...], levels: int
) -> None:
    values.SetInParent()
    levels -= 2
    if levels <= 0:
        raise too_deep()
    add = values.values.add
    for obj in objects:
        kind = type(obj)
        if kind is int:
            value = add()
            try:
                value.int = obj
            except ValueError:
                value.big_int = _big(obj)
        elif kind is float:
            add().float = obj
        else:
            fill(add(), obj, levels)


def _fill_map(values: value_pb2.ValueMap, entries: dict[Any, Any], levels: int) -> None:
    values.SetInParent()
    levels -= 3
    if levels <= 0:
        raise too_deep()
    add = values.entries.add
    others: list[Value] = []
    for key, obj in entries.items():
        entry = add()
        fill(entry.key, key, levels)
        fill(entry.value, obj, levels)
        kind = type(key)
        if kind is not str and kind is not int and kind is not bytes and key is not None:
            others.append(entry.key)
    if others:
        require_differing(others)


def require_differing(keys: list[Value]) -> None:
    """Refuses keys of which two are one value: one of them would be lost.

    Python tells one NaN from another. TypeError for what only Python can hash, as a frozenset.
    """
    seen: set[object] = set()
    for key in keys:
        if not is_hashable(key):
            raise TypeError(
                "Expected keys that are hashable as values, but one is written as a"
                f" {key.WhichOneof('kind')}, which no dict takes as a key"
            )
        obj = decode(key)
        if obj in seen:
            raise ValueError(
                "Expected a dict whose keys are different values, but two of them are both"
                f" {describe(key)}"
            )
        seen.add(obj)


def _fill_other(value: Value, obj: Any, levels: int) -> None:
    """Write what is not exactly a type of plain data, but may be as good as one."""
    if hasattr(type(obj), "_polyproc_ref_"):
        value.ref.CopyFrom(obj._polyproc_ref_())
    elif isinstance(obj, Opaque):
        _fill_opaque(value.opaque, obj)
    elif isinstance(obj, Value):
        value.CopyFrom(obj)
    elif isinstance(obj, memoryview):
        value.bytes = _bytes(obj)
    elif isinstance(obj, (bytes, bytearray)):
        value.bytes = bytes(obj)
    elif isinstance(obj, str):
        fill(value, str.__str__(obj))
    elif isinstance(obj, Integral):
        fill(value, int(obj))
    elif isinstance(obj, float):
        value.float = float(obj)
    elif isinstance(obj, list):
        _fill_list(value.list, obj, levels)
    elif isinstance(obj, tuple):
        _fill_list(value.tuple, obj, levels)
    elif isinstance(obj, dict):
        _fill_map(value.map, obj, levels)
    elif isinstance(obj, Real) and not isinstance(obj, Rational) and _is_float(obj):
        value.float = float(obj)
    else:
        raise TypeError(
            "Expected None, a bool, an int, a float, a str, bytes, a list, a tuple, a dict or a"
            f" shared object, but the object is of {_name(type(obj))}, {_advice(obj)}"
        )


def _is_float(number: Real) -> bool:
    """Whether a float is the very number, as it is for the smaller ones of NumPy."""
    nearest = float(number)
    return nearest == number or nearest != nearest


def _advice(obj: object) -> str:
    if isinstance(obj, type):
        return "which is a type and no data"
    if isinstance(obj, (set, frozenset)):
        return "which needs a codec: say the type of its elements, as in codec_of(set[str])"
    return (
        f"which needs a codec: codec_of({type(obj).__name__}) where it has one, PICKLE for Python"
        " alone, or a Codec of yours"
    )


def _fill_opaque(message: value_pb2.Opaque, opaque: Opaque) -> None:
    message.SetInParent()
    message.content_type = opaque.content_type
    message.data = bytes(opaque.data)
    for ref in opaque.refs:
        message.refs.add().CopyFrom(ref._polyproc_ref_())


def _bytes(view: memoryview) -> bytes:
    if view.format not in ("B", "b", "c") or view.ndim != 1:
        raise TypeError(
            f"Expected a memoryview of bytes, but its format is {view.format!r} in {view.ndim}"
            " dimensions; say what its bytes are by view.cast('B')"
        )
    return view.tobytes()


def _big(number: int) -> bytes:
    """Two's complement, big-endian, at least one byte."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)


def _half_a_pair(text: str) -> ValueError:
    for at, character in enumerate(text):
        if "\ud800" <= character <= "\udfff":
            return ValueError(
                "Expected text without half a surrogate pair, but character"
                f" {at} is U+{ord(character):04X}; bytes that are no text are written as bytes,"
                " as os.fsencode makes them of a file's name"
            )
    return ValueError("Expected text that UTF-8 can carry, but it is not")


def too_deep() -> ValueError:
    """Return the error for what nests deeper than can be read again, or holds itself."""
    return ValueError(
        "Expected data that nests less deep: lists 47 levels, dicts 31, but it goes deeper; does it"
        " hold itself? Store the inner parts as shared objects, or as bytes"
    )


def decode(value: Value, resolve: Resolver | None = None) -> object:
    """Return the plain Python data for a value.

    A ref becomes what ``resolve`` makes of it, else a ``Ref``. NaN is ``math.nan`` itself, so that
    it is found again where Python looks by identity.
    """
    kind = value.WhichOneof("kind")
    if kind == "text":
        return value.text
    if kind == "int":
        return value.int
    if kind == "bytes":
        return value.bytes
    if kind == "float":
        number: float = value.float
        return number if number == number else _NAN
    if kind == "null":
        return None
    if kind == "bool":
        return value.bool
    if kind == "map":
        return _decode_map(value, resolve)
    if kind == "list":
        return decode_list(value.list, resolve)
    if kind == "tuple":
        return tuple(decode_list(value.tuple, resolve))
    if kind == "ref":
        return read_ref(value, resolve)
    if kind == "opaque":
        if value.opaque.content_type == TOO_DEEP:
            raise UnexpectedValue.of(
                "data that nests less deep",
                "deeper than protobuf reads in Python: its `opaque.data` are the bytes",
                value,
            )
        return opaque_of(value.opaque)
    return big_int(value)


def decode_list(values: value_pb2.ValueList, resolve: Resolver | None = None) -> list[object]:
    """``decode`` of each, in order."""
    objects: list[object] = []
    append = objects.append
    for value in values.values:
        kind = value.WhichOneof("kind")
        if kind == "int":
            append(value.int)
        elif kind == "text":
            append(value.text)
        else:
            append(decode(value, resolve))
    return objects


def _decode_map(value: Value, resolve: Resolver | None) -> dict[object, object]:
    objects: dict[object, object] = {}
    for entry in value.map.entries:
        key = decode(entry.key, resolve)
        try:
            objects[key] = decode(entry.value, resolve)
        except TypeError:
            if is_hashable(entry.key):
                raise
            raise UnexpectedValue.of(
                "keys of a map that are hashable", describe(entry.key), value
            ) from None
    return objects


def big_int(value: Value) -> int:
    """Return a whole number of any size."""
    if value.HasField("big_int") and value.big_int:
        return int.from_bytes(value.big_int, "big", signed=True)
    raise UnexpectedValue.of("a value of a kind that this client knows", describe(value), value)


def read_ref(value: Value, resolve: Resolver | None) -> object:
    """Return what a ref becomes. It is a copy that is resolved: a part would keep the whole."""
    if resolve is None:
        return Ref.of(value.ref)
    ref = object_pb2.Ref()
    ref.CopyFrom(value.ref)
    return resolve(ref)


def opaque_of(message: value_pb2.Opaque) -> Opaque:
    """Return the same as plain data."""
    return Opaque(message.content_type, message.data, tuple(Ref.of(ref) for ref in message.refs))


def wrong_type(expected: str, obj: object) -> TypeError:
    """Return the error for an object that is of another type than a codec writes."""
    return TypeError(f"Expected {expected}, but the object is of {type(obj).__qualname__}")


def is_hashable(value: Value) -> bool:
    """Whether a value may be the key of a dict: no list, no map, nor a tuple that holds one."""
    kind = value.WhichOneof("kind")
    if kind == "tuple":
        return all(is_hashable(part) for part in value.tuple.values)
    return kind not in ("list", "map")


def describe(value: Value) -> str:
    """Return a value in words, for sentences: its kind, and itself where that is short."""
    kind = value.WhichOneof("kind")
    if kind is None:
        return "of no known kind"
    if kind == "text":
        text = value.text
        shown = visible(text[:_MOST_SHOWN])
        return f"text '{shown}…'" if len(text) > _MOST_SHOWN else f"text '{shown}'"
    if kind in ("bool", "int", "float"):
        return f"{kind} {getattr(value, kind)}"
    return str(kind)


def visible(text: str) -> str:
    """Return a text for a sentence: what moves a terminal's cursor, or hides, as its code."""
    if text.isprintable():
        return text
    import unicodedata

    return "".join(
        f"\\u{{{ord(character):x}}}"
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        else character
        for character in text
    )


def _name(kind: type) -> str:
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


class OwnCodec(Generic[T]):
    """A codec of this package: it writes in place, and reads refs by a resolver."""

    has_plain_text = False
    """Whether text and bytes are what they are as plain data."""

    def encode(self, obj: T, /) -> Value:
        value = Value()
        self.fill(value, obj, LEVELS)
        return value

    def decode(self, value: Value, /) -> T:
        return self.read(value, None)

    def fill(self, value: Value, obj: T, levels: int, /) -> None:
        """Write an object into a new value."""
        raise NotImplementedError

    def pack(self, obj: T, /) -> bytes:
        """What `fill` makes of an object, as a field behind its tag: the size, and the value."""
        return sized(self.encode(obj))

    def read(self, value: Value, resolve: Resolver | None, /) -> T:
        """Read a value, and make handles of refs."""
        raise NotImplementedError


def sized(value: Value) -> bytes:
    """A value as a field behind its tag."""
    message = value.SerializeToString()
    return varint(len(message)) + message


class PlainCodec(OwnCodec[Any]):
    """Plain Python data, which every language reads."""

    has_plain_text = True

    def encode(self, obj: Any, /) -> Value:
        return encode(obj)

    def decode(self, value: Value, /) -> Any:
        return decode(value)

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        fill(value, obj, levels)

    def read(self, value: Value, resolve: Resolver | None, /) -> Any:
        return decode(value, resolve)

    def __repr__(self) -> str:
        return "polyproc.PLAIN"

    def __reduce__(self) -> str:
        return "PLAIN"


PLAIN: Codec[Any] = PlainCodec()
"""Plain Python data, which every language reads: what is used unless a codec is named."""


class _Foreign(OwnCodec[T]):
    """A codec of somebody else."""

    def __init__(self, codec: Codec[T]) -> None:
        self._codec = codec

    def fill(self, value: Value, obj: T, _levels: int, /) -> None:
        value.CopyFrom(self._codec.encode(obj))

    def read(self, value: Value, _resolve: Resolver | None, /) -> T:
        return self._codec.decode(value)

    def __repr__(self) -> str:
        return repr(self._codec)


def own(codec: Codec[T]) -> OwnCodec[T]:
    """Return a codec as one that writes in place and reads refs by a resolver.

    Raises:
        TypeError: It is none, such as a class.
    """
    given: object = codec
    if isinstance(given, type) or not (
        callable(getattr(given, "encode", None)) and callable(getattr(given, "decode", None))
    ):
        raise TypeError(
            f"Expected a codec, but got {given!r}"
            + (f"; say codec_of({given.__name__})" if isinstance(given, type) else "")
        )
    return codec if isinstance(codec, OwnCodec) else _Foreign(codec)


def writer(codec: Codec[T]) -> Callable[[Value, T], None]:
    """How objects are written into new values of requests by a codec."""
    if codec is PLAIN:
        return fill
    write = own(codec).fill
    return lambda value, obj: write(value, obj, LEVELS)


def reader(codec: Codec[T], resolve: Resolver) -> Callable[[Value], T]:
    """How values are read by a codec, in a client that makes handles of refs.

    What cannot be read is an `UnexpectedValue`, whatever the codec raises: a KeyError of it would
    say something else. The exceptions of signals' handlers stay what they are, and so do those of
    calls that a codec makes when there is no daemon any more.
    """
    read = cast("Callable[[Value, Resolver], T]", decode if codec is PLAIN else own(codec).read)

    def read_or_tell(value: Value) -> T:
        try:
            return read(value, resolve)
        except UnexpectedValue as error:
            if error.value is None:
                error.value = value
            raise
        except Exception as error:
            if (
                is_of_handler(error)
                or isinstance(error, ConnectionLost)
                or is_end_of_session(error)
            ):
                raise
            raise _unread(value, error) from error

    return read_or_tell


def read_taken(read: Callable[[Value], T], value: Value) -> T:
    """Read what a call took away for good, or replaced: a failure says so, and has it.

    Raises:
        UnexpectedValue: It cannot be read, whatever the codec raised.
    """
    try:
        return read(value)
    except UnexpectedValue as error:
        raise error.taken(value) from error.__cause__
    except Exception as error:
        raise _unread(value, error).taken(value) from error


def _unread(value: Value, error: Exception) -> UnexpectedValue:
    return UnexpectedValue(
        f"Expected what the codec reads, but it raised {visible(repr(error))}", value
    )
