"""Objects of `ctypes` in memory that processes share, as in `multiprocessing.sharedctypes`.

The memory is of arrays of the daemon, see `polyproc.SharedArray`, and the functions are the
standard library's own. What is read or written without a lock is no call.
"""

from __future__ import annotations

import ctypes
import multiprocessing.sharedctypes
import threading
import weakref
from functools import partial
from typing import Any, Final

from polyproc._elements import ElementType, element_type
from polyproc._errors import Error
from polyproc._segment import HEADER_BYTES
from polyproc._shared_memory import SharedArray
from polyproc.multiprocessing import _runtime, context
from polyproc.multiprocessing._anything import INSTEAD
from polyproc.multiprocessing._no_memory import as_standard
from polyproc.multiprocessing._standard import in_module, rest_of

_standard: Any = multiprocessing.sharedctypes

__all__ = ["Array", "RawArray", "RawValue", "Value", "copy", "synchronized"]

get_context = context._default_context.get_context


def shared_array(obj: Any) -> tuple[SharedArray, int]:
    """Returns where a shared object is: in which array, and the index of its first element there.

    So other programs open it, in whatever language, by the array's `name`. Its elements are of the
    type that fits, such as FLOAT64 of `Value("d")`, and of UINT8 where none does, as of a
    structure. Small objects have an array in common.

    Args:
        obj: what `Value`, `Array`, `RawValue`, `RawArray` or `copy` returned.

    Raises:
        TypeError: It is something else, or a part of one.
    """
    raw = obj.get_obj() if isinstance(obj, SynchronizedBase) else obj
    block = getattr(raw, "_wrapper", None)
    if not isinstance(block, _Block):
        raise TypeError(f"Expected an object in shared memory, but got {obj!r}")
    return block.array, block.index


# The memory.


class _Block:
    """The elements of a shared array in which an object is: the `BufferWrapper` of ours."""

    __slots__ = ("array", "index", "length")

    def __init__(self, array: SharedArray, index: int, length: int) -> None:
        self.array = array
        self.index = index
        self.length = length

    def create_memoryview(self) -> memoryview:
        """The memory itself."""
        memory: memoryview = self.array._mapped().memory
        return memory[self.index : self.index + self.length]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Block):
            return NotImplemented
        return self.array == other.array and self.index == other.index

    def __hash__(self) -> int:
        return hash((self.array, self.index))

    def __reduce__(self) -> tuple[object, ...]:
        return _received, (self.array, self.index, self.length)


def _received(array: SharedArray, index: int, length: int) -> _Block:
    """A block that was pickled; all blocks of an array are in one mapping of it."""
    known = _mapped.get(array._which())
    if known is None or known._client._closed:
        known = _mapped[array._which()] = array
    return _Block(known, index, length)


_mapped: weakref.WeakValueDictionary[Any, SharedArray] = weakref.WeakValueDictionary()
"""The arrays that this process has mapped, by which they are."""

_LEAST, _MOST = 4096, 262_144
"""How many bytes an array for many objects has: as many as there were objects of, within these."""

_SHARE: Final = 8
"""An object that would take more than this part of such an array has one of its own."""


class _Common:
    """An array for many objects. What was given away of it is not given away again.

    So it goes when none of its objects is left, in whatever process.
    """

    __slots__ = ("_end", "_taking", "array", "session")

    def __init__(self, of: ElementType, size: int) -> None:
        self.array = _new_array(of, (size - HEADER_BYTES) // of.itemsize)
        self.session = self.array._client._session
        self._taking = threading.Lock()
        self._end = 0

    def take(self, length: int, step: int) -> int | None:
        """Gives elements away: from an index on, which is a multiple of a step.

        Returns:
            None where there are not as many left, or somebody else takes some just now, such as a
            thread that a fork has left behind.
        """
        if not self._taking.acquire(blocking=False):
            return None
        try:
            start = -(-self._end // step) * step
            if start + length > len(self.array):
                return None
            self._end = start + length
            return start
        finally:
            self._taking.release()


_common: dict[ElementType, _Common] = {}
_given: dict[ElementType, int] = {}
"""How many bytes objects have taken so far, by the type of their elements."""


def _new_block(type_: Any) -> _Block:
    """Memory for an object of a type, all zeros."""
    size = ctypes.sizeof(type_)
    of = _elements_of(type_)
    length = size // of.itemsize
    given = _given.get(of, 0)
    _given[of] = given + size
    most = min(max(_LEAST, given), _MOST)
    if size * _SHARE > most:
        return _Block(_new_array(of, length), 0, length)
    common = _common.get(of)
    start = None
    step = max(1, ctypes.alignment(type_) // of.itemsize)
    # A forked child, and who has lost its session, begins with another one.
    if common is not None and common.session is _runtime.client()._session:
        start = common.take(max(1, length), step)
    if start is None:
        common = _Common(of, most)
        start = common.take(max(1, length), step)
        _common[of] = common
    assert common is not None
    assert start is not None
    return _Block(common.array, start, length)


def _new_array(of: ElementType, length: int) -> SharedArray:
    try:
        array = _runtime.client().shared_array(None, of, length)
    except Error as e:
        raise as_standard(e) from e
    _mapped[array._which()] = array
    return array


def _elements_of(type_: Any) -> ElementType:
    """As which elements an object of a type is kept."""
    while issubclass(type_, ctypes.Array):
        type_ = type_._type_
    try:
        of = element_type(type_)
    except (TypeError, ValueError):
        return ElementType.UINT8
    native = getattr(type_, "__ctype_le__", type_) is type_  # As segments are.
    return of if native else ElementType.UINT8


# Pickles.


def reduce_ctype(obj: Any) -> Any:
    """How an object of `ctypes` is pickled: as the same one, where it is in our memory."""
    wrapper = getattr(obj, "_wrapper", None)
    if wrapper is None:
        return obj.__reduce_ex__(2)  # Of this process alone: as without us.
    if not isinstance(wrapper, _Block):
        return _standard.reduce_ctype(obj)
    return rebuild_ctype, _parts(type(obj), wrapper)


def _parts(type_: Any, block: _Block) -> tuple[Any, _Block, int | None]:
    """What `rebuild_ctype` makes an object of."""
    if issubclass(type_, ctypes.Array):
        return type_._type_, block, type_._length_
    return type_, block, None


def rebuild_ctype(type_: Any, wrapper: Any, length: int | None) -> Any:
    """An object of `ctypes` in shared memory.

    Args:
        type_: of the object, or of the elements of an array.
        wrapper: the memory.
        length: how many elements an array has.
    """
    if length is not None:
        type_ = type_ * length
    obj = type_.from_buffer(wrapper.create_memoryview())
    obj._wrapper = wrapper
    if isinstance(wrapper, _Block):
        # A type that the standard library registers is registered for its objects and ours, with
        # every pickler of its kind. So nothing is registered here: each object says it itself.
        obj.__reduce_ex__ = partial(_reduced, type_, wrapper)
    return obj


def _reduced(type_: Any, block: _Block, _protocol: int) -> tuple[object, ...]:
    """How an object is pickled, as the same one, and copied, as one of this process alone."""
    return _again, _parts(type_, _Here(block.array, block.index, block.length))


INSTEAD[_standard.reduce_ctype] = reduce_ctype


class _Here(_Block):
    """The block of an object that is pickled or copied. A pickle has the block, a copy has this."""

    __slots__ = ()

    def __deepcopy__(self, _: object) -> _Here:
        return self


def _again(type_: Any, block: _Block, length: int | None) -> Any:
    if not isinstance(block, _Here):
        return rebuild_ctype(type_, block, length)
    if length is not None:
        type_ = type_ * length
    return type_.from_buffer_copy(block.create_memoryview())


def _rebuilt(lock: Any, rebuild: Any, arguments: Any) -> Any:
    return synchronized(rebuild(*arguments), lock)


# What is synchronized.


class SynchronizedBase(_standard.SynchronizedBase):  # type: ignore[misc]
    """A shared object and the lock that guards it."""

    __init__ = in_module(_standard.SynchronizedBase.__init__, globals())

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self._lock, *reduce_ctype(self._obj)[:2])

    def _where(self) -> Any:
        """What it has in common with all that are of the same memory, in any process."""
        return getattr(self._obj, "_wrapper", id(self._obj))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SynchronizedBase):
            return NotImplemented
        return bool(self._where() == other._where())

    def __hash__(self) -> int:
        return hash(self._where())


class Synchronized(SynchronizedBase, _standard.Synchronized):  # type: ignore[misc]
    """A shared number or character and its lock."""


class SynchronizedArray(SynchronizedBase, _standard.SynchronizedArray):  # type: ignore[misc]
    """A shared array and its lock."""


class SynchronizedString(SynchronizedArray, _standard.SynchronizedString):  # type: ignore[misc]
    """A shared array of characters and its lock."""


class_cache: Any = weakref.WeakKeyDictionary()
"""The synchronized classes of structures, which `synchronized` makes."""

# What the standard library's own functions do is all that is wanted, over what is above.
RawValue = in_module(_standard.RawValue, globals())
RawArray = in_module(_standard.RawArray, globals())
Value = in_module(_standard.Value, globals())
Array = in_module(_standard.Array, globals())
copy = in_module(_standard.copy, globals())
synchronized = in_module(_standard.synchronized, globals())


def _new_value(type_: Any) -> Any:
    return rebuild_ctype(type_, _new_block(type_), None)


globals().update(rest_of(multiprocessing.sharedctypes, globals()))
