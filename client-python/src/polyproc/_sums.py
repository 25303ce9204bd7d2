"""What adding in one step has in common, of dicts, lists and namespaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from polyproc._errors import Error, Reason
from polyproc.v1 import value_pb2


class Sum(Protocol):
    """A request to add."""

    @property
    def amount(self) -> value_pb2.Value: ...
    @property
    def initial(self) -> value_pb2.Value: ...


def fill_sum(
    request: Sum, write: Callable[[value_pb2.Value, Any], None], amount: Any, initial: Any
) -> None:
    """Writes what is to be added to what there is, or else to the initial value, if not None.

    Raises:
        TypeError: It is written as something that cannot be added.
    """
    fill_number(request.amount, write, amount)
    if initial is not None:
        fill_number(request.initial, write, initial)


def fill_number(
    value: value_pb2.Value, write: Callable[[value_pb2.Value, Any], None], number: Any
) -> None:
    """Writes a number.

    Raises:
        TypeError: It is written as something that cannot be added.
    """
    write(value, number)
    kind = value.WhichOneof("kind")
    if kind not in ("int", "float", "bool", "big_int"):
        raise TypeError(f"Expected a number to add, but it is written as {kind}")


def is_without_initial(error: Error) -> bool:
    """Whether there was nothing to add to."""
    return error.reason == Reason.INVALID_ARGUMENT and error.metadata.get("field") == "initial"
