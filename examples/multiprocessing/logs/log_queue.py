"""Processes send their log records through a queue to one that handles them, in order."""

import logging
import logging.handlers
import sys

import polyproc.multiprocessing as multiprocessing


def handle(queue):
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    while (record := queue.get()) is not None:
        handler.handle(record)


def work(queue, number):
    logger = logging.getLogger("worker")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(logging.handlers.QueueHandler(queue))
    logger.info("Process ID: %d is running.", number)


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    log = multiprocessing.Process(target=handle, args=(queue,))
    log.start()
    for number in range(5):
        worker = multiprocessing.Process(target=work, args=(queue, number))
        worker.start()
        worker.join()
    queue.put(None)
    log.join()
