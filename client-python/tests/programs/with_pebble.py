"""A pool of pebble: results, a worker that dies, one that takes too long."""

import concurrent.futures
import os
import signal
import time

import pebble


def square(number):
    return number * number


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def hang():
    time.sleep(60)


@pebble.concurrent.process(timeout=10)
def cube(number):
    return number**3


def outcome(future):
    try:
        return future.result(timeout=20)
    except (pebble.ProcessExpired, concurrent.futures.TimeoutError) as e:
        return type(e).__name__


if __name__ == "__main__":
    # Printed when no process is made any more: a fork beside a print may take a part of it along.
    with pebble.ProcessPool(max_workers=2) as pool:
        outcomes = [
            [outcome(pool.schedule(square, args=[number])) for number in range(5)],
            outcome(pool.schedule(die)),
            outcome(pool.schedule(hang, timeout=0.5)),
            list(pool.map(square, range(20), chunksize=3).result()),
        ]
    print(*outcomes, outcome(cube(3)), sep="\n")
