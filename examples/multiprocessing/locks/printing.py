"""Ten processes print, one at a time: no line is cut by another."""

import sys

import polyproc.multiprocessing as multiprocessing


def tell(lock, number):
    with lock:
        for part in ("number ", str(number), "\n"):
            sys.stdout.write(part)
            sys.stdout.flush()


if __name__ == "__main__":
    lock = multiprocessing.Lock()
    processes = [multiprocessing.Process(target=tell, args=(lock, n)) for n in range(10)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
