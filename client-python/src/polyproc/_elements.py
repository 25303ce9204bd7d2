"""The elements of values and arrays: numbers and characters of a fixed size."""

from __future__ import annotations

import struct
import sys
from array import array
from enum import IntEnum
from typing import Any

from polyproc._errors import UnexpectedValue
from polyproc._values import Value, decode, describe, fill
from polyproc.v1 import element_pb2

Elements = element_pb2.Elements


class ElementType(IntEnum):
    """The type of an element: what ``array`` and ``ctypes`` have a type code for.

    BOOL is read as bool, FLOAT32 and FLOAT64 as float, CHAR as bytes of length 1, WCHAR as str of
    one character, and all others as int.
    """

    BOOL = 1
    INT8 = 2
    UINT8 = 3
    INT16 = 4
    UINT16 = 5
    INT32 = 6
    UINT32 = 7
    INT64 = 8
    UINT64 = 9
    FLOAT32 = 10
    FLOAT64 = 11
    CHAR = 12
    WCHAR = 13

    @property
    def code(self) -> str:
        """The type code, as ``struct`` and ``memoryview`` have it: ``"i"`` for INT32."""
        return _CODES[self]

    @property
    def itemsize(self) -> int:
        """How many bytes an element has."""
        return _SIZES[self]

    @property
    def least(self) -> int:
        """The least whole number that it takes; 0 for floats and characters."""
        return _RANGES.get(self, (0, 0))[0]

    @property
    def most(self) -> int:
        """The greatest whole number that it takes; 0 for floats and characters."""
        return _RANGES.get(self, (0, 0))[1]


_CODES = dict(zip(ElementType, "?bBhHiIqQfdcu", strict=True))
_SIZES = dict(zip(ElementType, (1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 1, 4), strict=True))
_RANGES = {ElementType.BOOL: (0, 1)}
for _type in ElementType:
    if _CODES[_type] in "bhiq":
        _RANGES[_type] = (-(1 << 8 * _SIZES[_type] - 1), (1 << 8 * _SIZES[_type] - 1) - 1)
    elif _CODES[_type] in "BHIQ":
        _RANGES[_type] = (0, (1 << 8 * _SIZES[_type]) - 1)

_FLOATS = frozenset({ElementType.FLOAT32, ElementType.FLOAT64})
_SIGNED = frozenset(
    {ElementType.BOOL, ElementType.INT8, ElementType.INT16, ElementType.INT32, ElementType.INT64}
)

_BY_CODE = {code: of for of, code in _CODES.items()}
_BY_CODE["l"] = ElementType.INT64 if struct.calcsize("l") == 8 else ElementType.INT32
_BY_CODE["L"] = ElementType.UINT64 if struct.calcsize("L") == 8 else ElementType.UINT32
_BY_CODE["w"] = ElementType.WCHAR  # As array has it from Python 3.13 on.

_BY_NAME = {of.name: of for of in ElementType}

_BY_TYPE: dict[type, ElementType] = {
    bool: ElementType.BOOL,
    int: ElementType.INT64,
    float: ElementType.FLOAT64,
}

_BY_DTYPE = {
    "b1": ElementType.BOOL,
    "i1": ElementType.INT8,
    "u1": ElementType.UINT8,
    "i2": ElementType.INT16,
    "u2": ElementType.UINT16,
    "i4": ElementType.INT32,
    "u4": ElementType.UINT32,
    "i8": ElementType.INT64,
    "u8": ElementType.UINT64,
    "f4": ElementType.FLOAT32,
    "f8": ElementType.FLOAT64,
    "S1": ElementType.CHAR,
    "U4": ElementType.WCHAR,
}


def element_type(kind: object) -> ElementType:
    """Return the type that is meant.

    It is an ``ElementType``, or its name, such as ``"int32"``; a type code of ``array`` and
    ``ctypes``, in which ``l`` has the size that it has in C here, and ``w`` is a character, too; a
    type of ``ctypes``, as ``c_int``; a type of NumPy, as ``np.float32``; ``bool``, ``int`` (INT64)
    or ``float`` (FLOAT64).

    Raises:
        ValueError: It is another text.
        TypeError: It is anything else.
    """
    if isinstance(kind, ElementType):
        return kind
    if isinstance(kind, str):
        known = _BY_CODE.get(kind) or _BY_NAME.get(kind.upper())
        if known is None:
            raise ValueError(
                "Expected a type of elements, such as 'i' or 'INT32', but it is"
                f" {kind!r}; there are {', '.join(_BY_CODE)} and {', '.join(_BY_NAME)}"
            )
        return known
    known = _of_type(kind) if isinstance(kind, type) else _of_dtype(kind)
    if known is None:
        raise TypeError(
            "Expected a type of elements, such as 'i', ctypes.c_int or numpy.int32, but it is"
            f" {kind!r}"
        )
    return known


def _of_type(kind: type) -> ElementType | None:
    known = _BY_TYPE.get(kind)
    if known is not None:
        return known
    code = getattr(kind, "_type_", None)  # Of the simple types of ctypes.
    if isinstance(code, str) and kind.__module__ == "ctypes":
        return _BY_CODE.get(code)
    if "numpy" in sys.modules and issubclass(kind, sys.modules["numpy"].generic):
        return _of_dtype(sys.modules["numpy"].dtype(kind))
    return None


def _of_dtype(dtype: Any) -> ElementType | None:
    """Return the type of a NumPy dtype of this machine's byte order."""
    if not getattr(dtype, "isnative", False):
        return None
    return _BY_DTYPE.get(f"{getattr(dtype, 'kind', '')}{getattr(dtype, 'itemsize', '')}")


def encode_element(of: ElementType, obj: object, *, wrap: bool = False) -> Value:
    """Return the value for one element. See ``fill_element``."""
    value = Value()
    fill_element(value, of, obj, wrap=wrap)
    return value


def fill_element(value: Value, of: ElementType, obj: Any, *, wrap: bool = False) -> None:
    """Write one element into a new value.

    Raises:
        TypeError: The type does not take it, such as a float for a whole number.
        OverflowError: A whole number is out of range, but with ``wrap``, when the daemon takes its
            lowest bits; or it is too large to be a float.
        ValueError: There are more characters than one.
    """
    if of in _FLOATS:
        value.float = _float(of, obj)
    elif of is ElementType.CHAR:
        value.bytes = _char(obj, wrap)
    elif of is ElementType.WCHAR:
        fill(value, _wchar(obj))
    else:
        number = _whole(of, obj)
        if not wrap and not of.least <= number <= of.most:
            raise _out_of_range(of, number)
        fill(value, number)


def decode_element(value: Value) -> Any:
    """Return the element that a value is: a bool, an int, a float, bytes or a str."""
    return decode(value)


def _whole(of: ElementType, obj: Any) -> int:
    try:
        return int(obj.__index__())
    except AttributeError:
        raise TypeError(
            f"Expected a whole number for an element of {of.name}, but it is of"
            f" {type(obj).__qualname__}"
        ) from None


def _out_of_range(of: ElementType, number: int) -> OverflowError:
    return OverflowError(
        f"Expected a whole number from {of.least} to {of.most} for an element of {of.name}, but it"
        f" is {_shown(number)}"
    )


def _shown(number: int) -> str:
    return str(number) if number.bit_length() <= 128 else f"one of {number.bit_length()} bits"


def _float(of: ElementType, obj: Any) -> float:
    if not hasattr(obj, "__float__") and not hasattr(obj, "__index__"):
        raise TypeError(
            f"Expected a number for an element of {of.name}, but it is of {type(obj).__qualname__}"
        )
    try:
        return float(obj)
    except OverflowError:
        raise OverflowError(
            f"Expected a number that a float holds for an element of {of.name}, but it is too large"
        ) from None


def _char(obj: Any, wrap: bool) -> bytes:
    if isinstance(obj, (bytes, bytearray)):
        if len(obj) != 1:
            raise ValueError(
                f"Expected bytes of length 1 for an element of CHAR, but there are {len(obj)}"
            )
        return bytes(obj)
    if isinstance(obj, str) or not hasattr(obj, "__index__"):
        raise TypeError(
            "Expected bytes of length 1, or 0 to 255, for an element of CHAR, but it is of"
            f" {type(obj).__qualname__}"
        )
    number = int(obj.__index__())
    if not wrap and not 0 <= number <= 255:
        raise OverflowError(f"Expected 0 to 255 for an element of CHAR, but it is {_shown(number)}")
    return bytes((number & 0xFF,))


def _wchar(obj: Any) -> str:
    if not isinstance(obj, str):
        raise TypeError(
            "Expected a text of one character for an element of WCHAR, but it is of"
            f" {type(obj).__qualname__}"
        )
    if len(obj) != 1:
        raise ValueError(
            f"Expected a text of one character for an element of WCHAR, but it has {len(obj)}"
        )
    return obj


def encode_elements(of: ElementType, objects: Any, *, wrap: bool = False) -> Elements:
    """Elements in bulk: of an iterable, or of a buffer, as ``array.array`` and NumPy have it.

    A buffer of the elements' own type is copied as it is; one of 64 bits whole. Errors are those
    of ``fill_element``, and say which element it is.
    """
    if of is ElementType.CHAR:
        return Elements(chars=_chars(objects, wrap))
    if of is ElementType.WCHAR:
        return Elements(text=_characters(objects))
    if isinstance(objects, str):
        raise TypeError(f"Expected numbers for elements of {of.name}, but it is a text")
    return Elements.FromString(_packed(of, _numbers(of, objects, wrap)))


_FIELDS = {"q": 0x0A, "Q": 0x12, "d": 0x1A}
"""The tags of the fields of Elements that have such numbers, packed."""

_WIDE = dict.fromkeys(_SIGNED, "q") | dict.fromkeys(_FLOATS, "d")
"""In which of these the elements of a type travel; all others as Q."""


def _numbers(of: ElementType, objects: Any, wrap: bool) -> array[Any] | memoryview:
    """Return the elements as numbers of 64 bits, copied where they are not."""
    wide = _WIDE.get(of, "Q")
    view = _buffer(objects)
    if view is not None and view.format == of.code and of.itemsize == 8 and view.c_contiguous:
        return view
    if view is None:
        items = objects if isinstance(objects, (list, tuple)) else list(objects)
    else:
        items = view.tolist()
    try:
        if wide != "d" and of.itemsize < 8 and (view is None or view.format != of.code):
            _require_range(of, items)
        return array(wide, items)
    except (TypeError, OverflowError):
        # Which it is, and whether it wraps.
        return array(wide, [_number(of, at, number, wrap) for at, number in enumerate(items)])


def _require_range(of: ElementType, items: list[Any] | tuple[Any, ...]) -> None:
    """OverflowError where one is out of range: an array of that very type sees to it."""
    narrow = array(of.code.replace("?", "B"), items)
    if of is ElementType.BOOL and any(number > 1 for number in narrow):
        raise OverflowError


def _number(of: ElementType, at: int, obj: Any, wrap: bool) -> Any:
    """One number, in its range."""
    try:
        if of in _FLOATS:
            return _float(of, obj)
        number = _whole(of, obj)
        if of.least <= number <= of.most:
            return number
        if not wrap:
            raise _out_of_range(of, number)
    except (TypeError, OverflowError) as error:
        error.add_note(f"at index {at}")
        raise
    if of is ElementType.BOOL:
        return 1
    bits = 8 * of.itemsize
    wrapped = number & ((1 << bits) - 1)
    return wrapped - (1 << bits) if wrapped > of.most else wrapped


_IN_MEMORY = frozenset("?bBhHiIqQfdc")
"""The type codes of buffers that Python reads."""


def _buffer(objects: Any) -> memoryview | None:
    """Return a buffer of one dimension, in this machine's byte order; None for another object."""
    try:
        view = memoryview(objects)
    except TypeError:
        return None
    if view.ndim != 1:
        raise ValueError(
            f"Expected elements in one dimension, but the buffer has {view.ndim}; flatten it before"
        )
    order, code = view.format[:-1], view.format[-1:]
    if code in ("l", "L") and order in ("", "@"):
        code = _BY_CODE[code].code
    native = order in ("", "@", "=", "<" if sys.byteorder == "little" else ">")
    if not native or code not in _IN_MEMORY:
        return None
    if view.format == code:
        return view
    return view.cast("B").cast(code) if view.c_contiguous else None  # type: ignore[call-overload]


def _packed(of: ElementType, numbers: array[Any] | memoryview) -> bytes:
    """Return the bytes of a message that has these numbers in a packed field of 64 bits each."""
    if not len(numbers):
        return b""
    head = bytes((_FIELDS[_WIDE.get(of, "Q")],)) + _varint(8 * len(numbers))
    if sys.byteorder == "big":
        numbers = array(_WIDE.get(of, "Q"), numbers)
        numbers.byteswap()
    return b"".join((head, numbers))


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _chars(objects: Any, wrap: bool) -> bytes:
    if isinstance(objects, str):
        raise TypeError("Expected bytes for elements of CHAR, but it is a text; encode it before")
    if isinstance(objects, (bytes, bytearray)):
        return bytes(objects)
    view = _buffer(objects)
    if view is not None and view.itemsize == 1 and view.format in ("B", "c"):
        return view.tobytes()
    return b"".join(_char(obj, wrap) for obj in objects)


def _characters(objects: Any) -> str:
    text = objects if isinstance(objects, str) else "".join(_wchar(obj) for obj in objects)
    fill(Value(), text)  # Refuses half a surrogate pair.
    return str(text)


def decode_elements(of: ElementType, elements: Elements) -> list[Any] | bytes | str:
    """Return the elements: a list of numbers, or all of CHAR as bytes, all of WCHAR as str.

    ``polyproc.UnexpectedValue`` when they are of another type.
    """
    if of is ElementType.CHAR:
        return elements.chars
    if of is ElementType.WCHAR:
        return elements.text
    numbers = _unpacked(of, elements).tolist()
    return [number != 0 for number in numbers] if of is ElementType.BOOL else numbers


def decode_array(of: ElementType, elements: Elements) -> array[Any]:
    """Return the elements as an ``array.array``, of which ``numpy.frombuffer`` makes an ndarray.

    BOOL and CHAR are an array of ``B``, WCHAR one of the code points, in unsigned 32 bits.
    """
    if of is ElementType.CHAR:
        return array("B", elements.chars)
    if of is ElementType.WCHAR:
        return array(_CODE_POINT, map(ord, elements.text))
    numbers = _unpacked(of, elements)
    code = of.code.replace("?", "B")
    return numbers if numbers.typecode == code else array(code, numbers)


_CODE_POINT = "I" if array("I").itemsize == 4 else "L"


def _unpacked(of: ElementType, elements: Elements) -> array[Any]:
    """Return the elements as numbers of 64 bits."""
    wide = _WIDE.get(of, "Q")
    numbers: array[Any] = array(wide)
    data = elements.SerializeToString()
    if not data:
        return numbers
    if data[0] == _FIELDS[wide]:
        size, at = 0, 1
        while True:
            size |= (data[at] & 0x7F) << 7 * (at - 1)
            at += 1
            if data[at - 1] < 0x80:
                break
        if at + size == len(data):
            numbers.frombytes(memoryview(data)[at:])
            if sys.byteorder == "big":
                numbers.byteswap()
            return numbers
    raise _of_another_type(of, elements)


def _of_another_type(of: ElementType, elements: Elements) -> UnexpectedValue:
    fields = ", ".join(field.name for field, _ in elements.ListFields())
    return UnexpectedValue(f"Expected elements of {of.name}, but they are {fields}")


def require_element(of: ElementType, value: Value) -> Any:
    """``decode_element``, of a value that must be an element of this type."""
    kind = value.WhichOneof("kind")
    if kind not in _KINDS.get(of, ("int", "big_int")):
        raise UnexpectedValue.of(f"an element of {of.name}", describe(value), value)
    return decode(value)


_KINDS: dict[ElementType, tuple[str, ...]] = {
    ElementType.BOOL: ("bool",),
    ElementType.FLOAT32: ("float",),
    ElementType.FLOAT64: ("float",),
    ElementType.CHAR: ("bytes",),
    ElementType.WCHAR: ("text",),
}
