"""Shared memory from Python beside what Python has.

Prints a line for each comparison: name, unit, rate here, other, its rate; separated by tabs.

usage: shared_memory.py PATH SECONDS

PATH is a segment of FLOAT64 elements, see docs/shared-memory.md. What is compared takes turns, a window each.
"""

import array
import mmap
import multiprocessing
import sys
import time

HEADER = 64
ROUNDS = 5
BATCH = 1000


def rate(step, amount, seconds):
    """How much of `amount` a step does in a second."""
    start = now = time.perf_counter()
    done = 0
    while now - start < seconds:
        step()
        done += 1
        now = time.perf_counter()
    return done * amount / (now - start)


def race(name, unit, steps, amount, seconds):
    """Measures the steps in turns: {what: step}."""
    rates = {what: [] for what in steps}
    for _ in range(ROUNDS):
        for what, step in steps.items():
            rates[what].append(rate(step, amount, seconds / ROUNDS))
    medians = {what: sorted(all_of_it)[ROUNDS // 2] for what, all_of_it in rates.items()}
    here = medians.pop("here")
    for what, other in medians.items():
        print(name, unit, here, what, other, sep="\t", flush=True)


def main():
    path, seconds = sys.argv[1], float(sys.argv[2])
    with open(path, "r+b") as file:
        mapped = mmap.mmap(file.fileno(), 0)
    data = memoryview(mapped)[HEADER:]
    count = len(data) // 8
    doubles = data.cast("d")
    source = bytes(len(data))
    private = bytearray(len(data))
    shared = multiprocessing.Array("d", count)
    raw = memoryview(shared.get_obj()).cast("B")
    numbers = array.array("d", bytes(8 * BATCH))

    def assign(target):
        def step():
            target[:] = source

        return step

    def read(origin):
        target = memoryview(private)

        def step():
            target[:] = origin

        return step

    megabytes = len(data) / 1e6
    race(
        "bulk write",
        "MB/s",
        {"here": assign(data), "memcpy": assign(memoryview(private)), "multiprocessing.Array": assign(raw)},
        megabytes,
        seconds,
    )
    race(
        "bulk read",
        "MB/s",
        {"here": read(data), "memcpy": read(source), "multiprocessing.Array": read(raw)},
        megabytes,
        seconds,
    )

    def set_each(target):
        def step():
            for i in range(BATCH):
                target[i] = 0.5

        return step

    def get_each(target):
        def step():
            for i in range(BATCH):
                target[i]

        return step

    for name, each in (("element set", set_each), ("element get", get_each)):
        race(
            name,
            "/s",
            {"here": each(doubles), "array.array": each(numbers), "multiprocessing.Array": each(shared)},
            BATCH,
            seconds,
        )


if __name__ == "__main__":
    main()
