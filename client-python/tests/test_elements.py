"""Elements of values and arrays: what they take, what they are read as, and what is refused."""

import ctypes
import math
import struct
from array import array
from fractions import Fraction
from typing import Any

import pytest

from polyproc._elements import (
    Elements,
    ElementType,
    decode_array,
    decode_element,
    decode_elements,
    element_type,
    encode_element,
    encode_elements,
    require_element,
)
from polyproc._errors import UnexpectedValue
from polyproc._values import encode
from polyproc.v1 import element_pb2

E = ElementType

WHOLE = [E.INT8, E.UINT8, E.INT16, E.UINT16, E.INT32, E.UINT32, E.INT64, E.UINT64]
SIGNED = [E.BOOL, E.INT8, E.INT16, E.INT32, E.INT64]


class TestTypes:
    def test_should_be_those_of_the_contract(self) -> None:
        of_contract = {
            name.removeprefix("ELEMENT_TYPE_"): number
            for name, number in element_pb2.ElementType.items()
            if number
        }
        assert {of.name: of.value for of in ElementType} == of_contract

    @pytest.mark.parametrize("of", ElementType)
    def test_should_have_code_size_and_range_of_struct(self, of: ElementType) -> None:
        if of is E.WCHAR:
            assert (of.code, of.itemsize) == ("u", 4)
            return
        assert of.itemsize == struct.calcsize("=" + of.code)
        if of in WHOLE:
            for edge in (of.least, of.most):
                assert struct.unpack("=" + of.code, struct.pack("=" + of.code, edge)) == (edge,)
            for beyond in (of.least - 1, of.most + 1):
                with pytest.raises(struct.error):
                    struct.pack("=" + of.code, beyond)

    @pytest.mark.parametrize(
        ("kind", "of"),
        [
            *[(of, of) for of in ElementType],
            *[(of.name, of) for of in ElementType],
            *[(of.code, of) for of in ElementType],
            ("w", E.WCHAR),
            ("int32", E.INT32),
            ("FLOAT64", E.FLOAT64),
            (bool, E.BOOL),
            (int, E.INT64),
            (float, E.FLOAT64),
            (ctypes.c_bool, E.BOOL),
            (ctypes.c_byte, E.INT8),
            (ctypes.c_ubyte, E.UINT8),
            (ctypes.c_short, E.INT16),
            (ctypes.c_ushort, E.UINT16),
            (ctypes.c_int, E.INT32),
            (ctypes.c_uint, E.UINT32),
            (ctypes.c_int32, E.INT32),
            (ctypes.c_uint64, E.UINT64),
            (ctypes.c_longlong, E.INT64),
            (ctypes.c_ulonglong, E.UINT64),
            (ctypes.c_float, E.FLOAT32),
            (ctypes.c_double, E.FLOAT64),
            (ctypes.c_char, E.CHAR),
            (ctypes.c_wchar, E.WCHAR),
        ],
        ids=repr,
    )
    def test_should_know_every_name_of_a_type(self, kind: object, of: ElementType) -> None:
        assert element_type(kind) is of

    @pytest.mark.parametrize(
        ("code", "kind"), [("l", ctypes.c_long), ("L", ctypes.c_ulong), ("l", ctypes.c_ssize_t)]
    )
    def test_should_have_the_long_of_this_machine(self, code: str, kind: Any) -> None:
        of = element_type(code)
        assert element_type(kind) is of
        assert of.itemsize == ctypes.sizeof(kind) == array(code).itemsize
        assert (of.least < 0) == (code == "l")

    def test_should_know_types_of_numpy(self) -> None:
        numpy = pytest.importorskip("numpy")
        for name, of in (
            ("bool_", E.BOOL),
            ("int8", E.INT8),
            ("uint16", E.UINT16),
            ("int32", E.INT32),
            ("int64", E.INT64),
            ("longlong", E.INT64),
            ("uint64", E.UINT64),
            ("float32", E.FLOAT32),
            ("float64", E.FLOAT64),
        ):
            assert element_type(getattr(numpy, name)) is of
            assert element_type(numpy.dtype(name.rstrip("_"))) is of
        assert element_type(numpy.dtype("S1")) is E.CHAR
        assert element_type(numpy.dtype("U1")) is E.WCHAR
        for none in (numpy.float16, numpy.dtype(">i4"), numpy.dtype("U2"), numpy.complex128):
            with pytest.raises(TypeError, match=r"^Expected a type of elements"):
                element_type(none)

    @pytest.mark.parametrize("kind", ["", "x", "int31", "ii", "g"])
    def test_should_refuse_text_that_names_none(self, kind: str) -> None:
        with pytest.raises(
            ValueError, match=r"^Expected a type of elements, .* but it is '.*INT32"
        ):
            element_type(kind)

    @pytest.mark.parametrize(
        "kind",
        [None, 6, 1.5, str, bytes, ctypes.c_longdouble, ctypes.c_char_p, ctypes.Structure, [int]],
    )
    def test_should_refuse_what_is_no_type_of_elements(self, kind: object) -> None:
        with pytest.raises(TypeError, match=r"^Expected a type of elements, .* but it is "):
            element_type(kind)


class TestOne:
    @pytest.mark.parametrize("of", WHOLE)
    def test_should_take_whole_numbers_of_its_range(self, of: ElementType) -> None:
        for number in (of.least, 0, 1, of.most):
            assert encode_element(of, number) == encode(number)
            assert require_element(of, encode_element(of, number)) == number
        assert encode_element(of, True) == encode(1)

    @pytest.mark.parametrize("of", [*WHOLE, E.BOOL])
    def test_should_refuse_what_is_out_of_range(self, of: ElementType) -> None:
        for number in (of.least - 1, of.most + 1, 10**30):
            with pytest.raises(
                OverflowError,
                match=rf"^Expected a whole number from {of.least} to {of.most} for an element of"
                rf" {of.name}, but it is {number}$",
            ):
                encode_element(of, number)

    @pytest.mark.parametrize("of", [*WHOLE, E.BOOL])
    def test_should_leave_it_to_the_daemon_to_wrap(self, of: ElementType) -> None:
        for number in (of.least - 1, of.most + 1, 2**70):
            assert encode_element(of, number, wrap=True) == encode(number)

    @pytest.mark.parametrize("of", [*WHOLE, E.BOOL])
    @pytest.mark.parametrize("obj", [1.0, "1", b"1", None, [1], Fraction(1)])
    def test_should_take_nothing_else_for_a_whole_number(
        self, of: ElementType, obj: object
    ) -> None:
        for wrap in (False, True):
            with pytest.raises(TypeError, match=rf"^Expected a whole number .* of {of.name}, but"):
                encode_element(of, obj, wrap=wrap)

    @pytest.mark.parametrize("of", [E.FLOAT32, E.FLOAT64])
    def test_should_take_any_number_as_a_float(self, of: ElementType) -> None:
        for number in (0.1, -0.0, math.inf, 3, True, 2**53 + 1, Fraction(1, 2), 1e300):
            assert encode_element(of, number) == encode(float(number))
        assert math.isnan(decode_element(encode_element(of, math.nan)))

    @pytest.mark.parametrize("of", [E.FLOAT32, E.FLOAT64])
    def test_should_refuse_what_is_no_float(self, of: ElementType) -> None:
        for obj in ("1", b"1", None, [1.0], 1j):
            with pytest.raises(TypeError, match=rf"^Expected a number for an element of {of.name}"):
                encode_element(of, obj)
        for wrap in (False, True):
            with pytest.raises(OverflowError, match=r"but it is too large"):
                encode_element(of, 10**400, wrap=wrap)

    def test_should_take_one_byte_or_its_number_as_a_char(self) -> None:
        for obj in (b"a", bytearray(b"a"), 97):
            assert encode_element(E.CHAR, obj) == encode(b"a")
        for number in (-1, 256):
            with pytest.raises(OverflowError, match=f"^Expected 0 to 255 .*, but it is {number}"):
                encode_element(E.CHAR, number)
            assert encode_element(E.CHAR, number, wrap=True) == encode(bytes((number % 256,)))
            assert encode_elements(E.CHAR, [number], wrap=True).chars == bytes((number % 256,))
        with pytest.raises(OverflowError, match=r"but it is one of 1329 bits$"):
            encode_element(E.CHAR, 10**400)
        for obj in (b"", b"ab"):
            with pytest.raises(ValueError, match=f"^Expected bytes of length 1 .* are {len(obj)}"):
                encode_element(E.CHAR, obj)
        for no_char in ("a", 1.0, None):
            with pytest.raises(TypeError, match=r"^Expected bytes of length 1, or 0 to 255"):
                encode_element(E.CHAR, no_char)

    def test_should_take_one_character_of_text(self) -> None:
        assert encode_element(E.WCHAR, "🙂") == encode("🙂")
        for text in ("", "ab"):
            with pytest.raises(ValueError, match=f"of one character .*, but it has {len(text)}$"):
                encode_element(E.WCHAR, text)
        with pytest.raises(ValueError, match=r"without half a surrogate pair"):
            encode_element(E.WCHAR, "\ud800")
        for no_text in (b"a", 97, None):
            with pytest.raises(TypeError, match=r"^Expected a text of one character"):
                encode_element(E.WCHAR, no_text)

    @pytest.mark.parametrize(
        ("of", "obj"),
        [
            (E.BOOL, True),
            (E.INT8, -5),
            (E.UINT64, 2**64 - 1),
            (E.FLOAT32, 0.5),
            (E.CHAR, b"a"),
            (E.WCHAR, "a"),
        ],
    )
    def test_should_read_elements_of_its_type_alone(self, of: ElementType, obj: object) -> None:
        assert require_element(of, encode(obj)) == obj
        assert type(require_element(of, encode(obj))) is type(obj)
        others: list[Any] = [None, [], "a", b"a", 1, 0.5, True]
        for other in others:
            if type(other) is not type(obj):
                with pytest.raises(
                    UnexpectedValue, match=f"^Expected an element of {of.name}, but"
                ):
                    require_element(of, encode(other))


def fields(elements: Elements) -> dict[str, Any]:
    """What a message has in which field, as anybody would read it."""
    return {
        field.name: content if isinstance(content, (bytes, str)) else list(content)
        for field, content in Elements.FromString(elements.SerializeToString()).ListFields()
    }


class TestBulk:
    @pytest.mark.parametrize("of", [*WHOLE, E.BOOL])
    def test_should_carry_whole_numbers(self, of: ElementType) -> None:
        numbers = [of.least, 0, 1, of.most] * 50
        elements = encode_elements(of, numbers)
        assert fields(elements) == {"ints" if of in SIGNED else "uints": numbers}
        read = decode_elements(of, elements)
        assert read == numbers
        assert {type(number) for number in read} == {bool if of is E.BOOL else int}
        assert decode_array(of, elements) == array(of.code.replace("?", "B"), numbers)

    @pytest.mark.parametrize("of", [E.FLOAT32, E.FLOAT64])
    def test_should_carry_floats(self, of: ElementType) -> None:
        numbers = [0.5, -0.0, math.inf, 1e-3, 3, True]
        elements = encode_elements(of, numbers)
        assert fields(elements) == {"floats": numbers}
        assert decode_elements(of, elements) == numbers
        assert decode_array(of, elements) == array(of.code, numbers)

    def test_should_carry_characters(self) -> None:
        for chars in (b"abc", bytearray(b"abc"), memoryview(b"abc"), array("B", b"abc")):
            assert fields(encode_elements(E.CHAR, chars)) == {"chars": b"abc"}
        assert fields(encode_elements(E.CHAR, [b"a", 98, b"c"])) == {"chars": b"abc"}
        assert fields(encode_elements(E.WCHAR, "a🙂")) == {"text": "a🙂"}
        assert fields(encode_elements(E.WCHAR, ["a", "🙂"])) == {"text": "a🙂"}
        text = ctypes.create_unicode_buffer("a🙂", 2)
        assert fields(encode_elements(E.WCHAR, text)) == {"text": "a🙂"}
        with pytest.raises(TypeError, match=r"^Expected a whole number"):
            encode_elements(E.INT32, text)
        assert decode_elements(E.CHAR, Elements(chars=b"a\xff")) == b"a\xff"
        assert decode_elements(E.WCHAR, Elements(text="a🙂")) == "a🙂"
        assert decode_array(E.CHAR, Elements(chars=b"a\xff")).tobytes() == b"a\xff"
        assert decode_array(E.WCHAR, Elements(text="a🙂")).tolist() == [97, 0x1F642]
        assert decode_array(E.WCHAR, Elements(text="a")).itemsize == 4

    @pytest.mark.parametrize("of", ElementType)
    def test_should_carry_none(self, of: ElementType) -> None:
        nothing: Any = "" if of is E.WCHAR else []
        elements = encode_elements(of, nothing)
        assert elements == Elements()
        assert len(decode_elements(of, elements)) == 0
        assert len(decode_array(of, elements)) == 0
        if of is not E.WCHAR:
            assert encode_elements(of, array("B")) == Elements()

    def test_should_carry_many(self) -> None:
        for count in (15, 16, 17, 2047, 2048, 262_143, 262_144):
            numbers = array("q", range(count))
            elements = encode_elements(E.INT64, numbers)
            assert decode_array(E.INT64, elements) == numbers
            assert decode_elements(E.INT64, elements) == numbers.tolist()
            assert Elements(ints=numbers) == elements

    @pytest.mark.parametrize("of", [*WHOLE, E.FLOAT32, E.FLOAT64])
    @pytest.mark.parametrize("code", "bBhHiIlLqQfd")
    def test_should_take_buffers_of_any_numbers_that_fit(self, of: ElementType, code: str) -> None:
        numbers = array(code, [0, 1, 100])
        if code in "fd" and of in WHOLE:
            with pytest.raises(TypeError, match=r"^Expected a whole number"):
                encode_elements(of, numbers)
        else:
            for buffer in (numbers, memoryview(numbers), iter(numbers), tuple(numbers)):
                assert encode_elements(of, buffer) == encode_elements(of, [0, 1, 100])

    def test_should_take_buffers_of_ctypes_and_parts_of_buffers(self) -> None:
        kinds: Any = (ctypes.c_int, ctypes.c_int64, ctypes.c_uint8, ctypes.c_long, ctypes.c_bool)
        for kind in kinds:
            numbers = (kind * 3)(1, 0, 1)
            for of in (E.INT32, E.INT64, E.BOOL):
                assert decode_elements(of, encode_elements(of, numbers)) == [1, 0, 1]
        part = memoryview(array("q", range(10)))[1:9:3]
        assert decode_elements(E.INT64, encode_elements(E.INT64, part)) == [1, 4, 7]
        back = memoryview(array("q", range(3)))[::-1]
        assert decode_elements(E.INT64, encode_elements(E.INT64, back)) == [2, 1, 0]
        with pytest.raises(ValueError, match=r"^Expected elements in one dimension, .* has 2;"):
            encode_elements(E.INT32, memoryview(bytes(4)).cast("B", (2, 2)))

    def test_should_take_arrays_of_numpy(self) -> None:
        numpy = pytest.importorskip("numpy")
        for of in (*WHOLE, E.FLOAT32, E.FLOAT64):
            for dtype in ("i1", "u2", "<i4", ">i4", "i8", ">u8", "bool"):
                numbers = numpy.arange(10).astype(dtype)
                for some in (numbers, numbers[::2], numbers[::-1]):
                    elements = encode_elements(of, some)
                    assert decode_elements(of, elements) == some.tolist()
                    read = numpy.frombuffer(decode_array(of, elements), of.code)
                    assert (read == some).all()
        assert decode_elements(E.FLOAT64, encode_elements(E.FLOAT64, numpy.ones(2, "f2"))) == [1, 1]
        assert decode_elements(E.CHAR, encode_elements(E.CHAR, numpy.array([b"a"]))) == b"a"
        with pytest.raises(TypeError, match=r"^Expected a whole number"):
            encode_elements(E.INT32, numpy.ones(2))
        with pytest.raises(ValueError, match=r"one dimension"):
            encode_elements(E.INT32, numpy.ones((2, 2), "i4"))

    @pytest.mark.parametrize("of", [*WHOLE, E.BOOL])
    def test_should_say_which_is_out_of_range(self, of: ElementType) -> None:
        for number in (of.least - 1, of.most + 1, 10**30):
            with pytest.raises(
                OverflowError, match=rf"of {of.name}, but it is {number}\n"
            ) as caught:
                encode_elements(of, [0, 1, number, 0])
            assert caught.value.__notes__ == ["at index 2"]

    @pytest.mark.parametrize("of", [*WHOLE, E.BOOL])
    def test_should_take_lowest_bits_where_it_wraps(self, of: ElementType) -> None:
        numbers = [0, of.least - 1, of.most + 1, 2**70 + 1, -1]
        expected = [
            int(number != 0)
            if of is E.BOOL
            else int.from_bytes(
                (number % 256**of.itemsize).to_bytes(of.itemsize, "little"),
                "little",
                signed=of.least < 0,
            )
            for number in numbers
        ]
        assert decode_elements(of, encode_elements(of, numbers, wrap=True)) == expected

    def test_should_say_which_is_of_another_type(self) -> None:
        for of in (*WHOLE, E.BOOL):
            for wrap in (False, True):
                with pytest.raises(
                    TypeError, match=f"of {of.name}, but it is of float\n"
                ) as caught:
                    encode_elements(of, [0, 1.0], wrap=wrap)
                assert caught.value.__notes__ == ["at index 1"]
        for of in (E.FLOAT32, E.FLOAT64):
            with pytest.raises(TypeError, match=f"of {of.name}, but it is of str\n"):
                encode_elements(of, [0.5, "1"])
            with pytest.raises(OverflowError, match=r"but it is too large\n"):
                encode_elements(of, [0.5, 10**400])
            with pytest.raises(TypeError, match=r"but it is a text$"):
                encode_elements(of, "12")
        with pytest.raises(TypeError, match=r"^Expected bytes .* is a text"):
            encode_elements(E.CHAR, "ab")
        with pytest.raises(TypeError, match=r"^Expected a text of one character"):
            encode_elements(E.WCHAR, b"ab")
        with pytest.raises(ValueError, match=r"half a surrogate pair"):
            encode_elements(E.WCHAR, "a\ud800")

    @pytest.mark.parametrize(
        ("of", "elements"),
        [
            (E.INT32, Elements(uints=[1])),
            (E.INT32, Elements(floats=[1])),
            (E.UINT32, Elements(ints=[1])),
            (E.FLOAT32, Elements(ints=[1])),
            (E.BOOL, Elements(text="a")),
            (E.INT32, Elements(ints=[1], uints=[2])),
        ],
    )
    def test_should_refuse_elements_of_another_type(
        self, of: ElementType, elements: Elements
    ) -> None:
        for read in (decode_elements, decode_array):
            with pytest.raises(UnexpectedValue, match=f"^Expected elements of {of.name}, but they"):
                read(of, elements)
