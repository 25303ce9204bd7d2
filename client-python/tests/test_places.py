"""That the package has all that the contract has."""

import importlib
import inspect
import re
from pathlib import Path

import polyproc

_SOURCES = Path(polyproc.__file__).parent
_CONTRACT = Path(__file__).parents[2] / "proto" / "src" / "main" / "proto" / "polyproc" / "v1"
_LEFT_OUT = {
    "PipeService/CloseEnd": "closes an end for the whole session, of which others may have handles",
    "QueueService/Consume": "needs a connection of its own; consume() reserves a page ahead",
    "QueueService/Delete": "is AdminService/Delete, which deletes what is of any kind",
    "SessionService/Cancel": "is written by hand, as are Attach's other messages",
}
"""What the package does not call, and why."""


def _methods_of_contract() -> set[str]:
    files = [
        importlib.import_module(f"polyproc.v1.{path.stem}_pb2").DESCRIPTOR
        for path in _CONTRACT.glob("*.proto")
    ]
    return {
        f"{service.name}/{method.name}"
        for file in files
        for service in file.services_by_name.values()
        for method in service.methods
    }


def test_every_method_of_the_contract_is_called_or_left_out_for_a_reason() -> None:
    source = "".join(path.read_text("utf-8") for path in _SOURCES.glob("*.py"))
    called = set(re.findall(r'"/?(?:polyproc\.v1\.)?(\w+Service/\w+)"', source))
    methods = _methods_of_contract()
    assert called <= methods
    assert methods - called == set(_LEFT_OUT)


def test_every_public_name_says_what_it_is() -> None:
    for name in polyproc.__all__:
        said = getattr(polyproc, name)
        if isinstance(said, type) or inspect.isfunction(said):
            assert said.__doc__, name
