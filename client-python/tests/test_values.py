"""Plain Python data as values: what is written, what is read, and what is refused."""

import math
import pickle
import struct
import threading
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag, StrEnum
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from polyproc import _values
from polyproc._errors import SessionLost, UnexpectedValue
from polyproc._pickled import CONTENT_TYPE, PICKLE
from polyproc._values import PLAIN, Codec, Opaque, Ref, Value, decode, encode
from polyproc.v1 import object_pb2, queue_pb2, value_pb2
from vectors import vectors

VECTORS = vectors("values.json", "ValueVectors")
GROUPED = [pytest.param(list(vector.groups), id=vector.name) for vector in VECTORS.equalities] + [
    pytest.param(list(vector.ascending), id=vector.name) for vector in VECTORS.orders
]


def the_same(value: Any) -> Any:
    """Says what a value is by the contract alone: equal values are the same, others are not."""
    kind = value.WhichOneof("kind")
    if kind in ("bool", "int", "float", "big_int"):
        return "number", number(getattr(value, kind))
    if kind in ("list", "tuple"):
        return kind, tuple(the_same(part) for part in getattr(value, kind).values)
    if kind == "map":
        later = {the_same(entry.key): the_same(entry.value) for entry in value.map.entries}
        return kind, frozenset(later.items())
    if kind == "opaque":
        return kind, value.opaque.content_type, value.opaque.data
    if kind == "ref":
        return kind, value.ref.name, value.ref.incarnation
    return kind, None if kind == "null" else getattr(value, kind)


def number(of: Any) -> Any:
    if isinstance(of, bytes):
        return Fraction(int.from_bytes(of, "big", signed=True))
    if isinstance(of, float) and not math.isfinite(of):
        return str(of)
    return Fraction(of)


def wrapped(value: Any) -> tuple[object]:
    """Makes an object that Python compares as its containers do: NaN by identity."""
    return (decode(value),)


class TestVectors:
    @pytest.mark.parametrize("groups", GROUPED)
    def test_should_write_again_what_was_read(self, groups: list[Any]) -> None:
        for group in groups:
            for value in group.values:
                again = encode(decode(value))
                assert the_same(again) in {the_same(other) for other in group.values}
                assert again.WhichOneof("kind") in {value.WhichOneof("kind"), "int"}

    @pytest.mark.parametrize("groups", GROUPED)
    def test_should_read_equal_values_as_equal_objects_and_no_others(
        self, groups: list[Any]
    ) -> None:
        for one in groups:
            for other in groups:
                for a in one.values:
                    for b in other.values:
                        assert (wrapped(a) == wrapped(b)) == (one is other), (a, b)
                        assert (the_same(a) == the_same(b)) == (one is other), (a, b)

    @pytest.mark.parametrize("groups", GROUPED)
    def test_should_have_equal_hashes_of_equal_keys(self, groups: list[Any]) -> None:
        for group in groups:
            if all(_values.is_hashable(value) for value in group.values):
                assert len({decode(value) for value in group.values}) == 1

    @pytest.mark.parametrize(
        "vector", [pytest.param(vector, id=vector.name) for vector in VECTORS.validities]
    )
    def test_should_read_what_may_be_stored_and_refuse_what_cannot_be_read(
        self, vector: Any
    ) -> None:
        if vector.storable:
            assert the_same(encode(decode(vector.value))) == the_same(vector.value)
            assert _values.is_hashable(vector.value) == vector.hashable
        elif "ref" in vector.name:
            # Whether an object is there is what the daemon knows.
            assert the_same(encode(decode(vector.value))) == the_same(vector.value)
        else:
            with pytest.raises(UnexpectedValue, match=r"^Expected .*, but "):
                decode(vector.value)

    @pytest.mark.parametrize(
        "vector", [pytest.param(vector, id=vector.name) for vector in VECTORS.unordered]
    )
    def test_should_write_again_what_has_no_order(self, vector: Any) -> None:
        for value in (vector.a, vector.b):
            assert the_same(encode(decode(value))) == the_same(value)


class Point(NamedTuple):
    x: int
    y: int


class Number(IntEnum):
    ONE = 1


class Flags(IntFlag):
    A = 1
    B = 2


class Word(StrEnum):
    HELLO = "hello"


class Old(str, Enum):  # noqa: UP042 - it is another thing to str()
    HELLO = "hello"


class TestPlainData:
    @pytest.mark.parametrize(
        ("obj", "kind"),
        [
            (None, "null"),
            (True, "bool"),
            (False, "bool"),
            (0, "int"),
            (-(2**63), "int"),
            (2**63 - 1, "int"),
            (2**63, "big_int"),
            (-(2**63) - 1, "big_int"),
            (-(2**71), "big_int"),
            (10**400, "big_int"),
            (0.5, "float"),
            (-0.0, "float"),
            (math.inf, "float"),
            ("", "text"),
            ("héllo 🙂\0", "text"),
            (b"", "bytes"),
            (b"\xff\0", "bytes"),
            ([], "list"),
            ([1, "a", None, [2.5, []], (True,)], "list"),
            ((), "tuple"),
            ((1, ("a",), [b"x"]), "tuple"),
            ({}, "map"),
            ({"a": {1: [None]}, ("b", 2): {}, None: 2**70, b"c": 1.5}, "map"),
            (Opaque("application/json", b"{}"), "opaque"),
            (Ref("QUEUE", "jobs", 7), "ref"),
            (Ref("99", "of a newer daemon", 7), "ref"),
        ],
    )
    def test_should_read_what_was_written(self, obj: object, kind: str) -> None:
        value = encode(obj)
        assert value.WhichOneof("kind") == kind
        read = decode(Value.FromString(value.SerializeToString()))
        assert read == obj
        assert type(read) is type(obj)
        assert PLAIN.decode(PLAIN.encode(obj)) == obj

    def test_should_keep_sign_of_zero_and_bits_of_floats(self) -> None:
        for number in (-0.0, 5e-324, 0.1, 1.7976931348623157e308):
            assert struct.pack("d", decode(encode(number))) == struct.pack("d", number)

    @pytest.mark.parametrize(
        ("obj", "plain"),
        [
            (bytearray(b"ab"), b"ab"),
            (memoryview(b"ab")[1:], b"b"),
            (memoryview(b"abcd")[::2], b"ac"),
            (Number.ONE, 1),
            (Flags.A | Flags.B, 3),
            (Word.HELLO, "hello"),
            (Old.HELLO, "hello"),
            (Point(1, 2), (1, 2)),
            (OrderedDict(a=1), {"a": 1}),
            (defaultdict(int, a=1), {"a": 1}),
            (Counter("aab"), {"a": 2, "b": 1}),
            ([Number.ONE, {Word.HELLO: bytearray(b"x")}], [1, {"hello": b"x"}]),
            (encode("a value"), "a value"),
        ],
    )
    def test_should_read_equal_object_of_plain_type(self, obj: object, plain: object) -> None:
        read = decode(encode(obj))
        assert read == plain
        assert type(read) is type(plain)

    def test_should_take_numbers_of_numpy(self) -> None:
        numpy = pytest.importorskip("numpy")
        assert encode([numpy.int64(-5), numpy.uint64(2**64 - 1)]) == encode([-5, 2**64 - 1])
        assert encode([numpy.float64(0.1), numpy.float32(0.5)]) == encode([0.1, 0.5])
        for no_data in (numpy.zeros(2), numpy.bool_(True)):
            with pytest.raises(TypeError, match=r"but the object is of numpy\."):
                encode(no_data)

    @pytest.mark.parametrize(
        "obj",
        [
            datetime.now(UTC),
            Decimal("1.5"),
            Fraction(1, 2),
            uuid4(),
            {1, 2},
            frozenset(),
            deque([1]),
            range(3),
            array("i", [1]),
            1j,
            object(),
            int,
            lambda: None,
            Ellipsis,
        ],
        ids=lambda obj: type(obj).__name__,
    )
    def test_should_refuse_what_would_come_back_as_something_else(self, obj: object) -> None:
        for whole in (obj, [obj], (1, obj), {"a": [obj]}):
            with pytest.raises(
                TypeError, match=r"^Expected None, a bool, .*, but the object is of"
            ):
                encode(whole)

    def test_should_say_which_codec_a_date_needs(self) -> None:
        with pytest.raises(TypeError, match=r"datetime\.datetime, which needs a codec: codec_of\("):
            encode(datetime.now(UTC))
        with pytest.raises(TypeError, match=r"codec_of\(set\[str\]\)"):
            encode({"a"})

    @pytest.mark.parametrize("text", ["\ud800", "ok \udfff", "\udc80x"])
    def test_should_refuse_half_a_surrogate_pair(self, text: str) -> None:
        for whole in (text, [text], {text: 1}, {"a": (text,)}):
            with pytest.raises(ValueError, match=r"but character \d is U\+D[89A-F]..;") as caught:
                encode(whole)
            assert type(caught.value) is ValueError

    def test_should_refuse_memoryview_of_numbers(self) -> None:
        with pytest.raises(TypeError, match=r"its format is 'i' in 1 dimensions; .*cast\('B'\)"):
            encode(memoryview(array("i", [1])))


def nested(levels: int, wrap: Any) -> object:
    data: object = 1
    for _ in range(levels - 1):
        data = wrap(data)
    return data


class TestNesting:
    @pytest.mark.parametrize(
        "wrap",
        [lambda data: [data], lambda data: (data,), lambda data: {"a": data}],
        ids=["list", "tuple", "dict"],
    )
    def test_should_carry_all_that_a_daemon_takes_unless_told_otherwise(self, wrap: Any) -> None:
        data = nested(32, wrap)
        request = queue_pb2.QueuePutRequest(item=encode(data))
        read = queue_pb2.QueuePutRequest.FromString(request.SerializeToString())
        assert decode(read.item) == data

    @pytest.mark.parametrize("levels", [49, 5000])
    @pytest.mark.parametrize(
        "wrap",
        [lambda data: [data], lambda data: (data,), lambda data: {"a": data}],
        ids=["list", "tuple", "dict"],
    )
    def test_should_refuse_what_could_not_be_read_again(self, wrap: Any, levels: int) -> None:
        with pytest.raises(ValueError, match=r"nests less deep: .*does it hold itself\?"):
            encode(nested(levels, wrap))

    def test_should_refuse_what_holds_itself(self) -> None:
        endless: list[object] = [1]
        endless.append({"a": endless})
        with pytest.raises(ValueError, match="nests less deep"):
            encode(endless)

    def test_should_carry_a_large_list(self) -> None:
        data = [{"id": i, "tags": ("a", str(i))} for i in range(20_000)]
        assert decode(encode(data)) == data

    def test_should_write_in_place_what_it_encodes(self) -> None:
        for data in (None, 5, "a", [1, [2]], {"a": 1}, 2**70, b"", Opaque("a/b", b"")):
            request = queue_pb2.QueuePutRequest()
            _values.fill(request.item, data)
            assert request == queue_pb2.QueuePutRequest(item=encode(data))
            assert request.HasField("item")


class TestKeys:
    def test_should_find_nan_again(self) -> None:
        read: Any = decode(encode({float("nan"): 1}))
        assert read[math.nan] == 1
        assert decode(encode([float("nan")])) == [math.nan]

    @pytest.mark.parametrize(
        "keys", [(float("nan"), float("nan")), ((1, float("nan")), (True, float("nan")))]
    )
    def test_should_refuse_keys_that_are_one_value(self, keys: tuple[object, object]) -> None:
        with pytest.raises(
            ValueError, match=r"keys are different values, but two of them are both"
        ):
            encode(dict.fromkeys(keys, 1))

    def test_should_let_the_later_of_two_equal_keys_win(self) -> None:
        value = Value()
        for key, text in ((1, "lost"), (1.0, "kept"), (True, "last")):
            value.map.entries.add(key=encode(key), value=encode(text))
        assert decode(value) == {1: "last"}

    @pytest.mark.parametrize("key", [[], [1], {}, (1, ([],))])
    def test_should_refuse_to_read_keys_that_python_cannot_hash(self, key: object) -> None:
        value = Value()
        value.map.entries.add(key=encode(key), value=encode(1))
        with pytest.raises(
            UnexpectedValue, match=r"^Expected keys of a map that are hashable, but"
        ):
            decode(value)

    def test_should_take_refs_and_opaque_values_as_keys(self) -> None:
        keys = {Ref("LOCK", "a", 3): 1, Opaque("a/b", b"x"): 2, None: 3, (None, 1.5): 4}
        assert decode(encode(keys)) == keys


class Handle:
    """What a handle of a shared object is to values."""

    def __init__(self, ref: object_pb2.Ref) -> None:
        self.ref = ref

    def _polyproc_ref_(self) -> object_pb2.Ref:
        return self.ref

    def __reduce__(self) -> Any:
        raise AssertionError("Expected a ref of it")


def jobs() -> Handle:
    return Handle(object_pb2.Ref(kind=object_pb2.OBJECT_KIND_QUEUE, name="jobs", incarnation=7))


class SharedList(list[int]):
    """A handle that is a list, too, as that of a shared list."""

    def _polyproc_ref_(self) -> object_pb2.Ref:
        return object_pb2.Ref(kind=object_pb2.OBJECT_KIND_LIST, name="l", incarnation=1)


class TestRefs:
    def test_should_write_handles_as_refs(self) -> None:
        assert encode({"in": [jobs()]}) == encode({"in": [Ref("QUEUE", "jobs", 7)]})
        assert decode(encode(SharedList([1]))) == Ref("LIST", "l", 1)

    def test_should_read_refs_as_handles_by_a_resolver(self) -> None:
        read: Any = decode(encode({"in": [jobs(), (jobs(),)]}), Handle)
        assert read["in"][0].ref == jobs().ref
        assert read["in"][1][0].ref == jobs().ref

    def test_should_be_equal_by_name_and_incarnation(self) -> None:
        one = Ref("QUEUE", "jobs", 7)
        assert one == Ref("LOCK", "jobs", 7)
        assert hash(one) == hash(Ref("LOCK", "jobs", 7))
        assert one != Ref("QUEUE", "jobs", 8)
        assert one != Ref("QUEUE", "job", 7)
        assert one != ("QUEUE", "jobs", 7)
        assert repr(one) == "Ref('QUEUE', 'jobs', 7)"

    def test_should_travel_between_processes(self) -> None:
        for one in (Ref("QUEUE", "jobs", 7), Opaque("a/b", b"x", (Ref("QUEUE", "jobs", 7),))):
            read = pickle.loads(pickle.dumps(one))
            assert read == one
            assert repr(read) == repr(one)

    def test_should_resolve_copies_of_refs(self) -> None:
        value = encode(jobs())
        handle: Any = decode(value, Handle)
        value.ref.name = "others"
        assert handle.ref == jobs().ref

    def test_should_refuse_kind_that_is_none(self) -> None:
        with pytest.raises(ValueError, match=r"^Expected a kind of objects, .* but it is 'queues'"):
            encode(Ref("queues", "jobs", 7))

    def test_should_keep_refs_of_opaque_values(self) -> None:
        opaque = Opaque("a/b", b"x", (Ref("QUEUE", "jobs", 7),))
        read = decode(encode(opaque))
        assert isinstance(read, Opaque)
        assert read.refs == opaque.refs
        assert read == Opaque("a/b", b"x")
        assert repr(read) == "Opaque('a/b', 1 bytes)"


class Suffix:
    """A codec of somebody else."""

    def encode(self, obj: str, /) -> Value:
        return encode(obj + "!")

    def decode(self, value: Value, /) -> str:
        return value.text.removesuffix("!")


class TestCodecs:
    def test_should_take_codecs_of_others(self) -> None:
        codec: Codec[str] = Suffix()
        assert isinstance(codec, Codec)
        request = queue_pb2.QueuePutRequest()
        _values.writer(codec)(request.item, "a")
        assert request.item.text == "a!"
        assert _values.reader(codec, Handle)(request.item) == "a"

    def test_should_write_and_read_plain_data_unless_told_otherwise(self) -> None:
        request = queue_pb2.QueuePutRequest()
        _values.writer(PLAIN)(request.item, [jobs()])
        assert _values.reader(PLAIN, Handle)(request.item)[0].ref == jobs().ref
        assert repr(PLAIN) == "polyproc.PLAIN"

    def test_should_be_safe_for_threads(self) -> None:
        data = {"a": [1, 2.5, ("b", None)], "c": 2**70}
        wrong: list[object] = []

        def often() -> None:
            wrong.extend(read for _ in range(500) if (read := decode(encode(data))) != data)

        threads = [threading.Thread(target=often) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


class TestTaken:
    def test_should_have_what_a_call_took_and_cannot_be_read(self) -> None:
        def failing(_: Value) -> object:
            raise KeyError("no\x1bsuch")

        def refusing(value: Value) -> object:
            raise UnexpectedValue.of("a date", "text", value)

        item = encode({"due": 5})
        for read, sentence in (
            (failing, r"the codec reads, but it raised KeyError\('no\\x1bsuch'\); the call has"),
            (refusing, "^Expected a date, but the value is text; the call has taken effect"),
        ):
            with pytest.raises(UnexpectedValue, match=sentence) as caught:
                _values.read_taken(read, item)
            assert caught.value.value is item
        assert _values.read_taken(decode, item) == {"due": 5}


class Anything:
    """An object of a class of its own."""

    def __init__(self, content: object) -> None:
        self.content = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Anything) and self.content == other.content

    __hash__ = None  # type: ignore[assignment]


class TestPickles:
    def test_should_carry_any_object(self) -> None:
        data = {"set": {1, 2}, "when": datetime.now(UTC), "self": Anything([1j])}
        value = PICKLE.encode(data)
        assert value.opaque.content_type == CONTENT_TYPE == "application/python-pickle"
        assert PICKLE.decode(value) == data

    def test_should_keep_objects_that_it_refers_to_alive(self) -> None:
        value = PICKLE.encode({"in": jobs(), "again": [jobs()]})
        assert {ref.name for ref in value.opaque.refs} == {"jobs"}
        assert PICKLE.decode(value) == {
            "in": Ref("QUEUE", "jobs", 7),
            "again": [Ref("QUEUE", "jobs", 7)],
        }
        read = _values.reader(PICKLE, Handle)(value)
        assert read["in"].ref == jobs().ref

    def test_should_ask_no_object_for_what_its_class_lacks(self) -> None:
        class Asked:
            def __getattr__(self, name: str) -> Any:
                raise LookupError(name)

        with pytest.raises(TypeError, match=r"Asked, which needs a codec"):
            encode(Asked())
        with pytest.raises((LookupError, AttributeError, pickle.PicklingError)) as caught:
            PICKLE.encode(Asked())
        assert "_polyproc_ref_" not in str(caught.value)

    def test_should_say_what_the_client_says_that_makes_handles(self) -> None:
        def lost(_: object_pb2.Ref) -> object:
            raise SessionLost("gone")

        with pytest.raises(SessionLost, match=r"^gone$"):
            _values.reader(PICKLE, lost)(PICKLE.encode([jobs()]))

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            (encode("text"), r"^Expected a pickle, which is .*, but the value is text 'text'$"),
            (encode(Opaque("a/b", b"")), "^Expected a pickle"),
            (encode(Opaque(CONTENT_TYPE, b"")), r"which EOFError says it cannot"),
            (encode(Opaque(CONTENT_TYPE, b"cno_such\nthing\n.")), "which ModuleNotFoundError says"),
        ],
    )
    def test_should_keep_value_that_is_no_pickle(self, value: Value, sentence: str) -> None:
        with pytest.raises(UnexpectedValue, match=sentence) as caught:
            PICKLE.decode(value)
        assert caught.value.value == value


class TestSentences:
    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (Value(), "of no known kind"),
            (encode(5), "int 5"),
            (encode(True), "bool True"),
            (encode("a\x1b[2J\u202e"), r"text 'a\u{1b}[2J\u{202e}'"),
            (encode("🙂" * 41), f"text '{'🙂' * 40}…'"),
            (encode([1]), "list"),
            (Value(list=value_pb2.ValueList()), "list"),
        ],
    )
    def test_should_describe_value(self, value: Value, words: str) -> None:
        assert _values.describe(value) == words
