"""That the package has all that the contract has."""

import inspect
import re
from pathlib import Path

import polyproc
from polyproc import _methods

_SOURCES = Path(polyproc.__file__).parent
_CONTRACT = Path(__file__).parents[2] / "proto" / "src" / "main" / "proto" / "polyproc" / "v1"
_LEFT_OUT = {
    "PipeService/CloseEnd": "closes an end for the whole session, of which others may have handles",
    "QueueService/Consume": "needs a connection of its own; consume() reserves a page ahead",
    "QueueService/Delete": "is AdminService/Delete, which deletes what is of any kind",
    "SessionService/Cancel": "is written by hand, as are Attach's other messages",
}
"""What the package does not call, and why."""


def test_knows_the_methods_of_every_file_of_the_contract() -> None:
    files = {
        path.stem
        for path in _CONTRACT.glob("*.proto")
        if re.search(r"^service ", path.read_text("utf-8"), re.MULTILINE)
    }
    assert files
    assert {Path(module.DESCRIPTOR.name).stem for module in _methods._FILES} == files


def test_every_method_of_the_contract_is_called_or_left_out_for_a_reason() -> None:
    source = "".join(path.read_text("utf-8") for path in _SOURCES.glob("*.py"))
    called = set(re.findall(r'"/?(?:polyproc\.v1\.)?(\w+Service/\w+)"', source))
    assert called <= set(_methods._DESCRIPTORS)
    assert set(_methods._DESCRIPTORS) - called == set(_LEFT_OUT)


def test_every_public_name_says_what_it_is() -> None:
    for name in polyproc.__all__:
        said = getattr(polyproc, name)
        if isinstance(said, type) or inspect.isfunction(said):
            assert said.__doc__, name
