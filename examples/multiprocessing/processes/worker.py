"""A process that is a worker."""

import polyproc.multiprocessing as multiprocessing


def work():
    print("Worker process started")


if __name__ == "__main__":
    worker = multiprocessing.Process(target=work)
    worker.start()
    worker.join()
