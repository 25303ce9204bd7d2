"""A producer waits until its consumer has done all that it put.

Only a `JoinableQueue` counts what is done: a `Queue` has neither `task_done` nor `join`.
"""

import polyproc.multiprocessing as multiprocessing


def produce(queue):
    for item in (1, 2, "STOP"):
        print(f"Producer: {item}", flush=True)
        queue.put(item)
    queue.join()
    print("All is done", flush=True)


def consume(queue):
    item = None
    while item != "STOP":
        item = queue.get()
        print(f"Consumer: {item}", flush=True)
        queue.task_done()


if __name__ == "__main__":
    try:
        multiprocessing.Queue().task_done()
    except AttributeError as e:
        print("A Queue:", e, flush=True)

    queue = multiprocessing.JoinableQueue()
    producer = multiprocessing.Process(target=produce, args=(queue,))
    consumer = multiprocessing.Process(target=consume, args=(queue,))
    producer.start()
    consumer.start()
    producer.join()
    consumer.join()
