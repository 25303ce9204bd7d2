"""Runs a program as the interpreter does: in a main module that stays until the end."""

from __future__ import annotations

import builtins
import io
import os
import pkgutil
import runpy
import sys
from importlib.machinery import SourceFileLoader, SourcelessFileLoader
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any, cast

from polyproc.multiprocessing._instead import put_instead

_run_as_main: Any = runpy._run_module_as_main  # type: ignore[attr-defined]
"""What the interpreter itself calls for `-m`, and for folders."""


def run(arguments: list[str]) -> None:
    """Runs a program, by the drop-in in the place of `multiprocessing`.

    Args:
        arguments: `-m` and a module, or the path of a program, which may be a folder or an archive
            with a `__main__.py`; then what the program is told.
    """
    put_instead()
    main = ModuleType("__main__")
    for name in ("__annotations__", "__cached__"):  # As this version of Python has them.
        if name in vars(sys.modules["__main__"]):
            setattr(main, name, {} if name == "__annotations__" else None)
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = main
    sys.argv = arguments
    try:
        if arguments[0] == "-m":
            del arguments[0]
            _run_as_main(arguments[0])
        elif pkgutil.get_importer(arguments[0]) is not None:
            _put_first(Path(arguments[0]).absolute(), always=True)
            _run_as_main("__main__", False)
        else:
            _put_first(Path(arguments[0]).resolve().parent)
            path = os.path.join(os.getcwd(), arguments[0])  # noqa: PTH109, PTH118 # With its dots.
            exec(_script(main, path), vars(main))
    except BaseException:
        _hide_these_frames()
        raise


def _put_first(folder: Path, always: bool = False) -> None:
    """Has imports look into a folder first, in the place of where this was started."""
    if not sys.flags.safe_path:
        sys.path[0] = str(folder)
    elif always:
        sys.path.insert(0, str(folder))


def _script(main: ModuleType, path: str) -> CodeType:
    """Reads a program from a file, and has its main module know that file."""
    try:
        with io.open_code(path) as file:
            code = cast("CodeType | None", pkgutil.read_code(file))
            is_compiled = code is not None
            if code is None:
                file.seek(0)
                source = file.read()
    except OSError as e:
        why = f"[Errno {e.errno}] {e.strerror}"
        print(f"{sys.executable}: can't open file {path!r}: {why}", file=sys.stderr)
        sys.exit(2)
    main.__file__ = path
    main.__loader__ = (SourcelessFileLoader if is_compiled else SourceFileLoader)("__main__", path)
    return compile(source, path, "exec", dont_inherit=True) if code is None else code


def _hide_these_frames() -> None:
    """Has the exception that ends the program be shown without what is not the program's."""
    shown = sys.excepthook

    def show(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        sys.excepthook = shown
        its = each = traceback
        while each is not None:
            if each.tb_frame.f_globals is globals():
                its = each.tb_next
            each = each.tb_next
        shown(kind, error.with_traceback(its), its)

    sys.excepthook = show
