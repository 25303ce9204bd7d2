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
    with pebble.ProcessPool(max_workers=2) as pool:
        print([outcome(pool.schedule(square, args=[number])) for number in range(5)])
        print(outcome(pool.schedule(die)))
        print(outcome(pool.schedule(hang, timeout=0.5)))
        print(list(pool.map(square, range(20), chunksize=3).result()))
    print(outcome(cube(3)))
