"""Pools of four workers beside those of others, and processes that a daemon starts.

Prints the version of Python, then a line for each comparison: what is measured, by which pool of ours,
by what else, the rates of each window here and there, separated by commas. Of a library that is not
there it prints `skipped`, its name and why. All of it is separated by tabs.

usage: pool.py ADDRESS WARM_UP_SECONDS WINDOW_SECONDS ROUNDS

ADDRESS is of a daemon that is new. Windows take turns, as those of toolbox.py do. Every pool runs the same
function, one that does next to nothing, and what it answers is looked at.
"""

import concurrent.futures
import contextlib
import itertools
import multiprocessing
import operator
import os
import platform
import shutil
import sys
import time
from pathlib import Path

import polyproc
import polyproc.multiprocessing
from toolbox import WARM_UP_WINDOW

WORKERS = 4
METHOD = "spawn"
"""How all of them start workers: none inherits threads of this program."""

OURS, NAMED, DAEMON = "polyproc.multiprocessing.Pool", "polyproc.Pool", "polyproc"
STANDARD, FUTURES, SPAWN = "multiprocessing.Pool", "concurrent.futures", "posix_spawn"

SINGLE, CHUNKS = "map, chunk 1", "map, default chunk"
APPLY, IMAP = "apply", "imap, chunk 1"
STARTED, ENDED = "spawn", "spawn, until its end is known"

FEW = range(4_000)
"""Inputs that are handed out one by one."""
MANY = range(100_000)
"""Inputs that are handed out in chunks."""
CHUNK = -(-len(MANY) // (4 * WORKERS))
"""What `multiprocessing.Pool` makes of them, for libraries that have no rule of their own."""

EXPECTED = {inputs: [-x for x in inputs] for inputs in (FEW, MANY)}

PROGRAM = shutil.which("true")


def require(inputs, came):
    """A step whose results are others is no step."""
    if list(came) != EXPECTED[inputs]:
        raise AssertionError(f"Expected the {len(inputs)} inputs to be negated, but they were not")
    return len(inputs)


def require_one(came):
    if came != -7:
        raise AssertionError(f"Expected -7, but got {came}")
    return 1


# What each does, by the names of rows: a step answers how many tasks it was.


def steps_of_pool(pool):
    """Of `multiprocessing`, and of what is used like it."""
    return {
        SINGLE: lambda: require(FEW, pool.map(operator.neg, FEW, chunksize=1)),
        CHUNKS: lambda: require(MANY, pool.map(operator.neg, MANY)),
        APPLY: lambda: require_one(pool.apply(operator.neg, (7,))),
        IMAP: lambda: require(FEW, pool.imap(operator.neg, FEW)),
    }


def steps_of_executor(executor):
    """Of `concurrent.futures`, whose `map` is lazy as `imap` is, and of what is used like it."""
    return {
        SINGLE: lambda: require(FEW, executor.map(operator.neg, FEW)),
        CHUNKS: lambda: require(MANY, executor.map(operator.neg, MANY, chunksize=CHUNK)),
        APPLY: lambda: require_one(executor.submit(operator.neg, 7).result()),
    }


def steps_of_mpire(pool):
    return {
        SINGLE: lambda: require(FEW, pool.map(operator.neg, FEW, chunk_size=1)),
        CHUNKS: lambda: require(MANY, pool.map(operator.neg, MANY)),
        APPLY: lambda: require_one(pool.apply(operator.neg, (7,))),
        IMAP: lambda: require(FEW, pool.imap(operator.neg, FEW, chunk_size=1)),
    }


def steps_of_named(pool):
    """Of functions that workers have by name: a call is a task."""
    return {
        SINGLE: lambda: require(FEW, pool.map("negate", FEW)),
        APPLY: lambda: require_one(pool.submit("negate", 7).result()),
        IMAP: lambda: require(FEW, pool.imap("negate", FEW)),
    }


class Pools:
    """The rows of tasks."""

    rows = (SINGLE, CHUNKS, APPLY, IMAP)

    def __init__(self, client, until):
        self.skipped = {}
        context = multiprocessing.get_context(METHOD)
        ours = polyproc.multiprocessing.get_context(METHOD)
        worker = Path(__file__).with_name("pool_worker.py")
        # Ours are beside the standard library's in every round, as who is first changes.
        self._steps = {
            OURS: steps_of_pool(until.enter_context(ours.Pool(WORKERS))),
            STANDARD: steps_of_pool(until.enter_context(context.Pool(WORKERS))),
            NAMED: steps_of_named(client.pool(workers=WORKERS, command=[sys.executable, worker])),
            FUTURES: steps_of_executor(
                until.enter_context(concurrent.futures.ProcessPoolExecutor(WORKERS, context))
            ),
        }
        with self._where_installed("mpire"):
            import mpire

            pool = mpire.WorkerPool(WORKERS, start_method=METHOD, keep_alive=True)
            self._steps["mpire"] = steps_of_mpire(until.enter_context(pool))
        with self._where_installed("loky"):
            import loky

            executor = until.enter_context(loky.ProcessPoolExecutor(WORKERS))
            self._steps["loky"] = steps_of_executor(executor)

    @contextlib.contextmanager
    def _where_installed(self, library):
        try:
            yield
        except ImportError as e:
            self.skipped[library] = e

    def sides(self, row):
        return [side for side, steps in self._steps.items() if row in steps]

    def comparisons(self, row):
        """Which sides are beside which."""
        others = [side for side in self.sides(row) if side not in (OURS, NAMED)]
        yield from ((OURS, other) for other in others)
        if row in self._steps[NAMED]:
            yield NAMED, STANDARD

    def rate(self, side, row, seconds):
        """How many tasks there are in a second."""
        step = self._steps[side][row]
        begin = now = time.perf_counter()
        done = 0
        while now - begin < seconds:
            done += step()
            now = time.perf_counter()
        return done / (now - begin)


class Spawns:
    """A process that ends at once, started by the daemon and by this program."""

    rows = (STARTED, ENDED)

    def __init__(self, client):
        self._client = client

    def sides(self, _row):
        return [DAEMON, SPAWN]

    def comparisons(self, _row):
        yield DAEMON, SPAWN

    def _start(self, side):
        if side == DAEMON:
            return self._client.process([PROGRAM])
        return os.posix_spawn(PROGRAM, [PROGRAM], os.environ)

    def _end(self, side, process):
        if side == DAEMON:
            code = process.wait()
        else:
            code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if code != 0:
            raise AssertionError(f"Expected {PROGRAM} to end well, but it ended with {code}")

    def rate(self, side, row, seconds):
        """How many there would be in a second, if nothing but what is measured took time."""
        until = time.perf_counter() + seconds
        done = spent = 0
        while not done or time.perf_counter() < until:
            begin = time.perf_counter()
            process = self._start(side)
            started = time.perf_counter()
            self._end(side, process)
            spent += (started if row == STARTED else time.perf_counter()) - begin
            done += 1
        return done / spent


def main():
    address, *numbers = sys.argv[1:]
    os.environ["POLYPROC_ADDRESS"] = address
    warm_up, seconds, rounds = map(float, numbers)
    with contextlib.ExitStack() as until:
        client = until.enter_context(polyproc.connect(address))
        pools = Pools(client, until)
        races = [
            (race, row, {side: [] for side in race.sides(row)})
            for race in (pools, Spawns(client))
            for row in race.rows
        ]
        # All of it once, and then what the daemon's compiler learns from.
        warm = time.perf_counter() + warm_up
        for turn in itertools.count():
            for race, row, rates in races:
                for side in rates:
                    if turn == 0 or side in (OURS, NAMED, DAEMON):
                        race.rate(side, row, min(seconds, WARM_UP_WINDOW))
            if time.perf_counter() > warm:
                break
        for turn in range(int(rounds)):
            for race, row, rates in races:
                for side in rates if turn % 2 == 0 else reversed(rates):
                    rates[side].append(race.rate(side, row, seconds))
        print("Python", platform.python_version(), sep="\t")
        for library, why in pools.skipped.items():
            print("skipped", library, why, sep="\t")
        for race, row, rates in races:
            for here, there in race.comparisons(row):
                figures = (",".join(map("{:.1f}".format, rates[side])) for side in (here, there))
                print(row, here, there, *figures, sep="\t")


if __name__ == "__main__":
    main()
