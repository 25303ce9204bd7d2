"""Named memory that processes share, as in `multiprocessing.shared_memory`.

Each is a shared array of the daemon, of bytes, and `polyproc.connect().existing_shared_array(name)`
is the same memory. It is there until somebody unlinks it, or the daemon ends; no process that ends
takes it away.
"""

from __future__ import annotations

import errno
import multiprocessing.shared_memory
import os
import secrets
import sys
from typing import Any

from polyproc._elements import ElementType
from polyproc._errors import Error, Reason
from polyproc._segment import HEADER_BYTES, Located, map_segment
from polyproc._shared_memory import SharedArray, create_segment, locate_segment
from polyproc.multiprocessing import _runtime
from polyproc.multiprocessing._no_memory import as_standard
from polyproc.multiprocessing._standard import in_module, rest_of

_standard: Any = multiprocessing.shared_memory

__all__ = ["ShareableList", "SharedMemory"]

_ERRNO: dict[str, int] = {
    Reason.OBJECT_EXISTS: errno.EEXIST,
    Reason.OBJECT_NOT_FOUND: errno.ENOENT,
    Reason.OBJECT_DELETED: errno.ENOENT,
    Reason.INVALID_NAME: errno.EINVAL,
}


class SharedMemory(_standard.SharedMemory):  # type: ignore[misc]
    """A block of memory that has a name, by which any process attaches to it.

    Also the memory of a shared array of any type, whoever made it.
    """

    _prepend_leading_slash = True
    _segment: SharedArray | None = None

    if sys.version_info >= (3, 13):

        def __init__(
            self,
            name: str | None = None,
            create: bool = False,
            size: int = 0,
            *,
            track: bool = True,
        ) -> None:
            """Creates a new block, or attaches to one that is there.

            Args:
                name: its name; None: a new one.
                create: whether it is a new one.
                size: in bytes, of a new one.
                track: makes no difference: none is taken away behind anybody's back.
            """
            self._track = track
            self._open(name, create, size)

    else:

        def __init__(self, name: str | None = None, create: bool = False, size: int = 0) -> None:
            """Creates a new block, or attaches to one that is there.

            Args:
                name: its name; None: a new one.
                create: whether it is a new one.
                size: in bytes, of a new one.
            """
            self._open(name, create, size)

    def _open(self, name: str | None, create: bool, size: int) -> None:
        if not size >= 0:
            raise ValueError("'size' must be a positive integer")
        if create and size == 0:
            raise ValueError("'size' must be a positive number different from zero")
        if name is None and not create:
            raise ValueError("'name' can only be None if create=True")
        if name is not None:
            self._name = "/" + name
            self._attach(name, create, size)
            return
        while True:
            name = f"psm_{secrets.token_hex(4)}"
            self._name = "/" + name
            try:
                self._attach(name, create, size)
                return
            except FileExistsError:
                continue

    def _attach(self, name: str, create: bool, size: int) -> None:
        if not name:
            raise self._error(errno.EINVAL)
        if "\0" in name:
            raise ValueError("embedded null character")
        client = _runtime.client()
        try:
            if create:
                made = create_segment(client, name, ElementType.UINT8, size)
                if not made.created:
                    raise self._error(errno.EEXIST)
                self._map(SharedArray(client, made.ref, is_retained=False))
            else:
                found = locate_segment(client, name)
                self._map(SharedArray(client, found.ref, is_retained=False), found)
        except Error as e:
            raise self._as_standard(e, create) from e

    def _map(self, segment: SharedArray, found: Located | None = None) -> None:
        try:
            mapped = map_segment(found or segment._located())
        except BaseException:
            if found is None:  # Nobody else knows of it.
                segment.delete()
            raise
        self._segment, self._mmap = segment, mapped
        with memoryview(mapped) as whole:
            self._buf = whole[HEADER_BYTES:]
        self._size = len(self._buf)

    def unlink(self) -> None:
        """Takes the block away: nobody attaches to it any more, and its name is free.

        Who has it mapped keeps it, until it is closed. One that was given the name meanwhile stays.

        Raises:
            FileNotFoundError: It was taken away already.
        """
        if self._segment is None:
            return
        try:
            self._segment.delete()
        except Error as e:
            raise self._as_standard(e) from e

    def _as_standard(self, error: Error, create: bool = False) -> Error | OSError:
        if error.reason == Reason.WRONG_KIND:  # Something else has the name.
            return self._error(errno.EEXIST if create else errno.ENOENT)
        number = _ERRNO.get(error.reason)
        return as_standard(error, self._name) if number is None else self._error(number)

    def _error(self, number: int) -> OSError:
        return OSError(number, os.strerror(number), self._name)


class ShareableList(_standard.ShareableList):  # type: ignore[misc]
    """A list of fixed length in shared memory, as `multiprocessing.shared_memory` has it."""

    def __init__(self, sequence: Any = None, *, name: str | None = None) -> None:
        """Creates a list of what a sequence has, or attaches to the one of that name.

        Args:
            sequence: of whole numbers of 64 bits, floats, bools, texts, bytes and None; their
                places are as large as they are now.
            name: of its shared memory.
        """
        try:
            _begin_list(self, sequence, name=name)
        except BaseException:
            if sequence is not None and "shm" in vars(self):  # It is half made.
                self.shm.close()
                self.shm.unlink()
            raise


_begin_list = in_module(_standard.ShareableList.__init__, globals())

globals().update(rest_of(multiprocessing.shared_memory, globals()))
