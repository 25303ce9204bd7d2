"""Lists that programs share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from polyproc import _frames
from polyproc._errors import Error, Reason
from polyproc._indices import bounded, out_of_range, position
from polyproc._methods import Method
from polyproc._object import Handle, lifetime, named
from polyproc._packed import packer
from polyproc._pages import page_size, paged, pages, parts, request_bytes
from polyproc._sums import fill_number
from polyproc._values import PLAIN, Codec, read_taken, reader, writer
from polyproc.v1 import list_pb2, object_pb2

if TYPE_CHECKING:
    from typing import Self

    from polyproc._client import Client

T = TypeVar("T")

_CREATE = Method("ListService/Create", list_pb2.ListCreateRequest, list_pb2.ListCreateResponse)
_GET = Method("ListService/Get", list_pb2.ListGetRequest, list_pb2.ListGetResponse)
_SET = Method("ListService/Set", list_pb2.ListSetRequest, list_pb2.ListSetResponse)
_DELETE = Method("ListService/Delete", list_pb2.ListDeleteRequest, list_pb2.ListDeleteResponse)
_APPEND = Method("ListService/Append", list_pb2.ListAppendRequest, list_pb2.ListAppendResponse)
_EXTEND = Method("ListService/Extend", list_pb2.ListExtendRequest, list_pb2.ListExtendResponse)
_INSERT = Method("ListService/Insert", list_pb2.ListInsertRequest, list_pb2.ListInsertResponse)
_POP = Method("ListService/Pop", list_pb2.ListPopRequest, list_pb2.ListPopResponse)
_REMOVE = Method("ListService/Remove", list_pb2.ListRemoveRequest, list_pb2.ListRemoveResponse)
_FIND = Method("ListService/Find", list_pb2.ListFindRequest, list_pb2.ListFindResponse)
_COUNT = Method("ListService/Count", list_pb2.ListCountRequest, list_pb2.ListCountResponse)
_SIZE = Method("ListService/Size", list_pb2.ListSizeRequest, list_pb2.ListSizeResponse)
_CLEAR = Method("ListService/Clear", list_pb2.ListClearRequest, list_pb2.ListClearResponse)
_REVERSE = Method("ListService/Reverse", list_pb2.ListReverseRequest, list_pb2.ListReverseResponse)
_SORT = Method("ListService/Sort", list_pb2.ListSortRequest, list_pb2.ListSortResponse)
_SLICE = Method("ListService/Slice", list_pb2.ListSliceRequest, list_pb2.ListSliceResponse)
_SET_SLICE = Method(
    "ListService/SetSlice", list_pb2.ListSetSliceRequest, list_pb2.ListSetSliceResponse
)
_DELETE_SLICE = Method(
    "ListService/DeleteSlice", list_pb2.ListDeleteSliceRequest, list_pb2.ListDeleteSliceResponse
)
_REPEAT = Method("ListService/Repeat", list_pb2.ListRepeatRequest, list_pb2.ListRepeatResponse)
_COMPARE_AND_SET = Method(
    "ListService/CompareAndSet",
    list_pb2.ListCompareAndSetRequest,
    list_pb2.ListCompareAndSetResponse,
)
_ADD = Method("ListService/Add", list_pb2.ListAddRequest, list_pb2.ListAddResponse)


def range_of(indices: slice) -> list_pb2.ListRange:
    """A slice, as the contract has it."""
    bounds = list_pb2.ListRange()
    try:
        if indices.start is not None:
            bounds.start = bounded(indices.start)
        if indices.stop is not None:
            bounds.stop = bounded(indices.stop)
        if indices.step is not None:
            bounds.step = bounded(indices.step)
    except TypeError:
        raise TypeError(
            "slice indices must be integers or None or have an __index__ method"
        ) from None
    if bounds.HasField("step") and bounds.step == 0:
        raise ValueError("slice step cannot be zero")
    return bounds


class List(Handle, MutableSequence[T]):
    """A list that programs share, as `list`.

    Each method is one call to the daemon, which takes effect at once and whole. `extend`, and a
    slice that is set, with more elements than a page of the daemon has, 1,024 unless it was told
    otherwise, are several. So is going through more, which goes by positions: what is inserted or
    removed meanwhile moves the others.

    Elements are copies: `l[0].append(1)` changes a list that nobody else sees. Store shared objects
    where that should be seen, or set the element again.

    Two handles are equal when they are of the same object; `l.copy() == [...]` compares what is in
    it.
    """

    __slots__ = ("_appending", "_codec", "_object", "_pack", "_read", "_write")

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        codec: Codec[T] = PLAIN,
    ) -> None:
        """Use `Polyproc.list`."""
        super().__init__(client, ref, is_retained)
        self._object = ref.name
        self._appending = _frames.field(1, ref.name.encode()) + b"\x12"
        self._pack = packer(codec)
        self._codec = codec
        self._write = writer(codec)
        self._read = reader(codec, client._handle)

    @classmethod
    def _create(cls, client: Client, name: str | None, codec: Codec[T]) -> List[T]:
        request = list_pb2.ListCreateRequest(
            list=named(name),
            lifetime=lifetime(name),
        )
        return List(client, client._call(_CREATE, request).ref, True, codec)

    def _settings(self) -> tuple[object, ...]:
        return (self._codec,)

    # One element, or a slice.

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        """The element at an index, or those of a slice, as a list of this program."""
        if isinstance(index, slice):
            return list(self._iter_slice(range_of(index)))
        request = list_pb2.ListGetRequest(list=self._object, index=position(index))
        try:
            found = self._call(_GET, request)
        except Error as e:
            raise out_of_range(e, "list index out of range") from None
        return self._read(found.value)

    @overload
    def __setitem__(self, index: int, value: T) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Iterable[T]) -> None: ...
    def __setitem__(self, index: int | slice, value: Any) -> None:
        """Replaces the element at an index, or those of a slice."""
        if isinstance(index, slice):
            self._set_slice(index, value)
            return
        request = list_pb2.ListSetRequest(list=self._object, index=position(index))
        self._write(request.value, value)
        try:
            self._call(_SET, request)
        except Error as e:
            raise out_of_range(e, "list assignment index out of range") from None

    def __delitem__(self, index: int | slice) -> None:
        """Removes the element at an index, or those of a slice."""
        if isinstance(index, slice):
            self._call(
                _DELETE_SLICE,
                list_pb2.ListDeleteSliceRequest(list=self._object, range=range_of(index)),
            )
            return
        request = list_pb2.ListDeleteRequest(list=self._object, index=position(index))
        try:
            self._call(_DELETE, request)
        except Error as e:
            raise out_of_range(e, "list assignment index out of range") from None

    def _set_slice(self, indices: slice, values: Iterable[T]) -> None:
        try:
            elements = list(values)
        except TypeError:
            raise TypeError("can only assign an iterable") from None
        bounds = range_of(indices)
        size = page_size(self._client)
        request = self._set_slice_request(bounds, elements[:size])
        if len(elements) <= size and request.ByteSize() <= request_bytes(self._client):
            self._call_set_slice(request, indices, elements)
            return
        start, stop, step = indices.indices(len(self))
        if step == 1:
            stop = max(start, stop)
            self._set_long_slice(start, stop, elements)
            return
        places = range(start, stop, step)
        if len(places) != len(elements):
            raise _another_length(len(elements), len(places))
        for at in range(0, len(places), size):
            part = places[at : at + size]
            # A stop below 0 would count from the end.
            end = list_pb2.ListRange(start=part[0], step=step)
            if part.stop >= 0:
                end.stop = part.stop
            self._call_set_slice(
                self._set_slice_request(end, elements[at : at + size]), indices, elements
            )

    def _set_long_slice(self, start: int, stop: int, elements: list[T]) -> None:
        """The first page takes the place of what was there; the others go behind it."""
        most = request_bytes(self._client)
        for page in pages(elements, page_size(self._client)):
            whole = self._set_slice_request(list_pb2.ListRange(), page)
            for part in parts(whole, "values", most):
                part.range.start = start
                part.range.stop = stop
                self._call(_SET_SLICE, part)
                start = stop = start + len(part.values)

    def _set_slice_request(
        self, bounds: list_pb2.ListRange, elements: list[T]
    ) -> list_pb2.ListSetSliceRequest:
        request = list_pb2.ListSetSliceRequest(list=self._object, range=bounds)
        write, add = self._write, request.values.add
        for element in elements:
            write(add(), element)
        return request

    def _call_set_slice(
        self, request: list_pb2.ListSetSliceRequest, indices: slice, elements: list[T]
    ) -> None:
        try:
            self._call(_SET_SLICE, request)
        except Error as e:
            if e.reason == Reason.INVALID_ARGUMENT and indices.step not in (None, 1):
                raise _another_length(len(elements), len(self[indices])) from None
            raise

    def insert(self, index: int, value: T) -> None:
        """Inserts an element before an index, or at the end that the index lies beyond."""
        request = list_pb2.ListInsertRequest(list=self._object, index=bounded(index))
        self._write(request.value, value)
        self._call(_INSERT, request)

    def append(self, value: T) -> None:
        """Adds an element at the end."""
        self._call_bytes(_APPEND.fields, self._appending + self._pack(value))

    def pop(self, index: int | None = None) -> T:
        """Removes the element at an index, or the last, and returns it.

        Raises:
            IndexError: There is none.
        """
        request = list_pb2.ListPopRequest(list=self._object)
        if index is not None:
            request.index = position(index)
        try:
            found = self._call(_POP, request)
        except Error as e:
            raise out_of_range(e, "pop index out of range") from None
        if not found.HasField("value"):
            raise IndexError("pop from empty list")
        return read_taken(self._read, found.value)

    # Many elements.

    def extend(self, values: Iterable[T]) -> None:
        """Adds elements at the end: as many as the daemon takes in one call next to each other."""
        if values is self:
            values = self.copy()
        write = self._write
        most = request_bytes(self._client)
        for page in pages(values, page_size(self._client)):
            request = list_pb2.ListExtendRequest(list=self._object)
            add = request.values.add
            for value in page:
                write(add(), value)
            for part in parts(request, "values", most):
                self._call(_EXTEND, part)

    def __iadd__(self, values: Iterable[T]) -> Self:  # type: ignore[misc]
        """Adds elements at the end, see `extend`."""
        self.extend(values)
        return self

    def __imul__(self, times: int) -> Self:
        """Repeats the list in place, in one step."""
        try:
            count = bounded(times)
        except TypeError:
            raise TypeError(
                f"can't multiply sequence by non-int of type '{type(times).__name__}'"
            ) from None
        self._call(_REPEAT, list_pb2.ListRepeatRequest(list=self._object, times=count))
        return self

    def __add__(self, other: Any) -> list[Any]:
        """A list of this program with the elements of both."""
        if not isinstance(other, (list, List)):
            return NotImplemented
        return self.copy() + list(other)

    def __radd__(self, other: Any) -> list[Any]:
        """A list of this program with the elements of both."""
        return other + self.copy() if isinstance(other, list) else NotImplemented

    def __mul__(self, times: int) -> list[T]:
        """A list of this program with the elements so many times."""
        return self.copy() * times

    __rmul__ = __mul__

    def __len__(self) -> int:
        """How many elements there are."""
        return self._call(_SIZE, list_pb2.ListSizeRequest(list=self._object)).size

    def clear(self) -> None:
        """Removes all elements, in one step."""
        self._call(_CLEAR, list_pb2.ListClearRequest(list=self._object))

    def copy(self) -> list[T]:
        """All elements, as a list of this program."""
        return list(self._iter_slice(None))

    def __iter__(self) -> Iterator[T]:
        """The elements, page by page as they are asked for."""
        return self._iter_slice(None)

    def __reversed__(self) -> Iterator[T]:
        """The elements from the last to the first, page by page."""
        return self._iter_slice(list_pb2.ListRange(step=-1))

    def _iter_slice(self, bounds: list_pb2.ListRange | None) -> Iterator[T]:
        request = list_pb2.ListSliceRequest(list=self._object, range=bounds)
        read = self._read
        for page in paged(self, _SLICE, request):
            for value in page.values:
                yield read(value)

    def reverse(self) -> None:
        """Turns the order round, in one step."""
        self._call(_REVERSE, list_pb2.ListReverseRequest(list=self._object))

    def sort(self, *, reverse: bool = False) -> None:
        """Sorts the list, in one step, by the daemon's order: Python's, of values of one kind.

        Equal elements keep their order; unlike in Python, NaN is above all other numbers. By a key
        of yours it is `l[:] = sorted(l, key=...)`, which is more than one step.

        Args:
            reverse: whether the largest comes first.

        Raises:
            NotComparable: Two elements have no order; the list is as it was. It is a TypeError.
        """
        self._call(_SORT, list_pb2.ListSortRequest(list=self._object, reverse=reverse))

    # To look for one.

    def __contains__(self, value: object) -> bool:
        """Whether an element is equal to a value."""
        return self._find(value, None, None) is not None

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """Where the first element is that is equal to a value.

        Args:
            value: which.
            start: the index to begin at.
            stop: the index before which to end.

        Raises:
            ValueError: There is none.
        """
        found = self._find(value, start, stop)
        if found is None:
            raise ValueError(f"{value!r} is not in list")
        return found

    def _find(self, value: Any, start: int | None, stop: int | None) -> int | None:
        request = list_pb2.ListFindRequest(list=self._object)
        self._write(request.value, value)
        if start:
            request.start = bounded(start)
        if stop is not None:
            request.stop = bounded(stop)
        found = self._call(_FIND, request)
        return found.index if found.HasField("index") else None

    def count(self, value: Any) -> int:
        """How many elements are equal to a value."""
        request = list_pb2.ListCountRequest(list=self._object)
        self._write(request.value, value)
        return self._call(_COUNT, request).count

    def remove(self, value: Any) -> None:
        """Removes the first element that is equal to a value.

        Raises:
            ValueError: There is none.
        """
        request = list_pb2.ListRemoveRequest(list=self._object)
        self._write(request.value, value)
        if not self._call(_REMOVE, request).removed:
            raise ValueError("list.remove(x): x not in list")

    # In one step.

    def add(self, index: int, amount: Any = 1) -> T:
        """Adds to the element at an index, in one step: what `l[index] += 1` means.

        Returns:
            The sum.

        Raises:
            IndexError: There is no such element.
            NotANumber: It is no number; it is a TypeError.
        """
        request = list_pb2.ListAddRequest(list=self._object, index=position(index))
        fill_number(request.amount, self._write, amount)
        try:
            found = self._call(_ADD, request)
        except Error as e:
            raise out_of_range(e, "list index out of range") from None
        return self._read(found.value)

    def get_and_set(self, index: int, value: T) -> T:
        """Replaces the element at an index; returns the one before."""
        request = list_pb2.ListSetRequest(
            list=self._object,
            index=position(index),
            return_previous=True,
        )
        self._write(request.value, value)
        try:
            previous = self._call(_SET, request).previous
        except Error as e:
            raise out_of_range(e, "list assignment index out of range") from None
        return read_taken(self._read, previous)

    def compare_and_set(self, index: int, expected: T, value: T) -> bool:
        """Replaces the element at an index where it is equal to another, in one step.

        Returns:
            Whether it was.
        """
        request = list_pb2.ListCompareAndSetRequest(list=self._object, index=position(index))
        self._write(request.expected, expected)
        self._write(request.value, value)
        try:
            return self._call(_COMPARE_AND_SET, request).swapped
        except Error as e:
            raise out_of_range(e, "list assignment index out of range") from None

    def compare_and_delete(self, index: int, expected: T) -> bool:
        """Removes the element at an index where it is equal to another, in one step.

        Returns:
            Whether it was.
        """
        request = list_pb2.ListDeleteRequest(list=self._object, index=position(index))
        self._write(request.expected, expected)
        try:
            return self._call(_DELETE, request).deleted
        except Error as e:
            raise out_of_range(e, "list assignment index out of range") from None


def _another_length(found: int, places: int) -> ValueError:
    return ValueError(
        f"attempt to assign sequence of size {found} to extended slice of size {places}"
    )
