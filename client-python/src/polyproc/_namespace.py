"""Namespaces: attributes that programs share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from polyproc import _frames
from polyproc._absent import ABSENT
from polyproc._errors import Error
from polyproc._methods import Method
from polyproc._object import Handle, lifetime, named
from polyproc._packed import packer, unpacker
from polyproc._pages import paged
from polyproc._sums import fill_sum, is_without_initial
from polyproc._values import PLAIN, Codec, reader, writer
from polyproc.v1 import namespace_pb2, object_pb2

if TYPE_CHECKING:
    from polyproc._client import Client

_CREATE = Method(
    "NamespaceService/Create",
    namespace_pb2.NamespaceCreateRequest,
    namespace_pb2.NamespaceCreateResponse,
)
_GET = Method(
    "NamespaceService/Get", namespace_pb2.NamespaceGetRequest, namespace_pb2.NamespaceGetResponse
)
_SET = Method(
    "NamespaceService/Set", namespace_pb2.NamespaceSetRequest, namespace_pb2.NamespaceSetResponse
)
_DELETE = Method(
    "NamespaceService/Delete",
    namespace_pb2.NamespaceDeleteRequest,
    namespace_pb2.NamespaceDeleteResponse,
)
_ATTRIBUTES = Method(
    "NamespaceService/Attributes",
    namespace_pb2.NamespaceAttributesRequest,
    namespace_pb2.NamespaceAttributesResponse,
)
_COMPARE_AND_SET = Method(
    "NamespaceService/CompareAndSet",
    namespace_pb2.NamespaceCompareAndSetRequest,
    namespace_pb2.NamespaceCompareAndSetResponse,
)
_ADD = Method(
    "NamespaceService/Add", namespace_pb2.NamespaceAddRequest, namespace_pb2.NamespaceAddResponse
)


class Namespace(Handle):
    """An object whose attributes programs share, as `multiprocessing.managers.Namespace`.

    `ns.x = 1` sets one, `ns.x` is its value, `del ns.x` removes it; each is one call to the daemon.
    Names that begin with `_` are of this handle alone. All others are attributes, `name` as well,
    but for those of the methods, which are set and read as `ns["add"]`. Every attribute can be.

    Values are copies: `ns.list.append(1)` changes a list that nobody else sees. And `ns.x += 1` is
    two steps, between which others may set it: `ns.add("x")` is one.
    """

    # No slots: names with _ are kept here.

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        codec: Codec[Any] = PLAIN,
    ) -> None:
        """Use `Polyproc.namespace`."""
        super().__init__(client, ref, is_retained)
        self._object = ref.name
        self._named = _frames.field(1, ref.name.encode())
        self._pack = packer(codec)
        self._unpack = unpacker(codec)
        self._codec = codec
        self._write = writer(codec)
        self._read = reader(codec, client._handle)

    @classmethod
    def _create(cls, client: Client, name: str | None, codec: Codec[Any]) -> Namespace:
        request = namespace_pb2.NamespaceCreateRequest(
            namespace=named(name),
            lifetime=lifetime(name),
        )
        return cls(client, client._call(_CREATE, request).ref, True, codec)

    def _settings(self) -> tuple[object, ...]:
        return (self._codec,)

    # Attributes.

    @property
    def name(self) -> Any:
        """An attribute as every other, and not that of the object."""
        raise AttributeError("name")  # So that Python asks `__getattr__`.

    def __getattr__(self, name: str) -> Any:
        """The value of an attribute; AttributeError when it is absent."""
        if name.startswith("_"):
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self
            )
        found = self._find(name)
        if found is ABSENT:
            raise self._no_attribute(name)
        return found

    def __setattr__(self, name: str, value: object) -> None:
        """Sets an attribute."""
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        elif name in _METHODS:
            raise AttributeError(
                f"Expected an attribute that is no method of a namespace, but it is {name!r}; set"
                f" it by namespace[{name!r}] = ...",
                name=name,
                obj=self,
            )
        else:
            self[name] = value

    def __delattr__(self, name: str) -> None:
        """Removes an attribute; AttributeError when it is absent."""
        if name.startswith("_"):
            object.__delattr__(self, name)
        elif not self._remove(name):
            raise self._no_attribute(name)

    def _no_attribute(self, name: str) -> AttributeError:
        return AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self
        )

    # The same as items.

    def __getitem__(self, name: str) -> Any:
        """The value of an attribute; KeyError when it is absent."""
        found = self._find(name)
        if found is ABSENT:
            raise KeyError(name)
        return found

    def __setitem__(self, name: str, value: object) -> None:
        """Sets an attribute."""
        attribute = _frames.field(2, str.encode(name))
        self._call_bytes(_SET.fields, b"%b%b\x1a%b" % (self._named, attribute, self._pack(value)))

    def __delitem__(self, name: str) -> None:
        """Removes an attribute; KeyError when it is absent."""
        if not self._remove(name):
            raise KeyError(name)

    def __contains__(self, name: str) -> bool:
        """Whether an attribute is there."""
        request = namespace_pb2.NamespaceGetRequest(namespace=self._object, attribute=name)
        return self._call(_GET, request).HasField("value")

    __iter__ = None  # Else Python would ask for item 0, 1, 2.

    def _find(self, name: str) -> Any:
        attribute = _frames.field(2, str.encode(name))
        response = self._call_bytes(_GET.fields, self._named + attribute)
        value = self._unpack(response)
        if value is not None:
            return value
        found = _GET.read(response)
        return self._read(found.value) if found.HasField("value") else ABSENT

    def _remove(self, name: str) -> bool:
        request = namespace_pb2.NamespaceDeleteRequest(namespace=self._object, attribute=name)
        return self._call(_DELETE, request).deleted

    # The methods.

    def attributes(self) -> dict[str, Any]:
        """All attributes and their values, as a dict of this program, page by page."""
        request = namespace_pb2.NamespaceAttributesRequest(namespace=self._object)
        found = {}
        for page in paged(self, _ATTRIBUTES, request):
            for attribute in page.attributes:
                found[attribute.name] = self._read(attribute.value)
        return found

    def add(self, name: str, amount: Any = 1, initial: Any = None) -> Any:
        """Adds to the value of an attribute, in one step: what `ns.x += 1` means.

        Args:
            name: which.
            amount: the number to add.
            initial: what an attribute counts as that is absent; None: it must be there.

        Returns:
            The sum.

        Raises:
            AttributeError: The attribute is absent, and there is no initial value.
            NotANumber: The value is no number; it is a TypeError.
        """
        request = namespace_pb2.NamespaceAddRequest(namespace=self._object, attribute=name)
        fill_sum(request, self._write, amount, initial)
        try:
            return self._read(self._call(_ADD, request).value)
        except Error as e:
            if is_without_initial(e):
                raise self._no_attribute(name) from None
            raise

    def compare_and_set(self, name: str, expected: object, value: object) -> bool:
        """Sets an attribute where it has the expected value, in one step.

        Args:
            name: which.
            expected: the value that must be there, equal as Python has it (1, 1.0 and True are); or
                `ABSENT`.
            value: what to set; `ABSENT`: the attribute is removed.

        Returns:
            Whether it was as expected.
        """
        request = namespace_pb2.NamespaceCompareAndSetRequest(
            namespace=self._object, attribute=name
        )
        if expected is not ABSENT:
            self._write(request.expected, expected)
        if value is not ABSENT:
            self._write(request.value, value)
        return self._call(_COMPARE_AND_SET, request).swapped


_METHODS = frozenset(name for name in dir(Namespace) if not name.startswith("_")) - {"name"}
