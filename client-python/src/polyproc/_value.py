"""Values of a fixed size that programs share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from polyproc._elements import ElementType, decode_element, element_type, fill_element
from polyproc._methods import Method
from polyproc._object import Handle, lifetime, name_of_lock, named
from polyproc._values import fill
from polyproc.v1 import element_pb2, object_pb2, shared_value_pb2, value_pb2

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._lock import Lock

_CREATE = Method(
    "ValueService/Create",
    shared_value_pb2.ValueCreateRequest,
    shared_value_pb2.ValueCreateResponse,
)
_GET = Method(
    "ValueService/Get", shared_value_pb2.ValueGetRequest, shared_value_pb2.ValueGetResponse
)
_SET = Method(
    "ValueService/Set", shared_value_pb2.ValueSetRequest, shared_value_pb2.ValueSetResponse
)
_ADD = Method(
    "ValueService/Add", shared_value_pb2.ValueAddRequest, shared_value_pb2.ValueAddResponse
)
_COMPARE_AND_SET = Method(
    "ValueService/CompareAndSet",
    shared_value_pb2.ValueCompareAndSetRequest,
    shared_value_pb2.ValueCompareAndSetResponse,
)

_NO_NUMBERS = frozenset({ElementType.BOOL, ElementType.CHAR, ElementType.WCHAR})


def fill_amount(value: value_pb2.Value, of: ElementType, amount: Any) -> None:
    """Writes what is added to an element: any number of its kind.

    Raises:
        TypeError: It is a float for a whole number, or no number.
    """
    if of in _NO_NUMBERS:
        fill(value, amount)  # Which the daemon refuses, as there is no sum of these.
    else:
        fill_element(value, of, amount, wrap=True)


def overflow_of(wrap: bool) -> element_pb2.Overflow:
    """What becomes of numbers that are out of range."""
    return element_pb2.OVERFLOW_WRAP if wrap else element_pb2.OVERFLOW_REFUSE


def lock_of(client: Client, name: str) -> Lock:
    """The lock that guards something, by its name."""
    from polyproc._lock import Lock

    return Lock._of_key(client, name, True, "release", None)


class Value(Handle):
    """A number or a character of a fixed size that programs share, as `multiprocessing.Value`.

    Each method is one call to the daemon, which takes effect at once and whole. What should happen
    in one step is `add` or `compare_and_set`, or is done under `get_lock`: `v.value += 1` alone is
    two steps, between which others may set it.

    It takes what `array.array` takes of its type: a whole number that is out of range is an
    OverflowError, unless it was asked for with `wrap`, as `ctypes` does it.
    """

    __slots__ = ("_known", "_lock_name", "_object", "_overflow", "_wrap")

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        known: int = 0,
        lock: str = "",
        wrap: bool = False,
    ) -> None:
        """Use `Polyproc.value`."""
        super().__init__(client, ref, is_retained)
        self._object = ref.name
        self._known = ElementType(known) if known else None
        self._lock_name = lock
        self._wrap = wrap
        self._overflow = overflow_of(wrap)

    @classmethod
    def _create(
        cls,
        client: Client,
        name: str | None,
        kind: object,
        initial: object,
        lock: str | None,
        wrap: bool,
    ) -> Value:
        of: Any = element_type(kind)
        request = shared_value_pb2.ValueCreateRequest(
            value=named(name), type=of, lifetime=lifetime(name), lock=name_of_lock(lock)
        )
        if initial is not None:
            fill_element(request.content, of, initial)
        made = client._call(_CREATE, request)
        return cls(client, made.ref, True, of, made.lock, wrap)

    def _settings(self) -> tuple[object, ...]:
        return int(self._known or 0), self._lock_name, self._wrap

    @property
    def type(self) -> ElementType:
        """The type of its content."""
        return self._known or self._learnt()

    def _learnt(self) -> ElementType:
        seen = self._call(_GET, shared_value_pb2.ValueGetRequest(value=self._object))
        self._lock_name = seen.lock
        self._known = of = ElementType(seen.type)
        return of

    @property
    def value(self) -> Any:
        """The content: a bool, an int, a float, bytes of length 1, or a character."""
        request = shared_value_pb2.ValueGetRequest(value=self._object)
        return decode_element(self._call(_GET, request).content)

    @value.setter
    def value(self, content: Any) -> None:
        self._set(content)

    def get_and_set(self, content: Any) -> Any:
        """Sets the content; returns the one before."""
        return decode_element(self._set(content).previous)

    def _set(self, content: Any) -> shared_value_pb2.ValueSetResponse:
        request = shared_value_pb2.ValueSetRequest(value=self._object, overflow=self._overflow)
        fill_element(request.content, self.type, content, wrap=self._wrap)
        return self._call(_SET, request)

    def add(self, amount: Any = 1) -> Any:
        """Adds to the content, in one step; returns the sum.

        Raises:
            OverflowError: The sum is out of range, and does not wrap.
            TypeError: It is no number, or the amount is none, or a float for a whole number.
        """
        return decode_element(self._add(amount).content)

    def get_and_add(self, amount: Any = 1) -> Any:
        """Adds to the content, in one step; returns the one before. See `add`."""
        return decode_element(self._add(amount).previous)

    def _add(self, amount: Any) -> shared_value_pb2.ValueAddResponse:
        request = shared_value_pb2.ValueAddRequest(value=self._object, overflow=self._overflow)
        fill_amount(request.amount, self.type, amount)
        return self._call(_ADD, request)

    def compare_and_set(self, expected: Any, content: Any) -> bool:
        """Sets the content where it is equal to another, in one step.

        Returns:
            Whether it was. NaN is equal to itself.
        """
        request = shared_value_pb2.ValueCompareAndSetRequest(
            value=self._object, overflow=self._overflow
        )
        fill_element(request.expected, self.type, expected, wrap=self._wrap)
        fill_element(request.content, self.type, content, wrap=self._wrap)
        return self._call(_COMPARE_AND_SET, request).swapped

    def get_lock(self) -> Lock:
        """The lock that guards it, which is reentrant. No method of this class asks for it."""
        if not self._lock_name:
            self._learnt()
        return lock_of(self._client, self._lock_name)
