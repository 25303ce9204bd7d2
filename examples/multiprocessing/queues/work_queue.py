"""Four workers share a queue of work: each takes the next number as soon as it is free."""

import queue

import polyproc.multiprocessing as multiprocessing

N = 1000


def work(tasks, results):
    while True:
        try:
            number = tasks.get(timeout=0.2)
        except queue.Empty:
            return
        results.put(number * number)
        tasks.task_done()


if __name__ == "__main__":
    tasks = multiprocessing.JoinableQueue()
    results = multiprocessing.Queue()
    for number in range(N):
        tasks.put(number)
    workers = [multiprocessing.Process(target=work, args=(tasks, results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    tasks.join()
    total = sum(results.get() for _ in range(N))  # before the workers are joined: they flush
    for worker in workers:
        worker.join()
    print("The sum of squares is:", total)
    print("Left:", tasks.qsize(), results.qsize())
