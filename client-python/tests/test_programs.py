"""Programs that others wrote against `multiprocessing` do the same by the drop-in, unchanged."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from daemons import Daemon
from extents import methods

_PROGRAMS = sorted(Path(__file__).with_name("programs").glob("*.py"))
_DROP_IN = ("-m", "polyproc.multiprocessing")


def _printed(folder: Path, *command: str | Path, **environment: str) -> list[str]:
    """Its lines: in any order, for processes print them."""
    folder.mkdir()
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    )
    assert ended.stdout
    return sorted(ended.stdout.splitlines())


def test_there_are_five() -> None:
    assert len(_PROGRAMS) >= 5


@pytest.mark.parametrize("program", _PROGRAMS, ids=lambda program: program.stem)
def test_should_print_the_same(program: Path, daemon: Daemon, tmp_path: Path) -> None:
    standard = _printed(tmp_path / "standard", program)
    ours = _printed(tmp_path / "drop-in", *_DROP_IN, program, POLYPROC_ADDRESS=daemon.address)
    assert ours == standard


@pytest.mark.parametrize("method", methods())
def test_should_be_there_in_child_processes_too(
    method: str, daemon: Daemon, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        """if True:
        import multiprocessing, sys

        def tell(queue):
            queue.put([multiprocessing.__name__, type(multiprocessing.Lock()).__module__])

        if __name__ == "__main__":
            multiprocessing.set_start_method(sys.argv[1])
            queue = multiprocessing.Queue()
            process = multiprocessing.Process(target=tell, args=(queue,))
            process.start()
            print(*queue.get())
            process.join()
        """
    )
    printed = _printed(
        tmp_path / "folder", *_DROP_IN, program, method, POLYPROC_ADDRESS=daemon.address
    )
    assert printed == ["polyproc.multiprocessing polyproc.multiprocessing.synchronize"]


def test_should_have_its_queues_while_logging_shuts_down(daemon: Daemon, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        """if True:
        import logging  # first, so that its end would come last
        import polyproc.multiprocessing as multiprocessing

        class Handler(logging.Handler):
            def close(self):
                queue.put("closing")
                print(queue.get())
                super().close()

        queue = multiprocessing.Queue()
        logging.getLogger().addHandler(Handler())
        """
    )
    folder = tmp_path / "folder"
    assert _printed(folder, program, POLYPROC_ADDRESS=daemon.address) == ["closing"]


def _ended(
    folder: Path, *command: str | Path, typed: str = "", **environment: str
) -> tuple[int, str, str]:
    """How a program ends, and what it writes."""
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}:{os.environ.get('PYTHONPATH', '')}"}
        | environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return ended.returncode, ended.stdout, re.sub(r"0x\w+", "0x", ended.stderr)


_SHOW_MAIN = """if True:
    def _show(name):
        thing = globals()[name]
        return name, thing if isinstance(thing, (str, dict, None.__class__)) else type(thing)

    import sys
    print(*map(_show, sorted(name for name in globals() if name[:2] == "__")), sep="\\n")
    print(sys.argv, sys.path[0], vars(sys.modules["__main__"]) is globals())
"""
_ENDS = {
    "shows its main module": _SHOW_MAIN,
    "fails": "def f():\n    1 / 0\n\nf()",
    "fails of a failure": "try:\n    1 / 0\nexcept Exception as e:\n    raise KeyError from e",
    "cannot be compiled": "1 +",
    "has futures of its own": "def f(x: undefined): pass",
    "ends with a code": "import sys; sys.exit(3)",
    "ends with a word": "import sys; sys.exit('word')",
    "is interrupted": "import os, signal; os.kill(os.getpid(), signal.SIGINT); input()",
    "has a hook": "import sys; sys.excepthook = lambda *of: print(of[2].tb_lineno); 1 / 0",
    "reads its file": "print(open(__file__).read())",
}


_WAYS: list[tuple[str, ...]] = [
    ("program.py", "-x", "y"),
    ("-m", "package", "x"),
    ("-P", "folder/../program.py"),
    ("link.py",),
    ("-m", "program", "x"),
    ("folder", "x"),
    ("-P", "folder"),
]


@pytest.mark.parametrize(
    ("command", "what"),
    [
        pytest.param(way, what, id=f"{' '.join(way)}: {what}")
        for way in _WAYS
        for what in (_ENDS if way in _WAYS[:2] else ("shows its main module", "fails"))
    ],
)
def test_should_end_and_write_as_it_does_by_the_interpreter(
    command: tuple[str, ...], what: str, tmp_path: Path
) -> None:
    for path in ("folder/__main__.py", "package/__main__.py", "package/__init__.py", "program.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(_ENDS[what] if "init" not in path else "")
    (tmp_path / "link.py").symlink_to("folder/__main__.py")
    options = command[: command[0] == "-P"]
    rest = command[len(options) :]
    standard = _ended(tmp_path, *command)
    assert _ended(tmp_path, *options, *_DROP_IN, *rest) == standard


@pytest.mark.parametrize(
    "command", [("missing.py",), ("-m", "missing"), ("-m", "multiprocessing.missing"), ("empty",)]
)
def test_should_say_as_the_interpreter_that_there_is_no_program(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    assert _ended(tmp_path, *_DROP_IN, *command) == _ended(tmp_path, *command)


def test_should_keep_its_main_module_until_the_end(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        """if True:
        import atexit, multiprocessing, threading

        class Own:
            pass

        def put(queue):
            threading.main_thread().join()
            queue.put(Own())
            print(type(queue.get()) is Own, multiprocessing.__name__)

        atexit.register(lambda: print(Own.__module__, flush=True))
        threading.Thread(target=put, args=(multiprocessing.Queue(),)).start()
        """
    )
    ended = _ended(tmp_path, *_DROP_IN, "program.py", POLYPROC_ADDRESS=daemon.address)
    assert ended == (0, "True polyproc.multiprocessing\n__main__\n", "")
    typed = _ended(tmp_path, "-i", *_DROP_IN, "program.py", typed="print(Own)\n")
    assert "<class '__main__.Own'>" in typed[1]


@pytest.mark.parametrize("method", methods("spawn", "forkserver"))
@pytest.mark.parametrize("command", [("-m", "package"), ("folder",), ("-m", "module")])
def test_should_run_the_main_module_of_a_package_in_the_parent_alone(
    command: tuple[str, ...], method: str, daemon: Daemon, tmp_path: Path
) -> None:
    program = """if True:
        import multiprocessing, others, sys
        if __name__ == "__main__" or __spec__.name == "module":
            print("ran")
        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            process = context.Process(target=others.work, args=(sys.argv[1], 1))
            process.start()
            process.join()
            print(process.exitcode)
    """
    for path in ("folder/__main__.py", "package/__main__.py", "package/__init__.py", "module.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(program if "init" not in path else "")
    (tmp_path / "others.py").write_text(
        """if True:
        import multiprocessing
        def work(method, more):
            print(multiprocessing.__name__)
            if more:
                context = multiprocessing.get_context(method)
                child = context.Process(target=work, args=(method, 0))
                child.start()
                child.join()
                print(child.exitcode)
        """
    )
    status, standard, errors = _ended(tmp_path, *command, method)
    there = standard.replace("multiprocessing", "polyproc.multiprocessing")
    ours = _ended(tmp_path, *_DROP_IN, *command, method, POLYPROC_ADDRESS=daemon.address)
    assert (status, ours) == (0, (0, there, errors))
