"""`multiprocessing` over a daemon: what is shared survives, and is shared with every language.

    import polyproc.multiprocessing as multiprocessing

is all that a program needs. Processes are the standard library's own; queues, pipes, locks, values
and managers are objects of a daemon: of that which `POLYPROC_ADDRESS` names, else of the one at the
default socket, else of one that is started for the program and ends with its last process.
"""

import importlib
import multiprocessing as _theirs
import sys
import typing
from types import ModuleType

from polyproc.multiprocessing import context
from polyproc.multiprocessing import process as process
from polyproc.multiprocessing import reduction as reduction
from polyproc.multiprocessing._standard import rest_of

if typing.TYPE_CHECKING:
    from multiprocessing import *  # noqa: F403

__all__ = [name for name in dir(context._default_context) if not name.startswith("_")]
globals().update((name, getattr(context._default_context, name)) for name in __all__)
globals().update(
    (name, thing)
    for name, thing in rest_of(_theirs, globals()).items()
    if not isinstance(thing, ModuleType)
)


def __getattr__(name: str) -> typing.Any:
    """The submodules that `multiprocessing` has by now: it imports most where it needs them."""
    if f"{_theirs.__name__}.{name}" in sys.modules:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# As in the standard library, so that what was pickled in a main module is found in its children.
if "__main__" in sys.modules:
    sys.modules["__mp_main__"] = sys.modules["__main__"]
