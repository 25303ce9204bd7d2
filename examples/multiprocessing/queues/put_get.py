"""A queue takes what pickles, and gives it to another process."""

import polyproc.multiprocessing as multiprocessing


def put(queue):
    queue.put([42, None, "hello"])


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=put, args=(queue,))
    process.start()
    print(queue.get())
    process.join()
