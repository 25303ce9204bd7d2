"""What is added to a value, as the vectors of the contract have it."""

import math
import uuid
from typing import Any

import pytest

import polyproc
from polyproc._dict import _ADD
from polyproc._values import decode
from polyproc.v1 import dict_pb2
from polyproc.v1.error_pb2 import ErrorReason
from vectors import vectors

_SUMS = vectors("sums.json", "SumVectors").sums


def _same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if not isinstance(one, float):
        return bool(one == other)
    if math.isnan(one):
        return math.isnan(other)
    return one == other and math.copysign(1, one) == math.copysign(1, other)


@pytest.mark.parametrize("vector", _SUMS, ids=lambda vector: vector.name)
def test_adds_as_the_vector_says(vector: Any, polyproc_client: polyproc.Polyproc) -> None:
    sums = polyproc_client.dict(f"sums-{uuid.uuid4()}")
    before, amount = decode(vector.before), decode(vector.amount)
    sums["it"] = before

    def add() -> Any:
        if not vector.bits:
            return sums.add("it", amount)
        request = dict_pb2.DictAddRequest(dict=sums.name, amount=vector.amount, bits=vector.bits)
        request.key.text = "it"
        return decode(sums._call(_ADD, request).value)

    if vector.WhichOneof("outcome") == "sum":
        assert _same(add(), decode(vector.sum))
        assert _same(sums["it"], decode(vector.sum))
    else:
        with pytest.raises((polyproc.Error, TypeError)) as refused:
            add()
        reason = ErrorReason.Name(vector.reason).removeprefix("ERROR_REASON_")
        if isinstance(refused.value, polyproc.Error):
            assert refused.value.reason == reason
        else:  # The client has refused it by itself.
            assert not isinstance(amount, (int, float))
        assert _same(sums["it"], before)


def test_leaves_nothing_of_ten_thousand_objects(polyproc_client: polyproc.Polyproc) -> None:
    def count() -> int:
        polyproc_client.event("kept").is_set()  # lets go of what was collected
        return polyproc_client.admin.server_info().usage.objects

    before = count()
    for _ in range(10):
        objects = [polyproc_client.event() for _ in range(1000)]
        assert count() >= before + 1000
        del objects
    while count() > before:  # a page of them is let go of with each call
        pass
    assert count() == before
