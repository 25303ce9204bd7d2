"""Runs a program by the drop-in that imports `multiprocessing`, as it is.

usage: python -m polyproc.multiprocessing PROGRAM [ARGUMENT ...]
       python -m polyproc.multiprocessing -m MODULE [ARGUMENT ...]

Wherever it or what it imports says `multiprocessing`, also in its child processes, that is
`polyproc.multiprocessing`. `concurrent.futures` stays as it is.
"""

import runpy
import sys
from pathlib import Path

from polyproc.multiprocessing._instead import put_instead


def _main() -> None:
    arguments = sys.argv[1:]
    is_module = arguments[:1] == ["-m"]
    if len(arguments) <= is_module or arguments[0] in ("-h", "--help"):
        sys.exit(__doc__)
    put_instead()
    if is_module:
        sys.argv = arguments[1:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path[0] = str(Path(arguments[0]).resolve().parent)
        runpy.run_path(arguments[0], run_name="__main__")


_main()
