"""`polyproc.multiprocessing` beside the standard library's `multiprocessing`.

Prints the version of Python, then a line for each row: what is measured, who does it, the rates of each
window here and there, separated by commas. All of it is separated by tabs.

usage: dropin.py ADDRESS WARM_UP_SECONDS WINDOW_SECONDS ROUNDS

ADDRESS is of a daemon that is new. Windows take turns, as those of toolbox.py do. Objects are called in
processes that are spawned. Processes are forked, by a program for each side that has made a queue
before; so are programs started that do nothing but begin.
"""

import itertools
import multiprocessing
import os
import platform
import subprocess
import sys
import time

import polyproc.multiprocessing
from toolbox import APPENDS, CLIENTS, PROCESSES, VALUE, WARM_UP_WINDOW, Worker, rate, serve

OURS, STANDARD, MANAGER = "polyproc.multiprocessing", "multiprocessing", "Manager().Value"
PACKAGES = {OURS: polyproc.multiprocessing, STANDARD: multiprocessing}

FIRST = {
    "import": "import {0}",
    "import and first queue": "import {0}; {0}.Queue()",
}
"""Programs of a few words."""


class Shared:
    """The objects of one of the packages, and of its manager."""

    def __init__(self, package, manager):
        context = package.get_context("spawn")
        each = range(PROCESSES)
        self.queues = [context.Queue() for _ in each]
        self.joinable = [context.JoinableQueue() for _ in each]
        self.pipes = [context.Pipe() for _ in each]
        self.locks = [context.Lock() for _ in each]
        self.values = [context.Value("q", 0) for _ in each]
        self.raw_values = [context.Value("q", 0, lock=False) for _ in each]
        self.managed_values = [manager.Value("q", 0) for _ in each]
        self.dict = manager.dict()
        self.list = manager.list()
        self.lock = manager.Lock()
        self.queue = manager.Queue()
        self.namespace = manager.Namespace()


def steps(shared, me):
    """What a process does, by its names: the same for both."""
    queue, joinable = shared.queues[me], shared.joinable[me]
    one, other = shared.pipes[me]
    lock, value, raw_value = shared.locks[me], shared.values[me], shared.raw_values[me]
    managed_value, managed_lock, managed_queue = shared.managed_values[me], shared.lock, shared.queue
    pairs, line, namespace = shared.dict, shared.list, shared.namespace
    key = f"key-{me}"
    count = itertools.count(1)

    def queue_pair():
        queue.put(VALUE)
        queue.get()

    def joinable_pair():
        joinable.put(VALUE)
        joinable.get()
        joinable.task_done()

    def round_trip():
        one.send(VALUE)
        other.send(other.recv())
        one.recv()

    def lock_pair():
        with lock:
            pass

    def add():
        with value.get_lock():
            value.value += 1

    def add_raw():
        raw_value.value += 1

    def add_managed():
        managed_value.value += 1

    def dict_set():
        pairs[key] = VALUE

    def dict_get():
        return pairs[key]

    def list_append():
        line.append(VALUE)
        if not next(count) % APPENDS:
            line[:] = ()

    def managed_lock_pair():
        with managed_lock:
            pass

    def managed_queue_pair():
        managed_queue.put(VALUE)
        managed_queue.get()

    def namespace_pair():
        setattr(namespace, key, VALUE)
        getattr(namespace, key)

    return {
        "Queue put + get": queue_pair,
        "JoinableQueue put + get + task_done": joinable_pair,
        "Pipe round trip": round_trip,
        "Lock acquire + release": lock_pair,
        "Value += 1 with its lock": add,
        "Value += 1 without a lock": add_raw,
        "Manager dict set": dict_set,
        "Manager dict get": dict_get,
        "Manager list append": list_append,
        "Manager lock acquire + release": managed_lock_pair,
        "Manager queue put + get": managed_queue_pair,
        "Manager namespace set + get": namespace_pair,
        MANAGER: add_managed,
    }


VALUES = ("Value += 1 with its lock", "Value += 1 without a lock")
"""Which are also beside a manager's."""

BESIDE_MANAGER = ", beside " + MANAGER


class Client:
    """A process that calls."""

    def __init__(self, shared, me):
        self._steps = {side: steps(objects, me) for side, objects in shared.items()}

    def rate(self, side, row, seconds):
        return rate(self._steps[side][row], seconds)


def client(pipe, *arguments):
    serve(pipe, Client(*arguments))


class Objects:
    """The rows of objects."""

    def __init__(self):
        self._managers = {side: package.get_context("spawn").Manager() for side, package in PACKAGES.items()}
        shared = {side: Shared(package, self._managers[side]) for side, package in PACKAGES.items()}
        context = multiprocessing.get_context("spawn")
        self._shared = shared  # Which live as long as somebody has them.
        self._clients = [Worker(context, client, shared, me) for me in range(PROCESSES)]
        names = [name for name in steps(shared[STANDARD], 0) if name != MANAGER]
        names += [name + BESIDE_MANAGER for name in VALUES]
        self.rows = [(name, who) for who in CLIENTS for name in names]

    def sides(self, row):
        return (OURS, MANAGER) if row[0].endswith(BESIDE_MANAGER) else (OURS, STANDARD)

    def rate(self, side, row, seconds):
        """How many steps a second all processes do together."""
        name = row[0].removesuffix(BESIDE_MANAGER)
        command = (STANDARD, MANAGER) if side == MANAGER else (side, name)
        clients = self._clients[: CLIENTS[row[1]]]
        for each in clients:
            each.begin("rate", *command, seconds)
        return sum(each.end() for each in clients)


_STARTS = """
import importlib, sys, time

def nothing():
    pass

package = importlib.import_module(sys.argv[1])
package.set_start_method("fork")
queue = package.Queue()
queue.put(1)
queue.get()
for line in sys.stdin:
    seconds = float(line)
    done, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        process = package.Process(target=nothing)
        process.start()
        process.join()
        done += 1
    print(done / (time.perf_counter() - begin), flush=True)
"""


class Starts:
    """Processes that are started and joined, and programs that begin."""

    def __init__(self):
        self._programs = {
            side: subprocess.Popen(
                [sys.executable, "-c", _STARTS, side],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for side in PACKAGES
        }
        self.rows = [("Process start + join", "1 process"), *((row, "1 process") for row in FIRST)]

    def sides(self, row):
        return OURS, STANDARD

    def rate(self, side, row, seconds):
        """How many there are in a second."""
        if row[0] in FIRST:
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", FIRST[row[0]].format(side)], check=True)
            return 1 / (time.perf_counter() - begin)
        program = self._programs[side]
        print(seconds, file=program.stdin, flush=True)
        return float(program.stdout.readline())

    def close(self):
        for program in self._programs.values():
            program.communicate()


def main():
    address, *numbers = sys.argv[1:]
    os.environ["POLYPROC_ADDRESS"] = address
    warm_up, seconds, rounds = map(float, numbers)
    starts = Starts()
    races = [
        (race, row, {side: [] for side in race.sides(row)})
        for race in (Objects(), starts)
        for row in race.rows
    ]
    # All of it once, and then what the daemon's compiler learns from.
    warm = time.perf_counter() + warm_up
    for turn in itertools.count():
        for race, row, rates in races:
            for side in rates if turn == 0 else list(rates)[:1]:
                race.rate(side, row, min(seconds, WARM_UP_WINDOW))
        if time.perf_counter() > warm:
            break
    for turn in range(int(rounds)):
        for race, row, rates in races:
            for side in rates if turn % 2 == 0 else reversed(rates):
                rates[side].append(race.rate(side, row, seconds))
    print("Python", platform.python_version(), sep="\t")
    for _, row, rates in races:
        print(*row, *(",".join(map("{:.1f}".format, each)) for each in rates.values()), sep="\t")
    starts.close()


if __name__ == "__main__":
    main()
