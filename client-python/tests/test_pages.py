"""The examples of the page on this package do what it says."""

import contextlib
import dataclasses
import inspect
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import polyproc
from daemons import Daemon, running_daemon
from extents import on_newest

_PAGE = Path(__file__).parents[2] / "docs" / "client-python.md"
_COMING_FROM = _PAGE.with_name("coming-from.md")
_OURS = re.compile(r"`((?:polyproc|client|[A-Z]\w+)\.\w+(?:\(.*?\))?)`")
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SAID = re.compile(r"print\(.*\)  # (.+)$", re.MULTILINE)


def _examples() -> Iterator[object]:
    text = _PAGE.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        line = text[: found.start()].count("\n") + 1
        yield pytest.param("\n" * line + found[1], id=f"line {line}")


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """Start one on which there is nothing but what the page makes."""
    with running_daemon() as running:
        yield running


@on_newest
@pytest.mark.parametrize("example", list(_examples()))
def test_does_what_the_page_says(
    example: str,
    daemon: Daemon,
    polyproc_client: polyproc.Polyproc,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
    printed = io.StringIO()
    names: dict[str, Any] = {"client": polyproc_client, "polyproc": polyproc}
    with contextlib.redirect_stdout(printed):
        exec(compile(example, _PAGE.name, "exec"), names)
    names["client"].close()
    lines = iter(printed.getvalue().splitlines())
    for said in _SAID.findall(example):
        assert said in lines, f"Expected {said!r} in order in:\n{printed.getvalue()}"


def _errors() -> list[type[polyproc.Error]]:
    exported = [getattr(polyproc, name) for name in polyproc.__all__]
    classes = [known for known in exported if isinstance(known, type)]
    return [c for c in classes if issubclass(c, polyproc.Error) and c is not polyproc.Error]


@pytest.mark.parametrize("error", _errors(), ids=lambda error: error.__name__)
def test_says_what_each_error_is_too(error: type[polyproc.Error]) -> None:
    rows = [line for line in _PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    [row] = [row for row in rows if f"`{error.__name__}`" in row.split("|")[1]]
    also = {base.__name__ for base in error.__bases__ if base is not polyproc.Error}
    said = {name.rpartition(".")[2] for name in re.findall(r"`([\w.]+)`", row.split("|")[2])}
    assert said == {name.lstrip("_").removeprefix("Queue") for name in also}


def _named() -> list[str]:
    """Answer what is said to be ours for those who come from elsewhere: the second column."""
    part = _COMING_FROM.read_text(encoding="utf-8").split("\n## Python\n")[1]
    columns = [line.split(" | ")[1] for line in part.splitlines() if line.startswith("| ")]
    return sorted({name for column in columns for name in _OURS.findall(column)})


def test_page_for_those_who_come_from_elsewhere_has_names() -> None:
    assert len(_named()) > 30


@pytest.mark.parametrize("named", _named())
def test_has_what_the_page_for_those_who_come_from_elsewhere_names(named: str) -> None:
    called = re.fullmatch(r"(\w+)\.(\w+)(?:\((.*)\))?", named)
    assert called is not None
    owners = {"polyproc": polyproc, "client": polyproc.Polyproc}
    owner = owners.get(called[1]) or getattr(polyproc, called[1])
    member = getattr(owner, called[2])
    if called[3] is None:
        return
    arguments = [argument for argument in called[3].split(", ") if argument]
    given = [argument for argument in arguments if "=" not in argument]
    keywords = dict(argument.split("=") for argument in arguments if "=" in argument)
    of_class = [] if owner is polyproc else [None]  # for self
    signature = inspect.signature(member)
    bound = signature.bind(*of_class, *given, **keywords)
    options = bound.arguments.get("options", {}) if member is polyproc.Queue.put else {}
    assert options.keys() <= {field.name for field in dataclasses.fields(polyproc.ItemOptions)}
