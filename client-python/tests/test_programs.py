"""Programs that others wrote against `multiprocessing` do the same by the drop-in, unchanged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from daemons import Daemon

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


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
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
