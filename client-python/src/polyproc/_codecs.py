"""Codecs by type: dates, decimals, enums, dataclasses and what is made of them."""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
import types
import typing
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import Enum, Flag
from itertools import pairwise
from numbers import Integral, Rational, Real
from typing import Any, TypeVar, overload

from google.protobuf.message import DecodeError, Message

from polyproc._errors import UnexpectedValue
from polyproc._kinds import kind_in_words, kind_of_class
from polyproc._signals import is_of_handler
from polyproc._texts import TEXTS
from polyproc._values import (
    PLAIN,
    Codec,
    Opaque,
    OwnCodec,
    Ref,
    Resolver,
    Value,
    big_int,
    decode,
    describe,
    fill,
    opaque_of,
    own,
    read_ref,
    require_differing,
    too_deep,
    visible,
    wrong_type,
)
from polyproc.v1 import value_pb2

T = TypeVar("T")

_MOST_WITHIN_ITSELF = 20


@overload
def codec_of(kind: type[T], others: Mapping[type, Codec[Any]] | None = None) -> Codec[T]: ...
@overload
def codec_of(kind: Any, others: Mapping[type, Codec[Any]] | None = None) -> Codec[Any]: ...
def codec_of(kind: Any, others: Mapping[type, Codec[Any]] | None = None) -> Codec[Any]:
    """Return the codec of a type, as annotations say it: ``codec_of(dict[str, list[Order]])``.

    It has None, bool, int, float, str, bytes, datetime, date, time, timedelta, UUID, Decimal, Enum,
    dataclasses and typed named tuples (also generic, and of themselves), list, tuple, set,
    frozenset, dict, Optional, messages of protobuf, handles of shared objects, Ref, Opaque, and
    object and Any for plain data. docs/values.md says what each is to others.

    Args:
        kind: the type.
        others: the codecs of further types that it is made of.

    Raises:
        TypeError: There is none for the type, or for one that it is made of.
    """
    return _Search(others or {}).of(kind)


class _Simple(OwnCodec[Any]):
    """A type of plain data that is one kind of value."""

    def __init__(self, kinds: tuple[type, ...], expected: str, read: Callable[[Value], Any]):
        self._kinds = kinds
        self._expected = expected
        self._read = read

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        if not isinstance(obj, self._kinds):
            raise wrong_type(self._expected, obj)
        fill(value, obj, levels)

    def read(self, value: Value, _resolve: Resolver | None, /) -> Any:
        found = self._read(value)
        if found is None:
            raise UnexpectedValue.of(self._expected, describe(value), value)
        return found


class _None(OwnCodec[None]):
    def fill(self, value: Value, obj: None, levels: int, /) -> None:
        if obj is not None:
            raise wrong_type("None", obj)
        fill(value, obj, levels)

    def read(self, value: Value, _resolve: Resolver | None, /) -> None:
        if value.WhichOneof("kind") != "null":
            raise UnexpectedValue.of("null", describe(value), value)


class _Int(_Simple):
    """Whole numbers; a truth value is one in Python."""

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        super().fill(value, int(obj) if isinstance(obj, bool) else obj, levels)


class _Float(_Simple):
    """Floats, and whole numbers that are one."""

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        if not isinstance(obj, float):
            if isinstance(obj, Integral):
                obj = _exact_float(int(obj))
            elif isinstance(obj, Rational):
                raise wrong_type(self._expected, obj)
        super().fill(value, obj, levels)


def _exact_float(number: int) -> float:
    try:
        nearest = float(number)
    except OverflowError:
        nearest = float("inf")
    if nearest != number:
        raise ValueError("Expected a number that a float holds, but it is a whole one that is not")
    return nearest


def _int(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "int":
        return value.int
    return big_int(value) if kind == "big_int" else None


def _float(value: Value) -> Any:
    """Whole numbers too, where a float holds them exactly."""
    kind = value.WhichOneof("kind")
    if kind == "float":
        return decode(value)
    if kind != "int":
        return None
    number = float(value.int)
    return number if number == value.int else None


def _if_kind(name: str) -> Callable[[Value], Any]:
    return functools.partial(_of_kind, name)  # Which, unlike a lambda, can be pickled.


def _of_kind(name: str, value: Value) -> Any:
    return getattr(value, name) if value.WhichOneof("kind") == name else None


def _ref(value: Value) -> Any:
    return Ref.of(value.ref) if value.WhichOneof("kind") == "ref" else None


def _opaque(value: Value) -> Any:
    return opaque_of(value.opaque) if value.WhichOneof("kind") == "opaque" else None


def _itself(value: Value) -> Any:
    copy = Value()
    copy.CopyFrom(value)
    return copy


_KNOWN: dict[Any, OwnCodec[Any]] = {
    None: _None(),
    type(None): _None(),
    bool: _Simple((bool,), "true or false", _if_kind("bool")),
    int: _Int((int, Integral), "a whole number", _int),
    float: _Float((float, Real), "a number that a float holds", _float),
    str: _Simple((str,), "a text", _if_kind("text")),
    bytes: _Simple((bytes, bytearray, memoryview), "bytes", _if_kind("bytes")),
    Ref: _Simple((Ref,), "a ref", _ref),
    Opaque: _Simple((Opaque,), "an opaque value", _opaque),
    Value: _Simple((Value,), "a value", _itself),
    object: own(PLAIN),
    Any: own(PLAIN),
    **TEXTS,
}


class _Enum(OwnCodec[Enum]):
    """Enums by their names."""

    def __init__(self, kind: type[Enum]) -> None:
        self._kind = kind

    def fill(self, value: Value, obj: Enum, levels: int, /) -> None:
        if not isinstance(obj, self._kind):
            raise wrong_type(self._kind.__qualname__, obj)
        fill(value, obj.name, levels)

    def read(self, value: Value, _resolve: Resolver | None, /) -> Enum:
        member = self._kind.__members__.get(value.text)
        if member is None or not value.HasField("text"):
            names = ", ".join(self._kind.__members__)
            raise UnexpectedValue.of(f"one of {names}", describe(value), value)
        return member


class _Optional(OwnCodec[Any]):
    """What another codec reads and writes, or None."""

    def __init__(self, codec: OwnCodec[Any]) -> None:
        self._codec = codec

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        if obj is None:
            value.null.SetInParent()
        else:
            self._codec.fill(value, obj, levels)

    def read(self, value: Value, resolve: Resolver | None, /) -> Any:
        if value.WhichOneof("kind") == "null":
            return None
        return self._codec.read(value, resolve)


def _read_part(
    codec: OwnCodec[T], part: Value, where: str, whole: Value, resolve: Resolver | None
) -> T:
    """Read a part of a value; a failure has the whole of it, which is what would be lost."""
    try:
        return codec.read(part, resolve)
    except UnexpectedValue as error:
        raise error.part_of(where, whole) from error.__cause__


def _parts(value: Value, expected: str) -> Iterable[Value]:
    kind = value.WhichOneof("kind")
    if kind == "list":
        return value.list.values
    if kind == "tuple":
        return value.tuple.values
    raise UnexpectedValue.of(expected, describe(value), value)


def _fill_each(
    values: value_pb2.ValueList, codec: OwnCodec[Any], objects: Iterable[Any], levels: int
) -> None:
    values.SetInParent()
    if levels <= 2:
        raise too_deep()
    add = values.values.add
    write = codec.fill
    for obj in objects:
        write(add(), obj, levels - 2)


_NO_LIST = (str, bytes, bytearray, memoryview)


def _is_shared(obj: object) -> bool:
    """Whether it is a handle of a shared list or dict, whose content is not what is written."""
    return hasattr(type(obj), "_polyproc_ref_")


class _List(OwnCodec[Any]):
    def __init__(self, codec: OwnCodec[Any]) -> None:
        self._codec = codec

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        if (
            not isinstance(obj, collections.abc.Sequence)
            or isinstance(obj, _NO_LIST)
            or _is_shared(obj)
        ):
            raise wrong_type("a list", obj)
        _fill_each(value.list, self._codec, obj, levels)

    def read(self, value: Value, resolve: Resolver | None, /) -> Any:
        codec = self._codec
        return [
            _read_part(codec, part, "in a list", value, resolve) for part in _parts(value, "a list")
        ]


class _EndlessTuple(OwnCodec[Any]):
    """A tuple of any length."""

    def __init__(self, codec: OwnCodec[Any]) -> None:
        self._codec = codec

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        if not isinstance(obj, tuple):
            raise wrong_type("a tuple", obj)
        _fill_each(value.tuple, self._codec, obj, levels)

    def read(self, value: Value, resolve: Resolver | None, /) -> Any:
        codec = self._codec
        return tuple(
            _read_part(codec, part, "in a tuple", value, resolve)
            for part in _parts(value, "a tuple")
        )


class _Tuple(OwnCodec[Any]):
    """A tuple of so many, each of a type of its own; or a named one."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._codecs: list[OwnCodec[Any]] = []

    def complete(self, codecs: Iterable[OwnCodec[Any]]) -> None:
        """Says what it holds, which may be itself."""
        self._codecs.extend(codecs)

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        codecs = self._codecs
        if not isinstance(obj, self._kind) or len(obj) != len(codecs):
            raise wrong_type(f"a {self._kind.__qualname__} of {len(codecs)}", obj)
        value.tuple.SetInParent()
        if levels <= 2:
            raise too_deep()
        add = value.tuple.values.add
        for codec, part in zip(codecs, obj, strict=True):
            codec.fill(add(), part, levels - 2)

    def read(self, value: Value, resolve: Resolver | None, /) -> Any:
        codecs = self._codecs
        expected = f"a tuple of {len(codecs)}"
        parts = list(_parts(value, expected))
        if len(parts) != len(codecs):
            raise UnexpectedValue.of(expected, f"{describe(value)} of {len(parts)}", value)
        read = [
            _read_part(codec, part, "in a tuple", value, resolve)
            for codec, part in zip(codecs, parts, strict=True)
        ]
        return tuple(read) if self._kind is tuple else self._kind(*read)


class _Set(OwnCodec[Any]):
    """Sets as lists, in an order that depends on nothing but the elements: that of their bytes."""

    def __init__(self, kind: type, codec: OwnCodec[Any]) -> None:
        self._kind = kind
        self._codec = codec

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        if not isinstance(obj, collections.abc.Set):
            raise wrong_type("a set", obj)
        unsorted = value_pb2.ValueList()
        _fill_each(unsorted, self._codec, obj, levels)
        ordered = sorted(
            (
                (_canonical(part).SerializeToString(deterministic=True), part)
                for part in unsorted.values
            ),
            key=lambda pair: pair[0],
        )
        for (one, part), (other, _) in pairwise(ordered):
            if one == other:
                raise ValueError(
                    "Expected a set whose elements are different values, but two of them are both"
                    f" {describe(part)}"
                )
        value.list.SetInParent()
        value.list.values.extend(part for _, part in ordered)

    def read(self, value: Value, resolve: Resolver | None, /) -> Any:
        elements = [
            _read_part(self._codec, part, "in a set", value, resolve)
            for part in _parts(value, "a list")
        ]
        try:
            read = self._kind(elements)
        except TypeError:
            raise UnexpectedValue.of("elements that are hashable", describe(value), value) from None
        if len(read) < len(elements):
            raise UnexpectedValue.of("a list of elements that differ", describe(value), value)
        return read


def _canonical(value: Value) -> Value:
    """Return the value with the entries of its maps in one order: maps are equal in any."""
    kind = value.WhichOneof("kind")
    if kind not in ("list", "tuple", "map"):
        return value
    canonical = Value()
    if kind == "map":
        entries = [
            value_pb2.ValueEntry(key=_canonical(entry.key), value=_canonical(entry.value))
            for entry in value.map.entries
        ]
        entries.sort(key=lambda entry: entry.SerializeToString(deterministic=True))
        canonical.map.SetInParent()
        canonical.map.entries.extend(entries)
        return canonical
    parts = getattr(canonical, kind)
    parts.SetInParent()
    parts.values.extend(_canonical(part) for part in getattr(value, kind).values)
    return canonical


_ALWAYS_DIFFERING = (_KNOWN[str], _KNOWN[int], _KNOWN[bytes])
"""Codecs of keys that are different values where Python says that they differ."""


class _Dict(OwnCodec[Any]):
    def __init__(self, keys: OwnCodec[Any], values: OwnCodec[Any]) -> None:
        self._keys = keys
        self._values = values

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        if not isinstance(obj, Mapping) or _is_shared(obj):
            raise wrong_type("a dict", obj)
        value.map.SetInParent()
        if levels <= 3:
            raise too_deep()
        add = value.map.entries.add
        for key, part in obj.items():
            entry = add()
            self._keys.fill(entry.key, key, levels - 3)
            self._values.fill(entry.value, part, levels - 3)
        if self._keys not in _ALWAYS_DIFFERING:
            require_differing([entry.key for entry in value.map.entries])

    def read(self, value: Value, resolve: Resolver | None, /) -> Any:
        if value.WhichOneof("kind") != "map":
            raise UnexpectedValue.of("a map", describe(value), value)
        read: dict[Any, Any] = {}
        entries = value.map.entries
        for entry in entries:
            key = _read_part(self._keys, entry.key, "as a key of a map", value, resolve)
            part = _read_part(self._values, entry.value, "in a map", value, resolve)
            try:
                read[key] = part
            except TypeError:
                raise UnexpectedValue.of(
                    "keys of a map that are hashable", describe(entry.key), value
                ) from None
        if len(read) < len(entries) and len(read) < _differing(entries):
            raise UnexpectedValue.of("a map of keys that differ", describe(value), value)
        return read


def _differing(entries: Iterable[value_pb2.ValueEntry]) -> int:
    """How many keys the daemon tells apart."""
    return len({decode(entry.key) for entry in entries})


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    name: str
    codec: OwnCodec[Any]
    has_default: bool
    may_be_none: bool


class _Dataclass(OwnCodec[Any]):
    """Dataclasses as maps of field name to value.

    Entries that are no fields are passed over, so that a writer may know more than a reader; a
    field with a default may be missing, and so may one that can be None.
    """

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self._fields: list[_Field] = []

    def complete(self, fields: Iterable[_Field]) -> None:
        """Says which fields it has, which may hold dataclasses of this very kind."""
        self._fields.extend(fields)

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        if type(obj) is not self._kind:
            raise wrong_type(self._kind.__qualname__, obj)
        value.map.SetInParent()
        if levels <= 3:
            raise too_deep()
        add = value.map.entries.add
        for field in self._fields:
            entry = add()
            entry.key.text = field.name
            try:
                field.codec.fill(entry.value, getattr(obj, field.name), levels - 3)
            except (TypeError, ValueError) as error:
                error.add_note(f"in field {field.name!r} of {self._kind.__qualname__}")
                raise

    def read(self, value: Value, resolve: Resolver | None, /) -> Any:
        if value.WhichOneof("kind") != "map":
            raise UnexpectedValue.of(
                f"a map of the fields of {self._kind.__qualname__}", describe(value), value
            )
        parts = {
            entry.key.text: entry.value for entry in value.map.entries if entry.key.HasField("text")
        }
        arguments = {}
        for field in self._fields:
            part = parts.get(field.name)
            if part is not None:
                where = f"as field '{field.name}' of {self._kind.__qualname__}"
                arguments[field.name] = _read_part(field.codec, part, where, value, resolve)
            elif not field.has_default:
                if not field.may_be_none:
                    raise UnexpectedValue.of(
                        f"a map with field '{field.name}' of {self._kind.__qualname__}",
                        f"{describe(value)} without it",
                        value,
                    )
                arguments[field.name] = None
        try:
            return self._kind(**arguments)
        except Exception as error:
            if is_of_handler(error):
                raise
            raise UnexpectedValue.of(
                f"a value that {self._kind.__qualname__} accepts"
                f" ({type(error).__name__}: {visible(str(error))})",
                describe(value),
                value,
            ) from error


class _Message(OwnCodec[Any]):
    """Protobuf messages as opaque bytes, whose content type names the message."""

    def __init__(self, kind: type[Message]) -> None:
        self._kind = kind
        self._content_type = f"application/x-protobuf; messageType={kind.DESCRIPTOR.full_name}"

    def fill(self, value: Value, obj: Any, _levels: int, /) -> None:
        if not isinstance(obj, self._kind):
            raise wrong_type(self._kind.__qualname__, obj)
        value.opaque.content_type = self._content_type
        value.opaque.data = obj.SerializeToString(deterministic=True)

    def read(self, value: Value, _resolve: Resolver | None, /) -> Any:
        if value.opaque.content_type != self._content_type:
            raise UnexpectedValue.of(self._content_type, describe(value), value)
        try:
            return self._kind.FromString(value.opaque.data)
        except DecodeError as error:
            raise UnexpectedValue.of(
                f"{self._content_type} that can be parsed", describe(value), value
            ) from error


class _Handle(OwnCodec[Any]):
    """Handles of shared objects of one kind, as refs."""

    def __init__(self, handles: type, kind: int) -> None:
        self._handles = handles
        self._kind = kind

    def fill(self, value: Value, obj: Any, levels: int, /) -> None:
        if not isinstance(obj, self._handles):
            raise wrong_type(self._handles.__qualname__, obj)
        fill(value, obj, levels)

    def read(self, value: Value, resolve: Resolver | None, /) -> Any:
        if value.WhichOneof("kind") != "ref" or value.ref.kind != self._kind:
            found = describe(value)
            if value.WhichOneof("kind") == "ref":
                found += f" to a {kind_in_words(value.ref.kind)}"
            raise UnexpectedValue.of(f"a ref to a {kind_in_words(self._kind)}", found, value)
        return read_ref(value, resolve)


class _Search:
    """Finds the codecs of types, and of the types that these are made of.

    One search knows the dataclasses that it has met, so that one may have itself as a field.
    """

    def __init__(self, others: Mapping[type, Codec[Any]]) -> None:
        self._others = {kind: own(codec) for kind, codec in others.items()}
        self._met: dict[Any, OwnCodec[Any]] = {}
        self._within: Counter[type] = Counter()

    def of(self, kind: Any) -> OwnCodec[Any]:
        """Return the codec of a type; TypeError where there is none."""
        known = self._known(kind)
        if known is not None:
            return known
        if isinstance(kind, typing.NewType):
            return self.of(kind.__supertype__)
        if type(kind).__name__ == "TypeAliasType":  # From Python 3.12 on.
            return self.of(kind.__value__)
        if isinstance(kind, TypeVar):
            return self.of(kind.__bound__ if kind.__bound__ is not None else object)
        origin = typing.get_origin(kind)
        if origin is not None:
            return self._generic(kind, origin, typing.get_args(kind))
        if isinstance(kind, type):
            return self._class(kind)
        raise _unknown(kind)

    def _known(self, kind: Any) -> OwnCodec[Any] | None:
        try:
            return self._others.get(kind) or _KNOWN.get(kind) or self._met.get(kind)
        except TypeError:  # An annotation that is not hashable, which is none of these.
            return None

    def _class(self, kind: type) -> OwnCodec[Any]:
        if kind in (list, tuple, dict, set, frozenset) or kind in _ABSTRACT:
            return self._generic(kind, kind, ())
        if issubclass(kind, Enum) and not issubclass(kind, Flag) and kind.__members__:
            return _Enum(kind)
        if dataclasses.is_dataclass(kind):
            return self._dataclass(kind, kind, {})
        if issubclass(kind, tuple) and hasattr(kind, "_fields"):
            return self._named_tuple(kind)
        if issubclass(kind, Message) and kind is not Message:
            return _Message(kind)
        number = kind_of_class(kind)
        if number is not None:
            return _Handle(kind, number)
        raise _unknown(kind)

    def _generic(self, kind: Any, origin: Any, arguments: tuple[Any, ...]) -> OwnCodec[Any]:
        other = self._others.get(origin)
        if other is not None:
            return other
        if origin in (typing.Union, types.UnionType):
            return self._union(kind, arguments)
        if origin is typing.Annotated:
            return self.of(arguments[0])
        if origin is tuple:
            return self._tuple(arguments)
        if origin is list or origin is collections.abc.Sequence:
            return _List(self.of(arguments[0] if arguments else object))
        if origin in (set, frozenset, collections.abc.Set):
            made = set if origin is set else frozenset
            return _Set(made, self.of(arguments[0] if arguments else object))
        if origin in (dict, collections.abc.Mapping):
            keys, values = arguments or (object, object)
            return _Dict(self.of(keys), self.of(values))
        if isinstance(origin, type) and dataclasses.is_dataclass(origin):
            given = dict(zip(origin.__parameters__, arguments, strict=False))  # type: ignore[attr-defined]
            return self._dataclass(kind, origin, given)
        if isinstance(origin, type) and kind_of_class(origin) is not None:
            return self.of(origin)
        raise _unknown(kind)

    def _union(self, kind: Any, arguments: tuple[Any, ...]) -> OwnCodec[Any]:
        rest = [argument for argument in arguments if argument is not type(None)]
        if len(rest) != 1 or len(rest) == len(arguments):
            raise TypeError(
                "Expected one type, or None, to tell from a value what it is, but it is"
                f" {_shown(kind)}; take object, or a Codec of yours"
            )
        return _Optional(self.of(rest[0]))

    def _tuple(self, arguments: tuple[Any, ...]) -> OwnCodec[Any]:
        if not arguments:
            return _EndlessTuple(own(PLAIN))
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return _EndlessTuple(self.of(arguments[0]))
        codec = _Tuple(tuple)
        codec.complete([] if arguments == ((),) else [self.of(part) for part in arguments])
        return codec

    def _named_tuple(self, kind: Any) -> OwnCodec[Any]:
        codec = _Tuple(kind)
        self._met[kind] = codec
        hints = _hints(kind)
        codec.complete([self.of(hints.get(name, object)) for name in kind._fields])
        return codec

    def _dataclass(self, kind: Any, origin: type, given: dict[Any, Any]) -> OwnCodec[Any]:
        codec = _Dataclass(origin)
        self._met[kind] = codec
        self._within[origin] += 1
        if self._within[origin] > _MOST_WITHIN_ITSELF:
            raise TypeError(
                f"Expected a type that is made of so many others, but {_shown(kind)} holds itself"
                " with ever other arguments; it needs a codec of its own"
            )
        hints = _hints(origin)
        codec.complete(
            [
                self._field(field, _substituted(hints[field.name], given))
                for field in dataclasses.fields(origin)
                if field.init
            ]
        )
        self._within[origin] -= 1
        return codec

    def _field(self, field: dataclasses.Field[Any], kind: Any) -> _Field:
        codec = self.of(kind)
        return _Field(
            field.name,
            codec,
            field.default is not dataclasses.MISSING
            or field.default_factory is not dataclasses.MISSING,
            isinstance(codec, _Optional),
        )


_ABSTRACT = (collections.abc.Sequence, collections.abc.Set, collections.abc.Mapping)


def _substituted(kind: Any, given: dict[Any, Any]) -> Any:
    """Return a type with the arguments of its variables."""
    if isinstance(kind, TypeVar):
        return given.get(kind, kind)
    parameters = getattr(kind, "__parameters__", ())
    if not given or not parameters or isinstance(kind, type):
        return kind
    return kind[tuple(given.get(parameter, parameter) for parameter in parameters)]


def _hints(kind: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(kind, include_extras=True)
    except NameError as error:
        raise TypeError(
            f"Expected annotations of {_shown(kind)} that name what its module has, but {error}"
        ) from error


def _shown(kind: Any) -> str:
    return kind.__qualname__ if isinstance(kind, type) else str(kind)


def _unknown(kind: Any) -> TypeError:
    return TypeError(
        "Expected one of Python's own types, a dataclass, an enum, a protobuf message or a shared"
        f" object, but {_shown(kind)} needs a codec: an implementation of Codec, which"
        " codec_of(kind, {its_class: codec}) takes where it is inside of another type"
    )
