"""Dicts that programs share."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, MutableMapping, ValuesView
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from polyproc import _frames
from polyproc._absent import ABSENT, Absent
from polyproc._errors import Error
from polyproc._methods import Method
from polyproc._object import Handle, lifetime, named
from polyproc._packed import packer, unpacker
from polyproc._pages import page_size, paged, pages, parts, request_bytes
from polyproc._sums import fill_sum, is_without_initial
from polyproc._values import PLAIN, Codec, read_taken, reader, writer
from polyproc.v1 import dict_pb2, object_pb2, value_pb2

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from _typeshed import SupportsKeysAndGetItem

    from polyproc._client import Client

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

_CREATE = Method("DictService/Create", dict_pb2.DictCreateRequest, dict_pb2.DictCreateResponse)
_GET = Method("DictService/Get", dict_pb2.DictGetRequest, dict_pb2.DictGetResponse)
_SET = Method("DictService/Set", dict_pb2.DictSetRequest, dict_pb2.DictSetResponse)
_DELETE = Method("DictService/Delete", dict_pb2.DictDeleteRequest, dict_pb2.DictDeleteResponse)
_CONTAINS = Method(
    "DictService/Contains", dict_pb2.DictContainsRequest, dict_pb2.DictContainsResponse
)
_SIZE = Method("DictService/Size", dict_pb2.DictSizeRequest, dict_pb2.DictSizeResponse)
_CLEAR = Method("DictService/Clear", dict_pb2.DictClearRequest, dict_pb2.DictClearResponse)
_ITEMS = Method("DictService/Items", dict_pb2.DictItemsRequest, dict_pb2.DictItemsResponse)
_KEYS = Method("DictService/Keys", dict_pb2.DictKeysRequest, dict_pb2.DictKeysResponse)
_VALUES = Method("DictService/Values", dict_pb2.DictValuesRequest, dict_pb2.DictValuesResponse)
_POP = Method("DictService/Pop", dict_pb2.DictPopRequest, dict_pb2.DictPopResponse)
_SET_DEFAULT = Method(
    "DictService/SetDefault", dict_pb2.DictSetDefaultRequest, dict_pb2.DictSetDefaultResponse
)
_COMPARE_AND_SET = Method(
    "DictService/CompareAndSet",
    dict_pb2.DictCompareAndSetRequest,
    dict_pb2.DictCompareAndSetResponse,
)
_ADD = Method("DictService/Add", dict_pb2.DictAddRequest, dict_pb2.DictAddResponse)
_POP_ITEM = Method("DictService/PopItem", dict_pb2.DictPopItemRequest, dict_pb2.DictPopItemResponse)
_UPDATE = Method("DictService/Update", dict_pb2.DictUpdateRequest, dict_pb2.DictUpdateResponse)


class Dict(Handle, MutableMapping[K, V]):
    """A dict that programs share, in the order of insertion, as `dict`.

    Each method is one call to the daemon, which takes effect at once and whole. `update` with more
    items than a page of the daemon has, 1,024 unless it was told otherwise, is several, as is going
    through more: what others change meanwhile may or may not be seen, and no key comes twice unless
    it was removed and set again.

    Values are copies: `d["list"].append(1)` changes a list that nobody else sees. Store shared
    objects where that should be seen, `d["list"] = client.list()`, or set the key again.

    Two handles are equal when they are of the same object; `d.copy() == {...}` compares what is in
    it. `dict(d.items())` and `d.copy()` are one pass; `dict(d)` asks for each key by itself.
    """

    __slots__ = (
        "_codecs",
        "_named",
        "_object",
        "_pack_key",
        "_pack_value",
        "_read_key",
        "_read_value",
        "_unpack_value",
        "_write_key",
        "_write_value",
    )

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        codec: Codec[V] = PLAIN,
        key_codec: Codec[K] = PLAIN,
    ) -> None:
        """Use `Polyproc.dict`."""
        super().__init__(client, ref, is_retained)
        self._object = ref.name
        self._named = _frames.field(1, ref.name.encode())
        self._codecs = (codec, key_codec)
        self._write_key = writer(key_codec)
        self._read_key = reader(key_codec, client._handle)
        self._write_value = writer(codec)
        self._pack_key = packer(key_codec)
        self._pack_value = packer(codec)
        self._unpack_value = unpacker(codec)
        self._read_value = reader(codec, client._handle)

    @classmethod
    def _create(
        cls, client: Client, name: str | None, codec: Codec[V], key_codec: Codec[K]
    ) -> Dict[K, V]:
        request = dict_pb2.DictCreateRequest(
            dict=named(name),
            lifetime=lifetime(name),
        )
        return Dict(client, client._call(_CREATE, request).ref, True, codec, key_codec)

    def _settings(self) -> tuple[object, ...]:
        return self._codecs

    # One key.

    def __getitem__(self, key: K) -> V:
        """The value of a key; KeyError when it is absent."""
        found = self._find(key)
        if found is ABSENT:
            raise KeyError(key)
        return cast(V, found)

    @overload
    def get(self, key: K, /) -> V | None: ...
    @overload
    def get(self, key: K, /, default: V | T) -> V | T: ...
    def get(self, key: K, /, default: object = None) -> object:
        """The value of a key, or the default when it is absent."""
        found = self._find(key)
        return default if found is ABSENT else found

    def _find(self, key: K) -> object:
        """The value of a key; `ABSENT`: there is none."""
        hash(key)
        response = self._call_bytes(_GET.fields, b"%b\x12%b" % (self._named, self._pack_key(key)))
        value: object = self._unpack_value(response)
        if value is not None:
            return value
        found = _GET.read(response)
        return self._read_value(found.value) if found.HasField("value") else ABSENT

    def __setitem__(self, key: K, value: V) -> None:
        """Sets the value of a key. One that is there keeps its place."""
        hash(key)
        self._call_bytes(
            _SET.fields,
            b"%b\x12%b\x1a%b" % (self._named, self._pack_key(key), self._pack_value(value)),
        )

    def __delitem__(self, key: K) -> None:
        """Removes a key; KeyError when it is absent."""
        hash(key)
        request = dict_pb2.DictDeleteRequest(dict=self._object)
        self._write_key(request.key, key)
        if not self._call(_DELETE, request).deleted:
            raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        """Whether a key is there."""
        hash(key)
        request = dict_pb2.DictContainsRequest(dict=self._object)
        self._write_key(request.key, cast(K, key))
        return self._call(_CONTAINS, request).contains

    @overload
    def pop(self, key: K, /) -> V: ...
    @overload
    def pop(self, key: K, /, default: V | T) -> V | T: ...
    def pop(self, key: K, /, default: object = ABSENT) -> object:
        """Removes a key and returns its value.

        Args:
            key: which.
            default: what to return when it is absent.

        Raises:
            KeyError: It is absent, and there is no default.
        """
        hash(key)
        request = dict_pb2.DictPopRequest(dict=self._object)
        self._write_key(request.key, key)
        found = self._call(_POP, request)
        if found.HasField("value"):
            return read_taken(self._read_value, found.value)
        if default is ABSENT:
            raise KeyError(key)
        return default

    def popitem(self, last: bool = True) -> tuple[K, V]:
        """Removes the item that was inserted last, or first, and returns it.

        Args:
            last: False: the first, as of an `OrderedDict`.

        Raises:
            KeyError: There is none.
        """
        found = self._call(
            _POP_ITEM, dict_pb2.DictPopItemRequest(dict=self._object, first=not last)
        )
        if not found.HasField("item"):
            raise KeyError("popitem(): dictionary is empty")
        return read_taken(self._read_item, value_pb2.Value(tuple=_both(found.item)))

    def _read_item(self, item: value_pb2.Value) -> tuple[K, V]:
        key, value = item.tuple.values
        return self._read_key(key), self._read_value(value)

    @overload
    def setdefault(self: Dict[K, T | None], key: K, default: None = None, /) -> T | None: ...
    @overload
    def setdefault(self, key: K, default: V, /) -> V: ...
    def setdefault(self, key: Any, default: Any = None, /) -> Any:
        """The value of a key; one that is absent is set to the default before."""
        found = self._set_default(key, default)
        return default if found.inserted else self._read_value(found.value)

    # In one step.

    def put_if_absent(self, key: K, value: V) -> bool:
        """Sets a key that is absent; returns whether it was."""
        return self._set_default(key, value).inserted

    def _set_default(self, key: K, value: V) -> dict_pb2.DictSetDefaultResponse:
        hash(key)
        request = dict_pb2.DictSetDefaultRequest(dict=self._object)
        self._write_key(request.key, key)
        self._write_value(request.value, value)
        return self._call(_SET_DEFAULT, request)

    def replace(self, key: K, value: V) -> bool:
        """Sets a key that is there; returns whether it was."""
        hash(key)
        request = dict_pb2.DictSetRequest(dict=self._object, only_if_present=True)
        self._write_key(request.key, key)
        self._write_value(request.value, value)
        return not self._call(_SET, request).skipped

    def get_and_set(self, key: K, value: V) -> V | Absent:
        """Sets a key; returns the value before, or `ABSENT`."""
        hash(key)
        request = dict_pb2.DictSetRequest(dict=self._object, return_previous=True)
        self._write_key(request.key, key)
        self._write_value(request.value, value)
        found = self._call(_SET, request)
        return (
            read_taken(self._read_value, found.previous) if found.HasField("previous") else ABSENT
        )

    def compare_and_set(self, key: K, expected: V | Absent, value: V | Absent) -> bool:
        """Sets a key where it has the expected value, in one step.

        Args:
            key: which.
            expected: the value that must be there, equal as Python has it (1, 1.0 and True are); or
                `ABSENT`.
            value: what to set; `ABSENT`: the key is removed.

        Returns:
            Whether it was as expected.
        """
        hash(key)
        request = dict_pb2.DictCompareAndSetRequest(dict=self._object)
        self._write_key(request.key, key)
        if expected is not ABSENT:
            self._write_value(request.expected, expected)
        if value is not ABSENT:
            self._write_value(request.value, value)
        return self._call(_COMPARE_AND_SET, request).swapped

    def add(self, key: K, amount: Any = 1, initial: Any = None) -> V:
        """Adds to the value of a key, in one step: what `d[key] += 1` means.

        Args:
            key: which.
            amount: the number to add.
            initial: what a key counts as that is absent; None: it must be there.

        Returns:
            The sum.

        Raises:
            KeyError: The key is absent, and there is no initial value.
            NotANumber: The value is no number; it is a TypeError.
        """
        hash(key)
        request = dict_pb2.DictAddRequest(dict=self._object)
        self._write_key(request.key, key)
        fill_sum(request, self._write_value, amount, initial)
        try:
            return self._read_value(self._call(_ADD, request).value)
        except Error as e:
            if is_without_initial(e):
                raise KeyError(key) from None
            raise

    # All keys.

    def __len__(self) -> int:
        """How many keys there are."""
        return self._call(_SIZE, dict_pb2.DictSizeRequest(dict=self._object)).size

    def clear(self) -> None:
        """Removes all keys, in one step."""
        self._call(_CLEAR, dict_pb2.DictClearRequest(dict=self._object))

    def __iter__(self) -> Iterator[K]:
        """The keys, page by page as they are asked for."""
        request = dict_pb2.DictKeysRequest(dict=self._object)
        read = self._read_key
        for page in paged(self, _KEYS, request):
            for key in page.keys:
                yield read(key)

    def __reversed__(self) -> Iterator[K]:
        """The keys from the last to the first."""
        return reversed(list(self))

    def items(self) -> ItemsView[K, V]:
        """Keys and values, page by page as they are asked for."""
        return _Items(self)

    def values(self) -> ValuesView[V]:
        """The values, page by page as they are asked for."""
        return _Values(self)

    def _iter_items(self) -> Iterator[tuple[K, V]]:
        request = dict_pb2.DictItemsRequest(dict=self._object)
        read_key, read_value = self._read_key, self._read_value
        for page in paged(self, _ITEMS, request):
            for item in page.items:
                yield read_key(item.key), read_value(item.value)

    def _iter_values(self) -> Iterator[V]:
        request = dict_pb2.DictValuesRequest(dict=self._object)
        read = self._read_value
        for page in paged(self, _VALUES, request):
            for value in page.values:
                yield read(value)

    def copy(self) -> dict[K, V]:
        """All that is in it, as a dict of this program."""
        return dict(self._iter_items())

    @overload
    def update(self, other: SupportsKeysAndGetItem[K, V], /) -> None: ...
    @overload
    def update(self, other: Iterable[tuple[K, V]], /) -> None: ...
    @overload
    def update(
        self: Dict[str, V], other: SupportsKeysAndGetItem[str, V], /, **kwargs: V
    ) -> None: ...
    @overload
    def update(self: Dict[str, V], other: Iterable[tuple[str, V]], /, **kwargs: V) -> None: ...
    @overload
    def update(self: Dict[str, V], /, **kwargs: V) -> None: ...
    def update(self, other: Any = (), /, **kwargs: Any) -> None:
        """Sets many keys: as many as the daemon takes in one call all at once.

        Args:
            other: a dict, another object with keys, or pairs.
            kwargs: further items, of which the keys are text.
        """
        self._set_all(_pairs(other))
        if kwargs:
            self._set_all(kwargs.items())

    def _set_all(self, items: Iterable[tuple[Any, Any]]) -> None:
        write_key, write_value = self._write_key, self._write_value
        most = request_bytes(self._client)
        for page in pages(items, page_size(self._client)):
            request = dict_pb2.DictUpdateRequest(dict=self._object)
            add = request.items.add
            for key, value in page:
                hash(key)
                item = add()
                write_key(item.key, key)
                write_value(item.value, value)
            for part in parts(request, "items", most):
                self._call(_UPDATE, part)

    def __ior__(self, other: Any) -> Self:
        """Sets many keys, see `update`."""
        self._set_all(_pairs(other))
        return self

    def __or__(self, other: Any) -> dict[K, V]:
        """A dict of this program with the items of both."""
        if not isinstance(other, (dict, Dict)):
            return NotImplemented
        both = self.copy()
        both.update(_pairs(other))
        return both

    def __ror__(self, other: Any) -> dict[K, V]:
        """A dict of this program with the items of both."""
        if not isinstance(other, dict):
            return NotImplemented
        both = other.copy()
        both.update(self._iter_items())
        return both


class _Items(ItemsView[K, V]):
    __slots__ = ()

    _mapping: Dict[K, V]

    def __iter__(self) -> Iterator[tuple[K, V]]:
        return self._mapping._iter_items()


class _Values(ValuesView[V]):
    __slots__ = ()

    _mapping: Dict[Any, V]

    def __iter__(self) -> Iterator[V]:
        return self._mapping._iter_values()

    def __contains__(self, value: object) -> bool:
        return any(found is value or found == value for found in self)


def _both(item: value_pb2.ValueEntry) -> value_pb2.ValueList:
    """An item that is whole, so that nothing of it is lost where a part of it cannot be read."""
    return value_pb2.ValueList(values=[item.key, item.value])


def _pairs(other: Any) -> Iterable[tuple[Any, Any]]:
    """The items of what a dict is made of."""
    if hasattr(other, "items"):
        items: Callable[[], Iterable[tuple[Any, Any]]] = other.items
        return items()
    if hasattr(other, "keys"):
        keys: Callable[[], Iterable[Any]] = other.keys
        return ((key, other[key]) for key in keys())
    pairs: Iterable[tuple[Any, Any]] = other
    return pairs
