"""Many elements in as few calls as the daemon's limits allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from google.protobuf.message import Message

if TYPE_CHECKING:
    from polyproc._client import Client
    from polyproc._methods import Method

T = TypeVar("T")
Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)


class _Caller(Protocol):
    """A client, or a handle of an object."""

    def _call(self, method: Method[Q, R], request: Q) -> R: ...


def paged(caller: _Caller, method: Method[Q, R], request: Q) -> Iterator[R]:
    """The pages of what there is, each asked for when it is got to.

    Args:
        caller: by whose `_call`.
        method: one whose requests have a `page_token`, and whose responses a `next_page_token`.
        request: of the first page; it is used up. What is changed in it counts for the next one.
    """
    of: Any = request
    while True:
        page: Any = caller._call(method, request)
        yield page
        of.page_token = page.next_page_token
        if not of.page_token:
            return


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
