"""That the daemon takes and refuses the very values and elements that the package does."""

import base64
import math
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest

from daemons import Daemon
from polyproc._elements import (
    ElementType,
    decode_elements,
    encode_element,
    encode_elements,
    require_element,
)
from polyproc._errors import Error, Reason, from_trailers
from polyproc._values import decode, encode, is_hashable
from polyproc.v1 import array_pb2, dict_pb2, element_pb2, list_pb2
from vectors import vectors

Call = Callable[..., Any]

_CANDIDATES: list[Any] = [
    *(0, 1, -1, 2, 127, 128, 255, 256, -128, -129, 2**15, 2**16, 2**31, 2**32, 2**63, 2**64, 2**70),
    *(-(2**15) - 1, -(2**31) - 1, -(2**63), -(2**63) - 1, 2**15 - 1, 2**31 - 1, 2**63 - 1),
    *(0.5, 1.0, -0.0, 1e300, math.inf, math.nan, 10**400, True, False),
    *("a", "🙂", "ab", "", b"a", b"", b"ab", None, [1]),
]


@pytest.fixture(scope="module")
def call(daemon: Daemon) -> Iterator[Call]:
    """Call the daemon by another transport than the package's."""
    with grpc.insecure_channel(daemon.address) as channel:

        def calling(method: str, request: Any, response: Any) -> Any:
            rpc = channel.unary_unary(
                f"/polyproc.v1.{method}",
                request_serializer=type(request).SerializeToString,
                response_deserializer=response.FromString,
            )
            try:
                return rpc(request, timeout=30)
            except grpc.RpcError as failure:
                raise _error(failure) from None

        yield calling


def _error(failure: Any) -> Error:
    trailers = [("grpc-status", str(failure.code().value[0])), ("grpc-message", failure.details())]
    for name, content in failure.trailing_metadata():
        binary = name.endswith("-bin")
        trailers.append((name, base64.b64encode(content).decode() if binary else content))
    error = from_trailers(trailers)
    assert error is not None
    return error


def _refusal(called: Callable[..., object], *given: Any, **named: Any) -> Exception | None:
    try:
        called(*given, **named)
    except (Error, TypeError, OverflowError, ValueError) as refusal:
        return refusal
    return None


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("of", ElementType)
def test_should_take_the_elements_that_the_daemon_takes(
    of: ElementType, wrap: bool, call: Call
) -> None:
    name = f"agreement/{of.name}/{wrap}"
    overflow = element_pb2.OVERFLOW_WRAP if wrap else element_pb2.OVERFLOW_REFUSE
    first = list_pb2.ListRange(start=0, stop=1, strict=True)
    create = array_pb2.ArrayCreateRequest(array=name, type=of.value, length=1)  # type: ignore[arg-type]
    call("ArrayService/Create", create, array_pb2.ArrayCreateResponse)
    for obj in _CANDIDATES:
        mine = _refusal(encode_element, of, obj, wrap=wrap)
        value = encode_element(of, obj, wrap=wrap) if mine is None else encode(obj)
        setting = array_pb2.ArraySetRequest(array=name, content=value, overflow=overflow)
        its = _refusal(call, "ArrayService/Set", setting, array_pb2.ArraySetResponse)
        assert (mine is None) == (its is None), (obj, mine, its)
        if isinstance(its, Error):
            too_large = its.reason == Reason.VALUE_TOO_LARGE
            assert too_large == isinstance(mine, OverflowError), (obj, mine, its)
            assert too_large or its.reason == Reason.INVALID_VALUE
            continue
        getting = array_pb2.ArrayGetRequest(array=name)
        one = call("ArrayService/Get", getting, array_pb2.ArrayGetResponse).content
        element = require_element(of, one)
        in_bulk = array_pb2.ArraySetSliceRequest(
            array=name,
            range=first,
            elements=encode_elements(of, [obj], wrap=wrap),
            overflow=overflow,
        )
        call("ArrayService/SetSlice", in_bulk, array_pb2.ArraySetSliceResponse)
        same = call("ArrayService/Get", getting, array_pb2.ArrayGetResponse).content
        assert repr(require_element(of, same)) == repr(element)
        slicing = array_pb2.ArraySliceRequest(array=name, range=first)
        some = call("ArrayService/Slice", slicing, array_pb2.ArraySliceResponse).elements
        read = decode_elements(of, some)
        assert repr(read) == repr(element if isinstance(element, (bytes, str)) else [element])


@pytest.mark.parametrize(
    "vector",
    [
        pytest.param(vector, id=vector.name)
        for vector in vectors("values.json", "ValueVectors").equalities
    ],
)
def test_should_find_by_what_was_read_what_was_set_under_a_key(vector: Any, call: Call) -> None:
    name = f"agreement/{abs(hash(vector.name))}"
    call("DictService/Create", dict_pb2.DictCreateRequest(dict=name), dict_pb2.DictCreateResponse)
    groups = [[value for value in group.values if is_hashable(value)] for group in vector.groups]
    for number, group in enumerate(groups):
        for value in group[:1]:
            setting = dict_pb2.DictSetRequest(dict=name, key=value, value=encode(number))
            call("DictService/Set", setting, dict_pb2.DictSetResponse)
    for number, group in enumerate(groups):
        for value in group:
            getting = dict_pb2.DictGetRequest(dict=name, key=encode(decode(value)))
            found = call("DictService/Get", getting, dict_pb2.DictGetResponse)
            assert decode(found.value) == number


@pytest.mark.parametrize(
    "vector",
    [
        pytest.param(vector, id=vector.name)
        for vector in vectors("values.json", "ValueVectors").validities
        if vector.storable
    ],
)
def test_should_store_again_what_was_read(vector: Any, call: Call) -> None:
    name = f"agreement/{abs(hash(vector.name))}"
    call("DictService/Create", dict_pb2.DictCreateRequest(dict=name), dict_pb2.DictCreateResponse)
    again = encode(decode(vector.value))
    setting = dict_pb2.DictSetRequest(dict=name, key=encode("as value"), value=again)
    call("DictService/Set", setting, dict_pb2.DictSetResponse)
    as_key = dict_pb2.DictSetRequest(dict=name, key=again, value=encode(1))
    refusal = _refusal(call, "DictService/Set", as_key, dict_pb2.DictSetResponse)
    assert (refusal is None) == vector.hashable
    if refusal is not None:
        assert isinstance(refusal, Error)
        assert refusal.reason == Reason.INVALID_VALUE
