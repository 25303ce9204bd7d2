"""The tasks of a pool say that they run; what they return is nothing."""

import polyproc.multiprocessing as multiprocessing


def work(number):
    print(f"Worker {number} started", flush=True)


if __name__ == "__main__":
    with multiprocessing.Pool(4) as pool:
        print(pool.map(work, range(10)))
