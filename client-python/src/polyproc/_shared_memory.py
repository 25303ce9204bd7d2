"""Arrays in memory that programs of one machine share."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from polyproc import _frames
from polyproc._array import another_length, length_of, sized
from polyproc._elements import (
    ElementType,
    decode_array,
    decode_element,
    element_type,
    encode_element,
    encode_elements,
)
from polyproc._errors import Error, HalfChanged, Reason, is_end_of_session
from polyproc._indices import position
from polyproc._methods import Method
from polyproc._object import OWNER, Handle, lifetime, name_needed, name_of_lock, named
from polyproc._segment import Located, Segment, open_segment
from polyproc._signals import is_of_handler, raise_of_handler
from polyproc._value import lock_of
from polyproc.v1 import object_pb2, shared_memory_pb2

if TYPE_CHECKING:
    import numpy

    from polyproc._client import Client
    from polyproc._hold import Hold
    from polyproc._lock import Lock
    from polyproc._session import Session

_CREATE = Method(
    "SharedMemoryService/Create",
    shared_memory_pb2.SharedMemoryCreateRequest,
    shared_memory_pb2.SharedMemoryCreateResponse,
)
_LOCATE = Method(
    "SharedMemoryService/Locate",
    shared_memory_pb2.SharedMemoryLocateRequest,
    shared_memory_pb2.SharedMemoryLocateResponse,
)
_GET = Method(
    "SharedMemoryService/Get",
    shared_memory_pb2.SharedMemoryGetRequest,
    shared_memory_pb2.SharedMemoryGetResponse,
)
_ADD_WRITER = Method(
    "SharedMemoryService/AddWriter",
    shared_memory_pb2.SharedMemoryAddWriterRequest,
    shared_memory_pb2.SharedMemoryAddWriterResponse,
)
_REMOVE_WRITER = Method(
    "SharedMemoryService/RemoveWriter",
    shared_memory_pb2.SharedMemoryRemoveWriterRequest,
    shared_memory_pb2.SharedMemoryRemoveWriterResponse,
)

_Segments = tuple[str, int]
"""Which segment, by name and incarnation."""


class _Update:
    """An update that is under way."""

    __slots__ = ("__weakref__",)


class _Use:
    """What a session does with segments."""

    def __init__(self) -> None:
        self.updates: weakref.WeakValueDictionary[tuple[_Segments, int], _Update]
        """Which it updates, each under the hold of a token, for as long as the block is there."""
        self.updates = weakref.WeakValueDictionary()
        self.writing = threading.RLock()
        """Held over the calls, so that these come in order but for those of a handler."""
        self.writers: dict[_Segments, int] = {}
        """How many parts of the program write to which."""
        self.told: dict[_Segments, bool | None] = {}
        """Whether the daemon knows that the program writes; None: it is being told something."""


_uses: weakref.WeakKeyDictionary[Session, _Use] = weakref.WeakKeyDictionary()


def _use_of(session: Session) -> _Use:
    return _uses.setdefault(session, _Use())


def create_segment(
    client: Client, name: str | None, kind: object, length: Any, lock: str | None = None
) -> shared_memory_pb2.SharedMemoryCreateResponse:
    """Creates a segment, or finds the one of that name and shape; maps nothing.

    Raises:
        TypeError, ValueError: There can be none such.
        Error: The daemon refuses.
    """
    of: Any = element_type(kind)
    request = shared_memory_pb2.SharedMemoryCreateRequest(
        memory=named(name),
        type=of,
        length=length_of(length),
        lifetime=lifetime(name),
        lock=name_of_lock(lock),
    )
    return client._call(_CREATE, request)


def locate_segment(client: Client, name: str) -> Located:
    """Where the segment of that name is.

    Raises:
        Error: With the reason OBJECT_NOT_FOUND or WRONG_KIND, or another one.
    """
    request = shared_memory_pb2.SharedMemoryLocateRequest(memory=name_needed(name))
    return client._call(_LOCATE, request)


class SharedArray(Handle):
    """Numbers or characters of a fixed size in the memory of all programs of a machine that ask.

    To read or write an element is no call. `memory` is a buffer of all elements, of which
    `numpy.asarray(array.memory)` makes an ndarray without a copy.

    An element is never torn; a slice that is read or written while others write may have some of
    before and some of after. No step is more than one of these: what belongs together, and also
    `array[0] += 1`, is changed under the lock, best by `update`, and read by `read`.

    The memory is given back when neither this handle nor a view of it is left. `close` takes it
    away from the handle. When the array is deleted, whoever has it in memory keeps that, alone.

    Never make the file shorter: who reads what was cut off is killed.
    """

    __slots__ = ("_is_closed", "_segment")

    def __init__(self, client: Client, ref: object_pb2.Ref, is_retained: bool = True) -> None:
        """Use `Polyproc.shared_array`."""
        super().__init__(client, ref, is_retained)
        self._segment: Segment | None = None
        self._is_closed = False

    @classmethod
    def _create(
        cls,
        client: Client,
        name: str | None,
        kind: object,
        length: Any,
        lock: str | None,
    ) -> SharedArray:
        made = create_segment(client, name, kind, length, lock)
        new = cls(client, made.ref)
        try:
            new._mapped()
        except BaseException as e:
            if made.created:  # Nobody can use it here, and nobody else knows of it.
                try:
                    new.delete()
                except Error as refused:
                    e.add_note(f"And it could not be deleted: {refused}")
            raise
        return new

    def _mapped(self) -> Segment:
        segment = self._segment
        if segment is None:
            if self._is_closed:
                raise ValueError(
                    f"Expected {self.name!r} to be open here, but this handle was closed"
                )
            segment = self._segment = open_segment(self._located())
        return segment

    def _located(self) -> Located:
        """Where its file is: asks the daemon."""
        request = shared_memory_pb2.SharedMemoryLocateRequest(memory=self.name)
        return self._call(_LOCATE, request)

    def close(self) -> None:
        """Takes the memory away from this handle; whoever uses it has a ValueError from then on.

        Views of it stay as they are, and so does the array. To close it twice does no harm.
        """
        self._is_closed = True
        self._segment = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_removed(self) -> bool:
        """Whether it was deleted, or its daemon ended: what is written nobody else will see."""
        return self._mapped().is_removed

    @property
    def type(self) -> ElementType:
        """The type of its elements."""
        return self._mapped().type

    # The elements.

    @property
    def memory(self) -> memoryview:
        """All elements: the memory itself, to read and write.

        Its format is the type's code, that of WCHAR `I`: the code points.
        """
        memory: memoryview = self._mapped().memory[:]
        return memory

    def __buffer__(self, flags: int) -> memoryview:
        """The same, from Python 3.12 on."""
        return self.memory

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> numpy.ndarray[Any, Any]:
        """The same, for NumPy."""
        import numpy

        return numpy.array(self.memory, dtype=dtype, copy=copy)

    def __bytes__(self) -> bytes:
        """A copy of the bytes of all elements."""
        return bytes(self._mapped().memory)

    def __len__(self) -> int:
        """How many elements it has."""
        return self._mapped().length

    def __bool__(self) -> bool:
        return len(self) > 0

    def __getitem__(self, index: int | slice) -> Any:
        """The element at an index, or those of a slice: a list, or bytes, or text."""
        segment = self._segment or self._mapped()
        if isinstance(index, slice):
            return _read_slice(segment, index)
        try:
            element = segment.memory[index]
        except (IndexError, TypeError):
            position(index, "array")
            raise IndexError("array index out of range") from None
        return chr(element) if segment.type is ElementType.WCHAR else element

    def __setitem__(self, index: int | slice, content: Any) -> None:
        """Replaces the element at an index, or those of a slice by as many others.

        Raises:
            TypeError: The type does not take it, such as a float for a whole number.
            OverflowError: A whole number is out of range.
            ValueError: There are more or fewer than the slice has.
        """
        segment = self._segment or self._mapped()
        if isinstance(index, slice):
            _write_slice(segment, index, content)
            return
        if segment.type in _CONVERTED:
            content = _element(segment.type, content)
        try:
            segment.memory[index] = content
        except (IndexError, TypeError, ValueError):
            at = position(index, "array")
            if not -segment.length <= at < segment.length:
                raise IndexError("array assignment index out of range") from None
            segment.memory[at] = _element(segment.type, content)

    def __iter__(self) -> Iterator[Any]:
        """The elements, each as it is when it is asked for."""
        segment = self._mapped()
        elements: Iterator[Any] = iter(segment.memory)
        return map(chr, elements) if segment.type is ElementType.WCHAR else elements

    def __contains__(self, content: object) -> bool:
        """Whether an element is equal to something."""
        return any(element is content or element == content for element in self)

    def tolist(self) -> list[Any]:
        """All elements, as a list of this program."""
        return list(self)

    # What belongs together.

    def get_lock(self) -> Lock:
        """The lock that guards it, which is reentrant, and may guard others, too.

        Nothing but `update`, `mend` and `read` asks for it. A lock of several arrays tells of a
        death once: whoever is told has to `mend` all of them under that hold.
        """
        return lock_of(self._client, self._mapped().lock)

    @property
    def sequence(self) -> int:
        """Even, or odd while somebody updates."""
        return self._mapped().sequence

    @contextlib.contextmanager
    def update(self) -> Iterator[None]:
        """Changes what belongs together, in a `with` statement: under the lock.

        Whoever reads it by `read`, in whatever language, sees all of it or nothing. An update
        inside of an update is part of it. A block that raises is over: what it has changed until
        then stays, and is read as whole. So check first, and change then.

        A program that dies within leaves the array half changed, and so may one that dies while it
        has the lock, or is `writing`, or loses its session: the first update that is told is
        refused. From then on nobody takes the array for whole until it was mended, by `mend`.

        Raises:
            HalfChanged: It may be half changed; nothing was done.
        """
        segment = self._mapped()
        with self._held(segment) as (hold, is_outer):
            if not is_outer:
                yield
                return
            self._require_whole(segment, hold)
            process = os.getpid()
            odd = segment.next_odd()
            try:
                segment.begin_update(odd)
                yield
            finally:
                is_own = os.getpid() != process or segment.end_update(odd)
            if not is_own:
                raise self._met()

    @contextlib.contextmanager
    def mend(self) -> Iterator[bool]:
        """`update` for a program that can mend the array, which it must where it is told to.

        `with array.mend() as is_half:` says whether the array may be half changed. Once the block
        ends it is whole; where the block raises, it is to be mended still. Where nothing is to be
        mended, it is an update as any.
        """
        segment = self._mapped()
        with self._held(segment) as (hold, is_outer):
            is_half = hold.previous_owner_died or (is_outer and segment.is_updated)
            if not is_outer:
                yield is_half
                return
            process = os.getpid()
            odd = segment.next_odd()
            is_own = True
            try:
                segment.begin_update(odd)
                yield is_half
            except BaseException:
                if not is_half and os.getpid() == process:
                    segment.end_update(odd)
                raise
            if os.getpid() == process:
                is_own = segment.end_update(odd)
            if not is_own:
                raise self._met()

    @contextlib.contextmanager
    def read(self) -> Iterator[None]:
        """Reads what belongs together, in a `with` statement: under the lock.

        Raises:
            HalfChanged: It may be half changed, see `update`.
        """
        segment = self._mapped()
        with self._held(segment, is_update=False) as (hold, is_outer):
            if is_outer:
                self._require_whole(segment, hold)
            yield

    @contextlib.contextmanager
    def _held(self, segment: Segment, is_update: bool = True) -> Iterator[tuple[Hold, bool]]:
        """Holds the lock; says whether nobody who has that hold updates the array already."""
        with lock_of(self._client, segment.lock) as hold:
            updates = _use_of(self._client._session_now()).updates
            which = (self._which(), hold.token)  # A wait at a condition gives it another token.
            if which in updates:
                yield hold, False
                return
            update = _Update()
            try:
                if is_update:
                    updates[which] = update
                yield hold, True
            finally:
                # A signal's exception may skip it: then it is over once nobody has this block.
                updates.pop(which, None)

    def _require_whole(self, segment: Segment, hold: Hold) -> None:
        """Refuses what may be half changed.

        The daemon says so to one holder only: where that is this one, which cannot mend it, the
        sequence says so to all others from now on.
        """
        if hold.previous_owner_died and hold._tenure.count == 1:  # Else the caller was told.
            segment.begin_update(segment.next_odd())
        if segment.is_updated:
            raise HalfChanged(
                f"Expected {self.name!r} to be whole, but who wrote to it last may have left it"
                " half changed; mend it in a block of mend()"
            )

    def _met(self) -> Error:
        return Error(
            f"Expected nobody else to update {self.name!r} meanwhile, but somebody did; update it"
            " under its lock only",
            code="ABORTED",
        )

    def _which(self) -> _Segments:
        return self._ref.name, self._ref.incarnation

    # Who writes.

    def begin_writing(self) -> Writing:
        """Says that this program writes to the array, until what this returns is closed.

        Where the program dies before, `writers_died` is one more, and the next holder of the lock
        is told, whoever has the lock by then: so nobody has to hold the lock for that.

            with array.begin_writing():
                array[:] = numbers
        """
        self._mapped()
        return Writing(self)

    @property
    def writers(self) -> int:
        """How many programs write to it, as they say by `begin_writing`: asks the daemon."""
        request = shared_memory_pb2.SharedMemoryGetRequest(memory=self.name)
        return self._call(_GET, request).writers

    @property
    def writers_died(self) -> int:
        """How many programs died so far while they wrote to it, see `begin_writing`."""
        return self._mapped().writers_died


class Writing:
    """That this program writes to a shared array, until it is closed; any thread may do that."""

    __slots__ = ("_array", "_is_over", "_session", "_which")

    def __init__(self, array: SharedArray) -> None:
        """Use `SharedArray.begin_writing`."""
        self._array = array
        self._which = array._which()
        self._session = array._client._session_now()
        self._is_over = False
        use = _use_of(self._session)
        with use.writing:
            use.writers[self._which] = use.writers.get(self._which, 0) + 1
            try:
                self._agree(use)
            except BaseException:
                self._is_over = True
                use.writers[self._which] -= 1
                if use.told.get(self._which) is None:
                    self._session.post(*self._removal())  # It may have been said.
                raise

    def close(self) -> None:
        """Says that it has written what it had to; once, however often it is called."""
        if self._session._over is not None:
            return  # It was lost or closed, or is the parent's of this process.
        use = _use_of(self._session)
        with use.writing:
            if self._is_over:
                return
            self._is_over = True
            use.writers[self._which] -= 1
            try:
                self._agree(use)
            except BaseException as e:
                if isinstance(e, Error) and not is_of_handler(e):
                    raise
                if not use.writers.get(self._which):
                    self._session.post(*self._removal())
                raise

    def _agree(self, use: _Use) -> None:
        """Tells the daemon whether the program writes, until it knows.

        A handler may do the same in the middle of it: then it is told once more.
        """
        which = self._which
        while bool(use.writers.get(which)) is not use.told.get(which, False):
            writes = bool(use.writers.get(which))
            use.told[which] = None
            if writes:
                self._add()
            else:
                self._remove()
            use.told[which] = writes
        if not use.writers.get(which):
            use.writers.pop(which, None)
            use.told.pop(which, None)

    def _add(self) -> None:
        request = shared_memory_pb2.SharedMemoryAddWriterRequest(memory=self._array.name)
        fields = OWNER.field + self._array._call_fields
        self._session.call(_ADD_WRITER.fields, request.SerializeToString(), fields)

    def _remove(self) -> None:
        try:
            self._session.call(*self._removal(), stands=True)
        except Error as e:
            raise_of_handler(e)
            if not is_end_of_session(e) and e.reason != Reason.OBJECT_DELETED:
                raise

    def _removal(self) -> tuple[bytes, bytes, bytes]:
        """The call, under no guard: it is over, whoever holds what by now."""
        name, incarnation = self._which
        request = shared_memory_pb2.SharedMemoryRemoveWriterRequest(memory=name)
        fields = OWNER.field + _frames.incarnation_field(incarnation)
        return _REMOVE_WRITER.fields, request.SerializeToString(), fields

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Writing of {self._array!r}, {'closed' if self._is_over else 'open'}>"


_CONVERTED = frozenset({ElementType.BOOL, ElementType.CHAR, ElementType.WCHAR})
"""The types of which Python's own buffers take more, or less, than elements do."""


def _element(of: ElementType, content: Any) -> Any:
    """One element, as its memory takes it.

    Raises:
        TypeError, OverflowError, ValueError: The type does not take it.
    """
    element = decode_element(encode_element(of, content))
    if of is ElementType.WCHAR:
        return ord(element)
    return bool(element) if of is ElementType.BOOL else element


def _read_slice(segment: Segment, indices: slice) -> Any:
    part = segment.memory[indices]
    if segment.type is ElementType.CHAR:
        return part.tobytes()
    if segment.type is ElementType.WCHAR:
        return "".join(map(chr, part.tolist()))
    return part.tolist()


def _write_slice(segment: Segment, indices: slice, content: Any) -> None:
    memory = segment.memory
    part = memory[indices]
    elements = sized(content)
    if len(elements) != len(part):
        raise another_length()
    if not len(part):
        return
    if not isinstance(elements, memoryview) or elements.format != memory.format:
        numbers = memoryview(decode_array(segment.type, encode_elements(segment.type, elements)))
        elements = numbers.cast("B").cast(memory.format)
    part[:] = elements
