"""The package `polyproc` beside the standard library's `multiprocessing`.

Prints the version of Python, then a line for each row: what is measured, who does it, the rates of each
window here and there, separated by commas; and of threads what a step costs their process, here and there.
All of it is separated by tabs.

usage: toolbox.py ADDRESS WARM_UP_SECONDS WINDOW_SECONDS ROUNDS

ADDRESS is of a daemon that is new.

Objects are beside those of a `multiprocessing.Manager`, in processes that each are one client, and in
threads of one process. What is put without waiting is beside `multiprocessing.Queue`; a consumer drains
each, and the time until it has all is what counts.

Windows take turns, so that what the machine does meanwhile falls on all; who is first changes from round
to round.
"""

import itertools
import multiprocessing
import platform
import queue
import resource
import sys
import threading
import time
from typing import ClassVar, NamedTuple

import polyproc

VALUE = bytes(100)
PROCESSES = 4
CLIENTS = {"1 process": 1, "4 processes": PROCESSES}
THREADS = {"4 threads": 4, "16 threads": 16}
BATCH = 20
"""Steps between two looks at the clock."""

APPENDS = 1000
"""After so many a list is cleared."""

WARM_UP_WINDOW = 0.1

PAGE = 1000
"""Items of a `put_many`."""

PACKAGE = "polyproc"
MANAGER = "Manager"


class Package:
    """The objects of the daemon."""

    def __init__(self, address):
        client = polyproc.connect(address)
        self.dict = client.dict("dict")
        self.list = client.list("list")
        self.queue = client.queue("queue")
        self.namespace = client.namespace("namespace")
        self.locks = [client.lock(f"lock-{i}") for i in range(max(PROCESSES, *THREADS.values()))]


class Managed:
    """Those of a manager."""

    def __init__(self, manager):
        self.dict = manager.dict()
        self.list = manager.list()
        self.queue = manager.Queue()
        self.namespace = manager.Namespace()
        self.locks = [manager.Lock() for _ in range(max(PROCESSES, *THREADS.values()))]


def steps(objects, me):
    """What a process or thread does, by its names: the same for both."""
    shared, line, items = objects.dict, objects.list, objects.queue
    namespace, lock = objects.namespace, objects.locks[me]
    key = f"key-{me}"
    count = itertools.count(1)

    def dict_set():
        shared[key] = VALUE

    def dict_get():
        return shared[key]

    def list_append():
        line.append(VALUE)
        if not next(count) % APPENDS:
            line[:] = ()

    def lock_pair():
        with lock:
            pass

    def queue_pair():
        items.put(VALUE)
        items.get()

    def namespace_pair():
        setattr(namespace, key, VALUE)
        getattr(namespace, key)

    return {
        "dict set": dict_set,
        "dict get": dict_get,
        "list append": list_append,
        "lock acquire + release": lock_pair,
        "queue put + get": queue_pair,
        "namespace set + get": namespace_pair,
    }


def rate(step, seconds):
    """How many steps there are in a second."""
    start = now = time.perf_counter()
    done = 0
    while now - start < seconds:
        for _ in range(BATCH):
            step()
        done += BATCH
        now = time.perf_counter()
    return done / (now - start)


class Costs(NamedTuple):
    """What a step costs the process whose threads do it."""

    micros: float
    """Of processors, in its own code and in the system."""
    sleeps: float
    """How often a thread waits until it is woken."""

    @classmethod
    def between(cls, before, after, done):
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return cls(1e6 * seconds / done, (after.ru_nvcsw - before.ru_nvcsw) / done)


class Worker:
    """One process that is told what to do, by (method, arguments)."""

    def __init__(self, context, main, *arguments):
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=main, args=(there, *arguments), daemon=True)
        self._process.start()
        there.close()

    def begin(self, *command):
        self._pipe.send(command)

    def end(self):
        return self._pipe.recv()


def serve(pipe, worker):
    """Does what a worker is told, until nobody tells any more."""
    while True:
        try:
            method, *arguments = pipe.recv()
        except EOFError:
            return
        pipe.send(getattr(worker, method)(*arguments))


class Client:
    """Who calls: a process, and threads of it."""

    def __init__(self, address, managed, me):
        self._objects = {PACKAGE: Package(address), MANAGER: managed}
        self._steps = {side: steps(objects, me) for side, objects in self._objects.items()}
        self._threads = []
        self._rates = queue.SimpleQueue()

    def alone(self, side, row, seconds):
        return rate(self._steps[side][row], seconds)

    def in_threads(self, side, row, seconds, count):
        # They stay, as a proxy of a manager has a connection for each thread.
        while len(self._threads) < count:
            inbox = queue.SimpleQueue()
            threading.Thread(target=self._run, args=(len(self._threads), inbox), daemon=True).start()
            self._threads.append(inbox)
        before = resource.getrusage(resource.RUSAGE_SELF)
        for inbox in self._threads[:count]:
            inbox.put((side, row, seconds))
        total = sum(self._rates.get() for _ in range(count))
        return total, Costs.between(before, resource.getrusage(resource.RUSAGE_SELF), total * seconds)

    def _run(self, me, inbox):
        mine = {side: steps(objects, me) for side, objects in self._objects.items()}
        while True:
            side, row, seconds = inbox.get()
            self._rates.put(rate(mine[side][row], seconds))


def client(pipe, *arguments):
    serve(pipe, Client(*arguments))


class Objects:
    """The rows of objects, and who does them."""

    def __init__(self, context, address):
        self._manager = context.Manager()
        self.costs = {}
        """Of rows of threads, by row and side: what a step has cost in the last window."""
        self._managed = Managed(self._manager)  # Which live as long as somebody has them.
        self._clients = [Worker(context, client, address, self._managed, me) for me in range(PROCESSES)]
        rows = steps(self._managed, 0)
        # Gets come after what sets: whatever is got must be there.
        self.rows = [(row, who) for who in (*CLIENTS, *THREADS) for row in rows]

    def rate(self, side, row, seconds):
        """How many steps a second all of who it is do together."""
        what, who = row
        if who in THREADS:
            self._clients[0].begin("in_threads", side, what, seconds, THREADS[who])
            total, self.costs[row, side] = self._clients[0].end()
            return total
        clients = self._clients[: CLIENTS[who]]
        for each in clients:
            each.begin("alone", side, what, seconds)
        return sum(each.end() for each in clients)

    def sides(self, row):
        return PACKAGE, MANAGER


# Items that are put without waiting.

PUT_MANY, PUT_ASYNC, STANDARD = "put_many", "put_async", "multiprocessing.Queue"
LAST = b"last"


class Producer:
    """Puts."""

    def __init__(self, address, standard):
        self._queue = polyproc.connect(address).queue("stream")
        self._put = {PUT_MANY: self._queue.put, PUT_ASYNC: self._queue.put, STANDARD: standard.put}
        page = [VALUE] * PAGE
        self._steps = {
            PUT_MANY: (lambda: self._queue.put_many(page), PAGE),
            PUT_ASYNC: (lambda: self._queue.put_async(VALUE), 1),
            STANDARD: (lambda: standard.put(VALUE), 1),
        }

    def produce(self, way, seconds):
        """Puts for a while, then the last item; answers how many."""
        step, amount = self._steps[way]
        batch = max(1, PAGE // amount)
        until = time.perf_counter() + seconds
        done = 0
        while time.perf_counter() < until:
            for _ in range(batch):
                step()
            done += batch * amount
        self._put[way](LAST)
        return done


class Consumer:
    """Gets all of it."""

    def __init__(self, address, standard):
        self._queue = polyproc.connect(address).queue("stream")
        self._standard = standard

    def consume(self, way):
        """Answers how many came before the last one."""
        done = 0
        if way == STANDARD:
            while self._standard.get() != LAST:
                done += 1
            return done
        while True:
            items = self._queue.get_many()
            done += len(items)
            if items[-1] == LAST:
                return done - 1


def producer(pipe, *arguments):
    serve(pipe, Producer(*arguments))


def consumer(pipe, *arguments):
    serve(pipe, Consumer(*arguments))


class Streams:
    """Items from one process to another."""

    costs: ClassVar = {}
    rows = ((PUT_MANY, "1 process"), (PUT_ASYNC, "1 process"))

    def __init__(self, context, address):
        self._standard = context.Queue()
        self._producer = Worker(context, producer, address, self._standard)
        self._consumer = Worker(context, consumer, address, self._standard)

    def sides(self, row):
        return row[0], STANDARD

    def rate(self, way, _row, seconds):
        """How many items a second have gone all the way."""
        start = time.perf_counter()
        self._consumer.begin("consume", way)
        self._producer.begin("produce", way, seconds)
        done, came = self._producer.end(), self._consumer.end()
        if done != came:
            raise AssertionError(f"Expected {done} items, but there came {came}")
        return done / (time.perf_counter() - start)


def main():
    address, *numbers = sys.argv[1:]
    warm_up, seconds, rounds = map(float, numbers)
    context = multiprocessing.get_context("spawn")
    races = [
        (race, row, {side: [] for side in race.sides(row)})
        for race in (Objects(context, address), Streams(context, address))
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
    for race, row, rates in races:
        figures = [",".join(map("{:.1f}".format, each)) for each in rates.values()]
        costs = [race.costs[row, side] for side in rates if (row, side) in race.costs]
        if costs:
            here, there = costs
            figures.append(
                f"of processors {here.micros:.0f} µs a step, and {there.micros:.0f} µs;"
                f" threads sleep {here.sleeps:.1f} and {there.sleeps:.1f} times a step"
            )
        print(*row, *figures, sep="\t")


if __name__ == "__main__":
    main()
