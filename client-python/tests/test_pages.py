"""The examples of the page on this package do what it says."""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import polyproc
from daemons import Daemon, running_daemon

_PAGE = Path(__file__).parents[2] / "docs" / "client-python.md"
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


@pytest.mark.parametrize("example", list(_examples()))
def test_does_what_the_page_says(
    example: str,
    daemon: Daemon,
    polyproc_client: polyproc.Polyproc,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POLYPROC_ADDRESS", daemon.address)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(
            compile(example, _PAGE.name, "exec"), {"client": polyproc_client, "polyproc": polyproc}
        )
    lines = iter(printed.getvalue().splitlines())
    for said in _SAID.findall(example):
        assert said in lines, f"Expected {said!r} in order in:\n{printed.getvalue()}"
