"""Arrays of elements of a fixed size that programs share."""

from __future__ import annotations

import array
from collections.abc import Iterator
from operator import index
from typing import TYPE_CHECKING, Any

from polyproc._elements import (
    ElementType,
    decode_array,
    decode_element,
    decode_elements,
    element_type,
    encode_elements,
    fill_element,
)
from polyproc._errors import Error
from polyproc._indices import out_of_range, position
from polyproc._methods import Method
from polyproc._object import Handle, lifetime, name_of_lock, named
from polyproc._value import fill_amount, lock_of, overflow_of
from polyproc.v1 import array_pb2, element_pb2, list_pb2, object_pb2

if TYPE_CHECKING:
    import numpy

    from polyproc._client import Client
    from polyproc._lock import Lock

_CREATE = Method("ArrayService/Create", array_pb2.ArrayCreateRequest, array_pb2.ArrayCreateResponse)
_SIZE = Method("ArrayService/Size", array_pb2.ArraySizeRequest, array_pb2.ArraySizeResponse)
_GET = Method("ArrayService/Get", array_pb2.ArrayGetRequest, array_pb2.ArrayGetResponse)
_SET = Method("ArrayService/Set", array_pb2.ArraySetRequest, array_pb2.ArraySetResponse)
_ADD = Method("ArrayService/Add", array_pb2.ArrayAddRequest, array_pb2.ArrayAddResponse)
_COMPARE_AND_SET = Method(
    "ArrayService/CompareAndSet",
    array_pb2.ArrayCompareAndSetRequest,
    array_pb2.ArrayCompareAndSetResponse,
)
_SLICE = Method("ArrayService/Slice", array_pb2.ArraySliceRequest, array_pb2.ArraySliceResponse)
_SET_SLICE = Method(
    "ArrayService/SetSlice", array_pb2.ArraySetSliceRequest, array_pb2.ArraySetSliceResponse
)

_PIECE = 100_000
"""How many elements go in one call at most."""


def sized(objects: Any) -> Any:
    """What elements are made of, as something that has a length and slices."""
    if isinstance(objects, (list, tuple, str, bytes, bytearray)):
        return objects
    try:
        return memoryview(objects)
    except TypeError:
        return list(objects)


def another_length() -> ValueError:
    """What `ctypes` says of it."""
    return ValueError("Can only assign sequence of same size")


class Array(Handle):
    """Numbers or characters of a fixed size that programs share, as `multiprocessing.Array`.

    It keeps its length. Each method is one call to the daemon, which takes effect at once and
    whole, a slice as well; those of more than 100,000 elements are several. What is changed in more
    than one step is changed under `get_lock`.

    It takes what `array.array` takes of its type: a whole number that is out of range is an
    OverflowError, unless it was asked for with `wrap`, as `ctypes` does it. In bulk it takes
    whatever has a buffer, as NumPy's arrays do.

    A slice is a list; of CHAR it is bytes, and of WCHAR text.
    """

    __slots__ = ("_known", "_length", "_lock_name", "_object", "_overflow", "_wrap")

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        known: int = 0,
        length: int = 0,
        lock: str = "",
        wrap: bool = False,
    ) -> None:
        """Use `Polyproc.array`."""
        super().__init__(client, ref, is_retained)
        self._object = ref.name
        self._known = ElementType(known) if known else None
        self._length = length
        self._lock_name = lock
        self._wrap = wrap
        self._overflow = overflow_of(wrap)

    @classmethod
    def _create(
        cls,
        client: Client,
        name: str | None,
        kind: object,
        size_or_initializer: Any,
        lock: str | None,
        wrap: bool,
    ) -> Array:
        of: Any = element_type(kind)
        request = array_pb2.ArrayCreateRequest(
            array=named(name), type=of, lifetime=lifetime(name), lock=name_of_lock(lock)
        )
        rest: Any = ()
        if hasattr(size_or_initializer, "__index__") and not hasattr(
            size_or_initializer, "__len__"
        ):
            request.length = length_of(size_or_initializer)
        else:
            elements = sized(size_or_initializer)
            request.length = len(elements)
            request.elements.CopyFrom(encode_elements(of, elements[:_PIECE]))
            rest = elements[_PIECE:]
        made = client._call(_CREATE, request)
        new = cls(client, made.ref, True, of, request.length, made.lock, wrap)
        if made.created and len(rest):
            new[_PIECE:] = rest
        return new

    def _settings(self) -> tuple[object, ...]:
        return int(self._known or 0), self._length, self._lock_name, self._wrap

    @property
    def type(self) -> ElementType:
        """The type of its elements."""
        return self._known or self._learnt()

    def _learnt(self) -> ElementType:
        seen = self._call(_SIZE, array_pb2.ArraySizeRequest(array=self._object))
        self._length = seen.length
        self._lock_name = seen.lock
        self._known = of = ElementType(seen.type)
        return of

    def __len__(self) -> int:
        """How many elements it has."""
        if self._known is None:
            self._learnt()
        return self._length

    def __bool__(self) -> bool:
        return len(self) > 0

    # One element, or a slice.

    def __getitem__(self, index: int | slice) -> Any:
        """The element at an index, or those of a slice: a list, or bytes, or text."""
        if isinstance(index, slice):
            return self._slice(range(*index.indices(len(self))))
        request = array_pb2.ArrayGetRequest(array=self._object, index=position(index, "array"))
        try:
            return decode_element(self._call(_GET, request).content)
        except Error as e:
            raise out_of_range(e, "array index out of range") from None

    def __setitem__(self, index: int | slice, content: Any) -> None:
        """Replaces the element at an index, or those of a slice by as many others."""
        if isinstance(index, slice):
            self._set_slice(range(*index.indices(len(self))), content)
        else:
            self._set(index, content)

    def _slice(self, places: range) -> Any:
        of = self.type
        found: Any = [decode_elements(of, elements) for elements in self._pieces(places)]
        if of is ElementType.CHAR:
            return b"".join(found)
        if of is ElementType.WCHAR:
            return "".join(found)
        return found[0] if len(found) == 1 else [number for piece in found for number in piece]

    def _pieces(self, places: range) -> Iterator[element_pb2.Elements]:
        while places:
            request = array_pb2.ArraySliceRequest(
                array=self._object, range=_range_of(places[:_PIECE])
            )
            found = self._call(_SLICE, request)
            yield found.elements
            places = places[found.count :]

    def _set_slice(self, places: range, content: Any) -> None:
        elements = sized(content)
        if len(elements) != len(places):
            raise another_length()
        of = self.type
        for at in range(0, len(places), _PIECE):
            request = array_pb2.ArraySetSliceRequest(
                array=self._object,
                range=_range_of(places[at : at + _PIECE]),
                elements=encode_elements(of, elements[at : at + _PIECE], wrap=self._wrap),
                overflow=self._overflow,
            )
            self._call(_SET_SLICE, request)

    def __iter__(self) -> Iterator[Any]:
        """The elements, 100,000 at a time as they are asked for."""
        return self._iter(range(len(self)))

    def __reversed__(self) -> Iterator[Any]:
        """The elements from the last to the first."""
        return self._iter(range(len(self))[::-1])

    def _iter(self, places: range) -> Iterator[Any]:
        of = self.type
        for elements in self._pieces(places):
            piece: Any = decode_elements(of, elements)
            yield from (bytes((byte,)) for byte in piece) if of is ElementType.CHAR else piece

    def __contains__(self, content: object) -> bool:
        """Whether an element is equal to something: asks for all, until one is."""
        return any(element is content or element == content for element in self)

    def tolist(self) -> list[Any]:
        """All elements, as a list of this program."""
        return list(self)

    def toarray(self) -> array.array[Any]:
        """All elements, as an `array.array`, of which `numpy.frombuffer` makes an ndarray.

        BOOL and CHAR are one of `B`, and WCHAR is one of code points.
        """
        of = self.type
        whole = decode_array(of, element_pb2.Elements())
        for elements in self._pieces(range(len(self))):
            whole.extend(decode_array(of, elements))
        return whole

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> numpy.ndarray[Any, Any]:
        """All elements, for NumPy: a copy of its own, in whose type they are as they are here."""
        import numpy

        elements = numpy.frombuffer(self.toarray(), dtype=_DTYPES.get(self.type, self.type.code))
        return elements if dtype is None else elements.astype(dtype)

    # As an array of characters of ctypes.

    @property
    def raw(self) -> bytes:
        """All of an array of CHAR."""
        self._require(ElementType.CHAR, "raw")
        return bytes(self[:])

    @raw.setter
    def raw(self, content: bytes) -> None:
        self._require(ElementType.CHAR, "raw")
        if len(content) > len(self):
            raise ValueError("byte string too long")
        self[: len(content)] = content

    @property
    def value(self) -> Any:
        """The bytes or the text of an array of CHAR or WCHAR, up to the first 0."""
        end: Any = "\0" if self._require_characters() is ElementType.WCHAR else b"\0"
        return self[:].split(end, 1)[0]

    @value.setter
    def value(self, content: Any) -> None:
        end: Any = "\0" if self._require_characters() is ElementType.WCHAR else b"\0"
        if len(content) > len(self):
            raise ValueError("string too long")
        self[: len(content) + 1] = content + end if len(content) < len(self) else content

    def _require_characters(self) -> ElementType:
        of = self.type
        return of if of is ElementType.WCHAR else self._require(ElementType.CHAR, "value")

    def _require(self, of: ElementType, name: str) -> ElementType:
        if self.type is not of:
            raise AttributeError(
                f"Expected an array of characters, which has {name!r}, but it is one of"
                f" {self.type.name}",
                name=name,
                obj=self,
            )
        return of

    # In one step.

    def get_and_set(self, index: int, content: Any) -> Any:
        """Replaces the element at an index; returns the one before."""
        return decode_element(self._set(index, content).previous)

    def _set(self, index: int, content: Any) -> array_pb2.ArraySetResponse:
        request = array_pb2.ArraySetRequest(
            array=self._object, index=position(index, "array"), overflow=self._overflow
        )
        fill_element(request.content, self.type, content, wrap=self._wrap)
        try:
            return self._call(_SET, request)
        except Error as e:
            raise out_of_range(e, "array assignment index out of range") from None

    def add(self, index: int, amount: Any = 1) -> Any:
        """Adds to the element at an index, in one step; returns the sum.

        Raises:
            IndexError: There is no such element.
            OverflowError: The sum is out of range, and does not wrap.
            TypeError: It is no number, or the amount is none, or a float for a whole number.
        """
        return decode_element(self._add(index, amount).content)

    def get_and_add(self, index: int, amount: Any = 1) -> Any:
        """Adds to the element at an index, in one step; returns the one before. See `add`."""
        return decode_element(self._add(index, amount).previous)

    def _add(self, index: int, amount: Any) -> array_pb2.ArrayAddResponse:
        request = array_pb2.ArrayAddRequest(
            array=self._object, index=position(index, "array"), overflow=self._overflow
        )
        fill_amount(request.amount, self.type, amount)
        try:
            return self._call(_ADD, request)
        except Error as e:
            raise out_of_range(e, "array index out of range") from None

    def compare_and_set(self, index: int, expected: Any, content: Any) -> bool:
        """Replaces the element at an index where it is equal to another, in one step.

        Returns:
            Whether it was. NaN is equal to itself.
        """
        request = array_pb2.ArrayCompareAndSetRequest(
            array=self._object, index=position(index, "array"), overflow=self._overflow
        )
        fill_element(request.expected, self.type, expected, wrap=self._wrap)
        fill_element(request.content, self.type, content, wrap=self._wrap)
        try:
            return self._call(_COMPARE_AND_SET, request).swapped
        except Error as e:
            raise out_of_range(e, "array index out of range") from None

    def get_lock(self) -> Lock:
        """The lock that guards it, which is reentrant. No method of this class asks for it."""
        if not self._lock_name:
            self._learnt()
        return lock_of(self._client, self._lock_name)


_DTYPES = {ElementType.CHAR: "S1", ElementType.WCHAR: "U1"}
"""How NumPy calls the types that it has no code of `array` for."""


def length_of(size: Any) -> int:
    """How many elements are asked for.

    Raises:
        TypeError: It is no whole number.
        ValueError: Fewer than none.
    """
    length = index(size)
    if length < 0:
        raise ValueError(f"Expected a length of 0 or more, but it is {length}")
    return length


def _range_of(places: range) -> list_pb2.ListRange:
    """Positions of an array, as the contract has them: a stop below 0 would be one from the end."""
    bounds = list_pb2.ListRange(step=places.step)
    if places.start >= 0:
        bounds.start = places.start
    if places.stop >= 0:
        bounds.stop = places.stop
    return bounds
