"""Proxies of what holds data: dicts, lists, arrays, namespaces and values of managers."""

from __future__ import annotations

import array
import contextlib
import multiprocessing.managers
import operator
from collections.abc import Iterator
from multiprocessing.reduction import ForkingPickler
from pickle import loads
from typing import Any

from polyproc._absent import ABSENT
from polyproc._dict import Dict
from polyproc._errors import Error, NotComparable, Reason
from polyproc._list import List
from polyproc._namespace import Namespace
from polyproc._values import OwnCodec, Resolver
from polyproc.multiprocessing._anything import ANYTHING, PROXIES
from polyproc.multiprocessing._keys import KEYS
from polyproc.multiprocessing._proxies import DaemonProxy, as_there, raising, rebuilt
from polyproc.v1 import object_pb2, value_pb2

_standard: Any = multiprocessing.managers


class _ReadByAll(DaemonProxy):
    """A proxy that stands in values as a ref, by which every language finds the object."""

    def _polyproc_ref_(self) -> object_pb2.Ref:
        ref: object_pb2.Ref = self._handle._ref
        return ref


class _DictProxy(_ReadByAll, _standard.DictProxy, typeid="dict"):  # type: ignore[misc]
    _settings = (ANYTHING, KEYS)

    def __init__(self, handle: Any) -> None:
        super().__init__(handle)
        self._find = handle._find
        self._set = handle.__setitem__

    def __getitem__(self, key: Any) -> Any:
        try:
            found = self._find(key)
        except Error as e:
            raise as_there(e) from None
        if found is ABSENT:
            raise KeyError(key)
        return found

    def get(self, key: Any, default: Any = None, /) -> Any:
        try:
            found = self._find(key)
        except Error as e:
            raise as_there(e) from None
        return default if found is ABSENT else found

    def __setitem__(self, key: Any, value: Any) -> None:
        try:
            self._set(key, value)
        except Error as e:
            raise as_there(e) from None

    @raising
    def __delitem__(self, key: Any) -> None:
        del self._handle[key]

    @raising
    def __contains__(self, key: Any) -> bool:
        return key in self._handle

    @raising
    def __len__(self) -> int:
        return len(self._handle)

    def __iter__(self) -> Iterator[Any]:
        return _each(iter(self._handle))

    def __reversed__(self) -> Any:
        return reversed(self.keys())

    @raising
    def keys(self) -> list[Any]:
        return list(self._handle)

    @raising
    def values(self) -> list[Any]:
        return list(self._handle._iter_values())

    @raising
    def items(self) -> list[tuple[Any, Any]]:
        return list(self._handle._iter_items())

    @raising
    def copy(self) -> dict[Any, Any]:
        found: dict[Any, Any] = self._handle.copy()
        return found

    @raising
    def clear(self) -> None:
        self._handle.clear()

    @raising
    def pop(self, key: Any, default: Any = ABSENT, /) -> Any:
        return self._handle.pop(key, default)

    @raising
    def popitem(self) -> tuple[Any, Any]:
        found: tuple[Any, Any] = self._handle.popitem()
        return found

    @raising
    def setdefault(self, key: Any, default: Any = None, /) -> Any:
        return self._handle.setdefault(key, default)

    @raising
    def update(self, *args: Any, **kwds: Any) -> None:
        self._handle._set_all(dict(*args, **kwds).items())

    # From Python 3.14 on.

    def fromkeys(self, iterable: Any, value: Any = None, /) -> dict[Any, Any]:
        return dict.fromkeys(iterable, value)

    def __or__(self, other: Any) -> Any:
        return self.copy() | other

    def __ror__(self, other: Any) -> Any:
        return other | self.copy()

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    def _referent(self) -> Any:
        return self.copy()

    _copied = _referent


def _each(elements: Iterator[Any]) -> Iterator[Any]:
    try:
        yield from elements
    except Error as e:
        raise as_there(e) from None


class _AsItIs(OwnCodec[value_pb2.Value]):
    """Values that are not read, so that they are written back as they were."""

    def fill(self, value: value_pb2.Value, obj: value_pb2.Value, levels: int, /) -> None:
        value.CopyFrom(obj)

    def read(self, value: value_pb2.Value, resolve: Resolver | None, /) -> value_pb2.Value:
        return value


_AS_IT_IS = _AsItIs()


_FOUND_ALIKE = frozenset({str, bytes, int, bool, type(None)})
"""Of these the daemon finds none that is not equal; it does not find all that are."""


def _sent(value: Any) -> Any:
    """A value as it is where it was sent to: another object, as a NaN is equal to none."""
    return value if type(value) in _FOUND_ALIKE else loads(ForkingPickler.dumps(value))


class _ListProxy(_ReadByAll, _standard.ListProxy, typeid="list"):  # type: ignore[misc]
    _settings = (ANYTHING,)

    def __init__(self, handle: Any) -> None:
        super().__init__(handle)
        self._append = handle.append
        self._get = handle.__getitem__
        self._set = handle.__setitem__

    def __getitem__(self, index: Any) -> Any:
        try:
            return self._get(index)
        except Error as e:
            raise as_there(e) from None

    def __setitem__(self, index: Any, value: Any) -> None:
        try:
            self._set(index, value)
        except Error as e:
            raise as_there(e) from None
        except TypeError:
            if isinstance(index, slice):
                [].__setitem__(index, value)  # Which says so in the words of this version.
            raise

    def append(self, value: Any, /) -> None:
        try:
            self._append(value)
        except Error as e:
            raise as_there(e) from None

    @raising
    def __delitem__(self, index: Any) -> None:
        del self._handle[index]

    @raising
    def __len__(self) -> int:
        return len(self._handle)

    # What is equal is Python's to say: an element of any class may be equal to plain data.

    @raising
    def __contains__(self, value: Any) -> bool:
        if type(value) in _FOUND_ALIKE and value in self._handle:
            return True
        return _sent(value) in self._handle.copy()

    @raising
    def count(self, value: Any, /) -> int:
        return int(self._handle.copy().count(_sent(value)))

    @raising
    def index(self, *args: Any) -> int:
        return int(self._handle.copy().index(*_sent(args)))

    @raising
    def remove(self, value: Any, /) -> None:
        value = _sent(value)
        values = self._values()
        while True:
            before = values.copy()
            objects = self._read(before)
            index = objects.index(value) if value in objects else -1
            if index < 0:
                [].remove(value)  # Which says so in the words of this version of Python.
            with contextlib.suppress(IndexError):  # There are fewer by now.
                if values.compare_and_delete(index, before[index]):
                    return

    @raising
    def insert(self, index: Any, value: Any, /) -> None:
        self._handle.insert(index, value)

    @raising
    def pop(self, *index: Any) -> Any:
        return self._handle.pop(*map(operator.index, index))

    @raising
    def extend(self, values: Any, /) -> None:
        self._handle.extend(values[:] if isinstance(values, _ListProxy) else values)

    @raising
    def reverse(self) -> None:
        self._handle.reverse()

    @raising
    def clear(self) -> None:
        self._handle.clear()

    @raising
    def copy(self) -> list[Any]:
        found: list[Any] = self._handle.copy()
        return found

    @raising
    def sort(self, /, *args: Any, **kwds: Any) -> None:
        """Sorts the list: by the daemon in one step, where it knows an order of its values.

        By a key, or of objects, it is read, sorted here, and written back.

        Raises:
            ValueError: Another program has changed it meanwhile.
        """
        [].sort(*args, **kwds)  # Which refuses other arguments.
        key, reverse = kwds.get("key"), bool(kwds.get("reverse"))
        if key is None:
            try:
                self._handle.sort(reverse=reverse)
                return
            except NotComparable:
                pass
            except Error as e:
                if e.reason != Reason.LIMIT_REACHED:
                    raise
        values = self._values()
        before = values.copy()
        objects = self._read(before)
        objects_by = objects if key is None else list(map(key, objects))
        order = sorted(range(len(before)), key=objects_by.__getitem__, reverse=reverse)
        if values.copy() != before:
            raise ValueError("list modified during sort")
        values[: len(before)] = [before[index] for index in order]

    def _values(self) -> List[value_pb2.Value]:
        handle = self._handle
        return List(handle._client, handle._ref, False, _AS_IT_IS)

    def _read(self, values: list[value_pb2.Value]) -> list[Any]:
        return list(map(self._handle._read, values))

    def __add__(self, other: Any) -> Any:
        return self[:] + other

    def __mul__(self, times: Any) -> Any:
        return self[:].__mul__(times)

    __rmul__ = __mul__

    def __iadd__(self, values: Any) -> Any:
        self.extend(values)
        return self

    @raising
    def __imul__(self, times: Any) -> Any:
        [].__imul__(times)  # Which refuses what is no number.
        self._handle.__imul__(times)
        return self

    def __reversed__(self) -> Any:
        return reversed(self[:])

    def _referent(self) -> Any:
        return self[:]

    _copied = _referent


class _ArrayProxy(DaemonProxy, _standard.ArrayProxy, typeid="Array"):  # type: ignore[misc]
    """An `array.array`; that its length may change is not served."""

    def __init__(self, handle: Any, typecode: str) -> None:
        super().__init__(handle)
        self._typecode = typecode

    @raising
    def __len__(self) -> int:
        return len(self._handle)

    @raising
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return array.array(self._typecode, self._handle[index])
        _require_index(index)
        return self._handle[index]

    @raising
    def __setitem__(self, index: Any, value: Any) -> None:
        if not isinstance(index, slice):
            _require_index(index)
            self._handle[index] = array.array(self._typecode, [value])[0]
            return
        there = self._handle[index]
        changed = array.array(self._typecode, there)
        changed[:] = value  # Which refuses what is no array of this type.
        if len(changed) != len(there):
            raise NotImplementedError(
                f"Expected {len(there)} elements in place of as many, but there are {len(changed)}:"
                " an array of the daemon keeps its length"
            )
        self._handle[index] = changed

    def _referent(self) -> Any:
        return self[:]

    _copied = _referent

    def __reduce__(self) -> tuple[object, ...]:
        return rebuilt, (self._typeid, self._handle, self._typecode)


def _require_index(index: Any) -> None:
    if not hasattr(index, "__index__"):
        array.array("b")[index]  # Which says so in the words of this version of Python.


class _NamespaceProxy(_ReadByAll, _standard.NamespaceProxy, typeid="Namespace"):  # type: ignore[misc]
    _settings = (ANYTHING,)

    def __getattr__(self, key: str) -> Any:
        if key[0] == "_":
            return object.__getattribute__(self, key)
        try:
            found = self._handle._find(key)
        except Error as e:
            raise as_there(e) from None
        if found is ABSENT:
            return getattr(_standard.Namespace(), key)  # Which raises.
        return found

    def __setattr__(self, key: str, value: Any) -> None:
        if key[0] == "_":
            object.__setattr__(self, key, value)
            return
        try:
            self._handle[key] = value
        except Error as e:
            raise as_there(e) from None

    @raising
    def __delattr__(self, key: str) -> None:
        if key[0] == "_":
            object.__delattr__(self, key)
        elif not self._handle._remove(key):
            delattr(_standard.Namespace(), key)

    def _callmethod(self, methodname: str, args: Any = (), kwds: Any = {}) -> Any:  # noqa: B006
        if methodname == "__getattribute__":
            return self.__getattr__(*args)
        return super()._callmethod(methodname, args, kwds)

    @raising
    def _referent(self) -> Any:
        return _standard.Namespace(**self._handle.attributes())

    _copied = _referent


class _ValueProxy(DaemonProxy, _standard.ValueProxy, typeid="Value"):  # type: ignore[misc]
    """Any object: the attribute "value" of a namespace, which has its "typecode", too."""

    _settings = (ANYTHING,)

    def __init__(self, handle: Any) -> None:
        super().__init__(handle)
        self._find = handle._find
        self._set = handle.__setitem__

    def get(self) -> Any:
        try:
            return self._find("value")
        except Error as e:
            raise as_there(e) from None

    def set(self, value: Any) -> None:
        try:
            self._set("value", value)
        except Error as e:
            raise as_there(e) from None

    value = property(get, set)  # noqa: A003

    @raising
    def _referent(self) -> Any:
        there = self._handle.attributes()
        return _standard.Value(there["typecode"], there["value"])

    _copied = _referent


_BY_KIND = {Dict: _DictProxy, List: _ListProxy, Namespace: _NamespaceProxy}
PROXIES.update(_BY_KIND.values())


def proxy_of(handle: Any) -> Any:
    """The proxy of a handle that was read as such; itself where a manager has none of its kind."""
    proxy = _BY_KIND.get(type(handle))
    return handle if proxy is None else proxy(handle)
