"""A consumer that goes on until the queue is empty: only once the producer has ended is that its end.

While a producer runs, `while not queue.empty()` may stop at any time, and may wait for ever.
"""

import polyproc.multiprocessing as multiprocessing


def produce(queue):
    for number in range(10):
        queue.put(number)


def consume(queue):
    while not queue.empty():
        print(queue.get())


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    producer = multiprocessing.Process(target=produce, args=(queue,))
    producer.start()
    producer.join()
    consumer = multiprocessing.Process(target=consume, args=(queue,))
    consumer.start()
    consumer.join()
