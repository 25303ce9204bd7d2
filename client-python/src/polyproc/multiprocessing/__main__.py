"""Runs a program by the drop-in that imports `multiprocessing`, as it is.

usage: python -m polyproc.multiprocessing PROGRAM [ARGUMENT ...]
       python -m polyproc.multiprocessing -m MODULE [ARGUMENT ...]

Wherever it or what it imports says `multiprocessing`, also in its child processes, that is
`polyproc.multiprocessing`. `concurrent.futures` stays as it is.
"""

import sys

from polyproc.multiprocessing import _main

if sys.argv[1:] in ([], ["-m"]) or sys.argv[1] in ("-h", "--help"):
    sys.exit(__doc__)
_main.run(sys.argv[1:])
