"""Processes log to one handler, through the queue of multiprocessing-logging."""

import logging
import multiprocessing
import sys

import multiprocessing_logging


def work(number):
    for line in range(20):
        logging.info("process %d, line %d", number, line)


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s", level=logging.INFO)
    multiprocessing_logging.install_mp_handler()
    processes = [multiprocessing.Process(target=work, args=(number,)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    multiprocessing_logging.uninstall_mp_handler()
