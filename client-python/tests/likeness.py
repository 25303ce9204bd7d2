"""Runs bodies by `multiprocessing` or by the drop-in, see `bodies`.

usage: likeness.py PACKAGE METHOD MODULE

Prints a line of JSON for each body of a module of `bodies`: its name, and what came of it.
"""

import faulthandler
import importlib
import json
import sys

from bodies import bodies_of, raised

SECONDS = 60
"""After so long a body hangs: the program ends, and says where it was."""


def main() -> None:
    package, method, name = sys.argv[1:]
    mp = importlib.import_module(package)
    mp.set_start_method(method)
    for body in bodies_of(importlib.import_module(f"bodies.{name}")):
        if getattr(body, "is_alone", False) and method != "fork":
            continue
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        try:
            result = f"returned {body(mp)!r}"
        except Exception as e:
            result = "raised {}: {}".format(*raised(e))
        print(json.dumps([body.__name__, result]), flush=True)
    faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    main()
