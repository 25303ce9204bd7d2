"""Runs CPython's own tests of `multiprocessing`, `test._test_multiprocessing`, on the drop-in.

usage: cpython_suite.py METHOD [NAME_PREFIX ...]

METHOD is a start method. Prints each test with what came of it, at last how many passed and which
were left out, and why; exit 1 where one failed. Where the interpreter has come without its tests,
it says so, and exits with 77.
"""

import faulthandler
import importlib
import sys
import unittest

from polyproc.multiprocessing._instead import put_instead

METHOD = sys.argv[1] if len(sys.argv) > 1 else "fork"
SECONDS = 1800

put_instead()
try:
    suite = importlib.import_module("test._test_multiprocessing")
except ImportError as e:
    print(f"skipped: CPython's own tests ({e})")
    sys.exit(77)

suite.install_tests_in_module_dict(globals(), METHOD)

INSIDE = "it looks into what multiprocessing is made of"
MANAGERS = "a documented difference of managers"
TRACKER = "no tracker knows of anything here"
LEFT_OUT = {
    "TestSyncManagerTypes.test_bounded_semaphore": MANAGERS,
    "TestSyncManagerTypes.test_lock": MANAGERS,
    "WithManagerTestContainers.test_dict_iter": MANAGERS,
    "WithProcessesTestCondition.test_notify": INSIDE,
    "WithProcessesTestQueue.test_queue_feeder": "what cannot be pickled raises in put",
    "test_closed_queue_empty_exceptions": "a closed queue tells still",
    "test_fd_transfer": "a descriptor goes by a pickle, and not by the descriptor of a pipe",
    "test_large_fd_transfer": "likewise",
    "test_missing_fd_transfer": "likewise",
    "TestResourceTracker": TRACKER,
    "test_shared_memory_tracking": TRACKER,
    "test_shared_memory_untracking": TRACKER,
    "test_shared_memory_SharedMemoryServer": INSIDE,
    "test_shared_memory_basics": INSIDE,
    "test_shared_memory_name_with_embedded_null": INSIDE,
    "test_shared_memory_recreate": INSIDE,
    "test_mixed_startmethod": "objects may be passed by any way",
    "_TestImportStar": INSIDE,
}
"""The parts of names of tests, and why they are not run."""


def load() -> tuple[unittest.TestSuite, dict[str, str]]:
    """The tests that are run, and those that are left out."""
    chosen, left_out = unittest.TestSuite(), {}
    prefixes = sys.argv[2:]

    def add(tests: unittest.TestSuite) -> None:
        for test in tests:
            if isinstance(test, unittest.TestSuite):
                add(test)
                continue
            name = test.id().removeprefix("__main__.")
            why = next((why for part, why in LEFT_OUT.items() if part in name), None)
            if why is not None:
                left_out[name] = why
            elif not prefixes or name.startswith(tuple(prefixes)):
                chosen.addTest(test)

    add(unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]))
    return chosen, left_out


def main() -> None:
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    chosen, left_out = load()
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(chosen)
    reasons: dict[str, int] = {}
    for why in left_out.values():
        reasons[why] = reasons.get(why, 0) + 1
    for why, count in sorted(reasons.items()):
        print(f"left out: {count} tests: {why}")
    passed = result.testsRun - len(result.failures) - len(result.errors) - len(result.skipped)
    print(f"{METHOD}: {passed} passed, {len(result.skipped)} skipped by themselves")
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
