"""Five workers, which come in any order."""

import polyproc.multiprocessing as multiprocessing


def work(number):
    print(f"Worker {number} started")


if __name__ == "__main__":
    workers = [multiprocessing.Process(target=work, args=(number,)) for number in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
