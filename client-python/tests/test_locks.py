"""That no exception, wherever it comes, leaves a lock locked.

The handlers of signals raise exceptions at jumps back and at calls. Compilers of Python 3.12 and
later leave some jumps back out of the `with` that they are in: those that end a loop.
"""

import ast
import dis
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

import polyproc

_MODULES = sorted(Path(polyproc.__file__).parent.glob("_*.py"))


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _unguarded(path: Path) -> Iterator[str]:
    source = path.read_text("utf-8")
    guarded = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.With)
        for line in range(node.body[0].lineno, (node.body[-1].end_lineno or 0) + 1)
    }
    for code in _codes(compile(source, path, "exec")):
        if code.co_name.startswith("<"):
            continue  # What a comprehension is in is guarded.
        read: Any = dis.Bytecode(code)
        for at in read:
            line = at.positions.lineno if at.positions else None
            if (
                line in guarded
                and at.opname.startswith(("JUMP_BACKWARD", "CALL"))
                and not any(e.start <= at.offset < e.end for e in read.exception_entries)
            ):
                yield f"{path.name}:{line} in {code.co_name}"


@pytest.mark.parametrize("path", _MODULES, ids=[path.name for path in _MODULES])
def test_guards_all_that_is_in_a_with(path: Path) -> None:
    assert not list(_unguarded(path)), "move the loop into a function that the `with` calls"
