"""That the stubs of the contract load, and are of all of it."""

import importlib
from pathlib import Path

import pytest

from polyproc.v1 import session_pb2

_CONTRACT = Path(__file__).parents[2] / "proto" / "src" / "main" / "proto" / "polyproc" / "v1"


@pytest.mark.parametrize("name", sorted(file.stem for file in _CONTRACT.glob("*.proto")))
def test_should_have_stubs_of_every_file_of_contract(name: str) -> None:
    module = importlib.import_module(f"polyproc.v1.{name}_pb2")
    assert module.DESCRIPTOR.name == f"polyproc/v1/{name}.proto"


def test_should_read_what_it_wrote() -> None:
    request = session_pb2.SessionOpenRequest(client="a test", contract_revision=1)
    request.time_to_live.FromMilliseconds(2500)
    assert session_pb2.SessionOpenRequest.FromString(request.SerializeToString()) == request
