"""A producer tells its consumer by None that nothing comes any more."""

import polyproc.multiprocessing as multiprocessing


def produce(queue):
    for number in range(10):
        queue.put(number)
        print(f"Produced: {number}", flush=True)
    queue.put(None)


def consume(queue):
    while (number := queue.get()) is not None:
        print(f"Consumed: {number}", flush=True)


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    producer = multiprocessing.Process(target=produce, args=(queue,))
    consumer = multiprocessing.Process(target=consume, args=(queue,))
    producer.start()
    consumer.start()
    producer.join()
    consumer.join()
    print("exit codes", producer.exitcode, consumer.exitcode)
