"""Runs CPython's own tests of `concurrent.futures` for processes on `polyproc.futures`.

usage: cpython_futures.py METHOD [NAME_PREFIX ...]

As `cpython_suite.py`, of `test.test_concurrent_futures`.
"""

import concurrent.futures
import faulthandler
import importlib
import re
import sys
import unittest

import polyproc.multiprocessing  # noqa: F401
from polyproc.futures import ProcessPoolExecutor
from polyproc.multiprocessing._instead import put_instead

METHOD = sys.argv[1] if len(sys.argv) > 1 else "fork"
SECONDS = 900
MODULES = ["as_completed", "deadlock", "init", "process_pool", "shutdown", "wait"]

put_instead()
concurrent.futures.ProcessPoolExecutor = ProcessPoolExecutor  # type: ignore[misc,assignment]

INSIDE = "it looks into what an executor is made of"
ALONE = "what cannot be pickled, or not be read, fails its task alone"
AT_ONCE = "all processes are started with the first call"
LEFT_OUT = {
    "test_del_shutdown": INSIDE,
    "test_python_finalization_error": INSIDE,
    "test_shutdown_deadlock_pickle": INSIDE,
    "test_shutdown_no_wait": INSIDE,
    "test_error_at_task_unpickle": ALONE,
    "test_error_during_result_pickle_on_worker": ALONE,
    "test_error_during_result_unpickle_in_result_handler": ALONE,
    "test_exit_at_task_unpickle": ALONE,
    "test_exit_during_result_pickle_on_worker": ALONE,
    "test_exit_during_result_unpickle_in_result_handler": ALONE,
    "test_killed_child": "a process that dies is replaced, and breaks nothing",
    "SpawnProcessPoolExecutorTest.test_idle_process_reuse": AT_ONCE,
    "ForkserverProcessPoolExecutorTest.test_idle_process_reuse": AT_ONCE,
    "SpawnProcessPoolShutdownTest.test_processes_terminate": AT_ONCE,
    "ForkserverProcessPoolShutdownTest.test_processes_terminate": AT_ONCE,
}
"""The parts of names of tests, and why they are not run."""


def load() -> tuple[unittest.TestSuite, dict[str, str]]:
    """The tests that are run, and those that are left out."""
    chosen, left_out = unittest.TestSuite(), {}
    prefixes = tuple(sys.argv[2:])

    def add(tests: unittest.TestSuite) -> None:
        for test in tests:
            if isinstance(test, unittest.TestSuite):
                add(test)
                continue
            name = test.id().removeprefix("test.test_concurrent_futures.")
            if not re.search(rf"ProcessPool{METHOD.capitalize()}(?=[A-Z])", name):
                continue
            why = next((why for part, why in LEFT_OUT.items() if part in name), None)
            if why is not None:
                left_out[name] = why
            elif not prefixes or any(prefix in name for prefix in prefixes):
                chosen.addTest(test)

    for module in MODULES:
        try:
            found = importlib.import_module(f"test.test_concurrent_futures.test_{module}")
        except ImportError as e:
            print(f"skipped: CPython's own tests ({e})")
            sys.exit(77)
        add(unittest.defaultTestLoader.loadTestsFromModule(found))
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
