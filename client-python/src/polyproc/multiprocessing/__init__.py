"""`multiprocessing` over a daemon: what is shared survives, and is shared with every language.

    import polyproc.multiprocessing as multiprocessing

is all that a program needs. Processes are the standard library's own; queues, pipes, locks, values
and managers are objects of a daemon: of that which `POLYPROC_ADDRESS` names, else of the one at the
default socket, else of one that is started for the program and ends with its last process.
"""

import sys
from typing import TYPE_CHECKING

from polyproc.multiprocessing import context

if TYPE_CHECKING:
    from multiprocessing import *  # noqa: F403

__all__ = [name for name in dir(context._default_context) if not name.startswith("_")]
globals().update((name, getattr(context._default_context, name)) for name in __all__)

# As in the standard library, so that what was pickled in a main module is found in its children.
if "__main__" in sys.modules:
    sys.modules["__mp_main__"] = sys.modules["__main__"]
