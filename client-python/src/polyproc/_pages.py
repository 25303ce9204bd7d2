"""Many elements in as few calls as the daemon's limits allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from google.protobuf.message import Message

if TYPE_CHECKING:
    from polyproc._client import Client

T = TypeVar("T")
Q = TypeVar("Q", bound=Message)


def page_size(client: Client) -> int:
    """How many elements a request of many takes."""
    return client._session_now().opened.limits.page_size or 1024


def request_bytes(client: Client) -> int:
    """How many bytes a request of many elements should have."""
    limits = client._session_now().opened.limits
    return min(limits.page_bytes or 1 << 20, limits.request_bytes // 2 or 1 << 20)


def pages(elements: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many elements at a time, in order."""
    rest = iter(elements)
    while page := list(islice(rest, size)):
        yield page


def parts(request: Q, field: str, most: int) -> Iterator[Q]:
    """A request, or several of it where its elements have too many bytes for one.

    Args:
        request: what to send; it is used up.
        field: the name of the field that has its elements.
        most: how many bytes are not too many. A single element may have more.
    """
    elements: Any = getattr(request, field)
    if len(elements) < 2 or request.ByteSize() <= most:
        yield request
        return
    rest = type(request)()
    rest.CopyFrom(request)
    half = len(elements) // 2
    del elements[half:]
    del getattr(rest, field)[:half]
    yield from parts(request, field, most)
    yield from parts(rest, field, most)
