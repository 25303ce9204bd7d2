"""Runs bodies by `multiprocessing` or by the drop-in, see `bodies`.

usage: likeness.py PACKAGE METHOD MODULE [FIRST]

Prints a line of JSON for each body of a module of `bodies`, from FIRST on where it is given: its
name, and what came of it.
"""

import faulthandler
import importlib
import json
import sys

from bodies import bodies_of, raised

SECONDS = 60
"""After so long a body hangs: the program ends, and says where it was."""


def main() -> None:
    package, method, name, *first = sys.argv[1:]
    mp = importlib.import_module(package)
    mp.set_start_method(method)
    all_of_them = bodies_of(importlib.import_module(f"bodies.{name}"))
    begin = [body.__name__ for body in all_of_them].index(first[0]) if first else 0
    for body in all_of_them[begin:]:
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
