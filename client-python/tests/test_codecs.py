"""Codecs by type: that others read what they write, and that they read it again."""

import collections.abc
import decimal
import enum
import pickle
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Generic, NamedTuple, NewType, Optional, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

import polyproc
from polyproc import _values
from polyproc._codecs import _KNOWN, codec_of
from polyproc._errors import UnexpectedValue
from polyproc._values import Codec, Opaque, Ref, Value, decode, encode
from polyproc.v1 import object_pb2, queue_pb2

T = TypeVar("T")


class Colour(enum.Enum):
    RED = 1
    GREEN = 2
    GRUEN = 2  # noqa: PIE796 - an alias


class Level(enum.IntEnum):
    LOW = 1


class Bits(enum.Flag):
    A = 1


@dataclass(frozen=True)
class Step:
    name: str
    took: timedelta | None = None


@dataclass
class Order:
    number: int
    price: Decimal
    due: datetime
    colour: Colour
    steps: list[Step]
    labels: dict[str, set[str]]
    note: str | None
    parent: Optional["Order"] = None
    extra: object = None
    tags: tuple[str, ...] = ()
    secret: int = field(default=3, init=False)


@dataclass
class Box(Generic[T]):
    content: T
    more: "list[Box[T]]" = field(default_factory=list)


@dataclass
class Positive:
    number: int

    def __post_init__(self) -> None:
        if self.number <= 0:
            raise ValueError("not positive")


class Place(NamedTuple):
    name: str
    at: date


MaybeInt = Optional[int]  # noqa: UP045 - older programs say so
MaybeColour = Colour | None
UserId = NewType("UserId", int)

ORDER = Order(
    7,
    Decimal("12.50"),
    datetime(2026, 1, 31, 23, 59, 59, 500_000, UTC),
    Colour.RED,
    [Step("pack"), Step("send", timedelta(hours=1, minutes=30))],
    {"a": {"x", "y"}},
    None,
)

UTC_PLUS_1 = timezone(timedelta(hours=1))

# What is written, as docs/values.md and the Java client have it.
WRITTEN: list[tuple[Any, Any, object]] = [
    (None, None, None),
    (bool, True, True),
    (int, 5, 5),
    (int, 2**70, 2**70),
    (int, True, 1),
    (float, 0.25, 0.25),
    (float, 3, 3.0),
    (str, "hello", "hello"),
    (bytes, b"hello", b"hello"),
    (bytes, bytearray(b"hello"), b"hello"),
    (Decimal, Decimal("12.50"), "12.50"),
    (Decimal, Decimal("1E+3"), "1E+3"),
    (Decimal, Decimal("-0.00"), "0.00"),
    (Decimal, Decimal("0E-7"), "0E-7"),
    (Decimal, Decimal("-1.5E-20"), "-1.5E-20"),
    (UUID, UUID("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"), "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
    (datetime, datetime(2026, 1, 31, 23, 59, 59, 500_000, UTC), "2026-01-31T23:59:59.500Z"),
    (datetime, datetime(2026, 1, 31, 23, 59, 59, 1, UTC), "2026-01-31T23:59:59.000001Z"),
    (datetime, datetime(2026, 1, 31, tzinfo=UTC), "2026-01-31T00:00:00Z"),
    (datetime, datetime(2026, 2, 1, 0, 59, tzinfo=UTC_PLUS_1), "2026-01-31T23:59:00Z"),
    (
        datetime,
        datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")),
        "2026-07-01T10:00:00Z",
    ),
    (datetime, datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
    (datetime, datetime(2026, 1, 31, 23, 59, 59), "2026-01-31T23:59:59"),
    (datetime, datetime(2026, 1, 31, 23, 59), "2026-01-31T23:59"),
    (datetime, datetime(2026, 1, 31, 23, 59, 0, 1000), "2026-01-31T23:59:00.001"),
    (date, date(2026, 1, 31), "2026-01-31"),
    (time, time(23, 59), "23:59"),
    (time, time(23, 59, 0, 500_000), "23:59:00.500"),
    (time, time(0, 0, 1), "00:00:01"),
    (timedelta, timedelta(hours=1, minutes=30), "PT1H30M"),
    (timedelta, timedelta(0), "PT0S"),
    (timedelta, timedelta(microseconds=500_000), "PT0.5S"),
    (timedelta, timedelta(days=2, seconds=1, microseconds=1), "PT48H1.000001S"),
    (timedelta, timedelta(minutes=-90), "PT-1H-30M"),
    (timedelta, timedelta(microseconds=-500_000), "PT-0.5S"),
    (timedelta, timedelta(seconds=-61, microseconds=-1), "PT-1M-1.000001S"),
    (timedelta, timedelta.max, "PT23999999999H59M59.999999S"),
    (timedelta, timedelta.min, "PT-23999999976H"),
    (Colour, Colour.GREEN, "GREEN"),
    (Level, Level.LOW, "LOW"),
    (MaybeInt, None, None),
    (int | None, 5, 5),
    (MaybeColour, Colour.RED, "RED"),
    (list[date], [date(2026, 1, 31)], ["2026-01-31"]),
    (typing.List[int], [1], [1]),  # noqa: UP006 - older programs say so
    (collections.abc.Sequence[int], (1, 2), [1, 2]),
    (list, [1, "a"], [1, "a"]),
    (tuple[int, Decimal], (1, Decimal("1.0")), (1, "1.0")),
    (tuple[()], (), ()),
    (tuple[Colour, ...], (Colour.RED, Colour.GREEN), ("RED", "GREEN")),
    (tuple, (1, "a"), (1, "a")),
    (Place, Place("a", date(2026, 1, 31)), ("a", "2026-01-31")),
    (set[int], {3, 1, 2, -1, 300}, [1, 2, 3, 300, -1]),
    (frozenset[str], frozenset({"b", "a", "aa"}), ["a", "b", "aa"]),
    (set, {1}, [1]),
    (set[UUID], set(), []),
    (dict[Colour, list[Decimal]], {Colour.RED: [Decimal("1.0")]}, {"RED": ["1.0"]}),
    (collections.abc.Mapping[str, int], {"a": 1}, {"a": 1}),
    (dict, {"a": 1}, {"a": 1}),
    (UserId, 5, 5),
    (Annotated[Decimal, "money"], Decimal("1.0"), "1.0"),
    (Any, [1, None], [1, None]),
    (object, {"a": (1,)}, {"a": (1,)}),
    (Ref, Ref("QUEUE", "jobs", 7), Ref("QUEUE", "jobs", 7)),
    (Opaque, Opaque("a/b", b"x"), Opaque("a/b", b"x")),
    (Step, Step("pack"), {"name": "pack", "took": None}),
    (
        Order,
        ORDER,
        {
            "number": 7,
            "price": "12.50",
            "due": "2026-01-31T23:59:59.500Z",
            "colour": "RED",
            "steps": [{"name": "pack", "took": None}, {"name": "send", "took": "PT1H30M"}],
            "labels": {"a": ["x", "y"]},
            "note": None,
            "parent": None,
            "extra": None,
            "tags": (),
        },
    ),
    (
        Box[date],
        Box(date(2026, 1, 31), [Box(date(2026, 2, 1))]),
        {"content": "2026-01-31", "more": [{"content": "2026-02-01", "more": []}]},
    ),
    (Box, Box([1]), {"content": [1], "more": []}),
]


@pytest.mark.parametrize(("kind", "obj", "plain"), WRITTEN, ids=lambda part: repr(part)[:40])
def test_should_write_what_others_read_and_read_it_again(
    kind: Any, obj: object, plain: object
) -> None:
    codec = codec_of(kind)
    value = codec.encode(obj)
    assert decode(value) == plain
    assert [*map(type, [decode(value)])] == [type(plain)]
    read = codec.decode(Value.FromString(value.SerializeToString()))
    assert read == obj or kind == collections.abc.Sequence[int]
    assert codec.encode(read) == value


@pytest.mark.parametrize(("kind", "obj", "plain"), WRITTEN, ids=lambda part: repr(part)[:40])
def test_should_be_pickled_as_handles_are(kind: Any, obj: object, plain: object) -> None:
    codec: Codec[object] = pickle.loads(pickle.dumps(codec_of(kind)))
    assert decode(codec.encode(obj)) == plain
    assert codec.decode(codec.encode(obj)) == codec_of(kind).decode(codec.encode(obj))


@pytest.mark.parametrize("codec", [Order, "pickle", None, int, Codec])
def test_should_be_a_codec_and_no_class(polyproc_client: polyproc.Polyproc, codec: Any) -> None:
    makes: list[Callable[[], object]] = [
        lambda: polyproc_client.queue(codec=codec),
        lambda: polyproc_client.dict(codec=codec),
        lambda: polyproc_client.dict(key_codec=codec),
        lambda: polyproc_client.list(codec=codec),
        lambda: polyproc_client.namespace(codec=codec),
        lambda: polyproc_client.pipe(codec=codec),
    ]
    for make in makes:
        with pytest.raises(TypeError, match="Expected a codec, but got"):
            make()


# What others write, and what it is read as.
READ: list[tuple[Any, object, object]] = [
    (float, 5, 5.0),
    (datetime, "2026-01-31T23:59+01:00", datetime(2026, 1, 31, 23, 59, tzinfo=UTC_PLUS_1)),
    (datetime, "2026-01-31T23:59:59+00:00", datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)),
    (datetime, "2026-01-31t23:59:59z", datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)),
    (
        datetime,
        "2026-01-31T23:59:59.123456789Z",
        datetime(2026, 1, 31, 23, 59, 59, 123_456, tzinfo=UTC),
    ),
    (time, "23:59:59.5", time(23, 59, 59, 500_000)),
    (timedelta, "P1DT1H", timedelta(days=1, hours=1)),
    (timedelta, "PT1.123456789S", timedelta(seconds=1, microseconds=123_456)),
    (timedelta, "-PT1H-30M", timedelta(minutes=-30)),
    (timedelta, "pt90m", timedelta(minutes=90)),
    (timedelta, "PT-1.5S", timedelta(seconds=-1, milliseconds=-500)),
    (UUID, "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", UUID("f81d4fae7dec11d0a76500a0c91e6bf6")),
    (Decimal, "+1.e2", Decimal(100)),
    (Decimal, ".5", Decimal("0.5")),
    (Colour, "GRUEN", Colour.GREEN),
    (list[int], (1, 2), [1, 2]),
    (set[int], [3, 1], {1, 3}),
    (tuple[int, ...], [1, 2], (1, 2)),
    (tuple[int, str], [1, "a"], (1, "a")),
    (Step, {"name": "pack"}, Step("pack")),
    (Step, {"name": "pack", "newer": 5, 3: 4}, Step("pack")),
    (Box[int], {"content": 1}, Box(1)),
    (Step | None, None, None),
]


@pytest.mark.parametrize(("kind", "plain", "obj"), READ, ids=lambda part: repr(part)[:40])
def test_should_read_what_others_write(kind: Any, plain: object, obj: object) -> None:
    read = codec_of(kind).decode(encode(plain))
    assert read == obj
    assert type(read) is type(obj)
    if isinstance(obj, datetime):
        assert isinstance(read, datetime)
        assert read.utcoffset() == obj.utcoffset()


@dataclass
class MayBeMissing:
    note: str | None


def test_should_read_missing_field_that_may_be_none() -> None:
    assert codec_of(MayBeMissing).decode(encode({})) == MayBeMissing(None)


# What is read as none of the type.
UNEXPECTED: list[tuple[Any, object, str]] = [
    (None, 0, "Expected null, but the value is int 0"),
    (bool, 1, "Expected true or false, but the value is int 1"),
    (int, True, "Expected a whole number, but the value is bool True"),
    (int, 1.0, "Expected a whole number, but the value is float 1.0"),
    (int, "1", "Expected a whole number, but the value is text '1'"),
    (
        float,
        2**53 + 1,
        "Expected a number that a float holds, but the value is int 9007199254740993",
    ),
    (float, 2**70, "Expected a number that a float holds, but the value is big_int"),
    (str, b"a", "Expected a text, but the value is bytes"),
    (str, None, "Expected a text, but the value is null"),
    (bytes, "a", "Expected bytes, but the value is text 'a'"),
    (Ref, "a", "Expected a ref, but"),
    (Opaque, "a", "Expected an opaque value, but"),
    *[
        (datetime, text, "Expected a date and a time (such as 2026-01-31T23:59:59.5Z), but")
        for text in (
            "",
            "2026-01-31",
            "2026-01-31 23:59:59Z",
            "20260131T235959Z",
            "2026-W05-6T23:59:59Z",
            "2026-01-31T23:59:60Z",
            "2026-01-31T24:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-01-31T23:59:59,5Z",
            "2026-01-31T23:59:59.Z",
            "2026-01-31T23:59:59.1234567890Z",
            "2026-01-31T23Z",
            "2026-01-31T23:59:59+1",
            "2026-01-31T23:59:59+24:00",
            "+12026-01-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "\uff12026-01-31T23:59:59Z",
            "2026-01-31T23:59:59Z\n",
        )
    ],
    (datetime, 1.5, "Expected a date and a time"),
    (date, "2026-1-1", "Expected a date (such as 2026-01-31), but the value is text '2026-1-1'"),
    (date, "2026-01-31T00:00", "Expected a date"),
    (time, "23:59Z", "Expected a time (such as 23:59:59.5), but"),
    (time, "235959", "Expected a time"),
    *[
        (timedelta, text, "Expected a duration (such as PT1H30M or PT0.5S), but")
        for text in (
            "P",
            "PT",
            "P1DT",
            "1H",
            "PT1H1H",
            "PT1M1H",
            "P1Y",
            "PT1.5H",
            "PT9999999999999H",
        )
    ],
    (UUID, "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}", "Expected a UUID of 36 characters, but"),
    (UUID, "f81d4fae7dec11d0a76500a0c91e6bf6", "Expected a UUID"),
    *[
        (Decimal, text, "Expected a decimal number of at most 10,000 digits")
        for text in (
            "NaN",
            "Infinity",
            "",
            "1_0",
            "\uff11",
            " 1",
            "1e",
            ".",
            "1e99999999999",
            "9" * 10_001,
        )
    ],
    (Decimal, 12, "Expected a decimal number of at most 10,000 digits"),
    (Colour, "BLUE", "Expected one of RED, GREEN, GRUEN, but the value is text 'BLUE'"),
    (Colour, 1, "Expected one of RED, GREEN, GRUEN, but the value is int 1"),
    (list[int], "a", "Expected a list, but the value is text 'a'"),
    (list[int], [1, "a"], "Expected a whole number in a list, but the value is text 'a'"),
    (tuple[int, int], (1,), "Expected a tuple of 2, but the value is tuple of 1"),
    (tuple[int, int], (1, None), "Expected a whole number in a tuple, but the value is null"),
    (set[int], [1, 1], "Expected a list of elements that differ, but the value is list"),
    (set, [[1]], "Expected elements that are hashable, but the value is list"),
    (dict[str, int], [1], "Expected a map, but the value is list"),
    (dict[str, int], {1: 1}, "Expected a text as a key of a map, but the value is int 1"),
    (dict[str, int], {"a": None}, "Expected a whole number in a map, but the value is null"),
    (
        dict[UUID, int],
        {str(UUID(int=10)): 1, str(UUID(int=10)).upper(): 2},
        "Expected a map of keys that differ, but the value is map",
    ),
    (Step, [1], "Expected a map of the fields of Step, but the value is list"),
    (Step, {}, "Expected a map with field 'name' of Step, but the value is map without it"),
    (Step, {"name": None}, "Expected a text as field 'name' of Step, but the value is null"),
    (
        list[Step],
        [{"name": "a", "took": "long"}],
        "Expected a duration (such as PT1H30M or PT0.5S) as field 'took' of Step in a list, but",
    ),
    (
        Positive,
        {"number": 0},
        "Expected a value that Positive accepts (ValueError: not positive), but the value is map",
    ),
    (
        queue_pb2.QueuePutRequest,
        Opaque("application/x-protobuf; messageType=polyproc.v1.Value", b""),
        "Expected application/x-protobuf; messageType=polyproc.v1.QueuePutRequest, but",
    ),
    (
        queue_pb2.QueuePutRequest,
        Opaque("application/x-protobuf; messageType=polyproc.v1.QueuePutRequest", b"\xff"),
        "Expected application/x-protobuf; messageType=polyproc.v1.QueuePutRequest that can be",
    ),
]


@pytest.mark.parametrize(
    ("kind", "plain", "sentence"), UNEXPECTED, ids=lambda part: repr(part)[:40]
)
def test_should_refuse_to_read_other_values_and_keep_them(
    kind: Any, plain: object, sentence: str
) -> None:
    value = encode(plain)
    with pytest.raises(UnexpectedValue, match="^" + re.escape(sentence)) as caught:
        codec_of(kind).decode(value)
    assert caught.value.value == value


NOT_WRITTEN: list[tuple[Any, Any, type[Exception], str]] = [
    (int, "5", TypeError, "Expected a whole number, but the object is of str"),
    (int, 5.0, TypeError, "Expected a whole number, but the object is of float"),
    (int, None, TypeError, "Expected a whole number, but the object is of NoneType"),
    (float, 2**53 + 1, ValueError, "Expected a number that a float holds, but"),
    (float, 10**400, ValueError, "Expected a number that a float holds, but"),
    (
        float,
        Fraction(1, 2),
        TypeError,
        "Expected a number that a float holds, but the object is of",
    ),
    (float, Decimal(1), TypeError, "Expected a number that a float holds, but the object is of"),
    (str, b"a", TypeError, "Expected a text, but"),
    (str, "\ud800", ValueError, "Expected text without half a surrogate pair"),
    (None, 0, TypeError, "Expected None, but"),
    (date, datetime.now(UTC), TypeError, "Expected date, but the object is of datetime"),
    (datetime, date(2026, 1, 1), TypeError, "Expected datetime, but the object is of date"),
    (
        datetime,
        datetime(1, 1, 1, tzinfo=UTC_PLUS_1),
        ValueError,
        "Expected a datetime that UTC has",
    ),
    (time, time(1, tzinfo=UTC), ValueError, "Expected a time without a zone, but it has UTC"),
    (Decimal, Decimal("NaN"), ValueError, "Expected a decimal number, but it is NaN"),
    (Decimal, Decimal("-Infinity"), ValueError, "Expected a decimal number, but it is -Infinity"),
    (
        Decimal,
        Decimal("9" * 10_001),
        ValueError,
        "Expected a decimal number of at most 10000 digits",
    ),
    (
        Decimal,
        Decimal("1E+9999999999"),
        ValueError,
        "Expected a decimal number that Java reads too",
    ),
    (Colour, Level.LOW, TypeError, "Expected Colour, but the object is of Level"),
    (list[int], "12", TypeError, "Expected a list, but the object is of str"),
    (list[int], {1}, TypeError, "Expected a list, but the object is of set"),
    (list[int], [1, "a"], TypeError, "Expected a whole number, but the object is of str"),
    (set[int], [1], TypeError, "Expected a set, but the object is of list"),
    (dict[str, int], [("a", 1)], TypeError, "Expected a dict, but the object is of list"),
    (
        dict[frozenset[int], int],
        {frozenset({1}): 1},
        TypeError,
        "Expected keys that are hashable as values, but one is written as a list",
    ),
    (tuple[int, int], (1,), TypeError, "Expected a tuple of 2, but the object is of tuple"),
    (tuple[int, ...], [1], TypeError, "Expected a tuple, but the object is of list"),
    (Place, ("a", date(2026, 1, 1)), TypeError, "Expected a Place of 2, but"),
    (Step, {"name": "a"}, TypeError, "Expected Step, but the object is of dict"),
    (queue_pb2.QueuePutRequest, Value(), TypeError, "Expected QueuePutRequest, but"),
]


@pytest.mark.parametrize(
    ("kind", "obj", "error", "sentence"), NOT_WRITTEN, ids=lambda part: repr(part)[:40]
)
def test_should_refuse_to_write_other_objects(
    kind: Any, obj: Any, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match="^" + re.escape(sentence)):
        codec_of(kind).encode(obj)


def test_should_say_which_field_cannot_be_written() -> None:
    with pytest.raises(TypeError, match=r"^Expected a text, but .* of int") as caught:
        codec_of(Order).encode(replace(ORDER, steps=[Step(3)]))  # type: ignore[arg-type]
    assert caught.value.__notes__ == ["in field 'name' of Step", "in field 'steps' of Order"]


class TestTypes:
    @pytest.mark.parametrize(
        "kind",
        [
            complex,
            int | str,
            int | str | None,
            Bits,
            range,
            bytearray,
            5,
            "int",
            typing.Callable,
        ],
    )
    def test_should_say_that_type_needs_a_codec(self, kind: Any) -> None:
        with pytest.raises(TypeError, match=r"^Expected one .*, but "):
            codec_of(kind)

    def test_should_take_codecs_for_types_within(self) -> None:
        class Hours:
            def encode(self, obj: complex, /) -> Value:
                return encode(str(obj))

            def decode(self, value: Value, /) -> complex:
                return complex(value.text)

        @dataclass
        class Signal:
            points: list[complex]

        codec: Codec[Signal] = codec_of(Signal, {complex: Hours()})
        value = codec.encode(Signal([1j]))
        assert decode(value) == {"points": ["1j"]}
        assert codec.decode(value) == Signal([1j])
        assert codec_of(list[Decimal], {Decimal: codec_of(object)}).decode(encode([1])) == [1]

    def test_should_carry_a_dataclass_within_itself(self) -> None:
        codec = codec_of(Order)
        whole = replace(ORDER, parent=ORDER)
        assert codec.decode(codec.encode(whole)) == whole

    def test_should_refuse_a_type_without_end(self) -> None:
        @dataclass
        class Growing(Generic[T]):
            inner: "Growing[list[T]] | None"

        Growing.__dataclass_fields__["inner"].type = Growing[list[T]] | None  # type: ignore[valid-type]
        Growing.__annotations__["inner"] = Growing[list[T]] | None  # type: ignore[valid-type]
        with pytest.raises(TypeError, match=r"holds itself with ever other arguments"):
            codec_of(Growing[int])

    def test_should_say_that_annotations_have_no_meaning(self) -> None:
        @dataclass
        class Lost:
            thing: "NoSuchThing"  # type: ignore[name-defined]  # noqa: F821

        with pytest.raises(TypeError, match=r"^Expected annotations .* but name 'NoSuchThing' is"):
            codec_of(Lost)

    def test_should_refuse_what_nests_too_deep(self) -> None:
        deep = Box(1)
        for _ in range(30):
            deep = Box(1, [deep])
        with pytest.raises(ValueError, match="nests less deep"):
            codec_of(Box[int]).encode(deep)


class TestSets:
    def test_should_be_one_value_whoever_writes_them(self) -> None:
        codec = codec_of(set[Any])
        one = codec.encode({1, "b", (2.5, None), "a", b"\xff", 2**70, -1})
        other = codec.encode({-1, 2**70, b"\xff", "a", (2.5, None), "b", 1})
        assert one == other
        # By the bytes of the values, as the Java client has it.
        parts = [part.SerializeToString() for part in one.list.values]
        assert parts == sorted(parts)

    def test_should_order_maps_within_by_one_order_of_their_entries(self) -> None:
        codec = codec_of(frozenset[Step])
        assert codec.decode(codec.encode(frozenset({Step("a"), Step("b")}))) == {
            Step("a"),
            Step("b"),
        }

        class Reversed:
            def encode(self, obj: int, /) -> Value:
                entries = [(1, 1), (2, 2)] if obj == 1 else [(2, 1), (1, 3)]
                return encode(dict(entries))

            def decode(self, value: Value, /) -> int:
                return len(value.map.entries)

        listed = codec_of(set[int], {int: Reversed()}).encode({1, 2})
        assert [decode(part) for part in listed.list.values] == [{1: 1, 2: 2}, {2: 1, 1: 3}]

    def test_should_refuse_elements_that_are_one_value(self) -> None:
        with pytest.raises(ValueError, match=r"elements are different values, but .* float nan"):
            codec_of(set[float]).encode({float("nan"), float("nan")})


class Queue(polyproc.Queue[Any]):
    """What a handle is to a codec: one of no client."""

    def __init__(self, ref: object_pb2.Ref) -> None:
        self._ref = ref


@dataclass
class Task:
    replies: Queue


class TestHandles:
    def test_should_travel_as_refs(self) -> None:
        codec = codec_of(Task)
        ref = object_pb2.Ref(kind=object_pb2.OBJECT_KIND_QUEUE, name="r", incarnation=3)
        value = codec.encode(Task(Queue(ref)))
        assert value.map.entries[0].value.ref == ref
        assert codec.decode(value) == Task(Ref("QUEUE", "r", 3))  # type: ignore[arg-type]
        read = _values.reader(codec, Queue)(value)
        assert read.replies._ref == ref

    def test_should_refuse_refs_of_another_kind(self) -> None:
        codec = codec_of(Queue)
        with pytest.raises(UnexpectedValue, match=r"^Expected a ref to a queue, .* ref to a lock$"):
            codec.decode(encode(Ref("LOCK", "l", 1)))
        with pytest.raises(UnexpectedValue, match=r"^Expected a ref to a queue, .* text 'a'$"):
            codec.decode(encode("a"))
        with pytest.raises(TypeError, match=r"^Expected Queue, but the object is of Ref"):
            codec.encode(Ref("QUEUE", "r", 3))  # type: ignore[arg-type]


class TestMessages:
    def test_should_travel_as_opaque_bytes(self) -> None:
        message = queue_pb2.QueuePutRequest(queue="jobs", item=encode("a"))
        codec = codec_of(queue_pb2.QueuePutRequest)
        value = codec.encode(message)
        assert value.opaque.content_type == (
            "application/x-protobuf; messageType=polyproc.v1.QueuePutRequest"
        )
        assert codec.decode(value) == message

    def test_should_carry_values_as_they_are(self) -> None:
        value = encode([1, "a"])
        assert codec_of(Value).encode(value) == value
        assert codec_of(list[Value]).decode(value) == [encode(1), encode("a")]


class TestNumbers:
    def test_should_take_numbers_of_numpy(self) -> None:
        numpy = pytest.importorskip("numpy")
        assert codec_of(int).encode(numpy.int64(5)) == encode(5)
        assert codec_of(float).encode(numpy.int64(5)) == encode(5.0)
        assert codec_of(float).encode(numpy.float32(0.5)) == encode(0.5)
        with pytest.raises(TypeError, match=r"^Expected a whole number, but"):
            codec_of(int).encode(numpy.float64(5))


class TestDecimals:
    def test_should_write_the_same_whatever_the_context_says(self) -> None:
        with decimal.localcontext(prec=2, capitals=0):
            value = codec_of(Decimal).encode(Decimal("1.2345E+30"))
            assert value.text == "1.2345E+30"
            assert codec_of(Decimal).decode(value) == Decimal("1.2345E+30")


_PAGE = (Path(__file__).parents[2] / "docs" / "values.md").read_text("utf-8")


@pytest.mark.parametrize(
    "kind",
    [*_KNOWN, list, tuple, set, frozenset, dict, "Enum", "dataclass", "NamedTuple", "PICKLE"],
    ids=str,
)
def test_should_have_page_that_names_every_type(kind: Any) -> None:
    section = _PAGE[_PAGE.index("## Python's types") : _PAGE.index("## Elements")]
    name = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
    assert f"`{name.removesuffix('Type')}" in section
